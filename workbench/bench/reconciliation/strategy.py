"""Strategy: how records correspond between the two sides, what makes a group, and the settings beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.option_fields import option_field, option_read, option_shown
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import ROW, WIDE, Part, text_field, tick_field
from workbench.bench.shared.reader_options import label_of
from workbench.bench.shared.text import problem_of, say, words
from workbench.reconciliation.options import Option
from workbench.reconciliation.settings import OPTIONS, make_settings
from workbench.reconciliation.strategies import (
    GROUPING_CRITERIA,
    SINGLE,
    STRATEGIES,
    STRATEGY_ANSWERS,
    STRATEGY_MEANINGS,
    STRATEGY_QUESTION,
    SUMS,
    criteria_for,
    criteria_of,
    criteria_offered,
)
from workbench.sides import Side

DATED = {"created_at", "date"}  # the grouping criteria that have a grain
BESIDE = ("strategy", "grouping_criteria", "grouping_grain")  # the fields that are always shown; the others fold away


class StrategyForm(Part):
    """The options of a reconciliation: a widget for each of ``OPTIONS``, for the grouping one for each name.

    What fits together goes into ``state.options``; what does not is said beside its field, and Run waits.
    """

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.fields = {option.name: _field(option) for option in OPTIONS if option.name != "grouping_criteria"}
        self.groupings = {side: _checkboxes(side) for side in GROUPING_CRITERIA}
        self.others = {side: _other_columns(side) for side in GROUPING_CRITERIA}
        self.problems = {option.name: words("") for option in OPTIONS}
        self.chosen = words("")
        self.grouping = ipywidgets.VBox()
        grain = words(next(option.help for option in OPTIONS if option.name == "grouping_grain"), "hint")
        self.grain = ipywidgets.HBox([self.fields["grouping_grain"], grain], layout=ROW)
        self.more = Fold("More settings", self._folded())
        self._filling = False
        self.fill()
        for widget in [*self.fields.values(), *self._boxes(), *self.others.values()]:
            widget.observe(self._changed, "value")
        state.observe(self._options_changed, "options")
        super().__init__(
            "strategy",
            words("Strategy", "heading"),
            words(STRATEGY_QUESTION),
            self.fields["strategy"],
            self.chosen,
            self.grouping,
            self.more,
        )

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that the chosen strategy groups."""
        return STRATEGIES[self.fields["strategy"].value]

    @property
    def options(self) -> dict[str, Any]:
        """What is chosen, as ``make_settings`` takes it."""
        grouping = tuple(
            name if len(self.sides) == 1 else f"{side}={name}" for side in self.sides for name in self._chosen(side)
        )
        shown = {option.name: option for option in OPTIONS if option.name in self.fields}
        return {"grouping_criteria": grouping} | {
            name: option_read(option, self.fields[name].value) for name, option in shown.items()
        }

    def fill(self) -> None:
        """Show what the state holds."""
        self._filling = True
        chosen = {option.name: option.default for option in OPTIONS} | {"strategy": SINGLE} | dict(self.state.options)
        for option in OPTIONS:
            if option.name in self.fields:
                self.fields[option.name].value = option_shown(option, chosen[option.name])
        for side in self.sides:
            names = criteria_for(side, criteria_of(chosen["grouping_criteria"]))
            self._tick(side, set(names))
            self.others[side].value = ", ".join(name for name in names if name not in self.groupings[side])
        self._filling = False
        self._show_grouping()
        self.update_state()

    def update_state(self) -> None:
        """Put what is chosen into the state, if it fits together; otherwise say what does not, and where."""
        options = self.options
        beside = {name: options[name] for name in BESIDE}
        wrong = {
            name: problem_of(partial(make_settings, **{name: value}))
            for name, value in options.items()
            if name not in beside
        }
        wrong["grouping_criteria"] = problem_of(lambda: make_settings(**beside))
        for name, sentence in wrong.items():
            say(self.problems[name], sentence, "problem")
            if sentence and name not in BESIDE:
                self.more.button.value = True
        dated = any(DATED & set(self._chosen(side)) for side in self.sides)
        self.grain.layout.display = None if dated else "none"
        first = next(filter(None, wrong.values()), "")
        if not first and options != dict(self.state.options):
            self.state.options = options
        self.state.report_problem("strategy", first)

    def _changed(self, change: Any) -> None:
        if self._filling:
            return
        if change["owner"] is self.fields["strategy"]:
            self._keep_grouping(STRATEGIES[change["old"]])
        self.update_state()

    def _options_changed(self, _change: Any) -> None:
        if dict(self.state.options) != self.options:
            self.fill()

    def _keep_grouping(self, before: tuple[Side, ...]) -> None:
        """Of what was ticked for the side grouped before, keep what can group this one, too."""
        for side in set(self.sides) - set(before) if before else ():
            self._tick(side, {name for name, box in self.groupings[before[0]].items() if box.value})
        self._show_grouping()

    def _chosen(self, side: Side) -> tuple[str, ...]:
        """What makes records of a side one group."""
        ticked = (name for name in self._offered(side) if self.groupings[side][name].value)
        return (*ticked, *(_names(self.others[side].value) or ()))

    def _tick(self, side: Side, names: set[str]) -> None:
        filling, self._filling = self._filling, True
        for name, box in self.groupings[side].items():
            box.value = name in names
        self._filling = filling

    def _show_grouping(self) -> None:
        say(self.chosen, STRATEGY_MEANINGS[self.fields["strategy"].value], "hint")
        of_sides = [widget for side in self.sides for widget in self._grouping_of(side)]
        grain = [self.grain] if self.sides else []
        self.grouping.children = (*of_sides, self.problems["grouping_criteria"], *grain)

    def _grouping_of(self, side: Side) -> list[ipywidgets.Widget]:
        return [
            words(f"What makes {side} records one group? All that is ticked has to be the same."),
            *(
                ipywidgets.HBox([self.groupings[side][name], words(sentence, "hint")], layout=ROW)
                for name, sentence in self._offered(side).items()
            ),
            self.others[side],
        ]

    def _offered(self, side: Side) -> dict[str, str]:
        return criteria_offered(self.fields["strategy"].value, side)

    def _folded(self) -> list[ipywidgets.Widget]:
        folded = [option for option in OPTIONS if option.name not in BESIDE]
        return [
            widget
            for option in folded
            for widget in (self.fields[option.name], words(option.help, "hint"), self.problems[option.name])
        ]

    def _boxes(self) -> list[ipywidgets.Checkbox]:
        return [box for boxes in self.groupings.values() for box in boxes.values()]


def _field(option: Option) -> ipywidgets.Widget:
    if option.name == "strategy":
        choices = [(f"{label_of(name)}: {answer}", name) for name, answer in STRATEGY_ANSWERS.items()]
        return ipywidgets.RadioButtons(options=choices, description=option.title, style=WIDE, layout={"width": "auto"})
    return option_field(option)


def _other_columns(side: Side) -> ipywidgets.Text:
    example = "such as payout_id, meta_data.order"
    return text_field(f"Other columns of {side} records", placeholder=example, layout={"width": "auto"})


def _checkboxes(side: Side) -> dict[str, ipywidgets.Checkbox]:
    return {name: tick_field(label_of(name)) for name in (*GROUPING_CRITERIA[side], *SUMS)}


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None
