"""Tolerances: by how much two numbers may differ, as a number around what is expected or as two bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np

from workbench.errors import SettingsError
from workbench.exact import Ints

Pair = tuple[Decimal, Decimal]  # the least and the greatest external minus internal value, both in
MOST_PLACES = 400  # digits before and after the point
_FITS = 2**62
_MICRO = Decimal("0.000001")


def is_pair(value: object) -> bool:
    """Whether ``value`` says two bounds."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def read_pair(value: object, number: Callable[[object], Decimal | None], what: str) -> Pair:
    """Two bounds, the lower first; raises ``SettingsError`` if they are none."""
    bounds = [number(bound) for bound in value] if isinstance(value, Sequence) else []
    if len(bounds) != 2 or not all(bound is not None and bound.is_finite() for bound in bounds):
        raise SettingsError(f"{what} takes a number, or a pair (low, high) for external minus internal, not {value!r}")
    low, high = (Decimal(bound or 0) for bound in bounds)
    if low > high:
        raise SettingsError(f"{what} takes the lower bound first: ({high}, {low}), not ({low}, {high})")
    return low, high


def decimal(value: object) -> Decimal | None:
    """A number as it is written; none if it is no finite one.

    Raises ``SettingsError`` for one so large or so small that no amount and no time is.
    """
    try:
        number = None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None
    if number is None or not number.is_finite():
        return None
    if number and not -MOST_PLACES <= int(number.as_tuple().exponent) <= number.adjusted() <= MOST_PLACES:
        raise SettingsError(f"{value} is beyond all amounts and times: give at most {MOST_PLACES} digits")
    return number


def read_money(value: object) -> Decimal | Pair | None:
    """What ``allowable_amount`` says; raises ``SettingsError`` if it is no money."""
    if value is None:
        return None
    if is_pair(value):
        return read_pair(value, decimal, "allowable_amount")
    money = decimal(value)
    if money is None or money < 0:
        raise SettingsError(
            f"allowable_amount takes an amount of money, 0 or more, or a pair (low, high), not {value!r}"
        )
    return money


def read_business_days(value: object) -> int | tuple[int, int] | None:
    """What ``business_days`` says; raises ``SettingsError`` if it is no number of days."""
    if value is None:
        return None
    bounds = read_pair(value if is_pair(value) else (0, value), decimal, "business_days")
    if any(bound != bound.to_integral_value() or abs(bound) > 10_000 for bound in bounds):
        raise SettingsError(f"business_days takes whole numbers up to 10,000, not {value!r}")
    return (int(bounds[0]), int(bounds[1])) if is_pair(value) else int(bounds[1])


def linear(money: Fraction, share: Fraction, sizes: Ints, *, up: bool) -> Ints:
    """``money`` and a ``share`` of each of ``sizes``, which are 0 or more, rounded up or down to whole numbers."""
    below = money.denominator * share.denominator
    factor, add = share.numerator * money.denominator, money.numerator * share.denominator
    if sizes.dtype != object and max(abs(factor) * int(sizes.max(initial=0)) + abs(add), below) >= _FITS:
        sizes = sizes.astype(object)
    total = sizes * factor + add
    whole = -(-total // below) if up else total // below
    if whole.dtype == object and all(-_FITS < value < _FITS for value in whole):
        return whole.astype(np.int64)
    return whole


def whole_micros(seconds: Decimal, what: str) -> Decimal:
    """The seconds, if they are whole microseconds; else raises ``SettingsError``."""
    if seconds % _MICRO:
        raise SettingsError(f"{what} takes at most 6 decimals of seconds, not {seconds}")
    return seconds
