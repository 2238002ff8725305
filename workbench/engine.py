"""The engine that relational steps run on. This room alone knows which one it is: DuckDB, embedded in the process.

The rest of the package builds expressions with Ibis and hands them to the functions below. Another engine would have
to provide these functions, the two errors and the scalar functions at the end.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from ibis import util
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.operations import DatabaseTable, Namespace

Engine: TypeAlias = Backend
EngineError: TypeAlias = duckdb.Error  # whatever goes wrong in the engine
SumTooLarge: TypeAlias = duckdb.OutOfRangeException  # a sum has more digits than the engine's widest number
_BATCH = 1_000_000  # rows
_shared: list[duckdb.DuckDBPyConnection] = []  # at most one
_guard = Lock()


def own_engine(*, isolated: bool = False) -> Engine:
    """An engine for one input: a connection of its own, so that both sides of a job are worked on at the same time.

    Connections share one embedded database, which takes 30 milliseconds less than one for each; temporary tables and
    views belong to the connection. ``isolated`` makes a database of its own, for an input whose typed values may break
    it: a value outside of the range of its type invalidates the whole database, and everything else that lies in it.
    """
    connection = duckdb.connect() if isolated else _database().cursor()
    engine = ibis.duckdb.from_connection(connection)
    engine.raw_sql("SET TimeZone = 'UTC'")  # whatever the machine's own is
    engine.raw_sql("SET preserve_insertion_order = true")  # as by default: rows are found again by their place
    engine.raw_sql("SET disable_parquet_prefetching = true")  # files are local: reading ahead only takes memory
    engine.raw_sql("SET enable_progress_bar = false")  # the workbench tells of stages itself
    return engine


def _database() -> duckdb.DuckDBPyConnection:
    """The shared database; a new one where the last one was invalidated."""
    with _guard:
        try:
            _shared[0].execute("SELECT 1")
        except (IndexError, duckdb.Error):
            _shared[:] = [duckdb.connect()]
        return _shared[0]


def engine_of(table: ir.Table) -> Engine:
    """The engine that a table lies in."""
    return table.get_backend()


def interrupt(engine: Engine) -> None:
    """Have the engine leave the query that it is at, which then raises ``EngineError`` where it was asked for."""
    engine.con.interrupt()


def reason_of(error: Exception) -> str:
    """The first line of what the engine says: the others repeat the query."""
    return str(error).splitlines()[0]


def fetch(table: ir.Table) -> pa.Table:
    """The rows of a table that lies wholly in its engine, each column in one piece."""
    engine = engine_of(table)
    # Ibis takes batches so small that putting them together costs as much as fetching them.
    return engine.con.sql(engine.compile(table)).to_arrow_table(_BATCH).combine_chunks()


def stream(table: ir.Table) -> pa.RecordBatchReader:
    """The rows of such a table in batches, each of which may go before the next one comes."""
    engine = engine_of(table)
    batches = engine.con.sql(engine.compile(table)).to_arrow_reader(_BATCH // 5)
    return pa.RecordBatchReader.from_batches(batches.schema, _batches(batches))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    with reader:
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except OSError as error:  # as which Arrow tells what stopped the engine
                raise EngineError(str(error)) from None
            yield batch


def read_through(table: ir.Table) -> None:
    """Have the engine make every value of a table once; raises ``EngineError`` where it cannot."""
    engine = engine_of(table)
    engine.con.sql(f"SELECT bit_xor(hash(*COLUMNS(*))) FROM ({engine.compile(table)})").fetchall()


def from_arrow(engine: Engine, rows: pa.Table) -> ir.Table:
    """An Arrow table as a table of the engine, which reads it where it is."""
    name = util.gen_name("input")
    engine.con.register(name, rows)
    table = _table(engine, name)
    weakref.finalize(table.op(), _unregister, engine, name).atexit = False
    return table


def copied(engine: Engine, batches: pa.RecordBatchReader, number: str) -> ir.Table:
    """The rows of ``batches`` in a table of the engine, numbered from 1 in a column ``number``."""
    source, name = util.gen_name("stream"), util.gen_name("copy")
    engine.con.register(source, batches)
    try:
        engine.raw_sql(f"CREATE TEMP TABLE {name} AS SELECT *, row_number() OVER () AS {number} FROM {source}")
    finally:
        engine.con.unregister(source)
    return _temporary(engine, name, "TABLE")


def from_parquet(engine: Engine, path: Path, number: str) -> ir.Table:
    """A Parquet file that the engine reads a column at a time when it needs it, its rows numbered from 1.

    The file must have no column ``file_row_number``: the engine calls the number of a row so.
    """
    literal = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))  # the engine takes paths for patterns
    view = engine.read_parquet(literal, file_row_number=True, hive_partitioning=False)
    _drop_when_unused(engine, view, "VIEW")
    return view.mutate(**{number: view.file_row_number + 1}).drop("file_row_number")


def staged(engine: Engine, expression: ir.Table) -> ir.Table:
    """The expression as a view: what builds on it names its columns, and does not repeat how they are made."""
    name = util.gen_name("stage")
    engine.raw_sql(f'CREATE TEMP VIEW "{name}" AS {engine.compile(expression)}')
    return _temporary(engine, name, "VIEW", expression)


def computed(engine: Engine, expression: ir.Table) -> ir.Table:
    """The rows of the expression in a table of the engine: no later step computes them again."""
    name = util.gen_name("records")
    columns = ", ".join(f"{quoted(column)} {_kind(datatype)}" for column, datatype in expression.schema().items())
    engine.raw_sql(f'CREATE TEMP TABLE "{name}" ({columns})')
    engine.raw_sql(f'INSERT INTO "{name}" {engine.compile(expression)}')
    return _temporary(engine, name, "TABLE")


def _temporary(engine: Engine, name: str, what: str, needs: ir.Table | None = None) -> ir.Table:
    table = _table(engine, name)
    _drop_when_unused(engine, table, what, needs)
    return table


def _table(engine: Engine, name: str) -> ir.Table:
    """A table or view of the engine by its name: ``engine.table`` asks for its columns in ten times the time."""
    relation = engine.con.table(name)
    columns = {column: _type(str(kind)) for column, kind in zip(relation.columns, relation.types, strict=True)}
    return DatabaseTable(name, schema=ibis.schema(columns), source=engine, namespace=Namespace()).to_expr()


def quoted(column: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + column.replace('"', '""') + '"'


@cache
def _type(kind: str) -> dt.DataType:
    return DuckDBType.from_string(kind)


@cache
def _kind(datatype: dt.DataType) -> str:
    return DuckDBType.to_string(datatype)


def _drop_when_unused(engine: Engine, table: ir.Table, what: str, needs: ir.Table | None = None) -> None:
    """Drop what stands behind ``table`` when the last expression that uses it is gone, and let go what it ``needs``."""
    sql = f'DROP {what} IF EXISTS temp.main."{table.op().name}"'
    weakref.finalize(table.op(), _drop, engine, sql, needs).atexit = False


def _drop(engine: Engine, sql: str, _needs: ir.Table | None) -> None:
    with suppress(duckdb.Error):  # of a database that was invalidated there is nothing left to drop
        # Not by engine.drop_table: what Ibis 12 writes for it is no SQL with the SQL writer of today.
        engine.raw_sql(sql)


def _unregister(engine: Engine, name: str) -> None:
    with suppress(duckdb.Error):
        engine.con.unregister(name)


def zones(engine: Engine) -> list[str]:
    """The time zones that the engine knows, by all their names."""
    return [name for (name,) in engine.con.sql("SELECT name FROM pg_timezone_names()").fetchall()]


def query(sql: str, tables: Mapping[str, pa.Table], values: Sequence[Any] = ()) -> pa.Table:
    """The rows that a statement gives over Arrow tables, each under its name; instants are in UTC."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
        for name, rows in tables.items():
            connection.register(name, rows)
        return connection.sql(sql, params=list(values) or None).to_arrow_table()


# A number that is the same for the same text; Ibis makes its own by way of a text of bits.
hash_of = ibis.udf.scalar.builtin(lambda _text: ..., name="hash", signature=((dt.string,), dt.uint64))

# The exact product of decimals of any two types; the engine stops where it has more than 38 digits.
multiply = ibis.udf.scalar.builtin(
    lambda _left, _right: ..., name="multiply", signature=((dt.Decimal(), dt.Decimal()), dt.Decimal())
)

# The instant that a text says in a layout; null where it says none.
try_strptime = ibis.udf.scalar.builtin(
    lambda _text, _layout: ..., name="try_strptime", signature=((dt.string, dt.string), dt.timestamp)
)

_json_valid = ibis.udf.scalar.builtin(lambda _text: ..., name="json_valid", signature=((dt.string,), dt.boolean))
_json_text = ibis.udf.scalar.builtin(
    lambda _text, _path: ..., name="json_extract_string", signature=((dt.string, dt.string), dt.string)
)

# The instant at which clocks in a zone show this; the engine stops at a zone that it does not know.
in_zone = ibis.udf.scalar.builtin(
    lambda _zone, _local: ..., name="timezone", signature=((dt.string, dt.timestamp), dt.Timestamp("UTC"))
)

# The SHA-256 of a text, in hexadecimal digits.
sha256 = ibis.udf.scalar.builtin(lambda _text: ..., name="sha256", signature=((dt.string,), dt.string))


def extracted(text: ir.StringValue, pattern: str, names: Sequence[str]) -> ir.StructValue:
    """The groups of a regular expression in a text, each under its name; empty where there is none."""
    groups = ibis.udf.scalar.builtin(
        lambda _text, _pattern, _names: ...,
        name="regexp_extract",
        signature=((dt.string, dt.string, dt.Array(dt.string)), dt.Struct(dict.fromkeys(names, dt.string))),
    )
    return groups(text, pattern, ibis.array(list(names)))


_character = ibis.udf.scalar.builtin(
    lambda _text, _place: ..., name="array_extract", signature=((dt.string, dt.int64), dt.string)
)


def last_character(text: ir.StringValue) -> ir.StringValue:
    """The last character of a text, found twice as fast as by ``right``; empty text has an empty one."""
    return _character(text, -1)


_code_point = ibis.udf.scalar.builtin(lambda _code: ..., name="chr", signature=((dt.int32,), dt.string))


def holds_zero_byte(text: ir.StringValue) -> ir.BooleanValue:
    """Whether a text has a zero byte, which no statement of the engine could spell; false where there is none."""
    return ibis.coalesce(text.contains(_code_point(0)), False)


def without_zero_bytes(text: ir.StringValue, mark: str) -> ir.StringValue:
    """The text with ``mark`` in the place of each zero byte."""
    return text.replace(_code_point(0), mark)


def json_member(text: ir.StringValue, name: str) -> ir.StringValue:
    """The member ``name`` of a JSON object as text; null where there is none, or the text is no JSON."""
    return ibis.ifelse(_json_valid(text), _json_text(text, f'$."{name}"'), None)
