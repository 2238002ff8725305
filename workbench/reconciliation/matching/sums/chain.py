"""Chain: of stretches that may stand beside targets, those that leave the fewest records open.

Chosen stretches do not overlap, and a target has one at most. Within a key they come in the order of their targets'
dates: what is paid later was not earned earlier. Targets of one date come in any order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby
from typing import NamedTuple

from workbench.progress import check_stop

MOST_STATES = 200_000  # the most states that are kept for the targets of one date
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


class _Path(NamedTuple):
    """Chosen candidates, the last one first."""

    number: int
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


def best_chain(candidates: Iterable[Candidate]) -> list[int]:
    """The numbers of the candidates of one key that are worth most together; raises ``TooMany``.

    >>> best_chain([Candidate(1, 0, 0, 2, 3, 10), Candidate(1, 0, 1, 2, 2, 11), Candidate(2, 1, 2, 5, 4, 12)])
    [10, 12]
    """
    known = _Staircase()
    for _, of_date in groupby(sorted(candidates), key=lambda candidate: candidate.date):
        own = list(of_date)
        if own[0].target == own[-1].target:
            ended = [
                (candidate.end, _joined(known.up_to(candidate.begin), candidate.worth, candidate.number))
                for candidate in own
            ]
        else:
            ended = _in_any_order(own, known)
        for end, chain in sorted(ended, key=lambda pair: pair[0]):
            known.add(end, chain)
    path = known.best[-1][1] if known.best else None
    chosen = []
    while path:
        chosen.append(path.number)
        path = path.before
    return chosen[::-1]


def _joined(chain: _Best, worth: int, number: int) -> _Best:
    return chain[0] + worth, _Path(number, chain[1])


@dataclass(frozen=True)
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


def _in_any_order(candidates: Sequence[Candidate], known: _Staircase) -> list[tuple[int, _Best]]:
    """For each place where stretches of targets of one date end the best chain with some of them, behind ``known``.

    A state says how many targets of each kind are used, of those kinds that could still be used.
    """
    kinds = _kinds(candidates)
    digit = len(candidates).bit_length()
    events = sorted(
        (end, begin, worth, kind, place)
        for kind, own in enumerate(kinds)
        for place, (begin, end, worth) in enumerate(own.stretches)
    )
    ends: list[int] = []
    states: list[dict[int, _Best]] = []
    kept = 0
    for end, of_end in groupby(events, key=lambda event: event[0]):
        check_stop()
        later = [own.most_from(end) for own in kinds]
        forget = ~sum((1 << digit) - 1 << digit * kind for kind, most in enumerate(later) if not most)
        state = _forgotten(states[-1], forget) if states else {}
        for _, begin, worth, kind, place in of_end:
            step = bisect_right(ends, begin) - 1
            before = dict(states[step]) if step >= 0 else {}
            _keep(before, 0, known.up_to(begin))
            for used, chain in before.items():
                count = used >> digit * kind & (1 << digit) - 1
                if count < len(kinds[kind].numbers):
                    joined = _joined(chain, worth, kinds[kind].numbers[count][place])
                    _keep(state, used + (1 << digit * kind) & forget, joined)
        ends.append(end)
        states.append(_hopeful(state, later, digit) if len(state) > _FEW else state)
        kept += len(state)
        if kept > MOST_STATES:
            raise TooMany
    return [(end, max(state.values(), key=lambda chain: chain[0])) for end, state in zip(ends, states, strict=True)]


def _kinds(candidates: Sequence[Candidate]) -> list[_Kind]:
    """Targets that have the same stretches, together."""
    of_target: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        of_target[candidate.target].append(candidate)
    alike: dict[tuple[tuple[int, int, int], ...], list[tuple[int, ...]]] = defaultdict(list)
    for own in of_target.values():
        stretches = tuple((candidate.begin, candidate.end, candidate.worth) for candidate in own)
        alike[stretches].append(tuple(candidate.number for candidate in own))
    return [_Kind(stretches, tuple(numbers)) for stretches, numbers in alike.items()]


def _forgotten(state: dict[int, _Best], forget: int) -> dict[int, _Best]:
    kept: dict[int, _Best] = {}
    for used, chain in state.items():
        _keep(kept, used & forget, chain)
    return kept


def _hopeful(state: dict[int, _Best], later: Sequence[int], digit: int) -> dict[int, _Best]:
    """Without what cannot become better than the best: it would need more than its unused targets can bring."""
    most, (ahead, _) = max(state.items(), key=lambda own: own[1][0])
    ones = (1 << digit) - 1
    kept = {}
    for used, chain in state.items():
        unused = ((most >> digit * kind & ones) - (used >> digit * kind & ones) for kind in range(len(later)))
        hope = sum(max(count, 0) * worth for count, worth in zip(unused, later, strict=True))
        if used == most or chain[0] + hope > ahead:
            kept[used] = chain
    return kept


def _keep(state: dict[int, _Best], used: int, chain: _Best) -> None:
    if used not in state or state[used][0] < chain[0]:
        state[used] = chain
