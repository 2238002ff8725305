"""Pairs that contradict themselves: one names a reference that another record of the other side names, too."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb

AMOUNT = [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * 86400)]
HERS, ANOTHERS = "t1", "t2"


def matched(
    external: list[dict[str, Any]], internal: list[dict[str, Any]], rule: wb.Rule | None = None, **settings: Any
) -> list[tuple[str, str]]:
    """The pairs of ids; all amounts are 10, all dates the same, whatever else the records say."""
    paid = [{"amount": "10", "currency": "EUR", "date": "2026-03-01"} | row for row in external]
    booked = [{"amount": "10", "currency": "EUR", "created_at": "2026-03-01"} | row for row in internal]
    rules = [rule or wb.Rule("Amount", AMOUNT)]
    matches = wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=rules, **settings).matches
    return list(zip(matches["external_transaction_id"], matches["internal_transaction_id"], strict=True))


@pytest.mark.parametrize(
    ("external", "another"),
    [
        ({"reference": "INV-1001"}, "INV-1001"),
        ({"reference": "inv 01001"}, "INV/1001"),
        ({"description": "SVWZ+Rechnung INV-1001 vom 1.12."}, "INV-1001"),
        ({"reference": "PAY*INV-1001"}, "INV-1001"),
        ({"reference": "48210"}, "00048210"),
        ({"description": "Zahlung ÜB-77 danke"}, "üb77"),
    ],
)
def test_a_record_is_not_matched_with_one_of_another_reference(external: dict[str, Any], another: str) -> None:
    # Its own record is of another amount, so that no rule may have it.
    books = [
        {"transaction_id": HERS, "reference": another, "amount": "11"},
        {"transaction_id": ANOTHERS, "reference": "X-5"},
    ]
    assert matched([{"id": "e"} | external], books) == []
    assert matched([{"id": "e"} | external], books, wb.Rule("Any", AMOUNT, ignore_references=True)) == [("e", ANOTHERS)]
    # The other way round, where the ledger's text names the bank's reference.
    bank = [{"id": "e1", "reference": another, "amount": "11"}, {"id": "e2", "reference": "X-5"}]
    assert matched(bank, [{"transaction_id": HERS} | external]) == []


@pytest.mark.parametrize("text", ["1", "Invoice", "2026", "1042", "INV-1001 " + "and more " * 10])
def test_what_tells_no_records_apart_is_no_reference(text: str) -> None:
    books = [{"transaction_id": HERS, "reference": text, "amount": "11"}, {"transaction_id": ANOTHERS}]
    assert matched([{"id": "e", "reference": text}], books) == [("e", ANOTHERS)]


def test_a_reference_that_the_other_side_does_not_know_contradicts_nothing() -> None:
    assert matched([{"id": "e", "reference": "TX-9001"}], [{"transaction_id": HERS, "reference": "INV-1"}]) == [
        ("e", HERS)
    ]


def test_a_record_without_references_does_not_take_that_of_another() -> None:
    bank = [{"id": "e1", "reference": "INV-1", "amount": "11"}, {"id": "e2"}]
    assert matched(bank, [{"transaction_id": HERS, "reference": "INV-1"}]) == []


def test_records_that_share_one_of_several_references_may_match() -> None:
    books = [
        {"transaction_id": "t1", "reference": "INV-1"},
        {"transaction_id": "t2", "reference": "INV-2", "amount": "9"},
    ]
    assert matched([{"id": "e", "description": "INV-1 and INV-2"}], books) == [("e", "t1")]


def test_rules_that_compare_texts_are_as_they_say() -> None:
    books = [
        {"transaction_id": HERS, "reference": "INV-1", "amount": "11"},
        {"transaction_id": ANOTHERS, "reference": "X-5", "description": "tea"},
    ]
    rule = wb.Rule("Text", [wb.Criterion("description")])
    assert matched([{"id": "e", "reference": "INV-1", "description": "tea"}], books, rule) == [("e", ANOTHERS)]


def test_ancestors_references_are_a_records_own() -> None:
    books = [
        {"transaction_id": "p", "reference": "ORD-9", "status": "INFLIGHT"},
        {"transaction_id": "c", "reference": "gen_71a", "parent_transaction": "p", "status": "APPLIED"},
        {"transaction_id": "x", "reference": "ORD-8", "parent_transaction": None, "status": "APPLIED"},
    ]
    assert matched([{"id": "e", "reference": "ORD-9"}], books) == [("e", "c")]


def test_a_group_names_what_its_records_name() -> None:
    books = [
        {"transaction_id": "t1", "reference": "po_1", "amount": "14"},
        {"transaction_id": "t2", "reference": "po_1", "amount": "-4"},
        {"transaction_id": "t3", "reference": "po_2"},
    ]
    bank = [{"id": "e", "description": "STRIPE PAYOUT po_1 12/25"}]
    settings = {"strategy": "one_to_many", "grouping_criteria": "reference"}
    assert matched(bank, books, **settings) == [("e", "t1"), ("e", "t2")]


def test_ignoring_references_is_part_of_the_rule() -> None:
    rule = wb.Rule("Any", AMOUNT, ignore_references=True)
    assert rule.to_dict()["workbench"] == {"ignore_references": True}
    assert wb.Rule.from_dict(rule.to_dict()) == rule
    assert rule.describe().endswith(", whatever references say.")
    with pytest.raises(wb.SettingsError, match="ignore_references goes with rules that compare no text"):
        wb.Rule("Text", [wb.Criterion("reference")], ignore_references=True)
    with pytest.raises(wb.SettingsError, match="takes True or False, not 'yes'"):
        wb.Rule("Any", AMOUNT, ignore_references="yes")  # type: ignore[arg-type]
