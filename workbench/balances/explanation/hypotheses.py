"""Hypotheses: what may have gone wrong with a balance, and how to say so in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from workbench.balances.ledger import MOST_ZEROS
from workbench.balances.money import Money


@dataclass(frozen=True)
class Solution:
    """Transactions that explain a part of a difference; for a misread amount also what was meant and what recorded.

    Without transactions, the misread amount is the record's total.
    """

    transaction_ids: tuple[str, ...]
    meant: int | None = None
    recorded: int | None = None


@dataclass(frozen=True)
class Hypothesis:
    """What may have gone wrong on one side of a balance.

    ``kind`` is one of ``left_out``, ``counted_twice``, ``wrong_side``, ``not_applied``, ``unknown_balance``, ``later``,
    ``transposed``, ``slipped``, ``contradiction``, ``none``, or two of them with an ``and`` between, in the order of
    the transactions that they befell; ``side`` is ``debit``, ``credit``, ``both`` of them or the ``balance`` itself.
    ``accounts_for`` is in precise units, ``share`` the same as a fraction of the ``whole`` difference (null where that
    is 0). ``solutions`` holds the best solution and up to nine more of the ``count`` that fit; ``rivals`` counts those
    of other kinds that take no more faults.
    """

    kind: str
    side: str
    accounts_for: int
    share: Fraction | None
    sentence: str
    solutions: tuple[Solution, ...] = ()
    count: int = 0
    complete: bool = True  # no search was stopped by its budget
    faults: int = 0  # how many things must have gone wrong
    tried: int = 0  # how many such explanations there were to try
    suspected: bool = True  # snapshots do not put its transactions where the record is right
    rivals: int = 0
    whole: int = 0
    rank: int = 1  # 1 is the best

    @property
    def transaction_ids(self) -> tuple[str, ...]:
        """The evidence: the transactions of the best solution."""
        return self.solutions[0].transaction_ids if self.solutions else ()

    @property
    def doubtful(self) -> bool:
        """Whether it takes several faults and is not the only one that would do."""
        return self.faults > 1 and (self.count + self.rivals > 1 or not self.complete)

    @property
    def verdict(self) -> str:
        """``only solution``, ``N others`` or ``search stopped at its budget``; empty where nothing was searched for."""
        if not self.complete:
            return "search stopped at its budget"
        if not self.solutions:
            return ""
        others = self.count - 1 + self.rivals
        return "only solution" if not others else f"{others:,} other{'s' if others > 1 else ''}"


def completed(hypothesis: Hypothesis, money: Money) -> Hypothesis:
    """With a sentence that also says how much of the whole difference it accounts for, and the verdict."""
    sentences, part, whole = [hypothesis.sentence], hypothesis.accounts_for, hypothesis.whole
    if part:
        share = "the whole difference"
        if part != whole:
            share = f"{money.text(part)} of the difference of {money.text(whole)}"
        sentences.append(f"That is {share}.")
    if hypothesis.verdict:
        of_other_kinds = f", {hypothesis.rivals:,} of them of another kind" if hypothesis.rivals else ""
        sentences.append(f"Verdict: {hypothesis.verdict}{of_other_kinds if hypothesis.complete else ''}.")
    return replace(hypothesis, sentence=" ".join(sentences))


def looks_like(meant: int, recorded: int) -> str | None:
    """How one amount may be taken for another: ``transposed``, ``slipped``, or not at all.

    >>> looks_like(5340, 5430), looks_like(150, 15000), looks_like(150, 250)
    ('transposed', 'slipped', None)
    """
    if meant * recorded <= 0:
        return None
    short, long = sorted([str(abs(meant)), str(abs(recorded))], key=len)
    zeros = len(long) - len(short)
    if zeros:
        return "slipped" if zeros <= MOST_ZEROS and long == short + "0" * zeros else None
    moved = [pair for pair in zip(short, long, strict=True) if pair[0] != pair[1]]
    return "transposed" if len(moved) == 2 and moved[0] == moved[1][::-1] else None


def misread(what: str, kind: str, solution: Solution, money: Money) -> str:
    """How one amount became another.

    >>> misread("t1", "transposed", Solution(("t1",), 540, 450), Money("USD", 2))
    'The record seems to hold 4.50 USD for t1, which is 5.40 USD: two digits have changed places.'
    """
    return f"The record seems to hold {misread_as(kind, what, solution.meant or 0, solution.recorded or 0, money)}."


def misread_as(kind: str, what: str, meant: int, recorded: int, money: Money) -> str:
    """What stands for which amount, and why.

    >>> misread_as("slipped", "t1", 54, 540, Money())
    '540 for t1, which is 54: its decimal point or its precision has slipped, by a factor of 10'
    """
    why = "two digits have changed places"
    if kind == "slipped":
        factor = max(abs(meant), abs(recorded)) // min(abs(meant), abs(recorded))
        why = f"its decimal point or its precision has slipped, by a factor of {factor:,}"
    return f"{money.text(recorded)} for {what}, which is {money.text(meant)}: {why}"


def of_amount(side: str, count: int, amount: str) -> str:
    """What transactions come to on one side.

    >>> of_amount("credit", 2, "5.00 USD")
    'credits of 5.00 USD together'
    """
    if side == "balance":
        return f"{amount} in the balance alone"
    return f"a {side} of {amount}" if count == 1 else f"{side}s of {amount} together"


def names(of: Sequence[str]) -> str:
    """A list of names.

    >>> names(["t1", "t2", "t3"])
    't1, t2 and t3'
    """
    *most, last = of
    return f"{', '.join(most)} and {last}" if most else last
