"""Bad rows: what is wrong with them, as a table, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from workbench.errors import BadRecords
from workbench.records import Records

SHOWN = 20  # bad rows that a message lists
FILE = "file"  # the column that names the file of a row, where an input has several
FAULTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())])


def bad_records(name: str, rows: int, faults: pa.Table) -> BadRecords:
    """The error for an input that has ``rows`` records and these faults, in terms of Python and of the command line."""
    ways = ('on_bad="reject"', "--on-bad reject")
    return BadRecords(*(_message(name, rows, faults, way) for way in ways))


def count_bad(faults: pa.Table) -> int:
    """How many rows of all sides and files have a fault.

    >>> count_bad(pa.Table.from_pylist([{"row": 1}, {"row": 1}, {"row": 4}]))
    2
    """
    return len(faults.group_by([name for name in ("side", FILE, "row") if name in faults.column_names]).aggregate([]))


def rejected_rows(inputs: Iterable[tuple[str, Records]]) -> pa.Table:
    """The faults of all inputs: their ``side``, the ``file`` where one has several, and the columns of ``FAULTS``."""
    parts = []
    for side, records in inputs:
        rejected = records.rejected
        part = pa.table({column.name: pa.array(rejected[column.name], column.type) for column in FAULTS})
        if FILE in rejected:
            part = part.add_column(0, FILE, pa.array(rejected[FILE], pa.string()))
        parts.append(part.add_column(0, "side", pa.array([side] * len(part), pa.string())))
    return pa.concat_tables(sorted(parts, key=lambda part: -part.num_columns), promote_options="default")


def _message(name: str, rows: int, faults: pa.Table, way: str) -> str:
    listed: dict[tuple[str, int], list[str]] = {}
    for fault in faults.slice(0, 100 * SHOWN).to_pylist():
        place = fault.get(FILE) or "", fault["row"]
        if place in listed or len(listed) < SHOWN:
            listed.setdefault(place, []).append(sentence_of(fault))
    count = count_bad(faults)
    more = [f"and {count - SHOWN} more"] if count > SHOWN else []
    head = f"{name}: {count} of {rows} records are bad; correct them, or read the others with {way}"
    return "\n  ".join([head, *(sentence for of_row in listed.values() for sentence in of_row), *more])


def sentence_of(fault: Mapping[str, object]) -> str:
    """A fault, in a sentence."""
    file = f"{fault[FILE]}, " if fault.get(FILE) else ""
    where = f"{file}row {fault['row']}" + (f", column {fault['column']}" if fault["column"] else "")
    value = str(fault["value"] or "")
    shown = value if len(value) <= 60 else f"{value[:60]}…"
    return f"{where}: {shown!r} {fault['reason']}" if value else f"{where} {fault['reason']}"
