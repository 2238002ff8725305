"""Business days: how many lie between two dates, where weekends and holidays do not count.

Days are those of UTC. A date is as many business days after another as there are business days after the other's day,
up to its own: from Friday to Monday it is one, from Saturday to Monday as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from workbench.errors import SettingsError
from workbench.exact import Ints

DAY = 86_400_000_000  # microseconds
_EPOCH = date(1970, 1, 1)
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday
_WEEKEND = (5, 6)
_LAST_YEAR = 9999


@dataclass(frozen=True)
class BusinessDays:
    """The days from ``first`` on (days since 1970), and how many business days there are up to and with each."""

    first: int
    count: Ints

    def index(self, micros: Ints) -> Ints:
        """The number of the business day that each instant falls on, or that came last before."""
        return self.count[micros // DAY - self.first]

    def reach(self, micros: Ints, low: int, high: int) -> tuple[Ints, Ints]:
        """The first and the last instant that are from ``low`` to ``high`` business days after each instant."""
        day = self.index(micros)
        first = np.searchsorted(self.count, day + low)
        last = np.searchsorted(self.count, day + high, side="right")
        return (first + self.first) * DAY, (last + self.first) * DAY - 1


def business_days(calendar: str | tuple[str, ...] | None, first: int, last: int) -> BusinessDays:
    """The business days of a calendar from one instant to another, both in microseconds since 1970."""
    days = np.arange(first // DAY, last // DAY + 1)
    weekend, holidays = _calendar(calendar, _year(days[0]), _year(days[-1]))
    works = ~np.isin((days + _EPOCH_WEEKDAY) % 7, weekend) & ~np.isin(days, holidays)
    return BusinessDays(int(days[0]), np.cumsum(works))


def read_calendar(value: object) -> str | tuple[str, ...] | None:
    """What ``calendar`` says; raises ``SettingsError`` if it is no calendar that is known."""
    if value is None:
        return None
    if isinstance(value, str):
        _calendar(value, 2000, 2000)
        return value
    days = list(value) if isinstance(value, Sequence) else [value]
    try:
        return tuple(sorted({date.fromisoformat(str(day)).isoformat() for day in days}))
    except ValueError:
        raise SettingsError(
            "calendar takes a country such as 'DE', a part of one such as 'DE-BY', a market such as 'ECB', or a list "
            f"of holidays such as '2026-12-25', not {value!r}"
        ) from None


@cache
def _calendar(calendar: str | tuple[str, ...] | None, first: int, last: int) -> tuple[tuple[int, ...], Ints]:
    """The days of the week that are no business days, and the holidays of some years, as days since 1970."""
    if calendar is None:
        return _WEEKEND, np.zeros(0, np.int64)
    if isinstance(calendar, tuple):
        return _WEEKEND, _since_1970(date.fromisoformat(day) for day in calendar)
    known = _known(_package(calendar), calendar, range(first, last + 1))
    return tuple(sorted(known.weekend)), _since_1970(known)


def _package(calendar: str) -> ModuleType:
    try:
        import holidays  # noqa: PLC0415 - an extra that only calendars need
    except ImportError:
        raise SettingsError(
            f"calendar {calendar!r} takes the package holidays: install it with pip install "
            "'ledger-workbench[calendars]', or give calendar a list of dates"
        ) from None
    return holidays


def _known(holidays: ModuleType, calendar: str, years: range) -> Any:
    """The holidays of a country, of a part of one, or of a market; raises ``SettingsError`` for one nobody knows."""
    country, _, part = calendar.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError:
        pass
    try:
        return holidays.financial_holidays(calendar, years=years)
    except NotImplementedError:
        raise SettingsError(
            f"calendar {calendar!r} is none that the package holidays knows: it takes a country such as 'DE', a part "
            "of one such as 'DE-BY', or a market such as 'ECB'"
        ) from None


def _since_1970(days: Any) -> Ints:
    return np.array([(day - _EPOCH).days for day in days], np.int64)


def _year(day: int) -> int:
    try:
        return (_EPOCH + timedelta(days=int(day))).year
    except OverflowError:
        return _LAST_YEAR
