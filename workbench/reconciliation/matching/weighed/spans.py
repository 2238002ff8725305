"""Spans: those that differences in dates are counted in, and which of a weight's spans holds a value."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.weights import Span

OUTSIDE = -1  # the number of a value that no span holds


_LADDER = (
    15,
    30,
    45,
    60,
    90,
    120,
    180,
    240,
    360,
    480,
    720,
    960,
    1440,
    1920,
    2880,
    3840,
    5400,
    7200,
    10800,
    14400,
    21600,
    28800,
    43200,
)
_SINGLE_DAYS = {"business_days": (-4, 12), "booking_days": (-4, 12), "days": (-5, 18)}
_WIDER_DAYS = (0, 2, 5, 9, 15, 23, 33, 45)  # the bounds of wider spans, in days behind the single days


def spans_in(measure: str) -> tuple[tuple[int, int], ...]:
    """The spans of a measure that differences in dates are counted in."""
    if measure != "seconds":
        first, last = _SINGLE_DAYS[measure]
        wider = [last + 1 + more for more in _WIDER_DAYS]
        return (
            *((day, day) for day in range(first, last + 1)),
            *((low, high - 1) for low, high in pairwise(wider)),
        )
    halves = [*_LADDER, *range(86_400, 13 * 86_400, 43_200)]
    after = list(zip([0, *halves], halves, strict=False))
    before = [(-high, -low) for low, high in reversed(after) if high <= 3 * 86_400]
    return (*((low, high - 1) for low, high in before), *((low, high - 1) for low, high in after))


def bounds(spans: tuple[Span, ...]) -> tuple[Ints, Ints]:
    """The least and the greatest value of each span."""
    return np.array([span.low for span in spans]), np.array([span.high for span in spans])


def span_of(spans: tuple[Span, ...], values: Ints) -> Ints:
    """The number of the span that holds each value, or ``OUTSIDE``; spans ascend."""
    low, high = bounds(spans)
    number = np.searchsorted(low, values, side="right") - 1
    return np.where((number >= 0) & (values <= high[number]), number, OUTSIDE)


@register_jitable
def span_holding(value: int, low: Ints, high: Ints) -> int:
    """The same for one value, in a kernel (see ``kernels``)."""
    first, last = 0, len(low)
    while first < last:
        middle = (first + last) // 2
        if low[middle] <= value:
            first = middle + 1
        else:
            last = middle
    return first - 1 if first > 0 and value <= high[first - 1] else OUTSIDE


def spans_of_dates(external: Ints, internal: Ints, date_e: Ints, date_i: Ints, low: Ints, high: Ints) -> Ints:
    """The number of the span that holds external minus internal date of each pair, or ``OUTSIDE``, as a kernel."""
    number = np.empty(len(external), np.int16)
    for p in range(len(external)):
        number[p] = span_holding(date_e[external[p]] - date_i[internal[p]], low, high)
    return number
