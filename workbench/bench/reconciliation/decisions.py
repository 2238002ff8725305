"""Settling by hand: match, unmatch, exclude with a reason, undo; and groups that sum up, proposed and never applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets
import pyarrow as pa

from workbench.bench.reconciliation.selection import compared
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.layout import FIT, ROW, WIDE
from workbench.bench.shared.replace import refill
from workbench.bench.shared.table import TableView
from workbench.bench.shared.text import say, short, words
from workbench.errors import SettingsError, WorkbenchError
from workbench.reconciliation.decisions.journal import EMPTY, Decision, add_decision, decide, undo
from workbench.reconciliation.decisions.resolve import refusal
from workbench.reconciliation.proposals import Proposals, propose
from workbench.sides import SIDES

ACTS = {
    "match": ("Match", "Take the selected records for one match, whatever the rules say"),
    "unmatch": ("Unmatch", "Keep the selected records open, whatever the rules say"),
    "exclude": ("Exclude", "Leave the selected records out"),
}
NAMED = 5  # records that are named in a line
NOTHING = pa.table({"id": pa.array([], pa.string())})


class DecisionsForm(ipywidgets.VBox):
    """Writes decisions about ``state.selected`` into the journal, and runs again by ``rerun``."""

    def __init__(self, state: BenchState, rerun: Callable[[], Any]) -> None:
        self.state, self.rerun = state, rerun
        self.selection, self.message = words(""), words("")
        self.why = ipywidgets.Text(
            description="Reason", placeholder="why, for whoever reads it later", style=WIDE, layout={"width": "30em"}
        )
        self.path = ipywidgets.Text(
            state.decisions, description="Journal of decisions", continuous_update=False, style=WIDE
        )
        self.buttons = {action: _button(*label, partial(self.decide, action)) for action, label in ACTS.items()}
        self.clear = _button("Clear the selection", "Select nothing", self.clear_selection)
        self.find = _button(
            "Propose groups that sum up", "Look for open records that sum to the chosen one exactly", self.propose
        )
        self.proposed = ipywidgets.VBox()
        self.table = TableView(NOTHING, "Decisions", selectable=True)
        self.undo_button = _button("Undo the selected decisions", "Take them back; give a reason above", self.undo)
        self.path.observe(self._path_changed, "value")
        state.observe(lambda _: self.show(), ["selected", "result", "running"])
        state.observe(lambda _: refill(self.proposed, []), ["chosen", "result"])
        super().__init__(
            [
                words("Settle by hand", "heading"),
                words("Select records in the tables above. Every decision is a line in the journal.", "hint"),
                self.selection,
                ipywidgets.HBox([self.why, *self.buttons.values(), self.clear], layout=ROW),
                self.message,
                self.find,
                self.proposed,
                self.table,
                ipywidgets.HBox([self.undo_button, self.path], layout=ROW),
            ]
        )
        self.add_class("wb-decisions")
        self.show()

    def show(self) -> None:
        """Show what is selected and what was decided."""
        result, names = self.state.result, self.state.selected
        parts = [f"{side}: {_named(names[side])}" for side in SIDES if names.get(side)]
        sums = compared(result, names) if result and parts else ""
        say(self.selection, f"Selected, {'; '.join(parts)}. {sums}" if parts else "No record is selected.")
        for button in (*self.buttons.values(), self.clear):
            button.disabled = not parts or self.state.running
        self.find.disabled = result is None or self.state.running
        decisions = result.tables.get("decisions", NOTHING) if result else NOTHING
        if decisions is not self.table.table:
            self.table.show(decisions)
        self.table.layout.display = None if len(decisions) else "none"
        self.undo_button.layout.display = self.table.layout.display

    def decide(self, action: str) -> None:
        """Write a decision about the selected records, and run again."""
        self._do(lambda: [self._decision(action)])

    def undo(self) -> None:
        """Take back the decisions that are selected in the table, and run again."""
        self._do(self._undoings)

    def propose(self) -> None:
        """Look for groups of open records that sum to the chosen one; taking one only selects its records."""
        side, name = self.state.chosen
        if not name:
            say(self.message, "Choose an open record first: groups are looked for that sum to it.", "problem")
            return
        try:
            found = propose(self.state.result, side, name)
        except WorkbenchError as error:
            say(self.message, str(error), "problem")
            return
        say(self.message, "")
        refill(self.proposed, [words(f"To {short(name)}: {found.verdict}."), *self._choices(side, name, found)])

    def clear_selection(self) -> None:
        """Select nothing."""
        self.state.selected = {}

    def select(self, side: str, name: str, found: Proposals, group: Sequence[str]) -> None:
        """Select a proposed group together with the record that it sums to."""
        self.state.selected = {side: (name,), found.side: tuple(group)}
        say(self.message, "Selected. Nothing is matched yet: give a reason and choose Match.", "good")

    def _choices(self, side: str, name: str, found: Proposals) -> list[ipywidgets.Widget]:
        return [
            _button(
                f"Select {_named(group)}",
                "Select these records; nothing is matched yet",
                partial(self.select, side, name, found, group),
            )
            for group in found.sets
        ]

    def _decision(self, action: str) -> Decision:
        names = self.state.selected
        _, records, _ = self.state.ran
        about = {side: names.get(side, ()) for side in SIDES}
        return decide(records, action, external=about["external"], internal=about["internal"], why=self.why.value)

    def _undoings(self) -> list[Decision]:
        journal = self.state.journal() or EMPTY
        chosen = {row["id"] for row in self.table.selected}
        if not chosen:
            raise SettingsError("select the decisions to take back in the table first")
        return [undo(decision, why=self.why.value) for decision in journal.decisions if decision.id in chosen]

    def _do(self, make: Callable[[], Sequence[Decision]]) -> None:
        """Write decisions that would be applied, and run again; what would not be is said and not written."""
        try:
            result, records, _ = self.state.ran
            made = make()
            for each in made:
                wrong = refusal(self.state.journal() or EMPTY, each, records, result.settings)
                if wrong:
                    raise SettingsError(f"that cannot be done: {wrong}")
                add_decision(self.state.decisions, each)
        except WorkbenchError as error:
            say(self.message, str(error), "problem")
            return
        say(
            self.message,
            f"Written to {self.state.decisions}: {', '.join(f'{each.action} {each.id}' for each in made)}.",
            "good",
        )
        self.why.value = ""
        self.rerun()

    def _path_changed(self, change: Any) -> None:
        self.state.decisions = change["new"].strip()
        sentence = "" if self.state.decisions else "name a file for the decisions"
        try:
            self.state.journal()
        except WorkbenchError as error:
            sentence = str(error)
        say(self.message, sentence, "problem")
        self.state.report_problem("decisions", sentence)


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"{', '.join(short(name) for name in ids[:NAMED])}{more}"


def _button(label: str, tooltip: str, act: Callable[[], Any]) -> ipywidgets.Button:
    button = ipywidgets.Button(description=label, tooltip=tooltip, layout=FIT)
    button.on_click(lambda _: act())
    return button
