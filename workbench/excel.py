"""Workbook: tables as one Excel file, a sheet for each, with nothing rounded and nothing that runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from workbench.errors import SourceError
from workbench.instants import rfc3339
from workbench.text_files import whole_file

MOST_ROWS = 1_048_575  # rows of a sheet, below its heading
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767  # characters of a cell, in 16-bit units: a letter beyond the basic plane takes two
# What a workbook's XML cannot hold, or would read back as something else: control characters, and two that are none.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff]")
# _x0041_ stands for A in a workbook, and _x005F_ for the _ of such a text.
ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
DIGITS = 15  # digits of a number that Excel keeps
EARLIEST = datetime(1900, 3, 1, tzinfo=UTC)  # Excel counts a 29 February 1900


def write_workbook(tables: Mapping[str, pa.Table], path: Path, *, force: bool = False) -> None:
    """Write each table into its sheet of the Excel file ``path``.

    Numbers are numbers, and text in a column that holds one with more digits than Excel keeps. Instants are dates in
    UTC, and ISO 8601 text where Excel would round them. Text stays text, whatever it begins with; each character that
    XML cannot hold becomes U+FFFD, and every line end one line feed. ``force`` replaces the file, once the new one is
    whole.
    Raises ``SourceError`` if the file is there already or cannot be written, or if a table does not fit a sheet.

    >>> from tempfile import TemporaryDirectory
    >>> from openpyxl import load_workbook
    >>> with TemporaryDirectory() as folder:
    ...     write_workbook({"notes": pa.table({"note": ["=1+1"], "n": [10**15]})}, Path(folder, "notes.xlsx"))
    ...     print(list(load_workbook(Path(folder, "notes.xlsx"))["notes"].values))
    [('note', 'n'), ('=1+1', '1000000000000000')]
    """
    for name, table in tables.items():
        _check_fits(name, table)  # before a sheet is begun, since none can be left half written
    try:
        if path.exists() and not force:
            raise SourceError(f"{path} exists already: name another file, or choose to replace it")
        with whole_file(path) as file:
            _book(tables).save(file)
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error.strerror}") from None


def _book(tables: Mapping[str, pa.Table]) -> Workbook:
    book = Workbook(write_only=True)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in _rows(sheet, table):
            sheet.append(row)
    return book


def _check_fits(name: str, table: pa.Table) -> None:
    if len(table) > MOST_ROWS:
        raise SourceError(f"{name} has {len(table):,} rows, and a sheet of Excel {MOST_ROWS:,}: take CSV or Parquet")
    if len(table.columns) > MOST_COLUMNS:
        raise SourceError(
            f"{name} has {len(table.columns):,} columns, and a sheet of Excel {MOST_COLUMNS:,}: take CSV or Parquet"
        )
    longest = max(map(_longest, [pa.chunked_array([table.column_names], pa.string()), *table.columns]))
    if longest > MOST_CHARACTERS:
        raise SourceError(
            f"{name} has a text of {longest:,} characters, and a cell of Excel {MOST_CHARACTERS:,}: take CSV or Parquet"
        )


def _longest(column: pa.ChunkedArray) -> int:
    """The most 16-bit units that the text of a cell takes, whatever the column holds."""
    kind = column.type
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return 0  # numbers, instants and the like are short
    if pa.types.is_string(kind):
        column = column.filter(pc.greater(pc.utf8_length(column), MOST_CHARACTERS // 2))  # no letter takes over 2 units
    texts = (_shown(str(value)) for value in column.to_pylist() if value is not None)
    return max((len(text.encode("utf-16-le", "surrogatepass")) // 2 for text in texts), default=0)


def _rows(sheet: Any, table: pa.Table) -> Iterator[list[Any]]:
    """The heading, then every row of the table, as cells."""
    heading = [
        _text(sheet, f"{field.name} (UTC)" if pa.types.is_timestamp(field.type) else field.name)
        for field in table.schema
    ]
    for cell in heading:
        cell.font = Font(bold=True)
    yield heading
    makers = [_maker(sheet, column) for column in table.columns]
    for batch in table.to_batches(max_chunksize=10_000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [None if value is None else make(value) for make, value in zip(makers, values, strict=True)]


def _maker(sheet: Any, column: pa.ChunkedArray) -> Callable[[Any], Any]:
    """What makes a value of the column into a cell."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return lambda instant: _instant(sheet, instant)
    if pa.types.is_decimal(kind) or pa.types.is_integer(kind):
        decimals = kind.scale if pa.types.is_decimal(kind) else 0
        if not _keeps(column, decimals):
            return lambda amount: _text(sheet, f"{amount:f}" if decimals else str(int(amount)))
        shown = f"#,##0.{'0' * decimals}".rstrip(".")
        return lambda amount: _cell(sheet, amount, number_format=shown)
    if pa.types.is_boolean(kind):
        return lambda value: value
    if pa.types.is_floating(kind):
        return lambda value: value if math.isfinite(value) else _text(sheet, str(value))
    return lambda value: _text(sheet, str(value))


def _keeps(column: pa.ChunkedArray, decimals: int) -> bool:
    """Whether Excel keeps every digit of a column of numbers."""
    limit = Decimal(10) ** (DIGITS - decimals)
    return all(value is None or abs(value) < limit for value in pc.min_max(column).as_py().values())


def _instant(sheet: Any, instant: datetime) -> Any:
    utc = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    if utc.microsecond or getattr(utc, "nanosecond", 0) or utc < EARLIEST:
        return _text(sheet, rfc3339(utc))
    return _cell(sheet, utc.replace(tzinfo=None), number_format="yyyy-mm-dd hh:mm:ss")


def _text(sheet: Any, text: str) -> Any:
    return _cell(sheet, _shown(text), data_type="s")  # or what begins with = would run


def _shown(text: str) -> str:
    """The text as a workbook can hold it, which reads back as it was wherever that is possible."""
    one_newline = text.replace("\r\n", "\n").replace("\r", "\n")  # as a cell of Excel has it
    return ESCAPE.sub("_x005F_", UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", one_newline))


def _cell(sheet: Any, value: Any, **attributes: str) -> Any:
    cell = WriteOnlyCell(sheet, value)
    for name, attribute in attributes.items():
        setattr(cell, name, attribute)
    return cell
