"""Files: which ones the bench offers, and where those that are uploaded stay."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, count
from pathlib import Path, PureWindowsPath

from workbench.errors import SourceError

UPLOADS = "uploads"
DATA = "data"


def files_in(folder: Path, endings: Collection[str]) -> list[str]:
    """Files in ``folder``, its uploads and its data that have one of ``endings``: their paths as seen from it."""
    found = chain(folder.glob("*"), (folder / UPLOADS).glob("*"), (folder / DATA).rglob("*"))
    files = [path for path in found if path.suffix.lower() in endings and path.is_file()]
    return sorted(path.relative_to(folder).as_posix() for path in files if not path.name.startswith("."))


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
        uploads.mkdir(exist_ok=True)
        for number in count(1):
            path = uploads / (bare.name if number == 1 else f"{bare.stem}-{number}{bare.suffix}")
            if _kept(path, content):
                return path.relative_to(folder).as_posix()
    except OSError as error:
        raise SourceError(f"{bare.name} cannot be kept in {UPLOADS}/: {error.strerror}") from None
    raise AssertionError("there is always another number")


def _kept(path: Path, content: bytes) -> bool:
    """Whether the file holds ``content``, now or already."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return path.is_file() and path.read_bytes() == content
    return True
