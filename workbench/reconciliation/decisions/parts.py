"""Parts: what a match by hand takes of each record, and what a part payment leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from workbench.sides import SIDES, Side


@dataclass(frozen=True)
class Part:
    """What of a record stood open before a match, and what of that the match takes."""

    open: Decimal
    taken: Decimal


def rests(
    amounts: Mapping[Side, Mapping[str, int]], dates: Mapping[Side, Mapping[str, datetime]]
) -> dict[Side, dict[str, int]]:
    """What stays open of the records of a part payment, whose sides have amounts of one sign in all.

    The larger side gives what the other has: of the other sign all is taken, then the earliest first.

    >>> day = datetime(2026, 3, 1)
    >>> rests({"external": {"e": 100}, "internal": {"i": 70, "j": 50}},
    ...       {"external": {"e": day}, "internal": {"i": day, "j": day}})
    {'external': {}, 'internal': {'j': 20}}
    """
    totals = {side: sum(of_side.values()) for side, of_side in amounts.items()}
    larger = max(SIDES, key=lambda side: abs(totals[side]))
    target, of_larger = min(totals.values(), key=abs), amounts[larger]
    sign = 1 if target > 0 else -1
    budget = abs(target - sum(amount for amount in of_larger.values() if amount * sign < 0))
    left: dict[Side, dict[str, int]] = {side: {} for side in SIDES}
    for name in sorted(of_larger, key=lambda name: (dates[larger][name], name)):
        size = of_larger[name] * sign
        if size > 0:
            taken = min(size, budget)
            budget -= taken
            if taken < size:
                left[larger][name] = (size - taken) * sign
    return left
