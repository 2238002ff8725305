"""Samples: a part of very many records from which one learns as well, the same in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.exact import Ints, exact, whole_amounts
from workbench.ledger.counted import Counted
from workbench.reconciliation.settings import Settings
from workbench.records import Records
from workbench.sides import Side

LONG = timedelta(days=45)  # most records have a partner within this time
_PARTS = 8  # each octave of amounts has this many bands, about a tenth wide, so that a fee stays in one
_SPREAD = 2_654_435_761  # this factor puts bands in an order unrelated to amounts (Knuth's multiplicative hash)


@dataclass(frozen=True)
class Sample:
    """The records of a stretch of time, and if there are ``amounts``, of those from the one bound to below the other.

    Both records of a pair are in it or none is, but for few at the ends and those whose amounts differ.
    """

    first: datetime
    last: datetime
    amounts: tuple[tuple[Decimal, Decimal], ...] = ()

    def holds(self, counted: Counted) -> ir.BooleanValue:
        """Which records are in it."""
        within = counted.date.between(self.first, self.last)
        if not self.amounts:
            return within
        size = counted.amount.abs()
        return within & ibis.or_(*((size >= low) & (size < high) for low, high in self.amounts))


def sample_of(records: dict[Side, Records], settings: Settings, most: int) -> Sample | None:
    """The middle of the period, in which the side with more records has ``most``; none where it has no more.

    Where that is a short time it is a longer one, of some amounts; but not of records that are grouped.
    """
    rows = max((_counted(side, of_side, settings) for side, of_side in records.items()), key=len)
    spare = (len(rows) - most) // 2
    if spare <= 0:
        return None
    dates = rows["date"].take(pc.sort_indices(rows["date"]))
    first, last = (dates[place].as_py() for place in (spare, len(rows) - 1 - spare))
    if last - first >= LONG or settings.grouping.external or settings.grouping.internal:
        return Sample(first, last)
    middle = first + (last - first) / 2
    longer = Sample(middle - LONG / 2, middle + LONG / 2)
    within = pc.and_(pc.greater_equal(rows["date"], longer.first), pc.less_equal(rows["date"], longer.last))
    amounts = rows["amount"].filter(within)
    scale = amounts.type.scale
    chosen = tuple((exact(low, scale), exact(high, scale)) for low, high in bands(whole_amounts(amounts, scale), most))
    return Sample(longer.first, longer.last, chosen) if chosen else Sample(first, last)


def bands(amounts: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Bands of amounts, by their sizes, that hold as many as there may be: from the one bound to below the other."""
    mantissa, octave = np.frexp(np.maximum(np.abs(amounts), 1).astype(np.float64))
    band, counts = np.unique(octave * _PARTS + ((2 * mantissa - 1) * _PARTS).astype(np.int64), return_counts=True)
    left = most
    for place in np.argsort(band * _SPREAD % 2**32, kind="stable").tolist():
        if counts[place] <= left:
            left -= int(counts[place])
            octave_of_band, part = divmod(int(band[place]), _PARTS)
            yield _bound(octave_of_band, part), _bound(octave_of_band, part + 1)


def _bound(octave: int, part: int) -> int:
    """The least whole number of a band."""
    return -(-(2**octave) * (_PARTS + part) // (2 * _PARTS))


def _counted(side: Side, records: Records, settings: Settings) -> pa.Table:
    """What the records that take part count as."""
    counted = settings.counted(side, records)
    return fetch(records.table.filter(counted.takes_part).select(date=counted.date, amount=counted.amount))
