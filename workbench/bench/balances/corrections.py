"""Corrections: the balances that are collected, what would be asked of Blnk for them, and the list to take along."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import ipywidgets

from workbench.balances.money import in_currency
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.code import Code
from workbench.bench.shared.fields import ROOM, ROW, Part, button, text_field, tick_field
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, say_outcome, words
from workbench.errors import WorkbenchError
from workbench.reports.corrections import CorrectionList, correctable, is_partial, list_corrections, save_corrections
from workbench.reports.repeat_balances import as_correction

URL = "http://localhost:5001"  # where Blnk listens unless told otherwise
SHOWN = 20  # corrections that are spelled out


class CorrectionsForm(Part):
    """The list of ``state.corrections``. It is shown, saved and turned into a command; the bench never applies it."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        self.planned: CorrectionList | None = None
        self.url = text_field("Address of the Blnk ledger", URL, layout=ROOM)
        self.journal = text_field("Journal of the corrections", "corrections.ndjson", layout=ROOM)
        self.out = text_field("Folder that the command writes", "corrections", layout=ROOM)
        self.url_problem, self.message = words(""), words("")
        self.every = button("Add every balance that differs", act=self.add_all)
        self.drop = button("Remove the selected", act=self.remove_selected)
        self.clear = button("Remove all", act=self.remove_all)
        self.list = TableView(NOTHING, "Balances to correct", selectable=True)
        self.requests = Code("What would be asked, and what Blnk should then show")
        self.command = Code("The command that does it")
        self.file = text_field("File for the list", "corrections.json", layout=ROOM)
        self.replace = tick_field("Replace the file if it is there")
        self.save_button = button("Save the list", act=self.save)
        for field in (self.url, self.journal, self.out):
            field.observe(lambda _: self.show(), "value")
        self.of_list = ipywidgets.VBox(
            [
                ipywidgets.HBox([self.drop, self.clear], layout=ROW),
                self.list,
                self.url,
                self.url_problem,
                self.journal,
                self.out,
                self.requests,
                self.command,
                words("With --dry-run it only shows the plan. The key comes from WORKBENCH_BLNK_KEY.", "hint"),
                ipywidgets.HBox([self.file, self.replace, self.save_button], layout=ROW),
            ]
        )
        state.observe(lambda _: self.show(), "corrections")
        state.observe(self._ran, "result")
        super().__init__(
            "corrections",
            words("Corrections", "heading"),
            words("Nothing is corrected from here: the list says what the command would ask of Blnk.", "hint"),
            self.message,
            self.every,
            self.of_list,
        )
        self.show()

    def show(self) -> None:
        """Show the list as it is."""
        self.planned = None
        result, ids = self.state.result, self.state.corrections
        self.every.disabled = result is None or not correctable(result)
        self.of_list.layout.display = None if ids else "none"
        self.save_button.disabled = False
        say(self.url_problem, "")
        self.requests.value = self.command.value = ""
        if result is None or not ids:
            self.list.show(NOTHING)
            say(self.message, self._why_none())
            return
        try:
            self.planned = list_corrections(result, ids, url=self.url.value, journal=self.journal.value)
            self.command.value = as_correction(
                result, ids, url=self.url.value, journal=self.journal.value, out=self.out.value
            )
        except WorkbenchError as error:
            self.save_button.disabled = True
            say(self.url_problem, str(error), "problem")
            return
        self.list.show(in_currency(self.planned.table, result.decimals))
        self.requests.value = _spelled_out(self.planned)
        say(self.message, f"Collected: {len(ids):,}.", "good")

    def add_all(self) -> None:
        """Collect every balance that a rebuild would change."""
        if self.state.result:
            self.state.corrections = tuple(dict.fromkeys([*self.state.corrections, *correctable(self.state.result)]))

    def remove_selected(self) -> None:
        """Take what is selected in the table off the list."""
        selected = set(self.list.chosen("balance_id"))
        self.state.corrections = tuple(name for name in self.state.corrections if name not in selected)

    def remove_all(self) -> None:
        """Empty the list."""
        self.state.corrections = ()

    def save(self) -> None:
        """Write the list into the file."""
        if self.planned:
            say_outcome(self.message, partial(self._saved, self.planned))

    def _saved(self, planned: CorrectionList) -> str:
        path = save_corrections(planned, self.file.value.strip(), replace=self.replace.value)
        return f"Saved to {path}, {len(planned.planned):,} in all."

    def _ran(self, _change: Any) -> None:
        """What a new result does not find wrong leaves the list."""
        known = set(correctable(self.state.result)) if self.state.result else set()
        kept = tuple(correction for correction in self.state.corrections if correction in known)
        gone = len(self.state.corrections) - len(kept)
        self.state.corrections = kept
        self.show()
        if gone:
            say(self.message, f"Left the list, since by the new result there is nothing to correct: {gone:,}.", "good")

    def _why_none(self) -> str:
        if self.state.result and is_partial(self.state.result):
            return "Blnk rebuilds from all transactions: to collect corrections, read and count all of them."
        return "No balance is collected yet: open one that differs, and add it."


def _spelled_out(planned: CorrectionList) -> str:
    whole = planned.to_dict()
    corrections = whole["corrections"]
    text = json.dumps({**whole, "corrections": corrections[:SHOWN]}, indent=2, ensure_ascii=False)
    more = len(corrections) - SHOWN
    return f"{text}\n{more:,} more stand in the file." if more > 0 else text
