"""Records: what their columns are, and how they come out."""

from __future__ import annotations

from decimal import Decimal

from workbench.records import (
    BALANCES,
    EXTERNAL,
    EXTERNAL_COLUMNS,
    INTERNAL,
    INTERNAL_COLUMNS,
    SNAPSHOTS,
)
from workbench.sources import read_external


def test_the_columns_of_the_contract() -> None:
    assert EXTERNAL_COLUMNS == ("id", "amount", "currency", "reference", "description", "date", "source")
    assert INTERNAL_COLUMNS[:5] == ("transaction_id", "parent_transaction", "source", "destination", "reference")
    assert INTERNAL_COLUMNS[5:9] == ("amount", "precise_amount", "precision", "currency")
    assert INTERNAL_COLUMNS[9:] == ("description", "status", "created_at", "effective_date", "meta_data")
    assert tuple(BALANCES.columns)[:5] == ("balance_id", "currency", "balance", "credit_balance", "debit_balance")


def test_what_a_kind_requires_is_a_column_of_it() -> None:
    for kind in (EXTERNAL, INTERNAL, BALANCES, SNAPSHOTS):
        assert {*kind.required, kind.money} <= set(kind.columns)
        assert kind.unique is None or kind.unique in kind.required


def test_a_frame_holds_exact_decimals_and_instants_in_utc() -> None:
    rows = [{"id": "1", "amount": "12345678901234567890.12", "currency": "EUR", "date": "2025-01-31"}]
    frame = read_external(rows).to_pandas()
    assert frame["amount"].tolist() == [Decimal("12345678901234567890.12")]
    assert str(frame["amount"].dtype) == "decimal128(38, 2)[pyarrow]"
    assert str(frame["date"].dtype) == "timestamp[us, tz=UTC][pyarrow]"
