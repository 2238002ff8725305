"""Column order: what an analyst looks for first stands first, since a narrow page shows no more of a table."""

from __future__ import annotations

import pyarrow as pa

from workbench.reconciliation.tables import GROUP, money_open
from workbench.sides import ID_COLUMN, Side
from workbench.tabular import columns_first, filled

MATCHES = (
    *("amount", "internal_amount", "currency", "date", "amount_difference", "date_difference_seconds"),
    *("external_transaction_id", "internal_transaction_id", "rule", "match_id"),
)
NEAR_MISSES = (
    *("external_amount", "internal_amount", "currency", "internal_currency", "amount_difference"),
    *("date_difference_seconds", "external_transaction_id", "internal_transaction_id", "explanation"),
)
RECORDS = ("amount", "currency", "date", "reason", "id")
DIFFERENCES = ("difference", "currency", "rule")
ADJUSTMENTS = ("amount", "currency", "source", "destination", "description")
CONVERSIONS = ("external_amount", "external_currency", "internal_amount", "internal_currency", "rate", "rate_date")


def open_first(table: pa.Table, side: Side) -> pa.Table:
    """Open records: what is open of them and when it was, the texts, the id, then the rest."""
    texts = ("reference", "description", ID_COLUMN[side], "reason")
    shown = table.drop_columns([GROUP]) if GROUP in table.column_names else table
    return columns_first(filled(shown), money_open(table), "currency", "compared_date", *texts)
