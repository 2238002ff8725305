"""Quotes: that none of them swallows records, and that no record is lost between a text file and its table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.csv_rows import csv_rows
from workbench.errors import SourceError
from workbench.sources.detection.lines import is_record, rows_of
from workbench.sources.formats.text import TextFile

_QUOTE = ord('"')


class Quotes:
    """Looks at the bytes of a text as they go by.

    ``any`` says that there are quotes, ``stray`` that one may be too many: it has text on both sides, which no quote
    around a field and no doubled one has, or not as many end a field as begin one. ``lines`` counts the ends of lines,
    ``zeros`` says that there are zero bytes.
    """

    def __init__(self, delimiter: str) -> None:
        self.any = self.zeros = self._between = False
        self.lines = self._open = 0
        self._edges = np.frombuffer(f"{delimiter}\r\n".encode(), np.uint8)
        self._beside = np.append(self._edges, np.uint8(_QUOTE))
        self._before = b"\n"  # what stands before the next piece

    def look(self, piece: bytes) -> None:
        """Take the next piece."""
        self.lines += piece.count(b"\n")
        self.zeros |= b"\0" in piece
        if _QUOTE not in piece and _QUOTE not in self._before:
            self._before = piece[-2:] or self._before
            return
        self.any = True
        letters = np.frombuffer(self._before + piece, np.uint8)
        places = np.flatnonzero(letters[1:-1] == _QUOTE) + 1
        before, after = (np.isin(letters[places + step], self._beside) for step in (-1, 1))
        self._between |= bool((~before & ~after).any())
        begins, ends = (np.isin(letters[places + step], self._edges) for step in (-1, 1))
        self._open += int((begins & ~ends).sum()) - int((ends & ~begins).sum())
        self._before = (self._before + piece)[-2:]

    @property
    def stray(self) -> bool:
        """Whether a quote may be too many; texts that quote a whole field may look so, too."""
        return self._between or self._open != 0


def refuse_stray_quotes(text: TextFile, delimiter: str) -> None:
    """Raise ``SourceError`` that names the line, if a field that begins with a quote goes on after the next one."""
    reader = csv_rows(_lines(text), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for _ in reader:
            begins = reader.line_num + 1
    except csv.Error:
        where = f"line {begins}" if reader.line_num == begins else f"lines {begins} to {reader.line_num}"
        raise SourceError(
            f"{text.name}, {where}: a field that begins with a quote goes on after its closing quote; a quote within "
            'such a field is written twice ("")'
        ) from None


def check_records(
    text: TextFile, table: pa.Table, malformed: Sequence[str], skipped: int, delimiter: str, quotes: Quotes
) -> None:
    """Raise ``SourceError`` if a text holds whole records, or if the table has not as many records as the file.

    ``malformed`` are the rows that are not in the table.
    """
    within = 0  # ends of lines in texts
    if quotes.any:
        for place, column in enumerate(table.columns):
            ends = pc.count_substring(column, "\n")
            within += pc.sum(ends).as_py() or 0
            spanning = pc.or_(pc.greater(ends, 0), pc.match_substring(column, "\r"))
            if pc.any(spanning).as_py():
                rows = zip(*(values.to_pylist() for values in table.filter(spanning).columns), strict=True)
                _refuse(text, (_swallowed(row, place, delimiter) for row in rows), delimiter)
        unquoted = ([*rows_of(row.replace('"', ""), delimiter)][1:] for row in malformed)
        _refuse(text, (_records_of(lines, table.num_columns) for lines in unquoted), delimiter)
    if quotes.lines - skipped - within == len(table) + len(malformed):
        return  # where lines are empty they are more, and counted by another way
    counted = _count(text, delimiter, skipped)
    if counted != len(table) + len(malformed):
        raise SourceError(
            f"{text.name}: {counted} records are counted in it, but {len(table) + len(malformed)} are read: "
            "is a quote missing?"
        )


def check_header(text: TextFile, header: Iterable[str], delimiter: str) -> None:
    """Raise ``SourceError`` if a name of the header, or a text above it, spans lines and holds records."""
    lines = (list(rows_of(name.replace('"', ""), delimiter))[1:] for name in header if "\n" in name or "\r" in name)
    _refuse(text, ([line for line in within if is_record(line)] for within in lines), delimiter)


def _refuse(text: TextFile, swallowed: Iterable[Sequence[Sequence[str]]], delimiter: str) -> None:
    for records in swallowed:
        if records:
            raise SourceError(
                f"{text.name}: a text in quotes spans lines and holds whole records, such as "
                f"{delimiter.join(records[0])!r}: a quote is missing or one too many before it"
            )


def _swallowed(row: Sequence[str], place: int, delimiter: str) -> Sequence[Sequence[str]]:
    """The records in the midst of the text at ``place``; or the second of two that a quote in each has made one row."""
    lines = list(rows_of(row[place], delimiter))
    inner = _records_of(lines[1:-1], len(row))
    if inner or len(lines) < 2:
        return inner
    halves = _records_of([[*row[:place], *lines[0]], [*lines[-1], *row[place + 1 :]]], len(row))
    return halves[1:]


def _records_of(lines: Iterable[Sequence[str]], width: int) -> list[Sequence[str]]:
    return [line for line in lines if len(line) == width and is_record(line)]


def _count(text: TextFile, delimiter: str, skipped: int) -> int:
    lines = _lines(text)
    for _ in range(skipped):
        next(lines, None)
    return sum(1 for row in csv_rows(lines, delimiter=delimiter) if row)


def _lines(text: TextFile) -> Iterator[str]:
    """The lines of a text, with their ends."""
    rest = ""
    for piece in text.pieces():
        lines = io.StringIO(rest + piece, newline="").readlines()
        # The last may go on, or be half of an end.
        rest = lines.pop() if lines else ""
        yield from lines
    yield from io.StringIO(rest, newline="").readlines()
