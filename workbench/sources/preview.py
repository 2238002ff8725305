"""Preview: what an input holds and how its headers are understood, before anyone checks a row of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import pyarrow as pa

from workbench.engine import EngineError, own_engine, reason_of
from workbench.errors import SourceError, one_of
from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS, Kind
from workbench.sources.formats.postgres import TABLES, Ledger
from workbench.sources.headers import missing_columns, named_headers, understood
from workbench.sources.opening import Source, is_typed, open_source
from workbench.sources.options import Options, ReaderOptions, make_options
from workbench.sources.raw import ROW, Raw

KINDS = {"external": EXTERNAL, "internal": INTERNAL, "balances": BALANCES, "snapshots": SNAPSHOTS}


@dataclass(frozen=True)
class Preview:
    """An input as it came.

    ``columns`` says for each header which canonical column it is taken for, ``None`` where nobody knows it.
    ``missing`` names the required columns that no header is taken for. ``first`` holds the first rows.
    """

    columns: Mapping[str, str | None]
    missing: tuple[str, ...]
    first: pa.Table


def preview(data: Source, side: str, *, rows: int = 10, **options: Unpack[ReaderOptions]) -> Preview:
    """Look at an input without checking it, whether or not a reader could use it.

    ``side`` is external, internal, balances or snapshots; the options are those of every reader.
    Raises ``SourceError`` if the input cannot be opened, and ``SettingsError`` for options that are none.

    >>> found = preview([{"id": "ch_1", "Betrag": "12,50"}], "external")
    >>> found.columns, found.missing
    ({'id': 'id', 'Betrag': None}, ('amount', 'currency', 'date'))
    """
    kind, chosen = KINDS[one_of(side, KINDS, "side")], make_options(options)
    headers, first = _of_ledger(data, kind) if isinstance(data, Ledger) else _of_input(data, kind, chosen, rows)
    columns = understood(headers, kind, chosen.mapping)
    missing = missing_columns([column for column in columns.values() if column], kind)
    return Preview(columns, tuple(missing), first)


def _of_ledger(ledger: Ledger, kind: Kind) -> tuple[tuple[str, ...], pa.Table]:
    """The columns of the table, and no row: a ledger is read whole or not at all."""
    headers = tuple(ledger.columns.get(TABLES[kind.name].name, ()))
    return headers, pa.table({header: pa.array([], pa.string()) for header in headers})


def _of_input(data: Source, kind: Kind, options: Options, rows: int) -> tuple[tuple[str, ...], pa.Table]:
    raw, origin = open_source(data, kind, options, own_engine(isolated=is_typed(data)))
    if not raw.headers:
        raise SourceError(f"{origin.name} is empty")
    try:
        return raw.headers, _first(raw, rows)
    except EngineError as error:
        raise SourceError(f"{origin.name} cannot be read: {reason_of(error)}") from error


def _first(raw: Raw, rows: int) -> pa.Table:
    found = raw.table.head(rows).drop(ROW).to_pyarrow()
    # No two columns of a table are called alike, even where the input's are.
    seen: dict[str, int] = {}
    names = []
    for header in named_headers(raw.headers):
        seen[header.casefold()] = seen.get(header.casefold(), 0) + 1
        names.append(header if seen[header.casefold()] == 1 else f"{header} ({seen[header.casefold()]})")
    return found.rename_columns(names)
