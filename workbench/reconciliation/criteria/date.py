"""Date: the external date beside the internal one, to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.durations import duration, durations
from workbench.errors import SettingsError
from workbench.exact import Ints, decimals
from workbench.reconciliation.criteria.business_days import business_days
from workbench.reconciliation.criteria.drift import Drift
from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.sentences import join, past
from workbench.reconciliation.criteria.tolerance import whole_micros
from workbench.reconciliation.criteria.window import Window

DAY = 86_400_000_000  # microseconds
_LONGEST = 2**62


@dataclass(frozen=True)
class DateField(Field):
    """Dates, whose drift is in seconds."""

    def number(self, value: object) -> Decimal | None:
        """The seconds that a drift is given as; a ``timedelta`` is as many as it is long, to the nanosecond."""
        if isinstance(value, timedelta):
            seconds = Decimal(value.days * 86_400 + value.seconds)
            finer = value.microseconds * 1000 + int(getattr(value, "nanoseconds", 0))  # pandas has nanoseconds
            return seconds + Decimal(finer).scaleb(-9)
        return super().number(value)

    def words(self, criterion: Criterion) -> str:
        """The criterion in plain words."""
        if criterion.operator != "equals":
            return f"the external date is {'later' if criterion.operator == 'greater_than' else 'earlier'}"
        if criterion.business_days is not None:
            return _business_words(criterion)
        usual = "" if criterion.expected is None else _relative(int(criterion.expected * 1_000_000), _length)
        if criterion.pair:
            bounds = [
                _relative(int(bound * 1_000_000), _length) if bound else "the same instant" for bound in criterion.pair
            ]
            words = f"the external date is from {' to '.join(bounds)}"
            return f"{words}, the nearer to {usual} the better" if usual else words
        if usual:
            drift = criterion.allowable_drift
            off = f"at most {SECONDS.say(drift)} off" if drift else "exactly"
            return f"the external date is {off} {usual}"
        if not criterion.allowable_drift:
            return "the dates are the same instant"
        return f"the dates are at most {SECONDS.say(criterion.allowable_drift)} apart"

    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """Bound the external minus the internal date."""
        if criterion.operator == "greater_than":
            return replace(window, after=max(window.after, 1))
        if criterion.operator == "less_than":
            return replace(window, before=min(window.before, -1))
        if criterion.business_days is not None:
            return _narrow_to_business_days(criterion, window)
        low, high = _bounds(criterion)
        after, before = -(-low // window.tick), high // window.tick
        centre = window.centre_lag
        if criterion.expected and centre is None:
            centre = int(criterion.expected * 1_000_000)
        return replace(window, after=max(window.after, after), before=min(window.before, before), centre_lag=centre)

    def read_expected(self, value: object) -> Decimal | None:
        """The lag that is usual, in whole microseconds."""
        number = super().read_expected(value)
        return None if number is None else whole_micros(number, "expected of date")

    def check(self, criterion: Criterion) -> None:
        """Business days stand in place of seconds, and a calendar goes with them."""
        if criterion.business_days is None and criterion.calendar is not None:
            raise SettingsError("calendar of date goes with business_days")
        if criterion.business_days is not None and (criterion.allowable_drift or criterion.expected is not None):
            raise SettingsError(
                "business_days of date stands instead of allowable_drift and expected: give a pair such as (1, 3)"
            )

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """Which of the pairs do not meet the criterion."""
        return _over(criterion, pairs) > 0

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """As a share of a month."""
        return _over(criterion, pairs).astype(float) / (30 * DAY)

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:
        """By how much time."""
        later = pc.if_else(pa.array(pairs.lag > 0), " later", " earlier")
        spans = pc.binary_join_element_wise(durations(np.abs(pairs.lag)), later, "")
        spans = pc.if_else(pa.array(pairs.lag == 0), _relative(0, _length), spans)
        if criterion.operator != "equals":
            wanted = "later" if criterion.operator == "greater_than" else "earlier"
            words = join(f"date is not {wanted}, but ", spans)
            return Misses(np.abs(pairs.lag), 6, pa.nulls(len(pairs), DRIFT), words)
        if criterion.business_days is not None:
            return _business_misses(criterion, pairs)
        low, high = _bounds(criterion)
        centre = 0 if criterion.pair or criterion.expected is None else int(criterion.expected * 1_000_000)
        drift = decimals(np.abs(pairs.lag - centre), 6).cast(DRIFT)
        allowed = _length(high) if low == -high else f"from {_relative(low, _length)} to {_relative(high, _length)}"
        words = join("date is ", spans, f", {allowed} allowed")
        return Misses(_over(criterion, pairs), 6, drift, words)


SECONDS = Drift(
    "equals",
    most=None,
    range="seconds, 0 or more",
    units={"days": Decimal(86400), "hours": Decimal(3600), "minutes": Decimal(60), "seconds": Decimal(1)},
    exponent=0,
    stops=tuple(
        Decimal(seconds)
        for seconds in (0, 60, 900, 3600, 21600, 43200, *(86400 * days for days in (1, 2, 3, 4, 5, 7, 10, 14, 30)))
    ),
    signed=True,
    of_time=True,
)
DATE = declare(
    DateField(
        "date",
        ("equals", "greater_than", "less_than"),
        SECONDS,
        aliases={"after": "greater_than", "before": "less_than"},
        narrower="a date within a few days",
        extras=("expected", "business_days", "calendar"),
    )
)


def _bounds(criterion: Criterion) -> tuple[int, int]:
    """The least and the greatest lag that are allowed, in microseconds; none is longer than 64 bits hold."""
    drift, expected = criterion.allowable_drift, criterion.expected or 0
    low, high = criterion.pair or (expected - drift, expected + drift)
    bounds = ceil(Fraction(low) * 1_000_000), floor(Fraction(high) * 1_000_000)
    return max(bounds[0], -_LONGEST), min(bounds[1], _LONGEST)


def _over(criterion: Criterion, pairs: Pairs) -> Ints:
    """By how many microseconds each pair is past what is allowed; a business day counts as a day."""
    if criterion.business_days is not None:
        low, high = _business_bounds(criterion)
        return past("equals", _business_lag(criterion, pairs), low, high) * DAY
    low, high = _bounds(criterion) if criterion.operator == "equals" else (0, 0)
    return past(criterion.operator, pairs.lag, low, high)


def _business_bounds(criterion: Criterion) -> tuple[int, int]:
    days = criterion.business_days or 0
    return days if isinstance(days, tuple) else (-days, days)


def _narrow_to_business_days(criterion: Criterion, window: Window) -> Window:
    """Bound the external date for each internal one: whole days, as many as weekends and holidays make of them."""
    low, high = _business_bounds(criterion)
    instants = window.internal_date * window.tick + window.epoch
    end = window.epoch + window.reach * window.tick  # no date is later
    first, last = business_days(criterion.calendar, window.epoch, end).reach(instants, low, high)
    low_date, high_date = -((window.epoch - first) // window.tick), (last - window.epoch) // window.tick
    after = int((low_date - window.internal_date).min(initial=window.before))
    before = int((high_date - window.internal_date).max(initial=window.after))
    return replace(
        window,
        after=max(window.after, after),
        before=min(window.before, before),
        low_date=low_date if window.low_date is None else np.maximum(window.low_date, low_date),
        high_date=high_date if window.high_date is None else np.minimum(window.high_date, high_date),
    )


def _business_lag(criterion: Criterion, pairs: Pairs) -> Ints:
    """How many business days the external date is after the internal one."""
    both = np.concatenate([pairs.internal_date, pairs.internal_date + pairs.lag])
    if not len(both):
        return both
    days = business_days(criterion.calendar, int(both.min()), int(both.max())).index(both)
    return days[len(pairs) :] - days[: len(pairs)]


def _business_misses(criterion: Criterion, pairs: Pairs) -> Misses:
    low, high = _business_bounds(criterion)
    lag = _business_lag(criterion, pairs)
    allowed = str(high) if low == -high else f"{low} to {high}"
    words = [f"date is {_relative(int(days), _days)}, {allowed} allowed" for days in lag]
    return Misses(past("equals", lag, low, high), 0, pa.nulls(len(pairs), DRIFT), pa.array(words, pa.string()))


def _business_words(criterion: Criterion) -> str:
    low, high = _business_bounds(criterion)
    calendar = criterion.calendar
    by = "" if calendar is None else f" by {'a list of holidays' if isinstance(calendar, tuple) else calendar}"
    if low == -high:
        return f"the dates are {f'at most {_days(high)} apart' if high else 'on the same business day'}{by}"
    bounds = ["the same business day" if not days else _relative(days, _days) for days in (low, high)]
    return f"the external date is from {bounds[0]} to {bounds[1]}{by}"


def _days(count: int) -> str:
    return f"{count:,} business day{'' if count == 1 else 's'}"


def _relative(amount: int, length: Callable[[int], str]) -> str:
    """How much later or earlier."""
    return "the same" if amount == 0 else f"{length(abs(amount))} {'later' if amount > 0 else 'earlier'}"


def _length(micros: int) -> str:
    return duration(Decimal(micros).scaleb(-6))
