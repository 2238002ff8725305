"""Ledgers and records for tests, a line of text for each row; ``-`` is empty."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from workbench.records import Records
from workbench.sources import read_balances, read_internal, read_snapshots

WHOLE = pa.decimal128(38, 0)
INSTANT = pa.timestamp("us", "UTC")


def ledger(*rows: str, **options: Any) -> Records:
    """Rows of ``transaction_id source destination precise_amount [status [created_at [currency]]]``."""
    names = ["transaction_id", "source", "destination", "precise_amount", "status", "created_at", "currency"]
    missing = {"status": "APPLIED", "created_at": "2026-01-01", "currency": "USD"}
    table = _table(names, missing, rows).append_column("precision", pa.array([100] * len(rows), pa.int64()))
    return read_internal(table, **options)


def amounts(*rows: str) -> Records:
    """Rows of ``transaction_id amount precision precise_amount``, from ``a`` to ``b``, in USD."""
    names = [
        "transaction_id",
        "amount",
        "precision",
        "precise_amount",
        "source",
        "destination",
        "currency",
        "created_at",
    ]
    missing = {"source": "a", "destination": "b", "currency": "USD", "created_at": "2026-01-01"}
    return read_internal(_table(names, missing, rows))


def book(*rows: str) -> Records:
    """Rows of ``balance_id credit debit [balance [currency]]``."""
    names = ["balance_id", "credit_balance", "debit_balance", "balance", "currency"]
    return read_balances(_table(names, {"currency": "USD"}, [_with_balance(row, 1) for row in rows]))


def snapshots(*rows: str) -> Records:
    """Rows of ``balance_id snapshot_time credit debit [balance]``."""
    names = ["balance_id", "snapshot_time", "credit_balance", "debit_balance", "balance"]
    return read_snapshots(_table(names, {}, [_with_balance(row, 2) for row in rows]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _with_balance(row: str, credit_at: int) -> str:
    """Credit less debit where the row does not say otherwise."""
    words = row.split()
    balance = int(words[credit_at]) - int(words[credit_at + 1])
    return row if len(words) > credit_at + 2 else f"{row} {balance}"


def _table(names: list[str], missing: dict[str, str], rows: Any) -> pa.Table:
    found = [dict(missing) | dict(zip(names, row.split(), strict=False)) for row in rows]
    return pa.table({name: _column(name, [row.get(name, "-") for row in found]) for name in names})


def _column(name: str, texts: list[str]) -> pa.Array:
    values = [None if text == "-" else text for text in texts]
    if name in ("created_at", "snapshot_time"):
        return pa.array([value and at(value) for value in values], INSTANT)
    if name == "precision":
        return pa.array([value and int(value) for value in values], pa.int64())
    if name == "amount":
        numbers = [value and Decimal(value) for value in values]
        places = max(-int(number.as_tuple().exponent) for number in numbers if number is not None)
        return pa.array(numbers, pa.decimal128(38, places))
    if name in ("precise_amount", "balance", "credit_balance", "debit_balance"):
        return pa.array([value and Decimal(value) for value in values], WHOLE)
    return pa.array(values, pa.string())
