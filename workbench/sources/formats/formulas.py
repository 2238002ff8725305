"""Formulas: rows of a workbook that are nothing but formulas, whose results the file does not have."""

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


def row_without_results(path: Path, sheet: str) -> int | None:
    """The first row of a sheet of an XLSX file in which only formulas stand, none with a result: it reads as empty.

    A program that writes workbooks leaves it to a spreadsheet to work out formulas.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            return None if part is None else _without_results(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        return None  # no such file, or one that is damaged where its cells are not


def _without_results(archive: zipfile.ZipFile, part: str) -> int | None:
    rest = b""
    with archive.open(part) as file:
        while (chunk := file.read(CHUNK)) and len(rest) < LONGEST_ROW:
            *rows, rest = _ROW_END.split(rest + chunk)
            for row in rows:
                if _FORMULA.search(row) and not _RESULT.search(row):
                    number = _NUMBER.search(row)
                    return int(number[1]) if number else 0
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
