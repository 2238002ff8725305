"""Preview: what an input holds and how it is understood, before anyone checks a row of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias, Unpack

import pyarrow as pa

from workbench.engine import EngineError, reason_of
from workbench.errors import SourceError, WorkbenchError, one_of
from workbench.layouts.layout import Layout
from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS, Kind, Origin
from workbench.sources.formats.postgres import TABLES, Ledger
from workbench.sources.headers import missing_columns, named_headers, understood
from workbench.sources.loading import NO_RECORD, Understood, columns_made, laid_out, understood_rows
from workbench.sources.naming import naming_flags
from workbench.sources.opening import Source
from workbench.sources.options import Options, ReaderOptions, make_options
from workbench.sources.raw import ROW, Raw
from workbench.sources.several import files_of

KINDS = {"external": EXTERNAL, "internal": INTERNAL, "balances": BALANCES, "snapshots": SNAPSHOTS}
Cell: TypeAlias = tuple[int, str, str, str, str]
DATES = ("date", "created_at", "snapshot_time")
BESIDE = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in ("column", "header", "raw", "understood"))])


@dataclass(frozen=True)
class Preview:
    """An input, or the first of several files, as it came and as it is understood.

    ``columns`` says for each header which canonical column it is taken for, ``None`` where nobody knows it.
    ``missing`` names the required columns that no header is taken for. ``first`` holds the first rows as they stand.
    ``layout`` says how the input is read; while it has questions, nothing is understood.
    """

    columns: Mapping[str, str | None]
    missing: tuple[str, ...]
    first: pa.Table
    layout: Layout
    understand: Callable[[], pa.Table] = BESIDE.empty_table

    @cached_property
    def beside(self) -> pa.Table:
        """The first rows beside what is understood: ``row``, ``column``, ``header``, ``raw``, ``understood``.

        Typing them takes longer than all the rest, and is done when someone looks.
        """
        return self.understand()


def preview(data: Source, side: str, *, rows: int = 10, **options: Unpack[ReaderOptions]) -> Preview:
    """Look at an input without checking it, whether or not a reader could use it.

    ``side`` is external, internal, balances or snapshots; the options are those of every reader.
    Raises ``SourceError`` if the input cannot be opened, and ``SettingsError`` for options that are none.

    >>> found = preview([{"id": "ch_1", "Betrag": "12,50"}], "external")
    >>> found.columns, found.missing
    ({'id': 'id', 'Betrag': 'amount'}, ('date',))
    """
    kind = KINDS[one_of(side, KINDS, "side")]
    with naming_flags(side):
        chosen = make_options(options)
        return _of_ledger(data, side, kind, chosen) if isinstance(data, Ledger) else _of_input(data, kind, chosen, rows)


def _of_ledger(ledger: Ledger, side: str, kind: Kind, options: Options) -> Preview:
    """The columns of the table, and no row: a ledger is read whole or not at all."""
    headers = tuple(ledger.columns.get(TABLES[kind.name].name, ()))
    columns = understood(headers, kind, options.mapping)
    first = pa.table({header: pa.array([], pa.string()) for header in headers})
    return Preview(columns, _missing(columns, kind), first, Layout(side, options.differing(), header=headers))


def _of_input(data: Source, kind: Kind, options: Options, rows: int) -> Preview:
    files = files_of(data)
    raw, origin, plan, engine = laid_out(data if files is None else files[0], kind, options)
    columns = understood(raw.headers, kind, plan.options.mapping)
    missing = _missing(columns, kind, *columns_made(kind, plan, raw))
    try:
        first = _first(raw, rows)
    except EngineError as error:
        raise _unreadable(origin, error) from error

    def understand() -> pa.Table:
        understood_as = None
        try:
            if not missing and not plan.layout.questions:
                with suppress(WorkbenchError):  # such as two headers for one column, which a reader refuses
                    understood_as = understood_rows(raw, kind, plan, origin.name, engine, rows)
        except EngineError as error:
            raise _unreadable(origin, error) from error
        return _beside(first, columns, understood_as)

    return Preview(columns, missing, first.drop(ROW), plan.layout, understand)


def _unreadable(origin: Origin, error: EngineError) -> SourceError:
    return SourceError(f"{origin.name} cannot be read: {reason_of(error)}")


def _missing(columns: Mapping[str, str | None], kind: Kind, *made: str) -> tuple[str, ...]:
    absent = missing_columns([column for column in columns.values() if column], kind)
    return tuple(column for column in absent if column not in made)


def _first(raw: Raw, rows: int) -> pa.Table:
    """The first rows in their order, under names of which no two are alike, even where the input's are."""
    head = raw.table.filter(raw.table[ROW] <= rows).order_by(ROW).to_pyarrow()
    times: dict[str, int] = {}
    names = []
    for header in named_headers(raw.headers):
        times[header.casefold()] = times.get(header.casefold(), 0) + 1
        names.append(header if times[header.casefold()] == 1 else f"{header} ({times[header.casefold()]})")
    return head.rename_columns([*names, ROW])


def _beside(first: pa.Table, columns: Mapping[str, str | None], understood_as: Understood | None) -> pa.Table:
    """A line for each column of each row: what stands there, and what that is understood as."""
    if understood_as is None:
        cells = [
            (row[ROW], columns.get(header) or "", header, _text(value), "")
            for row in first.to_pylist()
            for header, value in row.items()
            if header != ROW
        ]
    else:
        rows = {row[ROW]: row for row in first.to_pylist()}
        cells = [
            cell
            for row in understood_as.table.to_pylist()
            for cell in _of_row(row[ROW], list(rows[row[ROW]].items()), row, understood_as)
        ]
    return pa.Table.from_pylist([dict(zip(BESIDE.names, cell, strict=True)) for cell in cells], BESIDE)


def _of_row(number: int, raw: list[tuple[str, Any]], row: Mapping[str, Any], understood_as: Understood) -> list[Cell]:
    note = understood_as.notes.get(number, "")
    text = " ".join(filter(None, (_text(value) for header, value in raw if header != ROW)))
    cells: list[Cell] = [(number, "", "", text, note)] if note else []
    if note.startswith(NO_RECORD):
        return cells
    for column in understood_as.table.column_names:
        places = [understood_as.places[part] for part in _parts(column) if part in understood_as.places]
        if column == ROW or not (places or understood_as.table[column].null_count < len(understood_as.table)):
            continue
        headers = ", ".join(raw[place][0] for place in places)
        written = ", ".join(filter(None, (_text(raw[place][1]) for place in places)))
        cells.append((number, column, headers, written, _text(row[column])))
    return cells


def _parts(column: str) -> tuple[str, ...]:
    """The columns of an input that a column of records is made from."""
    if column == "amount":
        return ("amount", "precise_amount", "precision", "credit", "debit", "direction", "fee")
    return (column, "time", "timezone") if column in DATES else (column,)


def _text(value: Any) -> str:
    """A value as people read it; midnight is the day."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ").removesuffix(" 00:00:00")
    return str(value)
