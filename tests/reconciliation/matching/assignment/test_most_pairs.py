"""As many pairs as there can be, against the simplest search there is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.reconciliation.matching.assignment.most_pairs import most_pairs

GRAPHS = st.lists(st.lists(st.integers(0, 5), unique=True, max_size=4), max_size=6)


def longest(graph: list[list[int]], used: frozenset[int] = frozenset()) -> int:
    """How many external units pair at most: by trying everything."""
    if not graph:
        return 0
    rest = graph[1:]
    return max([longest(rest, used), *(1 + longest(rest, used | {i}) for i in graph[0] if i not in used)])


@given(GRAPHS)
def test_the_most_pairs_are_found_and_each_unit_stands_once(graph: list[list[int]]) -> None:
    start = np.cumsum([0, *map(len, graph)])
    mates = most_pairs(start, np.array([i for units in graph for i in units], np.int64), 6)
    paired = [(e, int(i)) for e, i in enumerate(mates) if i >= 0]
    assert all(i in graph[e] for e, i in paired)
    assert len({i for _, i in paired}) == len(paired) == longest(graph)
