"""Exact amounts: what a transaction moves in precise units, sums that never wrap, and whole numbers in and out of Arrow."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.errors import WorkbenchError
from workbench.records import Records

Integers = npt.NDArray[Any]  # int64 where that surely holds them, else Python's own

UNITS = "decimal(38, 0)"
LIMIT = 10**38
LIMB = 10**18
_INT64_ROOM = 2**60  # leaves room to add a few


def precise_units(internal: Records) -> ir.NumericValue:
    """What each transaction moves, in precise units: ``precise_amount``, else ``amount`` times ``precision``.

    Null where the product is not a whole number of at most 38 digits. Without ``precision`` it is 1, as in Blnk.
    """
    table = internal.table
    if "amount" not in internal.given or not table.precise_amount.isnull().any().execute():
        return cast(ir.NumericValue, table.precise_amount)
    return ibis.coalesce(table.precise_amount, _product(table.amount, table.precision))


def _product(amount: ir.DecimalValue, precision: ir.IntegerValue) -> ir.DecimalValue:
    """``amount`` times ``precision``, whole part and fraction apart, since together they may pass 38 digits."""
    factor = precision.fill_null(1)
    fraction = amount % 1
    whole = (amount - fraction).cast(UNITS)
    short = fraction.cast("decimal(38, 18)")  # a precision has at most 18 noughts, so more decimals are never whole
    moved = short * factor
    fits = (whole.abs() < LIMB) | (_digits(whole.abs()) + _digits(factor) <= 39)
    exact = (short == fraction) & (moved == moved.cast(UNITS))
    return ibis.ifelse(fits & exact, ibis.ifelse(fits, whole, 0).cast(UNITS) * factor + moved.cast(UNITS), None)


def _digits(value: ir.NumericValue) -> ir.IntegerValue:
    return cast(ir.StringValue, value.cast("string")).length()


def is_narrow(units: ir.NumericValue) -> bool:
    """Whether the type alone guarantees that no sum over a table passes 38 digits."""
    kind = units.type()
    return isinstance(kind, dt.Integer) or (isinstance(kind, dt.Decimal) and (kind.precision or 38) <= 18)


def sums(units: ir.NumericValue, *, wide: bool) -> dict[str, ir.Value]:
    """The sum of ``units`` as ``low`` + ``high`` * 10^18, neither of which can pass 38 digits."""
    if not wide:
        return {"low": units.sum().cast(UNITS), "high": ibis.literal(0).cast(UNITS)}
    low = units.cast(UNITS) % LIMB
    limbs = (units - low) * ibis.literal(Decimal("1e-18"), "decimal(38, 18)")
    return {"low": low.sum().cast(UNITS), "high": limbs.cast(UNITS).sum().cast(UNITS)}


def integers(column: pa.ChunkedArray) -> Integers:
    """A column of whole ``decimal128`` numbers, null counting as 0."""
    array = column.fill_null(0).cast(pa.decimal128(38, 0)).combine_chunks()
    words = np.frombuffer(array.buffers()[1] or b"", np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[::2], words[1::2]
    if np.array_equal(high, low >> 63) and bool(np.all(np.abs(low >> 1) < _INT64_ROOM >> 1)):
        return cast(Integers, low)
    return cast(Integers, high.astype(object) * 2**64 + low.astype(np.uint64).astype(object))


def joined(low: Integers, high: Integers) -> Integers:
    """The sums whose two parts ``sums`` made."""
    return low if not high.any() else low.astype(object) + high.astype(object) * LIMB


def decimals(values: Integers, name: Callable[[int], str]) -> pa.Array:
    """Whole numbers as Arrow decimals; raises ``WorkbenchError`` beyond 38 digits, with the ``name`` of the row."""
    if values.dtype == object:
        too_long = next((row for row, value in enumerate(values) if abs(value) >= LIMIT), None)
        if too_long is not None:
            raise WorkbenchError(
                f"{name(too_long)} comes to {values[too_long]}, which has more than 38 digits: "
                "a smaller precision or fewer transactions would fit"
            )
        buffer = b"".join(int(value).to_bytes(16, "little", signed=True) for value in values)
    else:
        buffer = np.column_stack([values, values >> 63]).astype(np.int64).tobytes()
    return pa.Array.from_buffers(pa.decimal128(38, 0), len(values), [None, pa.py_buffer(buffer)])
