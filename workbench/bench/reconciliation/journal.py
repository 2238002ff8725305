"""The journal: what was decided and what became of it; decisions that are chosen can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import ROOM, ROW, WIDE, Part, button, text_field
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import problem_of, say, words
from workbench.errors import SettingsError
from workbench.reconciliation.decisions.journal import EMPTY, Decision, undo
from workbench.tabular import columns_first, filled

FIRST = ("state", "note", "action", "external", "internal", "why", "at", "by")
Write = Callable[[Callable[[], Sequence[Decision]], ipywidgets.HTML], None]


class JournalForm(Part):
    """The decisions of ``state.decisions``; ``write`` writes others into it."""

    def __init__(self, state: BenchState, write: Write) -> None:
        self.state = state
        self.path = text_field("Journal of decisions", state.decisions, layout=ROOM)
        self.message = words("")
        self.decisions = NOTHING
        self.table = TableView(NOTHING, "Decisions", selectable=True)
        self.why = ipywidgets.Text(description="Reason", placeholder="why they are undone", style=WIDE)
        undoing = partial(write, self._undoings, self.message)
        self.undo_button = button("Undo the selected decisions", "Take them back; give a reason", undoing)
        self.undoing = ipywidgets.HBox([self.why, self.undo_button], layout=ROW)
        self.path.observe(self._path_changed, "value")
        state.observe(lambda _: self.show(), ["result", "running"])
        state.observe(lambda change: setattr(self.path, "value", change["new"]), "decisions")
        super().__init__(
            "journal",
            words("What was decided", "heading"),
            words("Every decision is a line in the journal, and is applied before any rule runs.", "hint"),
            self.path,
            self.message,
            self.table,
            self.undoing,
        )
        self.show()

    def show(self) -> None:
        """Show what was decided."""
        result = self.state.result
        decisions = result.tables.get("decisions", NOTHING) if result else NOTHING
        if decisions is not self.decisions:
            self.decisions = decisions
            self.table.show(columns_first(filled(decisions), *FIRST), titles={"at": "when"})
            self.why.value = ""
        self.table.layout.display = self.undoing.layout.display = None if len(decisions) else "none"
        self.undo_button.disabled = self.state.running

    def _undoings(self) -> list[Decision]:
        journal = self.state.journal() or EMPTY
        chosen = set(self.table.chosen("id"))
        if not chosen:
            raise SettingsError("select the decisions to take back in the table first")
        return [undo(decision, why=self.why.value) for decision in journal.decisions if decision.id in chosen]

    def _path_changed(self, change: Any) -> None:
        self.state.decisions = change["new"].strip()
        named = problem_of(self.state.journal)
        sentence = named if self.state.decisions else "name a file for the decisions"
        say(self.message, sentence, "problem")
        self.state.report_problem("decisions", sentence)
