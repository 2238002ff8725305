"""Money: precise units as amounts of their currency, where its transactions say how many decimals they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from workbench.amounts import amount_text
from workbench.errors import WorkbenchError
from workbench.exact import decimals, exact, whole_amounts


@dataclass(frozen=True)
class Money:
    """A currency, and how many decimals its precise units stand for; none where its transactions do not say."""

    currency: str = ""
    decimals: int | None = None

    @property
    def unit(self) -> str:
        """What amounts are counted in."""
        return "precise units" if self.decimals is None else self.currency

    def amount(self, units: int) -> Decimal:
        """Precise units as an amount."""
        return exact(units, self.decimals or 0)

    def text(self, units: int, *, signed: bool = False) -> str:
        """An amount with its currency, as people read it; the bare number of units where the decimals are not known.

        >>> Money("USD", 2).text(-123450), Money("USD", 2).text(5, signed=True), Money().text(123450)
        ('-1,234.50 USD', '+0.05 USD', '123,450')
        """
        text = amount_text(self.amount(units), self.currency)
        plus = "+" if signed and units >= 0 else ""
        return f"{plus}{text}" if self.decimals is None else f"{plus}{text} {self.currency}"


def in_currency(table: pa.Table, decimals_known: Mapping[str, int]) -> pa.Table:
    """Whole numbers of precise units as amounts of the currency of their row; as they are where that is not known.

    >>> rows = pa.table({"currency": ["USD", "XYZ"], "difference": pa.array([-150, 7], pa.decimal128(38, 0))})
    >>> in_currency(rows, {"USD": 2})["difference"].to_pylist()
    [Decimal('-1.50'), Decimal('7.00')]
    """
    places = [decimals_known.get(currency, 0) for currency in table["currency"].to_pylist()]
    scale = max(places, default=0)
    factors = np.array([10 ** (scale - place) for place in places], object)
    shown = table
    for position, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and not field.type.scale and not table[position].null_count:
            try:
                amounts = decimals(whole_amounts(table[position], 0).astype(object) * factors, scale)
            except WorkbenchError:  # amounts so large and so fine do not fit into one column
                return table
            shown = shown.set_column(position, field.name.removeprefix("precise_"), amounts)
    return shown
