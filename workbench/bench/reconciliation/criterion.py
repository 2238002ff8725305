"""A criterion as a row of fields: what is compared, how, and how far apart it may be, in units people think in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import ipywidgets

from workbench.bench.shared.fields import FIT, ROW, TO_THE_RIGHT, Part, button, choice_field, text_field
from workbench.bench.shared.text import problem_of, say, words
from workbench.reconciliation.criteria.criterion_options import CRITERION_OPTIONS
from workbench.reconciliation.criteria.field import FIELDS, Criterion, Field
from workbench.reconciliation.criteria.written import read_written, written


class CriterionRow(Part):
    """The fields of one criterion; only what fits its field can be chosen. ``changed`` hears of every change.

    Where no field was touched it is the criterion that was shown, to the letter.
    """

    def __init__(self, criterion: Criterion, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.field = _choice("Compare", tuple(FIELDS))
        self.first = self.field  # has the focus where the criterion is moved
        self.operator = _choice("How", ())
        self.drift = text_field("Tolerance", layout={"width": "10em"})
        self.unit = _choice("in", ())
        self.extras = {
            option.name: text_field(option.title, placeholder=option.example, tooltip=option.help)
            for option in CRITERION_OPTIONS
        }
        self.more = ipywidgets.ToggleButton(description="More", tooltip="What else the criterion can say", layout=FIT)
        self.up = button("Up", "Put this criterion before the one above")
        self.up.layout.margin = TO_THE_RIGHT
        self.down = button("Down", "Put this criterion after the one below")
        self.drop = button("Remove", "Remove this criterion")
        self.problem = words("")
        self._units: Mapping[str, Decimal] = {}
        self._filling = False
        self._inputs = (self.field, self.operator, self.drift, self.unit, *self.extras.values())
        self.fill(criterion)
        for widget in self._inputs:
            widget.observe(self._changed, "value")
        self.more.observe(lambda _: self._show(), "value")
        fields = [self.field, self.operator, self.drift, self.unit, self.more, self.up, self.down, self.drop]
        more = ipywidgets.HBox(list(self.extras.values()), layout=ROW)
        super().__init__("criterion", ipywidgets.HBox(fields, layout=ROW), more, self.problem)

    @property
    def criterion(self) -> Criterion:
        """The criterion that the fields say; raises ``SettingsError`` if they say none."""
        if self._values() == self._untouched:
            return self._filled
        field, operator, drift = self._kind.name, self.operator.value, self._kind.drift
        given = {name: self.extras[name].value.strip() for name in self._kind.extras}
        extras: dict[str, Any] = {name: read_written(field, name, text) for name, text in given.items() if text}
        if drift is None or not self._drifts:
            return Criterion(field, operator, **extras)
        return Criterion(field, operator, drift.parse_any(field, self.drift.value, self.unit.value), **extras)

    def fill(self, criterion: Criterion) -> None:
        """Show a criterion."""
        self._filling = True
        self.field.value = criterion.field
        self._fit()
        self.operator.value = criterion.operator
        if self._kind.drift and self._drifts:
            self.drift.value, self.unit.value = self._kind.drift.words_of_any(criterion.allowable_drift)
        for name, widget in self.extras.items():
            widget.value = written(criterion, name)
        self.more.value = any(widget.value for widget in self.extras.values())
        self._filled, self._untouched = criterion, self._values()
        self._filling = False
        self._show()

    def check(self) -> str:
        """Say, and return, what is wrong with the criterion."""
        wrong = problem_of(lambda: self.criterion)
        say(self.problem, wrong, "problem")
        return wrong

    def _values(self) -> list[Any]:
        return [widget.value for widget in self._inputs]

    @property
    def _drifts(self) -> bool:
        return self._kind.takes_drift(self.operator.value)

    @property
    def _kind(self) -> Field:
        return FIELDS[self.field.value]

    def _changed(self, change: Any) -> None:
        if self._filling:
            return
        if change["owner"] is self.field:
            self._filling = True
            self._fit()
            self._filling = False
        self._show()
        self.changed()

    def _fit(self) -> None:
        """Offer what fits the field; what was chosen stays where it still fits, a drift in other units does not."""
        _offer(self.operator, self._kind.operators)
        units = self._kind.drift.units if self._kind.drift else {}
        if units != self._units:  # a percentage of letters means nothing for money
            self._units, self.drift.value = units, "0"
        _offer(self.unit, tuple(units))

    def _show(self) -> None:
        """Show what goes with the field and the operator, and what else there is where it was asked for."""
        for widget in (self.drift, self.unit):
            widget.layout.display = None if self._drifts else "none"
        self.more.layout.display = None if self._kind.extras else "none"
        for name, widget in self.extras.items():
            widget.layout.display = None if name in self._kind.extras and self.more.value else "none"


def _choice(label: str, names: Sequence[str]) -> ipywidgets.Dropdown:
    chosen = choice_field(label, ())
    _offer(chosen, names)
    return chosen


def _offer(widget: ipywidgets.Dropdown, names: Sequence[str]) -> None:
    """Change the choices and keep the chosen one, which the widget would forget."""
    before = widget.value
    widget.options = [(name.replace("_", " "), name) for name in names]
    if names:  # a dropdown without names chooses none by itself
        widget.value = before if before in names else names[0]
