"""Raw input: what a source holds before anyone decides what it means."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import util
from ibis.backends.duckdb import Backend

from workbench.records import Live

ROW = "__row__"


@dataclass(frozen=True)
class Torn:
    """A row that cannot be taken apart into columns; ``row`` 1 is the first record."""

    row: int
    value: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """An input as it came.

    ``table`` has a column for each header, in the order of ``headers``, then ``ROW``, the number of the record.
    ``live`` is the file, if the engine reads each column of it by itself, when it needs it.
    """

    headers: tuple[str, ...]
    table: ir.Table
    torn: tuple[Torn, ...] = ()
    live: Live | None = None


def raw_arrow(engine: Backend, table: pa.Table, torn: Sequence[Torn] = ()) -> Raw:
    """An Arrow table as an input; torn rows keep their place among the numbers of the others."""
    numbers = np.delete(np.arange(1, len(table) + len(torn) + 1), [each.row - 1 for each in torn])
    names = [f"column {position}" for position in range(table.num_columns)]
    columns = [_readable(column) for column in table.columns]
    name = util.gen_name("input")
    engine.con.register(name, pa.table([*columns, numbers], [*names, ROW]))
    view = engine.table(name)
    weakref.finalize(view.op(), engine.con.unregister, name).atexit = False
    return Raw(tuple(table.column_names), view, tuple(torn))


def staged(table: ir.Table, engine: Backend) -> ir.Table:
    """The table as a view: what builds on it names its columns, and does not repeat how they are made."""
    name = util.gen_name("stage")
    engine.raw_sql(f'CREATE TEMP VIEW "{name}" AS {engine.compile(table)}')
    view = engine.table(name)
    drop_when_unused(engine, view, "VIEW", table)
    return view


def drop_when_unused(engine: Backend, table: ir.Table, what: str, needs: ir.Table | None = None) -> None:
    """Drop what stands behind ``table`` when the last expression that uses it is gone, and let go what it ``needs``."""
    sql = f'DROP {what} IF EXISTS temp.main."{table.op().name}"'
    weakref.finalize(table.op(), _drop, engine, sql, needs).atexit = False


def _drop(engine: Backend, sql: str, _needs: ir.Table | None) -> None:
    # Not by engine.drop_table: what Ibis 12 writes for it is no SQL with the SQL writer of today.
    engine.raw_sql(sql)


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in a type that the engine has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _readable(column.cast(kind.value_type))
    if pa.types.is_null(kind) or pa.types.is_decimal256(kind):
        return column.cast(pa.string())
    return column
