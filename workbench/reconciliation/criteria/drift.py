"""Drift: how far apart two values may be, in the unit that rules count and in those that people think in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation

from workbench.durations import duration, rounded_up
from workbench.errors import SettingsError, one_of

# With 18 decimals, a tolerance of a 38-digit amount is still computed in 128-bit integers.
DRIFT_DECIMALS = 18
MANY = 1000  # units are too many to be read: nobody sees how long a thousand minutes are


@dataclass(frozen=True)
class Drift:
    """The drift of a field: the operator that it goes with, its range, its units, and how finely it is rounded.

    ``units`` has the longest unit first, and how much of what rules count each is. ``exponent`` is that of the last
    digit which ``handy`` keeps, ``stops`` what it may be dragged to. A ``signed`` drift may be a pair of bounds for
    the external less the internal value.
    One ``of_time`` is in seconds, and said as people say a length of time.
    """

    operator: str
    most: Decimal | None
    range: str  # the range in words
    units: Mapping[str, Decimal]
    exponent: int
    stops: tuple[Decimal, ...]
    signed: bool = False  # whether a drift may be a pair of bounds, of either sign
    of_time: bool = False

    def check(self, field: str, drift: Decimal, given: object) -> None:
        """Raise ``SettingsError`` if ``drift``, which was ``given``, is out of range or too fine."""
        if drift < 0 or (self.most is not None and drift > self.most):
            raise SettingsError(f"allowable_drift of {field} is {self.range}, not {given}")
        if -int(drift.normalize().as_tuple().exponent) > DRIFT_DECIMALS:
            raise SettingsError(f"allowable_drift of {field} takes at most {DRIFT_DECIMALS} decimals, not {given}")

    def parse(self, field: str, text: str, unit: str) -> Decimal:
        """The drift that ``text`` in a unit people think in says, exactly; raises ``SettingsError`` if it is none."""
        factor = self.units[one_of(unit, self.units, f"unit of {field}")]
        number = _number(text)
        if number is None:
            raise SettingsError(f"the tolerance of {field} takes a number of {unit}, such as 1.5, not {text!r}")
        most = self.most / factor if self.most else None
        if number < 0 or (most is not None and number > most):
            range_of = f"from 0 to {plain(most)} {unit}" if most else f"0 {unit} or more"
            raise SettingsError(f"the tolerance of {field} is {range_of}, not {text.strip()}")
        # Room for every digit: nothing is rounded.
        return Context(prec=len(number.as_tuple().digits) + 10).multiply(number, factor)

    def parse_any(self, field: str, text: str, unit: str) -> Decimal | tuple[Decimal, Decimal]:
        """The drift, or the pair of bounds as ``-1 to 3``, that ``text`` says; raises ``SettingsError`` if none."""
        low, to, high = text.partition(" to ")
        if not (to and self.signed):
            return self.parse(field, text, unit)
        bounds = [self.parse(field, part.strip().removeprefix("-"), unit) for part in (low, high)]
        signs = [-1 if part.strip().startswith("-") else 1 for part in (low, high)]
        return bounds[0] * signs[0], bounds[1] * signs[1]

    def words_of_any(self, drift: Decimal | tuple[Decimal, Decimal]) -> tuple[str, str]:
        """A drift or a pair of bounds as a number, or as ``-1 to 3``, and the unit."""
        if not isinstance(drift, tuple):
            return self.words(drift)
        *longer, shortest = self.units
        whole = [unit for unit in longer if not any(bound % self.units[unit] for bound in drift)]
        unit = whole[0] if whole else shortest
        exactly = Context(prec=60)
        low, high = (plain(exactly.divide(bound, self.units[unit])) for bound in drift)
        return f"{low} to {high}", unit

    def words(self, drift: Decimal) -> tuple[str, str]:
        """A drift as a number, and the longest unit in which it is a whole one, else the shortest.

        Where the number would be a thousand or more, the longest unit in which it takes one decimal is better.
        """
        *longer, shortest = self.units
        if longer and drift == drift.to_integral_value():
            whole, size = int(drift), {unit: int(factor) for unit, factor in self.units.items()}
            unit = next((name for name in longer if whole % size[name] == 0), shortest)
            if whole // size[unit] >= MANY:
                unit = next(name for name in size if 10 * whole % size[name] == 0)
            count, tenth = divmod(10 * whole // size[unit], 10)
            return f"{count}.{tenth}" if tenth else str(count), unit
        digits = Context(prec=len(drift.as_tuple().digits) + 10)
        return plain(digits.divide(drift, self.units[shortest])), shortest

    def say(self, drift: Decimal) -> str:
        """A drift as people say it, such as ``1 day 6 hours``."""
        if self.of_time:
            return duration(drift)
        count, unit = self.words(drift)
        return f"{count} {unit.removesuffix('s') if count == '1' else unit}"

    def handy(self, smallest: Decimal) -> Decimal:
        """A drift with few digits that allows all that ``smallest`` does: rounded up, within its range."""
        if self.of_time:
            return rounded_up(smallest)
        rounded = smallest.quantize(Decimal(1).scaleb(self.exponent), ROUND_CEILING, Context(prec=60))
        return rounded if self.most is None else min(rounded, self.most)


def plain(value: Decimal) -> str:
    """A decimal without an exponent and without zeros at its end.

    >>> plain(Decimal("2.50")), plain(Decimal("1E+2"))
    ('2.5', '100')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
