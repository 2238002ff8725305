"""Lines: how a delimited text is cut into rows: its delimiter, the line of its header, and what stands before it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from workbench.csv_rows import csv_rows
from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS
from workbench.sources.detection.dates import is_date, is_run_of_digits
from workbench.sources.detection.headings import meanings_of
from workbench.sources.detection.notation import read_amount

DELIMITERS = (",", ";", "\t", "|")
SCANNED = 120  # rows among which the header is looked for
_SEPARATOR_LINE = re.compile(r"(?i)\s*\"?sep=(.)\"?\s*$")
_MONEY = {"amount", "debit", "credit", "precise_amount", "balance"}
_DAYS = {"date", "created_at", "effective_date", "snapshot_time"}
_KINDS = (EXTERNAL, INTERNAL, BALANCES, SNAPSHOTS)


@dataclass(frozen=True)
class Line:
    """A row of a text, with the number of the line in which it begins."""

    number: int
    cells: tuple[str, ...]
    next: int  # the number of the line after it

    @property
    def width(self) -> int:
        """How many cells the line has up to the last that is not empty."""
        return max((place for place, cell in enumerate(self.cells, 1) if cell.strip()), default=0)


@dataclass(frozen=True)
class Cut:
    """How a text is cut.

    ``header`` is the number of the header's line, ``None`` where there is none; records begin in line ``first``.
    ``names`` are as many as a record has fields. ``records`` counts the rows seen that look like records, ``known`` the
    headers that mean something.
    """

    delimiter: str
    header: int | None
    first: int
    names: tuple[str, ...]
    before: tuple[tuple[int, str], ...] = ()
    records: int = 0
    known: int = 0
    first_record: tuple[int, tuple[str, ...]] = (1, ())  # its line and fields, where there is no header


def cut_text(head: str, delimiter: str | None, header: int | str | None) -> list[Cut]:
    """The ways to cut a text that has this head, the best first; those that cannot be are left out.

    ``header`` is the number of its line, ``None`` where the file has none, and ``"found"`` to look for it.
    """
    named = _SEPARATOR_LINE.match(head.split("\n", 1)[0].lstrip("\ufeff").rstrip("\r"))
    delimiters = [delimiter] if delimiter else [named[1]] if named else [mark for mark in DELIMITERS if mark in head]
    cuts = [cut for mark in delimiters if (cut := _cut(head, mark, header, skip=1 if named else 0))]
    return sorted(cuts, key=lambda cut: (cut.records > 0, cut.known, cut.records, len(cut.names)), reverse=True)


def _cut(head: str, delimiter: str, header: int | str | None, skip: int) -> Cut | None:
    lines = [line for line in _lines(head, delimiter) if line.number > skip]
    if not lines:
        return None
    if isinstance(header, int):
        place = next((position for position, line in enumerate(lines) if line.number >= header), None)
        return None if place is None else _with_header(head, lines, place, delimiter)
    place = None if header is None else _header_place(lines)
    return _without_header(lines, delimiter) if place is None else _with_header(head, lines, place, delimiter)


def _lines(head: str, delimiter: str) -> list[Line]:
    """The first rows that have a cell."""
    reader = csv_rows(io.StringIO(head, newline=""), delimiter=delimiter)
    lines, begins = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(begins, tuple(cells), reader.line_num + 1))
            begins = reader.line_num + 1
            if len(lines) == SCANNED:
                break
    except csv.Error:  # a field without an end, which reading the whole names
        pass
    return lines


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows of a sheet is the header, from 0; ``None`` if none is.

    >>> find_header([["Account", "7"], ["Date", "Amount"], ["2026-01-31", "5.00"]])
    1
    """
    lines = [Line(place, tuple(cells), place + 1) for place, cells in enumerate(rows[:SCANNED])]
    return _header_place(lines)


def _header_place(lines: Sequence[Line]) -> int | None:
    """The position of the header; ``None`` if every line looks like a record, or like nothing."""
    records = [place for place, line in enumerate(lines) if is_record(line.cells)]
    titles = [place for place, line in enumerate(lines) if _is_title(line.cells)]
    known = {place: _meanings(lines[place].cells) for place in titles}
    full = [place for place in titles if known[place] & _DAYS and known[place] & _MONEY]
    if full:
        # Of two tables below each other, that of the records is the longer one.
        below = {
            place: sum(lines[record].width <= len(lines[place].cells) for record in _until_next(place, full, records))
            for place in full
        }
        return max(full, key=lambda place: (below[place], len(known[place]), -place))
    if not records:
        return 0 if lines and not any(is_record(line.cells) for line in lines) else None
    # Rows of other types than records, such as the first ones of a report, have other numbers of fields.
    usual = _width([lines[place] for place in records])
    first = next(place for place in records if len(lines[place].cells) == usual)
    above = [place for place in titles if place < first and _widths_fit(lines[place], lines[first])]
    return above[-1] if above else None


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names the columns of records: it is no record, and has words for a date and for an amount."""
    meanings = _meanings(cells) if _is_title(cells) else set()
    return bool(meanings & _DAYS and meanings & _MONEY)


def _until_next(place: int, titles: Sequence[int], records: Sequence[int]) -> list[int]:
    """The records between a title and the next one."""
    end = min((title for title in titles if title > place), default=None)
    return [record for record in records if record > place and (end is None or record < end)]


def _widths_fit(header: Line, record: Line) -> bool:
    return header.width >= 2 and record.width <= len(header.cells) and header.width <= len(record.cells)


def _is_title(cells: Sequence[str]) -> bool:
    """Whether a row could be a header: some words, no date and no amount."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and not any(map(_is_value, filled)) and any(any(map(str.isalpha, cell)) for cell in filled)


def _is_value(cell: str) -> bool:
    return cell.strip() != "" and any(map(str.isdigit, cell)) and (_is_number(cell) or is_date_cell(cell))


@cache
def _is_number(cell: str) -> bool:
    return len(cell) < 40 and (read_amount(cell, ".") is not None or read_amount(cell, ",") is not None)


@cache
def is_date_cell(cell: str) -> bool:
    """Whether a cell is a date in any layout."""
    return len(cell) < 40 and is_date(cell)


def is_record(cells: Sequence[str]) -> bool:
    """Whether a row looks like a record: it has a date, and an amount beside it."""
    dated = numbered = False
    for cell in cells:
        if any(map(str.isdigit, cell)):
            if is_date_cell(cell) or is_run_of_digits(cell.strip()):
                dated = True
            elif _is_number(cell):
                numbered = True
            if dated and numbered:
                return True
    return False


def _meanings(cells: Sequence[str]) -> set[str]:
    return {meaning for cell in cells if cell.strip() for kind in _KINDS for meaning, _ in meanings_of(cell, kind)}


def _with_header(head: str, lines: Sequence[Line], place: int, delimiter: str) -> Cut:
    header, below = lines[place], lines[place + 1 :]
    width = _width([line for line in below if is_record(line.cells)] or below)
    cells = list(header.cells)
    if width is not None and header.width <= width:
        more = [line for line in below if len(line.cells) == width]
        if len(cells) > width or all(not any(map(str.strip, line.cells[len(cells) :])) for line in more):
            cells = (cells + [""] * width)[:width]
    records = sum(is_record(line.cells) for line in below)
    known = len(_meanings(header.cells) - {"other"})
    return Cut(delimiter, header.number, header.next, tuple(cells), _before(head, header.number), records, known)


def _without_header(lines: Sequence[Line], delimiter: str) -> Cut | None:
    records = [line for line in lines if is_record(line.cells)]
    width = _width(records or lines)
    if width is None:
        return None
    first = next(line for line in (*records, *lines) if len(line.cells) == width)
    return Cut(delimiter, None, lines[0].number, ("",) * width, (), len(records), 0, (first.number, first.cells))


def _width(lines: Sequence[Line]) -> int | None:
    """How many fields most rows have."""
    counts = Counter(len(line.cells) for line in lines)
    return max(counts, key=lambda width: (counts[width], width)) if counts else None


def _before(head: str, number: int) -> tuple[tuple[int, str], ...]:
    """The lines before the header that say something."""
    before = _physical(head)[: number - 1]
    return tuple((place, text) for place, text in enumerate(before, 1) if text.strip('\ufeff "\t,;|'))


def _physical(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """The fields of some lines of a text; a quote that is never closed ends them."""
    try:
        yield from csv_rows(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        return
