"""Signs: whether amounts have the same sign on both sides, and which ledger balance would give them that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from workbench.engine import fetch
from workbench.exact import Ints, whole_amounts
from workbench.reconciliation.matching.weighed.open_units import OpenUnits
from workbench.reconciliation.settings import Settings
from workbench.records import Records

_ENDS = ("source", "destination")
_LIKELY = 3  # balances that are tried: those that most transactions touch
_FEWEST = 3  # so many amounts with the other sign are more than a coincidence


class Balance(NamedTuple):
    """A ledger balance whose view of the transactions fits the external amounts better, and a sentence that says so.

    It is ``certain`` where every transaction touches it, so that none of them is left out.
    """

    id: str
    certain: bool
    finding: str


class OtherSign(NamedTuple):
    """That amounts have the other sign, whether they count as their opposites for it, and a sentence that says so.

    They do not where a user has said how signs are meant, or where so few amounts could agree by coincidence.
    """

    counts: bool
    finding: str


def fitting_balance(external: Records, internal: Records, settings: Settings) -> Balance | None:
    """The balance from which more external amounts are in the ledger than without one; none where it makes no odds.

    It must be touched by half of the transactions at least, and fit better than any other.
    """
    if settings.balance_id is not None or not set(_ENDS) & set(internal.given) or not len(external):
        return None
    paid = fetch(external.table.select(amount=external.table.amount))["amount"]
    plain, among = _in_the_ledger(paid, internal, settings)
    seen = []
    for name in _most_touched(internal, settings):
        in_ledger, touching = _in_the_ledger(paid, internal, replace(settings, balance_id=name))
        if 2 * touching >= among:
            seen.append((in_ledger, touching, name))
    best = max((in_ledger for in_ledger, _, _ in seen), default=0)
    fitting = [(touching, name) for in_ledger, touching, name in seen if in_ledger == best]
    if len(fitting) != 1 or 10 * (best - plain) < best or best <= plain:
        return None
    touching, name = fitting[0]
    return Balance(
        name,
        touching == among,
        f"{touching:,} of {among:,} ledger transactions touch the balance {name}: of the external amounts {best:,} are "
        f"in the ledger as seen from it (balance_id={name!r}, --balance-id {name}), otherwise {plain:,}.",
    )


def other_sign(units: OpenUnits, external: Records, settings: Settings) -> OtherSign | None:
    """What is seen where amounts of one side have the other sign; none where they have the same."""
    paid, booked = units.pool.external.amount[units.external], units.pool.internal.amount[units.internal]
    same, other = (int(np.isin(paid, sign * booked).sum()) for sign in (1, -1))
    if other <= 3 * same or 2 * other < min(units.sizes):
        return None
    read = external.origin.options.get("sign")
    counts = not (settings.opposite_signs or read) and other >= _FEWEST
    if settings.opposite_signs:
        what_to_do = "leave out opposite_signs (--opposite-signs)"
    elif not counts:
        sign = "as_is" if read == "inverted" else "inverted"
        what_to_do = f"read that side with sign={sign!r} (--external-sign {sign})"
    else:
        what_to_do = "they count with the opposite sign (opposite_signs=True, --opposite-signs)"
    return OtherSign(
        counts,
        f"{other:,} external amounts are in the ledger with the other sign, {same:,} with the same: {what_to_do}.",
    )


def other_currencies(units: OpenUnits) -> str:
    """A sentence where the sides have no currency in common."""
    names = [
        sorted({units.pool.currencies[int(code)].as_py() for code in np.unique(codes)}) for codes in units.currencies
    ]
    if not all(names) or set(names[0]) & set(names[1]):
        return ""
    paid, booked = (", ".join(currencies) for currencies in names)
    return (
        f"External records are in {paid}, internal ones in {booked}: pairs across currencies take a rule with "
        "across_currencies and a table of rates (rates=, --rates)."
    )


def _most_touched(internal: Records, settings: Settings) -> Iterator[str]:
    """The balances that most transactions name, those that are named alike in the order of their names."""
    taking_part = internal.table.filter(settings.counted("internal", internal).takes_part)
    ends = ibis.union(*(taking_part.select(name=taking_part[end].strip()) for end in _ENDS))
    named = ends.filter(ends.name.nullif("").notnull())
    counts = named.group_by("name").aggregate(rows=named.count())
    yield from fetch(counts.order_by(ibis.desc("rows"), "name").limit(_LIKELY))["name"].to_pylist()


def _in_the_ledger(paid: pa.ChunkedArray, internal: Records, settings: Settings) -> tuple[int, int]:
    """How many external amounts the ledger has, as the settings look at it, and how many transactions take part."""
    counted = settings.counted("internal", internal)
    booked = fetch(internal.table.filter(counted.takes_part).select(amount=counted.amount))["amount"]
    scale = max(paid.type.scale, booked.type.scale)
    external, ledger = (_nonzero(whole_amounts(amounts, scale)) for amounts in (paid, booked))
    return int(np.isin(external, ledger).sum()), len(booked)


def _nonzero(amounts: Ints) -> Ints:
    return amounts[amounts != 0]
