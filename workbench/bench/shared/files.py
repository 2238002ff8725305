"""Files: which ones the bench offers, and where those that are uploaded stay."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, count
from pathlib import Path, PureWindowsPath

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
        uploads.mkdir(exist_ok=True)
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
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return path.is_file() and path.read_bytes() == content
    return True
