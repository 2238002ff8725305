"""Files: which ones the bench offers, and where those that are uploaded stay."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from itertools import chain, count
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from workbench.dsn import is_dsn
from workbench.errors import SourceError

UPLOADS = "uploads"
DATA = "data"


def files_in(folder: Path, endings: Collection[str], chosen: str = "") -> list[str]:
    """Files that have one of ``endings``, as their paths are seen from ``folder``.

    They are those of the folder itself, of its uploads, those beside the file that is ``chosen``, and last its data or
    those of the folder above it, where the sample data stand.
    """
    data = folder / (DATA if (folder / DATA).is_dir() else f"../{DATA}")
    beside = (folder / chosen).parent if chosen and not is_dsn(chosen) else folder
    paths = chain(folder.glob("*"), (folder / UPLOADS).glob("*"), data.rglob("*"), _inside(beside))
    files = {path for path in paths if path.suffix.lower() in endings and path.is_file()}
    shown = sorted((data in path.parents, _seen_from(folder, path)) for path in files if not path.name.startswith("."))
    return [path for _, path in shown]


def resolved_path(path: str) -> str:
    """The file as it is named; sample data that are not below this folder are those beside the notebooks' folder."""
    above = Path("..") / path
    return str(above) if path.startswith(f"{DATA}/") and not Path(path).exists() and above.exists() else path


def keep_upload(name: str, content: bytes, folder: Path) -> str:
    r"""Keep what was uploaded as a file in the uploads of ``folder``, and return its path as seen from there.

    A file that is there already is never changed: one that holds the same is used, beside another one the new one
    gets a number. Raises ``SourceError`` if nothing can be written there.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> [keep_upload("C:\\bank\\a.csv", content, folder) for content in (b"id", b"id", b"amount")]
    ['uploads/a.csv', 'uploads/a.csv', 'uploads/a-2.csv']
    """
    bare = Path(PureWindowsPath(name).name or "upload")  # a browser may give a path, of either kind of system
    uploads = folder / UPLOADS
    try:
        uploads.mkdir(mode=0o700, exist_ok=True)
        if uploads.is_symlink():
            raise OSError(errno.ELOOP, "it is a link, which may lead anywhere: remove it")
        for number in count(1):
            path = uploads / (bare.name if number == 1 else f"{bare.stem}-{number}{bare.suffix}")
            if _kept(path, content):
                return path.relative_to(folder).as_posix()
    except OSError as error:
        raise SourceError(f"{bare.name} cannot be kept in {UPLOADS}/: {error.strerror}") from None
    raise AssertionError("there is always another number")


def _inside(folder: Path) -> list[Path]:
    """What is in a folder that somebody typed; nothing if the system takes it for no name of one."""
    try:
        return list(folder.glob("*"))
    except OSError:
        return []


def _seen_from(folder: Path, path: Path) -> str:
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _kept(path: Path, content: bytes) -> bool:
    """Whether the file holds ``content``, now or already."""
    try:
        with open(path, "xb", opener=_for_its_user) as file:
            _write_or_remove(file, path, content)
    except FileExistsError:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == content
    return True


def _write_or_remove(file: BinaryIO, path: Path, content: bytes) -> None:
    try:
        file.write(content)
        file.flush()
    except BaseException:
        path.unlink()  # half of it would be taken for all
        raise


def _for_its_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
