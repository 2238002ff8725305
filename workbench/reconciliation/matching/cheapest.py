"""The cheapest assignment among candidate pairs that are listed one by one."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels, shortest_paths, ties


def cheapest(start: Ints, adjacent: Ints, apart: Ints, values: tuple[Ints, ...]) -> Ints:
    """The internal unit of each external one, or -1: the best assignment, and of the best that with the lowest ids."""
    mate, *potentials = kernels.run_sums(shortest_paths.assign, len(adjacent), (start, adjacent, apart), values)
    tight, *may_open = kernels.run(
        shortest_paths.tight, len(adjacent), start, adjacent, apart, mate, *potentials, *values
    )
    if tight.sum() == (mate >= 0).sum():
        return mate
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start))[tight]
    adjacent = adjacent[tight]
    back = np.argsort(adjacent, kind="stable")
    starts = (
        np.r_[0, np.cumsum(np.bincount(side, minlength=count))]
        for side, count in ((owner, len(mate)), (adjacent, len(may_open[1])))
    )
    forward, backward = starts
    return kernels.run(ties.settle, len(adjacent), forward, adjacent, backward, owner[back], mate, *may_open)
