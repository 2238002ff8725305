"""Load: from an input to records, with the rows that cannot be used beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Context, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import EngineError, computed, engine_of, hash_of, own_engine, reason_of, staged, stream
from workbench.errors import BadRecords, SourceError
from workbench.records import EXTERNAL, Kind, Records, left_out_frame
from workbench.sources.headers import Headers, match_headers
from workbench.sources.opening import Source, is_typed, open_source
from workbench.sources.options import Options
from workbench.sources.raw import ROW, Raw
from workbench.sources.running_balances import running_statements
from workbench.sources.typing.cells import check_date_format
from workbench.sources.typing.columns import Typed, type_columns

BAD = "__bad__"
SHOWN = 20  # bad rows that a message lists
FAULTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())])


def load(data: Source, kind: Kind, options: Options, source: str | None) -> Records:
    """Read, type and check an input; ``source`` fills the column of that name where it is empty."""
    engine = own_engine(isolated=is_typed(data))
    if options.date_format is not None:
        check_date_format(options.date_format, engine)
    raw, origin = open_source(data, kind, options, engine)
    if not raw.headers:
        raise SourceError(f"{origin.name} is empty")
    headers = match_headers(raw.headers, kind, options.mapping, origin.name)
    for name in (ROW, BAD):
        if name in map(str.lower, headers.unknown):
            raise SourceError(f"{origin.name} has a column {name!r}, a name that the workbench needs itself: rename it")
    try:
        typed = type_columns(raw.table, headers.known, kind, options, engine)
        canonical = _canonical(headers, typed, source)
        # What the input has typed already is read where it is.
        live = None if typed.parsed else raw.live
        table = staged(engine, canonical) if live else computed(engine, canonical)
        rows, sound = _check(table, kind)
        faults = FAULTS.empty_table() if sound and not raw.torn else _faults(raw, typed, table, kind)
    except EngineError as error:
        raise SourceError(f"{origin.name} cannot be read: {reason_of(error)}") from error
    filled = {} if source is None else {"source": source}
    origin = replace(origin, rows=rows + len(raw.torn), options={**origin.options, **filled})
    if len(faults) and options.on_bad == "raise":
        raise BadRecords(_message(origin.name, origin.rows, faults))
    if live:
        live.check()
    bad = ibis.memtable(pa.table({ROW: faults["row"].unique()}))
    return Records(
        table=_good(table, bad) if len(faults) else table.drop(ROW, BAD),
        rejected=faults.to_pandas(types_mapper=pd.ArrowDtype),
        origin=origin,
        given=tuple(headers.known),
        **(_totals(table, bad, kind, len(raw.torn)) if len(faults) else {}),
        live=None if len(faults) else live,
        account_statements=raw.statements or (running_statements(table) if kind is EXTERNAL else ()),
        left_out=left_out_frame(raw.left_out),
    )


def _canonical(headers: Headers, typed: Typed, source: str | None) -> ir.Table:
    """The canonical columns, then the columns nobody knows, then the row and whether it is bad."""
    values = dict(typed.values)
    if source is not None:
        values["source"] = ibis.coalesce(values["source"], ibis.literal(source))
    unknown = {name: _plain(typed.table[typed.table.columns[at]]) for name, at in headers.unknown.items()}
    return typed.table.select(**values, **unknown, **{ROW: typed.table[ROW], BAD: typed.bad})


def _plain(column: ir.Value) -> ir.Value:
    """The column as it came; as text where its type is the engine's alone."""
    return column.cast("string") if column.type().is_unknown() else column


def _check(table: ir.Table, kind: Kind) -> tuple[int, bool]:
    """How many rows there are, and whether none is bad and no id stands twice; two ids of one hash pass for one."""
    if not kind.unique:
        found = table.aggregate(rows=table.count(), bad=table[BAD].any()).to_pyarrow()
        return found["rows"][0].as_py(), not found["bad"][0].as_py()
    rows, at = table.count().to_pyarrow().as_py(), 0
    keys = np.empty(rows, np.uint64)
    with stream(table.select(bad=BAD, key=hash_of(table[kind.unique]))) as batches:
        for batch in batches:
            # A file that grows meanwhile is refused by who opened it.
            if pc.any(batch["bad"], min_count=0).as_py() or at + len(batch) > rows:
                return rows, False
            keys[at : at + len(batch)] = batch["key"]
            at += len(batch)
    keys.sort()
    return rows, not bool((keys[1:] == keys[:-1]).any())


def _faults(raw: Raw, typed: Typed, table: ir.Table, kind: Kind) -> pa.Table:
    """A row for each fault, in the order of the input."""
    torn = [{"row": each.row, "column": "", "value": each.value, "reason": each.reason} for each in raw.torn]
    parts = [pa.Table.from_pylist(torn, FAULTS), _bad_cells(typed)]
    if kind.unique:
        parts.append(_duplicates(table, kind.unique))
    return pa.concat_tables(parts).sort_by("row")


def _bad_cells(typed: Typed) -> pa.Table:
    values = {f"value {at}": fault.text for at, fault in enumerate(typed.faults)}
    reasons = {f"reason {at}": ibis.ifelse(fault.bad, fault.reason, None) for at, fault in enumerate(typed.faults)}
    found = typed.table.filter(typed.bad).select(ROW, **values, **reasons).to_pyarrow()
    parts = [
        pa.table([found[ROW], pa.repeat(fault.column, len(found)), found[f"value {at}"], found[f"reason {at}"]], FAULTS)
        for at, fault in enumerate(typed.faults)
    ]
    return pa.concat_tables([part.filter(pc.is_valid(part["reason"])) for part in parts])


def _duplicates(table: ir.Table, name: str) -> pa.Table:
    ids = table.filter(table[name].notnull()).select(ROW, value=name)
    seen = ids.mutate(first=ids[ROW].min().over(ibis.window(group_by="value")))
    again = seen.filter(seen[ROW] != seen.first).to_pyarrow()
    reasons = [f"is a duplicate id: row {first} has it too" for first in again["first"].to_pylist()]
    return pa.table([again[ROW], pa.repeat(name, len(again)), again["value"], pa.array(reasons, pa.string())], FAULTS)


def _good(table: ir.Table, bad: ir.Table) -> ir.Table:
    return computed(engine_of(table), table.anti_join(bad, ROW).order_by(ROW).drop(ROW, BAD))


def _totals(table: ir.Table, bad: ir.Table, kind: Kind, torn: int) -> dict[str, Any]:
    """For each currency the number of bad records and the sum of their readable amounts, and of the negative ones."""
    rows = table.semi_join(bad, ROW).select(currency="currency", amount=kind.money).to_pyarrow().to_pylist()
    exact = Context(prec=100)
    totals: dict[str, tuple[int, Decimal]] = {"": (torn, Decimal(0))} if torn else {}
    debits: dict[str, Decimal] = {}
    for row in rows:
        currency, amount = row["currency"] or "", row["amount"] or Decimal(0)
        count, total = totals.get(currency, (0, Decimal(0)))
        totals[currency] = count + 1, exact.add(total, amount)
        if amount < 0:
            debits[currency] = exact.subtract(debits.get(currency, Decimal(0)), amount)
    return {"rejected_totals": totals, "rejected_debits": debits}


def _message(name: str, rows: int, faults: pa.Table) -> str:
    bad = faults["row"].unique().to_pylist()
    shown = faults.filter(pc.less_equal(faults["row"], bad[:SHOWN][-1]))
    more = [f"and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
    listed = [_sentence(fault) for fault in shown.to_pylist()]
    head = f'{name}: {len(bad)} of {rows} records are bad; correct them, or read the others with on_bad="reject"'
    return "\n  ".join([head, *listed, *more])


def _sentence(fault: Mapping[str, object]) -> str:
    where = f"row {fault['row']}" + (f", column {fault['column']}" if fault["column"] else "")
    value = str(fault["value"] or "")
    shown = value if len(value) <= 60 else f"{value[:60]}…"
    return f"{where}: {shown!r} {fault['reason']}" if value else f"{where} {fault['reason']}"
