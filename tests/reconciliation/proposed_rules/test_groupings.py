"""Groupings: which columns are worth being tried as what makes groups."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.proposed_rules.groupings import other_ways
from workbench.reconciliation.settings import make_settings


def ways(keys: list[Any], **more: list[Any]) -> list[tuple[str, tuple[str, ...]]]:
    """The ways to group a ledger with these payouts, of which the other side has the first two groups' totals."""
    booked = [
        {"transaction_id": f"t{n}", "amount": 10 ** (n % 3) + n, "currency": "EUR", "created_at": "2026-01-05"}
        | {"payout": key}
        | {name: values[n] for name, values in more.items()}
        for n, key in enumerate(keys)
    ]
    totals = {key: sum(row["amount"] for row in booked if row["payout"] == key) for key in keys if key}
    paid = [
        {"id": f"e{n}", "amount": amount, "currency": "EUR", "date": "2026-01-05"}
        for n, amount in enumerate(list(totals.values())[:2])
    ]
    return list(other_ways(wb.read_external(paid), wb.read_internal(booked), make_settings()))


PAYOUTS = ["a", "a", "b", "b", "c", "c", "c", None]


def test_a_column_of_whose_groups_the_other_side_has_totals_is_tried() -> None:
    assert ways(PAYOUTS) == [("one_to_many", ("payout",))]


@pytest.mark.parametrize(
    "other",
    [
        ["x"] * 8,  # whose total nobody has
        [f"x{n}" for n in range(8)],  # which makes no groups
        [None] * 8,
        ["x", "y"] * 4,
    ],
)
def test_other_columns_are_not(other: list[Any]) -> None:
    assert ways(PAYOUTS, other=other) == [("one_to_many", ("payout",))]


def test_usual_columns_are_tried_whatever_their_totals_if_they_make_groups() -> None:
    parents = ["p", "p", "p", "q", "q", "q", "r", "r"]
    assert ways(PAYOUTS, parent_transaction=parents)[0] == ("one_to_many", ("parent_transaction",))
    assert len(ways(PAYOUTS, parent_transaction=[f"p{n}" for n in range(8)])) == 1
