"""Settling by hand, from a bar that stays in sight: what is selected and what it comes to, and what is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.selection import Sums, money_text, sums_of
from workbench.bench.reconciliation.state import BenchState, listed
from workbench.bench.shared.fields import ROW, WIDE, Part, button
from workbench.bench.shared.text import say, short, words
from workbench.errors import SettingsError, WorkbenchError
from workbench.reconciliation.decisions.journal import EMPTY, Decision, add_decision, decide, undo
from workbench.reconciliation.decisions.resolve import refusals
from workbench.reconciliation.decisions.rests import confirmed
from workbench.sides import SIDES
from workbench.tabular import first_of

ACTS = {
    "match": ("Match", "Take the selected records for one match, whatever the rules say (m)"),
    "differ": ("Match with difference", "Take them for one match, though their sums differ (d)"),
    "part": ("Part payment", "Take of the larger side what the other pays; the rest of it stays open (t)"),
    "unmatch": ("Keep open", "Keep the selected records open whatever the rules say, and out of any match (u)"),
    "exclude": ("Exclude", "Leave the selected records out of the reconciliation (e)"),
    "undo": ("Undo", "Take back what was decided last (z)"),
}
UNMATCH = "Unmatch"  # the word for keeping records open where some of them are matched
ACTION = {"differ": "match", "part": "match"}  # the journal's word for an act, where it is another one
DONE = {"match": "Matched", "unmatch": "Kept open", "exclude": "Excluded", "undo": "Undone"}  # what was decided
NAMED = 5  # records that are named in a line


class DecisionsBar(Part):
    """Writes decisions about ``state.selected`` into the journal, and runs again by ``rerun``.

    What is asked for without a reason waits in ``pending`` for it; Enter in the field of the reason then does it.
    """

    def __init__(self, state: BenchState, rerun: Callable[[], Any]) -> None:
        self.state, self.rerun = state, rerun
        self.pending = ""
        self.sums, self.selection, self.message = ipywidgets.HTML(), words(""), words("")
        self.why = ipywidgets.Combobox(
            description="Reason",
            placeholder="why, for the auditor",
            continuous_update=False,
            style=WIDE,
            layout={"width": "22em"},
        )
        self.why.add_class("wb-keys-here")
        self.buttons = {act: button(*label, partial(self.act, act)) for act, label in ACTS.items()}
        self.clear = button("Clear", "Select nothing (Escape)", self.clear_selection)
        state.observe(lambda _: self.show(), ["selected", "result", "running"])
        super().__init__(
            "bar",
            self.sums,
            ipywidgets.HBox([self.why, *self.buttons.values(), self.clear], layout=ROW),
            self.selection,
            self.message,
        )
        self.show()

    def show(self) -> None:
        """Show what is selected, what it comes to, and what can be done with it."""
        result, names = self.state.result, self.state.selected
        parts = [f"{side}: {named(names[side])}" for side in SIDES if names.get(side)]
        sums = sums_of(result, names) if result else Sums({}, {})
        say(self.selection, f"Selected, {'; '.join(parts)}." if parts else "No record is selected.", "hint")
        self.sums.value = _figures(names, sums)
        both, differ = all(names.get(side) for side in SIDES), bool(sums.difference)
        for act, possible in {
            "match": both and not differ,
            "differ": both and differ,
            "part": sums.one_pays_a_part,
            "unmatch": bool(parts),
            "exclude": bool(parts),
            "undo": bool(result and self._last()),
        }.items():
            self.buttons[act].disabled = not possible or self.state.running
        matched = bool(parts) and None in (sums.external, sums.internal)
        self.buttons["unmatch"].description = UNMATCH if matched else ACTS["unmatch"][0]
        self.clear.disabled = not parts

    def act(self, act: str) -> None:
        """Do what a button says, if it can be done; without a reason, ask for one first."""
        if self.buttons[act].disabled:
            return
        self.pending = "" if self.why.value.strip() else act
        if self.pending:
            label = self.buttons[act].description
            say(self.message, f"{label}: a decision needs a reason. Say why, and press Enter.", "problem")
            self.why.focus()
        elif act == "undo":
            self.write(lambda: [undo(self._last()[0], why=self.why.value)])
        else:
            self.write(lambda: [self._decision(act)])

    def match_either(self) -> None:
        """Match what is selected, with a difference where there is one."""
        self.act("match" if self.buttons["differ"].disabled else "differ")

    def act_pending(self) -> None:
        """Do what waits for its reason."""
        if self.pending:
            self.act(self.pending)

    def cancel(self) -> bool:
        """Whether anything waited for its reason; it waits no longer."""
        waited, self.pending = bool(self.pending), ""
        say(self.message, "")
        return waited

    def clear_selection(self) -> None:
        """Select nothing."""
        self.cancel()
        self.state.selected = {}

    def write(self, make: Callable[[], Sequence[Decision]], message: ipywidgets.HTML | None = None) -> None:
        """Write decisions, and run again; where one would not be applied, that is said and none is written.

        It is said in ``message``, or in the bar.
        """
        message = message or self.message
        try:
            self.state.check_idle()
            result, records, _ = self.state.ran
            made, others = confirmed(result, records, make()), self.state.decided_since()
            wrong = next(filter(None, refusals(self.state.journal() or EMPTY, made, records, result.settings)), "")
            if wrong:
                raise SettingsError(f"that cannot be done: {wrong}")
            add_decision(self.state.decisions, *made)
        except WorkbenchError as error:
            say(message, str(error), "problem")
            return
        done = Counter(DONE[decision.action] for decision in made)
        counts = ", ".join(f"{what}: {count:,}" if count > 1 else what for what, count in done.items())
        meanwhile = f" Decided by others since the last run, and applied now: {listed(others)}." if others else ""
        say(message, f"{counts}. Written to {self.state.decisions}.{meanwhile}", "good")
        self.why.options = tuple(dict.fromkeys(filter(None, [self.why.value, *self.why.options])))
        self.why.value = ""
        self.rerun()

    def _decision(self, act: str) -> Decision:
        _, records, _ = self.state.ran
        remainder = "open" if act == "part" else None
        return decide(records, ACTION.get(act, act), **self.state.selected, why=self.why.value, remainder=remainder)

    def _last(self) -> list[Decision]:
        """The last decision that holds, if there is one."""
        journal = self.state.ran[2] or EMPTY
        undone = {decision.undoes for decision in journal.decisions}
        held = [decision for decision in journal.decisions if decision.action != "undo" and decision.id not in undone]
        return held[-1:]


def named(ids: Sequence[str]) -> str:
    """Records in a line, the first of them by name."""
    return first_of([*map(short, ids[:NAMED]), *ids[NAMED:]], NAMED)


def _figures(names: dict[str, Sequence[str]], sums: Sums) -> str:
    """What is selected of each side, and how far apart both are, as a line of figures."""
    figures = {
        side.capitalize(): f"{len(names[side]):,} selected: {_money(money)}" if names.get(side) else "none selected"
        for side, money in (("external", sums.external), ("internal", sums.internal))
    }
    if all(names.get(side) for side in SIDES) and sums.external is not None and sums.internal is not None:
        figures["Difference"] = money_text(sums.difference) or "none, equal"
    tone = "" if "Difference" not in figures else "wb-differs" if sums.difference else "wb-equal"
    cells = "".join(f"<div><span>{name}</span> <strong>{escape(text)}</strong></div>" for name, text in figures.items())
    return f'<div class="wb-sums {tone}" role="status">{cells}</div>'


def _money(money: Any) -> str:
    if money is None:
        return "not all of them are open"
    return money_text(money)
