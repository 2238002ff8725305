"""Alternatives: other pairs that the two could have made, under the rule that matched them or a later one."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.reconciliation.matching import doubt

DAY = 86_400


def within(days: int) -> wb.Rule:
    return wb.Rule(f"{days} days", [wb.Criterion("amount"), wb.Criterion("date", "equals", days * DAY)])


def alternatives(rules: list[wb.Rule], external: list[str], internal: list[str]) -> dict[str, int]:
    """Of each match, by its external id; the records are given as day and description."""
    sides = [[text.split(" ", 1) for text in side] for side in (external, internal)]
    paid, booked = (
        [
            {name: f"{name[0]}{number}", "amount": "10", "currency": "EUR", date: f"2026-03-{day}", "description": text}
            for number, (day, text) in enumerate(side, 1)
        ]
        for side, name, date in zip(sides, ("id", "transaction_id"), ("date", "created_at"), strict=True)
    )
    matches = wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=rules).matches
    return dict(zip(matches["external_transaction_id"], matches["alternatives"], strict=True))


def test_a_narrow_window_before_a_wide_one_hides_no_alternatives() -> None:
    external, internal = ["01 a", "09 b"], ["01 c", "03 d", "20 e"]
    assert alternatives([within(0)], external, internal) == {"i1": 0}
    assert alternatives([within(0), within(3)], external, internal) == {"i1": 1}
    assert alternatives([within(0), within(3), within(20)], external, internal) == {"i1": 3, "i2": 1}


def test_a_pair_that_several_rules_allow_counts_once() -> None:
    text = wb.Rule("Text", [wb.Criterion("description")])
    assert alternatives([text, within(3)], ["01 a"], ["01 a", "02 a", "03 b", "20 a", "21 c"]) == {"i1": 3}


def test_rules_beyond_those_that_are_counted_leave_the_others_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    nearly = wb.Rule("Nearly", [wb.Criterion("description", "contains", 50)])
    assert alternatives([within(0), nearly], ["01 tea"], ["01 rent", "09 tee"]) == {"i1": 1}
    monkeypatch.setattr(doubt, "MOST_PAIRS", 1)
    assert alternatives([within(0), nearly], ["01 tea"], ["01 rent", "09 tee"]) == {"i1": 0}
    assert alternatives([within(0), nearly, within(9)], ["01 tea"], ["01 rent", "09 tee"]) == {"i1": 1}


def test_rules_of_another_grouping_are_not_compared() -> None:
    groups = wb.Rule("Groups", [wb.Criterion("amount")], strategy="one_to_many", grouping_criteria="reference")
    assert alternatives([within(0), groups], ["01 a"], ["01 a", "09 b"]) == {"i1": 0}
