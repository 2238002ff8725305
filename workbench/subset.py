"""Subset: the smallest sets of amounts that sum to a target exactly, and how many there are, or would be by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, product
from math import comb, gcd, prod

import numpy as np
import numpy.typing as npt

MOST_AMOUNTS = 4
BUDGET = 4_000_000  # sums formed and sets met: about a second, and under 200 MB
KEPT = 10
SURE = 0.01  # sets that chance may give, for one set to be told as the only one
MOST_SEARCHED = 26  # amounts of which sets of any size are looked for
_MANY = 100_000  # sets that are met there
_BINS = 2048  # that sums are counted in, to either side of 0
_AROUND = 16  # bins to either side of a target, whose sums say how dense they lie there

_Words = npt.NDArray[np.uint64]
_Rows = npt.NDArray[np.intp]  # a row of value indices, ascending, for each sum
_Multiset = tuple[int, ...]


@dataclass(frozen=True)
class Subsets:
    """The smallest sets that sum to the target.

    ``sets`` holds the first ``KEPT`` of them as positions in the amounts, ``count`` says how many were met.
    ``searched`` is the largest size that was searched through: what is larger, the budget did not allow.
    """

    sets: tuple[tuple[int, ...], ...]
    count: int
    searched: int

    @property
    def complete(self) -> bool:
        """Whether ``count`` is all there are of this size, or of any size where none was met."""
        return self.searched >= (len(self.sets[0]) if self.sets else MOST_AMOUNTS)


def smallest_subsets(amounts: Sequence[int], target: int, *, most: int = MOST_AMOUNTS, budget: int = BUDGET) -> Subsets:
    """Find the smallest sets of ``amounts``, of up to ``most`` (at the utmost 4), that sum to ``target`` exactly.

    Meets in the middle over the distinct amounts: the sums of one half of a set are sorted, those of the other half
    looked up among them. Amounts may have any number of digits and either sign. Sets are counted by position, so equal
    amounts make many; those of early positions come first.

    >>> smallest_subsets([5, 7, 11, 7], 18)
    Subsets(sets=((1, 2), (2, 3)), count=2, searched=2)
    """
    places = _places(amounts, target)
    values = list(places)
    words = np.array([value % 2**64 for value in values], np.uint64)
    for size in range(1, most + 1 if values else 1):
        met, budget = _of_size(words, target, size, budget)
        sets = [multiset for multiset in met if _is_set(multiset, values, places, target)]
        searched = size if budget >= 0 else size - 1
        if sets:
            count = sum(_ways(multiset, values, places) for multiset in sets)
            positions = chain.from_iterable(_positions(multiset, values, places) for multiset in sets)
            return Subsets(tuple(islice(positions, KEPT)), count, searched)
        if budget < 0:
            return Subsets((), 0, searched)
    return Subsets((), 0, most)


def larger_subsets(amounts: Sequence[int], target: int) -> Subsets:
    """Find the smallest sets of more than 4 of up to ``MOST_SEARCHED`` amounts that sum to ``target`` exactly.

    The sums of all sets of one half of the amounts are sorted, those of the other half looked up among them. Raises
    ``ValueError`` for more amounts. What meets too many sets says so by ``searched``.

    >>> larger_subsets([1, 20, 300, 4000, 50000, 6], 54321).sets
    ((0, 1, 2, 3, 4),)
    """
    if len(amounts) > MOST_SEARCHED:
        raise ValueError(f"takes up to {MOST_SEARCHED} amounts, not {len(amounts)}")
    middle = len(amounts) // 2
    left, right = (_all_sums(half) for half in (amounts[:middle], amounts[middle:]))
    order = np.argsort(right, kind="stable")
    missing = np.uint64(target % 2**64) - left
    first, last = (np.searchsorted(right[order], missing, side) for side in ("left", "right"))
    counts = last - first
    if counts.sum() > _MANY:
        return Subsets((), 0, MOST_AMOUNTS)
    of_left = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(of_left)) - np.repeat(np.cumsum(counts) - counts, counts)
    of_right = order[np.repeat(first, counts) + within]
    met = [
        tuple(place for place in range(len(amounts)) if bits >> place & 1 and amounts[place])
        for bits in (of_left | of_right << middle).tolist()
    ]
    sets = sorted(
        {subset for subset in met if len(subset) > MOST_AMOUNTS and sum(amounts[place] for place in subset) == target}
    )
    least = min(map(len, sets), default=0)
    smallest = [subset for subset in sets if len(subset) == least]
    return Subsets(tuple(smallest[:KEPT]), len(smallest), len(amounts))


def _all_sums(amounts: Sequence[int]) -> _Words:
    """The sum of every set of amounts, the bits of whose place say which are in it."""
    sums = np.zeros(1, np.uint64)
    for amount in amounts:
        sums = np.concatenate([sums, sums + np.uint64(amount % 2**64)])
    return sums


def any_subsets(amounts: Sequence[int], target: int, *, budget: int = BUDGET) -> Subsets:
    """Find the smallest sets of up to 4 of ``amounts``, or of more of the first ``MOST_SEARCHED``, that sum to it.

    >>> any_subsets([1, 20, 300, 4000, 50000, 6], 54321).sets
    ((0, 1, 2, 3, 4),)
    """
    small = smallest_subsets(amounts, target, budget=budget)
    if small.complete and not small.count and len(amounts) > MOST_AMOUNTS:
        larger = larger_subsets(amounts[:MOST_SEARCHED], target)
        return larger if larger.count else small
    return small


def expected_subsets(amounts: Sequence[int], target: int, most: int, unit: int = 1) -> float:
    """How many sets of up to ``most`` amounts would sum to ``target`` by chance: an estimate.

    It is how dense the sums of such sets lie beside the target, and how many of them end as it does where amounts are
    written in ``unit`` of the smallest ones: of prices that end in .99 two more often sum to .98 than to .50.

    >>> expected_subsets(range(100, 900, 7), 2_000, 3) > 1
    True
    >>> expected_subsets([40_070, 30_018, 7_777], 70_088, 2) < 0.01
    True
    """
    return float(expected_by_size(amounts, target, most, unit).sum())


def expected_by_size(amounts: Sequence[int], target: int, most: int, unit: int = 1) -> npt.NDArray[np.float64]:
    """The same for sets of one amount, of two, and so on to ``most``."""
    values = [
        amount for position in _places(amounts, target).values() for amount in [amounts[position[0]]] * len(position)
    ]
    if not values:
        return np.zeros(most)
    step, reach = gcd(*values), most * max(map(abs, values))
    width = max(step, reach / _BINS)
    counts = np.zeros((most + 1, 2 * _BINS + 1))
    counts[0, _BINS] = 1
    for value in values:
        moved = round(value / width)
        low, high = max(moved, 0), min(moved, 0)
        size = counts.shape[1] - abs(moved)
        counts[1:, low : low + size] += counts[:-1, -high : -high + size]
    centre = _BINS + round(target / width)
    beside = [centre + side * (most + k) for side in (-1, 1) for k in range(1, _AROUND + 1)]
    inside = [place for place in beside if 0 <= place < counts.shape[1]]
    of_sizes = counts[1:, inside].sum(axis=1) / len(beside) * step / width
    by_size: npt.NDArray[np.float64] = of_sizes * _endings(values, target, most, step, unit)
    return by_size


def _endings(values: Sequence[int], target: int, most: int, step: int, unit: int) -> npt.NDArray[np.float64]:
    """For sets of each size how many times as many end as the target does as would if all endings were as likely."""
    if unit <= step or unit % step or unit // step > _BINS:
        return np.ones(most)
    of_one = np.bincount([value % unit // step for value in values], minlength=unit // step) / len(values)
    shares, sums = [], of_one
    for _ in range(most):
        shares.append(sums[target % unit // step] * (unit // step))
        whole = np.convolve(of_one, sums)
        sums = whole[: len(of_one)] + np.append(whole[len(of_one) :], 0)  # what passes the unit begins anew
    return np.array(shares)


def _places(amounts: Sequence[int], target: int) -> dict[int, list[int]]:
    """Each distinct amount that can be part of a sum, and its positions."""
    all_positive = min(amounts, default=0) >= 0
    places: dict[int, list[int]] = {}
    for position, amount in enumerate(amounts):
        if amount and not (all_positive and amount > target):
            places.setdefault(amount, []).append(position)
    return places


def _of_size(words: _Words, target: int, size: int, budget: int) -> tuple[list[_Multiset], int]:
    """The multisets of ``size`` values that sum to the target modulo 2^64, and the budget left; below 0 it stopped.

    Words wrap around as sums of any length do modulo 2^64, so nothing is missed; who calls checks the exact sum.
    """
    short = size // 2
    budget -= comb(len(words) + short - 1, short) if short else 0
    if budget < 0:
        return [], budget
    rows, sums = _joined(_blocks(words, short))
    order = np.argsort(sums, kind="stable")
    rows, sums = rows[order], sums[order]
    met: list[_Multiset] = []
    for left, left_sums in _blocks(words, size - short):
        missing = np.uint64(target % 2**64) - left_sums
        first = np.searchsorted(sums, missing, "left")
        counts = np.searchsorted(sums, missing, "right") - first
        budget -= len(left) + int(counts.sum())
        if budget < 0:
            break
        of_left = np.repeat(np.arange(len(left)), counts)
        right = rows[np.arange(len(of_left)) - np.repeat(np.cumsum(counts) - counts - first, counts)]
        # A multiset's values ascend from the left half to the right one: so each is met once.
        ascends = left[of_left, -1] <= right[:, 0] if short else np.ones(len(of_left), bool)
        met += [(*map(int, a), *map(int, b)) for a, b in zip(left[of_left][ascends], right[ascends], strict=True)]
    return met, budget


def _blocks(words: _Words, size: int) -> Iterator[tuple[_Rows, _Words]]:
    """The sums of all multisets of ``size`` values, 0 to 2, with the indices of their values."""
    every = np.arange(len(words))
    if size == 0:
        yield np.empty((1, 0), np.intp), np.zeros(1, np.uint64)
    elif size == 1:
        yield every[:, None], words
    else:
        for first in every:
            yield np.column_stack([np.full(len(words) - first, first), every[first:]]), words[first] + words[first:]


def _joined(blocks: Iterator[tuple[_Rows, _Words]]) -> tuple[_Rows, _Words]:
    rows, sums = zip(*blocks, strict=True)
    return np.concatenate(rows), np.concatenate(sums)


def _is_set(multiset: _Multiset, values: list[int], places: dict[int, list[int]], target: int) -> bool:
    """Whether it sums to the target exactly and takes no amount more often than there is one."""
    enough = all(times <= len(places[values[index]]) for index, times in Counter(multiset).items())
    return enough and sum(values[index] for index in multiset) == target


def _ways(multiset: _Multiset, values: list[int], places: dict[int, list[int]]) -> int:
    return prod(comb(len(places[values[index]]), times) for index, times in Counter(multiset).items())


def _positions(multiset: _Multiset, values: list[int], places: dict[int, list[int]]) -> Iterator[tuple[int, ...]]:
    """Every set of positions that has these values."""
    choices = [combinations(places[values[index]], times) for index, times in Counter(multiset).items()]
    return (tuple(sorted(chain.from_iterable(choice))) for choice in product(*choices))
