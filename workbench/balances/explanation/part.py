"""Part: a part of a difference, and the postings that may be behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workbench.balances.explanation.hypotheses import Hypothesis
from workbench.balances.history import Posting
from workbench.balances.money import Money


@dataclass(frozen=True)
class Part:
    """A part of a difference: the side on which the replay is ``gap`` above the record."""

    side: str  # debit, credit, both of them, or the balance itself
    gap: int
    accounts_for: int
    whole: int  # the difference that it is a part of
    total: int  # what the record should say
    amount: Callable[[Posting], int]
    suspects: Collection[str]  # transactions of the stretches in which the record diverged
    money: Money  # how its amounts are said

    def hypothesis(self, kind: str, sentence: str, **details: Any) -> Hypothesis:
        """A hypothesis that accounts for the whole of this part."""
        share = Fraction(self.accounts_for, self.whole) if self.whole else None
        return Hypothesis(kind, self.side, self.accounts_for, share, sentence, whole=self.whole, **details)

    def pool(self, postings: Sequence[Posting], of: str) -> list[Posting]:
        """The postings of a kind that have an amount on this side, those under suspicion first."""
        moved = [posting for posting in postings if posting.part == of and self.amount(posting)]
        return sorted(moved, key=lambda posting: posting.transaction_id not in self.suspects)

    def is_suspected(self, transaction_ids: Collection[str]) -> bool:
        """Whether all of some transactions are under suspicion."""
        return all(transaction_id in self.suspects for transaction_id in transaction_ids)

    def suspected(self, pool: Sequence[Posting], transaction_ids: Collection[str]) -> list[Posting]:
        """The postings that a search had to choose from to come upon these: those under suspicion, or all."""
        if not self.is_suspected(transaction_ids):
            return list(pool)
        return [posting for posting in pool if posting.transaction_id in self.suspects]
