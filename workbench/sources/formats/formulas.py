"""What a sheet's reader would not give back: formulas without results, one of two rows in one place, and errors."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CHUNK, LONGEST_ROW = 1 << 20, 1 << 26  # bytes
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_TARGET = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_RESULT = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<]|<(?:\w+:)?is[ />]|\st=\"str\"")  # an empty text is one, too
_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=\"(\d+)\"")
_ERROR = re.compile(rb"<(?:\w+:)?c\s([^>]*\bt=\"e\"[^>/]*)>(.{0,20000}?)</(?:\w+:)?c>", re.DOTALL)
_CELL = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


@dataclass
class Unread:
    """What the reader of a sheet would not give back.

    ``lost`` says which rows, and what to do about it; ``errors`` are those that stand in cells, such as ``#N/A``, by
    row and column, both from 1 on.
    """

    lost: str = ""
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def unread_of(path: Path, sheet: str) -> Unread:
    """What of a sheet of an XLSX file its reader would not give back.

    A row in which only formulas stand, none with a result, reads as empty: a program that writes workbooks leaves it to
    a spreadsheet to work them out. Of two rows in one place the first is lost. An error reads as empty, too.
    """
    unread = Unread()
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is not None:
                _look_through(archive, part, unread)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        pass  # no such file, or one that is damaged where its cells are not
    return unread


def _look_through(archive: zipfile.ZipFile, part: str, unread: Unread) -> None:
    rest, places, save = b"", set[bytes](), "open it in a spreadsheet program and save it there"
    with archive.open(part) as file:
        while (chunk := file.read(CHUNK)) and len(rest) < LONGEST_ROW:
            *rows, rest = _ROW_END.split(rest + chunk)
            for row in rows:
                number = _NUMBER.search(row)
                place = number[1] if number else b""
                if _FORMULA.search(row) and not _RESULT.search(row):
                    unread.lost = f"formulas alone in row {place.decode()}, and not what they result in: {save}"
                    return
                if place and place in places:
                    unread.lost = f"two rows {place.decode()}, of which only one can be read: it is damaged; {save}"
                    return
                places.add(place)
                unread.errors.update(_errors_in(row))


def _errors_in(row: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, content in _ERROR.findall(row) if b't="e"' in row else ():
        cell, value = _CELL.search(attributes), _VALUE.search(content)
        if cell and value:
            yield (int(cell[2]), _column_of(cell[1])), html.unescape(value[1].decode("utf-8", "replace"))


def _column_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the part that holds a sheet."""
    names = {name.lower(): name for name in archive.namelist()}
    book, relations = (names.get(name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    if book is None or relations is None:
        return None
    targets = {_attribute("Id", tag): _attribute("Target", tag) for tag in _TARGET.findall(_text(archive, relations))}
    for tag in _SHEET.findall(_text(archive, book)):
        if _attribute("name", tag) == sheet:
            target = targets.get(_attribute(r"\w+:id", tag), "")
            return names.get((target[1:] if target.startswith("/") else f"xl/{target}").lower())
    return None


def _text(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "replace")


def _attribute(name: str, tag: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[1] or found[2] or "") if found else ""
