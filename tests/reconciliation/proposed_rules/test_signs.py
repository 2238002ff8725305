"""Signs: what is said of amounts that stand with the other sign, or that fit when seen from one balance."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.settings import settings_from_dict


def books(*signed: tuple[int, str, str]) -> tuple[wb.Records, wb.Records]:
    """The amounts that a bank says, and for each the two balances between which the ledger moves as much."""
    paid = [
        {"id": f"e{n}", "amount": amount, "currency": "EUR", "date": "2026-01-05"}
        for n, (amount, _, _) in enumerate(signed)
    ]
    booked = [
        {"transaction_id": f"t{n}", "amount": abs(amount), "currency": "EUR", "created_at": "2026-01-05"}
        | {"source": source, "destination": destination}
        for n, (amount, source, destination) in enumerate(signed)
    ]
    return wb.read_external(paid), wb.read_internal(booked)


IN = [(10 + n, "world", "bank") for n in range(6)]
OUT = [(-30 - n, "bank", "world") for n in range(4)]


def test_a_balance_that_all_transactions_touch_is_taken() -> None:
    own = books(*IN, *OUT)
    result = wb.reconcile(*own)
    assert (result.settings.balance_id, len(result.matches)) == ("bank", 10)
    assert result.findings[0] == (
        "10 of 10 ledger transactions touch the balance bank: of the external amounts 10 are in the ledger as "
        "seen from it (balance_id='bank', --balance-id bank), otherwise 6."
    )
    given = wb.reconcile(*own, balance_id="world")  # which stays: seen from there all have the other sign
    assert (given.settings.balance_id, given.settings.opposite_signs, len(given.matches)) == ("world", True, 10)


def test_a_balance_that_leaves_some_transactions_out_is_only_told() -> None:
    result = wb.reconcile(*books(*IN, *OUT, (99, "shop", "world")))
    assert (result.settings.balance_id, len(result.matches)) == (None, 7)
    assert result.findings[0].startswith("10 of 11 ledger transactions touch the balance bank: of the external")


@pytest.mark.parametrize("signed", [[*IN], [*IN, (12, "bank", "world")], [(5, "", ""), (-7, "", "")]])
def test_no_balance_is_told_where_it_makes_no_odds(signed: list[Any]) -> None:
    assert not any("balance" in finding for finding in wb.reconcile(*books(*signed)).findings)


TOLD = "3 external amounts are in the ledger with the other sign, 0 with the same:"


def test_amounts_with_the_other_sign_count_with_it_and_that_is_told_and_kept() -> None:
    _, booked = books(*((-10 - n, "", "") for n in range(3)))
    row = {"currency": "EUR", "date": "2026-01-05"}
    paid = wb.read_external([{"id": f"e{n}", "amount": amount, **row} for n, amount in enumerate((-10, -11, -12, 4))])
    result = wb.reconcile(paid, booked)
    assert result.findings[0] == f"{TOLD} they count with the opposite sign (opposite_signs=True, --opposite-signs)."
    assert len(result.matches) == 3
    assert result.unmatched_external[["amount", "counted_amount"]].to_numpy().tolist() == [[4, -4]]
    again = wb.reconcile(paid, booked, opposite_signs=True, rules=result.settings.rules)
    assert again.matches.equals(result.matches)
    assert settings_from_dict(result.settings.to_dict()) == result.settings


def test_too_few_amounts_with_the_other_sign_are_only_told() -> None:
    result = wb.reconcile(*books((-10, "", ""), (-11, "", "")))
    assert result.findings[0] == (
        "2 external amounts are in the ledger with the other sign, 0 with the same: read that side with "
        "sign='inverted' (--external-sign inverted)."
    )
    assert len(result.matches) == 0


def test_bad_records_count_with_the_sign_of_the_good_ones() -> None:
    row = {"currency": "EUR", "date": "2026-01-05"}
    paid = wb.read_external(
        [{"id": "e1", "amount": 5, **row}, {"id": "e1", "amount": 7, **row}, {"id": "e1", "amount": -1, **row}],
        on_bad="reject",
    )
    booked = wb.read_internal([{"transaction_id": "t", "amount": -5, "currency": "EUR", "created_at": "2026-01-05"}])
    totals = wb.reconcile(paid, booked, opposite_signs=True).control_totals.iloc[0]
    assert [totals[f"amount_rejected{way}"] for way in ("", "_debit", "_credit")] == [-6, 7, 1]
    assert totals["amount_in"] == -11


def test_what_a_user_said_about_signs_stays_and_what_to_do_is_told() -> None:
    paid, booked = books(*((-10 - n, "", "") for n in range(3)))
    inverted = wb.read_external(paid.to_pandas(), sign="inverted")
    assert len(wb.reconcile(inverted, booked).matches) == 3
    told = wb.reconcile(inverted, booked, opposite_signs=True).findings[0]
    assert told == f"{TOLD} leave out opposite_signs (--opposite-signs)."
    back = wb.read_external(inverted.to_pandas(), sign="inverted")
    assert wb.reconcile(back, booked).findings[0] == f"{TOLD} read that side with sign='as_is' (--external-sign as_is)."


def test_sides_without_a_currency_in_common_are_told() -> None:
    paid = wb.read_external([{"id": "e", "amount": 1, "currency": "USD", "date": "2026-01-05"}])
    booked = wb.read_internal([{"transaction_id": "t", "amount": 1, "currency": "EUR", "created_at": "2026-01-05"}])
    assert wb.reconcile(paid, booked).findings[0].startswith("External records are in USD, internal ones in EUR: ")
