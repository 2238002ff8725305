"""Subsets: records that sum exactly to a record of the other side, and are the only ones that do.

First, where the rule compares texts, those of the records that each meet what it says of texts: one set alone of them
sums to the target. A rule that compares texts and no dates looks no further. Then those within a word that they share
with it. Then, of what is left, those of all records that dates allow, where chance alone would give less than ``SURE``
sets of up to that size.
Sets of different targets that have a record in common are in doubt, all of them: none is taken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.progress import check_stop
from workbench.reconciliation.criteria.text_key import NAMED, SHARED_TEXTS
from workbench.reconciliation.matching.breadth import FOR_ONE
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.sums.allowed import Allowed
from workbench.reconciliation.matching.sums.lines import Asked, Line, asked_of_line, line_and_targets
from workbench.reconciliation.matching.sums.named import Named, named_by, telling_text
from workbench.reconciliation.matching.sums.texts_shared import meets_texts
from workbench.reconciliation.matching.sums.united import united
from workbench.reconciliation.matching.sums.words import rarest, words_of
from workbench.reconciliation.matching.texts.unit_texts import parts
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule
from workbench.sides import Side
from workbench.subset import (
    MOST_AMOUNTS,
    MOST_SEARCHED,
    SURE,
    Subsets,
    any_subsets,
    expected_by_size,
    larger_subsets,
    smallest_subsets,
)

FloatArray = npt.NDArray[np.float64]
_A_SEARCH = 20_000  # the rest of a search takes as long as this many sums of two amounts
_BUDGET = 400_000  # the most sums that are formed for one target


@dataclass(frozen=True)
class _Only:
    """The only set of records that sums to a target, by their places in line, and how many chance would give."""

    target: int
    places: tuple[int, ...]
    expected: float


@dataclass
class _Outcome:
    """The sets that were found for a target, whether that is all there are, and how many chance would give."""

    target: int
    sets: list[tuple[int, ...]] = field(default_factory=list)
    certain: bool = True
    expected: float = 0.0

    def add(self, places: Sequence[int], subsets: Subsets, whole: bool, expected: float) -> None:
        """What was found among the records in these ``places``, and whether it was looked through as a ``whole``."""
        self.sets += [tuple(places[position] for position in subset) for subset in subsets.sets]
        self.certain &= whole and subsets.count <= 1
        self.expected += expected

    @property
    def only(self) -> _Only | None:
        """The only set there is."""
        return _Only(self.target, self.sets[0], self.expected) if self.certain and len(self.sets) == 1 else None


@dataclass(frozen=True)
class _Search:
    allowed: Allowed
    line: Line
    targets: Ints  # units of the other side, in the order of date and id
    wanted: Asked
    by_text: Named | None = None  # of a rule that looks no further

    @cached_property
    def amounts(self) -> list[int]:
        """What each record in line counts as."""
        return [int(amount) for amount in self.allowed.amounts(self.allowed.side, self.line.unit)]

    @cached_property
    def named(self) -> Ints:
        """Which records in line name a reference that both sides know."""
        if not self.allowed.rule.heeds_references:
            return np.zeros(len(self.line.unit), bool)
        return self.allowed.pool.side(self.allowed.side).texts[NAMED].filled[self.line.unit]

    @cached_property
    def targets_named(self) -> Ints:
        """Which targets do."""
        if not self.allowed.rule.heeds_references:
            return np.ones(len(self.targets), bool)
        return self.allowed.pool.side(self.allowed.target_side).texts[NAMED].filled[self.targets]

    def sum_of(self, row: int) -> int:
        """What is to be summed up to for what is wanted in a row."""
        return int(self.wanted.low[row])

    def by_chance(self, amounts: Sequence[int], row: int, most: int) -> FloatArray:
        """How many sets of each size up to ``most`` would sum to it by chance."""
        return expected_by_size(amounts, self.sum_of(row), most, 10**self.allowed.pool.scale)

    def near(self, row: int, used: Ints) -> list[int]:
        """The places of the records that may be in the set for what is wanted in a row."""
        key, target = int(self.wanted.key[row]), int(self.wanted.target[row])
        places = np.arange(int(self.wanted.first[row]) - key, int(self.wanted.last[row]) - key)
        fits = ~used[places] & (self.targets_named[target] | ~self.named[places])
        return [int(place) for place in places[fits]]

    def meeting(self, row: int, used: Ints) -> list[int]:
        """The places of the records that each meet what the rule says of texts, for what is wanted in a row."""
        if self.by_text:
            return self.by_text.of(row)
        near = np.array(self.near(row, used), np.int64)
        places, target = np.arange(len(near)), np.full(len(near), self.wanted.target[row])
        met = meets_texts(self.allowed, self.line.unit[near], self.targets, target, places, places + 1)
        return [int(place) for place in near[met]]

    def words(self, side: Side, units: Ints) -> list[set[str]]:
        """The words of each of some units."""
        words: list[set[str]] = [set() for _ in units]
        for key in SHARED_TEXTS:
            texts = self.allowed.pool.side(side).texts[key]
            position, code = parts(texts, units)
            codes, back = np.unique(code, return_inverse=True)
            words_of_code = [words_of(text) for text in texts.values.take(codes)]
            for row, number in zip(position.tolist(), back.reshape(-1).tolist(), strict=True):
                words[row] |= words_of_code[number]
        return words


def run_subsets(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, side: Side, keys: Iterable[Ints]
) -> Pass:
    """Apply a rule to the sets of ``side``; ``pool`` has single records, ``keys`` a code for each of that side.

    ``expected_by_chance`` is the sum of what each search would find by chance. Raises ``RuleTooBroad`` if sets were to
    be looked for among so many records that more than ``limit`` sums of two of them would be formed.
    """
    key = telling_text(rule)
    if key:
        allowed, line, targets = line_and_targets(rule, pool, open_external, open_internal, side, keys)
        named = named_by(key, allowed, line, targets, limit // FOR_ONE)
        search = _Search(allowed, line, targets, named.wanted, named)
    else:
        search = _Search(*asked_of_line(rule, pool, open_external, open_internal, limit, side, keys))
        _check_breadth(search.allowed, search.wanted, limit)
    used = np.zeros(len(search.line.unit), bool)
    chosen: list[_Only] = []
    candidates, chance = 0, 0.0
    for stage in (_meeting_the_rule,) if key else (_meeting_the_rule, _within_words, _among_all):
        outcomes = list(stage(search, used, {only.target for only in chosen}))
        disjoint = _apart(only for outcome in outcomes if (only := outcome.only) and _goes(search, only))
        used[[place for only in disjoint for place in only.places]] = True
        chosen += disjoint
        candidates += sum(len(outcome.sets) for outcome in outcomes)
        chance += sum(min(outcome.expected, 1.0) for outcome in outcomes)
    chosen.sort(key=lambda only: only.target)
    return replace(_as_pass(search, chosen, candidates), expected_by_chance=round(chance))


def _check_breadth(allowed: Allowed, wanted: Asked, limit: int) -> None:
    sizes = (wanted.last - wanted.first).astype(object)
    formed = int((sizes * (sizes - 1) // 2 + _A_SEARCH).sum())
    if formed > limit:
        raise RuleTooBroad(
            f"rule {allowed.rule.name!r} would look for sets among so many {allowed.side} records that it forms "
            f"{formed:,} sums of two, and max_candidates allows {limit:,}: add a narrower date, a column beside "
            "subset, or raise max_candidates"
        )


def _rows_by_target(search: _Search, done: set[int]) -> Iterator[tuple[int, list[int]]]:
    """The targets that have no set yet, and the rows of what is wanted for them, one for each key."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, target in enumerate(search.wanted.target.tolist()):
        if target not in done:
            rows[target].append(row)
    for target, rows_of_target in sorted(rows.items()):
        check_stop()
        yield target, rows_of_target


def _meeting_the_rule(search: _Search, used: Ints, done: set[int]) -> Iterator[_Outcome]:
    """For each target the sets of records that each meet what the rule says of texts, where it says anything."""
    if not any(criterion.text_key for criterion in search.allowed.rule.criteria):
        return
    for target, rows in _rows_by_target(search, done):
        outcome = _Outcome(target)
        for row in rows:
            _look_through(search, outcome, row, search.meeting(row, used))
        yield outcome


def _within_words(search: _Search, used: Ints, done: set[int]) -> Iterator[_Outcome]:
    """For each target the sets of records that share a word with it: the rarest of which any sum."""
    of_targets = search.words(search.allowed.target_side, search.targets)
    target_words = set().union(*of_targets) if of_targets else set()
    having: dict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(search.words(search.allowed.side, search.line.unit)):
        for word in words & target_words:
            having[word].append(place)
    for target, rows in _rows_by_target(search, done):
        near = {row: search.near(row, used) for row in rows}
        inside = {row: set(places) for row, places in near.items()}
        every = set().union(*inside.values())
        counts = {word: sum(place in every for place in having[word]) for word in of_targets[target] if word in having}
        for word in rarest(counts, len(every)):
            outcome = _Outcome(target)
            for row in rows:
                _look_through(search, outcome, row, [place for place in having[word] if place in inside[row]])
            yield outcome
            if outcome.sets or not outcome.certain:
                break


def _look_through(search: _Search, outcome: _Outcome, row: int, places: Sequence[int]) -> None:
    """Add the sets of the records in some ``places``, which have a text in common, to what was found for a target."""
    amounts = [search.amounts[place] for place in places]
    sets = any_subsets(amounts, search.sum_of(row), budget=_BUDGET)
    size = len(sets.sets[0]) if sets.count else MOST_AMOUNTS
    whole = sets.complete and (size <= MOST_AMOUNTS or len(places) <= MOST_SEARCHED)
    outcome.add(places, sets, whole, float(search.by_chance(amounts, row, size).sum()))


def _among_all(search: _Search, used: Ints, done: set[int]) -> Iterator[_Outcome]:
    """For each target the sets of all records that dates allow, up to a size of which chance would hardly give any."""
    for target, rows in _rows_by_target(search, done):
        outcome = _Outcome(target)
        for row in rows:
            places = search.near(row, used)
            amounts = [search.amounts[place] for place in places]
            expected = np.cumsum(search.by_chance(amounts, row, MOST_AMOUNTS))
            most = int((expected < SURE).sum())
            sets = smallest_subsets(amounts, search.sum_of(row), most=most, budget=_BUDGET)
            size = len(sets.sets[0]) if sets.count else most
            chance = float(expected[size - 1]) if size else 0.0
            if not sets.count and sets.searched == MOST_AMOUNTS < len(amounts) <= MOST_SEARCHED:
                sets = larger_subsets(amounts, search.sum_of(row))
                size = len(sets.sets[0]) if sets.count else MOST_AMOUNTS
                chance = float(search.by_chance(amounts, row, size).sum())
            outcome.add(places, sets, sets.searched >= size, chance)
        if outcome.expected < SURE:
            yield outcome


def _apart(sets: Iterable[_Only]) -> list[_Only]:
    """Those that have no record in common with one of another target."""
    every = list(sets)
    times = Counter(place for only in every for place in only.places)
    return [only for only in every if all(times[place] == 1 for place in only.places)]


def _goes(search: _Search, only: _Only) -> bool:
    """Whether the set meets what the rule says of texts."""
    members, size = search.line.unit[list(only.places)], np.array([len(only.places)])
    met = meets_texts(search.allowed, members, search.targets, np.array([only.target]), size - size, size)
    return bool(met[0])


def _as_pass(search: _Search, chosen: Sequence[_Only], candidates: int) -> Pass:
    """What the rule did, with the chosen sets as units; one that chance explains as well has an alternative."""
    targets = search.targets[[only.target for only in chosen]] if chosen else search.targets[:0]
    places = np.array([place for only in chosen for place in only.places], np.int64)
    number = np.repeat(np.arange(len(chosen)), [len(only.places) for only in chosen])
    members = search.line.unit[places]
    rule_pass = united(search.allowed, targets, number, members, reached_targets=targets, reached_members=members)
    doubtful = np.array([only.expected >= SURE for only in chosen], np.int64)
    return replace(rule_pass, candidates=candidates, alternatives=doubtful)
