"""Proof: balances that run along with the records settle which amounts move them, with which sign, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise


def moved_by(amounts: Sequence[Decimal | None], balances: Sequence[Decimal | None]) -> int | None:
    """1 if each balance is the one before plus the amount, -1 if minus it, in the order of the rows or against it.

    ``None`` if neither is so in every row, if a value is missing, or if there is nothing to see.

    >>> moved_by([Decimal(5), Decimal(-2), Decimal(4)], [Decimal(5), Decimal(3), Decimal(7)])
    1
    >>> moved_by([Decimal(2), Decimal(5)], [Decimal(10), Decimal(12)])
    -1
    """
    if len(amounts) < 2 or None in amounts or None in balances:
        return None
    pairs = [(amount or Decimal(0), balance or Decimal(0)) for amount, balance in zip(amounts, balances, strict=True)]
    for rows in (pairs, pairs[::-1]):
        moves = [after[1] - before[1] for before, after in pairwise(rows)]
        moving = [amount for amount, _ in rows[1:]]
        if any(moves) and moves == moving:
            return 1
        if any(moves) and moves == [-amount for amount in moving]:
            return -1
    return None
