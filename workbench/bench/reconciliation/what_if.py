"""What if: drag a tolerance and see at once what it would gain, lose and pair differently."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.rule_changes import NAMES, sentence, tiles
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.charts import Charts
from workbench.bench.shared.fields import ROW, Part, button, choice_field
from workbench.bench.shared.slider import Stops
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, show_tiles, words
from workbench.charts.what_if import match_rate
from workbench.errors import WorkbenchError
from workbench.reconciliation.criteria.drift import Drift
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.what_if import Comparison, with_drift

CURVE_SECONDS = 3  # the longest that a curve may take; beyond, a stop is weighed when it is dragged to
NO_DRIFT = ("choose a tolerance", None)


class WhatIfForm(Part):
    """A tolerance of the rules that ran, to be dragged. "Take" puts it into the rules; the result stays until Run."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.comparison: Comparison | None = None
        self.criterion = choice_field("Tolerance of", [NO_DRIFT])
        self.stop = Stops("What if it were", [("", Decimal(0))])
        self.message = words("")
        self.tiles = words("")
        self.curve = Charts()
        self.curve_hint = words("", "hint")
        self.which = choice_field("Show", [(f"Records that {words}", name) for name, words in NAMES.items()])
        self.table = TableView(NOTHING, "Records that would change")
        self.take_button = button("Take this tolerance", "Put it into the rules; then choose Run", self.take_drift)
        self._filling = False
        self.criterion.observe(lambda _: self._criterion_chosen(), "value")
        self.stop.observe(lambda _: self._dragged(), "value")
        self.which.observe(lambda _: self._show_table(), "value")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._draw(), "theme")
        self.hint = words("")
        self.heading = [words("What if", "heading"), self.hint, self.criterion]
        self.inside = [
            ipywidgets.HBox([self.stop, self.take_button], layout=ROW),
            self.message,
            self.tiles,
            self.curve,
            self.curve_hint,
            self.which,
            self.table,
        ]
        super().__init__("what-if")
        self.show()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that ran, with the drift that is dragged."""
        rule, criterion = self.criterion.value
        return with_drift(self.state.result.settings.rules, rule, criterion, self.stop.value)

    def show(self) -> None:
        """Offer the drifts of the result's rules. Nothing is weighed before one is chosen: it takes a while."""
        drifts = _drifts(self.state.result.settings.rules) if self.state.result else {}
        if not drifts:
            ran, not_yet = "No rule that ran allows a tolerance.", "Nothing was reconciled yet: choose Run."
            say(self.hint, ran if self.state.result else not_yet, "hint")
            self.children = self.heading[:2]
            return
        self._filling = True
        before = self.criterion.label
        self.criterion.options = [NO_DRIFT, *drifts.items()]
        self.criterion.label = before if before in drifts else NO_DRIFT[0]
        self._filling = False
        say(self.hint, "Drag a tolerance: nothing is changed until you take it and run.")
        self._criterion_chosen()

    def take_drift(self) -> None:
        """Put the dragged drift into the rules."""
        self.state.rules = self.rules

    def _criterion_chosen(self) -> None:
        """Offer the stops of the criterion's field, and the drift that ran among them."""
        if self._filling:
            return
        if self.criterion.value is None:
            self.children = self.heading
            return
        rule, criterion = self.criterion.value
        chosen = self.state.result.settings.rules[rule].criteria[criterion]
        drift: Drift = chosen.kind.drift
        stops = sorted({*drift.stops, chosen.allowable_drift})
        self._filling = True
        self.stop.offer([(drift.say(stop), stop) for stop in stops], chosen.allowable_drift)
        self._filling = False
        say(self.message, "Weighing the records: a moment.", "hint")
        self.children = [*self.heading, *self.inside]
        self._draw()
        self._dragged()

    def _dragged(self) -> None:
        if self._filling or self.state.running:
            return
        try:
            self.comparison = self.state.what_if().compare(self.rules)
        except WorkbenchError as error:
            self.comparison = None
            say(self.message, str(error), "problem")
            show_tiles(self.tiles, {})
        else:
            say(self.message, f"With {self.stop.label}: {sentence(self.comparison)}")
            show_tiles(self.tiles, tiles(self.comparison))
            self._show_a_change(self.comparison)
        self._show_table()

    def _show_a_change(self, comparison: Comparison) -> None:
        """Where nothing of the kind that is shown would change, show a kind of which something would."""
        changed = [name for name in NAMES if getattr(comparison, name).records]
        for widget in (self.which, self.table):
            widget.layout.display = None if changed else "none"
        if changed and self.which.value not in changed:
            self.which.value = changed[0]

    def _show_table(self) -> None:
        table = self.comparison.table(self.which.value) if self.comparison else NOTHING
        self.table.show(table, self.which.label)

    def _draw(self) -> None:
        """Draw how many would match at each stop; what is asked of the records is asked once for a criterion."""
        if not self.state.result or self.criterion.value is None:
            return
        stops = [value for _, value in self.stop.options]
        rule, criterion = self.criterion.value
        try:
            what_if = self.state.what_if()
            counts = what_if.curve(rule, criterion, stops, seconds=CURVE_SECONDS)
        except WorkbenchError as error:
            say(self.message, str(error), "problem")
            return
        labels = [label for label, _ in self.stop.options]
        now = stops.index(self.state.result.settings.rules[rule].criteria[criterion].allowable_drift)
        chart = match_rate(labels, counts, what_if.records, now=now, theme=self.state.theme)
        missing = counts.count(None)
        hint = f"Not in the curve, since too broad or long to weigh: {missing} tolerances. Drag there to see."
        self.curve.show([chart])
        say(self.curve_hint, hint if missing else "", "hint")


def _drifts(rules: tuple[Rule, ...]) -> dict[str, tuple[int, int]]:
    """The criteria that a drift goes with, by what they are called."""
    drifts: dict[str, Any] = {}
    for number, rule in enumerate(rules):
        for place, criterion in enumerate(rule.criteria):
            if criterion.takes_drift and criterion.pair is None and criterion.business_days is None:
                label = f"{number + 1}. {rule.name}: {criterion.field}"
                drifts[label if label not in drifts else f"{label}, criterion {place + 1}"] = (number, place)
    return drifts
