"""The reconciliation bench: its forms, put together on one state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.charts import ChartsForm
from workbench.bench.reconciliation.export import ExportForm
from workbench.bench.reconciliation.journal import JournalForm
from workbench.bench.reconciliation.results import ResultsForm
from workbench.bench.reconciliation.rules import RulesForm
from workbench.bench.reconciliation.run import RunForm
from workbench.bench.reconciliation.screen import MatchingScreen
from workbench.bench.reconciliation.state import BenchState, start_state
from workbench.bench.reconciliation.strategy import StrategyForm
from workbench.bench.reconciliation.what_if import WhatIfForm
from workbench.bench.shared.charts import Plotly
from workbench.bench.shared.files import found
from workbench.bench.shared.sources import SourcesForm
from workbench.bench.shared.state import Input
from workbench.bench.shared.theme import Theme
from workbench.charts.style import THEMES
from workbench.errors import one_of
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import DEFAULT_MAX_CANDIDATES, DEFAULT_STATUSES, make_settings
from workbench.reports.reconciliation import read_rules


class ReconcileBench(ipywidgets.VBox):
    """All forms of the reconciliation bench, each under its name."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.sources = SourcesForm(state)
        self.strategy = StrategyForm(state)
        self.rules = RulesForm(state)
        self.run = RunForm(state)
        self.results = ResultsForm(state)
        self.screen = MatchingScreen(state, self.run.start)
        self.charts = ChartsForm(state)
        self.journal = JournalForm(state, self.screen.bar.write)
        self.what_if = WhatIfForm(state)
        self.exports = ExportForm(state)
        forms = (
            self.sources,
            self.strategy,
            self.rules,
            self.run,
            self.results,
            self.screen,
            self.charts,
            self.what_if,
            self.journal,
            self.exports,
        )
        super().__init__([Theme(state), Plotly(), *forms])
        self.add_class("wb-bench")

    @property
    def result(self) -> Result | None:
        """The result of the last run; none before the first."""
        result: Result | None = self.state.result
        return result


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
    internal_date: str = "created_at",
    lineage: bool = False,
    skip_reconciled: bool = False,
    max_candidates: int = DEFAULT_MAX_CANDIDATES,
    decisions: str = "decisions.jsonl",
    external_options: Mapping[str, Any] | None = None,
    internal_options: Mapping[str, Any] | None = None,
    theme: str = "light",
) -> ReconcileBench:
    """The reconciliation bench with both sides read and, if nothing is wrong with them, reconciled.

    Each side is a file, or the URL of a PostgreSQL ledger without its password; ``rules`` is a file of rules in Blnk's
    JSON, or the JSON itself. ``decisions`` is the journal that decisions are written to; it need not be there yet.
    What is wrong with an input is said in the bench.
    Raises ``SettingsError`` for settings that do not fit.

    >>> reconcile_bench().result.summary["strategy"]
    'one_to_one'
    """
    one_of(theme, THEMES, "theme")
    settings = make_settings(
        strategy=strategy,
        grouping_criteria=grouping_criteria or None,
        rules=read_rules(found(rules)),
        grouping_grain=grouping_grain,
        grouping_timezone=grouping_timezone,
        day_starts=day_starts,
        statuses=statuses or None,
        balance_id=balance_id or None,
        internal_date=internal_date,
        lineage=lineage,
        skip_reconciled=skip_reconciled,
        max_candidates=max_candidates,
    )
    inputs = {
        "external": Input(found(external), dict(external_options or {})),
        "internal": Input(found(internal), dict(internal_options or {})),
    }
    state = start_state(inputs, settings, decisions)
    state.theme = theme
    bench = ReconcileBench(state)
    bench.sources.read()
    bench.run.run()
    return bench
