"""Sets: a few transactions that come to a part of a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import comb

from workbench.balances.explanation.hypotheses import Hypothesis, Solution, names, of_amount
from workbench.balances.explanation.part import Part
from workbench.balances.history import Posting, Totals
from workbench.balances.ledger import COUNTED, NOT_APPLIED
from workbench.subset import KEPT, Subsets, smallest_subsets

# What the record may have done with a few transactions, of which part, and how that moves replay less recorded.
SETS = (
    ("left_out", COUNTED, 1, "The record seems to leave out {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count {} twice."),
    ("not_applied", NOT_APPLIED, -1, "The record seems to count {}, which was not applied but is {}."),
)


def sets_of(part: Part, postings: Sequence[Posting]) -> tuple[list[Hypothesis], bool]:
    """The smallest sets of each kind that come to the gap, and whether every search came to its end."""
    hypotheses, complete = [], True
    for kind, of, sign, says in SETS:
        pool = part.pool(postings, of)
        result = _search(part, pool, sign * part.gap)
        complete &= result.complete
        if result.sets:
            hypotheses.append(_set(part, kind, says, pool, result))
    return hypotheses, complete


def wrong_side(both: Part, gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """What one side lacks, the other has too much."""
    if gap.debit != -gap.credit:
        return
    right, wrong = ("debit", "credit") if gap.debit > 0 else ("credit", "debit")
    side = replace(both, side=right, amount=lambda posting: int(getattr(posting, right)))
    pool = side.pool(postings, COUNTED)
    result = _search(side, pool, abs(gap.debit))
    if result.sets:
        says = f"The record seems to hold {{}} on the wrong side, as {wrong}; it is half of what that moves."
        yield replace(_set(side, "wrong_side", says, pool, result), side="both")


def _search(part: Part, pool: Sequence[Posting], target: int) -> Subsets:
    """The smallest sets that come to the target: those under suspicion first, then those with one counterparty."""
    result = smallest_subsets([part.amount(posting) for posting in pool], target)
    if not result.sets:
        return result
    suspected = [part.amount(posting) for posting in pool if posting.transaction_id in part.suspects]
    likely = smallest_subsets(suspected, target, most=len(result.sets[0]))
    sets = sorted(
        dict.fromkeys((*likely.sets, *result.sets)),
        key=lambda places: (
            not part.is_suspected([pool[place].transaction_id for place in places]),
            len({pool[place].other for place in places}),
        ),
    )
    return replace(result, sets=tuple(sets[:KEPT]))


def _set(part: Part, kind: str, says: str, pool: Sequence[Posting], result: Subsets) -> Hypothesis:
    """The smallest sets of transactions that come to the gap."""
    chosen = [pool[place] for place in result.sets[0]]
    ids = [tuple(pool[place].transaction_id for place in places) for places in result.sets]
    what = of_amount(part.side, len(chosen), part.money.text(sum(map(part.amount, chosen))))
    statuses = names(sorted({str(posting.status) for posting in chosen}))
    return part.hypothesis(
        kind,
        says.format(f"{names(ids[0])} ({what})", statuses),
        solutions=tuple(map(Solution, ids)),
        count=result.count,
        complete=result.complete,
        faults=len(chosen),
        tried=comb(len(part.suspected(pool, ids[0])), len(chosen)),
        suspected=part.is_suspected(ids[0]),
    )
