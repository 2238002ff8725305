"""The cheapest assignment among candidate pairs that are listed one by one."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels, shortest_paths, ties
from workbench.reconciliation.matching.candidates import combine


def cheapest(start: Ints, adjacent: Ints, apart: Ints, values: tuple[Ints, ...]) -> Ints:
    """The internal unit of each external one, or -1: the best assignment, and of the best that with the lowest ids."""
    # In the order of dates, free units lie near the units that come next, so that the paths to them are short.
    order = np.argsort(combine([values[1], values[0]])) if len(values[0]) else np.zeros(0, np.int64)
    mate, *potentials = kernels.run_sums(shortest_paths.assign, len(adjacent), (start, adjacent, apart, order), values)
    tight, *may_open = kernels.run(
        shortest_paths.tight, len(adjacent), start, adjacent, apart, mate, *potentials, *values
    )
    if tight[0][-1] == (mate >= 0).sum():
        return mate
    reverse = kernels.run(turned, len(tight[1]), *tight, len(may_open[1]))
    return kernels.run(ties.settle, len(tight[1]), *tight, *reverse, mate, *may_open)


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
