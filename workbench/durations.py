"""Durations: lengths of time as people say them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import reduce
from itertools import pairwise

DAY = 86_400  # seconds
UNITS = {"day": DAY, "hour": 3600, "minute": 60, "second": 1}
_EXACTLY = Context(prec=60)


def duration(seconds: Decimal | int) -> str:
    """A length of time, exactly, or how much earlier it is.

    >>> duration(453_420), duration(Decimal("-90.5")), duration(0)
    ('5 days 5 hours 57 minutes', '-1 minute 30.5 seconds', '0 seconds')
    """
    rest = abs(Fraction(seconds))
    parts: list[str] = []
    for unit, size in UNITS.items():
        count = rest if unit == "second" else Fraction(rest // size)
        rest -= count * size
        if count or (unit == "second" and not parts):
            parts.append(f"{_number(count)} {unit}{'' if count == 1 else 's'}")
    return f"{'-' if seconds < 0 else ''}{' '.join(parts)}"


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


def _number(count: Fraction) -> str:
    """Such as ``1,500`` or ``0.5``: decimals of seconds are finite."""
    if count.denominator == 1:
        return f"{count.numerator:,}"
    return f"{_EXACTLY.divide(Decimal(count.numerator), Decimal(count.denominator)):f}"
