"""Doubt about batches: what else their records and targets could have been, and whether chance explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import gcd

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.sums.batches import Search
from workbench.reconciliation.matching.sums.lines import Stretches, count
from workbench.subset import SURE

_AROUND = 8  # usual amounts to either side of a target, within which sums say how dense they lie there


def doubts(search: Search, chosen: Ints, others: Sequence[Search], limit: int) -> Ints:
    """For each chosen stretch how many other pairs its target or one of its records could have been part of.

    Counted are all stretches that the rule or one of the ``others`` allows, each once; and one more where chance alone
    explains the stretch, too: where ``SURE`` or more stretches would sum to its target by chance, and where no other
    chosen stretch ends where it begins, or begins where it ends.
    """
    stretches = search.stretches.of(chosen)
    every = _distinct([search.stretches, *(other.stretches for other in others)])
    overlapping = _overlapping(every, stretches)
    of_target = np.bincount(every.target, minlength=len(search.targets))
    both = _overlapping_of_target(every, stretches)
    alone = ~(np.isin(stretches.begin, stretches.end) | np.isin(stretches.end, stretches.begin))
    chance = expected(search, stretches.target, stretches.begin, limit)
    return overlapping + of_target[stretches.target] - both - 1 + (alone & (chance >= SURE))


def expected(search: Search, target: Ints, begin: Ints, limit: int) -> Ints:
    """How many stretches would sum to each target by chance: an estimate.

    It is how dense the sums of the stretches that dates allow lie beside the target; and, where they must be exact, how
    many of these end as the target does, since of prices that end in .99 sums seldom end in .50.
    """
    line, key = search.line, search.line.key_of_place[begin]
    place = {pair: row for row, pair in enumerate(zip(search.wanted.target, search.wanted.key, strict=True))}
    sought = search.wanted.of(np.array([place[pair] for pair in zip(target, key, strict=True)], np.int64))
    steps, usual = _steps(search)
    step, size = steps[sought.key], usual[sought.key]
    middle = (sought.low + sought.high) // 2
    reach = np.maximum(np.minimum(_AROUND * size, np.abs(middle) // 2), sought.high - sought.low)
    reach = -(-np.maximum(reach, 1) // step) * step
    wide = replace(sought, low=sought.low - reach, high=sought.high + reach)
    inside = count(line, sought, limit)
    around = count(line, wide, limit) - inside
    of_steps = ((sought.high - sought.low) // step + 1) / (2 * reach // step)
    chance = around * of_steps
    unit = 10**search.allowed.pool.scale
    exact = (sought.low == sought.high) & (reach >= unit)
    if exact.any():
        whole = replace(sought, low=sought.low - reach // unit * unit, high=sought.high + reach // unit * unit).of(
            exact
        )
        alike = count(line, whole, limit, unit) - inside[exact]
        chance[exact] = np.maximum(chance[exact], alike / (2 * (reach[exact] // unit)))
    chance[around > limit - inside] = np.inf
    return chance.astype(float)


def _steps(search: Search) -> tuple[Ints, Ints]:
    """For each key what all its amounts are multiples of, and the usual size of one."""
    amounts = search.allowed.amounts(search.allowed.side, search.line.unit)
    steps, sizes = [], []
    for begin, end in zip(search.line.bounds[:-1].tolist(), search.line.bounds[1:].tolist(), strict=True):
        sizes_in_key = np.abs(amounts[begin:end])
        steps.append(max(gcd(*sizes_in_key.tolist()), 1))
        sizes.append(int(sizes_in_key.sum()) // len(sizes_in_key))
    return np.array(steps, amounts.dtype), np.array(sizes, amounts.dtype)


def _distinct(parts: Sequence[Stretches]) -> Stretches:
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("target", "begin", "end")]
    return Stretches(*np.unique(np.column_stack(columns), axis=0).reshape(-1, 3).T) if len(parts) > 1 else parts[0]


def _overlapping(every: Stretches, stretches: Stretches) -> Ints:
    """How many of all stretches have a record of each of these."""
    before = np.searchsorted(np.sort(every.end), stretches.begin, "right")
    behind = len(every) - np.searchsorted(np.sort(every.begin), stretches.end, "left")
    return len(every) - before - behind


def _overlapping_of_target(every: Stretches, stretches: Stretches) -> Ints:
    """How many of all stretches for the same target have a record of each of these; no target is there twice."""
    place = np.full(int(max(every.target.max(initial=0), stretches.target.max(initial=0))) + 1, -1)
    place[stretches.target] = np.arange(len(stretches))
    row = place[every.target]
    same = every.of(row >= 0)
    row = row[row >= 0]
    overlaps = (same.begin < stretches.end[row]) & (stretches.begin[row] < same.end)
    return np.bincount(row[overlaps], minlength=len(stretches))
