"""State: what the analyst has chosen and what came out of it. Forms set it and watch it; none knows another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, HasTraits, Instance, Tuple, Unicode

from workbench.decisions import Journal, read_decisions
from workbench.matching.what_if import WhatIf
from workbench.records import Records
from workbench.result import Result
from workbench.settings import OPTIONS, Settings, make_settings


@dataclass(frozen=True)
class Input:
    """A file, or the URL of a database, and the options that its reader takes."""

    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


class FormState(HasTraits):
    """What the forms of any bench share.

    A form that holds something wrong says it beside the field and puts the sentence into ``problems`` under its own
    name; Run waits until none is left. Traits are replaced, never changed in place, so that all watchers hear of it.
    """

    required: tuple[str, ...] = ()  # the sides without which nothing can run
    inputs = Dict()  # side -> Input
    records = Dict()  # side -> Records, of the inputs that could be read
    problems = Dict()  # form -> sentence
    running = Bool(False)  # the engine is busy: whoever needs it waits for the end
    result: Any = Instance(object, allow_none=True)
    theme = Unicode("light")

    @property
    def ready(self) -> bool:
        """Whether Run can start: what has to be read is, nothing is wrong, and nothing runs."""
        return not self.running and not self.problems and set(self.required) <= set(self.records)

    def report_problem(self, form: str, sentence: str = "") -> None:
        """Keep what is wrong in ``form``; an empty sentence says that nothing is."""
        others = {name: said for name, said in self.problems.items() if name != form}
        self.problems = {**others, form: sentence} if sentence else others


class BenchState(FormState):
    """What the forms of the reconciliation bench share."""

    required = ("external", "internal")
    options = Dict()  # name of an option -> its value, as make_settings takes it
    rules = Tuple()
    decisions = Unicode("decisions.jsonl")  # the journal's path
    result: Any = Instance(Result, allow_none=True)
    chosen = Tuple(("external", ""))  # side and id of the unmatched record that is looked at
    selected = Dict()  # side -> ids of the records that a decision would be about

    def settings(self) -> Settings:
        """What is chosen, as ``Settings``; raises ``SettingsError`` as ``make_settings`` does."""
        return make_settings(**self.options, rules=self.rules)

    def journal(self) -> Journal | None:
        """The decisions so far; none where there is no file yet. Raises ``SourceError`` as ``read_decisions`` does."""
        return read_decisions(self.decisions) if self.decisions and Path(self.decisions).exists() else None

    def what_if(self) -> WhatIf:
        """The records of the result, ready for other rules; made when it is first asked for."""
        result, records, journal = self.ran
        if self._ready_for is not result:
            self._what_if = WhatIf(result.settings, **records, decisions=journal)
            self._ready_for = result
        return self._what_if

    def keep(self, result: Result, records: Mapping[str, Records], journal: Journal | None) -> None:
        """Remember what a result was made of: by the next run, other records may have been chosen."""
        self.ran = result, dict(records), journal

    ran: Any = (None, {}, None)
    _ready_for: Any = None
    _what_if: Any = None


def start_state(inputs: Mapping[str, Input], settings: Settings, decisions: str) -> BenchState:
    """The state of a bench that opens with these inputs and settings; nothing is read yet."""
    options = {option.name: getattr(settings, option.name) for option in OPTIONS}
    return BenchState(inputs=dict(inputs), options=options, rules=settings.rules, decisions=decisions)
