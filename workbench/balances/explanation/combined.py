"""Combined: two transactions with which two different things went wrong, that come to a part of a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, islice, product

from workbench.balances.explanation.hypotheses import Hypothesis, Solution, misread_as
from workbench.balances.explanation.misreadings import slips, transpositions
from workbench.balances.explanation.part import Part
from workbench.balances.history import Posting
from workbench.balances.ledger import COUNTED, NOT_APPLIED
from workbench.subset import KEPT

MOST_COMBINED = 2_000  # postings of a side: about a tenth of a second
_MOST_SLIPS = 3
_MOST_ORDERED = 1_000  # pairs of two kinds

# Which transactions it may befall, and what the record holds for the amount of one then.
_KINDS: dict[str, tuple[str, Callable[[int], Iterable[int]]]] = {
    "left_out": (COUNTED, lambda amount: (0 * amount,)),
    "counted_twice": (COUNTED, lambda amount: (2 * amount,)),
    "not_applied": (NOT_APPLIED, lambda amount: (amount,)),
    "transposed": (COUNTED, transpositions),
    "slipped": (COUNTED, lambda amount: slips(amount, _MOST_SLIPS)),
}


def combined(part: Part, postings: Sequence[Posting]) -> tuple[list[Hypothesis], bool]:
    """Two faults of two kinds that come to the gap, and whether all of them were tried."""
    pool = [*part.pool(postings, COUNTED), *part.pool(postings, NOT_APPLIED)]
    complete = len(pool) <= MOST_COMBINED
    if not complete:
        pool = [posting for posting in pool if posting.transaction_id in part.suspects][:MOST_COMBINED]
    effects = {kind: _effects(part, pool, kind) for kind in _KINDS}
    pairs = (_pair(part, effects, kinds, complete=complete) for kinds in combinations(_KINDS, 2))
    return [hypothesis for hypothesis in pairs if hypothesis], complete


def _effects(part: Part, pool: Sequence[Posting], kind: str) -> dict[int, list[Posting]]:
    """The postings which that may have befallen, by how far the replay is above the record then."""
    of, recorded = _KINDS[kind]
    effects: dict[int, list[Posting]] = {}
    for posting in pool:
        if posting.part == of:
            amount = part.amount(posting)
            for recorded_amount in recorded(amount):
                effects.setdefault((amount if of == COUNTED else 0) - recorded_amount, []).append(posting)
    return effects


def _pair(
    part: Part, effects: Mapping[str, Mapping[int, list[Posting]]], kinds: tuple[str, str], *, complete: bool
) -> Hypothesis | None:
    first, second = (effects[kind] for kind in kinds)
    fitting = [
        (moved, postings, second[part.gap - moved]) for moved, postings in first.items() if part.gap - moved in second
    ]
    count = sum(_distinct_pairs(postings, partners) for _, postings, partners in fitting)
    if not count:
        return None
    pairs = (
        (moved, posting, partner)
        for moved, postings, partners in fitting
        for posting, partner in product(postings[:KEPT], partners[:KEPT])
        if posting is not partner
    )
    best = sorted(islice(pairs, _MOST_ORDERED), key=lambda pair: _doubt(part, *pair[1:]))[:KEPT]
    solutions = [(posting.transaction_id, partner.transaction_id) for _, posting, partner in best]
    moved, posting, partner = best[0]
    both = _says(part, kinds[0], posting, moved), _says(part, kinds[1], partner, part.gap - moved)
    is_suspected = part.is_suspected(solutions[0])
    return part.hypothesis(
        " and ".join(kinds),
        f"The record seems {both[0]} and {both[1]}.",
        solutions=tuple(map(Solution, solutions)),
        count=count,
        complete=complete,
        faults=2,
        tried=_tried(part, first, suspected=is_suspected) * _tried(part, second, suspected=is_suspected),
        suspected=is_suspected,
    )


def _distinct_pairs(postings: Sequence[Posting], partners: Sequence[Posting]) -> int:
    return len(postings) * len(partners) - len({*map(id, postings)} & {*map(id, partners)})


def _doubt(part: Part, posting: Posting, partner: Posting) -> tuple[bool, bool]:
    """Those under suspicion come first, then those with one counterparty."""
    return not part.is_suspected((posting.transaction_id, partner.transaction_id)), posting.other != partner.other


def _tried(part: Part, effects: Mapping[int, list[Posting]], *, suspected: bool) -> int:
    return sum(
        len(postings) if not suspected else sum(posting.transaction_id in part.suspects for posting in postings)
        for postings in effects.values()
    )


def _says(part: Part, kind: str, posting: Posting, moved: int) -> str:
    amount = part.amount(posting)
    what = f"{posting.transaction_id} (a {part.side} of {part.money.text(amount)})"
    match kind:
        case "left_out":
            return f"to leave out {what}"
        case "counted_twice":
            return f"to count {what} twice"
        case "not_applied":
            return f"to count {what}, which was not applied but is {posting.status}"
    return f"to hold {misread_as(kind, posting.transaction_id, amount, amount - moved, part.money)}"
