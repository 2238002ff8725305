"""The kernels as Numba compiles them and as plain Python runs them, against each other and where 64 bits end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.progress import Stopped, stoppable
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.assignment.cheapest import assigned, cheapest

small = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@settings(deadline=None)  # the first example compiles
@given(small, small, st.integers(0, 4))
def test_align_compiled_and_plain_agree(external: list[int], internal: list[int], drift: int) -> None:
    e, i = np.array(sorted(external)), np.array(sorted(internal))
    blocks = np.zeros(len(e), np.int64), np.zeros(len(i), np.int64)
    first, last = kernels.windows(blocks[0], e, blocks[1], i - drift, i + drift)
    plain = kernels.align(first, last, e, i, kernels.LIMIT)[1]
    compiled = kernels._compiled(kernels.align)(first, last, e, i, kernels.LIMIT)[1]
    assert compiled.tolist() == plain.tolist()


@given(small, small, st.integers(0, 4))
def test_as_many_units_are_paired_off_as_the_best_alignment_pairs(
    external: list[int], internal: list[int], drift: int
) -> None:
    e, i = np.array(sorted(external)), np.array(sorted(internal))
    blocks = np.zeros(len(e), np.int64), np.zeros(len(i), np.int64)
    first, last = kernels.windows(blocks[0], e, blocks[1], i - drift, i + drift)
    partner = kernels.pair_off(first, last)
    paired = np.flatnonzero(partner >= 0)
    assert len(set(partner[paired])) == len(paired)
    assert (abs(e[partner[paired]] - i[paired]) <= drift).all()
    best = kernels.align(first, last, e, i, kernels.LIMIT)[1]
    assert len(paired) == (best >= 0).sum()


@pytest.mark.parametrize("value", [2**60, -(2**60)])
def test_sums_past_64_bits_are_done_again_without_bound(value: int) -> None:
    e, i = np.array([value] * 8), np.array([-value + 1] * 8)
    first, last = np.zeros(8, np.int64), np.full(8, 8)
    assert not kernels.align(first, last, e, i, kernels.LIMIT)[0]
    partner = kernels.run_sums(kernels.align, 64, (first, last), (e, i))
    assert sorted(partner.tolist()) == list(range(8))

    start, adjacent = np.arange(0, 65, 8), np.tile(np.arange(8), 8)
    arrays = (e, np.zeros(8, np.int64), i, np.zeros(8, np.int64))
    partner, *_ = assigned(start, adjacent, np.zeros(64, np.int64), np.arange(8), arrays)
    assert partner.tolist() == list(range(8))


def test_an_assignment_can_be_stopped_all_along_and_comes_out_the_same_in_slices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(5)
    start, adjacent = np.arange(0, 30 * 20 + 1, 20), np.tile(np.arange(20), 30)
    values = tuple(chance.integers(0, 4, size) for size in (30, 30, 20, 20))
    asked = 0

    def stop_at(count: int) -> list[int]:
        nonlocal asked
        asked = 0

        def asks() -> bool:
            nonlocal asked
            asked += 1
            return asked == count

        with stoppable(asks):
            return cheapest(start, adjacent, np.zeros(600, np.int64), values).tolist()

    whole = stop_at(0)
    assert sum(mate >= 0 for mate in whole) == 20
    monkeypatch.setattr(kernels, "SLICE", 40)
    assert stop_at(0) == whole
    times = asked
    assert times >= 30  # each of 30 units looks at 20 pairs or more, twice
    for count in range(1, times + 1):
        with pytest.raises(Stopped):
            stop_at(count)
