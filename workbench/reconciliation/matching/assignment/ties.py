"""Ties of a sparse assignment: of all best ones that whose pairs have the lowest ids, as kernels (see ``kernels``).

Every best assignment has *tight* pairs only, whose cost is what the potentials of both units say (complementary
slackness). One external unit after the other takes the lowest internal one that some circuit of tight pairs gives free
for it; then both are out of the graph.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints

_OPEN = -1


class Settling(NamedTuple):
    """The assignment as far as it is settled, the connected parts of the graph, and what a search needs."""

    mate: Ints
    i_mate: Ints
    e_left: Ints  # units that are not settled
    i_left: Ints
    component: Ints
    members: Ints
    member_start: Ints
    e_seen: Ints  # the last search that reached a unit
    i_seen: Ints
    e_next: Ints  # the way back from a unit that a search has reached
    i_next: Ints
    queue: Ints


def nothing_settled(
    start: Ints, adjacent: Ints, reverse_start: Ints, reverse: Ints, e_mate: Ints, internal_units: int
) -> Settling:
    """What ``settle`` begins with: an assignment, ``e_mate``, of which no unit is settled."""
    mate = e_mate.copy()
    i_mate = np.full(internal_units, _OPEN, np.int64)
    for e in range(len(mate)):
        if mate[e] >= 0:
            i_mate[mate[e]] = e
    component, members, member_start = _components(start, adjacent, reverse_start, reverse)
    return Settling(
        mate,
        i_mate,
        np.ones(len(mate), np.bool_),
        np.ones(len(i_mate), np.bool_),
        component,
        members,
        member_start,
        np.zeros(len(mate), np.int64),
        np.zeros(len(i_mate), np.int64),
        np.zeros(len(mate), np.int64),
        np.zeros(len(i_mate), np.int64),
        np.zeros(len(mate) + len(i_mate), np.int64),
    )


def settle(
    start: Ints,
    adjacent: Ints,
    reverse_start: Ints,
    reverse: Ints,
    settling: Settling,
    e_may_open: Ints,
    i_may_open: Ints,
    begin: int,
    enough: int,
) -> int:
    """Turn an assignment into the best one in which external units, in their order, have the lowest internal units.

    ``adjacent[start[j]:start[j + 1]]`` are the internal units that are tight with external unit ``j``, ascending;
    ``reverse`` says the same the other way round. ``e_may_open`` and ``i_may_open`` say which units may stay open in
    some best assignment. Goes on from unit ``begin`` on, until it has looked at ``enough`` pairs, and returns the unit
    to go on from.
    """
    mate, i_mate, e_left, i_left = settling.mate, settling.i_mate, settling.e_left, settling.i_left
    component, members, member_start = settling.component, settling.members, settling.member_start
    e_seen, i_seen, e_next, i_next = settling.e_seen, settling.i_seen, settling.e_next, settling.i_next
    queue = settling.queue
    looks = 0
    while begin < len(mate) and looks < enough:
        e = begin
        begin += 1
        looks += start[e + 1] - start[e]
        wanted = _lowest(start, adjacent, e, mate[e], i_left, i_seen, 0)
        if wanted != mate[e]:
            search = e + 1
            # Backwards from this unit to all that can be given free for it.
            end = _OPEN
            e_seen[e] = search
            queue[0] = e
            done = 0
            size = 1
            while done < size and i_seen[wanted] != search:
                node = queue[done]
                done += 1
                if node < len(mate):
                    b = mate[node]
                    opens = b == _OPEN
                    if not opens and i_seen[b] != search:
                        i_seen[b] = search
                        i_next[b] = node
                        queue[size] = len(mate) + b
                        size += 1
                else:
                    b = node - len(mate)
                    opens = i_mate[b] != _OPEN and i_may_open[b]
                    looks += reverse_start[b + 1] - reverse_start[b]
                    for p in range(reverse_start[b], reverse_start[b + 1]):
                        k = reverse[p]
                        if e_left[k] and e_seen[k] != search:
                            e_seen[k] = search
                            e_next[k] = b
                            queue[size] = k
                            size += 1
                if opens and end == _OPEN:
                    end = node
                    place = component[e]
                    for p in range(member_start[place], member_start[place + 1]):
                        k = members[p]
                        if k >= len(mate):
                            b = k - len(mate)
                            if i_left[b] and i_mate[b] == _OPEN and i_seen[b] != search:
                                i_seen[b] = search
                                i_next[b] = _OPEN
                                queue[size] = k
                                size += 1
                        elif e_left[k] and mate[k] != _OPEN and e_may_open[k] and e_seen[k] != search:
                            e_seen[k] = search
                            e_next[k] = _OPEN
                            queue[size] = k
                            size += 1
            chosen = _lowest(start, adjacent, e, mate[e], i_left, i_seen, search)
            if chosen != mate[e]:
                _turn(e, chosen, end, mate, i_mate, e_next, i_next)
        e_left[e] = False
        if mate[e] != _OPEN:
            i_left[mate[e]] = False
    return begin


@register_jitable
def _lowest(start: Ints, adjacent: Ints, e: int, mate: int, i_left: Ints, i_seen: Ints, search: int) -> int:
    """The first internal unit that ``e`` would rather have than its mate; with ``search``, of those that it reached."""
    for p in range(start[e], start[e + 1]):
        k = adjacent[p]
        if k == mate:
            break
        if i_left[k] and (search == 0 or i_seen[k] == search):
            return k
    return mate


@register_jitable
def _components(start: Ints, adjacent: Ints, reverse_start: Ints, reverse: Ints) -> tuple[Ints, Ints, Ints]:
    """The connected part of each external unit, and the units of each part, the internal behind all external ones."""
    e_count = len(start) - 1
    component = np.full(e_count + len(reverse_start) - 1, -1, np.int64)
    members = np.zeros(len(component), np.int64)
    member_start = np.zeros(e_count + 1, np.int64)
    parts = 0
    size = 0
    for e in range(e_count):
        if component[e] >= 0:
            continue
        component[e] = parts
        members[size] = e
        done = size
        size += 1
        while done < size:
            node = members[done]
            done += 1
            if node < e_count:
                for p in range(start[node], start[node + 1]):
                    k = e_count + adjacent[p]
                    if component[k] < 0:
                        component[k] = parts
                        members[size] = k
                        size += 1
            else:
                for p in range(reverse_start[node - e_count], reverse_start[node - e_count + 1]):
                    k = reverse[p]
                    if component[k] < 0:
                        component[k] = parts
                        members[size] = k
                        size += 1
        parts += 1
        member_start[parts] = size
    return component, members, member_start


@register_jitable
def _turn(e: int, b: int, end: int, mate: Ints, i_mate: Ints, e_next: Ints, i_next: Ints) -> None:
    """Give ``b`` free for ``e`` along the way that the search has written."""
    taker = e
    while True:
        loser = i_next[b]
        mate[taker] = b
        i_mate[b] = taker
        if loser == e:
            return
        if loser != _OPEN:
            b = e_next[loser]
            if b != _OPEN:
                taker = loser
                continue
            mate[loser] = _OPEN
        # By way of what is open.
        if end < len(mate):
            if end == e:
                return
            taker = end
            b = e_next[end]
        else:
            released = end - len(mate)
            i_mate[released] = _OPEN
            loser = i_next[released]
            if loser == e:
                return
            b = e_next[loser]
            taker = loser
