"""Records that options of the reader exclude: counted as excluded, with the reason, and the totals tie out."""

from __future__ import annotations

from decimal import Decimal

import pytest

import workbench as wb

PAID = [
    {"id": "e1", "amount": "10.00", "currency": "EUR", "date": "2026-01-02", "state": "COMPLETED"},
    {"id": "e2", "amount": "-4.50", "currency": "EUR", "date": "2026-01-02", "state": "PENDING"},
    {"id": "e3", "amount": "2.25", "currency": "USD", "date": "2026-01-02", "state": "Pending"},
    {"id": "e4", "amount": "x", "currency": "EUR", "date": "2026-01-02", "state": "PENDING"},
]
BOOKED = [{"transaction_id": "t1", "amount": "10.00", "currency": "EUR", "created_at": "2026-01-02", "kind": "sale"}]


def test_rows_that_are_not_booked_are_excluded_and_counted() -> None:
    external = wb.read_external(PAID, without={"state": ["PENDING"]})
    result = wb.reconcile(external, wb.read_internal(BOOKED))
    assert result.excluded[["side", "id", "amount", "reason"]].values.tolist() == [
        ["external", "e2", Decimal("-4.50"), "state is PENDING"],
        ["external", "e3", Decimal("2.25"), "state is Pending"],
        ["external", "e4", Decimal("0.00"), "state is PENDING"],
    ]
    totals = result.control_totals
    counts = totals[["side", "currency", "records_in", "records_matched", "records_excluded", "amount_excluded"]]
    assert counts.values.tolist() == [
        ["external", "EUR", 3, 1, 2, Decimal("-4.50")],
        ["external", "USD", 1, 0, 1, Decimal("2.25")],
        ["internal", "EUR", 1, 1, 0, Decimal("0.00")],
    ]


@pytest.mark.parametrize("option", [{"only": {"kind": ["refund"]}}, {"without": {"kind": ["SALE"]}}])
def test_transactions_are_excluded_likewise(option: dict[str, dict[str, list[str]]]) -> None:
    result = wb.reconcile(wb.read_external(PAID[:1]), wb.read_internal(BOOKED, **option))  # type: ignore[arg-type]
    assert result.excluded[["side", "id", "reason"]].values.tolist() == [["internal", "t1", "kind is sale"]]
    assert result.unmatched_external["id"].tolist() == ["e1"]
