"""Durations: lengths of time as people say them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DAY = 86_400  # seconds
UNITS = {"day": DAY, "hour": 3600, "minute": 60, "second": 1}
_EXACTLY = Context(prec=60)


def duration(seconds: Decimal | int) -> str:
    """A length of time, exactly, or how much earlier it is.

    >>> duration(453_420), duration(Decimal("-90.5")), duration(0)
    ('5 days 5 hours 57 minutes', '-1 minute 30.5 seconds', '0 seconds')
    """
    # Whole numbers, and a fraction of a second beside them: many thousands of these are said in a run.
    length = Decimal(seconds).copy_abs()
    rest = int(length)
    fraction = _EXACTLY.subtract(length, rest)
    parts: list[str] = []
    for unit, size in UNITS.items():
        count, rest = divmod(rest, size)
        if unit == "second" and fraction:
            parts.append(f"{_EXACTLY.normalize(_EXACTLY.add(fraction, count)):f} seconds")
        elif count or (unit == "second" and not parts):
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    return f"{'-' if seconds < 0 else ''}{' '.join(parts)}"


def durations(micros: NDArray[np.int64]) -> pa.Array:
    """The same of many lengths in microseconds, none of them below 0, in a text each.

    >>> durations(np.array([453_420_000_000, 90_500_000, 0])).to_pylist()
    ['5 days 5 hours 57 minutes', '1 minute 30.5 seconds', '0 seconds']
    """
    rest, parts = micros, []
    for size in UNITS.values():
        length = rest - rest % (size * 1_000_000) if size > 1 else rest
        # A part is the same in many lengths.
        number, distinct = pd.factorize(length)
        texts = [f"{duration(Decimal(int(count)).scaleb(-6))} " if count else "" for count in distinct]
        parts.append(pa.array(texts, pa.string()).take(pa.array(number)))
        rest = rest - length
    joined = pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*parts, ""))
    return pc.if_else(pc.equal(joined, ""), duration(0), joined)


def about(seconds: Decimal | int) -> str:
    """A length of time in the two longest units that it has, rounded to the nearest; less than a minute exactly.

    >>> about(453_420), about(Decimal("-90.5")), about(7 * DAY + 5)
    ('5 days 6 hours', '-1 minute 30 seconds', '7 days')
    """
    exact = Fraction(seconds)
    if abs(exact) < UNITS["minute"]:
        return duration(seconds)
    step = _step(abs(exact))
    return duration(round(exact / step) * step)


def rounded_up(seconds: Decimal) -> Decimal:
    """At least as long, in the two longest units that it has.

    >>> rounded_up(Decimal(453_420)) / 3600
    Decimal('126')
    """
    step = Decimal(_step(Fraction(seconds)))
    return _EXACTLY.multiply(_EXACTLY.divide(seconds, step).to_integral_value(ROUND_CEILING), step)


def seconds_of(text: str) -> Decimal | None:
    """The seconds of a length of time as ``duration`` says it, or of a bare number; none if it is no such text.

    >>> seconds_of("-1 day 3 hours"), seconds_of("90"), seconds_of("soon")
    (Decimal('-97200'), Decimal('90'), None)
    """
    words = text.strip().removeprefix("-").replace(",", "").split()
    counts, units = words[::2], [word.removesuffix("s") for word in words[1::2]] or ["second"]
    try:
        numbers = [Decimal(count) for count in counts]
    except InvalidOperation:
        return None
    if (
        len(numbers) != len(units)
        or not set(units) <= set(UNITS)
        or not all(unit in UNITS and number >= 0 for unit, number in zip(units, numbers, strict=True))
    ):
        return None
    parts = (_EXACTLY.multiply(number, Decimal(UNITS[unit])) for unit, number in zip(units, numbers, strict=True))
    total = reduce(_EXACTLY.add, parts)
    return total.copy_negate() if text.lstrip().startswith("-") else total


def _step(seconds: Fraction) -> int:
    """The seconds of the second longest unit that a length of time has, or else of the shortest."""
    sizes = list(UNITS.values())
    return next((shorter for size, shorter in pairwise(sizes) if seconds >= size), 1)
