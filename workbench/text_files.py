"""Text files that are written whole or not at all, and read only where they are files."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def write_whole(path: str | Path, text: str) -> None:
    """Write a UTF-8 text beside ``path`` and put it there at once, so that nobody ever sees half of it.

    What lies beside under the name of the new file is removed, never followed. Raises ``OSError``.
    """
    final = Path(path)
    new = final.with_name(f".{final.name}.new")
    new.unlink(missing_ok=True)
    with new.open("x", encoding="utf-8") as file:
        file.write(text)
    new.replace(final)


def read_whole(path: str | Path, encoding: str = "utf-8") -> str:
    """The text of a file. Raises ``OSError``, as ``check_file`` does, or ``UnicodeDecodeError`` for what is no text."""
    check_file(path)
    return Path(path).read_text(encoding)


def check_file(path: str | Path) -> None:
    """Raise ``OSError`` for what is no file: reading a pipe or a device may never end."""
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder is refused where it is opened
        raise OSError(errno.EINVAL, "it is a pipe or a device; save what it gives as a file first", str(path))
