"""Raw input: what a source holds before anyone decides what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import Engine, from_arrow
from workbench.errors import SourceError
from workbench.layouts.questions import Question
from workbench.records import INDICATORS, LazyFile, LeftOut
from workbench.statements import Statement

ROW = "__row__"
MOST_FIELDS = 3_000  # columns of a table: the engine's statements grow with them, and no records have as many
_SECONDS = 1 << 42  # before and after 1970: some hundred thousand years, which microseconds can count
_COARSE = {"s": _SECONDS, "ms": 1000 * _SECONDS}
FEE = "__fee__"  # what a column beside the amount says of a fee


@dataclass(frozen=True)
class MalformedRow:
    """A row that cannot be taken apart into columns; ``row`` 1 is the first record."""

    row: int
    value: str
    reason: str


@dataclass(frozen=True)
class FileFacts:
    """What the reader of a format found out about a file.

    ``options`` are the reader's options that it found out. ``exact`` are the places of columns whose numbers the format
    itself writes with a decimal point. ``has_lines`` says that a row of the file may be no record, such as a total, and
    ``lines`` in which line of the file each of some records begins.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    exact: frozenset[int] = frozenset()
    has_lines: bool = False
    lines: Callable[[Sequence[int]], list[int]] = list
    detects: bool = False  # what its columns mean and how they are written may be found out
    has_zero_bytes: bool = True  # or may have some


@dataclass(frozen=True)
class Raw:
    """An input as it came.

    ``table`` has a column for each header, in the order of ``headers``, then ``ROW``, the number of the record.
    ``lazy`` is the file, if the engine reads each column of it by itself, when it needs it. ``facts`` is what
    the reader of the format found out about it.
    ``statements`` are the account statements that the records stand in, ``left_out`` what of the input is no record.
    ``indicators`` are those of the balances that transactions of a ledger name.
    """

    headers: tuple[str, ...]
    table: ir.Table
    malformed: tuple[MalformedRow, ...] = ()
    lazy: LazyFile | None = None
    statements: tuple[Statement, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    facts: FileFacts = FileFacts()
    rows: pa.Table | None = None  # the same rows, where they are in memory
    indicators: pa.Table = field(default_factory=INDICATORS.empty_table)


def rows_at(rows: pa.Table, places: Sequence[int]) -> pa.Table:
    """The rows at ascending places; a take of the whole would bring all its chunks into one piece before."""
    wanted = np.asarray(places, np.int64)
    parts, begin = [], 0
    for batch in rows.to_batches():
        first, last = np.searchsorted(wanted, (begin, begin + len(batch)))
        if first < last:
            parts.append(batch.take(pa.array(wanted[first:last] - begin)))
        begin += len(batch)
    return pa.Table.from_batches(parts, rows.schema)


def check_width(name: str, columns: int) -> None:
    """Raise ``SourceError`` for an input with more columns than records have."""
    if columns > MOST_FIELDS:
        raise SourceError(
            f"{name} has {columns:,} columns, and records have {MOST_FIELDS:,} at most: take out those "
            "that say nothing of a record"
        )


def raw_arrow(
    engine: Engine, table: pa.Table, malformed: Sequence[MalformedRow] = (), facts: FileFacts = FileFacts()
) -> Raw:
    """An Arrow table as an input; malformed rows keep their place among the numbers of the others."""
    numbers = np.delete(np.arange(1, len(table) + len(malformed) + 1), [bad.row - 1 for bad in malformed])
    names = [f"column {position}" for position in range(table.num_columns)]
    columns = [_readable(column) for column in table.columns]
    numbered = pa.table([*columns, numbers], [*names, ROW])
    if table.num_columns > MOST_FIELDS:  # it is refused for its headers: the engine takes seconds for each 10,000
        numbered = numbered.select([ROW])
    return Raw(tuple(table.column_names), from_arrow(engine, numbered), tuple(malformed), facts=facts, rows=numbered)


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in a type that the engine has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        chunks = [chunk.dictionary.take(chunk.indices) for chunk in column.chunks]  # no cast takes all types
        return _readable(pa.chunked_array(chunks, kind.value_type))
    if pa.types.is_null(kind) or pa.types.is_decimal256(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.unit in _COARSE:
        return _bounded(column, _COARSE[kind.unit])
    if pa.types.is_date(kind):
        return _bounded(column.cast(pa.date32(), safe=False), _SECONDS // 86_400)
    if _engine_lacks(kind):
        texts = [f"{value:f}" if isinstance(value, Decimal) else value for value in _values(column)]
        texts = [None if text is None else str(text) for text in texts]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return column


def _bounded(column: pa.ChunkedArray, most: int) -> pa.ChunkedArray:
    """Dates that the engine can hold; those far outside, which no record has, become others far outside."""
    whole = pa.int64() if pa.types.is_timestamp(column.type) else pa.int32()
    not_later = pc.min_element_wise(column.cast(whole), pa.scalar(most, whole), skip_nulls=False)
    return pc.max_element_wise(not_later, pa.scalar(-most, whole), skip_nulls=False).cast(column.type)


def _values(column: pa.ChunkedArray) -> list[Any]:
    try:
        return list(column.to_pylist())
    except OverflowError:  # a length of time that Python has not
        return list(column.cast(pa.int64()).to_pylist())


def _engine_lacks(kind: pa.DataType) -> bool:
    """Whether the engine cannot read values of a type, or not give them back as they are."""
    if pa.types.is_union(kind) and kind.mode == "dense":
        return True
    if pa.types.is_nested(kind):
        return any(_engine_lacks(kind.field(place).type) for place in range(kind.num_fields))
    spans = pa.types.is_duration(kind) or pa.types.is_interval(kind)
    return spans or pa.types.is_float16(kind) or (pa.types.is_decimal(kind) and kind.scale < 0)
