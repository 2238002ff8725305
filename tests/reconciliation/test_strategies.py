"""Strategies: a rule may have one of its own, and works on the records that the rules before it left open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.what_if import WhatIf
from workbench.runs.gates.figures import reconciliation_figures

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
        ({"strategy": "within_external", "grouping_criteria": "created_at"}, "unknown grouping criterion of within"),
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


BATCH_E = ("e1", "50", "B"), ("e2", "30", "B"), ("e3", "20", "B"), ("e4", "1", "A")
BATCH_I = ("i1", "60", "B"), ("i2", "40", "B"), ("i3", "2", "A")
BATCH = paid(*BATCH_E), booked(*BATCH_I)
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


def test_gates_count_the_money_of_each_record_once() -> None:
    rules = [wb.Rule("Same total", [AMOUNT], strategy="many_to_many", grouping_criteria="reference"), SINGLE]
    external = paid(*BATCH_E, ("e5", "7", "C"), ("e6", "7", "C"))
    result = wb.reconcile(external, booked(*BATCH_I, ("i4", "7", "C")), rules=rules)
    doubt = reconciliation_figures(result.tables)["max_in_doubt", None]
    assert (doubt.money, doubt.of_money) == ({"EUR": 7}, {"EUR": 107})


def test_where_groups_match_groups_the_amounts_of_both_sides_stand_in_matches() -> None:
    rules = [wb.Rule("Same total", [AMOUNT], strategy="many_to_many", grouping_criteria="reference")]
    external, internal = paid(*BATCH_E[:3], ("e5", "9", "C")), booked(*BATCH_I[:2], ("i4", "4", "C"), ("i5", "5", "C"))
    result = wb.reconcile(external, internal, rules=rules)
    shown = result.matches[["external_transaction_id", "internal_transaction_id", "amount", "internal_amount"]]
    assert [f"{e} {i} {a} {o}" for e, i, a, o in shown.itertuples(index=False)] == [
        *("e1 i1 50 60", "e1 i2 50 40", "e2 i1 30 60", "e2 i2 30 40", "e3 i1 20 60", "e3 i2 20 40"),
        *("e5 i4 4 4", "e5 i5 5 5"),  # one with a group: the amounts of the group, as with one_to_many
    ]
    assert reconciliation_figures(result.tables)["max_in_doubt", None].of_money == {"EUR": 109}


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


def settled(external: wb.Records, internal: wb.Records, *rules: wb.Rule, **more: Any) -> list[list[str]]:
    """The records of each match of one side."""
    matches = wb.reconcile(external, internal, rules=rules or None, **more).matches
    alone = matches[matches.isna().any(axis=1)]
    names = alone["external_transaction_id"].fillna(alone["internal_transaction_id"])
    return [group.tolist() for _, group in names.groupby(alone["match_id"])]


RETURNS = [("1", "-50", "DD-9"), ("2", "50", "DD-9"), ("3", "-20", "K"), ("4", "-7", "P"), ("5", "3", "P"),
           ("6", "4", "P"), ("7", "0", "K"), ("8", "20", "")]  # fmt: skip


@pytest.mark.parametrize("side", ["external", "internal"])
def test_records_of_one_side_that_sum_to_nothing_settle_each_other(side: str) -> None:
    rows = {"external": [("e0", "1", "z")], "internal": [("i0", "2", "z")]}
    rows[side] = RETURNS
    books = paid(*rows["external"]), booked(*rows["internal"])
    rule = wb.Rule("Return", [REFERENCE], strategy=f"within_{side}")
    assert settled(*books, rule) == [["1", "2"]]
    assert settled(*books, wb.Rule("Return", [AMOUNT], strategy=f"within_{side}")) == [["1", "2"], ["3", "8"]]
    by_key = wb.Rule("Key", [AMOUNT], strategy=f"within_{side}", grouping_criteria="reference")
    assert settled(*books, by_key) == [["1", "2"], ["4", "5", "6"]]
    assert settled(*books, strategy=f"within_{side}") == [["1", "2"], ["3", "8"]]

    result = wb.reconcile(*books, rules=[by_key])
    totals = next(row for row in result.tables["control_totals"].to_pylist() if row["side"] == side)
    assert (totals["records_matched"], totals["amount_matched_debit"], totals["amount_matched_credit"]) == (5, 57, 57)
    names = ("matches", "matched_external", "matched_internal")
    assert [result.summary.rules[0][name] for name in names] == ([2, 5, 0] if side == "external" else [2, 0, 5])
    assert set(result.near_misses["rule"]) == set(), "no rule compares one side with the other"
    assert not result.differences.size


def test_what_settles_must_meet_the_other_criteria_and_only_debits_of_one_currency() -> None:
    rows = [("a", "-5", "EUR", "2026-01-01"), ("b", "5", "EUR", "2026-01-04"), ("c", "5", "USD", "2026-01-01")]
    external = wb.read_external([dict(zip(("id", "amount", "currency", "date"), row, strict=True)) for row in rows])
    date = wb.Criterion("date", "equals", (-86400, 0))  # a credit at most a day after its debit
    rule = wb.Rule("Soon", [date], strategy="within_external")
    assert settled(external, booked(("i", "1", "")), rule) == []
    wide = wb.Rule("Later", [wb.Criterion("date", "equals", (-3 * 86400, 0))], strategy="within_external")
    assert settled(external, booked(("i", "1", "")), rule, wide) == [["a", "b"]]


def test_what_one_rule_settles_no_other_matches_and_a_group_of_a_person_is_left_alone(tmp_path: Path) -> None:
    external, internal = paid(*RETURNS), booked(("i1", "20", "K"), ("i2", "50", "DD-9"))
    rule = wb.Rule("Return", [REFERENCE], strategy="within_external")
    assert ["Return", "2", None] not in matched(wb.reconcile(external, internal, rules=[SINGLE, rule]))
    after = wb.reconcile(external, internal, rules=[rule, SINGLE])
    assert "i2" in set(after.unmatched_internal["transaction_id"])
    books = {"external": external, "internal": internal}
    wb.add_decision(tmp_path / "j", wb.decide(books, "unmatch", external=["5"], why="not this"))
    by_key = wb.Rule("Key", [AMOUNT], strategy="within_external", grouping_criteria="reference")
    assert settled(external, internal, by_key, decisions=tmp_path / "j") == [["1", "2"]]


def test_what_if_counts_what_settles() -> None:
    books = paid(*RETURNS), booked(("i1", "50", "DD-9"))
    rule = wb.Rule("Return", [REFERENCE], strategy="within_external")
    what_if = WhatIf(wb.reconcile(*books, rules=[SINGLE]).settings, *books)
    found = what_if.compare([rule])
    assert (found.gained.records, found.lost.records, found.moved.records) == (1, 0, 1)
    assert found.table("moved")["internal_transaction_id_before"].to_pylist() == ["i1"]
    assert found.table("gained")["internal_transaction_id"].to_pylist() == [None]


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


@pytest.mark.parametrize(
    ("criteria", "says"),
    [
        ([wb.Criterion("amount", "equals", "0.01")], "rule 'x': records that settle each other sum to nothing: amount"),
        ([wb.Criterion("amount", "less_than")], "amount takes equals, without tolerance"),
        (
            [wb.Criterion("reference", internal="note")],
            "external records are compared with each other: reference takes",
        ),
    ],
)
def test_what_records_of_one_side_cannot_say_is_refused(criteria: list[wb.Criterion], says: str) -> None:
    with pytest.raises(wb.SettingsError, match=says):
        wb.reconcile(*MONTH, rules=[wb.Rule("x", criteria, strategy="within_external")])
