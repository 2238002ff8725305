"""Workbooks: XLSX, XLS and ODS. Each is read in a process of its own, within bounds of memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.layouts.questions import Choice, Question
from workbench.records import LeftOut
from workbench.sources.detection.dates import date_readings
from workbench.sources.detection.lines import SCANNED, find_header, is_record
from workbench.sources.detection.notation import find_marks
from workbench.sources.formats import workbook_process
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.formulas import unread_of
from workbench.sources.formats.in_memory import as_text, column_of
from workbench.sources.formats.unpacking import ZIP, names_in
from workbench.sources.options import Options
from workbench.sources.raw import FileFacts, Raw, raw_arrow
from workbench.tabular import first_of

MEMORY = 3 << 29  # bytes that a workbook may unfold to
SECONDS = 60  # processor time that a workbook may take
PATIENCE = 180  # seconds in all, where the machine is busy
# Sheets are XML, which packs to a tenth or so; one that packs to less than this is made to overflow a machine.
RATIO, SMALL = 300, 1 << 26
FEW = 100_000  # cells; of more than these each takes a byte at least, but where one row stands for a million equal ones
LOOKED_AT = 400  # texts
MOST_NAMES = 20  # of sheets in a sentence
SWAPPED = ", with day and month swapped perhaps"  # what a date says that a spreadsheet may have made of another
LARGEST = 1 << 53  # up to this, a number of 64 bits holds each whole number
_Row = tuple[int, tuple[Any, ...]]  # the line of the row, and its cells
TYPED: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "datetime": datetime.fromisoformat, "text": str}


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, and its rows from the first row of the sheet on, each up to its last cell with a value."""

    name: str
    rows: list[tuple[Any, ...]]


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a workbook that have cells: texts, whole numbers, exact decimals, booleans, dates and instants.

    Numbers count with 15 significant digits: a workbook holds no more. A number that needs more is a text that says
    so. Raises ``SourceError`` if the file is damaged, protected by a password, or unfolds to more than ``MEMORY``.
    """
    bounds = map(str, (MEMORY, SECONDS, max(FEW, _unfolded(path))))
    try:
        done = subprocess.run(
            [sys.executable, "-P", workbook_process.__file__, str(path.absolute()), *bounds],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_large(path) from None
    if done.returncode:
        raise _refusal(path, done.returncode, done.stderr.decode("utf-8", "replace"))
    return [sheet for sheet in _sheets(done.stdout.splitlines()) if any(sheet.rows)]


def choose_sheet(path: Path, sheets: Sequence[Sheet], name: str | None) -> Sheet:
    """The sheet of that name, or without a name the only one; raises ``SourceError`` that lists them."""
    names = first_of([repr(sheet.name) for sheet in sheets], MOST_NAMES)
    if not sheets:
        raise SourceError(f"{path.name} is empty")
    chosen = [sheet for sheet in sheets if name in {None, sheet.name}]
    if not chosen:
        raise SourceError(f"{path.name} has no sheet {name!r} with cells; it has {names}")
    if len(chosen) > 1:
        raise SourceError(f"{path.name} has {len(sheets):,} sheets: give sheet= one of {names}")
    return chosen[0]


def sheet_table(rows: Sequence[tuple[Any, ...]], decimal: str, date_format: str | None) -> pa.Table:
    """The rows below a header as a table; columns that hold texts beside dates or numbers hold texts alone.

    Such dates and numbers are written as the texts of the input are: in ``date_format``, with ``decimal``.
    """
    header, *records = rows
    width = max(len(row) for row in rows)
    headers = ["" if name is None else str(as_text(name)) for name in header] + [""] * (width - len(header))
    columns = list(zip_longest(*records)) or [()] * width
    columns += [()] * (width - len(columns))
    filled = [column or (None,) * len(records) for column in columns]
    return pa.table([_column(column, decimal, date_format) for column in filled], headers)


def _column(cells: Sequence[Any], decimal: str, date_format: str | None) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell is not None}
    if str in kinds and kinds & {date, datetime} and _may_be_swapped(cells):
        cells = [f"{cell.isoformat()[:10]}{SWAPPED}" if isinstance(cell, date) else cell for cell in cells]
    if date_format and str in kinds and kinds & {date, datetime}:
        typed = [_date_of(cell, date_format) if isinstance(cell, str) else cell for cell in cells]
        written = [_as_written(cell, date_format) if isinstance(cell, date) else cell for cell in cells]
        cells = written if str in map(type, typed) else typed
    if {type(cell) for cell in cells if cell is not None} == {date, datetime}:
        cells = [_midnight(cell) if type(cell) is date else cell for cell in cells]
    return column_of(cells, decimal)


def _may_be_swapped(cells: Sequence[Any]) -> bool:
    """Whether texts are dates beyond the twelfth, and cells are dates up to it.

    So it is where a spreadsheet took the day for the month wherever that is possible, and left the others as texts.
    """
    texts, days = [cell for cell in cells if isinstance(cell, str)], [cell for cell in cells if isinstance(cell, date)]
    readings = date_readings(texts[:LOOKED_AT]) if min(len(texts), len(days)) > 1 else []
    beyond = any(
        reading.fits and reading.order in {"dmy", "mdy"} and all(value and value.day > 12 for value in reading.values)
        for reading in readings
    )
    return beyond and all(day.day <= 12 for day in days)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a cell knows no zone


def _date_of(text: str, date_format: str) -> datetime | str:
    """The date that a text is in this layout, or the text."""
    try:
        return datetime.strptime(text.strip(), date_format)  # noqa: DTZ007 - a cell knows no zone
    except ValueError:
        return text


def _as_written(cell: date, date_format: str) -> str:
    """A date cell as the texts beside it are written, if nothing of it is lost by that."""
    moment = cell if isinstance(cell, datetime) else _midnight(cell)
    text = moment.strftime(date_format)
    return text if _date_of(text, date_format) == moment else cell.isoformat()


def _sheets(lines: Sequence[bytes]) -> Iterator[Sheet]:
    sheet, before = Sheet("", []), 0
    for line in lines:
        content = json.loads(line, object_hook=_typed)
        if isinstance(content, Sheet):
            if sheet.name:
                yield sheet
            sheet, before = content, len(content.rows)
            sheet.rows.clear()
        elif isinstance(content, int):
            sheet.rows.extend([()] * content)
        else:
            sheet.rows.append(without_tail([None] * before + [as_shown(cell) for cell in content]))
    if sheet.name:
        yield sheet


def _typed(content: dict[str, Any]) -> Any:
    """What an object of the process stands for: a sheet, or a date or a time."""
    if "sheet" in content:
        return Sheet(content["sheet"], [()] * content["column"])
    [(kind, text)] = content.items()
    return TYPED[kind](text)


def as_shown(cell: Any) -> Any:
    """A number as the sheet shows it; an empty text is no cell."""
    if not isinstance(cell, float):
        return None if cell == "" else cell
    if cell.is_integer() and abs(cell) <= LARGEST:
        return int(cell)
    shown = Decimal(f"{cell:.15g}")
    # Below, what is beyond 15 digits is noise of additions; above, digits of the number itself are lost.
    return shown if abs(cell) < LARGEST or shown == Decimal(repr(cell)) else f"about {cell:.0f}"


def without_tail(row: Sequence[Any]) -> tuple[Any, ...]:
    """The row up to its last cell with a value."""
    filled = [position for position, cell in enumerate(row) if cell is not None]
    return tuple(row[: filled[-1] + 1]) if filled else ()


def _unfolded(path: Path) -> int:
    """The bytes of a workbook without its packing; refuses an archive that says itself that these are too many."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise _damaged(path, "its archive cannot be read") from None
    if size > MEMORY or (size > SMALL and size > RATIO * path.stat().st_size):
        raise too_large(path)
    return size


def _refusal(path: Path, code: int, message: str) -> SourceError:
    if message.startswith("PASSWORD"):
        return SourceError(f"{path.name} is protected by a password: save it without one")
    if code == 5:
        return _damaged(path, message.strip().splitlines()[0][:200] if message.strip() else "")
    # The process was stopped by its bounds, or by the fault of a library that was given a damaged file.
    if "panicked" in message or ("Traceback" in message and "MemoryError" not in message):
        return _damaged(path, "")
    return too_large(path)


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(f"{path.name} is no workbook (.xlsx, .xls or .ods), or it is damaged{f': {why}' if why else ''}")


def too_large(path: Path) -> SourceError:
    """The refusal of a workbook that unfolds to more than records do."""
    return SourceError(
        f"{path.name} unfolds to more than a workbook may ({MEMORY >> 20:,} MB, {SECONDS} s): often one stray cell far "
        "below or far to the right of the table; copy the table alone into a new workbook, or save it as CSV"
    )


def _read(path: Path, options: Options, engine: Engine) -> Raw:
    return raw_of_sheets(path, read_sheets(path), options, engine)


def raw_of_sheets(path: Path, sheets: Sequence[Sheet], options: Options, engine: Engine) -> Raw:
    """Read one of the sheets: what stands above its header is left out, empty rows are no records."""
    of_records = [sheet for sheet in sheets if any(map(is_record, texts_of(sheet.rows)))]
    only = of_records[0] if len(of_records) == 1 and len(sheets) > 1 and options.sheet is None else None
    sheet = only or choose_sheet(path, sheets, options.sheet)
    unread = unread_of(path, sheet.name)
    if unread.lost:
        raise SourceError(f"{path.name}, sheet {sheet.name!r}, has {unread.lost}")
    rows = [(line, row) for line, row in enumerate(_with_errors(sheet.rows, unread.errors), 1) if row]
    place, questions = _header_of(rows, options)
    below = [row for _, row in rows[place:]] if place is not None else [(), *(row for _, row in rows)]
    _refuse_doubled(path, sheet.name, rows[0 if place is None else place :], len(below[0]))
    mark, asked = _mark_of_texts(below[1:], options)
    table = sheet_table(below, mark, options.date_format)
    left_out = tuple(LeftOut(line, _told(row), "stands before the header") for line, row in rows[: place or 0])
    chosen: dict[str, Any] = {"header": rows[place][0] if place is not None else None} if place != 0 else {}
    evidence = (f"sheet {sheet.name!r} is read: no other holds records",) if only else ()
    chosen |= {"sheet": sheet.name} if only else {}
    lines = [line for line, _ in rows[0 if place is None else place + 1 :]]

    def lines_of(wanted: Sequence[int]) -> list[int]:
        return [lines[row - 1] for row in wanted]

    facts = FileFacts(chosen, evidence, questions + asked, has_lines=True, lines=lines_of, detects=True)
    return replace(raw_arrow(engine, table, facts=facts), left_out=left_out)


def _with_errors(rows: Sequence[tuple[Any, ...]], errors: Mapping[tuple[int, int], str]) -> list[tuple[Any, ...]]:
    """The rows with the errors that stand in cells, as the sheet saved as CSV would have them."""
    told = [*rows]
    for (line, column), error in errors.items():
        if line <= len(told):
            row = [*told[line - 1], *[None] * (column - len(told[line - 1]))]
            row[column - 1] = error if row[column - 1] in (None, "") else row[column - 1]
            told[line - 1] = tuple(row)
    return told


def _refuse_doubled(path: Path, sheet: str, rows: Sequence[_Row], width: int) -> None:
    """Raise ``SourceError`` for a row that has another record behind the columns of the header."""
    wide = ((line, [str(as_text(cell) or "") for cell in row]) for line, row in rows if width and len(row) >= 2 * width)
    if line := next((line for line, texts in wide if is_record(texts[:width]) and is_record(texts[width:])), None):
        raise SourceError(f"{path.name} has two records in row {line} of {sheet!r}: the end of one is missing")


def _header_of(rows: Sequence[_Row], options: Options) -> tuple[int | None, tuple[Question, ...]]:
    """Which of the rows that have cells is the header, and whether to ask that."""
    if options.header is None:
        return None, ()
    if isinstance(options.header, int):
        wanted = options.header
        return next((place for place, (line, _) in enumerate(rows) if line >= wanted), 0), ()
    texts = texts_of([row for _, row in rows])
    place = find_header(texts)
    if place is not None or not is_record(texts[0]):
        return place or 0, ()
    text = f"line {rows[0][0]} looks like a record, not like a header: {_told(rows[0][1])!r}"
    choices = (Choice({"header": None}, "it is a record"), Choice({"header": rows[0][0]}, "it is the header"))
    return None, (Question("header", text, choices),)


def _mark_of_texts(rows: Sequence[tuple[Any, ...]], options: Options) -> tuple[str, tuple[Question, ...]]:
    """The decimal mark of the amounts that are texts beside numbers, which say nothing of it, and whether to ask it."""
    columns = [column for column in zip_longest(*rows) if any(isinstance(cell, Decimal) for cell in column)]
    marks = find_marks(cell for column in columns for cell in column if isinstance(cell, str))
    if options.decimal or not marks.example:
        return options.mark, ()
    if len(marks.decimals) == 1:
        return marks.decimals[0], ()
    choices = tuple(Choice({"decimal": decimal}) for decimal in marks.decimals or (".", ","))
    return options.mark, (Question("decimal", f"beside numbers stand texts such as {marks.example!r}", choices),)


def texts_of(rows: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """The texts of the first rows."""
    return [[str(as_text(cell) or "") for cell in row] for row in rows[:SCANNED]]


def _told(row: Sequence[Any]) -> str:
    return " ".join(filter(None, (str(as_text(cell) or "") for cell in row)))


def _is_xlsx(head: Head) -> bool:
    names = names_in(head.path) if head.content.startswith(ZIP) else set()
    return "[Content_Types].xml" in names or (head.content.startswith(ZIP) and not names and b"xl/" in head.content)


def _is_ods(head: Head) -> bool:
    """By its type, which most programs write unpacked at the very beginning, or by its parts."""
    if not head.content.startswith(ZIP):
        return False
    return b"opendocument.spreadsheet" in head.content[:200] or {"mimetype", "content.xml"} <= names_in(head.path)


OPTIONS = frozenset({"header", "sheet", "date_format", "decimal", "thousands"})
XLSX = Format("xlsx", _read, _is_xlsx, OPTIONS, (".xlsx", ".xlsm"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XLS = Format("xls", _read, lambda head: head.content.startswith(_OLE), OPTIONS, (".xls",))
ODS = Format("ods", _read, _is_ods, OPTIONS, (".ods",))
