"""Rows of a sheet that its reader would not give back: formulas without results, and two rows in one place."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from pathlib import Path

CHUNK, LONGEST_ROW = 1 << 20, 1 << 26  # bytes
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_TARGET = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_RESULT = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<]|<(?:\w+:)?is[ />]|\st=\"str\"")  # an empty text is one, too
_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=\"(\d+)\"")


def unread_rows(path: Path, sheet: str) -> str | None:
    """What rows of a sheet of an XLSX file would be lost, and what to do about it; none where all can be read.

    A row in which only formulas stand, none with a result, reads as empty: a program that writes workbooks leaves it to
    a spreadsheet to work them out. Of two rows in one place the first is lost.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            return None if part is None else _unread(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        return None  # no such file, or one that is damaged where its cells are not


def _unread(archive: zipfile.ZipFile, part: str) -> str | None:
    rest, places, save = b"", set[bytes](), "open it in a spreadsheet program and save it there"
    with archive.open(part) as file:
        while (chunk := file.read(CHUNK)) and len(rest) < LONGEST_ROW:
            *rows, rest = _ROW_END.split(rest + chunk)
            for row in rows:
                number = _NUMBER.search(row)
                place = number[1] if number else b""
                if _FORMULA.search(row) and not _RESULT.search(row):
                    return f"formulas alone in row {place.decode()}, and not what they result in: {save}"
                if place and place in places:
                    return f"two rows {place.decode()}, of which only one can be read: it is damaged; {save}"
                places.add(place)
    return None


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
