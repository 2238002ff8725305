"""Units: figures of balances in their currency, where its transactions say how many precise units it has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from workbench.balances.result import Reconstruction
from workbench.errors import WorkbenchError
from workbench.exact import decimals, whole_amounts


def decimals_of(result: Reconstruction) -> dict[str, int]:
    """How many decimals the precise units of each currency stand for: those on which all of its transactions agree.

    >>> from workbench import read_balances, read_internal, reconstruct
    >>> books = read_balances("data/balances/balances.csv"), read_internal("data/balances/ledger.csv")
    >>> sorted(decimals_of(reconstruct(*books)).items())
    [('USD', 2), ('USDC', 6)]
    """
    precision = result.transactions.precision.fill_null(1)
    rows = result.transactions.group_by("currency").agg(least=precision.min(), most=precision.max()).to_pyarrow()
    return {
        row["currency"]: len(str(row["most"])) - 1
        for row in rows.to_pylist()
        if row["least"] == row["most"] and str(row["most"]).strip("0") == "1"
    }


def in_currency(table: pa.Table, decimals_known: Mapping[str, int]) -> pa.Table:
    """Whole numbers of precise units as amounts of the currency of their row; as they are where that is not known.

    >>> rows = pa.table({"currency": ["USD", "XYZ"], "difference": pa.array([-150, 7], pa.decimal128(38, 0))})
    >>> in_currency(rows, {"USD": 2})["difference"].to_pylist()
    [Decimal('-1.50'), Decimal('7.00')]
    """
    places = [decimals_known.get(currency, 0) for currency in table["currency"].to_pylist()]
    scale = max(places, default=0)
    factors = np.array([10 ** (scale - own) for own in places], object)
    shown = table
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and not field.type.scale and not table[place].null_count:
            try:
                amounts = decimals(whole_amounts(table[place], 0).astype(object) * factors, scale)
            except WorkbenchError:  # amounts so large and so fine do not fit into one column
                return table
            shown = shown.set_column(place, field.name, amounts)
    return shown
