"""Source rows: a record as it stood in the file it was read from, before anyone decided what it means."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn
from workbench.errors import SourceError
from workbench.records import Kind, Origin
from workbench.sources.formats.text import text_of
from workbench.sources.loading import Loaded, load_numbered
from workbench.sources.options import Options, make_options
from workbench.sources.raw import ROW


@dataclass(frozen=True)
class SourceRow:
    """A row of a file: ``row`` 1 is the first record; ``cells`` is what stands there under each header, as text.

    ``line`` is where it begins in a text file or a sheet, ``text`` what stands in this line of a text file.
    """

    file: str
    row: int
    cells: Mapping[str, str]
    line: int | None = None
    text: str = ""


def source_row(origin: Origin, kind: Kind, record_id: str) -> SourceRow | None:
    """The row of a record in the file that it came from; none where no file holds it, or no row has that id.

    The file is read once more, as ``origin`` says that it was. Raises ``SourceError`` if it is not what it was.
    """
    for file in origin.files or (origin,):
        if isinstance(file.path, str) and not is_dsn(file.path):
            options: Any = {**file.options, "on_bad": "reject"}
            loaded = _loaded(file.path, _Known(kind, make_options(options), file.sha256))
            if found := _row(loaded, file.path, kind, record_id):
                return found
    return None


@dataclass(frozen=True)
class _Known:
    """How a file is read, and the SHA-256 that it has: a file that was read so need not be read once more."""

    kind: Kind
    options: Options
    sha256: str | None

    def __hash__(self) -> int:
        return hash(self.sha256)


@lru_cache(maxsize=2)
def _loaded(path: str, known: _Known) -> Loaded:
    loaded = load_numbered(path, known.kind, known.options)
    if loaded.records.origin.sha256 != known.sha256:
        raise SourceError(f"{path} has changed since it was read: read it again")
    return loaded


def _row(loaded: Loaded, path: str, kind: Kind, record_id: str) -> SourceRow | None:
    for rows in (loaded.rows, loaded.excluded):
        numbers = [] if rows is None else rows.filter(rows[kind.unique] == record_id)[ROW].to_pyarrow().to_pylist()
        if numbers:
            return _as_it_stood(loaded, path, numbers[0])
    return None


def _as_it_stood(loaded: Loaded, path: str, number: int) -> SourceRow:
    raw = loaded.raw
    [values] = raw.table.filter(raw.table[ROW] == number).drop(ROW).to_pyarrow().to_pylist()
    cells = {header: _text(value) for header, value in zip(raw.headers, values.values(), strict=True)}
    name = Path(path).name
    if raw.facts.has_lines:
        with suppress(OSError, SourceError):  # what was packed is not there as a text file
            [line] = raw.facts.lines([number])
            text = _line(path, line, loaded) if loaded.records.origin.format == "csv" else ""
            return SourceRow(name, number, cells, line, text)
    return SourceRow(name, number, cells)


def _line(path: str, line: int, loaded: Loaded) -> str:
    lines = text_of(Path(path), loaded.records.origin.options.get("encoding")).splitlines()
    return lines[line - 1]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
