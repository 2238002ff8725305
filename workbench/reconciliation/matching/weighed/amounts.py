"""Amounts as evidence: how far they differ, and how rare it is that one comes so near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.combined import combine
from workbench.reconciliation.matching.weighed.fees import alike, hits
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs, with_room
from workbench.reconciliation.matching.weighed.spans import bounds, span_holding
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
    amounts = tuple(with_room(amount) for amount in units.own_amounts)
    number = kernels.run(spans_of_amounts, 4 * len(pairs), *pairs.both, *amounts, *bounds(weights.amount))
    for place, fee in enumerate(weights.fees, len(weights.amount)):
        number[hits(units, fee, pairs) & np.not_equal(*units.amounts(pairs))] = place
    return np.asarray(number)


def spans_of_amounts(external: Ints, internal: Ints, amount_e: Ints, amount_i: Ints, low: Ints, high: Ints) -> Ints:
    """The number of the span that holds the amounts of each pair, or ``OUTSIDE``, as a kernel (see ``kernels``)."""
    number = np.empty(len(external), np.int16)
    for p in range(len(external)):
        number[p] = span_of_amounts(amount_e[external[p]], amount_i[internal[p]], low, high)
    return number


@register_jitable
def span_of_amounts(external: int, internal: int, low: Ints, high: Ints) -> int:
    """The number of the span that holds the difference of two amounts as ``amount_steps`` counts it."""
    difference = external - internal
    size = abs(internal)
    steps = abs(difference)
    if steps != 0:
        steps = FAR if size == 0 else min(-(-steps * MILLION // size), FAR)
    return span_holding(-steps if difference < 0 else steps, low, high)


@dataclass(frozen=True)
class Among:
    """How many amounts of the other side lie in each span of an amount, or are as much but for a fee.

    ``value`` numbers the amounts of the units of both sides: as a rule there are far fewer of them. ``count`` has a
    row for each of these, and a column for each span and, behind all spans, for each fee.
    """

    value: tuple[Ints, Ints]
    count: tuple[Ints, Ints]

    @classmethod
    def of(cls, units: OpenUnits, weights: Weights) -> Among:
        """Those of these units and spans."""
        values, counts = [], []
        fees = [alike(units, fee) for fee in weights.fees]
        for side in (0, 1):
            value, first = _numbered(combine([units.currencies[side], units.own_amounts[side]]))
            in_spans = _in_spans(units, side, first, weights.amount)
            counts.append(np.column_stack([in_spans, *(fee[side][first] for fee in fees)]).astype(np.int32))
            values.append(value)
        return cls((values[0], values[1]), (counts[0], counts[1]))

    def rarity(self, pairs: Pairs, number: Ints, counts: tuple[Ints, Ints]) -> Ints:
        """How much less likely than any an amount in the same span, or less the same fee, is: in hundredths of a bit.

        It is counted on both sides: how many external amounts lie in that span of the internal one, and the other way.
        ``counts`` says how many units each side has in the currency of each pair.
        """
        among_i, among_e = (
            count[value[own], number] for count, value, own in zip(self.count, self.value, pairs.both, strict=True)
        )
        return rarity(among_e, among_i, *counts)


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """A number for each distinct value, and where each of them stands first."""
    number, distinct = pd.factorize(values)
    first = np.empty(len(distinct), np.int64)
    first[number[::-1]] = np.arange(len(values))[::-1]
    return number, first


def _in_spans(units: OpenUnits, side: int, own: Ints, spans: tuple[Span, ...]) -> Ints:
    """For each of these units of one side how many of the other in its currency lie in each span."""
    unit = np.repeat(own, len(spans))
    low, high = (np.tile(bound, len(own)) for bound in bounds(spans))
    amount = units.own_amounts[side][unit]
    below, above = _bounds(amount, low, high)
    first, last = (amount - above, amount - below) if side == 0 else (amount + below, amount + above)
    return _count(units, 1 - side, first, last, units.currencies[side][unit]).reshape(len(own), len(spans))


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
