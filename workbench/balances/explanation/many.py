"""Many: transactions that went wrong together, as a stretch in a row or as all that are alike in one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import comb

from rapidfuzz.distance import OSA

from workbench.balances.explanation.hypotheses import Hypothesis, Solution, names
from workbench.balances.explanation.part import Part
from workbench.balances.history import Posting, Totals, UnknownEnds
from workbench.balances.ledger import COUNTED, LATER, NOT_APPLIED
from workbench.subset import KEPT, MOST_AMOUNTS

# What the record may have done with a stretch of transactions, as when a process stood still or ran twice.
_RUNS = (
    ("left_out", COUNTED, 1, "The record seems to leave out the {} transactions in a row from {} to {}."),
    ("counted_twice", COUNTED, -1, "The record seems to count the {} transactions in a row from {} to {} twice."),
    ("later", LATER, -1, "The record seems to be of a later moment and to hold {} more transactions, {} to {}."),
)
# The same with all of those that have the same balance at the other end, the same currency or the same status.
_Alike = tuple[str, Callable[[Posting], str | None]]
_OTHER: _Alike = ("with {}", lambda posting: posting.other)
_CURRENCY: _Alike = ("in {}", lambda posting: posting.currency)
_STATUS: _Alike = ("that are {}", lambda posting: posting.status)
_GROUPS = (
    ("left_out", COUNTED, 1, (_OTHER, _CURRENCY), "The record seems to leave out all {} transactions {}."),
    ("counted_twice", COUNTED, -1, (_OTHER, _CURRENCY), "The record seems to count all {} transactions {} twice."),
    ("not_applied", NOT_APPLIED, -1, (_STATUS,), "The record seems to count all {} transactions {}, not applied."),
)
_MISTYPED = 2  # letters that differ, or change places, where one id is mistyped for another


def runs(both: Part, gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
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


def groups(both: Part, gap: Totals, postings: Sequence[Posting]) -> Iterator[Hypothesis]:
    """All that are alike in one thing, where there are several and they come to the gap of both sides at once."""
    for kind, of, sign, likenesses, says in _GROUPS:
        target = (sign * gap.debit, sign * gap.credit)
        tried, fitting = 0, []
        for how, key in likenesses:
            members: dict[str, list[Posting]] = defaultdict(list)
            for posting in postings:
                if posting.part == of:
                    members[key(posting) or "nobody"].append(posting)
            tried += len(members)
            fitting += [
                (how.format(name), tuple(posting.transaction_id for posting in alike))
                for name, alike in members.items()
                if len(alike) > 1 and _sums(alike) == target != (0, 0)
            ]
        if fitting:
            yield both.hypothesis(
                kind,
                says.format(len(fitting[0][1]), fitting[0][0]),
                solutions=tuple(Solution(ids) for _, ids in fitting[:KEPT]),
                count=len(fitting),
                faults=1,
                tried=tried,
            )


def of_unknown_balances(both: Part, gap: Totals, balance_id: str, unknown: UnknownEnds) -> Iterator[Hypothesis]:
    """What names a balance that is unknown, and may be meant for this one: those with the most similar id first."""
    fitting = unknown.moving(-gap.debit, -gap.credit)
    if fitting:
        apart = {name: OSA.distance(name or "", balance_id) for name, _ in fitting}
        ordered = sorted(fitting, key=lambda candidate: apart[candidate[0]])
        name, ids = ordered[0]
        which = f"the unknown balance {name}" if name else "no balance"
        verb = "names" if len(ids) == 1 else "name"
        yield both.hypothesis(
            "unknown_balance",
            f"The record seems to count {_brief(ids)}, which {verb} {which}.",
            solutions=tuple(Solution(others) for _, others in ordered[:KEPT]),
            count=len(ordered),
            faults=1,
            tried=1 if name and apart[name] <= _MISTYPED else len(unknown),
        )


def _brief(ids: Sequence[str]) -> str:
    return names(ids) if len(ids) <= MOST_AMOUNTS else f"the {len(ids):,} transactions {ids[0]} to {ids[-1]}"


def _sums(postings: Sequence[Posting]) -> tuple[int, int]:
    return sum(posting.debit for posting in postings), sum(posting.credit for posting in postings)


def _stretches(pool: Sequence[Posting], debit: int, credit: int) -> Iterator[tuple[int, int]]:
    """Each start and end between which the postings come to ``debit`` and ``credit``, unless both are nothing."""
    if not debit and not credit:
        return
    amounts = ((posting.debit, posting.credit) for posting in pool)
    sums = accumulate(amounts, lambda before, moved: (before[0] + moved[0], before[1] + moved[1]), initial=(0, 0))
    starts: dict[tuple[int, int], list[int]] = {}
    for end, (out, into) in enumerate(sums):
        for start in starts.get((out - debit, into - credit), ()):
            yield start, end
        starts.setdefault((out, into), []).append(end)
