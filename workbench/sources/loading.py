"""Load: from an input to records, with the rows that cannot be used beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.dsn import is_dsn
from workbench.engine import (
    Engine,
    EngineError,
    computed,
    engine_of,
    from_arrow,
    hash_of,
    own_engine,
    read_through,
    reason_of,
    staged,
    stream,
)
from workbench.errors import SourceError
from workbench.layouts.layout import Layout
from workbench.layouts.questions import OpenQuestions
from workbench.records import EXTERNAL, AsRead, Kind, LeftOut, Origin, Records, left_out_frame
from workbench.sources.bad_rows import FAULTS, bad_records, sentence_of
from workbench.sources.detecting import DETECTED, Plan, lay_out
from workbench.sources.excluding import out_reason
from workbench.sources.headers import PARTS, Headers, match_headers
from workbench.sources.leaving_out import leave_out
from workbench.sources.made_ids import CONTENT, made_id, numbered_id
from workbench.sources.opening import Source, is_typed, open_source
from workbench.sources.options import Options
from workbench.sources.raw import FEE, ROW, Raw, check_width
from workbench.sources.running_balances import running_statements
from workbench.sources.typing.cells import check_date_format
from workbench.sources.typing.columns import Typed, type_columns
from workbench.sources.typing.instants import outside_faults
from workbench.sources.typing.zero_bytes import zero_byte_faults

BAD = "__bad__"
OUT = "__out__"  # takes no part
NO_RECORD = "no record"


@dataclass(frozen=True)
class Loaded:
    """An input that was read: its records, the same rows with their numbers in ``ROW``, and ``raw``, as they came.

    ``counted`` has the rows that running balances run along with, those with faults too; ``None`` where the input has
    statements of its own.
    """

    records: Records
    rows: ir.Table
    excluded: ir.Table | None
    counted: ir.Table | None
    raw: Raw


def load(data: Source, kind: Kind, options: Options) -> Records:
    """Read, type and check an input; what ``options`` do not say is found in it.

    Raises ``OpenQuestions`` where it leaves something open.
    """
    return load_numbered(data, kind, options).records


def load_numbered(data: Source, kind: Kind, options: Options) -> Loaded:
    """The same, with the numbers of the rows."""
    raw, origin, plan, engine = laid_out(data, kind, options)
    if plan.layout.questions:
        layout = plan.layout
        raise OpenQuestions(origin.name, layout.side, layout.questions, layout.evidence, layout.header)
    return _read(raw, kind, plan, origin, engine)


def detect(data: Source, kind: Kind, options: Options) -> Layout:
    """How an input is read: what ``options`` say, and what is found in it, or is left open."""
    return laid_out(data, kind, options)[2].layout


def laid_out(data: Source, kind: Kind, options: Options) -> tuple[Raw, Origin, Plan, Engine]:
    """Open an input, and plan how it is read."""
    engine = own_engine(isolated=is_typed(data))
    if options.date_format is not None:
        check_date_format(options.date_format, engine)
    raw, origin = open_source(data, kind, options, engine)
    if not raw.headers:
        why = f"holds nothing that can be read: it {raw.malformed[0].reason}" if raw.malformed else "is empty"
        raise SourceError(f"{origin.name} {why}")
    if damaged := next((header for header in raw.headers if "\0" in header), None):
        raise SourceError(
            f"{origin.name} has a column {damaged!r} with a zero byte, which no name has: it is damaged; get it again"
        )
    check_width(origin.name, len(raw.headers))
    return raw, origin, lay_out(raw, kind, options, origin.name), engine


@dataclass(frozen=True)
class Understood:
    """Some rows as records: ``table`` has the canonical columns and ``ROW``.

    ``places`` says in which column of the input each stands, ``notes`` what is said of a row, by its number.
    """

    table: pa.Table
    places: Mapping[str, int]
    notes: Mapping[int, str]


def understood_rows(raw: Raw, kind: Kind, plan: Plan, name: str, engine: Engine, rows: int) -> Understood:
    """The first ``rows`` of the input called ``name`` as records, the bad ones too, whatever the others hold."""
    notations = plan.notations or raw.facts.detects
    head = replace(raw, table=raw.table.filter(raw.table[ROW] <= rows), malformed=())
    headers = match_headers(raw.headers, kind, plan.options.mapping, name, columns_made(kind, plan, raw))
    typed = _typed(replace(head, rows=None), headers, kind, replace(plan, notations=notations), name, engine)
    table = computed(engine, _canonical(headers, typed, kind, plan.options, engine))
    faults, left_out = leave_out(raw, headers, _faults(head, typed, table, kind), kind)
    ordered = table.order_by(ROW).to_pyarrow()
    shown = ordered.select([*(column for column in kind.all_columns if column in ordered.column_names), ROW])
    notes = {fault["row"]: f"bad: {sentence_of(fault)}" for fault in reversed(faults.to_pylist())}
    notes |= {row[ROW]: f"takes no part: {row[OUT]}" for row in ordered.to_pylist() if row[OUT]}
    notes |= {row: f"{NO_RECORD}: it {why}" for row, (_, why) in left_out.items()}
    return Understood(shown, headers.known, notes)


def _read(raw: Raw, kind: Kind, plan: Plan, origin: Origin, engine: Engine) -> Loaded:
    options = plan.options
    made = columns_made(kind, plan, raw)
    headers = match_headers(raw.headers, kind, options.mapping, origin.name, made)
    for name in (ROW, BAD, OUT, FEE):
        if name in map(str.lower, headers.unknown):
            raise SourceError(f"{origin.name} has a column {name!r}, a name that the workbench needs itself: rename it")
    try:
        typed = _typed(raw, headers, kind, plan, origin.name, engine)
        canonical = _canonical(headers, typed, kind, options, engine)
        # What the input has typed already is read where it is.
        lazy = None if typed.parsed else raw.lazy
        table = staged(engine, canonical) if lazy else computed(engine, canonical)
        if lazy:  # a damaged column that nobody has looked at yet would only fail when it is written
            read_through(raw.table.drop(ROW))
        rows, sound = _check(table, kind)
        if not sound and raw.facts.detects and not plan.notations:
            # Some numbers may be written otherwise than the rows that were looked at.
            return _read(raw, kind, replace(plan, notations=True), origin, engine)
        faults = FAULTS.empty_table() if sound and not raw.malformed else _faults(raw, typed, table, kind)
    except EngineError as error:
        raise SourceError(f"{origin.name} cannot be read: {reason_of(error)}") from error
    faults, left_out = leave_out(raw, headers, faults, kind)
    rows += len(raw.malformed) - len(left_out)
    used_options, evidence = {**origin.options, **plan.detected}, plan.layout.evidence
    origin = replace(origin, rows=rows, options=used_options, evidence=evidence, as_read=_as_read(raw, origin))
    origin = replace(origin, found=plan.layout.found)
    if len(faults) and options.on_bad == "raise":
        raise bad_records(origin.name, origin.rows, faults)
    if lazy:
        lazy.check()
    gone = {ROW: pa.array(sorted({*faults["row"].to_pylist(), *left_out}), pa.int64())}
    all_take_part = not (options.only or options.without)
    whole = not len(faults) and not left_out and all_take_part
    good = _shown(table, BAD, OUT) if whole else _good(table, from_arrow(engine, pa.table(gone)))
    excluded = None if all_take_part else computed(engine, _excluded(table))
    counted = _counted(table, left_out) if kind is EXTERNAL and not raw.statements else None
    records = Records(
        table=good.drop(ROW),
        excluded=None if excluded is None else excluded.drop(ROW),
        rejected=faults.to_pandas(types_mapper=pd.ArrowDtype),
        origin=origin,
        given=tuple(name for name in headers.known if name not in PARTS),
        **(_totals(table, faults, kind, len(raw.malformed)) if len(faults) else {}),
        lazy=lazy if whole else None,
        account_statements=raw.statements or (() if counted is None else running_statements({origin.name: counted})),
        left_out=_left_out(raw, left_out),
        layout=plan.layout,
        indicators=raw.indicators,
    )
    return Loaded(records, good, excluded, counted, raw)


def _typed(raw: Raw, headers: Headers, kind: Kind, plan: Plan, name: str, engine: Engine) -> Typed:
    """The columns of an input, with what makes its rows bad, and why some take no part."""
    typed = type_columns(raw.table, headers.known, kind, plan.options, engine, notations=plan.notations, rows=raw.rows)
    known = {place: column for column, place in headers.known.items()}
    places = {known.get(place, header): place for place, header in enumerate(raw.headers)}
    zeros = zero_byte_faults(typed.table, places, raw.rows) if raw.facts.has_zero_bytes else []
    faults = (*typed.faults, *zeros, *outside_faults(typed.table, headers.unknown))
    out = out_reason(typed.table, raw.headers, headers, plan.options, name)
    return replace(typed, faults=faults, out=typed.out if out is None else out)


def _as_read(raw: Raw, origin: Origin) -> AsRead | None:
    """The rows of a database or of a table in memory, so that a run can keep them."""
    in_file = origin.path is not None and not is_dsn(str(origin.path))
    return None if in_file else AsRead(raw.headers, raw.table.drop(ROW), raw.indicators)


def _counted(table: ir.Table, left_out: Mapping[int, tuple[str, str]]) -> ir.Table:
    """The rows that are records and take part, bad ones included."""
    taking_part = table.filter(table[OUT].isnull())
    return taking_part.filter(taking_part[ROW].notin([*left_out])) if left_out else taking_part


def columns_made(kind: Kind, plan: Plan, raw: Raw) -> set[str]:
    """The columns that need no header: those that are given for the whole input, or made from what it says."""
    beside_amounts = plan.notations and raw.facts.detects
    no_rows = raw.rows is not None and not len(raw.rows)
    made = {"currency"} if plan.options.currency or beside_amounts or no_rows else set()
    return made | ({kind.unique} if kind.unique and raw.facts.detects and kind.name in DETECTED else set())


def _left_out(raw: Raw, rows: Mapping[int, tuple[str, str]]) -> pd.DataFrame:
    lines = raw.facts.lines(list(rows)) if rows else []
    within = [LeftOut(line, text, why) for line, (text, why) in zip(lines, rows.values(), strict=True)]
    return left_out_frame([*raw.left_out, *within])


def _canonical(headers: Headers, typed: Typed, kind: Kind, options: Options, engine: Engine) -> ir.Table:
    """The canonical columns, then the columns nobody knows, then the row and whether it is bad."""
    values = dict(typed.values)
    for name in ("source", "account"):
        if (given := getattr(options, name)) is not None and kind.name == "external":
            values[name] = ibis.coalesce(values.get(name, ibis.null("string")), ibis.literal(given))
    unknown = {name: _plain(typed.table[typed.table.columns[place]]) for name, place in headers.unknown.items()}
    fee = {FEE: typed.parts["fee"]} if "fee" in typed.parts and "balance" in values else {}
    table = typed.table.select(**values, **unknown, **fee, **{ROW: typed.table[ROW], BAD: typed.bad, OUT: typed.out})
    if not kind.unique or (kind.unique in headers.known and options.repeated_ids != "number"):
        return table
    table = staged(engine, table)
    if kind.unique in headers.known:
        numbered = numbered_id(table[kind.unique], table[ROW])
    else:
        numbered = made_id([table[name] for name in CONTENT if name in values], table[ROW])
    return table.mutate(**{kind.unique: numbered}).order_by(ROW)  # numbering does not keep the order of the rows


def _plain(column: ir.Value) -> ir.Value:
    """The column as it came; as text where its type is the engine's alone."""
    return column.cast("string") if column.type().is_unknown() else column


def _check(table: ir.Table, kind: Kind) -> tuple[int, bool]:
    """How many rows there are, and whether none is bad and no id stands twice; two ids of one hash pass for one."""
    if not kind.unique:
        facts = table.aggregate(rows=table.count(), bad=table[BAD].any()).to_pyarrow()
        return facts["rows"][0].as_py(), not facts["bad"][0].as_py()
    rows, filled = table.count().to_pyarrow().as_py(), 0
    keys = np.empty(rows, np.uint64)
    with stream(table.select(bad=BAD, key=hash_of(table[kind.unique]))) as batches:
        for batch in batches:
            # A file that grows meanwhile is refused by who opened it.
            if pc.any(batch["bad"], min_count=0).as_py() or filled + len(batch) > rows:
                return rows, False
            keys[filled : filled + len(batch)] = batch["key"]
            filled += len(batch)
    keys.sort()
    return rows, not bool((keys[1:] == keys[:-1]).any())


def _faults(raw: Raw, typed: Typed, table: ir.Table, kind: Kind) -> pa.Table:
    """A row for each fault, in the order of the input."""
    malformed = [
        {"row": malformed_row.row, "column": "", "value": malformed_row.value, "reason": malformed_row.reason}
        for malformed_row in raw.malformed
    ]
    parts = [pa.Table.from_pylist(malformed, FAULTS), _bad_cells(typed)]
    if kind.unique:
        parts.append(_duplicates(table, kind.unique))
    return pa.concat_tables(parts).sort_by("row")


def _bad_cells(typed: Typed) -> pa.Table:
    values = {f"value {place}": fault.text for place, fault in enumerate(typed.faults)}
    reasons = {
        f"reason {place}": ibis.ifelse(fault.bad, fault.reason, None) for place, fault in enumerate(typed.faults)
    }
    bad_rows = typed.table.filter(typed.bad).select(ROW, **values, **reasons).to_pyarrow()
    parts = [
        pa.table(
            [
                bad_rows[ROW],
                pa.repeat(fault.column, len(bad_rows)),
                bad_rows[f"value {place}"],
                bad_rows[f"reason {place}"],
            ],
            FAULTS,
        )
        for place, fault in enumerate(typed.faults)
    ]
    return pa.concat_tables([part.filter(pc.is_valid(part["reason"])) for part in parts])


def _duplicates(table: ir.Table, name: str) -> pa.Table:
    ids = table.filter(table[name].notnull() & table[OUT].isnull()).select(ROW, value=name)
    seen = ids.mutate(first=ids[ROW].min().over(ibis.window(group_by="value")))
    again = seen.filter(seen[ROW] != seen.first).to_pyarrow()
    reasons = [f"is a duplicate id: row {first} has it too" for first in again["first"].to_pylist()]
    return pa.table([again[ROW], pa.repeat(name, len(again)), again["value"], pa.array(reasons, pa.string())], FAULTS)


def _good(table: ir.Table, bad: ir.Table) -> ir.Table:
    good = table.filter(table[OUT].isnull()).anti_join(bad, ROW).order_by(ROW)
    return computed(engine_of(table), _shown(good, BAD, OUT))


def _excluded(table: ir.Table) -> ir.Table:
    """The rows that take no part, and why."""
    return _shown(table.filter(table[OUT].notnull()).order_by(ROW), BAD).rename(reason=OUT)


def _shown(table: ir.Table, *others: str) -> ir.Table:
    """Without what is only there to check it."""
    return table.drop(*others, *(name for name in (FEE,) if name in table.columns))


def _totals(table: ir.Table, faults: pa.Table, kind: Kind, malformed: int) -> dict[str, Any]:
    """For each currency the number of bad records, the sum of their readable amounts, and of the negative ones."""
    bad = from_arrow(engine_of(table), pa.table({ROW: faults["row"].unique()}))
    rows = table.semi_join(bad, ROW).select(currency="currency", amount=kind.money).to_pyarrow().to_pylist()
    exact = Context(prec=100)
    totals: dict[str, tuple[int, Decimal]] = {"": (malformed, Decimal(0))} if malformed else {}
    debits: dict[str, Decimal] = {}
    unknown = {""} if malformed else set()
    for row in rows:
        currency, amount = row["currency"] or "", row["amount"] or Decimal(0)
        if row["amount"] is None:
            unknown.add(currency)
        count, total = totals.get(currency, (0, Decimal(0)))
        totals[currency] = count + 1, exact.add(total, amount)
        if amount < 0:
            debits[currency] = exact.subtract(debits.get(currency, Decimal(0)), amount)
    return {"rejected_totals": totals, "rejected_debits": debits, "rejected_unknown": frozenset(unknown)}
