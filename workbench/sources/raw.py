"""Raw input: what a source holds before anyone decides what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from workbench.engine import Engine, from_arrow
from workbench.records import LeftOut, Live
from workbench.statements import Statement

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
    ``statements`` are the account statements that the records stand in, ``left_out`` what of the input is no record.
    """

    headers: tuple[str, ...]
    table: ir.Table
    torn: tuple[Torn, ...] = ()
    live: Live | None = None
    statements: tuple[Statement, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def raw_arrow(engine: Engine, table: pa.Table, torn: Sequence[Torn] = ()) -> Raw:
    """An Arrow table as an input; torn rows keep their place among the numbers of the others."""
    numbers = np.delete(np.arange(1, len(table) + len(torn) + 1), [each.row - 1 for each in torn])
    names = [f"column {position}" for position in range(table.num_columns)]
    columns = [_readable(column) for column in table.columns]
    return Raw(tuple(table.column_names), from_arrow(engine, pa.table([*columns, numbers], [*names, ROW])), tuple(torn))


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in a type that the engine has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _readable(column.cast(kind.value_type))
    if pa.types.is_null(kind) or pa.types.is_decimal256(kind):
        return column.cast(pa.string())
    return column
