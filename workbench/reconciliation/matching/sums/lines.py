"""Lines: the open records of a side one after the other, and the stretches of them that sum to a target.

Records stand in the order of their key, their date and their id. Between them, before the first and behind the last of
a key, there are places; a stretch is all records from one place to a later one of the same key. What a stretch sums to
is the difference of what stands before both places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba.extending import register_jitable

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.assignment.id_order import rank_by_id
from workbench.reconciliation.matching.sums.allowed import Allowed, allowed_by
from workbench.reconciliation.matching.units import Pool, groups_of
from workbench.reconciliation.rules import Rule
from workbench.sides import Side


@dataclass(frozen=True)
class Line:
    """Records in the order of key, date and id, and what sums up to each place between them.

    Key number ``k`` has the records ``bounds[k]`` to ``bounds[k + 1]``, and one place more than records: record ``r``
    stands between the places ``r + k`` and ``r + k + 1``.
    """

    unit: Ints
    bounds: Ints
    sums: Ints  # for each place, the sum of the records of its key before it

    @cached_property
    def key_of_place(self) -> Ints:
        """The key that each place is of."""
        return np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds) + 1)

    @cached_property
    def rising(self) -> Ints:
        """The places of each key in the order of their sums."""
        return np.lexsort((self.sums, self.key_of_place))

    def records(self, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
        """The first record of stretches, and the one behind their last."""
        key = self.key_of_place[begin]
        return begin - key, end - key


def line_of(allowed: Allowed, units: Ints, keys: Iterable[Ints]) -> Line:
    """The ``units`` in line; a record with an empty part of its key is in line with no other."""
    records = allowed.pool.side(allowed.side)
    group, _ = groups_of(records, units, keys)
    order = np.lexsort((rank_by_id(records.ids, units), records.date[units], group))
    unit, group = units[order], group[order]
    bounds = np.r_[np.flatnonzero(np.diff(group, prepend=-1)), len(unit)]
    amount = allowed.amounts(allowed.side, unit)
    sums = np.zeros(len(unit) + 1, amount.dtype)
    np.cumsum(amount, out=sums[1:])
    key = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds) + 1)
    return Line(unit, bounds, sums[np.arange(len(key)) - key] - sums[bounds[key]])


@dataclass(frozen=True)
class Asked:
    """What is looked for: for a target and a key, stretches that begin at some places and sum to something.

    The stretch begins at ``first`` or a place before ``last``, and its sum is from ``low`` to ``high``.
    """

    target: Ints  # numbers of targets
    key: Ints
    first: Ints
    last: Ints
    low: Ints
    high: Ints

    def of(self, chosen: Ints) -> Asked:
        """Some of them."""
        parts = (self.target, self.key, self.first, self.last, self.low, self.high)
        return Asked(*(part[chosen] for part in parts))


def asked(allowed: Allowed, line: Line, targets: Ints, limit: int) -> Asked:
    """What a rule asks of the line, for each of the ``targets``, which are units of the other side.

    Raises ``RuleTooBroad`` if stretches could begin at more than ``limit`` places in all.
    """
    records, target_records = allowed.pool.side(allowed.side), allowed.pool.side(allowed.target_side)
    most = int(np.abs(allowed.amounts(allowed.side, line.unit)).sum())
    low, high = allowed.sums(targets, most)
    possible = low <= high
    parts: list[tuple[Ints, ...]] = []
    looked = 0
    for key, (begin, end) in enumerate(zip(line.bounds[:-1].tolist(), line.bounds[1:].tolist(), strict=True)):
        members = line.unit[begin:end]
        number = np.flatnonzero(possible & (target_records.currency[targets] == records.currency[members[0]]))
        first, last = allowed.starts(members, targets[number])
        some = first < last
        looked += len(number) + int((last - first)[some].sum())
        check_stretches(allowed, looked, limit)
        number, first, last = number[some], first[some] + begin + key, last[some] + begin + key
        parts.append((number, np.full(len(number), key), first, last, low[number], high[number]))
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Asked(nothing, nothing, nothing, nothing, low[:0], high[:0])
    return Asked(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def asked_of_line(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, side: Side, keys: Iterable[Ints]
) -> tuple[Allowed, Line, Ints, Asked]:
    """What a rule allows, the line and its targets, as ``line_and_targets`` has them, and what is ``asked`` of it."""
    allowed, line, targets = line_and_targets(rule, pool, open_external, open_internal, side, keys)
    return allowed, line, targets, asked(allowed, line, targets, limit)


def line_and_targets(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, side: Side, keys: Iterable[Ints]
) -> tuple[Allowed, Line, Ints]:
    """What a rule allows, the line of the open records of ``side``, and the targets.

    The targets are the open units of the other side, in the order of date and id.
    """
    units, target_units = (open_external, open_internal) if side == "external" else (open_internal, open_external)
    allowed = allowed_by(rule, pool, side)
    line = line_of(allowed, units, keys)
    target_records = pool.side(allowed.target_side)
    targets = target_units[
        np.lexsort((rank_by_id(target_records.ids, target_units), target_records.date[target_units]))
    ]
    return allowed, line, targets


@dataclass(frozen=True)
class Stretches:
    """Stretches of a line that sum to a target: the number of the target, and the places they begin and end at."""

    target: Ints
    begin: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.target)

    def of(self, chosen: Ints) -> Stretches:
        """Some of them."""
        return Stretches(self.target[chosen], self.begin[chosen], self.end[chosen])


def find(allowed: Allowed, line: Line, wanted: Asked, limit: int) -> Stretches:
    """All stretches that are ``wanted``; raises ``RuleTooBroad`` if more than ``limit`` would have to be looked at."""
    counts = count(line, wanted, limit)
    most = int(counts.max(initial=0))
    check_stretches(allowed, most if most > limit else int(counts.sum()), limit)
    ask, begin, end = kernels.run(_collect, int(counts.sum()) + _steps(wanted), *_arguments(line, wanted), counts)
    return Stretches(wanted.target[ask], begin, end)


def count(line: Line, wanted: Asked, limit: int, unit: int = 1) -> Ints:
    """How many stretches there are of each kind that is ``wanted``; one too many from where ``limit`` is passed on.

    With a ``unit`` only those whose sum is ``low`` or more by a multiple of it.
    """
    counts: Ints = kernels.run(_count, _steps(wanted), *_arguments(line, wanted), unit, limit)
    return counts


def check_stretches(allowed: Allowed, looked: int, limit: int) -> None:
    """Raise ``RuleTooBroad`` if a rule would look at more stretches than ``limit``."""
    if looked > limit:
        raise RuleTooBroad(
            f"rule {allowed.rule.name!r} would look at {looked:,} sets of {allowed.side} records or more, and "
            f"max_candidates allows {limit:,}: add a narrower date, a column beside batch or subset, or raise "
            "max_candidates"
        )


def _steps(wanted: Asked) -> int:
    return int((wanted.last - wanted.first).sum()) * 4


def _arguments(line: Line, wanted: Asked) -> tuple[Ints, ...]:
    place = line.rising
    left, right = (line.bounds[wanted.key + side] + wanted.key + side for side in (0, 1))
    return wanted.first, wanted.last, wanted.low, wanted.high, left, right, line.sums, line.sums[place], place


def _count(
    first: Ints,
    last: Ints,
    low: Ints,
    high: Ints,
    left: Ints,
    right: Ints,
    sums: Ints,
    rising: Ints,
    place: Ints,
    unit: int,
    limit: int,
) -> Ints:
    counts = np.zeros(len(first), np.int64)
    looked = 0
    for k in range(len(first)):
        position = left[k]
        for begin in range(first[k], last[k]):
            position = _reach(rising, position, left[k], right[k], sums[begin] + low[k])
            q = position
            while q < right[k] and rising[q] - sums[begin] <= high[k]:
                if place[q] > begin and (unit == 1 or (rising[q] - sums[begin] - low[k]) % unit == 0):
                    counts[k] += 1
                looked += 1
                q += 1
        if looked > limit:
            counts[k:] = limit + 1
            return counts
    return counts


def _collect(
    first: Ints,
    last: Ints,
    low: Ints,
    high: Ints,
    left: Ints,
    right: Ints,
    sums: Ints,
    rising: Ints,
    place: Ints,
    counts: Ints,
) -> tuple[Ints, Ints, Ints]:
    size = counts.sum()
    ask = np.zeros(size, np.int64)
    begins = np.zeros(size, np.int64)
    ends = np.zeros(size, np.int64)
    row = 0
    for k in range(len(first)):
        if counts[k] == 0:
            continue
        position = left[k]
        for begin in range(first[k], last[k]):
            position = _reach(rising, position, left[k], right[k], sums[begin] + low[k])
            q = position
            while q < right[k] and rising[q] - sums[begin] <= high[k]:
                if place[q] > begin:
                    ask[row] = k
                    begins[row] = begin
                    ends[row] = place[q]
                    row += 1
                q += 1
    return ask, begins, ends


@register_jitable
def _reach(rising: Ints, position: int, left: int, right: int, least: int) -> int:
    """The first of the ``rising`` values, ``left`` to ``right``, of ``least`` or more, sought from ``position``."""
    step = 1
    if position < right and rising[position] < least:
        low = position
        high = position + 1
        while high < right and rising[high] < least:
            low = high
            high = min(right, high + step)
            step *= 2
    else:
        high = position
        low = position - 1
        while low >= left and rising[low] >= least:
            high = low
            low = max(left - 1, low - step)
            step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if rising[middle] < least:
            low = middle
        else:
            high = middle
    return high
