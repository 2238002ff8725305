"""Explain: what may have gone wrong with a balance, each hypothesis with its evidence and its exact share.

A difference has up to three parts, each explained on its own: the record's debit is off, its credit is off, or its
balance contradicts its own debit and credit. Which of them are off says on which side the fault lies.

Every hypothesis accounts for the whole of its part, to the last unit. Within a part they rank by

1. how many things must have gone wrong: the fewer, the better;
2. how many such explanations there were to try: a hit among few is less likely to be chance;
3. how many others fit as well.

Between parts the best hypotheses of each come first, and of those the one that accounts for most.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any

from workbench.balances.history import Posting, Totals
from workbench.balances.hypotheses import Hypothesis, Solution, misread, names, of_amount, share_of
from workbench.balances.ledger import COUNTED, LATER, NOT_APPLIED, OTHER_CURRENCY
from workbench.balances.subset import KEPT, MOST_AMOUNTS, Subsets, smallest_subsets

_MOST_NOUGHTS = 18  # of a precision

# What the record may have done with single transactions, which ones, and how that moves replay less recorded.
_SETS = (
    ("left_out", COUNTED, 1, "The record seems to leave out {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count {} twice."),
    ("not_applied", NOT_APPLIED, -1, "The record seems to count {} although not APPLIED."),
    ("other_currency", OTHER_CURRENCY, -1, "The record seems to count {} although of another currency."),
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

    side: str  # debit, credit, balance, or both of the first two
    gap: int
    accounts_for: int
    whole: int  # the difference that it is a part of
    total: int  # what the record should say
    amount: Callable[[Posting], int]

    def hypothesis(self, kind: str, sentence: str, **details: Any) -> Hypothesis:
        share = Fraction(self.accounts_for, self.whole) if self.whole else None
        bare = Hypothesis(kind, self.side, self.accounts_for, share, sentence, **details)
        said = [sentence, share_of(self.accounts_for, self.whole) if self.gap else "", bare.verdict.capitalize()]
        return replace(bare, sentence=" ".join(filter(None, said)))


def explain(
    recorded: Totals, replayed: Totals, postings: Sequence[Posting], suspects: Collection[str] = ()
) -> tuple[Hypothesis, ...]:
    """What may have made the record differ from the replay of ``postings``, the best hypothesis first.

    Of solutions that fit equally, those among the ``suspects`` (ids of transactions) come first. For a part that
    nothing explains, a hypothesis of kind ``none`` says so.

    >>> from datetime import UTC, datetime
    >>> paid = Posting("t1", datetime(2026, 1, 1, tzinfo=UTC), "APPLIED", COUNTED, "bln_2", debit=0, credit=700)
    >>> explain(Totals(0, 0, 0), Totals(0, 700, 700), [paid])[0].sentence
    'The record seems to leave out t1 (a credit of 700). That is the whole difference. Only solution.'
    """
    gap = replayed.less(recorded)
    stated = recorded.credit - recorded.debit
    parts = [
        _Part("debit", gap.debit, -gap.debit, gap.balance, replayed.debit, lambda posting: posting.debit),
        _Part("credit", gap.credit, gap.credit, gap.balance, replayed.credit, lambda posting: posting.credit),
        _Part(
            "balance",
            stated - recorded.balance,
            stated - recorded.balance,
            gap.balance,
            stated,
            lambda posting: posting.net,
        ),
    ]
    likely_first = sorted(postings, key=lambda posting: posting.transaction_id not in suspects)
    of_both = [*_wrong_side(gap, likely_first), *_runs(gap, postings)]
    of_each = [_of_part(part, recorded, likely_first, bool(of_both)) for part in parts if part.gap]
    return _ranked([of_both, *of_each]) or (parts[2].hypothesis("none", "The record agrees with the replay."),)


def _ranked(parts: list[list[Hypothesis]]) -> tuple[Hypothesis, ...]:
    doubts = [sorted(part, key=lambda found: (found.faults, found.tried, found.count)) for part in parts]
    placed = [(place, found) for part in doubts for place, found in enumerate(part)]
    placed.sort(key=lambda each: (each[0], -abs(each[1].accounts_for)))
    return tuple(replace(found, rank=rank) for rank, (_, found) in enumerate(placed, 1))


def _of_part(part: _Part, recorded: Totals, postings: Sequence[Posting], explained: bool) -> list[Hypothesis]:
    """Every hypothesis about one side, or the one that says there is none."""
    searches = [(kind, sign, says, _pool(part, postings, of)) for kind, of, sign, says in _SETS]
    results = [smallest_subsets([part.amount(each) for each in pool], sign * part.gap) for _, sign, _, pool in searches]
    found = [
        _set(part, kind, says, pool, result)
        for (kind, _, says, pool), result in zip(searches, results, strict=True)
        if result.sets
    ]
    found += _misreadings(part, _pool(part, postings, COUNTED))
    if part.side == "balance":
        says = f"The record contradicts itself: its balance is {recorded.balance}, credit less debit {part.total}."
        found.append(part.hypothesis("contradiction", says))
    if not found and not explained:
        found.append(_nothing(part, complete=all(result.searched == MOST_AMOUNTS for result in results)))
    return found


def _pool(part: _Part, postings: Sequence[Posting], of: str) -> list[Posting]:
    return [posting for posting in postings if posting.part == of and part.amount(posting)]


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


def _wrong_side(gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """What one side lacks, the other has too much."""
    if gap.debit != -gap.credit or not gap.debit:
        return
    right, wrong = ("debit", "credit") if gap.debit > 0 else ("credit", "debit")
    part = _Part(right, gap.balance, 2 * gap.credit, gap.balance, 0, lambda posting: getattr(posting, right))
    pool = _pool(part, postings, COUNTED)
    result = smallest_subsets([part.amount(each) for each in pool], abs(gap.debit))
    if result.sets:
        says = f"The record seems to hold {{}} on the wrong side, as {wrong}: its amount is half the gap."
        yield replace(_set(part, "wrong_side", says, pool, result), side="both")


def _misreadings(part: _Part, pool: Sequence[Posting]) -> Iterator[Hypothesis]:
    """One amount, or the total of the side, of which the record may hold another that looks like it."""
    amounts: list[tuple[tuple[str, ...], int]] = [((each.transaction_id,), part.amount(each)) for each in pool]
    if len(pool) != 1:
        amounts.insert(0, ((), part.total))
    tries = {
        "transposed": sum(comb(len(str(abs(amount))), 2) for _, amount in amounts),
        "slipped": 2 * _MOST_NOUGHTS * len(amounts),
    }
    for kind, tried in tries.items():
        fitting = [
            Solution(ids, amount, amount - part.gap)
            for ids, amount in amounts
            if looks_like(amount, amount - part.gap) == kind
        ]
        if fitting:
            what = names(fitting[0].transaction_ids or [f"the total {part.side}"])
            yield part.hypothesis(
                kind,
                misread(what, kind, fitting[0]),
                solutions=tuple(fitting[:KEPT]),
                count=len(fitting),
                faults=1,
                tried=tried,
            )


def looks_like(meant: int, recorded: int) -> str | None:
    """How one amount may be taken for another: ``transposed``, ``slipped``, or not at all.

    >>> looks_like(5340, 5430), looks_like(150, 15000), looks_like(150, 250)
    ('transposed', 'slipped', None)
    """
    if meant * recorded <= 0:
        return None
    one, other = sorted([str(abs(meant)), str(abs(recorded))], key=len)
    noughts = len(other) - len(one)
    if noughts:
        return "slipped" if noughts <= _MOST_NOUGHTS and other == one + "0" * noughts else None
    moved = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return "transposed" if len(moved) == 2 and moved[0] == moved[1][::-1] else None


def _runs(gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """Stretches of transactions, longer than the sets, that come to the gap of both sides at once."""
    part = _Part("both", gap.balance, gap.credit - gap.debit, gap.balance, 0, lambda posting: posting.net)
    for kind, of, sign, says in _RUNS:
        pool = [posting for posting in postings if posting.part == of]
        stretches = _stretches(pool, sign * gap.debit, sign * gap.credit)
        fitting = [
            (start, end) for start, end in stretches if (start == 0 if kind == "later" else end - start > MOST_AMOUNTS)
        ]
        if fitting:
            ids = [tuple(posting.transaction_id for posting in pool[start:end]) for start, end in fitting]
            yield part.hypothesis(
                kind,
                says.format(len(ids[0]), ids[0][0], ids[0][-1]),
                solutions=tuple(map(Solution, ids[:KEPT])),
                count=len(ids),
                faults=1,
                tried=len(pool) if kind == "later" else comb(len(pool) + 1, 2),
            )


def _stretches(pool: Sequence[Posting], debit: int, credit: int) -> Iterator[tuple[int, int]]:
    """Each start and end between which the postings come to ``debit`` and ``credit``."""
    sums = accumulate(
        ((each.debit, each.credit) for each in pool), lambda a, b: (a[0] + b[0], a[1] + b[1]), initial=(0, 0)
    )
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
    silent = replace(part, accounts_for=0)
    return silent.hypothesis("none", says, complete=complete)
