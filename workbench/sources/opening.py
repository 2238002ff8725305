"""Which reader takes which input: a line for each format, and nothing is taken on a guess."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from workbench.dsn import is_dsn, redact
from workbench.engine import Engine
from workbench.errors import SettingsError, SourceError
from workbench.records import Kind, Origin
from workbench.sources.formats import delimited, excel, json_files, parquet, postgres
from workbench.sources.formats.in_memory import frame_table, rows_table
from workbench.sources.options import SELECTING, Options
from workbench.sources.raw import Raw, raw_arrow

Source: TypeAlias = str | Path | pd.DataFrame | pa.Table | list[dict[str, Any]] | postgres.Ledger


@dataclass(frozen=True)
class Format:
    """A file format: its name, and what reads it."""

    name: str
    read: Callable[[Path, Options, Engine], Raw]


FORMATS = {
    ".csv": Format("csv", delimited.read),
    ".tsv": Format("tsv", delimited.read),
    ".txt": Format("csv", delimited.read),
    ".json": Format("json", json_files.read_array),
    ".ndjson": Format("ndjson", json_files.read_lines),
    ".jsonl": Format("ndjson", json_files.read_lines),
    ".parquet": Format("parquet", parquet.read),
    ".xlsx": Format("xlsx", excel.read),
}


def is_typed(data: Source) -> bool:
    """Whether an input brings types of its own, whose values may lie outside of their range."""
    return isinstance(data, pd.DataFrame | pa.Table) or str(data).lower().endswith(".parquet")


def open_source(data: Source, kind: Kind, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    """Open an input, and say where it comes from; the origin's rows are not counted yet.

    Raises ``SourceError`` if it is not there, cannot be read, or is of no known format.
    """
    match data:
        case postgres.Ledger():
            return postgres.read(data, kind, options, engine)
        case str() if is_dsn(data):
            with postgres.open_ledger(data) as ledger:
                return postgres.read(ledger, kind, options, engine)
    _refuse_selection(options)
    match data:
        case str() | Path():
            return _open_file(data, options, engine)
        case pd.DataFrame():
            return _in_memory("<DataFrame>", "dataframe", frame_table(data, options.decimal), options, engine)
        case pa.Table():
            return _in_memory("<Arrow table>", "arrow", data, options, engine)
        case list() if all(isinstance(row, Mapping) for row in data):
            return _in_memory("<list of dicts>", "rows", rows_table(data, options.decimal), options, engine)
    raise SourceError(
        f"cannot read a {type(data).__name__}: give a path, a postgresql:// URL, a DataFrame, an Arrow table or a list "
        "of dicts"
    )


def _refuse_selection(options: Options) -> None:
    given = [name for name in SELECTING if getattr(options, name) is not None]
    if given:
        raise SettingsError(f"{given[0]} selects records of a PostgreSQL ledger: this input is read whole")


def _in_memory(name: str, kind: str, table: pa.Table, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    return raw_arrow(engine, table), Origin(name, kind, 0, None, _digest(table), options.differing())


def _digest(table: pa.Table) -> str:
    """The SHA-256 of the rows, however they are cut into batches."""
    digest = hashlib.sha256()
    for batch in table.replace_schema_metadata().combine_chunks().to_batches(max_chunksize=1 << 16):
        digest.update(batch.serialize())
    return digest.hexdigest()


def _open_file(given: str | Path, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    path = Path(given)
    try:
        with path.open("rb") as file:
            found = _format_of(path)
            raw = found.read(path, options, engine)
            digest = raw.live or hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"cannot read {redact(str(given))}: {error.strerror or error}") from None
    except RecursionError:
        raise SourceError(f"{path.name} holds values in values, deeper than can be read") from None
    return raw, Origin(path.name, found.name, 0, str(given), digest, options.differing())


def _format_of(path: Path) -> Format:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        ending = path.suffix or "a name without an ending"
        raise SourceError(f"{path.name}: {ending} is no known format; known are {', '.join(FORMATS)}") from None
