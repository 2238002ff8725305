"""Small books for chains: records in few words."""

from __future__ import annotations

from typing import Any

import workbench as wb

NAMES = ("ledger", "processor", "bank")
REFERENCE, AMOUNT = wb.Criterion("reference"), wb.Criterion("amount")
AS_LEDGER = {"id": "transaction_id", "date": "created_at"}
Rows = list[dict[str, Any]]


def rows(*records: tuple[str, ...]) -> Rows:
    """Records of (id, amount, reference, more columns as NAME=VALUE …)."""
    return [
        {"id": name, "amount": amount, "currency": "EUR", "reference": reference, "date": "2026-01-02"}
        | dict(each.split("=") for each in more)
        for name, amount, reference, *more in records
    ]


def internal(given_rows: Rows, **options: Any) -> wb.Records:
    return wb.read_internal(given_rows, mapping=AS_LEDGER, **options)
