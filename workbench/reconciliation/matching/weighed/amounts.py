"""Amounts as evidence: how far they differ, and how rare it is that one comes so near."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.weighed.fees import alike, hits
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs, with_room
from workbench.reconciliation.matching.weighed.spans import span_of
from workbench.reconciliation.weights import MILLION, Span, Weights

FAR = 2**40  # a difference, in millionths, that no span holds


def amount_steps(units: OpenUnits, pairs: Pairs) -> Ints:
    """External minus internal amount, in begun millionths of the internal amount."""
    external, internal = (with_room(amount) for amount in units.amounts(pairs))
    difference, size = external - internal, np.abs(internal)
    steps = -(-np.abs(difference) * MILLION // np.maximum(size, 1))
    steps = np.where((size == 0) & (difference != 0), FAR, np.minimum(steps, FAR))
    return (np.sign(difference) * steps).astype(np.int64)


def amount_classes(units: OpenUnits, pairs: Pairs, weights: Weights) -> Ints:
    """The number of the span of each pair, or of its fee behind those of all spans; ``OUTSIDE`` where it has none."""
    steps = amount_steps(units, pairs)
    number = span_of(weights.amount, steps)
    for place, fee in enumerate(weights.fees, len(weights.amount)):
        number[hits(units, fee, pairs) & (steps != 0)] = place
    return number


def amount_rarity(units: OpenUnits, pairs: Pairs, weights: Weights, number: Ints) -> Ints:
    """How much less likely than any an amount in the same span, or less the same fee, is: in hundredths of a bit.

    It is counted on both sides: how many external amounts lie in that span of the internal one, and the other way.
    """
    among_i, among_e = np.zeros(len(pairs), np.int64), np.zeros(len(pairs), np.int64)
    in_span = number < len(weights.amount)
    for side, among, unit in ((0, among_i, pairs.external), (1, among_e, pairs.internal)):
        among[in_span] = _among(units, side, unit[in_span], weights.amount, number[in_span])
    for place, fee in enumerate(weights.fees, len(weights.amount)):
        by_fee, (of_e, of_i) = number == place, alike(units, fee)
        among_i[by_fee], among_e[by_fee] = of_e[pairs.external[by_fee]], of_i[pairs.internal[by_fee]]
    return rarity(among_e, among_i, *units.counts(pairs))


def _among(units: OpenUnits, side: int, unit: Ints, spans: tuple[Span, ...], number: Ints) -> Ints:
    """For each of these units of one side how many of the other in its currency lie in the span of a number.

    It is worked out once for each unit and span: most stand in several pairs.
    """
    key = unit * len(spans) + number
    asked = np.zeros(units.sizes[side] * len(spans), bool)
    asked[key] = True
    places = np.flatnonzero(asked)
    own, span = np.divmod(places, len(spans))
    low, high = (np.array([getattr(span, name) for span in spans])[span] for name in ("low", "high"))
    amount = units.own_amounts[side][own]
    below, above = _bounds(amount, low, high)
    first, last = (amount - above, amount - below) if side == 0 else (amount + below, amount + above)
    counts = np.zeros(len(asked), np.int64)
    counts[places] = _count(units, 1 - side, first, last, units.currencies[side][own])
    return counts[key]


def rarity(among_e: Ints, among_i: Ints, count_e: Ints, count_i: Ints) -> Ints:
    """How rare it is to be one of so few among all, the mean of both sides: in hundredths of a bit."""
    among = np.maximum(among_e, 1) * count_i + np.maximum(among_i, 1) * count_e
    return np.asarray(log2(2 * count_e * count_i) - log2(among))


def _bounds(amount: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """The least and the greatest difference, both in, that lies in a span of an amount."""
    size = np.abs(with_room(amount))
    past = np.where(low > 0, (low - 1) * size // MILLION + 1, -(-low * size // MILLION))
    up_to = np.where(high < 0, -((-high - 1) * size // MILLION + 1), high * size // MILLION)
    return past, up_to


def _count(units: OpenUnits, side: int, low: Ints, high: Ints, codes: Ints) -> Ints:
    """How many amounts of a side, in each of these currencies, lie between two bounds, both in."""
    own, amounts = units.currencies[side], units.own_amounts[side]
    counts = np.zeros(len(codes), np.int64)
    for code in range(len(units.pool.currencies)):
        chosen, ordered = np.flatnonzero(codes == code), np.sort(amounts[own == code])
        first = np.searchsorted(ordered, low[chosen])
        counts[chosen] = np.searchsorted(ordered, high[chosen], "right") - first
    return counts
