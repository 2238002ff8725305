"""Delimited text: CSV, TSV and what banks call by these names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from workbench.csv_rows import csv_rows
from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.layouts.questions import Choice, Question
from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS, LeftOut
from workbench.sources.detection.lines import SCANNED, Cut, cut_text, is_record
from workbench.sources.detection.words import fold
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.mending import has_blanks_before_quotes, ways_to_mend
from workbench.sources.formats.quotes import Quotes, check_header, check_records, refuse_stray_quotes
from workbench.sources.formats.text import TextEncoding, TextFile, encoding_of
from workbench.sources.formats.uneven import UnevenRow, even_out
from workbench.sources.options import FOUND, Options
from workbench.sources.raw import FileFacts, MalformedRow, Raw, check_width, raw_arrow

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_AMONG_NUMBERS = r"^\s*[-+(]?[\d.,' ]*\d[\d.,' ]*[-)]?\s*$"
_FORMULA = re.compile(r'^="([^"]*)"$')
_NEWLINE = r"(?:\r\n|\r|\n)"
_BLOCK = 1 << 24  # bytes; room for a piece of text in UTF-8
_HEAD = 1 << 18  # letters in which a header is looked for
# A quote that nobody closed swallows the rest of a file: a last line of our own shows whether that happened.
_LAST = "\x1fthe last line\x1f"
_REQUIRED = [frozenset(map(fold, kind.required)) for kind in (EXTERNAL, INTERNAL, BALANCES, SNAPSHOTS)]


@dataclass(frozen=True)
class _Table:
    """A text as a table: how it was cut, its rows, those that have another number of fields, and what was mended."""

    text: TextFile
    cut: Cut
    table: pa.Table
    uneven: list[UnevenRow]
    has_zero_bytes: bool
    mended: str = ""


def read(path: Path, options: Options, engine: Engine) -> Raw:
    """Read every field as text; rows with fewer or more fields than the header are malformed, if they may be cut."""
    encoding = encoding_of(path, options.encoding)
    whole = _table_of(TextFile(path, encoding.name), options)
    cut = whole.cut
    malformed = [
        MalformedRow(row.row, row.text, f"has {row.fields} fields where the header has {len(cut.names)}")
        for row in whole.uneven
    ]
    left_out = tuple(LeftOut(line, before, "stands before the header") for line, before in cut.before)
    facts = _facts(whole, encoding, options)
    table = _without_dashes(_unmarked(whole.table)).rename_columns([_FORMULA.sub(r"\1", name) for name in cut.names])
    return replace(raw_arrow(engine, table, malformed, facts), left_out=left_out)


def _unmarked(table: pa.Table) -> pa.Table:
    """The table without the byte order marks of files that were appended to others: each begins a line."""
    first = table.column(0)
    marked = pc.any(pc.starts_with(first, "\ufeff")).as_py()
    return table.set_column(0, "0", pc.utf8_ltrim(first, "\ufeff")) if marked else table


def _without_formulas(table: pa.Table) -> pa.Table:
    """The table with the texts that stand in formulas such as ``="0042"``, which keep a spreadsheet from counting."""
    for place, column in enumerate(table.columns):
        if pc.any(pc.starts_with(column, '="')).as_py():
            table = table.set_column(place, str(place), pc.replace_substring_regex(column, _FORMULA.pattern, r"\1"))
    return table


def _without_dashes(table: pa.Table) -> pa.Table:
    """The table with nothing in the place of a dash that stands among numbers, as where there is no debit."""
    for place, column in enumerate(table.columns):
        is_dash = pc.equal(column, "-")
        if pc.any(is_dash).as_py():
            others = pc.filter(column, pc.and_(pc.invert(is_dash), pc.not_equal(column, "")))
            if len(others) and pc.all(pc.match_substring_regex(others, _AMONG_NUMBERS)).as_py():
                table = table.set_column(place, str(place), pc.if_else(is_dash, "", column))
    return table


def _table_of(text: TextFile, options: Options) -> _Table:
    """The text as a table; one whose quotes are not those of CSV mended, where that makes it one."""
    cut, refusal = _cut(text, options), None
    check_width(text.name, len(cut.names))
    if not has_blanks_before_quotes(_head(text), cut.delimiter):
        try:
            return _table(text, cut)
        except SourceError as error:
            refusal = error
    for mended in ways_to_mend(text, cut.delimiter):
        with suppress(SourceError):
            return replace(_table(mended.text, _cut(mended.text, options)), mended=mended.evidence)
    if refusal:
        raise refusal
    return _table(text, cut)


def _table(text: TextFile, cut: Cut) -> _Table:
    last = _LAST + cut.delimiter * len(cut.names)
    quotes = Quotes(cut.delimiter)
    table, refused = _parse(text, cut, last, quotes)
    if not refused or refused[-1].text != last:
        raise _never_closed(text)
    if quotes.stray:
        refuse_stray_quotes(text, cut.delimiter)
    check_header(text, [*cut.names, *(before for _, before in cut.before)], cut.delimiter)
    skipped = cut.first - 1
    check_records(text, table, [row.text for row in refused[:-1]], skipped, cut.delimiter, quotes)
    uneven = [UnevenRow(row.number - skipped, row.text, row.actual_columns) for row in refused[:-1]]
    if uneven:
        table, uneven = even_out(table, uneven, cut.names, cut.delimiter, is_unfinished=_is_unfinished(text.path))
    return _Table(text, cut, _without_formulas(table) if quotes.any else table, uneven, quotes.zeros)


def _facts(whole: _Table, encoding: TextEncoding, options: Options) -> FileFacts:
    """What is known of the file now; how a plain one is read needs no words."""
    cut = whole.cut
    chosen = {} if encoding.plain else {"encoding": encoding.name}
    evidence = [] if encoding.plain or options.encoding else [encoding.evidence]
    evidence += [whole.mended] if whole.mended else []
    questions = list(encoding.questions)
    if cut.header is None and options.header == FOUND:
        questions.append(_header_question(cut))
    elif cut.before and cut.header:
        evidence.append(f"the header is line {cut.header}: the lines before it have no such columns")
    if cut.header is None or cut.before:
        chosen["header"] = cut.header  # type: ignore[assignment]
    lines = partial(_lines_of, whole.text, cut.delimiter, cut.first)
    return FileFacts(
        chosen,
        tuple(evidence),
        tuple(questions),
        has_lines=True,
        lines=lines,
        detects=True,
        has_zero_bytes=whole.has_zero_bytes,
    )


def _header_question(cut: Cut) -> Question:
    line = cut.first_record
    text = f"line {line[0]} looks like a record, not like a header: {cut.delimiter.join(line[1])!r}"
    choices = (Choice({"header": None}, "it is a record"), Choice({"header": line[0]}, "it is the header"))
    return Question("header", text, choices)


def _head(text: TextFile) -> str:
    return next(text.pieces(), "")[:_HEAD]


def _is_unfinished(path: Path) -> bool:
    """Whether the last line of a file has no end."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        return not {*b"\r\n"} & {*file.read()}


def _cut(file: TextFile, options: Options) -> Cut:
    """How the file is cut into rows and fields; a first line that has all that records need is the header."""
    head = _head(file)
    blank = re.match(rf"(?:[ \t]*{_NEWLINE})*", head)
    text = head[blank.end() :] if blank else head
    if not text.strip("\ufeff \t\r\n"):
        raise SourceError(f"{file.name} is empty")
    blank_lines = len(re.findall(_NEWLINE, head[: len(head) - len(text)]))
    if options.header == FOUND and (plain := _plain_cut(text, blank_lines, options)):
        return plain
    cuts = cut_text(head, options.delimiter, options.header)
    if not (cuts and cuts[0].records) and not options.delimiter and _is_of_fixed_width(text):
        raise SourceError(
            f"{file.name} has columns of fixed width, with blanks between them: open it in a spreadsheet as text of "
            "fixed width and save it as CSV, or ask the bank for CAMT.053, MT940, OFX or CSV"
        )
    if not cuts:
        raise _never_closed(file) if text.count('"') % 2 else _no_table(file, text)
    if not cuts[0].records and not options.delimiter:
        return next((cut for cut in cuts if cut.delimiter == _likely(file, text)), cuts[0])
    return cuts[0]


def _plain_cut(text: str, blank_lines: int, options: Options) -> Cut | None:
    """The cut by the first line, if it names all columns that records of some kind need."""
    delimiter = options.delimiter or max(DELIMITERS, key=_bare(text).count)
    try:
        reader = csv_rows(io.StringIO(text, newline=""), delimiter=delimiter)
        names = next(reader)
    except csv.Error:
        return None
    mapped = {fold(column) for header, column in options.mapping.items() if fold(str(header)) in map(fold, names)}
    if not is_record(names) and any(required <= {*map(fold, names), *mapped} for required in _REQUIRED):
        return Cut(delimiter, blank_lines + 1, blank_lines + reader.line_num + 1, tuple(names))
    return None


def _bare(text: str) -> str:
    """The first record without what stands in quotes."""
    record = re.match(r'(?:"[^"]*"|[^"\r\n])*', text)
    return re.sub(r'"[^"]*"', "", record.group()) if record else text


def _likely(file: TextFile, text: str) -> str:
    """The delimiter that the first line has most of."""
    bare = _bare(text)
    most = max(bare.count(delimiter) for delimiter in DELIMITERS)
    likely = [delimiter for delimiter in DELIMITERS if bare.count(delimiter) == most]
    if most and len(likely) > 1:
        names = " or ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise SourceError(f"{file.name}: its header does not tell whether the delimiter is {names}; give delimiter=")
    return likely[0]


def _parse(text: TextFile, cut: Cut, last: str, quotes: Quotes) -> tuple[pa.Table, list[pa_csv.InvalidRow]]:
    refused: list[pa_csv.InvalidRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        refused.append(row)
        return "skip"

    names = [str(position) for position in range(len(cut.names))]
    try:
        table = pa_csv.read_csv(
            _Utf8(_ended(text.pieces(), last), quotes),
            # In threads, refused rows would not know their numbers; with two cores it is no faster either.
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                skip_rows=cut.first - 1,
                column_names=names,
            ),
            pa_csv.ParseOptions(delimiter=cut.delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:  # a record without an end
        raise _never_closed(text) from None
    return table, refused


def _is_of_fixed_width(text: str) -> bool:
    """Whether records stand in lines whose fields runs of blanks keep apart."""
    lines = text.splitlines()[:SCANNED]
    return sum(is_record(re.split(r" {2,}", line.strip())) for line in lines) > 1


def _no_table(file: TextFile, text: str) -> SourceError:
    shown = text.splitlines()[0][:60]
    return SourceError(
        f"{file.name} holds no table: nothing separates columns in it (a comma, semicolon, tab or bar would), and its "
        f"first line is {shown!r}; is it the file that you mean?"
    )


def _never_closed(text: TextFile) -> SourceError:
    return SourceError(f'{text.name}: a field that begins with a quote (") has no closing quote')


def _lines_of(file: TextFile, delimiter: str, first: int, rows: Sequence[int]) -> list[int]:
    """The lines in which these records begin."""
    wanted, begins = set(rows), {}
    text = io.StringIO(file.text(), newline="")
    for _ in range(first - 1):
        text.readline()
    reader = csv_rows(text, delimiter=delimiter)
    number, line = 0, first
    for cells in reader:
        if cells:
            number += 1
            if number in wanted:
                begins[number] = line
        line = first + reader.line_num
    return [begins.get(row, first) for row in rows]


def _ended(pieces: Iterator[str], last: str) -> Iterator[str]:
    """The pieces and the last line; no line end is split, as the parser takes the lone half of one for the end."""
    pending, end = next(pieces, ""), ""
    for piece in pieces:
        whole = pending.removesuffix("\r")
        yield whole
        pending, end = pending[len(whole) :] + piece, whole[-1:] or end
    yield pending + ("" if (pending or end).endswith(("\r", "\n")) else "\n") + last


class _Utf8(io.RawIOBase):
    """Pieces of text as a file in UTF-8, whose quotes are looked at on the way."""

    def __init__(self, pieces: Iterator[str], quotes: Quotes) -> None:
        self._pieces = filter(None, pieces)
        self._quotes = quotes

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        piece = next(self._pieces, "").encode()
        self._quotes.look(piece)
        return piece


def _claims(head: Head) -> bool:
    return not head.foreign and not head.text.startswith("<")


OPTIONS = frozenset({"encoding", "delimiter", "header", "decimal", "thousands", "date_format"})
FORMAT = Format("csv", read, _claims, OPTIONS, (".csv", ".tsv", ".tab", ".txt"), rest=True)
