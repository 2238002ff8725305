"""PostgreSQL: a live Blnk ledger, read as it stood at one instant and never written to."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import pyarrow as pa

from workbench.dsn import hosts_of, redact
from workbench.engine import Engine, EngineError, copied, quoted
from workbench.errors import SettingsError, SourceError
from workbench.records import INDICATORS, INTERNAL, Kind, Origin
from workbench.sources.options import SELECTING, Options
from workbench.sources.raw import ROW, Raw

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

PATIENCE = 10  # seconds to wait for a server, where neither the DSN nor the environment says how many
_EXAMPLE = "postgresql://user@host:5432/database"
_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    # Values come as text: whatever the server's defaults are, it is text that the readers understand.
    "SET LOCAL client_encoding = 'UTF8'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL standard_conforming_strings = on",
)
_CATALOG = """
SELECT relname, attname, format_type(atttypid, NULL)
FROM pg_catalog.pg_attribute
JOIN pg_catalog.pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'blnk'
WHERE attnum > 0 AND NOT attisdropped
ORDER BY relname, attnum
"""
_STATE = """
SELECT current_database()::text, pg_current_snapshot()::text,
    to_char(statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
_INDICATORS = """
SELECT indicator::text AS indicator, balance_id::text AS balance_id
FROM blnk.balances WHERE indicator <> '' ORDER BY indicator, balance_id
"""
_UPLOADS = """
SELECT upload_id, string_agg(DISTINCT source, ', ' ORDER BY source), count(*),
    to_char(min(date), 'YYYY-MM-DD'), to_char(max(date), 'YYYY-MM-DD')
FROM blnk.external_transactions{} GROUP BY upload_id ORDER BY max(date) DESC, upload_id
"""
_RULES = "SELECT name::text, description::text, criteria::text FROM blnk.matching_rules ORDER BY id"
LISTED = 20  # uploads that a message names
# Others are cast by the server: the driver has no exact type for them, or none for all that they can hold.
_NATIVE = {"smallint", "integer", "bigint", "boolean", "text", "character varying"}
_SEVERITY = re.compile(r"\w+:  ")  # how the server's messages begin, in its language
_OF_DRIVER = re.compile(r"^.*(?:Failed to connect: | failed: |\b(?=\w+:  ))")
_OPTIONS = {"mapping", "on_bad", *SELECTING}
HASHED = 1 << 16  # rows that are hashed at a time


@dataclass(frozen=True)
class Table:
    """A table of Blnk's: its name, when its records were made, and what puts them in order."""

    name: str
    instant: str | None
    key: str


TABLES = {
    "external": Table("external_transactions", "date", "id"),
    "internal": Table("transactions", "created_at", "transaction_id"),
    "balance": Table("balances", None, "balance_id"),
    "snapshot": Table("balance_snapshots", "snapshot_time", "balance_id"),
}


@dataclass(frozen=True)
class Ledger:
    """A ledger in a PostgreSQL database as it stood at one instant: all that is read from it belongs together."""

    name: str  # the database, without user and password
    path: str  # the DSN without its password
    snapshot: str  # the instant in UTC, and PostgreSQL's name for the state it saw
    columns: Mapping[str, Mapping[str, str]] = field(repr=False)  # the types of the columns of each table
    connection: Connection = field(repr=False)


@contextmanager
def open_ledger(dsn: str) -> Iterator[Ledger]:
    """Open a Blnk ledger in PostgreSQL, to be read by the readers as if it were a file.

    Everything read before it closes is of one instant, whatever others write meanwhile: balances, transactions and
    snapshots belong together. Nothing can be written. The password may stand in the URL, but is better kept in the
    environment (``PGPASSWORD``) or in ``~/.pgpass``.

    Raises ``SourceError`` if the driver is not installed, the URL is not well formed, or the server refuses it or does
    not answer in time (``connect_timeout``, else ``PGCONNECT_TIMEOUT``, else 10 seconds for each host).

    >>> with open_ledger("postgresql://ann:s3cret@localhost:1/books"):  # doctest: +ELLIPSIS
    ...     pass
    Traceback (most recent call last):
    workbench.errors.SourceError: cannot connect to postgresql://ann@localhost:1/books: ...
    """
    hosts = _hosts(dsn)
    connection = _connect(dsn)
    try:
        yield _begin(connection, hosts, redact(dsn))
    finally:
        connection.close()


def read(ledger: Ledger, kind: Kind, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    """Stream the records of one kind into the engine, in order of time and key.

    Raises ``SettingsError`` for options that select what the kind has not, and ``SourceError`` if the database has no
    such table, or stops before its end.
    """
    foreign = sorted(options.differing().keys() - _OPTIONS)
    if foreign:
        raise SettingsError(f"{foreign[0]}= is for files: a database says itself what its columns hold")
    table = TABLES[kind.name]
    name = f"{ledger.name} blnk.{table.name}"
    columns = ledger.columns.get(table.name)
    if columns is None:
        missing = [f"blnk.{needed.name}" for needed in TABLES.values() if needed.name not in ledger.columns]
        raise SourceError(f"{ledger.name} is no Blnk ledger, or not all of one: it has no table {', '.join(missing)}")
    where = _where(table, kind, options)
    query = _select(table, columns) + where + _order(table, columns)
    digest = hashlib.sha256()
    try:
        if "upload_id" in columns and table is TABLES["external"] and options.upload_id is None:
            _check_one_upload(ledger, name, where)
        raw = _stream(ledger.connection, query, engine, digest.update)
        indicators = _indicators(ledger) if kind is INTERNAL else INDICATORS.empty_table()
    except (_driver().Error, EngineError) as error:
        raise SourceError(f"cannot read {name}: {_reason(error)}") from None
    origin = Origin(name, "postgresql", 0, ledger.path, digest.hexdigest(), options.differing(), ledger.snapshot)
    return Raw(tuple(columns), raw, indicators=indicators), origin


def _hosts(dsn: str) -> str:
    """The servers that a DSN names."""
    hosts = hosts_of(dsn)
    # What libpq would take apart otherwise than it is meant, it would quote when it complains.
    if hosts is None or not dsn.startswith(("postgresql://", "postgres://")):
        raise SourceError(
            f"the URL of the database is not well formed: it should look like {_EXAMPLE}, with the marks : @ / ? & = % "
            "and blanks within a part written as %3A %40 %2F %3F %26 %3D %25 %20 (a password is best left out of it: "
            "PGPASSWORD and ~/.pgpass hold it as it is)"
        )
    return hosts


def _connect(dsn: str) -> Connection:
    driver = _driver()
    timed = "connect_timeout=" in dsn or "PGCONNECT_TIMEOUT" in os.environ
    url = dsn.rstrip("?&")
    patient = url if timed else f"{url}{'&' if '?' in url else '?'}connect_timeout={PATIENCE}"
    try:
        return driver.connect(patient, autocommit=True)  # the transaction is begun by hand: it is a special one
    except driver.Error as error:
        raise SourceError(
            f"cannot connect to {redact(dsn)}: {_reason(error)}; check server, database and user, and that the "
            "password is in PGPASSWORD, ~/.pgpass or the URL"
        ) from None


def _driver() -> ModuleType:
    try:
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra, and a second that only databases need
    except ImportError:
        raise SourceError(
            "PostgreSQL needs a driver that is not installed: pip install 'ledger-workbench[postgres]'"
        ) from None
    return dbapi


def _begin(connection: Connection, hosts: str, path: str) -> Ledger:
    """Begin the one transaction: the first query in it fixes what all the others see."""
    try:
        with connection.cursor() as cursor:
            for statement in _BEGIN:
                cursor.execute(statement)
            database, state, instant = _rows(connection, _STATE)[0]
            columns: dict[str, dict[str, str]] = {}
            for table, column, kind in _rows(connection, _CATALOG):
                columns.setdefault(table, {})[column] = kind
    except _driver().Error as error:
        raise SourceError(f"cannot read {path}: {_reason(error)}") from None
    return Ledger(f"postgresql://{hosts}/{database}", path, f"{instant} {state}", columns, connection)


def _rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _select(table: Table, columns: Mapping[str, str]) -> str:
    """All columns, numbered: engines do not tell columns by their case, as PostgreSQL does."""
    values = [quoted(name) if kind in _NATIVE else f"{quoted(name)}::text" for name, kind in columns.items()]
    listed = ", ".join(f'{value} AS "column {position}"' for position, value in enumerate(values))
    return f"SELECT {listed} FROM blnk.{table.name}"


def _where(table: Table, kind: Kind, options: Options) -> str:
    bounds = {"since": (table.instant, ">="), "until": (table.instant, "<")}
    bounds["upload_id"] = ("upload_id" if table is TABLES["external"] else None, "IN")
    conditions = []
    for option, (column, operator) in bounds.items():
        value = getattr(options, option)
        if value is not None and column is None:
            raise SettingsError(f"{option}= does not select {kind.name} records: leave it out")
        if value is not None:
            values = [upload.strip() for upload in value.split(",")] if option == "upload_id" else [value]
            conditions.append(f"{column} {operator} ({', '.join(map(_literal, values))})")
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _order(table: Table, columns: Mapping[str, str]) -> str:
    """The same rows come in the same order, so that they have the same numbers and the same digest."""
    keys = {str(table.instant): str(table.instant), table.key: f'{table.key}::text COLLATE "C"'}
    present = [key for column, key in keys.items() if column in columns]
    return f" ORDER BY {', '.join(present)}" if present else ""


def _stream(connection: Connection, query: str, engine: Engine, hashed: Callable[[pa.Buffer], None]) -> ir.Table:
    """The rows of a query as a table of the engine, numbered from 1; only a few batches are held at any time."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        batches = cursor.fetch_record_batch()
        hashed_batches = _seen(even(batches), hashed)
        return copied(engine, pa.RecordBatchReader.from_batches(batches.schema, hashed_batches), ROW)


def even(batches: Iterable[pa.RecordBatch], rows: int = HASHED) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of one size, so that their digest does not tell how they came."""
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        table = pa.Table.from_batches([*pending, batch])
        whole = len(table) - len(table) % rows
        for start in range(0, whole, rows):
            yield _one(table.slice(start, rows))
        pending = table.slice(whole).to_batches()
    if pending:
        yield _one(pa.Table.from_batches(pending))


def _one(table: pa.Table) -> pa.RecordBatch:
    """The rows in memory of their own: what a slice has beside its rows would be hashed with them."""
    return table.take(pa.array(range(len(table)), pa.int64())).combine_chunks().to_batches()[0]


def _seen(batches: Iterable[pa.RecordBatch], hashed: Callable[[pa.Buffer], None]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        hashed(batch.serialize())
        yield batch


def _check_one_upload(ledger: Ledger, name: str, where: str) -> None:
    """Refuse to take several uploads for one statement; raises ``SettingsError`` that lists them."""
    uploads = _rows(ledger.connection, _UPLOADS.format(where))
    if len(uploads) < 2:
        return
    listed = [
        f"  {upload}: {count:,} row{'' if count == 1 else 's'} of {sources or 'no source'}, {first} to {last}"
        for upload, sources, count, first, last in uploads[:LISTED]
    ]
    more = [f"  and {len(uploads) - LISTED:,} more"] if len(uploads) > LISTED else []
    raise SettingsError(
        f"{name} holds {len(uploads):,} uploads: say by upload_id (--external-upload-id) which to read, several with "
        "commas between\n" + "\n".join([*listed, *more])
    )


def stored_rules(dsn: str) -> list[dict[str, Any]]:
    """The matching rules that a ledger keeps, in the order in which they were made, as Blnk's JSON has them.

    Raises ``SourceError`` as ``open_ledger`` does, and for a database that keeps none.
    """
    with open_ledger(dsn) as ledger:
        if "matching_rules" not in ledger.columns:
            raise SourceError(f"{ledger.name} keeps no rules: it has no table blnk.matching_rules")
        try:
            rules = _rows(ledger.connection, _RULES)
        except _driver().Error as error:
            raise SourceError(f"cannot read {ledger.name} blnk.matching_rules: {_reason(error)}") from None
    return [
        {"name": name, "description": description or "", "criteria": json.loads(criteria, parse_float=Decimal)}
        for name, description, criteria in rules
    ]


def _indicators(ledger: Ledger) -> pa.Table:
    """The balances that have an indicator: transactions name them by their ids, and people by what they are called."""
    if not {"indicator", "balance_id"} <= set(ledger.columns.get("balances", {})):
        return INDICATORS.empty_table()
    with ledger.connection.cursor() as cursor:
        cursor.execute(_INDICATORS)
        return cursor.fetch_arrow_table().cast(INDICATORS)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _reason(error: Exception) -> str:
    """What the server, or else the library that talks to it, says: one line of many."""
    if "must call AdbcConnectionInit" in str(error):
        return "the ledger is closed; read inside the `with` that opened it"
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith("\t")]
    of_server = [line for line in lines if _SEVERITY.search(line)]
    return _SEVERITY.sub("", _OF_DRIVER.sub("", (of_server or lines)[0])).strip(" .")
