"""As many pairs as there can be, whatever they cost."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels


def most_pairs(start: Ints, adjacent: Ints, internal_units: int) -> Ints:
    """The internal unit of each external one, or -1, in an assignment of the most pairs.

    External unit ``j`` may pair with ``adjacent[start[j]:start[j + 1]]``. Shortest augmenting paths, many at a time
    (Hopcroft and Karp 1973).
    """
    e_mate = np.full(len(start) - 1, -1, np.int64)
    i_mate = np.full(internal_units, -1, np.int64)
    while kernels.run(_augment_all, len(adjacent), start, adjacent, e_mate, i_mate):
        pass
    return e_mate


def _augment_all(start: Ints, adjacent: Ints, e_mate: Ints, i_mate: Ints) -> bool:
    """Pair open units by as many of the shortest paths as there are beside each other; whether there was any."""
    layer = np.zeros(len(e_mate), np.int64)
    queue = np.zeros(len(e_mate), np.int64)
    path = np.zeros(len(e_mate), np.int64)
    following = start[:-1].copy()  # the next of its pairs that a unit looks at
    _lay(start, adjacent, e_mate, i_mate, layer, queue)
    augmented = False
    for e in range(len(e_mate)):
        if e_mate[e] < 0 and _augment(e, start, adjacent, e_mate, i_mate, layer, following, path):
            augmented = True
    return augmented


@register_jitable
def _lay(start: Ints, adjacent: Ints, e_mate: Ints, i_mate: Ints, layer: Ints, queue: Ints) -> None:
    """Write in ``layer`` how many pairs each external unit is away from one that is open, or -1."""
    size = 0
    for e in range(len(layer)):
        layer[e] = -1
        if e_mate[e] < 0:
            layer[e] = 0
            queue[size] = e
            size += 1
    k = 0
    while k < size:
        e = queue[k]
        k += 1
        for p in range(start[e], start[e + 1]):
            owner = i_mate[adjacent[p]]
            if owner >= 0 and layer[owner] < 0:
                layer[owner] = layer[e] + 1
                queue[size] = owner
                size += 1


@register_jitable
def _augment(
    first: int, start: Ints, adjacent: Ints, e_mate: Ints, i_mate: Ints, layer: Ints, following: Ints, path: Ints
) -> bool:
    """Pair an open unit by a path from layer to layer, on which each unit gives up its mate; whether there is one."""
    path[0] = first
    depth = 0
    while depth >= 0:
        e = path[depth]
        if following[e] == start[e + 1]:
            depth -= 1
            continue
        owner = i_mate[adjacent[following[e]]]
        following[e] += 1
        if owner < 0:
            for step in range(depth + 1):
                e = path[step]
                e_mate[e] = adjacent[following[e] - 1]
                i_mate[e_mate[e]] = e
            return True
        if layer[owner] == layer[e] + 1:
            depth += 1
            path[depth] = owner
    return False
