"""Misreadings: amounts that the record may hold wrongly, with two digits or the decimal point in another place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

from workbench.balances.explanation.hypotheses import Hypothesis, Solution, looks_like, misread, names
from workbench.balances.explanation.part import Part
from workbench.balances.history import Posting, Totals
from workbench.balances.ledger import MOST_ZEROS
from workbench.subset import KEPT


def misreadings(part: Part, pool: Sequence[Posting]) -> Iterator[Hypothesis]:
    """One amount, or the total of the side, for which the record may hold another that looks like it.

    Those under suspicion come first, then those whose decimal point slipped the least.
    """
    amounts: list[tuple[tuple[str, ...], int]] = [((posting.transaction_id,), part.amount(posting)) for posting in pool]
    if len(pool) != 1:
        amounts.insert(0, ((), part.total))
    readings = [Solution(ids, amount, amount - part.gap) for ids, amount in amounts]
    for kind in ("transposed", "slipped"):
        fitting = [reading for reading in readings if looks_like(reading.meant or 0, reading.recorded or 0) == kind]
        if not fitting:
            continue
        fitting.sort(key=lambda reading: (not part.is_suspected(reading.transaction_ids), _slipped_by(reading)))
        best = fitting[0].transaction_ids
        what = names(best or [f"the total {part.side}"])
        amounts_tried = [part.amount(posting) for posting in part.suspected(pool, best)] if best else [part.total]
        yield part.hypothesis(
            kind,
            misread(what, kind, fitting[0], part.money),
            solutions=tuple(fitting[:KEPT]),
            count=len(fitting),
            faults=1,
            tried=_lookalikes(kind, amounts_tried),
            suspected=part.is_suspected(best),
        )


def of_another_precision(both_sides: Part, recorded: Totals, replayed: Totals) -> Iterator[Hypothesis]:
    """Every amount is off by one factor, so that both totals are."""
    same_factor = recorded.debit * replayed.credit == recorded.credit * replayed.debit
    if same_factor and looks_like(replayed.debit, recorded.debit) == "slipped":
        solution = Solution((), replayed.credit - replayed.debit, recorded.credit - recorded.debit)
        says = misread("credit less debit", "slipped", solution, both_sides.money)
        yield both_sides.hypothesis("slipped", says, solutions=(solution,), count=1, faults=1, tried=2 * MOST_ZEROS)


def transpositions(amount: int) -> Iterator[int]:
    """The amounts that come of it when two of its digits change places.

    >>> [*transpositions(1330)]
    [3130, 3310, 1033, 1303]
    """
    digits = str(abs(amount))
    for first, second in combinations(range(len(digits)), 2):
        swapped = [*digits]
        swapped[first], swapped[second] = swapped[second], swapped[first]
        if digits[first] != digits[second] and swapped[0] != "0":
            yield int("".join(swapped)) * (1 if amount > 0 else -1)


def slips(amount: int, most: int) -> Iterator[int]:
    """The amounts that come of it when its decimal point slips by up to ``most`` places.

    >>> [*slips(150, 2)]
    [1500, 15, 15000]
    """
    for zeros in range(1, most + 1):
        yield amount * 10**zeros
        if amount % 10**zeros == 0:
            yield amount // 10**zeros


def _lookalikes(kind: str, amounts: Sequence[int]) -> int:
    """How many other amounts look like one of these in this way."""
    if kind == "slipped":
        return 2 * MOST_ZEROS * len(amounts)
    return sum(comb(len(str(abs(amount))), 2) for amount in amounts)


def _slipped_by(reading: Solution) -> int:
    """How many places the decimal point slipped."""
    return abs(len(str(reading.meant)) - len(str(reading.recorded)))
