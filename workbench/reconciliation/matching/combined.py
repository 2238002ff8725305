"""Combined: rows of several columns as single numbers, in the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.exact import Ints

NO_OVERFLOW = 2**62


def combine(columns: Sequence[Ints]) -> Ints:
    """One small number for each distinct row of ``columns``, in their order; 0 is the least."""
    combined, size = _from_zero(columns[0])
    for column in columns[1:]:
        number, (least, span) = column, value_range(column)
        if size * span >= NO_OVERFLOW:
            combined, size = dense(combined)
        if size * span >= NO_OVERFLOW:
            number, span = dense(column)
            least = 0
        # The codes change in place, since new memory would take longer than the arithmetic.
        combined *= span
        combined += number
        combined -= least
        size *= span
    return combined


def _from_zero(column: Ints) -> tuple[Ints, int]:
    """The column less its least value, and how many values lie in its range; ranks where that is too wide."""
    least, span = value_range(column)
    return (np.subtract(column, least, dtype=np.int64), span) if span < NO_OVERFLOW else dense(column)


def value_range(column: Ints) -> tuple[int, int]:
    """The least value, and how many values lie from there to the greatest; too many where 64 bits are too few."""
    if column.dtype == object:
        return 0, NO_OVERFLOW
    if len(column) == 0:
        return 0, 1
    least = int(column.min())
    return least, int(column.max()) - least + 1


def dense(column: Ints) -> tuple[Ints, int]:
    """The rank of each value among the distinct ones, and how many of these there are; at least 1."""
    values, rank = np.unique(column, return_inverse=True)
    return rank.reshape(-1).astype(np.int64), max(len(values), 1)
