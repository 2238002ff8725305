"""Made files: well-formed tables with hostile values in some cells, whose other records are known."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

import workbench as wb

COLUMNS = ("id", "amount", "currency", "date", "reference", "description")
AMOUNTS = (
    "",
    " ",
    "NaN",
    "Infinity",
    "-0",
    "1e5",
    "1E-38",
    "1e400",
    "0x10",
    "1.2.3",
    "--5",
    "9" * 38,
    "9" * 39,
    "0." + "0" * 37 + "1",
    "1_000",
    "\u0661\u0662",
    "\u22125.00",
    "(12.00)",
    "5-",
    "12,50",
    "1 000.00",
    "=1+1",
    "\u00bd",
    "1\u00a0000.00",
    "True",
    "null",
)
DATES = (
    "",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "2026-13-01",
    "1969-12-31",
    "10000-01-01",
    "now",
    "2026-01-01T24:00:00",
    "2026-01-01T00:00:60Z",
    "1e9",
    "99999999999999999999",
    "2026-W01-1",
    "-2026-01-01",
    "2262-04-12",
)
TEXTS = (
    "",
    '"',
    '""',
    "a\nb",
    "a\r\nb",
    "\r",
    ",",
    ";",
    "\t",
    "'",
    "=cmd|' /C'!A0",
    "\ufeff",
    "\u202e",
    "x" * 40_000,
    "NULL",
    "\x1fthe last line\x1f",
    "\\",
    "\\N",
    "<b>",
    "$1$",
    "{}",
    "\U0001f600",
    "\ufffe",
    "e1,2.00,EUR,2026-01-02,r,d",
)
CURRENCIES = ("", "eur", "E", "EURO-X", "€", "123", "E" * 13, "\u0130", "EU R", "\u212a")
HOSTILE = {
    "amount": AMOUNTS,
    "date": DATES,
    "currency": CURRENCIES,
    "reference": TEXTS,
    "description": TEXTS,
    "id": TEXTS,
}


@dataclass(frozen=True)
class Made:
    """A table: its rows as texts, the places of those that were tampered with, and the format it is written in."""

    rows: list[dict[str, str]]
    touched: frozenset[int]
    format: str


def make(chance: Random) -> Made:
    """Some records, of which a few have a hostile value."""
    rows = [
        {
            "id": f"e{at}",
            "amount": f"{chance.randrange(-99999, 99999) / 100:.2f}",
            "currency": chance.choice(["EUR", "USD"]),
            "date": f"2026-01-{1 + at % 28:02}",
            "reference": f"r{at}",
            "description": f"paid {at}",
        }
        for at in range(chance.choice([1, 2, 5, 40, 300]))
    ]
    touched = set()
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        at, column = chance.randrange(len(rows)), chance.choice(COLUMNS)
        rows[at][column] = chance.choice(HOSTILE[column])
        touched.add(at)
    return Made(rows, frozenset(touched), chance.choice([*WRITERS]))


def judge(made: Made, records: wb.Records) -> str:
    """What became of a table that was read: ``read exactly``, ``wrong`` or ``lost``.

    Each row that nobody touched comes out as it is; each that was touched too, or is listed with its number.
    """
    read = {row["id"]: row for row in records.table.to_pyarrow().to_pylist()}
    listed = {int(row) - 1 for row in records.rejected["row"]}
    if len(read) + len(listed) + len(records.left_out) < len(made.rows):
        return "lost"
    for at, row in enumerate(made.rows):
        record = read.get(row["id"].strip()) or read.get(row["id"])
        if record is None or at in listed:
            if at not in made.touched and at not in listed:
                return "lost"
            continue
        if at not in made.touched and not _same(row, record):
            return "wrong"
        if at in made.touched and _plain(row["amount"]) not in (None, record["amount"]):
            return "wrong"
    return "read exactly"


def _same(row: Mapping[str, str], record: Mapping[str, object]) -> bool:
    texts = all((record[name] or "") == row[name] for name in ("currency", "reference", "description"))
    return texts and record["amount"] == Decimal(row["amount"]) and str(record["date"]).startswith(row["date"])


def _plain(text: str) -> Decimal | None:
    """The amount of a text that says one in the plainest way."""
    plain = text.removeprefix("-").replace(".", "", 1)
    return Decimal(text) if plain.isascii() and plain.isdigit() and not text.endswith(".") else None


def _separated(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _zip(rows: list[dict[str, str]], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.csv", _separated(rows))


def _ods(rows: list[dict[str, str]], path: Path) -> None:
    """The least that a spreadsheet of the OpenDocument kind is: texts in cells."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    lines = (COLUMNS, *(tuple(row.values()) for row in rows))
    cells = "".join(f"<table:table-row>{''.join(map(_cell, line))}</table:table-row>" for line in lines)
    names = " ".join(f"xmlns:{name}='{space}:{name}:1.0'" for name in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f"<manifest xmlns='{space}:manifest:1.0'/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet><table:table table:name='S'>{cells}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


def _cell(text: str) -> str:
    """A cell of text, in which blanks and lines have elements of their own."""
    marks = {"\n": "<text:line-break/>", "\t": "<text:tab/>", " ": "<text:s/>"}
    plain = "".join(marks.get(letter, escape(letter)) for letter in text if letter >= " " or letter in marks)
    paragraph = plain.replace("\ufffe", "")
    return f"<table:table-cell office:value-type='string'><text:p>{paragraph}</text:p></table:table-cell>"


def _xlsx(rows: list[dict[str, str]], path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (COLUMNS, *(tuple(row.values()) for row in rows)):
        book.active.append([cell[:32_000].replace("\x1f", "") for cell in line])  # what a workbook can hold
    book.save(path)


WRITERS: dict[str, Callable[[list[dict[str, str]], Path], object]] = {
    "csv": lambda rows, path: path.write_bytes(_separated(rows)),
    "tsv": lambda rows, path: path.write_bytes(_separated(rows, "\t")),
    "csv.gz": lambda rows, path: path.write_bytes(gzip.compress(_separated(rows), mtime=0)),
    "zip": _zip,
    "ods": _ods,
    "json": lambda rows, path: path.write_text(json.dumps(rows, ensure_ascii=False)),
    "ndjson": lambda rows, path: path.write_text("".join(f"{json.dumps(row)}\n" for row in rows)),
    "parquet": lambda rows, path: pq.write_table(pa.Table.from_pylist(rows), path),
    "xlsx": _xlsx,
}
