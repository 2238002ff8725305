"""Mending: quotes that are written otherwise than in CSV, made those of CSV where that is the one way to read them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from workbench.csv_rows import csv_rows
from workbench.sources.detection.lines import rows_of
from workbench.sources.formats.text import TextFile

_BACKSLASHED = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class Mended:
    """A text with the quotes of CSV, and what was done to them."""

    text: TextFile
    evidence: str


def ways_to_mend(text: TextFile, delimiter: str) -> Iterator[Mended]:
    """The ways to mend a text that is no CSV as it stands; each that changes something, the mildest first."""
    ways: tuple[tuple[Callable[[str], str], str], ...] = (
        (partial(_without_blanks, delimiter), "blanks between quotes and delimiters are left out"),
        (_without_backslashes, "a quote within a text has a backslash before it"),
        (partial(_with_doubled_quotes, delimiter), "quotes within quoted texts stand as they are, not doubled"),
    )
    whole = text.text()
    for mend, evidence in ways:
        if mend(whole) != whole:
            yield Mended(replace(text, mended=mend), evidence)


def has_blanks_before_quotes(head: str, delimiter: str) -> bool:
    """Whether a field begins with blanks and a quote, which would be taken for a letter of its text."""
    if not _blanks_before(delimiter).search(head):
        return False
    return any(
        cell[:1] in " \t" and cell.lstrip(" \t")[:1] == '"' for row in rows_of(head, delimiter) for cell in row if cell
    )


def _blanks_before(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?<={mark})[ \t]+(?="(?:[^"]|"(?:{mark}|[\r\n]|$)))')


def _without_blanks(delimiter: str, text: str) -> str:
    """``"a" , "b"`` as ``"a","b"``: within a text it only takes blanks beside a quote and a delimiter."""
    mark = re.escape(delimiter)
    blanks = " " if delimiter == "\t" else " \t"
    behind = re.sub(rf'(?m)(?<=")[{blanks}]+(?={mark}|\r?$)', "", text)
    return _blanks_before(delimiter).sub("", behind) if delimiter != "\t" else behind


def _without_backslashes(text: str) -> str:
    return _BACKSLASHED.sub(lambda match: '""' if match[1] == '"' else "\\", text)


def _with_doubled_quotes(delimiter: str, text: str) -> str:
    return "".join(_line_with_doubled_quotes(delimiter, line) for line in text.splitlines(keepends=True))


def _line_with_doubled_quotes(delimiter: str, line: str) -> str:
    """A line whose fields are all quoted, with the quotes within them doubled; any other line as it is."""
    bare = line.rstrip("\r\n")
    inner = bare.rstrip(delimiter)
    if len(inner) < 2 or not inner.startswith('"') or not inner.endswith('"') or _is_whole(bare, delimiter):
        return line
    fields = inner[1:-1].split(f'"{delimiter}"')
    doubled = [field.replace('""', '"').replace('"', '""') for field in fields]
    return '"' + f'"{delimiter}"'.join(doubled) + '"' + line[len(inner) :]


def _is_whole(line: str, delimiter: str) -> bool:
    try:
        list(csv_rows([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True
