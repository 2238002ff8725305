"""Text files that are written whole or not at all, and read only where they are files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO


def write_whole(path: str | Path, text: str) -> None:
    """Write a UTF-8 text. Raises ``OSError``, as ``whole_file`` does."""
    with whole_file(path) as file:
        file.write(text.encode())


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Yield a file beside ``path`` that is put there at once at the end, so that nobody ever sees half of it.

    What lies beside under the name of the new file is removed, never followed; after an error nothing is left of it.
    Raises ``OSError``, also for a pipe or a device, in whose place a file would stand afterwards.
    """
    check_target(path)
    final = Path(path)
    if not final.name:
        raise OSError(errno.EISDIR, "it names a folder", str(path))
    new = final.with_name(f".{final.name}.new")
    new.unlink(missing_ok=True)
    try:
        with new.open("xb") as file:
            if final.exists():  # what only its owner may read stays so
                new.chmod(final.stat().st_mode & 0o777)
            yield file
        new.replace(final)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def append_whole(file: FileIO, data: bytes) -> None:
    """Append all of it to a raw file, and wait until it is on disk. Raises ``OSError``; then nothing of it is left."""
    end = file.seek(0, os.SEEK_END)
    try:
        while data:
            data = data[file.write(data) or 0 :]  # one write may take only a part
        os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            file.truncate(end)
        raise


def read_whole(path: str | Path, encoding: str = "utf-8") -> str:
    """The text of a file. Raises ``OSError``, as ``check_file`` does, or ``UnicodeDecodeError`` for what is no text."""
    check_file(path)
    return Path(path).read_text(encoding)


def check_name(path: str | Path) -> None:
    """Raise ``OSError`` for what no file can be called; Python's own errors for that are of other kinds."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        raise OSError(errno.EINVAL, "no file has a name with half a character", ascii(str(path))) from None
    if b"\0" in name:
        raise OSError(errno.EINVAL, "no file has a name with a zero byte", str(path))
    try:
        str(path).encode()
    except UnicodeEncodeError:  # neither Arrow nor what a run writes down of its inputs can hold it
        of_locale = name.decode(errors="replace").encode() == name
        mend = "the locale is not of UTF-8, so set PYTHONUTF8=1" if of_locale else "rename it"
        raise OSError(errno.EINVAL, f"its name is not UTF-8 text here: {mend}", ascii(str(path))) from None


def real_path(path: str | Path) -> Path:
    """The path with its links followed. Raises ``OSError``, as ``check_name`` does, and for links in a circle."""
    check_name(path)
    try:
        return Path(path).resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


def check_target(path: str | Path) -> None:
    """Raise ``OSError`` for what no file can be called, and if a pipe or a device is where one is to be written."""
    check_name(path)
    if Path(path).exists():
        check_file(path)


def check_file(path: str | Path) -> None:
    """Raise ``OSError`` for what is no file: reading a pipe or a device may never end."""
    check_name(path)
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder is refused where it is opened
        raise OSError(errno.EINVAL, "it is a pipe or a device; save what it gives as a file first", str(path))
