"""Numbers: sums that never wrap in the engine, and whole numbers of any length in and out of Arrow."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from workbench.errors import WorkbenchError
from workbench.exact import Ints, whole_amounts
from workbench.exact import decimals as exact_decimals

UNITS = "decimal(38, 0)"
LIMIT = 10**38
LIMB = 10**18


def is_narrow(units: ir.NumericValue) -> bool:
    """Whether the type alone guarantees that no sum over a table passes 38 digits."""
    kind = units.type()
    return isinstance(kind, dt.Integer) or (isinstance(kind, dt.Decimal) and (kind.precision or 38) <= 18)


def exact_sum(units: ir.NumericValue, *, wide: bool) -> dict[str, ir.Value]:
    """The sum of ``units`` in two parts, ``low`` + ``high`` * 10^18; if ``wide``, neither can pass 38 digits."""
    if not wide:
        return {"low": units.sum().cast(UNITS), "high": ibis.literal(0).cast(UNITS)}
    low = units.cast(UNITS) % LIMB
    limbs = (units.cast(UNITS) - low) * ibis.literal(Decimal("1e-18"), "decimal(38, 18)")
    return {"low": low.sum().cast(UNITS), "high": limbs.cast(UNITS).sum().cast(UNITS)}


def exact(low: pa.ChunkedArray, high: pa.ChunkedArray) -> Ints:
    """What ``exact_sum`` split; null counts as 0."""
    limbs = integers(high)
    return integers(low).astype(object) + limbs.astype(object) * LIMB if limbs.any() else integers(low)


def integers(column: pa.ChunkedArray) -> Ints:
    """A column of whole decimals as numbers to calculate with; null counts as 0."""
    return whole_amounts(column.cast(pa.decimal128(38, 0)).fill_null(0), 0)


def decimals(values: Ints, name: Callable[[int], str]) -> pa.Array:
    """Whole numbers as Arrow decimals; raises ``WorkbenchError`` beyond 38 digits, with the ``name`` of the place."""
    for place, value in enumerate(values if values.dtype == object else ()):
        if abs(value) >= LIMIT:
            raise WorkbenchError(
                f"{name(place)} comes to {value}, which has more than 38 digits: rebuild fewer transactions at once "
                "(as_of), or check their precision"
            )
    return exact_decimals(values, 0)
