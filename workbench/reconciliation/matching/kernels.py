"""The inner loops of matching, over arrays of whole numbers.

Each is plain Python that Numba compiles where the work is large and 64 bits hold every sum; elsewhere the same
lines run as they stand, on Python's unbounded integers. There is no second version of any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from workbench.exact import Ints, safe_to_add
from workbench.progress import Threads, check_stop

# Below this many steps, loading compiled code takes longer than plain Python takes to finish.
COMPILE_FROM = 20_000

# A kernel that can go on where it stopped returns after about this many looks at pairs, so that a run can be stopped.
SLICE = 1_000_000

# A sum that passes this in 64 bits is done again in Python's integers; below it, three can be added safely.
LIMIT = 2**61
UNBOUNDED = 10**1000


def run(kernel: Callable[..., Any], steps: int, *arguments: Any) -> Any:
    """Call ``kernel``, compiled if that pays and every array is of machine integers."""
    check_stop()
    exact = any(isinstance(argument, np.ndarray) and argument.dtype == object for argument in arguments)
    return kernel(*arguments) if exact or steps < COMPILE_FROM else _compiled(kernel)(*arguments)


def run_halves(kernel: Callable[..., Any], count: int, steps: int, *arguments: Any) -> list[Any]:
    """Call a kernel that goes from one place to another on both halves of ``count`` places, one beside the other."""
    halves = (0, count // 2), (count // 2, count)
    return in_threads(steps, lambda half: run(kernel, steps, *arguments, *half), halves)


def in_threads(steps: int, act: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
    """What ``act`` makes of each of ``arguments``, in two threads if that pays: plain Python runs in one at a time."""
    if steps < COMPILE_FROM:
        return list(map(act, *arguments))
    with Threads(2) as threads:
        return list(threads.map(act, *arguments))


def run_sums(kernel: Callable[..., Any], steps: int, indices: tuple[Ints, ...], values: tuple[Ints, ...]) -> Ints:
    """Call a kernel that adds up ``values`` as ``without_overflow`` has it."""
    totals: Ints = without_overflow(lambda columns, limit: run(kernel, steps, *indices, *columns, limit), values)
    return totals


def without_overflow(add: Callable[[tuple[Ints, ...], int], tuple[bool, Any]], values: tuple[Ints, ...]) -> Any:
    """What ``add`` makes of ``values``: in 64 bits if it says that sums stayed below ``LIMIT``, else without bound."""
    if all(value.dtype != object for value in values):
        fits, totals = add(values, LIMIT)
        if fits:
            return totals
    return add(tuple(value.astype(object) for value in values), UNBOUNDED)[1]


@cache
def _compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    return njit(cache=True, nogil=True)(kernel)


def windows(e_block: Ints, e_value: Ints, i_block: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """For each internal unit, the range of external units it may pair with.

    Both sides are sorted by block and value; ``low`` and ``high`` bound the external value and never fall within a
    block. Returns the first position and the one past the last.
    """
    count = len(i_block)
    first = np.zeros(count, np.int32)
    last = np.zeros(count, np.int32)
    start = 0
    begin = 0
    end = 0
    for j in range(count):
        if j == 0 or i_block[j] != i_block[j - 1]:
            while start < len(e_block) and e_block[start] < i_block[j]:
                start += 1
            begin = start
            end = start
        while begin < len(e_block) and e_block[begin] == i_block[j] and e_value[begin] < low[j]:
            begin += 1
        end = max(begin, end)
        while end < len(e_block) and e_block[end] == i_block[j] and e_value[end] <= high[j]:
            end += 1
        first[j] = begin
        last[j] = end
    return first, last


def narrow(i_block: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Cut the windows of blocks in which every pair is allowed to the pairs that some best alignment needs.

    There the shorter side is used up, so that a partner lies no further along than the sides differ in length.
    """
    count = len(first)
    low = first.copy()
    high = last.copy()
    j = 0
    while j < count:
        stop = j
        while stop < count and i_block[stop] == i_block[j]:
            stop += 1
        if first[stop - 1] == first[j] and last[stop - 1] == last[j]:
            extra = (last[j] - first[j]) - (stop - j)  # external units that stay open
            for k in range(j, stop):
                low[k] = max(first[k], first[k] + k - j + min(extra, 0))
                high[k] = min(last[k], first[k] + k - j + max(extra, 0) + 1)
        j = stop
    return low, high


def pair_off(first: Ints, last: Ints) -> Ints:
    """As many pairs as there can be, whatever they cost: each internal unit takes the first external one that is free.

    Windows are those of ``align``, and so is what is returned.
    """
    partner = np.full(len(first), -1, np.int32)
    free = 0
    for j in range(len(first)):
        free = max(free, first[j])
        if free < last[j]:
            partner[j] = free
            free += 1
    return partner


def align(first: Ints, last: Ints, e_value: Ints, i_value: Ints, limit: int) -> tuple[bool, Ints]:
    """Pair two sorted sides: the most pairs, and among those the smallest sum of differences.

    ``first`` and ``last`` bound each internal unit's window of external units and never fall. Windows like that
    have a best assignment that never crosses, so the sides are aligned like two sequences. Returns whether all sums
    stay below ``limit``, and for each internal unit its external unit, or -1. Among equals the earliest are taken.
    """
    partner = np.full(len(i_value), -1, np.int32)
    begin = 0
    while begin < len(i_value):
        if first[begin] == last[begin]:
            begin += 1
            continue
        stop = begin + 1
        reach = last[begin]
        cells = reach - first[begin]
        while stop < len(i_value) and first[stop] < reach:
            reach = max(reach, last[stop])
            cells += last[stop] - first[stop]
            stop += 1
        if cells == 1:
            partner[begin] = first[begin]
            begin = stop
            continue
        widest = max(e_value[reach - 1], i_value[stop - 1]) - min(e_value[first[begin]], i_value[begin])
        if widest > limit // (stop - begin):
            return False, partner
        _align_run(e_value, i_value, first, last, begin, stop, cells, partner)
        begin = stop
    return True, partner


@register_jitable
def _align_run(
    e_value: Ints, i_value: Ints, first: Ints, last: Ints, begin: int, stop: int, cells: int, partner: Ints
) -> None:
    """Align internal units ``begin`` to ``stop``, whose windows overlap, writing ``partner``."""
    origin = first[begin]
    width = last[stop - 1] - origin
    pairs = np.zeros(width + 1, np.int64)  # most pairs with the first k external units
    cost = np.zeros(width + 1, e_value.dtype)  # and their smallest sum of differences
    step = np.zeros(cells, np.uint8)  # 0: leave the internal unit open, 1: the external, 2: pair them
    reached = 0
    cell = 0
    for j in range(begin, stop):
        low = first[j] - origin
        high = last[j] - origin
        for k in range(reached + 1, high + 1):
            pairs[k] = pairs[reached]
            cost[k] = cost[reached]
        reached = max(reached, high)
        before_pairs = pairs[low]
        before_cost = cost[low]
        for k in range(low + 1, high + 1):
            best_pairs = pairs[k]
            best_cost = cost[k]
            choice = 0
            if pairs[k - 1] > best_pairs or (pairs[k - 1] == best_pairs and cost[k - 1] < best_cost):
                best_pairs = pairs[k - 1]
                best_cost = cost[k - 1]
                choice = 1
            paired_cost = before_cost + abs(e_value[origin + k - 1] - i_value[j])
            if before_pairs + 1 > best_pairs or (before_pairs + 1 == best_pairs and paired_cost < best_cost):
                best_pairs = before_pairs + 1
                best_cost = paired_cost
                choice = 2
            before_pairs = pairs[k]
            before_cost = cost[k]
            pairs[k] = best_pairs
            cost[k] = best_cost
            step[cell] = choice
            cell += 1
    k = width
    for j in range(stop - 1, begin - 1, -1):
        low = first[j] - origin
        high = last[j] - origin
        cell -= high - low
        k = min(k, high)
        while k > low:
            choice = step[cell + k - low - 1]
            if choice == 0:
                break
            k -= 1
            if choice == 2:
                partner[j] = origin + k
                break


def sums_by(part: Ints, amount: Ints, parts: int) -> list[int]:
    """The sum of the whole numbers in each of so many parts."""
    return [int(total) for total in run(sums, len(part), part, safe_to_add(amount), parts)]


def sums(part: Ints, value: Ints, parts: int) -> Ints:
    """The sum of the values in each part."""
    totals = np.zeros(parts, value.dtype)
    for j in range(len(part)):
        totals[part[j]] += value[j]
    return totals


def reach(e_slot: Ints, e_amount: Ints, i_slot: Ints, low: Ints, high: Ints, span: int) -> tuple[Ints, Ints]:
    """For each external unit and neighbouring date slot, the range of internal units whose amount window holds it.

    A slot is a block and a stretch of dates as long as the drift, so a partner lies in the unit's own slot or within
    ``span`` of it. Internal units are sorted by slot and amount. Returns first and past-last, ``2 * span + 1`` columns.
    """
    width = 2 * span + 1
    first = np.zeros((len(e_slot), width), np.int64)
    last = np.zeros((len(e_slot), width), np.int64)
    for j in range(len(e_slot)):
        for s in range(width):
            slot = e_slot[j] + s - span
            left = np.searchsorted(i_slot, slot)
            right = np.searchsorted(i_slot, slot + 1)
            lower, upper = left, right
            while lower < upper:  # the first whose window is not wholly below the amount
                middle = (lower + upper) // 2
                if high[middle] < e_amount[j]:
                    lower = middle + 1
                else:
                    upper = middle
            first[j, s] = lower
            upper = right
            while lower < upper:  # the first whose window is wholly above it
                middle = (lower + upper) // 2
                if low[middle] <= e_amount[j]:
                    lower = middle + 1
                else:
                    upper = middle
            last[j, s] = lower
    return first, last


@register_jitable
def _few_bits(bits: int, most: int) -> bool:
    """Whether no more than ``most`` bits are set."""
    while bits and most:
        bits &= bits - 1
        most -= 1
    return bits == 0


def collect(
    e_date: Ints,
    i_date: Ints,
    e_every: Ints,
    e_some: Ints,
    e_off: Ints,
    i_every: Ints,
    i_some: Ints,
    i_off: Ints,
    first: Ints,
    last: Ints,
    after: int,
    before: int,
    e_position: Ints,
    i_position: Ints,
) -> int:
    """Write the pairs within the given ranges whose date difference lies between ``after`` and ``before``, both in.

    Pairs whose outlines show that neither's texts hold the other's, nor come near them, are left out. Returns how many
    there are; what does not fit ``e_position`` and ``i_position`` is counted alone.
    """
    size = 0
    for j in range(first.shape[0]):
        for s in range(first.shape[1]):
            for k in range(first[j, s], last[j, s]):
                difference = e_date[j] - i_date[k]
                if not after <= difference <= before:
                    continue
                if (
                    e_every[j] & ~i_some[k] == 0
                    or i_every[k] & ~e_some[j] == 0
                    or _few_bits(e_some[j] ^ i_some[k], max(e_off[j], i_off[k]))
                ):
                    if size < len(e_position):
                        e_position[size] = j
                        i_position[size] = k
                    size += 1
    return size
