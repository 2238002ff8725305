"""The graph of an alignment: what may pair, what is paired, and how far all of it is from what is open.

Units of one block and value are interchangeable: they are one *type* with a count, and what is paired is a flow from
external to internal types. Distances in the residual graph of a best alignment tell which pairs are *tight*, and every
best assignment has tight pairs only (complementary slackness).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints

# A run in which a type may on average pair with more types than this keeps the ties of its alignment: the pairs to look
# at would grow with the square of its units, where the alignment does without most of them (see ``kernels.narrow``).
WIDEST = 1_000


class Line(NamedTuple):
    """The types of both sides, what is paired, and how far each is from what is open.

    External types that internal type ``b`` may pair with are ``low[b]`` to ``high[b]``, the other way round ``near[a]``
    to ``far[a]``. A flow of ``flow[s]`` goes from ``a`` to ``into[s]``, for the ``flows[a]`` places ``s`` from
    ``e_start[a]`` on. ``run`` is the first internal type of a run in which there is a choice, ``run_end`` its end.
    Distances are a number of open units and a sum of differences.
    """

    e_start: Ints
    i_start: Ints
    e_value: Ints
    i_value: Ints
    low: Ints
    high: Ints
    near: Ints
    far: Ints
    flows: Ints
    into: Ints
    flow: Ints
    e_open: Ints
    i_open: Ints
    e_left: Ints  # units that are not settled
    lowest: Ints  # the unit of the lowest id that is not settled
    run: Ints
    run_end: Ints
    e_more: Ints
    e_cost: Ints
    i_more: Ints
    i_cost: Ints
    e_part: Ints  # the circuits that a type is in
    i_part: Ints
    e_next: Ints  # the way from a type that the search has reached back to where it began
    i_next: Ints


@register_jitable
def types_of(begin: Ints, end: Ints, value: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Where the units of each type begin, with the end of the last, and the type of each unit.

    Neighbours with the same window from ``begin`` to ``end`` and the same value are of one, as long as ranks rise.
    """
    start = np.zeros(len(value) + 1, np.int64)
    kind = np.zeros(len(value), np.int64)
    count = 0
    for j in range(1, len(value)):
        alike = begin[j] == begin[j - 1] and end[j] == end[j - 1] and value[j] == value[j - 1]
        if not alike or rank[j] < rank[j - 1]:
            count += 1
            start[count] = j
        kind[j] = count
    start[count + 1] = len(value)
    return start[: count + 2].copy(), kind


@register_jitable
def make_line(
    e_start: Ints,
    e_type: Ints,
    i_start: Ints,
    i_type: Ints,
    first: Ints,
    last: Ints,
    partner: Ints,
    e_value: Ints,
    i_value: Ints,
) -> Line:
    """The graph before distances and circuits are known."""
    e_types, i_types = len(e_start) - 1, len(i_start) - 1
    low = np.zeros(i_types, np.int64)
    high = np.zeros(i_types, np.int64)
    for b in range(i_types):
        j = i_start[b]
        if first[j] < last[j]:
            low[b] = e_type[first[j]]
            high[b] = e_type[last[j] - 1] + 1
        elif b:
            low[b] = high[b - 1]
            high[b] = high[b - 1]
    near = np.zeros(e_types, np.int64)
    far = np.zeros(e_types, np.int64)
    begin = 0
    end = 0
    for a in range(e_types):
        while begin < i_types and high[begin] <= a:
            begin += 1
        end = max(begin, end)
        while end < i_types and low[end] <= a:
            end += 1
        near[a] = begin
        far[a] = end
    flows = np.zeros(e_types, np.int64)
    into = np.zeros(len(e_value), np.int64)
    flow = np.zeros(len(e_value), np.int64)
    e_open = e_start[1:] - e_start[:-1]
    i_open = i_start[1:] - i_start[:-1]
    for j in range(len(partner)):
        if partner[j] < 0:
            continue
        a = e_type[partner[j]]
        b = i_type[j]
        e_open[a] -= 1
        i_open[b] -= 1
        slot = e_start[a] + flows[a]
        if flows[a] and into[slot - 1] == b:
            flow[slot - 1] += 1
        else:
            into[slot] = b
            flow[slot] = 1
            flows[a] += 1
    return Line(
        e_start,
        i_start,
        e_value[e_start[:-1]],
        i_value[i_start[:-1]],
        low,
        high,
        near,
        far,
        flows,
        into,
        flow,
        e_open,
        i_open,
        e_start[1:] - e_start[:-1],
        i_start[:-1].copy(),
        np.full(e_types, -1, np.int64),
        np.zeros(i_types, np.int64),
        np.zeros(e_types, np.int64),
        np.zeros(e_types, e_value.dtype),
        np.zeros(i_types, np.int64),
        np.zeros(i_types, e_value.dtype),
        np.full(e_types, -1, np.int64),
        np.full(i_types, -1, np.int64),
        np.zeros(e_types, np.int64),
        np.zeros(i_types, np.int64),
    )


@register_jitable
def find_distances(line: Line, partner: Ints, e_type: Ints, limit: int) -> bool:
    """Find the runs in which there is a choice, and their distances; whether all of these stay below ``limit``.

    Runs that are too wide are left as they are aligned.
    """
    low = line.low
    high = line.high
    begin = 0
    while begin < len(low):
        if low[begin] == high[begin]:
            begin += 1
            continue
        stop = begin + 1
        reach = high[begin]
        while stop < len(low) and low[stop] < reach:
            reach = max(reach, high[stop])
            stop += 1
        if stop - begin > 1 or reach - low[begin] > 1:
            widest = max(line.e_value[reach - 1], line.i_value[stop - 1])
            widest -= min(line.e_value[low[begin]], line.i_value[begin])
            if widest > limit // int(line.i_start[stop] - line.i_start[begin]):  # the limit may pass 64 bits
                return False
            cells = 0
            for b in range(begin, stop):
                cells += high[b] - low[b]
            if cells <= WIDEST * (stop - begin + reach - low[begin]):
                line.run[low[begin] : reach] = begin
                line.run_end[begin] = stop
                _relax(line, begin, stop, reach, partner, e_type)
        begin = stop
    return True


@register_jitable
def _relax(line: Line, begin: int, stop: int, reach: int, partner: Ints, e_type: Ints) -> None:
    """Distances from what is open within a run, sweeping to and fro along the pairs until they hold."""
    far_off = stop - begin + reach + 2  # more than can be open
    for a in range(line.low[begin], reach):
        line.e_more[a] = -1 if line.e_open[a] else far_off
    for b in range(begin, stop):
        matched = line.i_start[b + 1] - line.i_start[b] - line.i_open[b]
        line.i_more[b] = 0 if matched else far_off
    forward = True
    changed = True
    while changed:
        changed = False
        for step in range(stop - begin):
            b = begin + step if forward else stop - 1 - step
            more = line.i_more[b]
            cost = line.i_cost[b]
            for a in range(line.low[b], line.high[b]):
                if line.e_more[a] <= more:
                    sum_ = line.e_cost[a] + abs(line.e_value[a] - line.i_value[b])
                    if line.e_more[a] < more or sum_ < cost:
                        more = line.e_more[a]
                        cost = sum_
            line.i_more[b] = more
            line.i_cost[b] = cost
            for j in range(line.i_start[b], line.i_start[b + 1]):
                if partner[j] < 0:
                    continue
                a = e_type[partner[j]]
                sum_ = cost - abs(line.e_value[a] - line.i_value[b])
                if more < line.e_more[a] or (more == line.e_more[a] and sum_ < line.e_cost[a]):
                    line.e_more[a] = more
                    line.e_cost[a] = sum_
                    changed = True
        forward = not forward


@register_jitable
def is_tight(line: Line, a: int, b: int) -> bool:
    """Whether some best assignment has a pair of these types, as far as distances can tell."""
    if line.e_more[a] != line.i_more[b]:
        return False
    return line.e_cost[a] + abs(line.e_value[a] - line.i_value[b]) == line.i_cost[b]
