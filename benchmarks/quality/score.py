"""How good matches are: held against the truth, and against what the contender itself says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

Pair = tuple[str, str]  # an external and an internal id
SURE = 0.99  # of those who say how probable, and no other word for what is without doubt


class Matched(NamedTuple):
    """A pair, how probable it is where that is said, and the match that it is part of, where that may be of several."""

    external: str
    internal: str
    probability: float | None = None
    match: str = ""


@dataclass(frozen=True)
class Score:
    """Counts of pairs: those made, those right, those that there are, and those wrong that were told without doubt."""

    made: int
    right: int
    there: int
    sure: int  # pairs that were told without doubt
    wrong_but_sure: int
    used_twice: int  # records that stand in several matches
    expected_wrong: float  # of those with a probability
    wrong_of_these: int

    @property
    def wrong(self) -> int:
        return self.made - self.right

    @property
    def precision(self) -> float:
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.made + self.there) if self.made + self.there else 1.0


def score(matched: Iterable[Matched], sure: Iterable[Pair], truth: Collection[Pair]) -> Score:
    """Hold matches of external and internal ids against the ``truth``; ``sure`` are those told without doubt.

    >>> score([Matched("e1", "t1", 0.9), Matched("e2", "t9", 0.5)], [], {("e1", "t1"), ("e2", "t2")}).expected_wrong
    0.6
    """
    matched, sure, truth = list(matched), list(sure), set(truth)
    wrong = [(own.external, own.internal) not in truth for own in matched]
    told = [(1 - own.probability, bad) for own, bad in zip(matched, wrong, strict=True) if own.probability is not None]
    return Score(
        made=len(matched),
        right=len(matched) - sum(wrong),
        there=len(truth),
        sure=len(sure),
        wrong_but_sure=sum(pair not in truth for pair in sure),
        used_twice=_used_twice(matched),
        expected_wrong=round(sum(own for own, _ in told), 6),
        wrong_of_these=sum(bad for _, bad in told),
    )


def _used_twice(matched: list[Matched]) -> int:
    """How often a record stands in one more match; pairs that are of no match are one each."""
    uses = {(side, own[side], own.match or number) for number, own in enumerate(matched) for side in (0, 1)}
    return len(uses) - len({(side, record) for side, record, _ in uses})
