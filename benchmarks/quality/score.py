"""How good matches are: held against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """Counts of pairs: those made, those right, those that there are, and those wrong that were told without doubt."""

    made: int
    right: int
    there: int
    sure: int  # pairs that were told without doubt
    wrong_but_sure: int
    used_twice: int  # records that stand in several pairs

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


Pair = tuple[str, str]


def score(pairs: Iterable[Pair], sure: Iterable[Pair], truth: Mapping[str, str]) -> Score:
    """Hold ``pairs`` of external and internal ids against the ``truth``; ``sure`` are those told without doubt.

    >>> score([("e1", "t1"), ("e2", "t9")], [("e2", "t9")], {"e1": "t1", "e2": "t2"}).f1
    0.5
    """
    pairs, sure = list(pairs), list(sure)
    right = sum(truth.get(e) == i for e, i in pairs)
    twice = sum(len(pairs) - len({pair[side] for pair in pairs}) for side in (0, 1))
    wrong = sum(truth.get(e) != i for e, i in sure)
    return Score(len(pairs), right, len(truth), len(sure), wrong, twice)
