"""Show: what the terminal gets to see; plain text where it is none, and no text of the data as markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from workbench.amounts import as_text, decimals_needed
from workbench.cli.outcome import visible
from workbench.dsn import private
from workbench.reconciliation.result import Result
from workbench.reconciliation.result_tables.differences import differences_in_words
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.summary import RuleSummary
from workbench.reconciliation.tables import PARTS
from workbench.records import Origin
from workbench.runs.gates.checks import Checks
from workbench.sides import SIDES

Tell = Callable[[str, int, int], None]  # what is being done, steps done, steps in all
STATEMENTS = 12  # that are shown
STATEMENT_MONEY = ("opening_balance", "sum_of_records", "closing_balance", "difference", "gap")
WIDE = 10_000  # what is read by a program is not wrapped


def show_summary(result: Result, checks: Checks, ending: str) -> None:
    """Show what was reconciled, what matched by which rule, and the control totals."""
    summary = result.summary
    grouping = f" by {', '.join(summary['grouping_criteria'])}" if summary["grouping_criteria"] else ""
    rules = "Rules (none were given: the records propose these)" if result.findings else "Rules"
    tables = (
        ("Records", _sides(result)),
        *((f"Found in {side}", evidence_list(evidence)) for side, evidence in evidence_of(result.inputs).items()),
        *([("Seen in the records", evidence_list(result.findings))] if result.findings else []),
        (rules, _rules(result)),
        *([("Decisions", _decisions(summary))] if "decisions" in summary else []),
        *([("Statements", _statements(result.tables["statements"]))] if "statements" in result.tables else []),
        *([("Parents", _parents(result.tables["parents"]))] if "parents" in result.tables else []),
        ("Control totals (they tie out)", _control_totals(result.tables["control_totals"])),
        ("Differences", table_of(("",), [(differences_in_words(result.tables["differences"]),)], show_header=False)),
        (f"Gates: {checks.verdict}", gates_table(checks)),
    )
    show_tables(f"Reconciliation {summary['reconciliation_id']}, {summary['strategy']}{grouping}", tables, ending)


def show_tables(headline: str, tables: Iterable[tuple[str, Table]], ending: str) -> None:
    """Show a line, tables under their titles, and the lines of the ending, if there is one."""
    console = terminal()
    console.print(Text(visible(headline)))
    for title, table in tables:
        console.print()
        console.print(Text(title, style="bold"))
        console.print(table)
    if ending:
        console.print()
    for line in ending.splitlines():
        console.print(Text(visible(line)))


def terminal() -> Console:
    """What prints to stdout: as wide as the terminal, or unwrapped where a program reads it."""
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)


def evidence_of(inputs: Mapping[str, Origin]) -> dict[str, tuple[str, ...]]:
    """What the inputs themselves said of how they are read, for each that said something."""
    return {f"{origin.name} ({side})": origin.evidence for side, origin in inputs.items() if origin.evidence}


def evidence_list(evidence: Sequence[str]) -> Table:
    """A line for each finding."""
    return table_of(("",), [(f"- {sentence}",) for sentence in evidence], show_header=False)


@contextmanager
def stages(also: Tell | None = None) -> Iterator[Tell]:
    """Yield what tells of a stage, to the terminal if there is one, and to ``also``."""
    if not sys.stderr.isatty():
        yield also or (lambda _stage, _done, _steps: None)
        return
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def tell(stage: str, done: int, steps: int) -> None:
            # At once, or a short stage would never be seen.
            if also:
                also(stage, done, steps)
            bar.update(task, description=visible(private(stage)), completed=done, total=steps, refresh=True)

        yield tell


def table_of(headers: Sequence[str], rows: Iterable[Sequence[str]], *, show_header: bool = True) -> Table:
    """A table of texts; a header that starts with > stands over numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="none", show_header=show_header)
    for header in headers:
        table.add_column(Text(header.removeprefix(">")), justify="right" if header.startswith(">") else "left")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return table


def gates_table(checks: Checks) -> Table:
    """Every gate with its figure, its limit, and how it came out."""
    rows = [(check.gate, check.side or "", check.figure, check.limit, check.word) for check in checks.checks]
    return table_of(("", "", ">figure", ">limit", ""), rows)


def _sides(result: Result) -> Table:
    summary, origins = result.summary, [result.inputs[side] for side in SIDES]
    rows = [
        ("input", *(origin.name for origin in origins)),
        ("read", *(f"{origin.rows:,}" for origin in origins)),
        *(
            (what, *(f"{summary[f'{what}{side}_transactions']:,}" for side in ("", "_internal")))
            for what in ("matched", "unmatched")
        ),
    ]
    return table_of(("", ">external", ">internal"), rows)


def _rules(result: Result) -> Table:
    summary = result.summary
    by_hand = [(BY_HAND, f"{summary['matches_by_hand']:,}", "", "")] if "matches_by_hand" in summary else []
    rules = zip(result.settings.rule_names, summary.rules, strict=True)
    by_rule = [(name, f"{rule.matches:,}", _by_chance(rule), _notes(rule)) for name, rule in rules]
    return table_of(("", ">matches", ">by chance", ""), [*by_hand, *by_rule])


def _notes(rule: RuleSummary) -> str:
    """What to know of a rule: what it only suggests, and what chance alone would give."""
    suggested = f"{rule.suggested:,} more suggested" if rule.suggested else ""
    return "; ".join(filter(None, [suggested, rule.doubt]))


def _by_chance(rule: RuleSummary) -> str:
    """How many matches chance alone would give; empty where nobody knows."""
    return "" if rule.expected_by_chance is None else f"{rule.expected_by_chance:,}"


def _decisions(summary: Mapping[str, Any]) -> Table:
    """How many were applied, and of the other states those that occur."""
    counts = summary["decisions"].items()
    return table_of(("", ">decisions"), [(state, f"{n:,}") for state, n in counts if n or state == "applied"])


def _parents(parents: pa.Table) -> Table:
    rows = [(f"{row['transactions']:,}", row["finding"], f"such as {row['examples']}") for row in parents.to_pylist()]
    return table_of((">transactions", "", ""), rows)


def _statements(statements: pa.Table) -> Table:
    """The account statements, as many as one can read: where there are more, those with a finding first."""
    rows = as_text(statements, decimals_needed(statements)).to_pylist()
    if len(rows) > STATEMENTS:
        rows.sort(key=lambda row: not row["finding"])
    columns = ("side", "account", "currency", "sequence", *STATEMENT_MONEY)
    shown = [[row[name] or "" for name in columns] for row in rows[:STATEMENTS]]
    if len(rows) > STATEMENTS:
        shown.append([f"and {len(rows) - STATEMENTS:,} more"] + [""] * (len(columns) - 1))
    return table_of(("", "account", "", "", ">opening", ">records", ">closing", ">difference", ">gap"), shown)


def _control_totals(totals: pa.Table) -> Table:
    """A line for each part that has records; debits and credits apart too, as open money of both signs is not 0."""
    rows = [
        (row["side"], row["currency"], part, f"{row[f'records_{part}']:,}", *_amounts(row, part))
        for row in as_text(totals, decimals_needed(totals)).to_pylist()
        for part in ("in", *PARTS)
        if row[f"records_{part}"] or part == "in"
    ]
    return table_of(("", "", "", ">records", ">debit", ">credit", ">amount"), rows)


def _amounts(totals: Mapping[str, str], part: str) -> Iterator[str]:
    yield from (totals[f"amount_{part}{which}"] for which in ("_debit", "_credit", ""))
