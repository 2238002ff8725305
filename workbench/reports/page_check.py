"""The page checked: every table that a report shows is made again from the run's data, and held against the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from IPython.display import HTML

from workbench.balances.rebuild import make_balance_settings
from workbench.balances.result import Reconstruction
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import settings_from_dict
from workbench.reconciliation.summary import DecisionCounts, RuleSummary, Summary
from workbench.records import Origin
from workbench.reports import balances, reconciliation
from workbench.runs.audit.perform import BALANCE_SETTINGS
from workbench.runs.folder.manifest import PAGE
from workbench.runs.folder.saved import SavedRun, load_saved
from workbench.runs.folder.terms import Judgement, make_terms
from workbench.runs.gates.ages import cut_off
from workbench.runs.gates.checks import Check, Checks
from workbench.runs.gates.limits import RECONCILE

SKIPPED = "read with"  # a column that JSON writes otherwise than the page


@dataclass
class Shown:
    """A table as a page shows it."""

    caption: str = ""
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class _Page(HTMLParser):
    """The tables of a page, and what its verdict says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[Shown] = []
        self.verdict = ""
        self._within = ""
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and (self._depth or (dict(attrs).get("class") or "").startswith("verdict ")):
            self._depth += 1
        if tag == "table":
            self.tables.append(Shown())
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag in ("caption", "th", "td") and self.tables:
            self._within = tag
            if tag == "th":
                self.tables[-1].header.append("")
            elif tag == "td":
                self.tables[-1].rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._depth:
            self._depth -= 1
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.verdict += data
        if self._within == "caption":
            self.tables[-1].caption += data
        elif self._within == "th":
            self.tables[-1].header[-1] += data
        elif self._within == "td":
            self.tables[-1].rows[-1][-1] += data


def check_page(folder: Path) -> list[str]:
    """A sentence for each table of the report in ``folder`` that does not show what the data beside it say.

    Raises ``SourceError`` if the data are malformed.
    """
    run = load_saved(folder)
    page = _Page((folder / PAGE).read_text(encoding="utf-8", errors="replace"))
    try:
        expected = _Page("".join(part.data for part in _sections(run)))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return [f"{PAGE} cannot be made again from the data: {type(error).__name__} {error}"]
    return [*_verdict(page, expected), *_tables(page.tables, expected.tables)]


def _verdict(page: _Page, expected: _Page) -> Iterator[str]:
    if page.verdict.split() != expected.verdict.split():
        yield f"{PAGE}: the verdict reads {_brief(page.verdict)!r}, but the outcome's is {_brief(expected.verdict)!r}"


def _brief(text: str) -> str:
    return " ".join(text.split())[:80]


def _tables(shown: Sequence[Shown], expected: Sequence[Shown]) -> Iterator[str]:
    places = {table.caption: table for table in shown}
    for table in expected:
        counterpart = places.get(table.caption)
        if counterpart is None:
            yield f"{PAGE} has no table {table.caption!r}"
        elif counterpart.header != table.header or len(counterpart.rows) != len(table.rows):
            yield f"{PAGE}, {table.caption}: its rows or columns are not those of the data"
        else:
            yield from _cells(counterpart, table)


def _cells(counterpart: Shown, table: Shown) -> Iterator[str]:
    for number, (row, expected_row) in enumerate(zip(counterpart.rows, table.rows, strict=True)):
        both = zip(table.header, row, expected_row, strict=False)
        odd = next(((name, a, b) for name, a, b in both if a != b and name != SKIPPED), None)
        if odd or len(row) != len(expected_row):
            name, on_page, in_data = odd or ("", str(row), str(expected_row))
            yield f"{PAGE}, {table.caption}, row {number}, {name}: {on_page!r}, but the data say {in_data!r}"
            return


def _sections(run: SavedRun) -> list[HTML]:
    gates = tuple(Check(**gate) for gate in run.outcome["gates"])
    as_of = run.settings.get("as_of")
    terms = make_terms(run.command, run.settings["gates"], run.settings["expect"], as_of)
    more = {"outside": run.tables["outside_period"]} if "outside_period" in run.tables else {}
    if run.command != RECONCILE:
        rebuilt = _reconstruction(run)
        judged = Judgement(terms, Checks(gates), **more)
        return [
            balances.conclusion(rebuilt, judged),
            balances.gates(judged),
            balances.discrepancies(rebuilt),
            balances.hypotheses(rebuilt),
            balances.control_totals(rebuilt),
            balances.findings(rebuilt),
            balances.inputs(rebuilt),
            balances.rejected(rebuilt),
        ]
    result = _result(run)
    until = cut_off(run.tables, terms.as_of, terms.expected.values())
    judged = Judgement(terms, Checks(gates), until=until, **more)
    report = reconciliation
    parts = (report.control_totals, report.statements, report.inputs, report.rules, report.settings)
    lists = (report.near_misses, report.matches, report.alternatives, report.decisions, report.excluded)
    return [
        report.conclusion(result, judged),
        report.gates(judged),
        report.ages(result, judged),
        *(report.unmatched(result, side, judged) for side in ("external", "internal")),
        *(part(result) for part in (*parts, *lists, report.rejected)),
    ]


def _result(run: SavedRun) -> Result:
    summary = dict(run.summary)
    rules = tuple(RuleSummary(**{**rule, "criteria": tuple(rule["criteria"])}) for rule in summary.pop("rules"))
    decisions = summary.pop("decisions", None)
    grouping = tuple(summary.pop("grouping_criteria"))
    counts = DecisionCounts(**decisions) if decisions else None
    made = Summary(**summary, grouping_criteria=grouping, rules=rules, decisions=counts)
    return Result(
        settings=settings_from_dict(run.settings["settings"]), inputs=_inputs(run), summary=made, tables=run.tables
    )


def _reconstruction(run: SavedRun) -> Reconstruction:
    chosen: dict[str, Any] = {name: run.settings["settings"].get(name) for name in BALANCE_SETTINGS}
    nothing: Any = None
    return Reconstruction(make_balance_settings(**chosen), _inputs(run), run.summary, run.tables, nothing)


def _inputs(run: SavedRun) -> dict[str, Origin]:
    return {
        side: Origin(
            entry["name"],
            entry["format"],
            entry["rows"],
            entry["path"],
            run.manifest["inputs"][side]["sha256"],
            entry["options"],
            entry["snapshot"],
            tuple(run.manifest["inputs"][side].get("evidence") or ()),
        )
        for side, entry in run.settings["inputs"].items()
    }
