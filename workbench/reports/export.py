"""Export: tables as CSV that a spreadsheet opens without harm, and as Parquet that keeps every value and type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.reports.manifest import hash_file

# What spreadsheets run: a cell that starts with = + - @ or their full-width forms, which some find behind blanks,
# quotes and controls too; and whatever starts with a control that ends a cell.
FORMULA = r"""^[\s\p{Z}\p{C}'"]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"""

SHORT = 18  # digits that fit 64 bits


def write_tables(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, str]:
    """Write each table into ``folder``, as ``<name>.csv`` and ``<name>.parquet``; return the files' SHA-256 by name.

    In CSV, instants are ISO 8601 in UTC, decimals exact and plain, nulls empty (an empty text is ``""``), and a text
    that a spreadsheet would run as a formula gets a leading apostrophe, headers included. Parquet has the values
    as they are.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     hashes = write_tables({"notes": pa.table({"note": ["fine", "=1+1"], "n": [1, -1]})}, Path(folder))
    ...     print((Path(folder) / "notes.csv").read_text())
    note,n
    fine,1
    '=1+1,-1
    <BLANKLINE>
    """
    largest_first = sorted(tables, key=lambda name: -len(tables[name]))
    jobs = [
        (write, folder / f"{name}.{kind}", tables[name]) for name in largest_first for kind, write in WRITERS.items()
    ]

    def work(job: tuple[Callable[[pa.Table, Path], None], Path, pa.Table]) -> tuple[str, str]:
        write, path, table = job
        write(table, path)
        return path.name, hash_file(path)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(work, jobs))


def _write_csv(table: pa.Table, path: Path) -> None:
    """By DuckDB, in one thread: with several, keeping rows in order takes more memory, and in all more time."""
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.execute("SET enable_progress_bar = false")
        # By position, since DuckDB does not tell names apart by case.
        engine.register("plain", table.rename_columns([f"c{at}" for at in range(table.num_columns)]))
        cells = [_cell(f"c{at}", column) for at, column in enumerate(table.columns)]
        headers = [f'AS "{_header(engine, title)}"' for title in table.column_names]
        columns = ", ".join(f"{cell} {header}" for cell, header in zip(cells, headers, strict=True))
        engine.sql(f"SELECT {columns} FROM plain").write_csv(str(path), header=True)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {"csv": _write_csv, "parquet": pq.write_table}


def _cell(name: str, column: pa.ChunkedArray) -> str:
    """The SQL that writes a column's values."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        instant = f"({name} AT TIME ZONE 'UTC')" if kind.tz else name
        if _whole_seconds(column):  # nearly always, and then twice as fast
            return f"strftime({instant}, '%Y-%m-%dT%H:%M:%S{'Z' if kind.tz else ''}')"
        return f"replace({instant}::VARCHAR, ' ', 'T') || '{'Z' if kind.tz else ''}'"
    if _is_text(kind):
        return _harmless(f"{name}::VARCHAR")
    if pa.types.is_decimal(kind) and kind.scale < SHORT and _short(column):
        return f"{name}::DECIMAL({SHORT}, {kind.scale})"  # what fits 64 bits is written twice as fast
    return name


def _whole_seconds(column: pa.ChunkedArray) -> bool:
    seconds = pa.timestamp("s", column.type.tz)
    return bool(pc.all(pc.equal(column, pc.floor_temporal(column, unit="second").cast(seconds))).as_py() is not False)


def _short(column: pa.ChunkedArray) -> bool:
    extremes = pc.min_max(column).as_py()
    limit = Decimal(10) ** (SHORT - column.type.scale)
    return all(value is None or abs(value) < limit for value in extremes.values())


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _harmless(text: str) -> str:
    # What starts with a letter is none, and most texts do: so the pattern is tried on few.
    suspect = f"NOT {text} BETWEEN 'A' AND '{{' AND regexp_matches({text}, $${FORMULA}$$)"
    return f"CASE WHEN {suspect} THEN '''' || {text} ELSE {text} END"


def _header(engine: duckdb.DuckDBPyConnection, title: str) -> str:
    """A column's title as an SQL name, made harmless like any text."""
    [[harmless]] = engine.execute(f"SELECT {_harmless('$1::VARCHAR')}", [title]).fetchall()
    return str(harmless).replace('"', '""')
