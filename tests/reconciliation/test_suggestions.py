"""Suggestions: what rules only suggest is listed, and its records stay open."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.what_if import what_if

AMOUNT = [wb.Criterion("amount"), wb.Criterion("date", "equals", 86_400)]
# e1 and t1 are alone with their amount; of the others each has two of the other side.
PAID = [("e1", "7"), ("e2", "10"), ("e3", "10")]
BOOKED = [("t1", "7"), ("t2", "10"), ("t3", "10")]


def books() -> tuple[wb.Records, wb.Records]:
    more = {"currency": "EUR", "description": "tea"}
    return (
        wb.read_external([{"id": name, "amount": amount, "date": "2026-03-01"} | more for name, amount in PAID]),
        wb.read_internal(
            [{"transaction_id": name, "amount": amount, "created_at": "2026-03-01"} | more for name, amount in BOOKED]
        ),
    )


def pairs(table: Any) -> list[tuple[str, str]]:
    return list(zip(table["external_transaction_id"], table["internal_transaction_id"], strict=True))


def test_a_match_with_more_alternatives_stays_open() -> None:
    result = wb.reconcile(*books(), rules=[wb.Rule("Sure", AMOUNT, max_alternatives=0)])
    assert pairs(result.matches) == [("e1", "t1")]
    assert pairs(result.suggestions) == [("e2", "t2"), ("e3", "t3")]
    assert result.suggestions["alternatives"].tolist() == [2, 2]
    assert list(result.suggestions) == list(result.matches)
    assert not set(result.suggestions["match_id"]) & set(result.matches["match_id"])
    assert result.unmatched_external["reason"].tolist() == ["rule 'Sure' suggests a match"] * 2
    assert (result.summary.rules[0].matches, result.summary.rules[0].suggested) == (1, 2)
    assert result.summary.unmatched_transactions == 2


def test_a_rule_that_suggests_leaves_its_records_to_later_rules() -> None:
    rules = [wb.Rule("Maybe", AMOUNT, status="suggested"), wb.Rule("Text", [wb.Criterion("description"), *AMOUNT])]
    result = wb.reconcile(*books(), rules=rules)
    assert pairs(result.suggestions) == pairs(result.matches) == [("e1", "t1"), ("e2", "t2"), ("e3", "t3")]
    assert set(result.suggestions["rule"]) == {"Maybe"}
    assert set(result.matches["rule"]) == {"Text"}


def test_without_suggestions_there_is_an_empty_table() -> None:
    result = wb.reconcile(*books(), rules=[wb.Rule("Amount", AMOUNT, max_alternatives=2)])
    assert len(result.matches) == 3
    assert list(result.suggestions) == list(result.matches)
    assert len(result.suggestions) == 0


def test_what_if_matches_as_a_run_would() -> None:
    result = wb.reconcile(*books(), rules=[wb.Rule("Amount", AMOUNT)])
    assert what_if(result, *books(), [wb.Rule("Amount", AMOUNT, max_alternatives=0)]).lost.records == 2


@pytest.mark.parametrize("own", [{"max_alternatives": 0}, {"max_alternatives": 3}, {"status": "suggested"}])
def test_rules_that_suggest_are_read_and_written(own: dict[str, Any]) -> None:
    rule = wb.Rule("Maybe", AMOUNT, **own)
    assert rule.to_dict()["workbench"] == own
    assert wb.Rule.from_dict(rule.to_dict()) == rule
    assert "as a suggestion" in rule.describe()


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"max_alternatives": -1}, "max_alternatives takes a whole number of at least 0, not -1"),
        ({"max_alternatives": True}, "max_alternatives takes a whole number of at least 0, not True"),
        ({"status": "maybe"}, "status"),
        ({"status": "suggested", "remainder": "open"}, "a rule that leaves remainders makes no suggestions"),
    ],
)
def test_rules_that_suggest_what_cannot_be_are_refused(own: dict[str, Any], problem: str) -> None:
    with pytest.raises(wb.SettingsError, match=f"rule 'Maybe': .*{problem}"):
        wb.Rule("Maybe", AMOUNT, **own)
