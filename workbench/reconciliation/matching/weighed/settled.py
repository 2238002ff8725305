"""Settled: units of which a shared reference says so much that no other pair of theirs can matter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.candidates import Reach
from workbench.reconciliation.matching.weighed.amounts import span_of_amounts
from workbench.reconciliation.matching.weighed.evidence import Scales, of_amounts, within_seen
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import Pairs, with_room
from workbench.reconciliation.matching.weighed.spans import OUTSIDE, bounds
from workbench.reconciliation.matching.weighed.words import MOST_OF_WORDS
from workbench.reconciliation.rules import Weighed
from workbench.reconciliation.weights import BIT

FAR_BEHIND = 10 * BIT  # all other pairs of two units together are at most a thousandth as likely as they
_NONE = -(2**40)  # the weight of a pair that there is not
_OF_THREE = 159  # the logarithm of 3, rounded up
_LOOKS = 100  # so many pairs that are only counted stand for one that is listed


def settled_units(scales: Scales, rule: Weighed, limit: int) -> tuple[Ints, Ints]:
    """Which units of each side need none of the pairs that share no reference with them.

    Such a unit and its partner share a reference with each other and with nothing else, so that all other pairs of
    theirs are contradicted. Every one of these weighs at most 0, so that no best sum needs it: without it that is as
    great. And let their odds add up to a on one side and b on the other: with and without them the probability of the
    pair that shares the reference, of odds o, is o / (o + (1 + a)(1 + b)) and o / (o + 1), and others of the two units
    are matches with at most a/o and b/o. All of this is at most (a + b + ab) / o, which must be small. What is not
    looked at in these pairs counts as if it spoke for them: which of the usual dates, how many words, and how rare the
    amount is on the other side.
    """
    links = scales.texts.links
    degree_e, degree_i = links.degrees[-1]
    alone = (degree_e[links.pairs.external] == 1) & (degree_i[links.pairs.internal] == 1)
    evidence = scales.evidence(links.edge[alone])
    weight, pairs = evidence.weight(scales.weights), evidence.pairs
    settled_e, settled_i = (np.zeros(size, bool) for size in scales.units.sizes)
    if not len(pairs):
        return settled_e, settled_i
    counts = _near_by_class(scales, rule, limit)
    (best_e, all_e), (best_i, all_i) = (
        _others(scales, side, pairs, evidence.amount, evidence.date, counts[side]) for side in (0, 1)
    )
    together = np.maximum(np.maximum(all_e, all_i), all_e + all_i) + _OF_THREE
    settled = (weight > 0) & (np.maximum(best_e, best_i) <= 0) & (together + FAR_BEHIND <= weight)
    settled_e[pairs.external[settled]] = True
    settled_i[pairs.internal[settled]] = True
    return settled_e, settled_i


def _near_by_class(scales: Scales, rule: Weighed, limit: int) -> tuple[Ints, Ints]:
    """For each unit of both sides how many of the other lie in each span of amounts, and within the usual dates.

    For fees, and for all spans where that would be too many to count, whatever their dates.
    """
    weights, units = scales.weights, scales.units
    counts = [count[value] for count, value in zip(scales.among.count, scales.among.value, strict=True)]
    everywhere = np.ones(units.sizes[0], bool), np.ones(units.sizes[1], bool)
    _, needs, pool, external, internal = within_seen(weights, rule, units, everywhere)
    reach = Reach.of(needs, pool, external, internal)
    looks = int((reach.last - reach.first).sum())
    if looks > _LOOKS * limit:
        return counts[0], counts[1]
    spans = len(weights.amount)
    place_e, place_i = units.places(external.unit, reach.unit)
    near = [np.zeros((len(place), spans), np.int32) for place in (place_e, place_i)]
    amounts = tuple(with_room(amount) for amount in units.own_amounts)
    values = amounts[0][place_e], scales.dates[0][place_e], amounts[1][place_i], scales.dates[1][place_i]
    dates = weights.date[0].low, weights.date[-1].high
    done = 0
    while done < len(place_e):
        state = *near, done, 10 * kernels.SLICE
        done = kernels.run(count_near, looks, reach.first, reach.last, *values, *bounds(weights.amount), *dates, *state)
    for count, place, counted in zip(counts, (place_e, place_i), near, strict=True):
        count[:, :spans] = 0
        count[place, :spans] = counted
    return counts[0], counts[1]


def count_near(
    first: Ints,
    last: Ints,
    e_amount: Ints,
    e_date: Ints,
    i_amount: Ints,
    i_date: Ints,
    low: Ints,
    high: Ints,
    earliest: int,
    latest: int,
    count_e: Ints,
    count_i: Ints,
    begin: int,
    enough: int,
) -> int:
    """Count for the units of both sides those of the other in each span of amounts and within dates, as a kernel.

    Internal units are sorted by stretch of dates and amount, of which ``first`` and ``last`` are those of an external
    one. Goes on from the external unit ``begin`` until it has looked at ``enough``, and returns where to go on.
    """
    looks = 0
    while begin < len(e_amount) and looks < enough:
        for s in range(first.shape[1]):
            looks += last[begin, s] - first[begin, s]
            number = OUTSIDE
            for k in range(first[begin, s], last[begin, s]):
                if k == first[begin, s] or i_amount[k] != i_amount[k - 1]:
                    number = span_of_amounts(e_amount[begin], i_amount[k], low, high)
                if number >= 0 and earliest <= e_date[begin] - i_date[k] <= latest:
                    count_e[begin, number] += 1
                    count_i[k, number] += 1
        begin += 1
    return begin


def _others(scales: Scales, side: int, pairs: Pairs, number: Ints, date: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """For the unit of one side of each pair the most that a contradicted pair of it weighs, and all of them together.

    ``number`` is the span of amounts of each pair, or its fee, and ``date`` that of its dates: the partner itself is
    none of the others. ``counts`` says for each unit how many others there may be.
    """
    weights, units, among = scales.weights, scales.units, scales.among
    unit = pairs.both[side]
    classes = counts.shape[1]
    value, kinds = pd.factorize(among.value[side][unit])  # most amounts stand in many pairs
    first = np.zeros(len(kinds), np.int64)
    first[value] = unit
    code = units.currencies[side][first]
    own, other = (np.repeat(units.of_currency[opposite][code], classes) for opposite in (side, 1 - side))
    alike = np.maximum(among.count[side][kinds].astype(np.int64).reshape(-1), 1)
    rarest = log2(2 * own * other) - log2(other + alike * own)  # were it the only one on the other side
    by_amount = (np.tile(of_amounts(weights), len(kinds)) + rarest).reshape(-1, classes)[value]
    count = counts[unit].astype(np.int64)
    counted = (date != OUTSIDE) | (number >= len(weights.amount))
    count[np.flatnonzero(counted), number[counted]] -= 1
    by_amount = np.where(count > 0, by_amount, _NONE)
    # A logarithm is rounded down: one more is no less than it.
    logarithm = (log2(np.arange(1, int(count.max(initial=1)) + 1)) + 1)[np.maximum(count, 1) - 1]
    together = (by_amount + logarithm).max(axis=1) + log2(np.array([classes])) + 1
    usual = weights.prior + weights.reference["contradicted"] + max(span.weight for span in weights.date)
    words = max(weights.words.values()) + np.minimum(scales.texts.words.shareable[side][unit], MOST_OF_WORDS)
    rest = usual - scales.sizes[units.currencies[side][unit]].astype(np.int64) + words
    return by_amount.max(axis=1) + rest, together + rest
