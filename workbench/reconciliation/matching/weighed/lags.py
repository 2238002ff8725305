"""Lags as evidence: how much later than the internal date the external one is, in the measure that tells most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.criteria.business_days import DAY, business_days
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs

_SECOND = 1_000_000  # a second in microseconds


def is_bare(units: OpenUnits) -> bool:
    """Whether one side has days and no times: all its dates are midnights in UTC."""
    pool = units.pool
    sides = ((pool.external, units.external), (pool.internal, units.internal))
    return any(bool(((side.date[own] * pool.tick + pool.epoch) % DAY == 0).all()) for side, own in sides)


def dates_in(measure: str, units: OpenUnits) -> tuple[Ints, Ints]:
    """The dates of the open units of both sides as whole numbers of a measure, from wherever that counts."""
    pool = units.pool
    external, internal = (
        side.date[own] * pool.tick + pool.epoch
        for side, own in ((pool.external, units.external), (pool.internal, units.internal))
    )
    if measure == "seconds":
        return external // _SECOND, internal // _SECOND
    if measure == "days":
        return external // DAY, internal // DAY
    every = np.concatenate([external, internal])
    if not len(every):
        return external, internal
    calendar = business_days(None, int(every.min()), int(every.max()))
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
