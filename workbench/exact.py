"""Exact numbers: decimals as whole numbers to calculate with, and back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.errors import WorkbenchError

Ints = NDArray[Any]  # int64, or Python integers (object) where 64 bits are too few
_INT64_LIMIT = 2**60  # leaves room to subtract two and to add a third


def whole_amounts(column: pa.ChunkedArray, scale: int) -> Ints:
    """A decimal column as whole numbers at ``scale``: 64-bit where they fit with room to subtract, else Python's."""
    array = in_one_piece(column)
    factor = 10 ** (scale - array.type.scale)
    words = np.frombuffer(array.buffers()[1] or b"", np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[::2], words[1::2]
    if np.array_equal(high, low >> 63) and largest(low) * factor < _INT64_LIMIT:
        return cast(Ints, low * factor)
    wide = high.astype(object) * 2**64 + low.astype(np.uint64).astype(object)
    return cast(Ints, wide * factor)


def decimals(values: Ints, scale: int) -> pa.Array:
    """Whole numbers at ``scale`` as an Arrow decimal column; raises ``WorkbenchError`` beyond 38 digits."""
    values = narrow(values)
    if values.dtype == object:
        if any(abs(value) >= 10**38 for value in values):
            raise WorkbenchError(
                f"an amount, or a difference of two, needs more than 38 digits with the {scale} decimals of both "
                "sides: reconcile the records whose amounts are so large, or so fine, apart from the others"
            )
        whole = pa.array([int(value).to_bytes(16, "little", signed=True) for value in values], pa.binary(16))
        buffer = whole.buffers()[1]
    else:
        words = np.empty((len(values), 2), np.int64)
        words[:, 0] = values
        words[:, 1] = values >> 63
        buffer = pa.py_buffer(words)
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(values), [None, buffer])


def optional_decimals(values: Ints, scale: int) -> pa.Array:
    """Whole numbers as decimals, null for what is negative or has more digits than a decimal holds."""
    known = (values >= 0) & (values < 10**38)
    return pc.if_else(pa.array(known, pa.bool_()), decimals(np.where(known, values, 0), scale), None)


def exact(value: int, scale: int) -> Decimal:
    """A whole number at ``scale`` as a decimal, whatever its length: arithmetic would round to the context's.

    >>> exact(12345, 2)
    Decimal('123.45')
    """
    return Decimal(f"{value}E-{scale}")


def whole(value: Decimal, scale: int) -> int:
    """A decimal as a whole number at ``scale``.

    >>> whole(Decimal("123.45"), 3)
    123450
    """
    return int(Fraction(value) * 10**scale)


def exact_sum(amount: Ints) -> int:
    """The sum of whole numbers."""
    return int(safe_to_add(amount).sum())


def exact_sums(amount: Ints, starts: Ints) -> Ints:
    """The sum of each stretch of ``amount``."""
    return np.add.reduceat(safe_to_add(amount), starts)


def safe_to_add(amount: Ints) -> Ints:
    """In 64 bits only where these are certain to hold the sum."""
    return amount.astype(object) if largest(amount) * len(amount) >= _INT64_LIMIT else amount


def in_one_piece(column: pa.ChunkedArray) -> Any:
    """The column as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)  # which putting it together would copy
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def narrow(values: Ints) -> Ints:
    """Python's integers in 64 bits where they fit with room to subtract."""
    fits = values.dtype == object and largest(values) < _INT64_LIMIT
    return values.astype(np.int64) if fits else values


def distinct(values: Ints) -> Ints:
    """Each of the values once, ascending: of whole numbers ``np.unique`` takes several times as long."""
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]]


def largest(values: Ints) -> int:
    """The greatest of the values without their signs; 0 of none."""
    return int(max(abs(int(values.max())), abs(int(values.min())))) if len(values) else 0
