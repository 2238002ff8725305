"""Fees as evidence: external amounts that are the internal ones less a share, and so much for each payment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching.weighed.lags import lags
from workbench.reconciliation.matching.weighed.logarithms import log_ratio
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs, with_room
from workbench.reconciliation.matching.weighed.spans import OUTSIDE, span_of
from workbench.reconciliation.weights import MILLION, Fee, Weights

MOST = 3  # fees that are told apart
_RATES = range(0, 60_500, 500)  # in millionths of the amount
_FINER = (100, 10)  # steps in which a rate is looked for more closely
_LOOKED_AT = 2_000_000  # pairs of which those are taken whose amounts are near enough, at most
_MOST_DECIMALS = 4  # every fixed part below 1 is counted apart, and finer ones would be too many
_FEWEST = 10  # pairs that make a fee
_SIGMAS = 6  # by how much these are more than chance has, in standard deviations
_TIMES = 3  # and so many times as many: where amounts repeat, chance varies more than that
_OF_ALL = 10  # and one of so many internal amounts that are not paid in full


def expected(units: OpenUnits, fee: Fee, amount: Ints) -> Ints:
    """What is left of amounts, in the units of the pool; 0 where that is nothing, or the amount is not paid in."""
    fixed = fee.fixed * 10**units.pool.scale
    share = with_room(amount, fee.rate, fixed) * fee.rate + fixed
    left = amount - (2 * share + MILLION) // (2 * MILLION)
    return np.where((amount > 0) & (left > 0), left, 0)


def hits(units: OpenUnits, fee: Fee, pairs: Pairs) -> Ints:
    """Which pairs differ by the fee, give or take the smallest unit of their currency."""
    external, internal = units.amounts(pairs)
    left = expected(units, fee, internal)
    return (left > 0) & (np.abs(external - left) <= smallest_units(units)[units.currencies[0][pairs.external]])


def pairs_by_fee(units: OpenUnits, fee: Fee, limit: int) -> Pairs:
    """All pairs of one currency that differ by the fee; raises ``RuleTooBroad`` beyond ``limit``."""
    near = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for code, external, internal in _by_currency(units):
        left = expected(units, fee, units.own_amounts[1][internal])
        due, left = internal[left > 0], left[left > 0]
        room = smallest_units(units)[code]
        near.append(_between(units, external, due, left - room, left + room, limit))
    return _together(near)


def alike(units: OpenUnits, fee: Fee) -> tuple[Ints, Ints]:
    """How many internal units the fee makes as much as each external one, and how many are as much as each internal."""
    counts = np.zeros(units.sizes[0], np.int64), np.zeros(units.sizes[1], np.int64)
    for code, external, internal in _by_currency(units):
        left = expected(units, fee, units.own_amounts[1][internal])
        paid, room = units.own_amounts[0][external], smallest_units(units)[code]
        for count, place, values, opposite in (
            (counts[0], external, paid, np.sort(left[left > 0])),
            (counts[1], internal, left, np.sort(paid)),
        ):
            count[place] = np.searchsorted(opposite, values + room, "right") - np.searchsorted(opposite, values - room)
    return counts


def find_fees(units: OpenUnits, weights: Weights) -> tuple[Fee, ...]:
    """The fees that many amounts show which are not paid in full, and few by chance; the most usual one first.

    Pairs are in time if their dates differ as the weights have seen it; all others are by chance. Amounts of many
    decimals are not searched.
    """
    if units.pool.scale > _MOST_DECIMALS:
        return ()
    pairs = _nearly_paid(units, weights)
    internal = len(np.unique(pairs.internal))
    fees: list[Fee] = []
    while len(pairs) and len(fees) < MOST:
        fee, count = _most_usual(units, pairs, weights)
        if not fee or count < max(_FEWEST, internal // _OF_ALL):
            break
        fees.append(Fee(fee.rate, fee.fixed, log_ratio(min(count, internal), internal)))
        explained = np.unique(pairs.internal[hits(units, fee, pairs) & _in_time(units, pairs, weights)])
        pairs = pairs.only(~np.isin(pairs.internal, explained))
    return tuple(fees)


def _nearly_paid(units: OpenUnits, weights: Weights) -> Pairs:
    """Pairs of some internal units that nobody pays in full in time, and of external ones that are somewhat less."""
    some = np.arange(0, units.sizes[1], max(units.sizes[0] * units.sizes[1] // _LOOKED_AT, 1))
    unpaid = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for _, external, internal in _by_currency(units):
        due = np.intersect1d(internal, some)
        amount = units.own_amounts[1][due]
        due, amount = due[amount > 0], amount[amount > 0]
        most = with_room(amount) * max(_RATES) // MILLION + 10**units.pool.scale
        near = _between(units, external, due, np.maximum(amount - most, 1), amount, 10 * _LOOKED_AT)
        in_full = near.only(np.equal(*units.amounts(near)) & _in_time(units, near, weights))
        unpaid.append(near.only(~np.isin(near.internal, in_full.internal) & np.not_equal(*units.amounts(near))))
    return _together(unpaid)


def _together(parts: Sequence[Pairs]) -> Pairs:
    return Pairs(*(np.concatenate([part.both[side] for part in parts]) for side in (0, 1)))


def _most_usual(units: OpenUnits, pairs: Pairs, weights: Weights) -> tuple[Fee | None, int]:
    """The fee that stands out most from chance, and by how many pairs; chance is what dates far apart have."""
    external, internal = units.amounts(pairs)
    in_time = _in_time(units, pairs, weights)
    times = in_time.sum() / max((~in_time).sum(), 1)
    size = 10**units.pool.scale + 1

    def counts(rate: int) -> tuple[Ints, Ints]:
        """How often each rest is left by a rate, in time and by chance."""
        remainder = expected(units, Fee(rate, 0, 0), internal) - external
        fits = (remainder >= 0) & (remainder < size)
        counts_in_time, counts_by_chance = (
            np.bincount(remainder[fits & chosen].astype(np.int64), minlength=size) for chosen in (in_time, ~in_time)
        )
        return counts_in_time, counts_by_chance

    def most(rate: int, width: int) -> tuple[float, int, float, float]:
        """The rest that stands out most, by how many standard deviations, how many pairs have it, and by chance."""
        count_in_time, count_by_chance = (np.convolve(count, np.ones(width), "same") for count in counts(rate))
        by_chance = np.maximum(times * count_by_chance, count_in_time.mean())
        sigmas = (count_in_time - by_chance) / np.sqrt(by_chance + 1)
        remainder = int(sigmas.argmax())
        return float(sigmas[remainder]), remainder, float(count_in_time[remainder]), float(by_chance[remainder])

    rate = max(_RATES, key=lambda rate: most(rate, 3)[0])
    for step in _FINER:
        rates = sorted(range(max(rate - 5 * step, 0), rate + 5 * step + 1, step), key=_roundness)
        rate = max(rates, key=lambda rate: most(rate, 1)[2])
    sigmas, rest, count, by_chance = most(rate, 1)
    if sigmas < _SIGMAS or count < _TIMES * by_chance:
        return None, 0
    return Fee(rate, rest * MILLION // 10**units.pool.scale, 0), int(count - by_chance)


def _roundness(rate: int) -> int:
    """Rates that one agrees upon come first."""
    return next((place for place, step in enumerate((5_000, 1_000, 500, 100)) if rate % step == 0), 4)


def _in_time(units: OpenUnits, pairs: Pairs, weights: Weights) -> Ints:
    """Which pairs have a difference in dates that the weights have seen."""
    return span_of(weights.date, lags(weights.measure, units, pairs)) != OUTSIDE


def _by_currency(units: OpenUnits) -> Iterator[tuple[int, Ints, Ints]]:
    """Each currency of both sides with its units."""
    for code in np.intersect1d(*units.currencies).tolist():
        yield code, np.flatnonzero(units.currencies[0] == code), np.flatnonzero(units.currencies[1] == code)


def _between(units: OpenUnits, external: Ints, internal: Ints, low: Ints, high: Ints, limit: int) -> Pairs:
    """The pairs of which the external amount is between two bounds of the internal unit, both in."""
    amounts = units.own_amounts[0][external]
    order = np.argsort(amounts, kind="stable")
    first = np.searchsorted(amounts[order], low)
    counts = np.searchsorted(amounts[order], high, "right") - first
    if counts.sum() > limit:
        raise RuleTooBroad(f"{counts.sum():,} pairs may differ by a fee")
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return Pairs(external[order[np.repeat(first, counts) + within]], np.repeat(internal, counts))


def smallest_units(units: OpenUnits) -> Ints:
    """The smallest unit that external amounts of each currency have: a power of ten, in the units of the pool."""
    smallest = np.ones(len(units.pool.currencies), np.int64)
    for code in np.unique(units.currencies[0]).tolist():
        common = int(np.gcd.reduce(units.own_amounts[0][units.currencies[0] == code]))
        while smallest[code] < 10**units.pool.scale and common and common % (10 * int(smallest[code])) == 0:
            smallest[code] *= 10
    return smallest
