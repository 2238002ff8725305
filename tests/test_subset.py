"""Subset: against trying every combination, and at its budget."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.subset import KEPT, Subsets, expected_subsets, larger_subsets, smallest_subsets

HUGE = 10**30


def by_trying(amounts: list[int], target: int) -> list[tuple[int, ...]]:
    """The smallest sets of one to four positions, none of an amount of nothing, that sum to the target."""
    places = [place for place, amount in enumerate(amounts) if amount]
    for size in range(1, 5):
        found = [each for each in combinations(places, size) if sum(amounts[place] for place in each) == target]
        if found:
            return found
    return []


@given(
    st.lists(st.integers(-4, 12), max_size=9),
    st.integers(-20, 40).filter(bool),
    st.sampled_from([1, 2**63, HUGE]),
)
@example([3, 3, 3, 3], 12, 1)
@example([2**64, 5], 5, 1)
@example([2**64 + 5, 7], 5, 1)
def test_the_smallest_sets_are_those_of_trying_every_combination(amounts: list[int], target: int, factor: int) -> None:
    found = smallest_subsets([amount * factor for amount in amounts], target * factor)
    expected = by_trying(amounts, target)
    assert found.count == len(expected)
    assert len(found.sets) == min(len(expected), KEPT)
    assert set(found.sets) <= set(expected)
    assert found.complete


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 120), st.integers(0, 400))
def test_whatever_the_budget_what_is_found_is_true_and_what_is_left_is_said(
    amounts: list[int], target: int, budget: int
) -> None:
    expected = by_trying(amounts, target)
    found = smallest_subsets(amounts, target, budget=budget)
    assert all(sum(amounts[place] for place in each) == target for each in found.sets)
    if found.complete:
        assert found.count == len(expected)
    elif found.sets:
        assert 0 < found.count <= len([each for each in expected if len(each) == len(found.sets[0])])
        assert found.searched == len(found.sets[0]) - 1


def test_a_search_stops_at_its_budget() -> None:
    amounts = list(range(1_000_000, 1_004_000))
    assert smallest_subsets(amounts, 1_003_999, budget=5_000) == Subsets(((3_999,),), 1, 1)
    stopped = smallest_subsets(amounts, 4 * 1_002_000, budget=5_000)
    assert (stopped.sets, stopped.complete) == ((), False)


def test_no_more_amounts_are_taken_than_asked_for() -> None:
    assert smallest_subsets([1, 2, 4, 8], 7, most=2).sets == ()
    assert smallest_subsets([1, 2, 4, 8], 7, most=3).sets == ((0, 1, 2),)
    assert smallest_subsets([], 7) == Subsets((), 0, 4)


@settings(max_examples=40)
@given(st.lists(st.integers(-9, 30), max_size=11), st.integers(1, 120), st.sampled_from([1, 2**62, HUGE]))
@example([1, 1, 1, 1, 1, 1], 5, 1)
def test_larger_sets_are_those_of_trying_every_combination(amounts: list[int], target: int, factor: int) -> None:
    places = [place for place, amount in enumerate(amounts) if amount]
    found = larger_subsets([amount * factor for amount in amounts], target * factor)
    for size in range(5, len(places) + 1):
        sets = [own for own in combinations(places, size) if sum(amounts[place] for place in own) == target]
        if sets:
            assert (found.count, set(found.sets) <= set(sets)) == (len(sets), True)
            return
    assert found.count == 0


@pytest.mark.parametrize(("count", "most", "target"), [(60, 2, 15_000), (60, 3, 30_000), (30, 4, 30_000)])
def test_as_many_sets_are_expected_as_sum_to_targets_nearby(count: int, most: int, target: int) -> None:
    random = Random(3)
    amounts = [random.randrange(500, 20_000) for _ in range(count)]
    sums = Counter(sum(own) for size in range(1, most + 1) for own in combinations(amounts, size))
    near = sum(sums[target + k] for k in range(-200, 201)) / 401
    assert expected_subsets(amounts, target, most) == pytest.approx(near, rel=0.5)


def test_prices_that_end_alike_make_sums_that_end_alike() -> None:
    amounts = [100 * n - 1 for n in range(5, 60)]
    assert expected_subsets(amounts, 5_998, 2, 100) > 20 * expected_subsets(amounts, 5_950, 2, 100)
