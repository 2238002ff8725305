"""Together: the records of several files as those of one side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from workbench.engine import Engine, computed, engine_of, from_arrow, own_engine
from workbench.layouts.layout import Layout
from workbench.records import Kind, Origin, Records
from workbench.sources.bad_rows import FAULTS, FILE, bad_records
from workbench.sources.loading import Loaded
from workbench.sources.options import Options
from workbench.sources.overlaps import Overlaps, Rows, find_overlaps, in_one, unified
from workbench.sources.raw import ROW
from workbench.sources.running_balances import running_statements
from workbench.statements import Statement, exact_sum

SHOWN = 3  # names of files in the name of them all


def together(names: Sequence[str], read: Sequence[Loaded], kind: Kind, options: Options) -> Records:
    """The records of files of these names, read with bad rows beside the others, as one input.

    Raises ``BadRecords`` with the bad rows of all, where ``options`` do not take these.
    """
    rows = in_one([loaded.rows.to_pyarrow() for loaded in read], names)
    for loaded in read:
        loaded.records.check_unchanged()
    given = list(dict.fromkeys(name for loaded in read for name in loaded.records.given))
    overlaps = find_overlaps(rows, kind, [loaded.records.given for loaded in read])
    faults = _faults(names, read, rows, overlaps, kind)
    layout = _layout(names, read)
    origin = replace(_origin(names, read, options), evidence=layout.evidence if layout else ())
    if len(faults) and options.on_bad == "raise":
        raise bad_records(origin.name, origin.rows, faults)
    engine = own_engine(isolated=True)
    excluded = _excluded(names, read, rows, overlaps)
    totals, debits = _totals(read, overlaps.table, overlaps, kind)
    unknown = frozenset().union(*(loaded.records.rejected_unknown for loaded in read))
    return Records(
        table=_of(engine, overlaps.table.filter(pa.array(overlaps.kept))),
        excluded=None if excluded is None else _of(engine, excluded),
        rejected=faults.to_pandas(types_mapper=pd.ArrowDtype),
        origin=origin,
        given=tuple(given),
        rejected_totals=totals,
        rejected_debits=debits,
        rejected_unknown=unknown,
        account_statements=_statements(names, read, rows, overlaps),
        left_out=pd.concat([_named(loaded.records.left_out, name) for name, loaded in zip(names, read, strict=True)]),
        layout=layout,
    )


def _of(engine: Engine, rows: pa.Table) -> ir.Table:
    return computed(engine, from_arrow(engine, rows))


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows with the name of their file before them."""
    files = pd.Series([name] * len(frame), index=frame.index, dtype=pd.ArrowDtype(pa.string()))
    return pd.concat([files.rename(FILE), frame], axis=1)


def _faults(names: Sequence[str], read: Sequence[Loaded], rows: Rows, overlaps: Overlaps, kind: Kind) -> pa.Table:
    """A row for each fault, file by file: those of its own, and those of records that another file contradicts."""
    schema = pa.schema([pa.field(FILE, pa.string()), *FAULTS])
    parts = []
    for place, (name, loaded) in enumerate(zip(names, read, strict=True)):
        of_file = pa.Table.from_pandas(_named(loaded.records.rejected, name), schema, preserve_index=False)
        others = [
            {
                FILE: name,
                "row": rows.numbers[row],
                "column": kind.unique,
                "value": overlaps.table[kind.unique][row].as_py(),
                "reason": f"has another {column} in {rows.place(other, names)}, which has the same id",
            }
            for row, other, column in overlaps.contradicted
            if rows.files[row] == place
        ]
        parts.append(pa.concat_tables([of_file, pa.Table.from_pylist(others, schema)]).sort_by("row"))
    return pa.concat_tables(parts)


def _excluded(names: Sequence[str], read: Sequence[Loaded], rows: Rows, overlaps: Overlaps) -> pa.Table | None:
    """The rows that take no part: those of each file, and those that stand in another one too."""
    parts = [
        in_one([loaded.excluded.to_pyarrow()], [name]).table
        for name, loaded in zip(names, read, strict=True)
        if loaded.excluded is not None
    ]
    if overlaps.doubled:
        again = overlaps.table.take(pa.array([row for row, _ in overlaps.doubled]))
        reasons = [f"counts once: it stands in {rows.place(other, names)} too" for _, other in overlaps.doubled]
        parts.append(again.append_column("reason", pa.array(reasons, pa.string())))
    return unified(parts) if parts else None


def _totals(
    read: Sequence[Loaded], table: pa.Table, overlaps: Overlaps, kind: Kind
) -> tuple[dict[str, tuple[int, Decimal]], dict[str, Decimal]]:
    """The number of bad records and their amounts for each currency, and of the negative ones of these."""
    totals: dict[str, tuple[int, Decimal]] = {}
    debits: dict[str, Decimal] = {}

    def add(currency: str, count: int, amount: Decimal, debit: Decimal) -> None:
        known, total = totals.get(currency, (0, Decimal(0)))
        totals[currency] = known + count, exact_sum([total, amount])
        if debit:
            debits[currency] = exact_sum([debits.get(currency, Decimal(0)), debit])

    for loaded in read:
        for currency, (count, total) in loaded.records.rejected_totals.items():
            add(currency, count, total, loaded.records.rejected_debits.get(currency, Decimal(0)))
    bad = table.take(pa.array([row for row, _, _ in overlaps.contradicted], pa.int64()))
    for currency, amount in zip(bad["currency"].to_pylist(), bad[kind.money].to_pylist(), strict=True):
        value = amount or Decimal(0)
        add(currency or "", 1, value, max(-value, Decimal(0)))
    return totals, debits


def _statements(names: Sequence[str], read: Sequence[Loaded], rows: Rows, overlaps: Overlaps) -> tuple[Statement, ...]:
    """The statements that the files have, each once, and those that their running balances imply together."""
    of_files = [
        statement for loaded in read if loaded.counted is None for statement in loaded.records.account_statements
    ]
    running = {}
    for place, (name, loaded) in enumerate(zip(names, read, strict=True)):
        if loaded.counted is not None:
            again = [int(rows.numbers[row]) for row, _ in overlaps.doubled if rows.files[row] == place]
            gone = from_arrow(engine_of(loaded.counted), pa.table({ROW: pa.array(again, pa.int64())}))
            running[name] = loaded.counted.anti_join(gone, ROW) if again else loaded.counted
    return (*dict.fromkeys(of_files), *running_statements(running))


def _origin(names: Sequence[str], read: Sequence[Loaded], options: Options) -> Origin:
    origins = tuple(_own(loaded.records.origin, name, options) for name, loaded in zip(names, read, strict=True))
    listed = ", ".join(names) if len(names) <= SHOWN else f"{len(names)} files, {names[0]} to {names[-1]}"
    return Origin(
        listed,
        ", ".join(dict.fromkeys(origin.format for origin in origins)),
        sum(origin.rows for origin in origins),
        tuple(str(origin.path) for origin in origins),
        None,
        options.differing(),
        files=origins,
    )


def _own(origin: Origin, name: str, options: Options) -> Origin:
    """Where one of the files came from, with the options that its records were asked to be read with."""
    used = {option: value for option, value in origin.options.items() if option != "on_bad"}
    asked = {option: value for option, value in options.differing().items() if option == "on_bad"}
    return replace(origin, name=name, options={**asked, **used})


def _layout(names: Sequence[str], read: Sequence[Loaded]) -> Layout | None:
    """How the files were read: what they have in common, with the evidence of each."""
    layouts = [loaded.records.layout for loaded in read if loaded.records.layout]
    if len(layouts) < len(read):
        return None
    first = layouts[0]
    sources: dict[str, list[str]] = {}
    for name, layout in zip(names, layouts, strict=True):
        for sentence in layout.evidence:
            sources.setdefault(sentence, []).append(name)
    evidence = tuple(
        sentence if len(of) == len(names) else f"{', '.join(of)}: {sentence}" for sentence, of in sources.items()
    )
    common = {
        name: value
        for name, value in first.options.items()
        if all(layout.options.get(name) == value for layout in layouts)
    }
    header = first.header if all(layout.header == first.header for layout in layouts) else None
    return Layout(first.side, common, evidence, (), header)
