"""Assignment where more than one number is free: shortest augmenting paths, as a kernel (see ``kernels``)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints

LEFT_OPEN = 2**50  # what leaving a unit open costs: more letters than all texts have


class Assigned(NamedTuple):
    """The assignment of the external units that have had their turn, and what the search for the next path needs.

    For each external unit its mate, or -1, and how many letters their texts are apart; for each internal one its mate,
    its potential and the distance to it, each of these a triple, and how the search under way came to it.
    """

    e_mate: Ints
    e_apart: Ints
    i_mate: Ints
    v0: Ints
    v1: Ints
    v2: Ints
    d0: Ints
    d1: Ints
    d2: Ints
    came_from: Ints
    came_apart: Ints
    seen: Ints
    place: Ints  # in the heap; -1 once settled
    heap: Ints
    settled: Ints


def nothing_assigned(e_amount: Ints, i_amount: Ints, i_date: Ints) -> Assigned:
    """The assignment before any unit has had its turn."""
    e, i = len(e_amount), len(i_amount)
    amount, date = i_amount.dtype, i_date.dtype
    return Assigned(
        np.full(e, -1, np.int64),
        np.zeros(e, np.int64),
        np.full(i, -1, np.int64),
        *(np.zeros(i, kind) for kind in (np.int64, amount, date, np.int64, amount, date)),
        *(np.zeros(i, np.int64) for _ in range(6)),
    )


def assign(
    start: Ints,
    adjacent: Ints,
    apart: Ints,
    order: Ints,
    assigned: Assigned,
    begin: int,
    enough: int,
    e_amount: Ints,
    e_date: Ints,
    i_amount: Ints,
    i_date: Ints,
    limit: int,
) -> tuple[bool, int]:
    """Assign external to internal units: the most pairs, then the least text, amount and date differences.

    External unit ``j`` may pair with ``adjacent[start[j]:start[j + 1]]``, whose texts are ``apart`` so many letters.
    Shortest augmenting paths (Jonker and Volgenant 1987), one external unit after the other in ``order``, which decides
    nothing but how long the paths are. Costs are compared field by field: leaving a unit open and letters, amount,
    date; so the objectives never have to be folded into one number that could overflow. Goes on in ``order`` from the
    place ``begin`` on, until it has looked at ``enough`` pairs. Returns whether all sums stayed below ``limit``, and
    the place to go on from.
    """
    e_mate, e_apart, i_mate = assigned.e_mate, assigned.e_apart, assigned.i_mate
    v0, v1, v2 = assigned.v0, assigned.v1, assigned.v2
    d0, d1, d2 = assigned.d0, assigned.d1, assigned.d2
    came_from, came_apart, seen = assigned.came_from, assigned.came_apart, assigned.seen
    place, heap, settled = assigned.place, assigned.heap, assigned.settled
    looks = 0
    while begin < len(order) and looks < enough:
        e0 = order[begin]
        begin += 1
        search = e0 + 1
        size = 0
        done = 0
        free = -1
        # The best end so far: a unit that is free, or is left open; cheapest is at first to leave this one.
        s0 = LEFT_OPEN
        s1 = e_amount[e0] - e_amount[e0]
        s2 = e_date[e0] - e_date[e0]
        left = e0
        row = e0
        b0 = 0
        b1 = s1
        b2 = s2
        while True:
            looks += start[row + 1] - start[row]
            for p in range(start[row], start[row + 1]):
                k = adjacent[p]
                if seen[k] == search and place[k] < 0:
                    continue
                n0 = b0 + apart[p] - v0[k]
                n1 = b1 + abs(e_amount[row] - i_amount[k]) - v1[k]
                n2 = b2 + abs(e_date[row] - i_date[k]) - v2[k]
                if abs(n1) > limit or abs(n2) > limit:
                    return False, begin
                # What lies no nearer than the best end so far leads to none that is better.
                if not _less(n0, n1, n2, s0, s1, s2):
                    continue
                if i_mate[k] < 0:
                    s0, s1, s2 = n0, n1, n2
                    free = k
                    came_from[k] = row
                    came_apart[k] = apart[p]
                    continue
                if seen[k] == search:
                    if not _less(n0, n1, n2, d0[k], d1[k], d2[k]):
                        continue
                else:
                    seen[k] = search
                    place[k] = size
                    heap[size] = k
                    size += 1
                d0[k], d1[k], d2[k] = n0, n1, n2
                came_from[k] = row
                came_apart[k] = apart[p]
                _rise(heap, place, place[k], d0, d1, d2)
            if size == 0:
                break
            k = heap[0]
            if not _less(d0[k], d1[k], d2[k], s0, s1, s2):
                break
            size -= 1
            _settle_top(heap, place, size, d0, d1, d2)
            settled[done] = k
            done += 1
            row = i_mate[k]
            b0 = d0[k] - (e_apart[row] - v0[k])
            b1 = d1[k] - (abs(e_amount[row] - i_amount[k]) - v1[k])
            b2 = d2[k] - (abs(e_date[row] - i_date[k]) - v2[k])
            if _less(b0 + LEFT_OPEN, b1, b2, s0, s1, s2):
                s0, s1, s2 = b0 + LEFT_OPEN, b1, b2
                left, free = row, -1
        if free >= 0:
            k = free
        else:
            k = e_mate[left]
            e_mate[left] = -1
        for p in range(done):
            c = settled[p]
            v0[c] += d0[c] - s0
            v1[c] += d1[c] - s1
            v2[c] += d2[c] - s2
            if abs(v1[c]) > limit or abs(v2[c]) > limit:
                return False, begin
        while k >= 0:
            row = came_from[k]
            following = e_mate[row]
            e_mate[row] = k
            e_apart[row] = came_apart[k]
            i_mate[k] = row
            k = -1 if row == e0 else following
    return True, begin


def tight(
    start: Ints,
    adjacent: Ints,
    apart: Ints,
    e_mate: Ints,
    v0: Ints,
    v1: Ints,
    v2: Ints,
    e_amount: Ints,
    e_date: Ints,
    i_amount: Ints,
    i_date: Ints,
) -> tuple[tuple[Ints, Ints], Ints, Ints]:
    """What all best assignments have in common, by what ``assign`` returned.

    Returns which pairs stand in any of them (see ``ties``), laid out like all pairs, and which external and internal
    units may stay open in one.
    """
    starts = np.zeros(len(start), np.int64)
    chosen = np.zeros(0, np.int32)
    e_may_open = np.zeros(len(e_amount), np.bool_)
    i_may_open = np.zeros(len(i_amount), np.bool_)
    for k in range(len(i_amount)):
        i_may_open[k] = v0[k] == 0 and v1[k] == 0 and v2[k] == 0
    for writes in (False, True):  # first they are counted
        count = 0
        for e in range(len(e_amount)):
            u0, u1, u2 = LEFT_OPEN, e_amount[e] - e_amount[e], e_date[e] - e_date[e]
            for p in range(start[e], start[e + 1]):
                k = adjacent[p]
                if k == e_mate[e]:
                    u0 = apart[p] - v0[k]
                    u1 = abs(e_amount[e] - i_amount[k]) - v1[k]
                    u2 = abs(e_date[e] - i_date[k]) - v2[k]
            e_may_open[e] = u0 == LEFT_OPEN and u1 == 0 and u2 == 0
            for p in range(start[e], start[e + 1]):
                k = adjacent[p]
                if (
                    apart[p] - v0[k] == u0
                    and abs(e_amount[e] - i_amount[k]) - v1[k] == u1
                    and abs(e_date[e] - i_date[k]) - v2[k] == u2
                ):
                    if writes:
                        chosen[count] = k
                    count += 1
            starts[e + 1] = count
        if not writes:
            chosen = np.zeros(count, np.int32)
    return (starts, chosen), e_may_open, i_may_open


@register_jitable
def _less(a0: int, a1: int, a2: int, b0: int, b1: int, b2: int) -> bool:
    if a0 != b0:
        return a0 < b0
    if a1 != b1:
        return a1 < b1
    return a2 < b2


@register_jitable
def _nearer(a: int, b: int, d0: Ints, d1: Ints, d2: Ints) -> bool:
    """Whether node ``a`` comes before ``b``: by distance, then by number."""
    if d0[a] != d0[b] or d1[a] != d1[b] or d2[a] != d2[b]:
        return _less(d0[a], d1[a], d2[a], d0[b], d1[b], d2[b])
    return a < b


@register_jitable
def _rise(heap: Ints, place: Ints, slot: int, d0: Ints, d1: Ints, d2: Ints) -> None:
    node = heap[slot]
    while slot > 0:
        parent = (slot - 1) // 2
        if not _nearer(node, heap[parent], d0, d1, d2):
            break
        heap[slot] = heap[parent]
        place[heap[slot]] = slot
        slot = parent
    heap[slot] = node
    place[node] = slot


@register_jitable
def _settle_top(heap: Ints, place: Ints, size: int, d0: Ints, d1: Ints, d2: Ints) -> None:
    """Take the nearest node off a heap of ``size + 1`` nodes and mark it settled."""
    place[heap[0]] = -1
    if size == 0:
        return
    node = heap[size]
    slot = 0
    while True:
        child = 2 * slot + 1
        if child >= size:
            break
        if child + 1 < size and _nearer(heap[child + 1], heap[child], d0, d1, d2):
            child += 1
        if not _nearer(heap[child], node, d0, d1, d2):
            break
        heap[slot] = heap[child]
        place[heap[slot]] = slot
        slot = child
    heap[slot] = node
    place[node] = slot
