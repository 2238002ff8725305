"""Excel workbooks (.xlsx)."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.formats.in_memory import column_of
from workbench.sources.options import Options
from workbench.sources.raw import Raw, raw_arrow

Cells = list[tuple[Any, ...]]


def read(path: Path, options: Options, engine: Engine) -> Raw:
    """Read one sheet: its first row with a cell is the header, empty rows are no records.

    Numbers count with 15 significant digits: Excel holds no more.
    """
    header, *rows = _choose(path, _sheets(path), options.sheet)
    width = max(len(row) for row in (header, *rows))
    headers = ["" if name is None else str(name) for name in header] + [""] * (width - len(header))
    columns = list(zip_longest(*rows)) or [()] * width
    return raw_arrow(engine, pa.table([column_of(column, options.decimal) for column in columns], headers))


def _choose(path: Path, sheets: dict[str, Cells], name: str | None) -> Cells:
    names = ", ".join(repr(each) for each in sheets)
    if name is not None and name not in sheets:
        raise SourceError(f"{path.name} has no sheet {name!r} with cells; it has {names or 'none'}")
    if not sheets:
        raise SourceError(f"{path.name} is empty")
    if name is None and len(sheets) > 1:
        raise SourceError(f"{path.name} has {len(sheets)} sheets: give sheet= one of {names}")
    return sheets[name or next(iter(sheets))]


def _sheets(path: Path) -> dict[str, Cells]:
    """The rows of every sheet that has cells."""
    import openpyxl  # noqa: PLC0415 - a quarter of a second that only workbooks need
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError):
        raise SourceError(f"{path.name} is not an Excel workbook (.xlsx), or it is damaged") from None
    book.close()
    return {title: rows for title, rows in sheets.items() if rows}


def _rows(sheet: Any) -> Cells:
    sheet.reset_dimensions()  # some writers state a smaller sheet than they wrote
    rows = (_without_tail([_exact(cell) for cell in row]) for row in sheet.iter_rows(values_only=True))
    return [row for row in rows if row]


def _without_tail(row: Sequence[Any]) -> tuple[Any, ...]:
    filled = [position for position, cell in enumerate(row) if cell is not None]
    return tuple(row[: filled[-1] + 1]) if filled else ()


def _exact(cell: Any) -> Any:
    return Decimal(f"{cell:.15g}") if isinstance(cell, float) else cell
