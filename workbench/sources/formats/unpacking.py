"""Unpacking: a file that is packed by gzip, or alone in a zip archive, as the file that it holds."""

from __future__ import annotations

import gzip
import lzma
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from workbench.errors import SourceError

LIMIT = 4 << 30  # bytes that a packed file may hold
# Text packs to a tenth, at best to a fiftieth or so; what packs to less than this is made to overflow a machine.
RATIO, SMALL = 250, 1 << 26
_CHUNK = 1 << 20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
ENDINGS = (".gz", ".zip")
_JUNK = ("__MACOSX/",)  # what macOS adds to an archive
_LONGEST = 255  # bytes of a name
# What the library raises for archives and streams that are not whole.
_DAMAGE = (
    *(EOFError, OSError, ValueError, RuntimeError, NotImplementedError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)


def names_in(path: Path) -> set[str]:
    """The names of the files in an archive; none if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return set()


class Readable(Protocol):
    """A compressed file that is unpacked while it is read."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end."""


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield ``path``, or while the context lasts a file beside no other with what is packed in it.

    Raises ``SourceError`` if the archive is damaged, locked, holds several files, or more than ``LIMIT``.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP):
        with gzip.open(path) as content, _copied(path, content, path.name.removesuffix(".gz")) as copy:
            yield copy
    elif head == ZIP and (part := _only_part(path)):
        name = Path(part.filename).name
        with (
            zipfile.ZipFile(path) as archive,
            _part(path, archive, part) as packed,
            _copied(path, packed, name) as copy,
        ):
            yield copy
    else:
        yield path


def _only_part(path: Path) -> zipfile.ZipInfo | None:
    """The one file in an archive; ``None`` if the archive is a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _DAMAGE as error:
        raise _damaged(path, str(error)) from None
    if parts and (first := min(part.header_offset for part in parts)):
        raise _damaged(path, f"its list of contents lacks the first {first:,} bytes, such as another archive before it")
    parts = [part for part in parts if not part.filename.startswith(_JUNK)]
    parts = [part for part in parts if not part.filename.endswith("/")]  # is_dir fails where there is no name
    names = {part.filename for part in parts}
    if "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names:
        return None
    if len(parts) != 1:
        listed = ", ".join(sorted(names)[:5]) or "nothing"
        raise SourceError(
            f"{path.name} is an archive of {len(parts)} files ({listed}): unpack it, and name the one to read"
        )
    if parts[0].flag_bits & 1:
        raise SourceError(f"{path.name} is protected by a password: unpack it first")
    return parts[0]


def _part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(part)
    except _DAMAGE as error:
        raise _damaged(path, str(error)) from None


@contextmanager
def _copied(path: Path, packed: Readable, name: str) -> Iterator[Path]:
    """A copy of what is packed, in a folder of its own that goes with it."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        copy = Path(folder) / (name if name.strip(".") and len(os.fsencode(name)) <= _LONGEST else "content")
        with copy.open("wb") as file:
            size = 0
            for chunk in _chunks(path, packed):
                size += len(chunk)
                if size > LIMIT or (size > SMALL and size > RATIO * path.stat().st_size):
                    advice = "unpack it yourself if it is what it should be"
                    raise too_much(path.name, size, path.stat().st_size, advice)
                file.write(chunk)
        yield copy


def too_much(name: str, unfolded: int, size: int, advice: str) -> SourceError:
    """The refusal of a file of ``size`` bytes that unfolds to so many."""
    return SourceError(
        f"{name} unfolds to more than a statement has ({unfolded >> 20:,} MB and more from {size:,} bytes): {advice}"
    )


def _chunks(path: Path, packed: Readable) -> Iterator[bytes]:
    try:
        while chunk := packed.read(_CHUNK):
            yield chunk
    except _DAMAGE as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(f"{path.name} is damaged: {why or 'what is packed in it cannot be unpacked'}; download it again")
