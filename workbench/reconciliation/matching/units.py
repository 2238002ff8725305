"""Units: what is matched. A unit is a record, or a group of records that matches whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from workbench.exact import Ints, exact_sums
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.texts.unit_texts import Texts
from workbench.sides import Side


@dataclass(frozen=True)
class Units:
    """One side's units. Amounts are whole numbers at the common scale, dates whole steps of the common clock."""

    ids: pa.Array  # the id of each unit's first record
    currency: Ints  # the code of each unit's currency; both sides share the codes
    amount: Ints
    date: Ints
    texts: dict[TextKey, Texts]
    records: pa.Table  # id, currency, date, place in the input: all records of the side that rules may match
    row: Ints  # the records of the units, as rows of ``records``; those of one unit stand together
    unit_of: Ints  # the unit of each ``row``
    record_amount: Ints  # what each ``row`` counts as

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def sizes(self) -> Ints:
        """How many records each unit has."""
        return np.bincount(self.unit_of, minlength=len(self))

    @cached_property
    def first(self) -> Ints:
        """The row of each unit's first record."""
        return self.row[np.cumsum(self.sizes) - self.sizes]

    def records_of(self, units: Ints) -> tuple[Ints, Ints]:
        """The records of ``units``, in their order: which of ``units`` each is of, and its place in ``row``."""
        counts = self.sizes[units]
        of = np.repeat(np.arange(len(units)), counts)
        first = np.cumsum(self.sizes) - self.sizes
        within = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        return of, first[units][of] + within

    def rows_of(self, units: Ints) -> Ints:
        """The rows of the records that ``units`` are made of."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        return self.row[chosen[self.unit_of]]


@dataclass(frozen=True)
class Pool:
    """Both sides' units, and what their whole numbers mean."""

    external: Units
    internal: Units
    currencies: pa.Array
    scale: int  # an amount of 1 is 10 ** -scale
    tick: int  # a date step of 1 is this many microseconds
    epoch: int  # a date of 0 is this many microseconds after 1970

    def side(self, side: Side) -> Units:
        """The units of ``side``."""
        return self.external if side == "external" else self.internal


def single(
    records: pa.Table, ids: pa.Array, currency: Ints, amount: Ints, date: Ints, texts: dict[TextKey, Texts]
) -> Units:
    """Units of one record each, in the order of ``records``."""
    rows = np.arange(len(records))
    return Units(ids, currency, amount, date, texts, records, rows, rows, amount)


def groups_of(singles: Units, rows: Ints, keys: Iterable[Ints]) -> tuple[Ints, Ints]:
    """A number for the group of each record in these ``rows``, and whether it stands alone.

    A group is of one currency, and alike in all ``keys``. A key has a code for each record. A record with a code below
    0 lacks that part of its key and stands alone.
    """
    alone = np.zeros(len(rows), bool)
    group = singles.currency[rows].astype(np.int64)
    for key in keys:
        code = key[rows]
        alone |= code < 0
        group = np.unique(np.column_stack([group, code]), axis=0, return_inverse=True)[1].reshape(-1)
    group[alone] = int(group.max(initial=0)) + 1 + np.arange(int(alone.sum()))
    return group, alone


def grouped(singles: Units, rows: Ints, group: Ints) -> Units:
    """Groups of the records in these ``rows`` by the number of each one's ``group``, in the order of ``rows``."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    fresh = np.diff(ordered, prepend=-1) > 0
    starts, unit_of, row = np.flatnonzero(fresh), np.cumsum(fresh) - 1, rows[order]
    unit_of_row = np.full(len(singles), -1)
    unit_of_row[row] = unit_of
    return replace(
        singles,
        ids=singles.ids.take(row[starts]),
        currency=singles.currency[row[starts]],
        amount=exact_sums(singles.amount[row], starts),
        date=np.minimum.reduceat(singles.date[row], starts),
        texts={key: texts.by_unit(unit_of_row, len(starts)) for key, texts in singles.texts.items()},
        row=row,
        unit_of=unit_of,
        record_amount=singles.amount[row],
    )
