"""The engine that relational steps run on: an Ibis connection, DuckDB embedded by default."""

from __future__ import annotations

from functools import cache

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from workbench.errors import one_of

ENGINES = ("duckdb",)
_BATCH = 1_000_000  # rows


def connect(name: str = "duckdb") -> Backend:
    """Open a new engine.

    ``duckdb`` runs inside this process, in memory, and needs no server.
    Raises ``SettingsError`` for any other name.

    >>> connect("duckdb").name
    'duckdb'
    """
    one_of(name, ENGINES, "engine")
    return _ready(duckdb.connect())


def own_engine() -> Backend:
    """An engine for one input that names none: a connection of its own to one embedded database.

    So both sides of a job are worked on at the same time, and what an input left in the database goes with it.
    """
    return _ready(_database().cursor())


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _ready(connection: duckdb.DuckDBPyConnection) -> Backend:
    engine = ibis.duckdb.from_connection(connection)
    engine.raw_sql("SET TimeZone = 'UTC'")  # whatever the machine's own is
    engine.raw_sql("SET preserve_insertion_order = true")  # as by default: rows are found again by their place
    engine.raw_sql("SET disable_parquet_prefetching = true")  # files are local: reading ahead only takes memory
    engine.raw_sql("SET enable_progress_bar = false")  # ours tells of stages
    return engine


def fetch(table: ir.Table) -> pa.Table:
    """The rows of a table that lies wholly in its engine, each column in one piece."""
    engine = table.get_backend()
    # Ibis takes batches so small that putting them together costs as much as fetching them.
    return engine.con.sql(engine.compile(table)).to_arrow_table(_BATCH).combine_chunks()


def stream(table: ir.Table) -> pa.RecordBatchReader:
    """The rows of such a table in batches, each of which may go before the next one comes."""
    engine = table.get_backend()
    return engine.con.sql(engine.compile(table)).to_arrow_reader(_BATCH // 5)
