"""Records: what one side says, in canonical columns, with the rows that could not be used beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pandas as pd

EXTERNAL_COLUMNS = ("id", "amount", "currency", "reference", "description", "date", "source")
INTERNAL_COLUMNS = (
    "transaction_id",
    "parent_transaction",
    "source",
    "destination",
    "reference",
    "amount",
    "precise_amount",
    "precision",
    "currency",
    "description",
    "status",
    "created_at",
    "effective_date",
    "meta_data",
)
BALANCE_COLUMNS = (
    "balance_id",
    "currency",
    "balance",
    "credit_balance",
    "debit_balance",
    "indicator",
    "ledger_id",
    "inflight_balance",
    "inflight_credit_balance",
    "inflight_debit_balance",
)


@dataclass(frozen=True)
class Origin:
    """Where records came from, so that a reader of the result can find, check and re-read them."""

    name: str  # what to call it: the file's name, or "<DataFrame>"
    format: str  # csv, tsv, json, ndjson, parquet, xlsx, dataframe, arrow, rows
    rows: int  # records found, good and bad
    path: str | None = None  # as the user gave it
    sha256: str | None = None  # of the file's bytes, or of the table's rows where there is no file
    options: Mapping[str, Any] = field(default_factory=dict)  # the reader's options that differ from default


@dataclass(frozen=True)
class Records:
    """The usable records of one side as an Ibis table, and the unusable ones with their reasons.

    ``table`` has every canonical column of its kind, in order and typed (``amount`` as an exact decimal, dates as
    ``timestamp('UTC', 6)``, absent ones null), then the columns nobody knows, as they came.
    ``given`` names the canonical columns that the input really had.
    ``rejected`` has a row for each fault: ``row`` (1 is the first record), ``column``, ``value``, ``reason``.
    ``rejected_totals`` counts the bad records and sums their readable amounts for each currency (``""`` if unreadable).
    """

    table: ir.Table
    rejected: pd.DataFrame
    origin: Origin
    given: tuple[str, ...]
    rejected_totals: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)

    def to_pandas(self) -> pd.DataFrame:
        """The good records as a DataFrame: amounts exact decimals, dates ``timestamp[us, UTC]``."""
        return self.table.to_pyarrow().to_pandas(types_mapper=pd.ArrowDtype)
