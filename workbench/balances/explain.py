"""Explain: what may have gone wrong with a balance, each hypothesis with its evidence and its exact share.

A difference has up to three parts, each explained on its own: the record's debit is off, its credit is off, or its
balance contradicts its own debit and credit. Which of them are off says on which side the fault lies. Some faults move
debit and credit together and explain both at once.

Every hypothesis accounts for the whole of its part, to the last unit. Within a part they rank by

1. how many things must have gone wrong: the fewer, the better;
2. how many such explanations there were to try: a hit among few is less likely to be chance;
3. how many others fit as well.

Between parts the best hypotheses of each come first, and of those the one closest to the whole difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any

from workbench.balances.history import Posting, Totals
from workbench.balances.hypotheses import Hypothesis, Solution, completed, looks_like, misread, names, of_amount
from workbench.balances.ledger import COUNTED, LATER, MOST_NOUGHTS, NOT_APPLIED, OTHER_CURRENCY
from workbench.balances.subset import KEPT, MOST_AMOUNTS, Subsets, smallest_subsets

# What the record may have done with a few transactions, of which part, and how that moves replay less recorded.
_SETS = (
    ("left_out", COUNTED, 1, "The record seems to leave out {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count {} twice."),
    ("not_applied", NOT_APPLIED, -1, "The record seems to count {}, which was not applied but is {}."),
    ("other_currency", OTHER_CURRENCY, -1, "The record seems to count {}, which is of another currency."),
)
# The same with a stretch of them, as when a process stood still or ran twice.
_RUNS = (
    ("left_out", COUNTED, 1, "The record seems to leave out the {} transactions in a row from {} to {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count the {} transactions in a row from {} to {} twice."),
    ("later", LATER, -1, "The record seems to be of a later moment and to hold {} more transactions, {} to {}."),
)


@dataclass(frozen=True)
class _Part:
    """A part of a difference: the side on which the replay is ``gap`` above the record."""

    side: str  # debit, credit, both of them, or the balance itself
    gap: int
    accounts_for: int
    whole: int  # the difference that it is a part of
    total: int  # what the record should say
    amount: Callable[[Posting], int]

    def hypothesis(self, kind: str, sentence: str, **details: Any) -> Hypothesis:
        share = Fraction(self.accounts_for, self.whole) if self.whole else None
        return completed(Hypothesis(kind, self.side, self.accounts_for, share, sentence, **details), self.whole)

    def pool(self, postings: Sequence[Posting], part: str) -> list[Posting]:
        """The postings of one kind that have an amount on this side."""
        return [posting for posting in postings if posting.part == part and self.amount(posting)]


def explain(
    recorded: Totals, replayed: Totals, postings: Sequence[Posting], suspects: Collection[str] = ()
) -> tuple[Hypothesis, ...]:
    """What may have made the record differ from the replay of ``postings``, the best hypothesis first.

    Of solutions that fit equally, those among the ``suspects`` (ids of transactions) come first. For a part that
    nothing explains, a hypothesis of kind ``none`` says so.

    >>> from datetime import UTC, datetime
    >>> paid = Posting("t1", datetime(2026, 1, 1, tzinfo=UTC), "APPLIED", COUNTED, "bln_2", debit=0, credit=700)
    >>> explain(Totals(0, 0, 0), Totals(0, 700, 700), [paid])[0].sentence
    'The record seems to leave out t1 (a credit of 700). That is the whole difference. Verdict: only solution.'
    """
    gap = replayed.less(recorded)
    stated = recorded.credit - recorded.debit
    off = stated - recorded.balance
    both = _Part("both", gap.balance - off, gap.balance - off, gap.balance, stated, lambda posting: posting.net)
    sides = [
        _Part("debit", gap.debit, -gap.debit, gap.balance, replayed.debit, lambda posting: posting.debit),
        _Part("credit", gap.credit, gap.credit, gap.balance, replayed.credit, lambda posting: posting.credit),
        _Part("balance", off, off, gap.balance, stated, lambda posting: posting.net),
    ]
    likely_first = sorted(postings, key=lambda posting: posting.transaction_id not in suspects)
    of_both: list[Hypothesis] = []
    if gap.debit and gap.credit:
        of_both += [*_wrong_side(both, gap, likely_first), *_of_another_precision(both, recorded, replayed)]
    of_both += _runs(both, gap, postings)
    of_sides = [_of_side(part, recorded, likely_first, bool(of_both)) for part in sides if part.gap]
    return _ranked([of_both, *of_sides], gap.balance) or (
        both.hypothesis("none", "The record agrees with the replay."),
    )


def _ranked(parts: list[list[Hypothesis]], whole: int) -> tuple[Hypothesis, ...]:
    by_doubt = [sorted(part, key=lambda found: (found.faults, found.tried, found.count)) for part in parts]
    placed = [(place, abs(whole - found.accounts_for), found) for part in by_doubt for place, found in enumerate(part)]
    ordered = sorted(placed, key=lambda each: each[:2])
    return tuple(replace(found, rank=rank) for rank, (_, _, found) in enumerate(ordered, 1))


def _of_side(part: _Part, recorded: Totals, postings: Sequence[Posting], explained: bool) -> list[Hypothesis]:
    """Every hypothesis about one side, or the one that says there is none."""
    pools = {kind: part.pool(postings, of) for kind, of, _, _ in _SETS}
    results = {
        kind: smallest_subsets([part.amount(each) for each in pools[kind]], sign * part.gap)
        for kind, _, sign, _ in _SETS
    }
    found = [_set(part, kind, says, pools[kind], results[kind]) for kind, _, _, says in _SETS if results[kind].sets]
    found += _misreadings(part, part.pool(postings, COUNTED))
    if part.side == "balance":
        says = (
            f"The record contradicts itself: its balance is {recorded.balance}, its credit less its debit {part.total}."
        )
        found.append(part.hypothesis("contradiction", says))
    if not found and not explained:
        found.append(_nothing(part, complete=all(each.searched == MOST_AMOUNTS for each in results.values())))
    return found


def _set(part: _Part, kind: str, says: str, pool: Sequence[Posting], result: Subsets) -> Hypothesis:
    """The smallest sets of transactions that come to the gap."""
    chosen = [pool[place] for place in result.sets[0]]
    ids = [tuple(pool[place].transaction_id for place in places) for places in result.sets]
    what = of_amount(part.side, len(chosen), sum(map(part.amount, chosen)))
    statuses = names(sorted({str(posting.status) for posting in chosen}))
    return part.hypothesis(
        kind,
        says.format(f"{names(ids[0])} ({what})", statuses),
        solutions=tuple(map(Solution, ids)),
        count=result.count,
        complete=result.complete,
        faults=len(chosen),
        tried=comb(len(pool), len(chosen)),
    )


def _wrong_side(both: _Part, gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """What one side lacks, the other has too much."""
    if gap.debit != -gap.credit:
        return
    right, wrong = ("debit", "credit") if gap.debit > 0 else ("credit", "debit")
    side = replace(both, side=right, amount=lambda posting: int(getattr(posting, right)))
    pool = side.pool(postings, COUNTED)
    result = smallest_subsets([side.amount(each) for each in pool], abs(gap.debit))
    if result.sets:
        says = f"The record seems to hold {{}} on the wrong side, as {wrong}; it is half of what that moves."
        yield replace(_set(side, "wrong_side", says, pool, result), side="both")


def _of_another_precision(both: _Part, recorded: Totals, replayed: Totals) -> Iterator[Hypothesis]:
    """Every amount is off by one factor, so that both totals are."""
    same_factor = recorded.debit * replayed.credit == recorded.credit * replayed.debit
    if same_factor and looks_like(replayed.debit, recorded.debit) == "slipped":
        solution = Solution((), replayed.credit - replayed.debit, recorded.credit - recorded.debit)
        says = misread("credit less debit", "slipped", solution)
        yield both.hypothesis("slipped", says, solutions=(solution,), count=1, faults=1, tried=2 * MOST_NOUGHTS)


def _misreadings(part: _Part, pool: Sequence[Posting]) -> Iterator[Hypothesis]:
    """One amount, or the total of the side, for which the record may hold another that looks like it."""
    amounts: list[tuple[tuple[str, ...], int]] = [((each.transaction_id,), part.amount(each)) for each in pool]
    if len(pool) != 1:
        amounts.insert(0, ((), part.total))
    tries = {
        "transposed": sum(comb(len(str(abs(amount))), 2) for _, amount in amounts),
        "slipped": 2 * MOST_NOUGHTS * len(amounts),
    }
    readings = [Solution(ids, amount, amount - part.gap) for ids, amount in amounts]
    for kind, tried in tries.items():
        fitting = [each for each in readings if looks_like(each.meant or 0, each.recorded or 0) == kind]
        if fitting:
            what = names(fitting[0].transaction_ids or [f"the total {part.side}"])
            says = misread(what, kind, fitting[0])
            kept = tuple(fitting[:KEPT])
            yield part.hypothesis(kind, says, solutions=kept, count=len(fitting), faults=1, tried=tried)


def _runs(both: _Part, gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """Stretches of transactions, longer than the sets, that come to the gap of both sides at once."""
    for kind, of, sign, says in _RUNS:
        pool = [posting for posting in postings if posting.part == of]
        stretches = _stretches(pool, sign * gap.debit, sign * gap.credit)
        is_later = kind == "later"  # then it begins with the first
        fitting = [(a, b) for a, b in stretches if (a == 0 if is_later else b - a > MOST_AMOUNTS)]
        if fitting:
            ids = [tuple(posting.transaction_id for posting in pool[a:b]) for a, b in fitting[:KEPT]]
            yield both.hypothesis(
                kind,
                says.format(len(ids[0]), ids[0][0], ids[0][-1]),
                solutions=tuple(map(Solution, ids)),
                count=len(fitting),
                faults=1,
                tried=len(pool) if is_later else comb(len(pool) + 1, 2),
            )


def _stretches(pool: Sequence[Posting], debit: int, credit: int) -> Iterator[tuple[int, int]]:
    """Each start and end between which the postings come to ``debit`` and ``credit``, unless both are nothing."""
    if not debit and not credit:
        return
    amounts = ((posting.debit, posting.credit) for posting in pool)
    sums = accumulate(amounts, lambda before, each: (before[0] + each[0], before[1] + each[1]), initial=(0, 0))
    starts: dict[tuple[int, int], list[int]] = {}
    for end, (out, into) in enumerate(sums):
        for start in starts.get((out - debit, into - credit), ()):
            yield start, end
        starts.setdefault((out, into), []).append(end)


def _nothing(part: _Part, *, complete: bool) -> Hypothesis:
    says = (
        f"Nothing explains the {part.side}, {part.gap} more in the replay than in the record: no transaction, no "
        f"{MOST_AMOUNTS} or fewer together, no two digits and no decimal point account for it."
    )
    return replace(part, accounts_for=0).hypothesis("none", says, complete=complete)
