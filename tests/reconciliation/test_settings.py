"""Settings: what fits together, what is refused, and that they replay."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.reconcile import reconcile
from workbench.reconciliation.settings import OPTIONS, Settings, make_settings, settings_from_dict
from workbench.reconciliation.strategies import (
    STRATEGIES,
    criteria_offered,
)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (
            {"strategy": "all_to_all"},
            "unknown strategy 'all_to_all': choose one of one_to_one, one_to_many, many_to_one, many_to_many",
        ),
        (
            {"grouping_criteria": "reference"},
            "one_to_one compares single records, so grouping by reference does not apply",
        ),
        (
            {"strategy": "one_to_many"},
            "one_to_many needs a grouping: one or more of transaction_id, parent_transaction",
        ),
        (
            {"strategy": "many_to_one", "grouping_criteria": "parent_transaction"},
            "choose one of id, amount, currency, reference, description, date, source",
        ),
        ({"strategy": "one_to_many", "grouping_criteria": ["source", "source"]}, "names something twice"),
        (
            {"strategy": "many_to_many", "grouping_criteria": ["batch"]},
            "batch goes with one_to_many and many_to_one, not with many_to_many",
        ),
        (
            {"strategy": "within_external", "grouping_criteria": "batch"},
            "batch goes with one_to_many and many_to_one, not with within_external",
        ),
        (
            {"strategy": "many_to_one", "grouping_criteria": ["subset", "batch"]},
            "batch and subset are two ways to find what sums: choose one of them",
        ),
        ({"grouping_grain": "week"}, "unknown grouping_grain 'week': choose one of day, instant"),
        ({"internal_date": "date"}, "choose one of created_at, effective_date"),
        ({"max_candidates": 0}, "max_candidates takes a whole number of at least 1, not 0"),
        ({"balance_id": " "}, "balance_id takes the id or the indicator of one ledger balance"),
        ({"grouping_criteria": 5}, "grouping_criteria takes a name or a sequence of names, not 5"),
        ({"balance_id": "a\ud800"}, "balance_id cannot be 'a\\ud800': it holds half a character"),
        ({"statuses": ["APPLIED", "\0"]}, "it holds a zero byte"),
        ({"rules": []}, "rules takes one or more Rule values"),
        ({"rules": wb.Rule("a", [wb.Criterion("amount")])}, "rules takes one or more Rule values"),
    ],
)
def test_settings_that_do_not_fit_are_refused(chosen: dict[str, Any], says: str) -> None:
    with pytest.raises(wb.SettingsError) as error:
        make_settings(**chosen)
    assert says in str(error.value)


@pytest.mark.parametrize("strategy", [name for name, sides in STRATEGIES.items() if sides])
def test_every_grouping_criterion_of_a_strategy_is_accepted(strategy: str) -> None:
    for side in STRATEGIES[strategy]:
        others = [f"{other}=currency" for other in STRATEGIES[strategy] if other != side]
        for name in criteria_offered(strategy, side):
            chosen = make_settings(strategy=strategy, grouping_criteria=[f"{side}={name}", *others])
            assert chosen.grouping.of(side) == (name,)


def test_without_rules_it_is_open_how_to_match_and_with_them_it_is_not() -> None:
    rules = [wb.Rule("Amount", [wb.Criterion("amount")])]
    assert (make_settings().strategy, make_settings().rules) == ("", ())
    assert make_settings(strategy="one_to_one").strategy == "one_to_one"
    assert make_settings(rules=rules).strategy == "one_to_one"


def test_settings_replay_through_json() -> None:
    settings = make_settings(
        strategy="many_to_one",
        grouping_criteria=["reference", "date"],
        rules=[wb.Rule("Near", [wb.Criterion("amount", "equals", "0.000000000000000001")])],
        statuses=None,
        balance_id="bln_1",
        internal_date="effective_date",
        max_candidates=5,
    )
    assert settings_from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    with pytest.raises(wb.SettingsError, match="unknown setting 'stratgey'"):
        settings_from_dict({"stratgey": "one_to_one"})
    with pytest.raises(wb.SettingsError, match="rules takes a list of rules, not 5"):
        settings_from_dict({"rules": 5})


def test_the_option_table_the_settings_and_reconcile_agree() -> None:
    named = {option.name: option.default for option in OPTIONS}
    assert set(named) | {"rules", "findings"} == {field.name for field in fields(Settings)}
    parameters = inspect.signature(reconcile).parameters
    for name, default in named.items():
        assert (parameters[name].default or ()) == (default or ()), name
