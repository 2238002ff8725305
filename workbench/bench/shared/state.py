"""State: what every bench keeps of what was chosen and what came out. Forms set it and watch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from traitlets import Bool, Dict, HasTraits, Instance, Unicode

from workbench.errors import SettingsError


@dataclass(frozen=True)
class Input:
    """A file, or the URL of a database, and the options that its reader takes."""

    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


class State(HasTraits):
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

    def check_idle(self) -> None:
        """Raise ``SettingsError`` while a run goes on: the engines serve one thread at a time."""
        if self.running:
            raise SettingsError("a run goes on: wait for its end, or choose Stop")

    def check_current(self) -> None:
        """Raise ``SourceError`` if the result that is shown is not what its inputs would give now."""

    def report_problem(self, form: str, sentence: str = "") -> None:
        """Keep what is wrong in ``form``; an empty sentence says that nothing is."""
        others = {name: sentence for name, sentence in self.problems.items() if name != form}
        self.problems = {**others, form: sentence} if sentence else others
