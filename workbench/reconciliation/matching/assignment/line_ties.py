"""Ties of an alignment: of all best ones that whose pairs have the lowest ids, as a kernel (see ``kernels``).

One external unit after the other, in the order of ids, takes the lowest internal one that some circuit of tight pairs
gives free for it; then both are out of the graph.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.matching.assignment.line_circuits import find_circuits, find_stretches
from workbench.reconciliation.matching.assignment.line_graph import Line, find_distances, is_tight, make_line, types_of

_OPEN = -1  # in place of a type: what stays open


def settle(
    e_block: Ints,
    first: Ints,
    last: Ints,
    partner: Ints,
    order: Ints,
    rank: Ints,
    e_value: Ints,
    i_value: Ints,
    limit: int,
) -> tuple[bool, Ints]:
    """The best alignment in which external units, in ``order``, have the internal units of the lowest ``rank``.

    Sides and windows are those of ``kernels.align``, ``partner`` what it returned. Returns the like.
    """
    settled = partner.copy()
    if len(e_value) == 0 or len(i_value) == 0:
        return True, settled
    e_start, e_type = types_of(e_block, e_block, e_value, e_block)
    i_start, i_type = types_of(first, last, i_value, rank)
    line = make_line(e_start, e_type, i_start, i_type, first, last, partner, e_value, i_value)
    if not find_distances(line, partner, e_type, limit):
        return False, settled
    plain = find_circuits(line, partner, e_type)
    stretches, least_type, most_type = find_stretches(line, plain)
    e_types, i_types = len(line.e_left), len(line.lowest)
    chains = _chains(line, partner, e_type, plain, least_type, most_type)
    mate = chains[0]
    e_seen = np.zeros(e_types, np.int64)
    i_seen = np.zeros(i_types, np.int64)
    jump = np.zeros(e_types, np.int64)
    queue = np.zeros(e_types + i_types, np.int64)
    for j in range(len(partner)):
        if partner[j] >= 0 and line.run[e_type[partner[j]]] >= 0:
            settled[j] = -1
    search = 0
    for position in order:
        a = e_type[position]
        if line.run[a] < 0:
            continue
        if plain[line.e_part[a]]:
            if mate[position] >= 0:
                j = _walk(position, rank, *chains)
                settled[j] = position
            continue
        best = _OPEN  # of those it is paired with already
        for slot in range(e_start[a], e_start[a] + line.flows[a]):
            if line.flow[slot] and (best == _OPEN or rank[line.lowest[line.into[slot]]] < rank[line.lowest[best]]):
                best = line.into[slot]
        wanted = _lowest(line, a, best, rank, i_seen, 0)
        freed, end = best, _OPEN
        if wanted != best:
            search += 1
            end = _search(line, a, wanted, stretches, search, e_seen, i_seen, jump, queue)
            freed = wanted if i_seen[wanted] == search else _lowest(line, a, best, rank, i_seen, search)
        if freed == _OPEN:
            line.e_open[a] -= 1
        elif freed == best:
            _pair(line, a, best, -1)
        else:
            _turn(line, a, freed, end)
        line.e_left[a] -= 1
        if freed != _OPEN:
            settled[line.lowest[freed]] = position
            line.lowest[freed] += 1
    return True, settled


@register_jitable
def _chains(
    line: Line, partner: Ints, e_type: Ints, plain: Ints, least_type: Ints, most_type: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]:
    """What ``_walk`` needs of plain parts.

    The mate of each external unit, the first and the last internal unit that are tight with it, and the paired units
    before and after each, on both sides.
    """
    mate = np.full(len(e_type), -1, np.int64)
    least = np.zeros(len(e_type), np.int64)
    most = np.zeros(len(e_type), np.int64)
    e_before = np.full(len(e_type), -1, np.int64)
    e_after = np.full(len(e_type), -1, np.int64)
    i_before = np.full(len(partner), -1, np.int64)
    i_after = np.full(len(partner), -1, np.int64)
    latest = np.full(len(plain), -1, np.int64)
    for j in range(len(partner)):
        e = partner[j]
        if e < 0:
            continue
        mate[e] = j
        part = line.e_part[e_type[e]]
        if part >= 0 and plain[part]:
            least[e] = line.i_start[least_type[e_type[e]]]
            most[e] = line.i_start[most_type[e_type[e]] + 1] - 1
            before = latest[part]
            if before >= 0:
                i_before[j] = before
                i_after[before] = j
                e_before[e] = partner[before]
                e_after[partner[before]] = e
            latest[part] = j
    return mate, least, most, e_before, e_after, i_before, i_after


@register_jitable
def _walk(
    e: int,
    rank: Ints,
    mate: Ints,
    least: Ints,
    most: Ints,
    e_before: Ints,
    e_after: Ints,
    i_before: Ints,
    i_after: Ints,
) -> int:
    """Settle a unit of a plain part with the lowest unit there is for it, and return that.

    Both sides are in order, pair off in order, and what is tight with a unit is a stretch of the other side. Another
    than the mate is free if all pairs up to there can move one place along.
    """
    best = mate[e]
    k = e_after[e]
    j = mate[e]
    while k >= 0 and least[k] <= j:
        j = i_after[j]
        if j > most[e]:
            break
        if rank[j] < rank[best]:
            best = j
        k = e_after[k]
    k = e_before[e]
    j = mate[e]
    while k >= 0 and most[k] >= j:
        j = i_before[j]
        if j < least[e]:
            break
        if rank[j] < rank[best]:
            best = j
        k = e_before[k]
    e_step = e_after if best > mate[e] else e_before
    i_step = i_after if best > mate[e] else i_before
    j = mate[e]
    k = e
    while j != best:
        k = e_step[k]
        mate[k] = j
        j = i_step[j]
    for before, after, unit in ((e_before, e_after, e), (i_before, i_after, best)):
        if before[unit] >= 0:
            after[before[unit]] = after[unit]
        if after[unit] >= 0:
            before[after[unit]] = before[unit]
    return best


@register_jitable
def _lowest(line: Line, a: int, best: int, rank: Ints, i_seen: Ints, search: int) -> int:
    """The internal type with the lowest unit that is tight with ``a``, if lower than ``best``.

    With ``search``, only of those that this search has reached.
    """
    for b in range(line.near[a], line.far[a]):
        if line.i_part[b] != line.e_part[a] or (search and i_seen[b] != search):
            continue
        if line.lowest[b] == line.i_start[b + 1] or not is_tight(line, a, b):
            continue
        if best == _OPEN or rank[line.lowest[b]] < rank[line.lowest[best]]:
            best = b
    return best


@register_jitable
def _search(
    line: Line,
    a: int,
    wanted: int,
    stretches: Ints,
    search: int,
    e_seen: Ints,
    i_seen: Ints,
    jump: Ints,
    queue: Ints,
) -> int:
    """Search backwards from ``a`` for internal types that can be given free for it, until ``wanted`` is one.

    Marks what it reaches with the number of the ``search`` and writes the way back; returns the node, an external type
    or an internal one behind all of these, by which what is open leads back.
    """
    e_types = len(e_seen)
    end = _OPEN
    e_seen[a] = search
    jump[a] = a + 1
    queue[0] = a
    done = 0
    size = 1
    while done < size and i_seen[wanted] != search:
        node = queue[done]
        done += 1
        if node < e_types:
            for slot in range(line.e_start[node], line.e_start[node] + line.flows[node]):
                b = line.into[slot]
                if line.flow[slot] and i_seen[b] != search:
                    i_seen[b] = search
                    line.i_next[b] = node
                    queue[size] = e_types + b
                    size += 1
            opens = line.e_open[node] > 0
        else:
            b = node - e_types
            for side in (0, 2):
                k = stretches[b, side]
                while k < stretches[b, side + 1]:
                    if e_seen[k] == search:
                        stretch = k
                        while k < stretches[b, side + 1] and e_seen[k] == search:
                            k = jump[k]
                        jump[stretch] = k
                        continue
                    if line.e_left[k] and line.e_part[k] == line.i_part[b] and is_tight(line, k, b):
                        e_seen[k] = search
                        jump[k] = k + 1
                        line.e_next[k] = b
                        queue[size] = k
                        size += 1
                    k += 1
            matched = line.i_start[b + 1] - line.lowest[b] - line.i_open[b]
            opens = matched > 0 and line.i_more[b] == 0 and line.i_cost[b] == 0
        if opens and end == _OPEN:
            end = node
            begin = line.run[a]
            for b in range(begin, line.run_end[begin]):
                frees = line.i_open[b] and line.i_more[b] == 0 and line.i_cost[b] == 0
                if frees and i_seen[b] != search and line.i_part[b] == line.e_part[a]:
                    i_seen[b] = search
                    line.i_next[b] = _OPEN
                    queue[size] = e_types + b
                    size += 1
            k = line.low[begin]
            while k < e_types and line.run[k] == begin:
                frees = line.e_left[k] > line.e_open[k] and line.e_more[k] == -1 and line.e_cost[k] == 0
                if frees and e_seen[k] != search and line.e_part[k] == line.e_part[a]:
                    e_seen[k] = search
                    jump[k] = k + 1
                    line.e_next[k] = _OPEN
                    queue[size] = k
                    size += 1
                k += 1
    return end


@register_jitable
def _pair(line: Line, a: int, b: int, count: int) -> None:
    """Let so many more units of ``a`` go to ``b``."""
    spare = line.e_start[a] + line.flows[a]
    for slot in range(line.e_start[a], line.e_start[a] + line.flows[a]):
        if line.into[slot] == b:
            line.flow[slot] += count
            return
        if line.flow[slot] == 0:
            spare = slot
    if spare == line.e_start[a] + line.flows[a]:
        line.flows[a] += 1
    line.into[spare] = b
    line.flow[spare] = count


@register_jitable
def _turn(line: Line, a: int, b: int, end: int) -> None:
    """Give a unit of ``b`` free for one of ``a`` along the way that the search has written."""
    e_types = len(line.e_left)
    while True:
        loser = line.i_next[b]
        if loser == _OPEN:
            line.i_open[b] -= 1
        else:
            _pair(line, loser, b, -1)
            if loser == a:
                return
            b = line.e_next[loser]
            if b != _OPEN:
                _pair(line, loser, b, 1)
                continue
            line.e_open[loser] += 1
        # By way of what is open.
        if end < e_types:
            line.e_open[end] -= 1
            if end == a:
                return
            b = line.e_next[end]
            _pair(line, end, b, 1)
        else:
            b = end - e_types
            line.i_open[b] += 1
