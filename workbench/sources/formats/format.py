"""A format of files: its name, how it is known by its content, which reader options it has a use for, what reads it."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path

from workbench.engine import Engine
from workbench.sources.options import Options
from workbench.sources.raw import Raw
from workbench.text_files import check_file

HEAD = 1 << 16  # bytes that tell a format
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What people take for a statement, or what one is packed in, and no reader reads.
FOREIGN = {
    b"\x1f\x8b": "packed twice: unpack it",
    b"PK\x03\x04": "packed twice: unpack it",
    b"%PDF": "a PDF: ask the bank for CAMT.053, MT940, OFX or CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"7z\xbc\xaf": "an archive: unpack it",
    b"Rar!": "an archive: unpack it",
    b"BZh": "an archive: unpack it",
    b"\xfd7zXZ": "an archive: unpack it",
    b"ARROW1\0\0": "a Feather file: save it as Parquet",
    b"SQLite format 3": "a database: export its table as CSV",
}


@dataclass(frozen=True)
class Head:
    """The beginning of a file."""

    path: Path
    content: bytes

    @cached_property
    def text(self) -> str:
        """The beginning as a text from its first visible letter on; letters beyond ASCII may be wrong."""
        encoding = next((name for mark, name in _MARKS.items() if self.content.startswith(mark)), "latin-1")
        return self.content.removeprefix(codecs.BOM_UTF8).decode(encoding, "replace").lstrip("\ufeff \t\r\n")

    @property
    def foreign(self) -> str | None:
        """What the file is, if it is something that no reader reads."""
        return next((what for mark, what in FOREIGN.items() if self.content.startswith(mark)), None)

    @cached_property
    def lines(self) -> list[str]:
        """The first lines that say something."""
        return [line for line in self.text.splitlines()[:100] if line.strip()]


@dataclass(frozen=True)
class Format:
    """A format.

    ``claims`` knows a file of it by its content, ``endings`` are those that names of such files usually have.
    ``options`` are the reader options that it has a use for, beside those of every format. ``typed`` says that its
    values have types of their own, ``rest`` that it is what no other format claims.
    """

    name: str
    read: Callable[[Path, Options, Engine], Raw]
    claims: Callable[[Head], bool]
    options: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    typed: bool = False
    rest: bool = False


def open_file(path: Path) -> BufferedReader:
    """The bytes of a file; what may never end, such as a pipe or a device, is an ``OSError``."""
    check_file(path)
    return path.open("rb")


def head_of(path: Path) -> Head:
    """The beginning of a file."""
    with open_file(path) as file:
        return Head(path, file.read(HEAD))
