"""Which reader reads which input: each format knows its files by their content, and no reader is guessed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from workbench.dsn import is_dsn, without_secrets
from workbench.engine import Engine
from workbench.errors import NotThereYet, SettingsError, SourceError, UselessOption
from workbench.records import Kind, Origin
from workbench.sources.formats import postgres
from workbench.sources.formats.format import Format, Head, head_of, open_file
from workbench.sources.formats.in_memory import frame_table, rows_table
from workbench.sources.formats.unpacking import GZIP, ZIP, unpacked
from workbench.sources.headers import missing_columns, understood
from workbench.sources.known_formats import known_formats
from workbench.sources.option_table import OPTIONS
from workbench.sources.options import SELECTING, Options
from workbench.sources.raw import ROW, FileFacts, Raw, raw_arrow

Source: TypeAlias = str | Path | Sequence[str | Path] | pd.DataFrame | pa.Table | list[dict[str, Any]] | postgres.Ledger


ALWAYS = {"on_bad"} | {option.name for option in OPTIONS if option.of == "any"}  # options of every format


def is_typed(data: Source) -> bool:
    """Whether an input brings types of its own, whose values may lie outside of their range."""
    if not isinstance(data, str | Path) or is_dsn(str(data)):
        return isinstance(data, pd.DataFrame | pa.Table)
    try:
        head = head_of(Path(data))
    except OSError:  # reported when the file is opened
        return False
    packed = head.content.startswith((GZIP, ZIP))
    return packed or any(file_format.typed and file_format.claims(head) for file_format in known_formats())


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
            origin = Origin("<DataFrame>", "dataframe", 0)
            return _in_memory(_table_of(origin, frame_table, data, options), origin, kind, options, engine)
        case pa.Table():
            return _in_memory(data, Origin("<Arrow table>", "arrow", 0), kind, options, engine)
        case list() if all(isinstance(row, Mapping) for row in data):
            origin = Origin("<list of dicts>", "rows", 0)
            return _in_memory(_table_of(origin, rows_table, data, options), origin, kind, options, engine)
    raise SourceError(
        f"cannot read a {type(data).__name__}: give a path, a postgresql:// URL, a DataFrame, an Arrow table or a list "
        "of dicts"
    )


def _refuse_selection(options: Options) -> None:
    selecting = [name for name in SELECTING if getattr(options, name) is not None]
    if selecting:
        raise SettingsError(f"{selecting[0]}= selects records of a PostgreSQL ledger: this input is read whole")


def _too_deep(name: str) -> SourceError:
    return SourceError(f"{name} holds values in values, deeper than can be read")


def _table_of(origin: Origin, table_of: Callable[[Any, str], pa.Table], data: Any, options: Options) -> pa.Table:
    try:
        return table_of(data, options.mark)
    except RecursionError:
        raise _too_deep(origin.name) from None


def _in_memory(table: pa.Table, origin: Origin, kind: Kind, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    """A table of a program; where it is called as records are called, nothing is looked for in it."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:  # a broken column is read beyond its buffers, which takes the whole process along
            column.validate(full=not pa.types.is_primitive(column.type))
        except pa.ArrowException as error:
            raise SourceError(f"{origin.name} has a column {name!r} that cannot be read: {error}") from None
    columns = understood(table.column_names, kind, options.mapping).values()
    made = {"currency"} if options.currency else set()
    missing = {*missing_columns([column for column in columns if column], kind)} - made
    raw = raw_arrow(engine, table, facts=FileFacts(detects=bool(missing)))
    return raw, replace(origin, digest=_digest(table), options=options.differing())


def _digest(table: pa.Table) -> str:
    """The SHA-256 of the rows, however they are cut into batches."""
    digest = hashlib.sha256()
    for batch in table.replace_schema_metadata().combine_chunks().to_batches(max_chunksize=1 << 16):
        digest.update(batch.serialize())
    return digest.hexdigest()


def _open_file(name: str | Path, options: Options, engine: Engine) -> tuple[Raw, Origin]:
    path = Path(name)
    try:
        with open_file(path) as file, unpacked(path) as content:
            file_format = _format_of(content, path)
            _refuse_useless(options, file_format, path)
            raw = file_format.read(content, options, engine)
            if raw.lazy and content != path:  # the unpacked file is gone when the engine would read it
                raw = raw_arrow(engine, raw.table.drop(ROW).to_pyarrow().rename_columns(raw.headers))
            digest = raw.lazy or hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise NotThereYet(
            f"cannot read {without_secrets(str(name))}: No such file or directory, it is not there yet"
        ) from None
    except OSError as error:
        raise SourceError(f"cannot read {without_secrets(str(name))}: {error.strerror or error}") from None
    except RecursionError:
        raise _too_deep(path.name) from None
    return raw, Origin(path.name, file_format.name, 0, str(name), digest, options.differing())


def _format_of(content: Path, path: Path) -> Format:
    """The format of what is in a file; raises ``SourceError`` if none claims it, or several do."""
    head = head_of(content)
    if not head.content:
        raise SourceError(f"{path.name} is empty")
    claimed = [file_format for file_format in known_formats() if file_format.claims(head)]
    claiming = [file_format for file_format in claimed if not file_format.rest] or claimed
    formats = ", ".join(file_format.name for file_format in known_formats())
    if not claiming:
        raise SourceError(f"{path.name} is {_what(head)}, not of a format that is known by its content: {formats}")
    if len(claiming) > 1:
        names = " and as ".join(claimant.name for claimant in claiming)
        raise SourceError(
            f"{path.name} can be read as {names}: its content does not tell which; take out what is not its own"
        )
    return claiming[0]


def _what(head: Head) -> str:
    """A description of a file that no format claims."""
    if re.match(r"<!doctype html|<(html|table)\b", head.text, re.IGNORECASE):
        return "a web page without a table: it may be one of the bank that asks to log in; download the export again"
    return head.foreign or "XML"


def _refuse_useless(options: Options, chosen: Format, path: Path) -> None:
    """An option that changes nothing is a mistake of whoever gives it."""
    useless = sorted(options.differing().keys() - ALWAYS - chosen.options)
    if useless:
        takes = ", ".join(f"{name}=" for name in sorted(chosen.options)) or "none but what every format takes"
        message = f"{path.name} is {chosen.name}, which has no use for {useless[0]}=; it takes {takes}"
        raise UselessOption(message, useless[0])
