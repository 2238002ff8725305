"""The strategy form: what is clicked is what make_settings takes, and what does not fit is said beside its field."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.bench.reconciliation.state import BenchState, start_state
from workbench.bench.reconciliation.strategy import StrategyForm
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import OPTIONS, make_settings
from workbench.reconciliation.strategies import (
    GROUPING_CRITERIA,
    STRATEGIES,
    STRATEGY_ANSWERS,
    STRATEGY_MEANINGS,
    STRATEGY_QUESTION,
    SUMS,
    criteria_offered,
)


def a_form(**settings: Any) -> StrategyForm:
    return StrategyForm(start_state({}, make_settings(**settings), "decisions.jsonl"))


def shown(form: StrategyForm) -> set[str]:
    """The labels and the texts of all widgets that stand in the form."""
    found, left = set(), [form]
    while left:
        widget = left.pop()
        left.extend(getattr(widget, "children", ()))
        found.add(getattr(widget, "description", ""))
        found.add(re.sub("<[^>]*>", "", str(getattr(widget, "value", ""))))
    return found


def test_every_option_has_a_widget_with_a_label() -> None:
    form = a_form(strategy="one_to_many", grouping_criteria="reference")
    assert set(form.fields) | {"grouping_criteria"} == {option.name for option in OPTIONS}
    assert all(field.description and field.description in shown(form) for field in form.fields.values())
    assert all(box.description in shown(form) for box in form.groupings["internal"].values())


def test_the_strategies_answer_the_question_that_chooses_between_them() -> None:
    form = a_form()
    offered = {value: label for label, value in form.fields["strategy"].options}
    assert list(offered) == list(STRATEGIES)
    assert STRATEGY_QUESTION in shown(form)
    for name, label in offered.items():
        form.fields["strategy"].value = name
        assert label.endswith(f": {STRATEGY_ANSWERS[name]}")
        assert STRATEGY_MEANINGS[name] in shown(form)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_only_the_groupings_of_the_strategy_are_shown_each_with_its_sentence(strategy: str) -> None:
    form = a_form()
    form.fields["strategy"].value = strategy
    wanted = {sentence for side in STRATEGIES[strategy] for sentence in criteria_offered(strategy, side).values()}
    every = {sentence for names in (*GROUPING_CRITERIA.values(), SUMS) for sentence in names.values()}
    assert every & shown(form) == wanted


def test_the_grain_is_shown_where_a_date_makes_groups() -> None:
    form = a_form(strategy="one_to_many", grouping_criteria="reference")
    assert form.grain.layout.display == "none"
    form.groupings["internal"]["created_at"].value = True
    assert form.grain.layout.display is None
    form.fields["strategy"].value = "many_to_one"
    assert form.grain.layout.display == "none"


@given(st.data())
def test_settings_to_form_and_back_are_the_same(data: st.DataObject) -> None:
    strategy = data.draw(st.sampled_from(list(STRATEGIES)))
    sides = STRATEGIES[strategy]
    grouping = []
    for side in sides:
        sums = [name for name in criteria_offered(strategy, side) if name in SUMS][:1]  # of these but one
        names = [*GROUPING_CRITERIA[side], *sums, "payout_id", "meta_data.order"]
        picked = data.draw(st.sets(st.sampled_from(names), min_size=1))
        grouping += [name if len(sides) == 1 else f"{side}={name}" for name in names if name in picked]
    settings = make_settings(
        strategy=strategy,
        grouping_criteria=grouping,
        grouping_grain=data.draw(st.sampled_from(["day", "instant"])),
        grouping_timezone=data.draw(st.sampled_from(["UTC", "Europe/Berlin"])),
        day_starts=data.draw(st.sampled_from(["00:00", "18:00"])),
        statuses=data.draw(st.sampled_from([None, "APPLIED", ("APPLIED", "INFLIGHT")])),
        balance_id=data.draw(st.sampled_from([None, "bln_1"])),
        opposite_signs=data.draw(st.booleans()),
        internal_date=data.draw(st.sampled_from(["created_at", "effective_date"])),
        lineage=data.draw(st.booleans()),
        skip_reconciled=data.draw(st.booleans()),
        max_candidates=data.draw(st.integers(1, 10**12)),
        rules=[Rule("Amount", [Criterion("amount")])],
    )
    form = StrategyForm(start_state({}, settings, "decisions.jsonl"))
    assert make_settings(**form.options) == make_settings(**form.state.options)
    assert form.state.settings().to_dict() == settings.to_dict()
    assert form.state.problems == {}


def test_a_strategy_without_a_grouping_is_said_there_and_the_state_stays_sound() -> None:
    form = a_form()
    form.fields["strategy"].value = "many_to_one"
    choices = ", ".join(criteria_offered("many_to_one", "external"))
    said = f"many_to_one needs a grouping: one or more of {choices}"
    assert form.state.problems == {"strategy": said}
    assert said in html.unescape(form.problems["grouping_criteria"].value)
    assert form.state.options["strategy"] == "one_to_one"
    form.groupings["external"]["date"].value = True
    assert form.state.problems == {}
    assert form.problems["grouping_criteria"].value == ""
    assert (form.state.settings().strategy, form.state.settings().grouping_criteria) == ("many_to_one", ("date",))


def test_changing_the_strategy_keeps_a_grouping_that_is_still_valid() -> None:
    form = a_form(strategy="one_to_many", grouping_criteria=["parent_transaction", "reference"])
    form.fields["strategy"].value = "many_to_one"
    assert form.state.options["grouping_criteria"] == ("reference",)
    form.fields["strategy"].value = "many_to_many"
    assert form.state.options["grouping_criteria"] == (
        "external=reference", "internal=reference"
    )  # fmt: skip
    form.fields["strategy"].value = "one_to_one"
    assert form.state.options["grouping_criteria"] == ()
    form.fields["strategy"].value = "many_to_one"
    assert form.state.options["grouping_criteria"] == ("reference",)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_candidates", 0, "max_candidates takes a whole number of at least 1, not 0"),
        ("statuses", "APPLIED, APPLIED", "statuses names something twice: APPLIED, APPLIED"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(name: str, value: Any, said: str) -> None:
    form = a_form()
    before = dict(form.state.options)
    form.fields[name].value = value
    assert said in form.problems[name].value
    assert form.more.button.value, "what is wrong is not folded away"
    assert form.state.problems == {"strategy": said}
    assert form.state.options == before


def test_an_empty_text_is_none() -> None:
    form = a_form(balance_id="bln_1")
    form.fields["balance_id"].value = "  "
    form.fields["statuses"].value = ""
    assert (form.state.options["balance_id"], form.state.options["statuses"]) == (None, None)


def test_it_follows_the_state() -> None:
    form = a_form()
    form.state.options = {**form.state.options, "strategy": "one_to_many", "grouping_criteria": ("source",)}
    assert form.fields["strategy"].value == "one_to_many"
    assert form.groupings["internal"]["source"].value


def test_it_starts_from_an_empty_state() -> None:
    form = StrategyForm(BenchState())
    assert make_settings(**form.state.options) == make_settings(strategy="one_to_one")
