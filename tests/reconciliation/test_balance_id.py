"""One balance of the ledger: by its id or its indicator, and what no transaction touches is refused."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

import workbench as wb

PAID = [{"id": "e", "amount": "5", "currency": "EUR", "date": "2026-01-01"}]


def ledger(*ends: tuple[str, str]) -> wb.Records:
    return wb.read_internal(
        [
            {
                "transaction_id": f"t{number}",
                "amount": "5",
                "currency": "EUR",
                "source": source,
                "destination": destination,
                "created_at": "2026-01-01",
            }
            for number, (source, destination) in enumerate(ends)
        ]
    )


@pytest.mark.parametrize("name", ["@World", " @World "])
def test_an_indicator_that_transactions_name_is_a_balance(name: str) -> None:
    books = ledger(("@World", "bln_1"), ("bln_1", "@World"), ("bln_1", "bln_2"))
    result = wb.reconcile(wb.read_external(PAID), books, balance_id=name)
    assert result.matches["internal_transaction_id"].tolist() == ["t1"]
    assert result.unmatched_internal["counted_amount"].tolist() == [Decimal(-5)]
    assert result.excluded["id"].tolist() == ["t2"]


def test_a_balance_that_no_transaction_touches_is_refused_with_the_closest() -> None:
    books = ledger(("@World", "bln_1"), ("bln_1", "bln_22"), ("", "bln_22"))
    with pytest.raises(wb.SettingsError, match=r"touches a balance .* 'bln_2'; the closest are bln_1, bln_22, @World"):
        wb.reconcile(wb.read_external(PAID), books, balance_id="bln_2")


def test_a_ledger_without_transactions_is_no_mistake() -> None:
    books = wb.read_internal(pd.DataFrame(columns=["transaction_id", "amount", "currency", "created_at"]))
    result = wb.reconcile(wb.read_external(PAID), books, balance_id="bln_2")
    assert result.summary.unmatched_transactions == 1
