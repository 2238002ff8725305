"""Export: tables as CSV that a spreadsheet opens without harm, and as Parquet that keeps every value and type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from string import ascii_letters, digits

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from workbench.engine import query
from workbench.runs.folder.hashes import hash_file, sync

# What spreadsheets run: a cell that starts with = + - @ or their full-width forms, which some find behind blanks,
# quotes and controls too; and whatever starts with a control that ends a cell.
FORMULA = r"""^[\s\p{Z}\p{C}'"]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"""

_SAFE = pa.array([b"", *(letter.encode() for letter in ascii_letters + digits)])
_PLAIN_SCALE = 6  # Arrow writes smaller decimals with an exponent
_OPTIONS = pacsv.WriteOptions(batch_size=16_384)  # rows: more take more memory, not less time


def write_tables(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, str]:
    """Write each table into ``folder``, as ``<name>.csv`` and ``<name>.parquet``; return the files' SHA-256 by name.

    In CSV, texts and instants stand in quotes, instants are ISO 8601 in UTC, decimals exact and plain, nulls empty, and
    a text that a spreadsheet would run as a formula gets a leading apostrophe, headers included. Parquet has the
    values as they are.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     hashes = write_tables({"notes": pa.table({"note": ["fine", "=1+1"], "n": [1, -1]})}, Path(folder))
    ...     print((Path(folder) / "notes.csv").read_text())
    "note","n"
    "fine",1
    "'=1+1",-1
    <BLANKLINE>
    """
    largest_first = sorted(tables, key=lambda name: -len(tables[name]))
    jobs = [
        (write, folder / f"{name}.{kind}", tables[name]) for name in largest_first for kind, write in WRITERS.items()
    ]

    with ThreadPoolExecutor(2) as writers, ThreadPoolExecutor(1) as disk:

        def work(job: tuple[Callable[[pa.Table, Path], None], Path, pa.Table]) -> tuple[str, str, Future[None]]:
            write, path, table = job
            write(table, path)
            synced = disk.submit(sync, path)  # which takes a while, and no processor
            return path.name, hash_file(path), synced

        written = list(writers.map(work, jobs))
    for _, _, synced in written:
        synced.result()
    return {name: digest for name, digest, _ in written}


def write_csv(table: pa.Table, path: Path) -> None:
    """Write one table as CSV, as ``write_tables`` does."""
    cells = [_cells(column) for column in table.columns]
    [headers] = _harmless(pa.chunked_array([table.column_names], pa.string())).chunks
    pacsv.write_csv(pa.table(cells, headers.to_pylist()), path, _OPTIONS)


def _write_parquet(table: pa.Table, path: Path) -> None:
    squeezed = {name: "none" if _hardly_shrinks(name, table[name]) else "snappy" for name in table.column_names}
    coded = [name for name, how in squeezed.items() if how != "none"]
    pq.write_table(table, path, use_dictionary=coded, compression=squeezed)


def _hardly_shrinks(name: str, column: pa.ChunkedArray) -> bool:
    """Whether these are ids of transactions, each another, which would take longer than all the rest."""
    sample = column[:1000]
    return name.endswith("transaction_id") and pc.count_distinct(sample).as_py() == len(sample)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {"csv": write_csv, "parquet": _write_parquet}


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as the cells that stand for it: numbers, or harmless texts."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells(column.cast(kind.value_type))
    if pa.types.is_string_view(kind):
        return _cells(column.cast(pa.large_string()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _harmless(column)
    if pa.types.is_timestamp(kind) and _of_four_digits(column):
        return _instants(column)
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= _PLAIN_SCALE):
        return column
    return _plain(column) if pa.types.is_decimal(kind) or pa.types.is_floating(kind) else _harmless(_plain(column))


def _of_four_digits(column: pa.ChunkedArray) -> bool:
    """Whether the years of all instants have four digits."""
    first_and_last = pc.min_max(column.cast(pa.timestamp(column.type.unit))).values()
    return all(not instant.is_valid or 0 <= pc.year(instant).as_py() <= 9999 for instant in first_and_last)


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants as ISO 8601 has them, of a zone in UTC; with a fraction of a second where any of them has one."""
    utc = column.cast(pa.timestamp(column.type.unit))  # and not by name, which looks the zone up for each of them
    whole = pc.all(pc.equal(pc.subsecond(utc), 0)).as_py() is not False
    texts = (utc.cast(pa.timestamp("s")) if whole else utc).cast(pa.string())
    texts = pc.binary_replace_slice(texts, 10, 11, "T")
    return pc.binary_join_element_wise(texts, "Z", "") if column.type.tz else texts


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values of any other kind as DuckDB writes them: decimals without an exponent, lists and records as a whole."""
    return query("SELECT value::VARCHAR AS value FROM plain", {"plain": pa.table({"value": column})})["value"]


def _harmless(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts, with an apostrophe before those that a spreadsheet would run."""
    # What starts with a letter or a digit is none, and most texts do: so the pattern is seldom tried.
    first = pc.binary_slice(texts.cast(pa.large_binary()), 0, 1)
    if pc.all(pc.is_in(first, _SAFE)).as_py() is not False:
        return texts
    apostrophe, nothing = (pa.scalar(text, texts.type) for text in ("'", ""))
    marked = pc.binary_join_element_wise(apostrophe, texts, nothing)
    return pc.if_else(pc.match_substring_regex(texts, FORMULA), marked, texts)
