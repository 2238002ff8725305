"""Numbers: sums that never wrap in the engine, and whole numbers of any length in and out of Arrow."""

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

Integers = npt.NDArray[Any]  # int64 where that surely holds them, else Python's own

UNITS = "decimal(38, 0)"
LIMIT = 10**38
LIMB = 10**18
_ROOM = 2**60  # leaves 64 bits room to add a few


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


def exact(low: pa.ChunkedArray, high: pa.ChunkedArray) -> Integers:
    """What ``exact_sum`` split; null counts as 0."""
    limbs = integers(high)
    return integers(low).astype(object) + limbs.astype(object) * LIMB if limbs.any() else integers(low)


def integers(column: pa.ChunkedArray) -> Integers:
    """A column of whole decimals as numbers to calculate with; null counts as 0."""
    array = column.cast(pa.decimal128(38, 0)).fill_null(0).combine_chunks()
    words = np.frombuffer(array.buffers()[1] or b"", np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[::2], words[1::2]
    if np.array_equal(high, low >> 63) and bool(np.all((low < _ROOM) & (low > -_ROOM))):
        return cast(Integers, low)
    return cast(Integers, high.astype(object) * 2**64 + low.astype(np.uint64).astype(object))


def exact_total(values: Integers) -> int:
    """The sum of whole numbers, in 64 bits only where these surely hold it."""
    wide = len(values) and int(np.abs(values).max()) * len(values) >= _ROOM
    return int((values.astype(object) if wide else values).sum())


def decimals(values: Integers, name: Callable[[int], str]) -> pa.Array:
    """Whole numbers as Arrow decimals; raises ``WorkbenchError`` beyond 38 digits, with the ``name`` of the place."""
    if values.dtype != object:
        words = np.column_stack([values, values >> 63]).astype(np.int64)
        return _array(len(values), words.tobytes())
    for place, value in enumerate(values):
        if abs(value) >= LIMIT:
            raise WorkbenchError(
                f"{name(place)} comes to {value}, which has more than 38 digits: rebuild fewer transactions at once "
                "(as_of), or check their precision"
            )
    return _array(len(values), b"".join(int(value).to_bytes(16, "little", signed=True) for value in values))


def _array(length: int, data: bytes) -> pa.Array:
    return pa.Array.from_buffers(pa.decimal128(38, 0), length, [None, pa.py_buffer(data)])
