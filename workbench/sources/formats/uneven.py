"""Uneven rows: records with more or fewer fields than the header, where that can mean one thing only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS
from workbench.sources.detection.headings import meanings_of
from workbench.sources.detection.lines import is_record, rows_of

_KINDS = (EXTERNAL, INTERNAL, BALANCES, SNAPSHOTS)
# What a record has at least, so that a row that ends before it is cut.
_NEEDED = {"amount", "debit", "credit", "precise_amount", "balance", "date", "created_at", "currency", "direction"}


@dataclass(frozen=True)
class UnevenRow:
    """A row with another number of fields than the header; ``row`` 1 is the first record."""

    row: int
    text: str
    fields: int


def even_out(
    table: pa.Table, uneven: Sequence[UnevenRow], names: Sequence[str], delimiter: str, *, is_unfinished: bool
) -> tuple[pa.Table, list[UnevenRow]]:
    """The table with those uneven rows that are records all the same, and the other uneven rows.

    Fields without a text behind the last column say nothing. Columns behind the last field are empty, if they are in
    whole rows too, or if no row is whole, and records do without them. ``is_unfinished`` says that the line of the last
    row has no end: unless another row has as many fields, it may be cut.
    """
    last = len(table) + len(uneven)
    cells = {row.row: next(rows_of(row.text, delimiter), []) for row in uneven}
    widths = Counter(map(len, cells.values()))
    may_lack = _may_lack(table, [fields for fields in cells.values() if is_record(fields)], names)
    rows = {
        row: [*fields, *[""] * len(names)][: len(names)]
        for row, fields in cells.items()
        if is_record(fields)
        and not any(map(str.strip, fields[len(names) :]))
        and len(fields) >= may_lack
        and not (is_unfinished and row == last and widths[len(fields)] == 1 and len(fields) < len(names))
    }
    if not rows:
        return table, list(uneven)
    of_table = np.delete(np.arange(1, last + 1), [row.row - 1 for row in uneven])
    order = np.argsort(np.concatenate([of_table, np.array(list(rows), np.int64)]), kind="stable")
    columns = [pa.array(column, pa.string()) for column in zip(*rows.values(), strict=True)]
    whole = pa.concat_tables([table, pa.table(columns, names=table.column_names)]).take(pa.array(order))
    return whole, [row for row in uneven if row.row not in rows]


def _may_lack(table: pa.Table, short: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    """How many fields a row has at least: the columns behind them are empty in other rows too, and not needed."""
    widths = {len(fields) for fields in short if len(fields) < len(names)}
    place = len(names)
    while place and not _is_needed(names[place - 1]):
        if not _has_empty(table.column(place - 1)) if len(table) else place <= min(widths, default=0):
            break
        place -= 1
    return place


def _has_empty(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)).as_py())


def _is_needed(name: str) -> bool:
    return any(meaning in _NEEDED for kind in _KINDS for meaning, _ in meanings_of(name, kind))
