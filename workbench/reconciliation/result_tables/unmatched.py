"""Unmatched: every column of the open records of a side, and why each stayed open."""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints, decimals
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.decisions.rows import reasons_by_hand
from workbench.reconciliation.matching.open_records import OpenRecords
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.units import Units
from workbench.reconciliation.near_misses.reasons import reasons
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import GROUP, OPEN_AMOUNT
from workbench.records import Records
from workbench.sides import DATE_COLUMN, ID_COLUMN, Side

IN_PART = "a part of it is matched, and this is the rest"
_PLACE = "__row__"  # a name that no column of an input has
_ADDED = ("counted_amount", "compared_date", OPEN_AMOUNT, "reason")  # columns that stand beside those of a record


def unmatched(
    side: Side,
    records: Records,
    settings: Settings,
    left: OpenRecords,
    passes: list[Pass],
    decided: Decided,
) -> pa.Table:
    """The open records as they count, and the reason, in the order of date and id."""
    units = left.pool.side(side)
    rows = np.flatnonzero(left.still_open[side])
    reason = reasons_by_hand(
        units, decided.kept_open[side], rows, reasons(side, settings, left.books.pool, passes, rows)
    )
    known = {
        _PLACE: units.records["place"].take(rows),
        ID_COLUMN[side]: units.records["id"].take(rows),
        "reason": reason,
    }
    if settings.leaves_remainders or decided.leaves_remainders:
        still, whole = (pool.side(side).amount[rows] for pool in (left.records, left.books.pool))
        known[OPEN_AMOUNT] = decimals(still, left.pool.scale)
        known["reason"] = pc.if_else(pa.array(still != whole), IN_PART, reason)
    if grouped := bool(settings.across.groups(side)):
        known[GROUP] = _first_of_group(units, rows)
    table = _as_counted(side, records, settings, grouped)
    # Records are found by their places: reading all ids once more would take longer than all the rest.
    others = table.drop(ID_COLUMN[side]).mutate(**{_PLACE: ibis.row_number()})
    last = [name for name in (GROUP, OPEN_AMOUNT, "reason") if name in known]
    joined = others.join(ibis.memtable(pa.table(known)), _PLACE)
    return joined.order_by(DATE_COLUMN[side], ID_COLUMN[side]).select(*table.columns, *last).to_pyarrow()


def _first_of_group(units: Units, rows: Ints) -> pa.Array:
    """The first record of the group of each of these records."""
    unit = np.zeros(len(units.records), np.int64)
    unit[units.row] = units.unit_of
    return units.ids.take(pa.array(unit[rows]))


def _as_counted(side: Side, records: Records, settings: Settings, grouped: bool) -> ir.Table:
    """The records that take part, in the order of the input: every column of theirs, and what each counts as."""
    counted = settings.counted(side, records)
    names = {name.casefold() for name in records.table.columns}
    ours = (*_ADDED, GROUP) if grouped else _ADDED
    columns = {_free(name, ours, names): records.table[name] for name in records.table.columns}
    added = {"counted_amount": counted.amount, "compared_date": counted.date}
    return records.table.filter(counted.takes_part).select(**columns, **added)


def _free(name: str, ours: Collection[str], names: Collection[str]) -> str:
    """The name of an input's column, which is another where a column that is added bears it."""
    if name.casefold() not in ours:
        return name
    free = f"record_{name.casefold()}"
    while free in names:
        free += "_"
    return free
