"""The engine that relational steps run on: an Ibis connection, DuckDB embedded by default."""

from __future__ import annotations

from functools import cache

import ibis
from ibis.backends.duckdb import Backend

from workbench.errors import one_of

ENGINES = ("duckdb",)


def connect(name: str = "duckdb") -> Backend:
    """Open a new engine.

    ``duckdb`` runs inside this process, in memory, and needs no server.
    Raises ``SettingsError`` for any other name.

    >>> connect("duckdb").name
    'duckdb'
    """
    one_of(name, ENGINES, "engine")
    engine = ibis.duckdb.connect()
    engine.raw_sql("SET TimeZone = 'UTC'")  # whatever the machine's own is
    engine.raw_sql("SET enable_progress_bar = false")  # ours tells of stages
    return engine


@cache
def default_engine() -> Backend:
    """The engine that is shared by all calls that name none."""
    return connect()
