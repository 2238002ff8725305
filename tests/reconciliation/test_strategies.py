"""Strategies: a rule may have one of its own, and works on the records that the rules before it left open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.what_if import WhatIf

AMOUNT, REFERENCE = wb.Criterion("amount"), wb.Criterion("reference")
SPLIT = wb.Rule("Split", [AMOUNT], strategy="one_to_many", grouping_criteria="reference")
COMBINED = wb.Rule("Combined", [AMOUNT], strategy="many_to_one", grouping_criteria=["reference"])
SINGLE = wb.Rule("Single", [AMOUNT, REFERENCE])


def paid(*rows: tuple[str, str, str]) -> wb.Records:
    names = ("id", "amount", "reference")
    common = {"currency": "EUR", "date": "2026-01-01"}
    return wb.read_external([common | dict(zip(names, row, strict=True)) for row in rows])


def booked(*rows: tuple[str, str, str]) -> wb.Records:
    names = ("transaction_id", "amount", "reference")
    common = {"currency": "EUR", "created_at": "2026-01-01"}
    return wb.read_internal([common | dict(zip(names, row, strict=True)) for row in rows])


def matched(result: wb.Result) -> list[list[str]]:
    columns = ["rule", "external_transaction_id", "internal_transaction_id"]
    rows: list[list[str]] = result.matches[columns].to_numpy().tolist()
    return rows


MONTH = (
    paid(("e1", "5", "A"), ("e2", "9", "B"), ("e3", "2", "C"), ("e4", "3", "C"), ("e5", "7", "D")),
    booked(("i1", "5", "A"), ("i2", "4", "B"), ("i3", "5", "B"), ("i4", "5", "C"), ("i5", "8", "D")),
)


def test_one_run_does_all_strategies() -> None:
    result = wb.reconcile(*MONTH, rules=[SINGLE, SPLIT, COMBINED])
    assert matched(result) == [
        ["Single", "e1", "i1"],
        ["Split", "e2", "i2"],
        ["Split", "e2", "i3"],
        ["Combined", "e3", "i4"],
        ["Combined", "e4", "i4"],
    ]
    assert result.matches["amount"].astype(str).tolist() == ["5", "4", "5", "2", "3"]
    assert (result.summary.matched_transactions, result.summary.matched_internal_transactions) == (4, 4)
    assert [rule.get("strategy") for rule in result.summary.rules] == [None, "one_to_many", "many_to_one"]
    assert result.near_misses["external_transaction_id"].tolist()[:1] == ["e5"]


def test_groups_of_a_rule_are_made_of_what_earlier_rules_left() -> None:
    external = paid(("e1", "5", "A"), ("e2", "7", "A"))
    internal = booked(("i1", "5", "A"), ("i2", "4", "A"), ("i3", "3", "A"))
    assert matched(wb.reconcile(external, internal, rules=[SINGLE, SPLIT])) == [
        ["Single", "e1", "i1"],
        ["Split", "e2", "i2"],
        ["Split", "e2", "i3"],
    ]
    # The run's own groups, too, once a rule with others has taken a part of one.
    run = {"strategy": "one_to_many", "grouping_criteria": "reference"}
    single = wb.Rule("Single", [AMOUNT, REFERENCE], strategy="one_to_one")
    again = wb.Rule("Again", [AMOUNT])
    assert matched(wb.reconcile(external, internal, rules=[again, single, again], **run))[-1] == [
        "Again (rule 3)",
        "e2",
        "i3",
    ]


def test_a_group_of_which_a_person_set_one_aside_is_matched_by_no_rule(tmp_path: Path) -> None:
    external, internal = MONTH
    decision = wb.decide({"external": external, "internal": internal}, "unmatch", internal=["i2"], why="wrong")
    wb.add_decision(tmp_path / "j", decision)
    result = wb.reconcile(external, internal, rules=[SPLIT, SINGLE, COMBINED], decisions=tmp_path / "j")
    assert "e2" not in set(result.matches["external_transaction_id"])


def test_rules_say_their_strategy_in_words_and_in_json() -> None:
    assert SPLIT.describe() == (
        "One external record with a group of internal records by reference: the amounts are equal."
    )
    assert SPLIT.to_dict()["workbench"] == {"strategy": "one_to_many", "grouping_criteria": ["reference"]}
    assert wb.Rule.from_dict(SPLIT.to_dict()) == SPLIT
    assert "workbench" not in SINGLE.to_dict()
    by = wb.Rule("By", [AMOUNT], grouping_criteria="reference")
    assert by.describe() == "Groups by reference: the amounts are equal."
    run = {"strategy": "one_to_many", "grouping_criteria": "source"}
    assert ["By", "e2", "i2"] in matched(wb.reconcile(*MONTH, rules=[by], **run))


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"strategy": "all"}, "rule 'x': unknown strategy 'all': choose one of one_to_one"),
        ({"strategy": "one_to_many"}, "rule 'x': one_to_many needs a grouping"),
        ({"grouping_criteria": "reference"}, "rule 'x': one_to_one compares single records"),
        ({"strategy": "many_to_one", "grouping_criteria": "destination"}, "rule 'x': unknown grouping criterion"),
        ({"strategy": "one_to_many", "grouping_criteria": "payout"}, "unknown grouping criterion of one_to_many 'pay"),
        ({"strategy": "many_to_many", "grouping_criteria": {"external": "id"}}, "many_to_many needs a grouping of int"),
        ({"strategy": "many_to_many", "grouping_criteria": "source_id"}, "unknown grouping criterion of many_to_many"),
        ({"strategy": "many_to_many", "grouping_criteria": "amount"}, "unknown grouping criterion of many_to_many 'am"),
        ({"strategy": "many_to_one", "grouping_criteria": ["id", "internal=x"]}, "so internal=x does not apply"),
        ({"grouping_criteria": {"bank": "x"}}, "rule 'x': unknown side of grouping_criteria 'bank': choose one of ext"),
        ({"grouping_criteria": ["a", "a"]}, "rule 'x': grouping_criteria names something twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_rule(own: dict[str, Any], says: str) -> None:
    with pytest.raises(wb.SettingsError, match=says):
        wb.reconcile(*MONTH, rules=[wb.Rule("x", [AMOUNT], **own)])


def test_blnk_is_not_given_a_rule_with_a_strategy(tmp_path: Path) -> None:
    with pytest.raises(wb.SettingsError, match="rule 'Split': Blnk has no word for strategy 'one_to_many'"):
        wb.save_rules([SPLIT], tmp_path / "rules.json", for_blnk=True)
    with pytest.raises(wb.SettingsError, match="rule 'Split', workbench: unknown name 'grouping'"):
        wb.Rule.from_dict(SPLIT.to_dict() | {"workbench": {"grouping": "reference"}})


BATCH = (
    paid(("e1", "50", "B"), ("e2", "30", "B"), ("e3", "20", "B"), ("e4", "1", "A")),
    booked(("i1", "60", "B"), ("i2", "40", "B"), ("i3", "2", "A")),
)
BOTH = [[e, i] for e in ("e1", "e2", "e3") for i in ("i1", "i2")]


@pytest.mark.parametrize(
    "criteria",
    [
        "reference",
        {"external": "reference", "internal": ["reference", "created_at"]},
        ["external=reference", "internal=reference"],
    ],
)
def test_a_group_matches_a_group(criteria: Any) -> None:
    rules = [wb.Rule("Same total", [AMOUNT])]
    result = wb.reconcile(*BATCH, strategy="many_to_many", grouping_criteria=criteria, rules=rules)
    assert [pair[1:] for pair in matched(result)] == BOTH
    assert result.matches["amount"].astype(str).tolist() == ["50", "50", "30", "30", "20", "20"]
    assert result.control_totals["amount_matched"].astype(str).tolist() == ["100", "100"]
    assert result.unmatched_external["id"].tolist() == ["e4"]
    own = wb.Rule("Same total", [AMOUNT], strategy="many_to_many", grouping_criteria=criteria)
    assert [pair[1:] for pair in matched(wb.reconcile(*BATCH, rules=[own]))] == BOTH
    assert wb.Rule.from_dict(own.to_dict()) == own


def test_a_rule_says_what_groups_each_side() -> None:
    by = {"external": "payout_id", "internal": "reference"}
    assert wb.Rule("x", [AMOUNT], strategy="many_to_many", grouping_criteria=by).describe() == (
        "A group of external records by payout_id with a group of internal records by reference: the amounts are equal."
    )


def test_groups_with_too_many_pairs_of_records_are_refused() -> None:
    external = paid(*((f"e{n}", "1", "A") for n in range(40)))
    internal = booked(*((f"i{n}", "1", "A") for n in range(40)))
    rule = wb.Rule("All", [AMOUNT], strategy="many_to_many", grouping_criteria="reference")
    with pytest.raises(wb.RuleTooBroad, match="rule 'All' matches groups with 1,600 pairs of records"):
        wb.reconcile(external, internal, rules=[rule], max_candidates=1000)


@pytest.mark.parametrize(
    ("rules", "gained", "lost", "moved"),
    [
        ([SINGLE, SPLIT], 1, 0, 0),
        ([SPLIT, COMBINED], 3, 0, 0),
        ([COMBINED], 2, 0, 0),
        ([wb.Rule("Any", [wb.Criterion("amount", "equals", "0.2")], strategy="one_to_one")], 1, 0, 0),
    ],
)
def test_what_if_asks_for_other_strategies(rules: list[wb.Rule], gained: int, lost: int, moved: int) -> None:
    what_if = WhatIf(wb.reconcile(*MONTH, rules=[SINGLE]).settings, *MONTH)
    found = what_if.compare(rules)
    assert (found.gained.records, found.lost.records, found.moved.records) == (gained, lost, moved)
    assert found.matched == wb.reconcile(*MONTH, rules=rules).summary.matched_transactions


def test_what_if_tells_a_group_that_lost_a_record_from_the_same_group() -> None:
    external, internal = paid(("e1", "5", "A")), booked(("i1", "5", "A"), ("i2", "0", "A"))
    result = wb.reconcile(external, internal, rules=[SINGLE])
    found = WhatIf(result.settings, external, internal).compare([SPLIT])
    assert (found.gained.records, found.lost.records, found.moved.records) == (0, 0, 1)
    assert found.table("moved")["internal_transaction_id_before"].to_pylist() == ["i1"]
