"""The matching screen: both sides, what comes closest, what matched, and the bar that decides; by keys, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.bench.reconciliation.decisions import DecisionsBar
from workbench.bench.reconciliation.matches import MatchesFold
from workbench.bench.reconciliation.near_misses import NearMissCard
from workbench.bench.reconciliation.open_records import OpenRecords
from workbench.bench.reconciliation.proposals import ProposalsForm
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.reconciliation.story import StoryFold
from workbench.bench.reconciliation.suggestions import SuggestionsForm
from workbench.bench.shared.fields import Part
from workbench.bench.shared.keys import Keys
from workbench.bench.shared.text import list_of, words

IN_THE_TABLE = {
    "Up and Down": "go from record to record; with Shift, select those between",
    "o": "show the records of a group, or its line alone",
    "Space": "select the record, or not; with Shift, from the last one to this one",
    "Enter in a table": "select this record only",
    "Home and End": "go to the first or last record of the page",
    "Page up and Page down": "turn the page",
    "a": "select all records that the table shows on any of its pages, or none",
    "/": "search in the table; Down goes back to its records",
}


class MatchingScreen(Part):
    """Where open records are settled; shown as soon as there is a result."""

    def __init__(self, state: BenchState, rerun: Callable[[], Any], report: Callable[[], Any]) -> None:
        self.state = state
        self.sides = OpenRecords(state)
        self.proposals = ProposalsForm(state)
        self.matches = MatchesFold(state)
        self.bar = DecisionsBar(state, rerun)
        self.near_misses = NearMissCard(state, self.bar.match_either)
        self.suggestions = SuggestionsForm(state, self.bar)
        self.story = StoryFold(state)
        self.help = words("")
        self.help.add_class("wb-keys")
        self.help.layout.display = "none"
        self.bar.children = (self.help, *self.bar.children)  # in sight wherever the page is scrolled to
        acts: dict[str, tuple[str, Callable[[], Any]]] = {
            "m": ("match what is selected", lambda: self._ask("match")),
            "d": ("match it with a difference", lambda: self._ask("differ")),
            "t": ("match it as a part payment: the rest stays open", lambda: self._ask("part")),
            "n": ("match the record with the closest one", lambda: self._ask("closest")),
            "s": ("go to the suggestions", self.suggestions.table.take_focus),
            "y": ("accept the selected suggestions, or the first one", self.suggestions.accept),
            "e": ("exclude what is selected", lambda: self._ask("exclude")),
            "u": ("keep what is selected open, or unmatch it", lambda: self._ask("unmatch")),
            "z": ("undo the last decision", lambda: self._ask("undo")),
            "r": ("go to the reason", self.bar.why.focus),
            "Enter": ("decide, once the reason is given", self._decide_pending),
            "Escape": ("give up what waits for its reason, or else the selection", self._back),
            "i": ("show everything known of the record", self.story.go),
            "l": ("make the report; once it is made, go to its link", report),
            "p": ("look for records that add up to the record", self.proposals.propose),
        }
        everywhere: dict[str, tuple[str, Callable[[], Any]]] = {
            "ArrowLeft": ("go to the external records, from anywhere in the bench", lambda: self._go("external")),
            "ArrowRight": ("go to the internal records, from anywhere in the bench", lambda: self._go("internal")),
            "?": ("show or hide this list", self._show_help),
        }
        names = {"ArrowLeft": "Left", "ArrowRight": "Right", "Enter": "Enter in the reason"}
        meanings = {names.get(key, key): what for key, (what, _) in {**acts, **everywhere}.items()}
        list_of(self.help, [f"{key}: {what}" for key, what in {**IN_THE_TABLE, **meanings}.items()])
        self.by_key = Keys("wb-screen", {key: act for key, (_, act) in acts.items()}, asking="mdtneuz")
        self.from_anywhere = Keys("wb-bench", {key: act for key, (_, act) in everywhere.items()})
        self._awaits_focus = False
        self.parts = [
            words("What is open", "heading"),
            self.by_key,
            self.from_anywhere,
            self.suggestions,
            self.sides,
            self.near_misses,
            self.proposals,
            self.matches,
            self.story,
            self.bar,
        ]
        state.observe(lambda _: self._ran(), "result")
        super().__init__("screen")

    def _ran(self) -> None:
        self.children = self.parts
        if self._awaits_focus:
            self._awaits_focus = False
            self._go(self.state.chosen[0])

    def _ask(self, act: str) -> None:
        """Do what a key says; the page has gone on to the reason, and comes back where none is asked for."""
        if act == "closest":
            self.near_misses.match_closest()
        else:
            self.bar.act(act)
        self._awaits_focus = self.state.running
        if not self.bar.pending and not self.state.running:
            self._go(self.state.chosen[0])

    def _decide_pending(self) -> None:
        self._awaits_focus = True
        self.bar.act_pending()

    def _go(self, side: str) -> None:
        self.sides.tables[side].take_focus()

    def _back(self) -> None:
        if not self.bar.cancel():
            self.bar.clear_selection()
        self._go(self.state.chosen[0])

    def _show_help(self) -> None:
        self.help.layout.display = None if self.help.layout.display == "none" else "none"
