"""Lags as evidence: how much later than the internal date the external one is, in the measure that tells most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.criteria.business_days import DAY, business_days
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs

_SECOND = 1_000_000  # a second in microseconds
_EPOCH_WEEKDAY, _SATURDAY = 3, 5  # 1 January 1970 was a Thursday
_HARDLY = 10  # a day with so many times fewer records than usual is a holiday: by chance that is once in 2,000 days


def is_bare(units: OpenUnits) -> bool:
    """Whether one side has days and no times: all its dates are midnights in UTC."""
    return any(bool((dates % DAY == 0).all()) for dates in micros(units))


def micros(units: OpenUnits) -> tuple[Ints, Ints]:
    """The dates of the open units of both sides, in microseconds since 1970."""
    pool = units.pool
    external, internal = (
        side.date[own] * pool.tick + pool.epoch
        for side, own in ((pool.external, units.external), (pool.internal, units.internal))
    )
    return external, internal


def dates_in(measure: str, units: OpenUnits) -> tuple[Ints, Ints]:
    """The dates of the open units of both sides as whole numbers of a measure, from wherever that counts."""
    external, internal = micros(units)
    if measure == "seconds":
        return external // _SECOND, internal // _SECOND
    if units.booking.cut_off:
        internal = internal + DAY - units.booking.cut_off * _SECOND
    if measure == "days":
        return external // DAY, internal // DAY
    every = np.concatenate([external, internal])
    if not len(every):
        return external, internal
    calendar = business_days(units.booking.holidays, int(every.min()) - DAY, int(every.max()))
    if measure == "booking_days":  # what comes on another day counts as of the next business day
        return calendar.index(external), calendar.index(internal - DAY) + 1
    return calendar.index(external), calendar.index(internal)


def lags(measure: str, units: OpenUnits, pairs: Pairs) -> Ints:
    """External minus internal date of each pair."""
    external, internal = dates_in(measure, units)
    return np.asarray(external[pairs.external] - internal[pairs.internal])


def pairs_by_chance(units: OpenUnits, measure: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How many of all pairs of one currency have a lag in each of these spans, both ends in."""
    external, internal = dates_in(measure, units)
    counts = np.zeros(len(spans), np.int64)
    for code in range(len(units.pool.currencies)):
        own = np.sort(internal[units.currencies[1] == code])
        dates = np.sort(external[units.currencies[0] == code])  # sorted dates are looked up much faster
        counts += [
            (np.searchsorted(own, dates - low, "right") - np.searchsorted(own, dates - high)).sum()
            for low, high in spans
        ]
    return [int(count) for count in counts]


def has_days_of_instants(units: OpenUnits) -> bool:
    """Whether external dates are mere days, and internal ones instants."""
    external, internal = (bool((dates % DAY == 0).all()) for dates in micros(units))
    return external and not internal


def holidays(units: OpenUnits) -> tuple[str, ...]:
    """The days from Monday to Friday, within the period of the external side, on which it hardly booked.

    None where other days have so few records that some have as few by chance.
    """
    days = micros(units)[0] // DAY
    if not len(days):
        return ()
    every = np.arange(days.min(), days.max() + 1)
    counts = np.bincount((days - every[0]).astype(np.int64), minlength=len(every))
    weekdays = (every + _EPOCH_WEEKDAY) % 7 < _SATURDAY
    usual = int(np.median(counts[weekdays])) if weekdays.any() else 0
    hardly = _HARDLY * counts <= usual
    if usual < _HARDLY or hardly.all():
        return ()
    first, last = np.flatnonzero(~hardly)[[0, -1]]  # before and after these the period has not begun, or is over
    dates = every[first:last][(weekdays & hardly)[first:last]].tolist()
    return tuple(str(np.datetime64(int(day), "D")) for day in dates)
