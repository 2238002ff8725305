"""Column order: what an analyst looks for first stands first, since a narrow page shows no more of a table."""

from __future__ import annotations

import pyarrow as pa

from workbench.bench.shared.table import NOTHING
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import GROUP, money_open
from workbench.sides import ID_COLUMN, Side
from workbench.tabular import columns_first, filled

PAIR = ("external_transaction_id", "internal_transaction_id")
APART = ("amount_difference", "date_difference_seconds")
FIRST = {
    "matches": ("amount", "internal_amount", "currency", "date", *APART, *PAIR, "rule", "match_id"),
    "near_misses": (
        *("external_amount", "internal_amount", "currency", "internal_currency", *APART, *PAIR, "explanation"),
    ),
    "excluded": ("amount", "currency", "date", "reason", "id"),
    "differences": ("difference", "currency", "rule"),
    "adjustments": ("amount", "currency", "source", "destination", "description"),
    "conversions": (
        *("external_amount", "external_currency", "internal_amount", "internal_currency", "rate", "rate_date"),
    ),
}
FIRST["suggestions"] = FIRST["matches"]


def in_order(result: Result, name: str) -> pa.Table:
    """The table of a result that has this name; without a row where the result has none."""
    table = result.tables.get(name, NOTHING)
    return columns_first(filled(table), *FIRST.get(name, ()))


def open_first(table: pa.Table, side: Side) -> pa.Table:
    """Open records: what is open of them and when it was, the texts, the id, then the rest."""
    texts = ("reference", "description", ID_COLUMN[side], "reason")
    shown = table.drop_columns([GROUP]) if GROUP in table.column_names else table
    return columns_first(filled(shown), money_open(table), "currency", "compared_date", *texts)
