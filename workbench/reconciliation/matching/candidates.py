"""Candidates: the pairs of open units that a rule allows, found without weighing all the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd

import numpy as np

from workbench.exact import Ints
from workbench.progress import check_stop
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import NAMED, TextKey
from workbench.reconciliation.criteria.window import Window
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.all_of import AllOf
from workbench.reconciliation.matching.breadth import FOR_ONE, Cost, announce_breadth, check_breadth, cost_of
from workbench.reconciliation.matching.combined import NO_OVERFLOW, combine, dense, value_range
from workbench.reconciliation.matching.text_criteria import NOT_MET, letters_apart, outlines
from workbench.reconciliation.matching.texts.unit_texts import parts
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule

_CHUNK = 500_000  # this many pairs are looked at together, which bounds memory
_LOOKS = 10_000_000  # this many pairs are looked at, and not listed, before a run can be stopped
_TEXTS = 100_000  # fewer pairs where letters are compared, so that a run can be stopped soon


@dataclass(frozen=True)
class Demands:
    """What a rule demands, as whole numbers: windows for amount and date, and what is left to compare as text."""

    low: Ints  # the least external amount, for each internal unit
    high: Ints
    amount_equal: bool
    after: int  # the least external minus internal date, in ticks; both bounds count
    before: int
    date_bounded: bool
    low_date: Ints | None  # the earliest external date, for each internal unit, if after and before do not say it
    high_date: Ints | None
    centre_amount: Ints | None  # the usual external amount for each internal unit
    centre_lag: int | None  # the usual external minus internal date, in microseconds
    keys: tuple[TextKey, ...]  # texts whose equality is part of the block
    filters: tuple[Criterion, ...]  # text criteria that are checked pair by pair

    @property
    def date_equal(self) -> bool:
        """Whether dates must be the same."""
        return self.after == self.before == 0

    def dates_for(self, internal: Ints) -> tuple[Ints, Ints]:
        """The first and the last external date for each of the ``internal`` dates, those of all units."""
        first, last = internal + self.after, internal + self.before
        if self.low_date is None or self.high_date is None:
            return first, last
        return np.maximum(first, self.low_date), np.minimum(last, self.high_date)


@dataclass(frozen=True)
class Entries:
    """Open units, ascending, with their block: a unit stands once, or once for each of its texts in a key."""

    unit: Ints
    block: Ints


def demands(rule: Rule | AllOf, pool: Pool) -> Demands:
    """Translate the criteria of ``rule`` into windows and keys over the units of ``pool``."""
    window = reduce(
        lambda narrowed, criterion: criterion.kind.narrow(criterion, narrowed), rule.criteria, _everything(pool)
    )
    if rule.remainder:
        window = _of_one_sign(window)
    keys, filters = _split_texts(window.texts, pool)
    reach = _date_reach(pool)
    shape = pool.internal.amount.shape
    return Demands(
        np.broadcast_to(window.low, shape),
        np.broadcast_to(window.high, shape),
        window.amount_equal,
        window.after,
        window.before,
        window.after > -reach and window.before < reach,
        window.low_date,
        window.high_date,
        window.centre_amount,
        window.centre_lag,
        keys,
        filters,
    )


def centred(needs: Demands, pool: Pool) -> tuple[Demands, Pool]:
    """The same demands of units whose internal amounts and dates are moved to what is usual of the external ones.

    So that all differences are measured from there, and what must be just so is equal.
    """
    if needs.centre_amount is None and needs.centre_lag is None:
        return needs, pool
    external, internal = pool.external, pool.internal
    centre = needs.centre_amount
    if centre is not None:
        possible = needs.low <= needs.high
        exact = bool((needs.low == centre)[possible].all())  # another criterion may move the lower bound off the centre
        needs = replace(needs, amount_equal=needs.amount_equal and exact)
        internal = replace(internal, amount=centre)
    if needs.centre_lag is not None:
        step = gcd(pool.tick, needs.centre_lag)  # the longest step that both the tick and the lag fall on
        finer, shift = pool.tick // step, needs.centre_lag // step
        external = replace(external, date=external.date * finer)
        internal = replace(internal, date=internal.date * finer + shift)
        needs = replace(
            needs,
            after=needs.after * finer - shift,
            before=needs.before * finer - shift,
            low_date=None if needs.low_date is None else needs.low_date * finer,
            high_date=None if needs.high_date is None else needs.high_date * finer,
        )
        pool = replace(pool, tick=step)
    return needs, replace(pool, external=external, internal=internal)


def without_contradictions(
    rule: Rule | AllOf, needs: Demands, pool: Pool, open_external: Ints, open_internal: Ints
) -> list[tuple[Demands, Ints, Ints]]:
    """What a rule demands, and of which open units: all, or apart those that name references of both sides.

    These pair with one another alone, and must share a reference; see ``references``.
    """
    if not rule.heeds_references:
        return [(needs, open_external, open_internal)]
    names_e, names_i = (
        pool.external.texts[NAMED].filled[open_external],
        pool.internal.texts[NAMED].filled[open_internal],
    )
    sharing = replace(needs, keys=(*needs.keys, NAMED))
    return [
        (needs, open_external[~names_e], open_internal[~names_i]),
        (sharing, open_external[names_e], open_internal[names_i]),
    ]


def _everything(pool: Pool) -> Window:
    """The window of a rule before any criterion: every amount and date that there is."""
    amounts = pool.external.amount if len(pool.external) else np.zeros(1, np.int64)
    reach = _date_reach(pool)
    low, high = amounts.min(keepdims=True), amounts.max(keepdims=True)
    return Window(
        pool.internal.amount,
        low,
        high,
        -reach,
        reach,
        pool.tick,
        pool.scale,
        pool.internal.date,
        pool.epoch,
        reach,
    )


def _of_one_sign(window: Window) -> Window:
    """Only external amounts of the internal one's sign: of others, nothing could be applied to both."""
    amount = window.internal_amount
    low = np.where(amount > 0, np.maximum(window.low, 1), np.where(amount < 0, window.low, 0))
    high = np.where(amount < 0, np.minimum(window.high, -1), np.where(amount > 0, window.high, 0))
    return replace(window, low=low, high=high)


def entries(needs: Demands, pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Entries, Entries]:
    """The open units of both sides by block: currency and everything that must be equal."""
    possible = needs.low[open_internal] <= needs.high[open_internal]
    external, internal = open_external, open_internal[possible]
    columns: list[tuple[Ints, Ints]] = []
    for key in needs.keys:
        position_e, code_e = parts(pool.external.texts[key], external)
        position_i, code_i = parts(pool.internal.texts[key], internal)
        external, internal = external[position_e], internal[position_i]
        columns = [*((left[position_e], right[position_i]) for left, right in columns), (code_e, code_i)]
    columns.append((pool.external.currency[external], pool.internal.currency[internal]))
    if needs.amount_equal:
        columns.append((pool.external.amount[external], pool.internal.amount[internal]))
    if needs.date_equal:
        columns.append((pool.external.date[external], pool.internal.date[internal]))
    blocks = combine([np.concatenate(pair) for pair in columns])
    return Entries(external, blocks[: len(external)]), Entries(internal, blocks[len(external) :])


@dataclass(frozen=True)
class Reach:
    """Internal units by stretch of dates and amount, and in each stretch the places of those near an external entry."""

    unit: Ints
    first: Ints
    last: Ints

    @classmethod
    def of(cls, needs: Demands, pool: Pool, external: Entries, internal: Entries) -> Reach:
        """That of open units."""
        slots_e, slots_i, span = _slots(needs, pool, external, internal)
        # By amount, so that both bounds rise; by the bounds where amounts were moved and some coincide.
        by_bound = [needs.low[internal.unit], needs.high[internal.unit]]
        rising = [pool.internal.amount[internal.unit]] if needs.centre_amount is None else by_bound
        order = np.lexsort((combine(rising), slots_i)) if len(internal.unit) else np.zeros(0, np.int64)
        unit = internal.unit[order]
        amount_e = pool.external.amount[external.unit]
        windows = slots_i[order], needs.low[unit], needs.high[unit]
        first, last = kernels.run(kernels.reach, len(slots_e) * 20, slots_e, amount_e, *windows, span)
        return cls(unit, first, last)


def pairs(
    rule: Rule | AllOf,
    needs: Demands,
    pool: Pool,
    external: Entries,
    internal: Entries,
    limit: int,
    cost: Cost | None = None,
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield the candidate pairs of units and how far apart their texts are, a bounded number at a time.

    External units come in the order of their entries, and all pairs of a unit together.
    Raises ``RuleTooBroad`` beyond ``limit``; ``cost`` is what a pair takes where that is not as usual.
    """
    reach = Reach.of(needs, pool, external, internal)
    units_i, first, last = reach.unit, reach.first, reach.last  # a column for each stretch
    weighed = (last - first).sum(axis=1)
    contains = next((criterion for criterion in needs.filters if criterion.operator == "contains"), None)
    outlines_e = outlines(contains, pool.external.texts, external.unit)
    outlines_i = outlines(contains, pool.internal.texts, units_i)
    date_e, date_i = pool.external.date[external.unit], pool.internal.date[units_i]

    def collect(begin: int, end: int, room: int) -> tuple[int, Ints]:
        """How many pairs there are, and those that fit the room, as places of both units."""
        check_stop()
        columns = date_e[begin:end], date_i, *(column[begin:end] for column in outlines_e), *outlines_i
        bounds = first[begin:end], last[begin:end], needs.after, needs.before
        found = np.empty((2, room), np.int32)
        count = kernels.run(kernels.collect, int(weighed[begin:end].sum()), *columns, *bounds, *found)
        return count, found[:, :count]

    units = len(external.unit), len(internal.unit)
    cost = cost or cost_of(*units, letters=contains is not None)
    listed = int(weighed.sum())
    check_breadth(rule, listed, limit, cost._replace(for_one=FOR_ONE * cost.for_one), sum(units))
    if listed > limit * cost.for_one:
        listed = sum(collect(*chunk, 0)[0] for chunk in _chunks(external.unit, weighed, _LOOKS))
        check_breadth(rule, listed, limit, cost, sum(units))
    announce_breadth(listed, cost, sum(units))
    for begin, end in _chunks(external.unit, weighed, _TEXTS if needs.filters else _CHUNK):
        _, (position_e, position_i) = collect(begin, end, int(weighed[begin:end].sum()))
        pair_e, pair_i = external.unit[position_e + begin].astype(np.int32), units_i[position_i].astype(np.int32)
        if needs.low_date is not None and needs.high_date is not None:
            dates = pool.external.date[pair_e]
            met = (needs.low_date[pair_i] <= dates) & (dates <= needs.high_date[pair_i])
            pair_e, pair_i = pair_e[met], pair_i[met]
        apart = np.zeros(len(pair_e), np.int64)
        for criterion in needs.filters:
            texts_apart = letters_apart(criterion, pool, pair_e, pair_i)
            met = texts_apart != NOT_MET
            pair_e, pair_i, apart = pair_e[met], pair_i[met], apart[met] + texts_apart[met]
        yield pair_e, pair_i, apart


def _date_reach(pool: Pool) -> int:
    """More ticks than lie between any two dates."""
    return int(max(pool.external.date.max(initial=0), pool.internal.date.max(initial=0))) + 1


def _split_texts(texts: Sequence[Criterion], pool: Pool) -> tuple[tuple[TextKey, ...], tuple[Criterion, ...]]:
    """Texts that must share a code become keys, all of one text a unit and one of several; others are checked."""
    equal = {text.text_key: text for text in texts if text.text_key and text.operator != "contains"}
    single = [key for key in equal if pool.external.texts[key].single and pool.internal.texts[key].single]
    several = [key for key in equal if key not in single]
    others = [text for text in texts if text.operator == "contains"]
    return (*single, *several[:1]), (*(equal[key] for key in several[1:]), *others)


def _slots(needs: Demands, pool: Pool, external: Entries, internal: Entries) -> tuple[Ints, Ints, int]:
    """Block and stretch of dates in one number. A partner's stretch is the unit's own or a neighbour."""
    blocks, number = dense(np.concatenate([external.block, internal.block]))
    if not needs.date_bounded:
        return blocks[: len(external.unit)], blocks[len(external.unit) :], 0
    middle = (needs.after + needs.before) // 2
    width = max(needs.before - middle, middle - needs.after, 1)
    dates = np.concatenate([pool.external.date[external.unit] - middle, pool.internal.date[internal.unit]])
    stretch, count = _stretches(dates // width, NO_OVERFLOW // number)
    slots = blocks * (count + 2) + stretch + 1
    return slots[: len(external.unit)], slots[len(external.unit) :], 0 if needs.date_equal else 1


def _stretches(numbers: Ints, most: int) -> tuple[Ints, int]:
    """The stretches from 0 on, and how many there are; more than ``most`` are numbered closer, neighbours as before."""
    least, count = value_range(numbers)
    if count + 2 < most:
        return (numbers - least).astype(np.int64), count
    distinct, place = np.unique(numbers, return_inverse=True)
    closer = np.r_[0, np.cumsum(np.minimum(np.diff(distinct), 2).astype(np.int64))]
    return closer[place.reshape(-1)], int(closer[-1]) + 1


def _chunks(unit: Ints, weighed: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Cut the external entries where about ``most`` pairs have come together, and never within those of one unit."""
    ends = np.flatnonzero(np.r_[unit[1:] != unit[:-1], True]) + 1 if len(unit) else np.zeros(0, np.int64)
    totals = np.cumsum(weighed)[ends - 1]
    begin, cut = 0, 0
    while cut < len(ends):
        done = int(totals[cut - 1]) if cut else 0
        cut = max(cut + 1, int(np.searchsorted(totals, done + most, side="right")))
        yield begin, int(ends[cut - 1])
        begin = int(ends[cut - 1])
