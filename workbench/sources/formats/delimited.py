"""Delimited text: CSV, TSV and what banks call by these names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.text import decoded, encoding_of
from workbench.sources.options import Options
from workbench.sources.raw import Raw, Torn, raw_arrow

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NEWLINE = r"(?:\r\n|\r|\n)"
_BLOCK = 1 << 24  # bytes; room for a piece of text in UTF-8
# A quote that nobody closed swallows the rest of a file: a last line of our own shows whether that happened.
_LAST = "\x1fthe last line\x1f"


def read(path: Path, options: Options, engine: Engine) -> Raw:
    """Read every field as text; rows with fewer or more fields than the header are torn."""
    encoding = encoding_of(path, options.encoding)
    header = _read_header(path, encoding, options.delimiter)
    last = _LAST + header.delimiter * len(header.names)
    table, refused = _parse(path, encoding, header, last)
    if not refused or refused[-1].text != last:
        raise _never_closed(path)
    torn = [
        Torn(
            row.number - header.blank_lines - 1,
            row.text,
            f"has {row.actual_columns} fields where the header has {row.expected_columns}",
        )
        for row in refused[:-1]
    ]
    return raw_arrow(engine, table.rename_columns(header.names), torn)


@dataclass(frozen=True)
class _Header:
    names: list[str]
    delimiter: str
    blank_lines: int  # before it


def _read_header(path: Path, encoding: str, delimiter: str | None) -> _Header:
    head = next(decoded(path, encoding), "")
    blank = re.match(rf"(?:[ \t]*{_NEWLINE})*", head)
    text = head[blank.end() :] if blank else head
    if not text.strip():
        raise SourceError(f"{path.name} is empty")
    found = delimiter or _find_delimiter(path, text)
    return _Header(_first_record(path, text, found), found, len(re.findall(_NEWLINE, head[: len(head) - len(text)])))


def _first_record(path: Path, text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise _never_closed(path) from None


def _find_delimiter(path: Path, text: str) -> str:
    """The delimiter that the header has most of, outside of quotes."""
    record = re.match(r'(?:"[^"]*"|[^"\r\n])*', text)
    bare = re.sub(r'"[^"]*"', "", record.group()) if record else text
    most = max(bare.count(delimiter) for delimiter in DELIMITERS)
    likely = [delimiter for delimiter in DELIMITERS if bare.count(delimiter) == most]
    if most and len(likely) > 1:
        names = " or ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise SourceError(f"{path.name}: its header does not tell whether the delimiter is {names}; give delimiter=")
    return likely[0]


def _parse(path: Path, encoding: str, header: _Header, last: str) -> tuple[pa.Table, list[pa_csv.InvalidRow]]:
    refused: list[pa_csv.InvalidRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        refused.append(row)
        return "skip"

    names = [str(position) for position in range(len(header.names))]
    try:
        table = pa_csv.read_csv(
            _Utf8(_ended(decoded(path, encoding), last)),
            # In threads, refused rows would not know their numbers; with two cores it is no faster either.
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                skip_rows=header.blank_lines,
                column_names=names,
                skip_rows_after_names=1,
            ),
            pa_csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:  # a record without an end
        raise _never_closed(path) from None
    return table, refused


def _never_closed(path: Path) -> SourceError:
    return SourceError(f'{path.name}: a field that begins with a quote (") has no closing quote')


def _ended(pieces: Iterator[str], last: str) -> Iterator[str]:
    """The pieces and the last line; no line end is split, as the parser takes the lone half of one for the end."""
    held = next(pieces, "")
    for piece in pieces:
        whole = held.removesuffix("\r")
        yield whole
        held = held[len(whole) :] + piece
    yield f"{held}\n{last}"


class _Utf8(io.RawIOBase):
    """Pieces of text as a file in UTF-8."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = filter(None, pieces)

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, "").encode()


def _claims(head: Head) -> bool:
    return not head.foreign and not head.text.startswith("<")


FORMAT = Format("csv", read, _claims, frozenset({"encoding", "delimiter", "decimal", "thousands", "date_format"}))
