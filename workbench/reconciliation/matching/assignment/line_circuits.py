"""The circuits of an alignment: ties lie within the strongly connected parts of the graph of tight pairs."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.matching.assignment.line_graph import Line, is_tight

NONE, END = -1, -2  # in place of a node: no arc here, and no more arcs


@register_jitable
def find_circuits(line: Line, partner: Ints, e_type: Ints) -> Ints:
    """Number the strongly connected parts of the graph of tight pairs (Tarjan 1972), since ties lie within these.

    Returns of each part whether it is plain: all its pairs lie the same way, none of its units may stay open, and few
    of them are of one type.
    """
    e_types = len(line.e_left)
    opening = e_types + len(line.low)  # the node of what stays open, anew for each run
    number = np.zeros(opening + 1, np.int64)
    least = np.zeros(opening + 1, np.int64)
    stacked = np.zeros(opening + 1, np.bool_)
    place = np.zeros(opening + 1, np.int64)
    stack = np.zeros(opening + 1, np.int64)
    path = np.zeros(opening + 1, np.int64)
    plain = np.ones(opening + 1, np.bool_)
    parts = 0
    count = 0
    for root in range(e_types):
        begin = line.run[root]
        if begin < 0:
            continue
        if root == 0 or line.run[root - 1] != begin:
            number[opening] = 0
        if number[root]:
            continue
        size = 0
        depth = 1
        path[0] = root
        while depth:
            node = path[depth - 1]
            if number[node] == 0:
                count += 1
                number[node] = count
                least[node] = count
                stacked[node] = True
                stack[size] = node
                size += 1
                place[node] = _first_place(line, node, begin)
            if node < e_types:  # most arcs start here, and most of these lead nowhere new
                place[node] = _pass_over(line, node, place[node], number, stacked, least)
            following = NONE
            while following == NONE:
                following = _leads_to(line, node, place[node], begin, partner, e_type)
                place[node] += 1
                if following >= 0:
                    if number[following] == 0:
                        path[depth] = following
                        depth += 1
                    else:
                        if stacked[following]:
                            least[node] = min(least[node], number[following])
                        following = NONE
            if following != END:
                continue
            depth -= 1
            if depth:
                least[path[depth - 1]] = min(least[path[depth - 1]], least[node])
            if least[node] < number[node]:
                continue
            units = 0
            types = 0
            while True:
                size -= 1
                member = stack[size]
                stacked[member] = False
                if member < e_types:
                    line.e_part[member] = parts
                    units += line.e_left[member]
                    types += 1
                elif member < opening:
                    line.i_part[member - e_types] = parts
                else:
                    plain[parts] = False
                if member == node:
                    break
            if units > 4 * types:
                plain[parts] = False
            parts += 1
    return plain[: max(parts, 1)]


@register_jitable
def _pass_over(line: Line, a: int, place: int, number: Ints, stacked: Ints, least: Ints) -> int:
    """The first place from ``place`` on at which an external type leads to a node without a number."""
    e_types = len(line.e_left)
    i_more = line.i_more
    i_cost = line.i_cost
    i_value = line.i_value
    more = line.e_more[a]
    cost = line.e_cost[a]
    value = line.e_value[a]
    lowest = least[a]
    for b in range(place, line.far[a]):
        if i_more[b] == more and cost + abs(value - i_value[b]) == i_cost[b]:
            node = e_types + b
            if number[node] == 0:
                least[a] = lowest
                return b
            if stacked[node]:
                lowest = min(lowest, number[node])
    least[a] = lowest
    return line.far[a]


@register_jitable
def _first_place(line: Line, node: int, begin: int) -> int:
    e_types = len(line.e_left)
    if node < e_types:
        return line.near[node]
    return line.i_start[node - e_types] if node < e_types + len(line.low) else begin


@register_jitable
def _leads_to(line: Line, node: int, place: int, begin: int, partner: Ints, e_type: Ints) -> int:
    """The node that an arc leads to which stands at a ``place`` of ``node``, ``NONE`` or ``END``."""
    e_types = len(line.e_left)
    opening = e_types + len(line.low)
    if node < e_types:
        if place < line.far[node]:
            return e_types + place if is_tight(line, node, place) else NONE
        if place > line.far[node]:
            return END
        frees = line.e_left[node] > line.e_open[node] and line.e_more[node] == -1 and line.e_cost[node] == 0
        return opening if frees else NONE
    if node < opening:
        b = node - e_types
        if place < line.i_start[b + 1]:
            return e_type[partner[place]] if partner[place] >= 0 else NONE
        if place > line.i_start[b + 1]:
            return END
        return opening if line.i_open[b] and line.i_more[b] == 0 and line.i_cost[b] == 0 else NONE
    if place < line.run_end[begin]:
        matched = line.i_start[place + 1] - line.i_start[place] - line.i_open[place]
        return e_types + place if matched and line.i_more[place] == 0 and line.i_cost[place] == 0 else NONE
    a = line.low[begin] + place - line.run_end[begin]
    if a == e_types or line.run[a] != begin:
        return END
    return a if line.e_open[a] else NONE


@register_jitable
def find_stretches(line: Line, plain: Ints) -> tuple[Ints, Ints, Ints]:
    """Where tight pairs lie: outside of these stretches none does.

    Returns for each internal type two stretches of external types, below and above it, as four columns; and for each
    external type the first and the last internal one. A part whose pairs lie either way is no longer ``plain``.
    """
    stretches = np.zeros((len(line.low), 4), np.int64)
    least = np.full(len(line.e_left), len(line.low), np.int64)
    most = np.full(len(line.e_left), -1, np.int64)
    ways = np.zeros(len(plain), np.int64)
    for b in range(len(line.low)):
        part = line.i_part[b]
        if part < 0:
            continue
        for a in range(line.low[b], line.high[b]):
            if line.e_part[a] != part or not is_tight(line, a, b):
                continue
            least[a] = min(least[a], b)
            most[a] = b
            side = 0 if line.e_value[a] < line.i_value[b] else 2
            if stretches[b, side] == stretches[b, side + 1]:
                stretches[b, side] = a
            stretches[b, side + 1] = a + 1
            if line.e_value[a] != line.i_value[b]:
                ways[part] |= 1 if side == 0 else 2
    plain[ways == 3] = False
    return stretches, least, most
