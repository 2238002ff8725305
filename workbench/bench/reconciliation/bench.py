"""The reconciliation bench: its forms, put together on one state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.bench.reconciliation.charts import ChartsForm
from workbench.bench.reconciliation.journal import JournalForm
from workbench.bench.reconciliation.rates import RatesForm
from workbench.bench.reconciliation.results import ResultsForm
from workbench.bench.reconciliation.rules import RulesForm
from workbench.bench.reconciliation.run import RunForm
from workbench.bench.reconciliation.saved import Saved, journal_beside
from workbench.bench.reconciliation.saving import SavingForm, opened
from workbench.bench.reconciliation.screen import MatchingScreen
from workbench.bench.reconciliation.setup import SetupFold
from workbench.bench.reconciliation.state import BenchState, start_state
from workbench.bench.reconciliation.strategy import StrategyForm
from workbench.bench.reconciliation.what_if import WhatIfForm
from workbench.bench.shared.bench import Bench
from workbench.bench.shared.export import Leaving, Ways
from workbench.bench.shared.files import resolved_path
from workbench.bench.shared.sources import SourcesForm
from workbench.bench.shared.state import Input
from workbench.charts.style import THEMES
from workbench.dsn import redact
from workbench.errors import SourceError, one_of
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import DEFAULT_MAX_CANDIDATES, DEFAULT_STATUSES, make_settings
from workbench.reports.reconciliation import read_rules
from workbench.reports.repeat_reconciliation import as_papermill, as_python, parameters_of
from workbench.sides import SIDES
from workbench.tabular import frame, html_of
from workbench.trust import is_same_input, needs_naming

WAYS = Ways("reconcile", "reconciliation", as_python, as_papermill, parameters_of)
SHOWN = 25  # open records of each side, in a notebook that is opened without a kernel


class ReconcileBench(Bench):
    """All forms of the reconciliation bench, each under its name."""

    def __init__(self, state: BenchState, file: str = "") -> None:
        self.state = state
        self.sources = SourcesForm(state)
        self.strategy = StrategyForm(state)
        self.rules = RulesForm(state)
        self.rates = RatesForm(state)
        self.setup = SetupFold(state, [self.strategy, self.rules, self.rates])
        self.run = RunForm(state)
        self.exports = Leaving(state, WAYS)
        self.screen = MatchingScreen(state, self.run.start, self.exports.report_or_link)
        self.results = ResultsForm(state, self.screen.story.go)
        self.charts = ChartsForm(state)
        self.journal = JournalForm(state, self.screen.bar.write)
        self.what_if = WhatIfForm(state)
        self.saving = SavingForm(state, file, self.screen.sides.tables)
        forms = (
            self.saving,
            self.sources,
            self.setup,
            self.run,
            self.results,
            self.screen,
            self.charts,
            self.what_if,
            self.journal,
            self.exports,
        )
        super().__init__(state, forms)

    @property
    def result(self) -> Result | None:
        """The result of the last run; none before the first."""
        result: Result | None = self.state.result
        return result

    def last_result(self) -> str:
        """The result as HTML, for whoever opens the notebook without a kernel."""
        if self.result is None:
            return super().last_result()
        tables = {side: self.result.tables[f"unmatched_{side}"].slice(0, SHOWN) for side in SIDES}
        open_records = [html_of(f"Open, {side}, the first {SHOWN}", frame(table)) for side, table in tables.items()]
        return "".join([self.result._repr_html_(), *open_records])


def reconcile_bench(
    external: str = "data/cards/statement.csv",
    internal: str = "data/cards/ledger.csv",
    strategy: str = "one_to_one",
    grouping_criteria: Sequence[str] = (),
    rules: str = "data/cards/rules.json",
    *,
    grouping_grain: str = "day",
    grouping_timezone: str | None = "UTC",
    day_starts: str | None = "00:00",
    statuses: Sequence[str] = DEFAULT_STATUSES,
    balance_id: str = "",
    opposite_signs: bool = False,
    internal_date: str = "created_at",
    lineage: bool = False,
    skip_reconciled: bool = False,
    max_candidates: int = DEFAULT_MAX_CANDIDATES,
    decisions: str | None = None,
    rates: str = "",
    file: str = "",
    external_options: Mapping[str, Any] | None = None,
    internal_options: Mapping[str, Any] | None = None,
    theme: str = "light",
) -> ReconcileBench:
    """The reconciliation bench with both sides read and, if nothing is wrong with them, reconciled.

    Each side is a file, or the URL of a PostgreSQL ledger without its password, read by its options as
    ``read_external`` and ``read_internal`` take them; ``rules`` is a file of rules in Blnk's JSON, or the JSON itself.
    The settings are those of ``reconcile``. What is wrong with an input is said in the bench.

    ``rates`` is a file of exchange rates, as ``read_rates`` takes it, for rules that cross currencies.

    ``file`` keeps the reconciliation as one works: inputs and how they are read, settings, rules, rates, journal and
    views, in a file that is called ``NAME.recon.json``. Where it is there already, the bench opens as it was left, and
    all other arguments are passed over; but a database, a file, rates or a journal outside its folder are only opened
    if they are given here too: the file may come from someone else.

    ``decisions`` is the journal that decisions are written to; it need not be there yet. Without a name it is
    ``NAME.decisions.jsonl`` beside the file, or ``decisions.jsonl`` where there is none.

    The bench is a widget: it is shown where it is the last value of a cell. Its ``result`` is the ``Result`` of the
    last run, as ``reconcile`` returns it, or ``None`` where nothing could be run.
    Raises ``SettingsError`` for settings that do not fit, and ``SourceError`` for a ``file`` that is none.

    >>> bench = reconcile_bench()
    >>> bench.result.summary["strategy"], len(bench.result.unmatched_external)
    ('one_to_one', 4)
    """
    one_of(theme, THEMES, "theme")
    inputs = {
        "external": Input(resolved_path(external), dict(external_options or {})),
        "internal": Input(resolved_path(internal), dict(internal_options or {})),
    }
    found = opened(file)
    if found:
        _check_named(found, file, decisions, resolved_path(rates))
        saved = found
    else:
        settings = make_settings(
            strategy=strategy,
            grouping_criteria=grouping_criteria or None,
            rules=read_rules(resolved_path(rules)),
            grouping_grain=grouping_grain,
            grouping_timezone=grouping_timezone,
            day_starts=day_starts,
            statuses=statuses or None,
            balance_id=balance_id or None,
            opposite_signs=opposite_signs,
            internal_date=internal_date,
            lineage=lineage,
            skip_reconciled=skip_reconciled,
            max_candidates=max_candidates,
        )
        journal = journal_beside(file) if file else "decisions.jsonl"
        saved = Saved(inputs, settings, journal if decisions is None else decisions, rates=resolved_path(rates))
    state = start_state(saved.inputs, saved.settings, saved.decisions, saved.rates)
    state.theme = theme
    bench = ReconcileBench(state, file)
    foreign = _foreign(found, file, inputs) if found else {}
    bench.sources.wait(foreign)
    if readable := [side for side in SIDES if side not in foreign]:
        bench.sources.read(*readable)
    bench.run.run()
    bench.saving.restore_views(saved.views)
    bench.saving.begin(opened=found is not None)
    return bench


def _check_named(saved: Saved, file: str, decisions: str | None, rates: str) -> None:
    """Refuse a journal, which is written to, or rates outside the folder of ``file`` unless the caller names them."""
    for option, path, named, says in (
        ("decisions", saved.decisions, decisions, "keeps its decisions outside its folder, in"),
        ("rates", saved.rates, rates, "takes its rates from"),
    ):
        if path and needs_naming(path, file) and not is_same_input(named or "", path):
            shown = redact(path)
            raise SourceError(
                f"{file} {says} {shown}: give {option}={shown!r} too, if the file is from someone you trust"
            )


def _foreign(saved: Saved, file: str, named: Mapping[str, Input]) -> dict[str, str]:
    """The sides that a file must not have read by itself, and why; ``named`` is what the caller gave."""
    trusted = [path for given in named.values() for path in _opens(given)]
    foreign = {
        side: [
            redact(path)
            for path in _opens(given)
            if needs_naming(path, file) and not any(is_same_input(one, path) for one in trusted)
        ]
        for side, given in saved.inputs.items()
    }
    return {
        side: f"{file} names {' and '.join(paths)}: choose Read again if the file is from someone you trust"
        for side, paths in foreign.items()
        if paths
    }


def _opens(source: Input) -> list[str]:
    """What reading an input opens: its file or database, and its layout."""
    layout = source.options.get("layout")
    return [str(path) for path in (source.path, layout) if path and isinstance(path, str | Path)]
