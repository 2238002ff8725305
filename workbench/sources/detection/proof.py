"""Proof: balances that run along with the records settle which amounts move them, with which sign, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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
    movement = movement_of(amounts, balances)
    return movement[0] if movement else None


def movement_of(amounts: Sequence[Decimal | None], balances: Sequence[Decimal | None]) -> tuple[int, int] | None:
    """What ``moved_by`` says, and 1 if it is so in the order of the rows, -1 if against it."""
    if len(amounts) < 2 or None in amounts or None in balances:
        return None
    pairs = [(amount or Decimal(0), balance or Decimal(0)) for amount, balance in zip(amounts, balances, strict=True)]
    for order, rows in ((1, pairs), (-1, pairs[::-1])):
        moves = [after[1] - before[1] for before, after in pairwise(rows)]
        moving = [amount for amount, _ in rows[1:]]
        if any(moves) and moves == moving:
            return 1, order
        if any(moves) and moves == [-amount for amount in moving]:
            return -1, order
    return None


def order_of(days: Sequence[datetime | None]) -> int | None:
    """1 if days go forth, -1 if they go back, ``None`` if they do neither or are all the same.

    >>> order_of([datetime(2026, 1, 2), datetime(2026, 1, 2), datetime(2026, 1, 1)])
    -1
    """
    filled = [day for day in days if day]
    if len(filled) < len(days) or len(set(filled)) < 2:
        return None
    return 1 if filled == sorted(filled) else -1 if filled == sorted(filled, reverse=True) else None
