"""SpreadsheetML: the XML of Excel 2003, which banks give the ending ``.xls``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.formats.format import Format, Head, open_file
from workbench.sources.formats.workbook import OPTIONS, Sheet, as_shown, raw_of_sheets, too_large, without_tail
from workbench.sources.formats.xml_tree import Element, parse_xml
from workbench.sources.options import Options
from workbench.sources.raw import Raw

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
MOST = 1 << 20  # rows of a sheet, and cells of a row
SIGNIFICANT, DIGITS = 15, 30  # digits that a cell has, and places before and behind the point that money has


def read_worksheets(path: Path) -> list[Sheet]:
    """The sheets of a workbook in XML that have cells; raises ``SourceError`` for what is not whole or unsafe."""
    rows: dict[int, list[tuple[Any, ...]]] = {}
    most = MOST + path.stat().st_size  # places in all: further ones than in one far row take a byte each at least
    places = 0

    def keep(element: Element, ancestors: list[Element]) -> bool:
        if element.name != "Row" or len(ancestors) < 2:
            return False
        nonlocal places
        sheet = rows.setdefault(id(ancestors[-2]), [])
        gap = _place(element, len(sheet), path) - len(sheet)
        cells = _cells(element, path)
        places += gap + 1 + len(cells)
        if places > most:
            raise too_large(path)
        sheet.extend([()] * gap)
        sheet.append(without_tail(cells))
        return True

    with open_file(path) as file:
        root = parse_xml(file, path.name, keep)
    sheets = [Sheet(_attribute(sheet, "Name") or "", rows.get(id(sheet), [])) for sheet in root.all("Worksheet")]
    return [sheet for sheet in sheets if any(sheet.rows)]


def _cells(row: Element, path: Path) -> list[Any]:
    cells: list[Any] = []
    behind = 0  # cells that are merged with the last
    for cell in row.all("Cell"):
        cells += [None] * (_place(cell, len(cells) + behind, path) - len(cells))
        data = cell.first("Data")
        cells.append(None if data is None else _value(_attribute(data, "Type"), _text(data)))
        merged = _attribute(cell, "MergeAcross") or "0"
        behind = min(int(merged) if merged.isdecimal() else 0, MOST - len(cells))
    return cells


def _place(element: Element, following: int, path: Path) -> int:
    """Where a row or a cell stands, from 0: behind the one before it, or where it says."""
    index = _attribute(element, "Index") or str(following + 1)
    if not index.isdecimal() or not following < int(index) <= MOST:
        raise SourceError(f"{path.name} has an index {index!r} out of order (line {element.line}): save it as XLSX")
    return int(index) - 1


def _attribute(element: Element, name: str) -> str | None:
    return next((text for key, text in element.attributes.items() if key.rpartition(":")[2] == name), None)


def _text(element: Element) -> str:
    """Its text and that of the parts of it that are set in another font."""
    return "".join(element.pieces) + "".join(map(_text, element.children))


def _value(kind: str | None, text: str) -> Any:
    text = text.strip()
    if kind == "Number":
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        if not number.is_finite() or abs(number.adjusted()) > DIGITS:
            return text
        return as_shown(float(number)) if len(number.as_tuple().digits) > SIGNIFICANT else number
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        is_day = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
        return date(moment.year, moment.month, moment.day) if is_day and moment.tzinfo is None else moment
    return text or None


def _read(path: Path, options: Options, engine: Engine) -> Raw:
    return raw_of_sheets(path, read_worksheets(path), options, engine)


def _claims(head: Head) -> bool:
    return head.text.startswith("<") and NAMESPACE in head.text[:4000] and "Workbook" in head.text[:4000]


FORMAT = Format("spreadsheetml", _read, _claims, OPTIONS, (".xls",))
