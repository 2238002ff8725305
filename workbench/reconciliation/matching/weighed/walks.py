"""Walks from unit to unit: how probable pairs are where units go round in circles, as a kernel (see ``kernels``).

Units of both sides are numbered in one row, first those that walks begin at; the ways from unit ``u`` to those it may
pair with are ``start[u]`` and the following ones, up to ``start[u + 1]``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.exact import Ints

Floats = NDArray[np.float64]


def send(unit: Ints, odds: Floats, received: Floats, sent: Floats, total: Floats, spare: Floats) -> float:
    """Write for each pair the probability that its ``unit`` is left open by all others that it is part of.

    ``received`` is what the other side's units told each pair, ``total`` has room for a number for each unit, and
    ``spare`` are the odds that a unit stays open, 1 where nothing else is counted as that. Returns by how much what is
    ``sent`` changes at most. Sums are in the order of pairs, so that every machine rounds alike.
    """
    total[:] = 0
    for p in range(len(unit)):
        total[unit[p]] += odds[p] * received[p]
    most = 0.0
    for p in range(len(unit)):
        message = 1 / (spare[unit[p]] + max(total[unit[p]] - odds[p] * received[p], 0.0))
        most = max(most, abs(message - sent[p]))
        sent[p] = message
    return most


def stay_open(unit: Ints, other: Ints, odds: Floats, others_open: Floats, own_open: Floats) -> None:
    """Write for each unit the probability that it stays open, by those of the units that it may pair with."""
    own_open[:] = 0
    for p in range(len(unit)):
        own_open[unit[p]] += odds[p] * others_open[other[p]]
    for u in range(len(own_open)):
        own_open[u] = 1 / (1 + own_open[u])


def follow(
    start: Ints,
    to: Ints,
    odds: Floats,
    message: Floats,
    share: Floats,
    spare: Floats,
    worth: Floats,
    been: Ints,
    probability: Floats,
    root: int,
    least: float,
    deepest: int,
    most: int,
    enough: int,
) -> int:
    """Write for each way from ``root`` and the units after it the probability that its two units are matched.

    How likely a unit is left open by its other pairs depends on how likely theirs are, and so on, always without the
    units that a walk has come through: that is exact. A walk goes on as long as what is at its end matters by
    ``least``, by the ``share`` that each way has of all of its unit, at most ``deepest`` units far, and while fewer
    than ``most`` ways were looked at for its root; else the ``message`` of the unit that a way leads to stands in: how
    likely that unit is left open but for that way. ``spare`` are as in ``send``.

    ``worth`` has room for the odds of each way, if the unit it leads to is left open; no unit has ``been`` on a walk.
    Returns the unit to go on from, after ``enough`` ways were looked at.
    """
    done = 0
    unit = np.zeros(deepest + 1, np.int64)
    way = np.zeros(deepest + 1, np.int64)  # the next one, for each unit of a walk
    matters = np.ones(deepest + 1)
    others = np.ones(deepest + 1)  # the share of all ways but the one that the walk came by
    total = np.ones(deepest + 1)  # the odds of staying open, and of the ways so far
    while start[root] < len(probability) and done < enough:
        depth = 0
        looked = 0
        unit[0], way[0], total[0] = root, start[root], spare[root]
        been[root] = True
        while depth >= 0:
            k = way[depth]
            if k == start[unit[depth] + 1]:
                been[unit[depth]] = False
                depth -= 1
                if depth >= 0:
                    worth[way[depth] - 1] = odds[way[depth] - 1] / total[depth + 1]
                    total[depth] += worth[way[depth] - 1]
                continue
            way[depth] += 1
            if been[to[k]]:
                continue
            reach = matters[depth] * share[k] / max(others[depth], share[k])
            if reach < least or depth == deepest or looked >= most:
                worth[k] = odds[k] * message[k]
                total[depth] += worth[k]
                continue
            depth += 1
            unit[depth], way[depth], total[depth] = to[k], start[to[k]], spare[to[k]]
            matters[depth], others[depth] = reach, 1 - share[k]
            been[to[k]] = True
            looked += start[to[k] + 1] - start[to[k]]
        for k in range(start[root], start[root + 1]):
            probability[k] = worth[k] / total[0]
        done += looked + start[root + 1] - start[root]
        root += 1
    return root
