"""Passes: a rule takes of its candidates the best set of pairs in which every unit stands at most once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.exact import Ints
from workbench.progress import Threads
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.assignment import line_ties
from workbench.reconciliation.matching.assignment.cheapest import cheapest
from workbench.reconciliation.matching.assignment.graph import candidate_graph
from workbench.reconciliation.matching.assignment.id_order import rank_by_id
from workbench.reconciliation.matching.assignment.most_pairs import most_pairs
from workbench.reconciliation.matching.breadth import SORTED, check_breadth
from workbench.reconciliation.matching.candidates import (
    Demands,
    Entries,
    centred,
    demands,
    entries,
    without_contradictions,
)
from workbench.reconciliation.matching.combined import combine
from workbench.reconciliation.matching.remainders import apply
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.matching.weighed.weigh import EvidenceOfMatches, least_probable, weigh
from workbench.reconciliation.rates import Rate
from workbench.reconciliation.rules import Rule, Weighed
from workbench.sides import SIDES, Side

_CELLS = 10_000_000  # about this many cells of an alignment are worked on before it can be stopped


@dataclass(frozen=True)
class Pass:
    """What one rule did: its pairs of units, and the units that could have paired at all.

    ``within`` is the side whose records settled each other: its debits stand as external, its credits as internal.
    """

    rule: Rule
    pool: Pool  # it holds the units of both sides
    external: Ints
    internal: Ints
    alternatives: Ints  # for each pair, how many others its two units could have made
    candidates: int  # pairs that the rule allowed
    reached_external: Ints
    reached_internal: Ints
    expected_by_chance: int | None = None  # how many of the pairs chance would give; None if unknown
    evidence: EvidenceOfMatches | None = None  # the evidence on its pairs, if the rule weighs
    # The rate of each pair, None within one currency, if the rule may cross currencies.
    rates: tuple[Rate | None, ...] | None = None
    remainder: Ints | None = None  # for each pair the external less the internal amount, which stays open
    within: Side | None = None
    suggested: Pass | None = None  # the pairs that are mere suggestions: their units stay open

    def records(self, side: Side) -> int:
        """How many records of ``side`` it matched."""
        sides = zip(SIDES, (self.external, self.internal), strict=True)
        sizes = (self.pool.side(role).sizes[units] for role, units in sides if (self.within or role) == side)
        return sum(int(size.sum()) for size in sizes)

    def reached(self, side: Side) -> Ints:
        """The rows of the records of ``side`` that it could have matched."""
        return self._rows(side, self.reached_external, self.reached_internal)

    def rows(self, side: Side) -> Ints:
        """The rows of the records of ``side`` that are in its pairs."""
        return self._rows(side, self.external, self.internal)

    def _rows(self, side: Side, external: Ints, internal: Ints) -> Ints:
        sides = zip(SIDES, (external, internal), strict=True)
        rows = [self.pool.side(role).rows_of(units) for role, units in sides if (self.within or role) == side]
        return np.concatenate([np.zeros(0, np.int64), *rows])

    def suggesting(self) -> Pass:
        """The same with what its rule only suggests set apart."""
        most = -1 if self.rule.status else self.rule.max_alternatives
        doubtful = np.zeros(len(self.external), bool) if most is None else self.alternatives > most
        if isinstance(self.rule, Weighed) and self.evidence:
            doubtful |= self.evidence.probability < least_probable(self.rule)
        if not doubtful.any():
            return self
        return replace(self.of(~doubtful), suggested=self.of(doubtful))

    def of(self, chosen: Ints) -> Pass:
        """The same with some of its pairs alone."""
        return replace(
            self,
            external=self.external[chosen],
            internal=self.internal[chosen],
            alternatives=self.alternatives[chosen],
            evidence=self.evidence and self.evidence.of(chosen),
            rates=self.rates and tuple(compress(self.rates, chosen)),
            remainder=None if self.remainder is None else self.remainder[chosen],
        )


def run_rule(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, *, settle: bool = True
) -> Pass:
    """Apply one rule to the open units and return the best pairs there are.

    Best is: the most pairs; then the least sum of letters that texts are apart, where the rule compares texts (see
    ``text_criteria.letters_apart``); then of amount differences; then of date differences; then, external units in the
    order of their ids, for each the lowest internal id that leaves all this as it is. Who only counts pairs need not
    ``settle`` which of the best assignments it is.
    Raises ``RuleTooBroad`` if that means weighing more than ``limit`` pairs.
    """
    if isinstance(rule, Weighed):
        return Pass(rule, pool, *weigh(rule, pool, open_external, open_internal, limit))
    needs, moved = centred(demands(rule, pool), pool)
    parts = without_contradictions(rule, needs, moved, open_external, open_internal)
    passes = [
        _best(rule, part_needs, moved, *entries(part_needs, moved, units_e, units_i), limit, settle)
        for part_needs, units_e, units_i in parts
    ]
    rule_pass = replace(_together(passes), pool=pool)
    if not (rule.remainder and settle):
        return rule_pass
    applied = apply(pool, rule_pass.external, rule_pass.internal)
    return replace(rule_pass, pool=applied.pool, remainder=applied.remainder)


def _together(passes: list[Pass]) -> Pass:
    """What a rule did with several parts of the units, none of which could pair with another."""
    if len(passes) == 1:
        return passes[0]
    arrays = ("external", "internal", "alternatives", "reached_external", "reached_internal")
    whole: dict[str, Any] = {
        name: np.concatenate([getattr(rule_pass, name) for rule_pass in passes]) for name in arrays
    }
    return replace(passes[0], candidates=sum(rule_pass.candidates for rule_pass in passes), **whole)


def _best(
    rule: Rule, needs: Demands, pool: Pool, external: Entries, internal: Entries, limit: int, settle: bool
) -> Pass:
    if window := free_number(needs, pool, external, internal):
        return _align(rule, pool, external, internal, *window, limit, settle)
    return _weigh(rule, needs, pool, external, internal, limit, settle)


def free_number(
    needs: Demands, pool: Pool, external: Entries, internal: Entries
) -> tuple[str, tuple[Ints, Ints]] | None:
    """The one number that is free within a block, and its least and greatest beside each internal unit; or none."""
    if needs.filters or not (_distinct(external) and _distinct(internal)):
        return None
    if needs.amount_equal:
        return "date", needs.dates_for(pool.internal.date)
    if needs.date_equal and needs.low_date is None and needs.centre_amount is None:
        return "amount", (needs.low, needs.high)
    return None


def arrange(keys: list[Ints], ids: pa.Array, units: Ints) -> Ints:
    """The order of ``units`` by ``keys``, which run beside them, and by id where those are equal."""
    key = combine(keys)
    order = np.argsort(key)  # units with equal keys are put in order below
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.r_[same, False] | np.r_[False, same])
    order[tied] = order[tied][np.lexsort((rank_by_id(ids, units[order[tied]]), ordered[tied]))]
    return order


def _align(
    rule: Rule,
    pool: Pool,
    external: Entries,
    internal: Entries,
    field: str,
    window: tuple[Ints, Ints],
    limit: int,
    settle: bool,
) -> Pass:
    """Within a block only one number is free: sort both sides by it and align them.

    ``window`` is the least and the greatest that may stand beside each internal unit.
    """
    e_value, i_value = (
        getattr(pool.external, field)[external.unit],
        getattr(pool.internal, field)[internal.unit],
    )

    def ordered(side: Entries, value: Ints, ids: pa.Array) -> Ints:
        keys = [side.block, value]
        return arrange(keys, ids, side.unit) if settle else np.argsort(combine(keys))

    with Threads(2) as threads:
        own_ids = pool.external.ids, pool.internal.ids
        e_order, i_order = threads.map(ordered, (external, internal), (e_value, i_value), own_ids)
    e_unit, i_unit = external.unit[e_order], internal.unit[i_order]
    e_block, i_block = external.block[e_order], internal.block[i_order]
    e_value, i_value = e_value[e_order], i_value[i_order]
    low, high = (bound[i_unit] for bound in window)
    size = len(e_value) + len(i_value)
    first, last = kernels.run(kernels.windows, size, e_block, e_value, i_block, low, high)
    if settle:
        narrowed = kernels.run(kernels.narrow, size, i_block, first, last)
        check_breadth(rule, int((narrowed[1] - narrowed[0]).sum()), limit, SORTED, size)
        e_side = _Sorted(e_block, e_value, rank_by_id(pool.external.ids, e_unit))
        i_side = _Sorted(i_block, i_value, rank_by_id(pool.internal.ids, i_unit))
        partner = _partners(e_side, i_side, (first, last), narrowed)
    else:
        partner = kernels.run(kernels.pair_off, size, first, last)
    paired = np.flatnonzero(partner >= 0)
    starts = np.bincount(first, minlength=len(e_value) + 1) - np.bincount(last, minlength=len(e_value) + 1)
    e_degree, i_degree = np.cumsum(starts)[:-1], last - first
    return Pass(
        rule,
        pool,
        e_unit[partner[paired]],
        i_unit[paired],
        e_degree[partner[paired]] + i_degree[paired] - 2,
        int(i_degree.sum()),
        e_unit[e_degree > 0],
        i_unit[i_degree > 0],
    )


@dataclass(frozen=True)
class _Sorted:
    """One side in the order of block and value, and the places of its units in the order of ids."""

    block: Ints
    value: Ints
    rank: Ints

    def part(self, places: slice) -> _Sorted:
        return _Sorted(self.block[places], self.value[places], self.rank[places])


def _partners(e: _Sorted, i: _Sorted, window: tuple[Ints, Ints], narrowed: tuple[Ints, Ints]) -> Ints:
    """The external position of each internal one, or -1: block by block, so that it can be stopped."""
    if len(i.block) == 0:
        return np.zeros(0, np.int64)
    cells = np.cumsum(narrowed[1] - narrowed[0])
    parts = 2 + int(cells[-1]) // _CELLS
    borders = np.unique(i.block[np.searchsorted(cells, cells[-1] * np.arange(1, parts) // parts)])
    borders_e, borders_i = (np.r_[0, np.searchsorted(side.block, borders), len(side.block)] for side in (e, i))

    def align(part: int) -> Ints:
        own_e, own_i = (side.part(slice(*border[part : part + 2])) for side, border in ((e, borders_e), (i, borders_i)))
        begin, internal_part = borders_e[part], slice(*borders_i[part : part + 2])
        first, last, near_first, near_last = (bound[internal_part] - begin for bound in (*window, *narrowed))
        values = own_e.value, own_i.value
        partner = kernels.run_sums(kernels.align, int((near_last - near_first).sum()), (near_first, near_last), values)
        _settle(own_e, own_i, first, last, partner)
        return np.where(partner >= 0, partner + begin, -1)

    with Threads(2) as threads:
        return np.concatenate(list(threads.map(align, range(len(borders) + 1))))


def _settle(e: _Sorted, i: _Sorted, first: Ints, last: Ints, partner: Ints) -> None:
    """Write into ``partner`` which of the best alignments it is; what can pair with one unit alone is as it is."""
    degree = np.cumsum(np.bincount(first, minlength=len(e.block) + 1) - np.bincount(last, minlength=len(e.block) + 1))
    alone = np.flatnonzero(last - first == 1)
    alone = alone[degree[first[alone]] == 1]
    e_open, i_open = degree[:-1] > 0, last > first
    e_open[first[alone]], i_open[alone] = False, False
    e_places, i_places = np.flatnonzero(e_open), np.flatnonzero(i_open)
    place = np.r_[0, np.cumsum(e_open)]
    first, last, paired = place[first[i_places]], place[last[i_places]], partner[i_places]
    settled = kernels.run_sums(
        line_ties.settle,
        int((last - first).sum()),
        (
            e.block[e_places],
            first,
            last,
            np.where(paired >= 0, place[paired], -1),
            np.argsort(e.rank[e_places]),
            i.rank[i_places],
        ),
        (e.value[e_places], i.value[i_places]),
    )
    partner[i_places] = np.where(settled >= 0, np.r_[e_places, 0][settled], -1)


def _weigh(
    rule: Rule, needs: Demands, pool: Pool, external: Entries, internal: Entries, limit: int, settle: bool
) -> Pass:
    """More is free than one number: find all candidate pairs and take the cheapest assignment."""
    graph = candidate_graph(rule, needs, pool, external, internal, limit)
    values = (
        pool.external.amount[graph.external],
        pool.external.date[graph.external],
        pool.internal.amount[graph.internal],
        pool.internal.date[graph.internal],
    )
    if settle:
        partner = cheapest(graph.start, graph.adjacent, graph.apart, values)
    else:
        partner = most_pairs(graph.start, graph.adjacent, len(graph.internal))
    paired = np.flatnonzero(partner >= 0)
    return Pass(
        rule,
        pool,
        graph.external[paired],
        graph.internal[partner[paired]],
        np.diff(graph.start)[paired] + graph.degree[partner[paired]] - 2,
        len(graph.adjacent),
        graph.external,
        graph.internal[graph.degree > 0],
    )


def _distinct(side: Entries) -> bool:
    return bool((np.diff(side.unit) > 0).all())
