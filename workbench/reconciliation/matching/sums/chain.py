"""Chain: of stretches that may stand beside targets, those that leave the fewest records open.

Chosen stretches do not overlap, and a target has one at most. Within a key they come in the order of their targets'
dates: what is paid later was not earned earlier. Targets of one date come in any order.

How often a target was used is at first only known where its date has no other. Where the best chain then uses one more
often than once, that is kept in mind for this one, and the best chain is sought again (state space relaxation: Righini
and Salani 2008): what is best without the condition and meets it is best with it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby
from typing import NamedTuple

from workbench.progress import check_stop

MOST_STEPS = 1_000_000  # the most chains that are looked at where targets of one date come in any order: some seconds
_FEW = 32  # up to this many states, keeping all is no slower than finding the useless ones


class Candidate(NamedTuple):
    """A stretch for a target: ``worth`` is the greater the better, ``number`` is what the caller calls it."""

    date: int
    target: int
    begin: int
    end: int
    worth: int
    number: int


class TooMany(Exception):
    """Targets of one date could take their stretches in more orders than can be looked at."""


@dataclass(frozen=True, eq=False)
class _Kind:
    """Targets of one date with the same stretches; the first in the order of ids takes the first of them."""

    stretches: tuple[tuple[int, int, int], ...]  # begin, end and worth of each
    numbers: tuple[tuple[int, ...], ...]  # the numbers of the candidates, by target and stretch

    @cached_property
    def _begins(self) -> tuple[list[int], list[int]]:
        """Where its stretches begin, ascending, and the most that one that begins there or later is worth."""
        latest = sorted(((begin, worth) for begin, _, worth in self.stretches), reverse=True)
        most = list(accumulate((worth for _, worth in latest), max))
        return [begin for begin, _ in latest[::-1]], most[::-1]

    def most_from(self, place: int) -> int:
        """The most that one of its stretches is worth that begins there or later; 0 where none does."""
        begins, most = self._begins
        step = bisect_left(begins, place)
        return most[step] if step < len(most) else 0


class _Path(NamedTuple):
    """Chosen stretches, the last one first: the kind of target that each is of, and which of its stretches it is."""

    kind: _Kind
    place: int
    before: _Path | None


_Best = tuple[int, _Path | None]  # the worth of a chain, and the chain


@dataclass
class _Staircase:
    """The best chain that ends at each place or before: its worth rises with the place."""

    ends: list[int] = field(default_factory=list)
    best: list[_Best] = field(default_factory=list)

    def up_to(self, place: int) -> _Best:
        """The best chain that ends there or before."""
        step = bisect_right(self.ends, place) - 1
        return self.best[step] if step >= 0 else (0, None)

    def add(self, end: int, chain: _Best) -> None:
        """Keep a chain if it is better than those that end there or before."""
        if chain[0] <= self.up_to(end)[0]:
            return
        first = last = bisect_left(self.ends, end)
        while last < len(self.ends) and self.best[last][0] <= chain[0]:
            last += 1
        self.ends[first:last] = [end]
        self.best[first:last] = [chain]


@dataclass
class _Effort:
    """How many chains were looked at so far."""

    steps: int = 0

    def spend(self, steps: int) -> None:
        """Count some more; raises ``TooMany``."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise TooMany


def best_chain(candidates: Iterable[Candidate]) -> list[int]:
    """The numbers of the candidates of one key that are worth most together; raises ``TooMany``.

    >>> best_chain([Candidate(1, 0, 0, 2, 3, 10), Candidate(1, 0, 1, 2, 2, 11), Candidate(2, 1, 2, 5, 4, 12)])
    [10, 12]
    """
    dates = [_kinds(of_date) for _, of_date in groupby(sorted(candidates), key=lambda candidate: candidate.date)]
    counted: set[_Kind] = set()
    effort = _Effort()
    while True:
        path = _best_path(dates, counted, effort)
        used = Counter(kind for kind, _ in path)
        overused = [kind for kind, times in used.items() if times > len(kind.numbers)]
        if not overused:
            break
        counted.update(overused)
    targets = {kind: iter(kind.numbers) for kind in used}
    return [next(targets[kind])[place] for kind, place in path]


def _best_path(
    dates: Iterable[Sequence[_Kind]], counted: Collection[_Kind], effort: _Effort
) -> list[tuple[_Kind, int]]:
    """The stretches that are worth most together, where only targets that are ``counted`` are not used too often."""
    best_so_far = _Staircase()
    for kinds in dates:
        if len(kinds) == len(kinds[0].numbers) == 1:
            [only] = kinds
            ended = [
                (end, _joined(best_so_far.up_to(begin), worth, only, place))
                for place, (begin, end, worth) in enumerate(only.stretches)
            ]
        else:
            ended = _in_any_order(kinds, best_so_far, counted, effort)
        for end, chain in sorted(ended, key=lambda pair: pair[0]):
            best_so_far.add(end, chain)
    path = best_so_far.best[-1][1] if best_so_far.best else None
    chosen = []
    while path:
        chosen.append((path.kind, path.place))
        path = path.before
    return chosen[::-1]


def _joined(chain: _Best, worth: int, kind: _Kind, place: int) -> _Best:
    return chain[0] + worth, _Path(kind, place, chain[1])


def _in_any_order(
    kinds: Sequence[_Kind], best_so_far: _Staircase, counted: Collection[_Kind], effort: _Effort
) -> list[tuple[int, _Best]]:
    """For each place where stretches of targets of one date end, the best chain with some of them and of those before.

    ``best_so_far`` are the best chains of targets of earlier dates.
    A state says how many targets of each counted kind are used, of those kinds that could still be used.
    """
    counted_kinds = [kind for kind in kinds if kind in counted]
    digit = max((len(kind.numbers) for kind in counted_kinds), default=0).bit_length()
    slots = {kind: digit * number for number, kind in enumerate(counted_kinds)}
    ones = (1 << digit) - 1
    ends: list[int] = []
    states: list[dict[int, _Best]] = []
    events = sorted(
        (end, begin, worth, number, place)
        for number, kind in enumerate(kinds)
        for place, (begin, end, worth) in enumerate(kind.stretches)
    )
    for end, of_end in groupby(events, key=lambda event: event[0]):
        check_stop()
        later = {slot: most for kind, slot in slots.items() if (most := kind.most_from(end))}
        mask = sum(ones << slot for slot in later)
        state: dict[int, _Best] = {}
        for used, chain in states[-1].items() if states else ():
            _keep(state, used & mask, chain)
        for _, begin, worth, number, place in of_end:
            kind = kinds[number]
            slot = slots.get(kind)
            step = bisect_right(ends, begin) - 1
            before = states[step] if step >= 0 else {}
            effort.spend(len(before) + 1)
            for used, chain in (*before.items(), (0, best_so_far.up_to(begin))):
                if slot is None:
                    _keep(state, used & mask, _joined(chain, worth, kind, place))
                elif used >> slot & ones < len(kind.numbers):
                    _keep(state, used + (1 << slot) & mask, _joined(chain, worth, kind, place))
        ends.append(end)
        if len(state) > _FEW:
            effort.spend(len(state) * len(later) // 2)
            state = _hopeful(state, later, ones)
        states.append(state)
        effort.spend(len(state))
    return [(end, max(state.values(), key=lambda chain: chain[0])) for end, state in zip(ends, states, strict=True)]


def _kinds(candidates: Iterable[Candidate]) -> list[_Kind]:
    """Targets that have the same stretches, together."""
    of_target: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        of_target[candidate.target].append(candidate)
    alike: dict[tuple[tuple[int, int, int], ...], list[tuple[int, ...]]] = defaultdict(list)
    for of_one_target in of_target.values():
        stretches = tuple((candidate.begin, candidate.end, candidate.worth) for candidate in of_one_target)
        alike[stretches].append(tuple(candidate.number for candidate in of_one_target))
    return [_Kind(stretches, tuple(numbers)) for stretches, numbers in alike.items()]


def _hopeful(state: dict[int, _Best], later: Mapping[int, int], ones: int) -> dict[int, _Best]:
    """Without what cannot become better than the best: it would need more than its unused targets can bring.

    ``later`` has the most that a stretch of each counted kind may still bring, by where the state counts it.
    """
    most, (ahead, _) = max(state.items(), key=lambda entry: entry[1][0])
    hopeful = {}
    for used, chain in state.items():
        hope = sum(max((most >> slot & ones) - (used >> slot & ones), 0) * worth for slot, worth in later.items())
        if used == most or chain[0] + hope > ahead:
            hopeful[used] = chain
    return hopeful


def _keep(state: dict[int, _Best], used: int, chain: _Best) -> None:
    if used not in state or state[used][0] < chain[0]:
        state[used] = chain
