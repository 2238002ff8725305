"""Quotes: that none of them swallows records, and that no record is lost between a text file and its table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.sources.detection.lines import is_record, rows_of
from workbench.sources.formats.text import decoded

_QUOTE = ord('"')


class Quotes:
    """Looks at the bytes of a text as they go by.

    ``any`` says that there are quotes, ``stray`` that one has text on both sides, which no quote around a field and no
    doubled one has; ``lines`` counts the lines that are not empty.
    """

    def __init__(self, delimiter: str) -> None:
        self.any = self.stray = False
        self.lines = 0
        self._beside = np.frombuffer(f'{delimiter}"\r\n'.encode(), np.uint8)
        self._before = b"\n"  # what stands before the next piece

    def look(self, piece: bytes) -> None:
        """Take the next piece."""
        empty = piece.count(b"\n\n") + piece.count(b"\n\r\n") + (self._before[-1:] + piece[:1] == b"\n\n")
        self.lines += piece.count(b"\n") - empty
        if _QUOTE not in piece and _QUOTE not in self._before:
            self._before = piece[-2:] or self._before
            return
        self.any = True
        letters = np.frombuffer(self._before + piece, np.uint8)
        places = np.flatnonzero(letters[1:-1] == _QUOTE) + 1
        apart = ~np.isin(letters[places - 1], self._beside) & ~np.isin(letters[places + 1], self._beside)
        self.stray |= bool(apart.any())
        self._before = (self._before + piece)[-2:]


def refuse_stray_quotes(path: Path, encoding: str, delimiter: str) -> None:
    """Raise ``SourceError`` that names the line, if a field that begins with a quote goes on after the next one."""
    reader = csv.reader(_lines(path, encoding), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for _ in reader:
            begins = reader.line_num + 1
    except csv.Error:
        where = f"line {begins}" if reader.line_num == begins else f"lines {begins} to {reader.line_num}"
        raise SourceError(
            f"{path.name}, {where}: a field that begins with a quote goes on after its closing quote; a quote within "
            'such a field is written twice ("")'
        ) from None


def check_records(
    path: Path, encoding: str, table: pa.Table, malformed: int, skipped: int, delimiter: str, quotes: Quotes
) -> None:
    """Raise ``SourceError`` if a text holds whole records, or if the table has not as many records as the file."""
    within = 0  # ends of lines in texts
    if quotes.any:
        for column in table.columns:
            ends = pc.count_substring(column, "\n")
            if pc.max(ends).as_py():
                _refuse_swallowed(path, column.filter(pc.greater(ends, 0)), table.num_columns, delimiter)
                within += pc.sum(ends).as_py()
    if quotes.lines - skipped - within == len(table) + malformed:
        return
    counted = _count(path, encoding, delimiter, skipped)
    if counted != len(table) + malformed:
        raise SourceError(
            f"{path.name}: {counted} records are counted in it, but {len(table) + malformed} are read: "
            "is a quote missing?"
        )


def _refuse_swallowed(path: Path, texts: pa.ChunkedArray, width: int, delimiter: str) -> None:
    for text in texts.to_pylist():
        inner = list(rows_of(text, delimiter))[1:-1]
        swallowed = [row for row in inner if len(row) == width and is_record(row)]
        if swallowed:
            raise SourceError(
                f"{path.name}: a text in quotes spans lines and holds {len(swallowed)} whole records, such as "
                f"{delimiter.join(swallowed[0])!r}: a quote is missing or one too many before it"
            )


def _count(path: Path, encoding: str, delimiter: str, skipped: int) -> int:
    lines = _lines(path, encoding)
    for _ in range(skipped):
        next(lines, None)
    return sum(1 for row in csv.reader(lines, delimiter=delimiter) if row)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a text, with their ends."""
    rest = ""
    for piece in decoded(path, encoding):
        lines = io.StringIO(rest + piece, newline="").readlines()
        # The last may go on, or be half of an end.
        rest = lines.pop() if lines else ""
        yield from lines
    yield from io.StringIO(rest, newline="").readlines()
