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
from itertools import accumulate, chain
from math import comb
from typing import Any

from workbench.balances.explanation.hypotheses import (
    Hypothesis,
    Solution,
    completed,
    looks_like,
    misread,
    names,
    of_amount,
)
from workbench.balances.history import NOUGHT, Divergence, Posting, Timeline, Totals
from workbench.balances.ledger import COUNTED, LATER, MOST_NOUGHTS, NOT_APPLIED
from workbench.subset import KEPT, MOST_AMOUNTS, Subsets, smallest_subsets

# What the record may have done with a few transactions, of which part, and how that moves replay less recorded.
_SETS = (
    ("left_out", COUNTED, 1, "The record seems to leave out {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count {} twice."),
    ("not_applied", NOT_APPLIED, -1, "The record seems to count {}, which was not applied but is {}."),
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

    def pool(self, postings: Sequence[Posting], of: str, suspects: Collection[str]) -> list[Posting]:
        """The postings of a kind that have an amount on this side, those under suspicion first."""
        found = [posting for posting in postings if posting.part == of and self.amount(posting)]
        return sorted(found, key=lambda posting: posting.transaction_id not in suspects)


def explain(timeline: Timeline) -> tuple[Hypothesis, ...]:
    """What may have made a balance's record differ from its replay, the best hypothesis first.

    Where snapshots show the gap changing more than once and no explanation of the whole is beyond doubt, each stretch
    is explained by itself as well. For a part that nothing explains, a hypothesis of kind ``none`` says so.

    >>> from datetime import UTC, datetime
    >>> from workbench.balances.history import make_timeline
    >>> paid = Posting("t1", datetime(2026, 1, 1, tzinfo=UTC), "APPLIED", COUNTED, "b2", debit=0, credit=700)
    >>> explain(make_timeline("b1", [paid], NOUGHT, []))[0].sentence
    'The record seems to leave out t1 (a credit of 700). That is the whole difference. Verdict: only solution.'
    """
    now, divergences = timeline.checks[-1], timeline.divergences
    suspects = {one for divergence in divergences for one in divergence.transaction_ids}
    found = _explain(now.recorded, now.replayed, timeline.postings, suspects, now.gap.balance)
    in_doubt = found[0].doubtful or any(each.kind == "none" for each in found)
    if in_doubt and now.gap != NOUGHT and len(divergences) > 1:
        stretches = chain.from_iterable(_of_stretch(divergence, now.gap.balance) for divergence in divergences)
        found = _with_stretches(found, list(stretches))
    return tuple(replace(each, rank=rank) for rank, each in enumerate(found, 1))


def _with_stretches(whole: list[Hypothesis], stretches: list[Hypothesis]) -> list[Hypothesis]:
    """The best explanation of the whole, then those of the stretches, then the other ones of the whole."""
    best = [each for each in whole[:1] if each.kind != "none"]
    covered = all(stretch.kind != "none" for stretch in stretches)
    rest = [each for each in whole[len(best) :] if each.kind != "none" or not covered]
    return [*best, *(stretch for stretch in stretches if stretch.kind != "none"), *rest]


def _of_stretch(divergence: Divergence, whole: int) -> Iterator[Hypothesis]:
    """The best hypothesis for each side on which the gap changes in a stretch."""
    recorded, replayed = divergence.change
    explained: set[str] = set()
    for found in _explain(recorded, replayed, divergence.check.since, (), whole):
        sides = {"debit", "credit"} if found.side == "both" else {found.side}
        if not sides & explained:
            explained |= sides
            yield replace(found, sentence=f"{divergence.stretch}: {found.sentence}")


def _explain(
    recorded: Totals, replayed: Totals, postings: Sequence[Posting], suspects: Collection[str], whole: int
) -> list[Hypothesis]:
    gap = replayed.less(recorded)
    stated = recorded.credit - recorded.debit
    off = stated - recorded.balance
    both = _Part("both", gap.balance - off, gap.balance - off, whole, stated, lambda posting: posting.net)
    sides = [
        _Part("debit", gap.debit, -gap.debit, whole, replayed.debit, lambda posting: posting.debit),
        _Part("credit", gap.credit, gap.credit, whole, replayed.credit, lambda posting: posting.credit),
        _Part("balance", off, off, whole, stated, lambda posting: posting.net),
    ]
    of_both: list[Hypothesis] = []
    if gap.debit and gap.credit:
        of_both += [*_wrong_side(both, gap, postings, suspects), *_of_another_precision(both, recorded, replayed)]
    of_both += _runs(both, gap, postings)
    of_sides = [_of_side(part, recorded, postings, suspects, bool(of_both)) for part in sides if part.gap]
    return _ranked([of_both, *of_sides], gap.balance) or [both.hypothesis("none", "The record agrees with the replay.")]


def _ranked(parts: list[list[Hypothesis]], whole: int) -> list[Hypothesis]:
    by_doubt = [sorted(part, key=lambda found: (found.faults, found.tried, found.count)) for part in parts]
    placed = [(place, abs(whole - found.accounts_for), found) for part in by_doubt for place, found in enumerate(part)]
    return [found for _, _, found in sorted(placed, key=lambda each: each[:2])]


def _of_side(
    part: _Part, recorded: Totals, postings: Sequence[Posting], suspects: Collection[str], explained: bool
) -> list[Hypothesis]:
    """Every hypothesis about one side, or the one that says there is none."""
    found, complete = [], True
    for kind, of, sign, says in _SETS:
        pool = part.pool(postings, of, suspects)
        result = _search(part, pool, sign * part.gap, suspects)
        complete &= result.complete
        if result.sets:
            found.append(_set(part, kind, says, pool, result))
    found += _misreadings(part, part.pool(postings, COUNTED, suspects))
    if part.side == "balance":
        says = (
            f"The record contradicts itself: its balance is {recorded.balance:,}, its credit less its debit "
            f"{part.total:,}."
        )
        found.append(part.hypothesis("contradiction", says))
    return found if found or explained else [_nothing(part, complete=complete)]


def _search(part: _Part, pool: Sequence[Posting], target: int, suspects: Collection[str]) -> Subsets:
    """The smallest sets that come to the target, those wholly under suspicion first."""
    amounts = [part.amount(posting) for posting in pool]
    found = smallest_subsets(amounts, target)
    if not found.sets:
        return found
    suspected = [amount for amount, each in zip(amounts, pool, strict=True) if each.transaction_id in suspects]
    likely = smallest_subsets(suspected, target, most=len(found.sets[0]))
    return replace(found, sets=tuple(dict.fromkeys((*likely.sets, *found.sets)))[:KEPT])


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


def _wrong_side(
    both: _Part, gap: Totals, postings: Sequence[Posting], suspects: Collection[str]
) -> Iterator[Hypothesis]:
    """What one side lacks, the other has too much."""
    if gap.debit != -gap.credit:
        return
    right, wrong = ("debit", "credit") if gap.debit > 0 else ("credit", "debit")
    side = replace(both, side=right, amount=lambda posting: int(getattr(posting, right)))
    pool = side.pool(postings, COUNTED, suspects)
    result = _search(side, pool, abs(gap.debit), suspects)
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
        fitting = [reading for reading in readings if looks_like(reading.meant or 0, reading.recorded or 0) == kind]
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
    gap = f"{abs(part.gap):,} {'more' if part.gap > 0 else 'less'} in the replay than in the record"
    says = (
        f"Nothing explains the {part.side}, {gap}: no transaction, no {MOST_AMOUNTS} or fewer together, no two digits "
        "and no decimal point account for it."
    )
    if not complete:  # then nobody knows that
        says = (
            f"Nothing was found that explains the {part.side}, {gap}: there are too many transactions to try every "
            f"{MOST_AMOUNTS} or fewer together."
        )
    return replace(part, accounts_for=0).hypothesis("none", says, complete=complete)
