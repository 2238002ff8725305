"""The state of the reconciliation bench: what is chosen, what came out of it, and the rules to try on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from traitlets import Dict, Instance, Tuple, Unicode

from workbench.bench.shared.state import Input, State
from workbench.bench.shared.text import short
from workbench.errors import SourceError
from workbench.reconciliation.decisions.journal import Decision, Journal, read_decisions
from workbench.reconciliation.rates import Rates, read_rates
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import OPTIONS, Settings, make_settings
from workbench.reconciliation.strategies import SINGLE
from workbench.reconciliation.what_if import WhatIf
from workbench.records import Records
from workbench.tabular import first_of

MOST = 5  # decisions that are named in a line


class BenchState(State):
    """What the forms of the reconciliation bench share."""

    required = ("external", "internal")
    options = Dict()  # name of an option -> its value, as make_settings takes it
    rules = Tuple()
    decisions = Unicode("decisions.jsonl")  # the journal's path
    rates = Unicode()  # the path of the exchange rates, empty for none
    result: Any = Instance(Result, allow_none=True)
    chosen = Tuple(("external", ""))  # side and id of the unmatched record that is looked at
    story_records = Tuple()  # (side, id) of records of which everything that is known is told
    selected = Dict()  # side -> ids of the records that a decision would be about

    def settings(self) -> Settings:
        """What is chosen, as ``Settings``; raises ``SettingsError`` as ``make_settings`` does.

        Without rules they are proposed from the records, and how records correspond with them: one to one is where
        everybody starts, and no choice.
        """
        if self.rules:
            return make_settings(**self.options, rules=self.rules)
        chosen = {**self.options, "strategy": None} if self.options["strategy"] == SINGLE else self.options
        return make_settings(**chosen)

    def apply_settings(self, settings: Settings) -> None:
        """Choose what ``settings`` say."""
        self.options = _options_of(settings)
        self.rules = settings.rules

    def exchange_rates(self) -> Rates | None:
        """The table of rates; none where none is named. Raises ``SourceError`` as ``read_rates`` does."""
        return read_rates(self.rates) if self.rates else None

    def journal(self) -> Journal | None:
        """The decisions so far; none where there is no file yet. Raises ``SourceError`` as ``read_decisions`` does."""
        return read_decisions(self.decisions) if self.decisions and Path(self.decisions).exists() else None

    def decided_since(self) -> tuple[Decision, ...]:
        """What was written into the journal since the run whose result is shown, by whomever."""
        _, _, journal = self.ran
        now = self.journal()
        applied = {decision.id for decision in journal.decisions} if journal else set()
        return tuple(decision for decision in now.decisions if decision.id not in applied) if now else ()

    def check_current(self) -> None:
        """Raise ``SourceError`` if the result that is shown is not what its inputs and its journal would give now."""
        _, records, _ = self.ran
        for record in records.values():
            record.check_unchanged()
        since = self.decided_since()
        if since:
            raise SourceError(f"{self.decisions} was changed since the run: {listed(since)}; choose Run first")

    def what_if(self) -> WhatIf:
        """The records of the result, ready for other rules; made when it is first asked for, and while nothing runs."""
        self.check_idle()
        result, records, journal = self.ran
        if self._ready_for is not result:
            self._what_if = WhatIf(result.settings, **records, decisions=journal, rates=self.ran_rates)
            self._ready_for = result
        return self._what_if

    def select(self, side: str, instead_of: Collection[str], names: Iterable[str]) -> None:
        """Select these records of a side instead of others; what else is selected stays."""
        others = (name for name in self.selected.get(side, ()) if name not in instead_of)
        selected = {**self.selected, side: tuple(dict.fromkeys([*others, *names]))}
        self.selected = {side: ids for side, ids in selected.items() if ids}

    def keep(
        self, result: Result, records: Mapping[str, Records], journal: Journal | None, rates: Rates | None = None
    ) -> None:
        """Remember what a result was made of: by the next run, other records may have been chosen."""
        self.ran, self.ran_rates = (result, dict(records), journal), rates

    ran: Any = (None, {}, None)
    ran_rates: Rates | None = None
    _ready_for: Any = None
    _what_if: Any = None


def listed(decisions: Sequence[Decision]) -> str:
    """Decisions in a line: who did what to which records, and why."""
    return first_of(list(map(_in_words, decisions)), MOST)


def _in_words(decision: Decision) -> str:
    about = ", ".join([*decision.external, *decision.internal]) or decision.undoes or ""
    return f"{decision.by}: {decision.action} {short(about)} ({short(decision.why)})"


def start_state(inputs: Mapping[str, Input], settings: Settings, decisions: str, rates: str = "") -> BenchState:
    """The state of a bench that opens with these inputs and settings; nothing is read yet."""
    options = _options_of(settings)
    return BenchState(inputs=dict(inputs), options=options, rules=settings.rules, decisions=decisions, rates=rates)


def _options_of(settings: Settings) -> dict[str, Any]:
    options = {option.name: getattr(settings, option.name) for option in OPTIONS}
    return {**options, "strategy": settings.strategy or SINGLE}
