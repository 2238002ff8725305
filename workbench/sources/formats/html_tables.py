"""HTML: the tables of a web page, which banks give the ending of a workbook."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.detection.lines import is_record
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.text import text_of
from workbench.sources.formats.workbook import OPTIONS, Sheet, raw_of_sheets, texts_of
from workbench.sources.options import Options
from workbench.sources.raw import Raw

WIDEST = 1_000  # cells that one may stand for
_PAGE = re.compile(
    r"(?is)(<\?xml[^>]*>|<!--(?:(?!-->).)*-->|\s)*"
    r"<(!doctype html|html|head|meta|style|body|table|div|center|font)\b"
)
_CELL = re.compile(r"<t[rdh]\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]+)")


class _Tables(HTMLParser):
    """The tables of a page in the order of their ends; of a table within another each has its own cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str | None]]] = []
        self.open: list[list[list[str | None]]] = []
        self.cells: list[list[str] | None] = []  # the texts of the cell that is open in each open table
        self.sizes = [(1, 1)]  # how many columns and rows that cell stands for
        self.covered: list[dict[int, int]] = []  # of each open table, the last row that a cell above covers, by column
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell; what was left open before is ended."""
        if any(value and _CELL.search(value) for _, value in attrs):
            raise SourceError(f'the web page has a quote (") too few in line {self.getpos()[0]}; download it again')
        if tag in {"script", "style"}:
            self.hidden += 1
        elif tag == "table":
            self.open.append([])
            self.cells.append(None)
            self.sizes.append((1, 1))
            self.covered.append({})
        elif tag == "tr" and self.open:
            self._end_cell()
            self.open[-1].append([])
        elif tag in {"td", "th"} and self.open:
            self._end_cell()
            if not self.open[-1]:
                self.open[-1].append([])
            self.sizes[-1] = _size(attrs, "colspan"), _size(attrs, "rowspan")
            self.cells[-1] = []
        elif tag in {"br", "p", "div"}:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a table, a row or a cell."""
        if tag in {"script", "style"}:
            self.hidden = max(0, self.hidden - 1)
        elif tag in {"td", "th", "tr"} and self.open:
            self._end_cell()
        elif tag == "table" and self.open:
            self._end_cell()
            self.tables.append(self.open.pop())
            self.cells.pop()
            self.sizes.pop()
            self.covered.pop()

    def handle_data(self, data: str) -> None:
        """Text belongs to the innermost open cell."""
        if self.cells and self.cells[-1] is not None and not self.hidden:
            self.cells[-1].append(data)

    def _end_cell(self) -> None:
        pieces = self.cells[-1]
        if pieces is not None:
            row, number, covered = self.open[-1][-1], len(self.open[-1]), self.covered[-1]
            while covered.get(len(row), 0) >= number:
                row.append(None)
            width, height = self.sizes[-1]
            covered.update(dict.fromkeys(range(len(row), len(row) + width), number + height - 1))
            text = " ".join("".join(pieces).split())
            row += [text or None, *([None] * (width - 1))]
            self.cells[-1] = None


def _size(attrs: list[tuple[str, str | None]], name: str) -> int:
    span = dict(attrs).get(name) or "1"
    return max(1, min(int(span), WIDEST)) if span.isdecimal() else 1


def read_tables(text: str) -> list[Sheet]:
    """The tables of a page that have cells, named by their number; of a cell over several rows the first has the text.

    Raises ``SourceError`` for a page that ends within a table: what its last figure was nobody knows.

    >>> read_tables("<table><tr><th>Datum<th>Betrag<tr><td>31.01.2026<td>7,50&nbsp;&euro;</table>")[0].rows
    [('Datum', 'Betrag'), ('31.01.2026', '7,50 €')]
    """
    page = _Tables()
    page.feed(text)
    page.close()
    if page.open:
        raise SourceError("the web page ends within a table: it is cut off; download the export again")
    rows: list[list[tuple[Any, ...]]] = [[tuple(row) for row in table] for table in page.tables]
    return [Sheet(f"table {number}", table) for number, table in enumerate(rows, 1) if any(map(any, table))]


def _read(path: Path, options: Options, engine: Engine) -> Raw:
    sheets = read_tables(text_of(path, options.encoding or _declared(path)))
    if options.sheet is None and not any(is_record(row) for sheet in sheets for row in texts_of(sheet.rows)):
        raise SourceError(
            f"{path.name} is a web page without a table of records: it may be a page of the bank that asks to log in; "
            "download the export again, as CSV or XLSX"
        )
    return raw_of_sheets(path, sheets, options, engine)


def _declared(path: Path) -> str | None:
    """The encoding that a page says it is in, where there is one of that name."""
    with path.open("rb") as file:
        named = _CHARSET.search(file.read(1 << 12))
    try:
        return codecs.lookup(named[1].decode("ascii")).name if named else None
    except LookupError:
        return None


def _claims(head: Head) -> bool:
    return _PAGE.match(head.text) is not None and re.search(r"<t[dh]\b", head.text, re.IGNORECASE) is not None


FORMAT = Format("html", _read, _claims, OPTIONS | {"encoding"}, (".html", ".htm"))
