"""Remainders: of two units that differ, as much as the smaller one has is applied, and the rest stays open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from workbench.exact import Ints, safe_to_add
from workbench.reconciliation.matching.units import Pool, Units


@dataclass(frozen=True)
class Applied:
    """Pairs of units as they are applied, ``pool`` with only what is; and by how much the units differed.

    ``remainder`` is, of each pair, the external less the internal amount as both stood open before.
    """

    pool: Pool
    remainder: Ints


def apply(pool: Pool, external: Ints, internal: Ints) -> Applied:
    """Apply the smaller of the two amounts of each pair of units, which have one sign, to both."""
    amounts = pool.external.amount[external], pool.internal.amount[internal]
    smaller = np.where(np.abs(amounts[0]) <= np.abs(amounts[1]), *amounts)
    return Applied(
        replace(
            pool,
            external=_only(pool.external, external, smaller),
            internal=_only(pool.internal, internal, smaller),
        ),
        amounts[0] - amounts[1],
    )


def _only(units: Units, chosen: Ints, target: Ints) -> Units:
    """The units, of which those that are ``chosen`` have only what makes up their ``target``.

    Of a unit's records, those of the other sign are applied whole, then the others as they are dated, and in the order
    of ids, until it is made up; records that nothing is applied of leave the unit.
    """
    pair = np.full(len(units), -1)
    pair[chosen] = np.arange(len(chosen))
    of_row = pair[units.unit_of]
    places = np.flatnonzero(of_row >= 0)
    # Records are in the order of ids already, which a stable sort keeps.
    places = places[np.lexsort((_dates(units, units.row[places]), of_row[places]))]
    pair_of, amount = of_row[places], units.record_amount[places]
    sign = np.sign(target)[pair_of]
    with_it = np.sign(amount) == sign
    against = _summed(pair_of, np.where(with_it, 0, amount), len(chosen))
    budget = np.abs(target - against)[pair_of]
    size = safe_to_add(np.where(with_it, np.abs(amount), 0))
    before = np.cumsum(size) - size
    starts = np.flatnonzero(np.diff(pair_of, prepend=-1) > 0)
    before = before - before[starts][pair_of]  # every pair has records, so that ``starts`` has an entry for each
    applied = np.where(with_it, sign * np.maximum(np.minimum(size, budget - before), 0), amount)
    record_amount = units.record_amount.copy()
    record_amount[places] = applied
    kept = np.ones(len(units.row), bool)
    kept[places] = (applied != 0) | (amount == 0)
    unit_amount = units.amount.copy()
    unit_amount[chosen] = target
    return replace(
        units,
        amount=unit_amount,
        row=units.row[kept],
        unit_of=units.unit_of[kept],
        record_amount=record_amount[kept],
    )


def _dates(units: Units, rows: Ints) -> Ints:
    dates: Ints = units.records["date"].take(pa.array(rows)).cast(pa.int64()).fill_null(0).to_numpy()
    return dates


def _summed(part: Ints, amount: Ints, parts: int) -> Ints:
    """The sum of the amounts of each part."""
    sums = np.zeros(parts, safe_to_add(amount).dtype)
    np.add.at(sums, part, amount)
    return sums
