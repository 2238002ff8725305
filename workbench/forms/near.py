"""The near-miss card: what comes closest to an open record, what it fails, and what a drift that mends it would do."""

from __future__ import annotations

from decimal import Decimal

import ipywidgets

from workbench.charts.style import number
from workbench.errors import RuleTooBroad, WorkbenchError
from workbench.forms.change import sentence
from workbench.forms.layout import BOX, FIT
from workbench.forms.refill import refill
from workbench.forms.state import BenchState
from workbench.forms.words import short, words
from workbench.matching.closest import Candidate, closest
from workbench.rules import say_drift


class NearMissCard(ipywidgets.VBox):
    """The candidates of ``state.chosen``. "Take" puts the drifts into the rules; nothing runs by itself."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.candidates: list[Candidate] = []
        self.inside = ipywidgets.VBox()
        state.observe(lambda _: self.show(), "chosen")
        state.observe(lambda _: self._forget(), "result")
        super().__init__([words("Closest to it", "heading"), self.inside])
        self.add_class("wb-near")
        self.show()

    def show(self) -> None:
        """Show the chosen record's candidates, or say why there are none."""
        side, name = self.state.chosen
        if self.state.result is None or not name or self.state.running:
            self.candidates = []
            refill(self.inside, [words("Choose an open record above to see what comes closest to it.", "hint")])
            return
        try:
            unit = self.state.what_if().unit_of(side, name)
            self.candidates = closest(self.state.result, side, unit)
            refill(self.inside, [self._title(side, name, unit), *map(self._told, self.candidates)])
        except WorkbenchError as error:
            refill(self.inside, [words(str(error), "problem")])

    def take(self, candidate: Candidate) -> None:
        """Put the drifts that let this pair match into the rules."""
        self.state.rules = candidate.widened(self.state.result.settings.rules)

    def _forget(self) -> None:
        self.state.chosen = (self.state.chosen[0], "")
        self.show()

    def _title(self, side: str, name: str, unit: str) -> ipywidgets.Widget:
        name, of_group = short(name), "" if unit == name else f", in the group of {short(unit)}"
        other = "internal" if side == "external" else "external"
        if self.candidates:
            these = f"these {other} records come" if len(self.candidates) > 1 else f"this {other} record comes"
            return words(f"{side.capitalize()} record {name}{of_group}: {these} close.")
        return words(f"{side.capitalize()} record {name}{of_group}: no open {other} record comes close.")

    def _told(self, candidate: Candidate) -> ipywidgets.Widget:
        side = self.state.chosen[0]
        other, amount = (
            (candidate.internal, candidate.internal_amount)
            if side == "external"
            else (candidate.external, candidate.external_amount)
        )
        money = f"{number(amount)} {candidate.currency}"
        told = [words(f"{candidate.rank}. {short(other)}: {money}, nearly by rule {candidate.rule!r}")]
        told += [words(f"{each.explanation}. {_smallest(each.field, each.drift)}") for each in candidate.failures]
        if candidate.mendable:
            told += self._mended(candidate)
        card = ipywidgets.VBox(told, layout=BOX)
        card.add_class("wb-card")
        return card

    def _mended(self, candidate: Candidate) -> list[ipywidgets.Widget]:
        """What would match beside it with such a drift, and a button to take it."""
        many = len(candidate.failures) > 1
        try:
            found = self.state.what_if().compare(candidate.widened(self.state.result.settings.rules))
        except RuleTooBroad as error:
            return [words(str(error), "problem")]
        button = ipywidgets.Button(
            description="Take these drifts" if many else "Take this drift",
            tooltip=f"Put {'them' if many else 'it'} into rule {candidate.rule}; then choose Run",
            layout=FIT,
        )
        button.on_click(lambda _: self.take(candidate))
        return [words(f"With {'these drifts' if many else 'this drift'}: {sentence(found)}", "hint"), button]


def _smallest(field: str, drift: Decimal | None) -> str:
    if drift is None:
        return "No drift would let it match."
    return f"The smallest drift that would match it: {say_drift(field, drift)}."
