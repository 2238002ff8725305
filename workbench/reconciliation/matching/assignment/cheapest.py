"""The cheapest assignment among candidate pairs that are listed one by one."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.assignment import shortest_paths, ties
from workbench.reconciliation.matching.combined import combine


def cheapest(start: Ints, adjacent: Ints, apart: Ints, values: tuple[Ints, ...]) -> Ints:
    """The internal unit of each external one, or -1: the best assignment, and of the best that with the lowest ids."""
    # In the order of dates, free units lie near the units that come next, so that the paths to them are short.
    order = np.argsort(combine([values[1], values[0]])) if len(values[0]) else np.zeros(0, np.int64)
    mate, *potentials = assigned(start, adjacent, apart, order, values)
    tight, *may_open = kernels.run(
        shortest_paths.tight, len(adjacent), start, adjacent, apart, mate, *potentials, *values
    )
    if tight[0][-1] == (mate >= 0).sum():
        return mate
    reverse = kernels.run(turned, len(tight[1]), *tight, len(may_open[1]))
    steps = len(tight[1])
    settling = kernels.run(ties.nothing_settled, steps, *tight, *reverse, mate, len(may_open[1]))
    done = 0
    while done < len(mate):
        arguments = *tight, *reverse, settling, *may_open, done, kernels.SLICE
        done = kernels.run(ties.settle, steps, *arguments)
    return settling.mate


def assigned(start: Ints, adjacent: Ints, apart: Ints, order: Ints, values: tuple[Ints, ...]) -> tuple[Ints, ...]:
    """The internal unit of each external one, or -1, in some best assignment; and the potentials of the internal ones.

    ``order`` decides nothing but how long this takes, which is done in slices so that a run can be stopped.
    """

    def assign(values: tuple[Ints, ...], limit: int) -> tuple[bool, shortest_paths.Assigned]:
        state = shortest_paths.nothing_assigned(values[0], *values[2:])
        fits, done = True, 0
        while fits and done < len(order):
            arguments = start, adjacent, apart, order, state, done, kernels.SLICE, *values, limit
            fits, done = kernels.run(shortest_paths.assign, len(adjacent), *arguments)
        return fits, state

    state = kernels.without_overflow(assign, values)
    return state.e_mate, state.v0, state.v1, state.v2


def turned(start: Ints, adjacent: Ints, count: int) -> tuple[Ints, Ints]:
    """The same pairs, for each of ``count`` internal units its external ones."""
    starts = np.zeros(count + 1, np.int64)
    for k in adjacent:
        starts[k + 1] += 1
    for k in range(count):
        starts[k + 1] += starts[k]
    place = starts.copy()
    reverse = np.zeros(len(adjacent), np.int32)
    for e in range(len(start) - 1):
        for p in range(start[e], start[e + 1]):
            k = adjacent[p]
            reverse[place[k]] = e
            place[k] += 1
    return starts, reverse
