"""Assemble: turn pairs of units back into records, account for all of them, and make the result."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.reconciliation.control_totals import Stock, control_totals
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.decisions.rows import match_rows, own_reasons
from workbench.reconciliation.matching.assignment import Pass, arrange
from workbench.reconciliation.matching.kernels import Ints
from workbench.reconciliation.matching.numbers import decimals
from workbench.reconciliation.matching.units import ID, Pool, Units
from workbench.reconciliation.near_misses.search import near_misses, reasons
from workbench.reconciliation.result import Result, check_control_totals
from workbench.reconciliation.settings import Settings, Side
from workbench.records import Origin, Records

DATE = {"external": "date", "internal": "created_at"}
_PLACE = "__row__"  # a name that no column of an input has
_ADDED = ("counted_amount", "compared_date", "reason")  # beside the columns of a record


def assemble(
    settings: Settings,
    records: dict[Side, Records],
    pool: Pool,
    passes: list[Pass],
    decided: Decided,
    stock: Stock,
    started: datetime,
    dry_run: bool,
) -> Result:
    """Make the result and check that it ties out; raises ``ControlTotalsError`` if it does not."""
    open_units: dict[Side, Ints] = {
        "external": _still_open(pool.external, [each.external for each in passes]),
        "internal": _still_open(pool.internal, [each.internal for each in passes]),
    }
    # Arrow, the engine and NumPy each let go of the interpreter while they work.
    with ThreadPoolExecutor(2) as others:
        matches = others.submit(_matches, settings, pool, passes, decided)
        unmatched = others.submit(
            lambda: {
                f"unmatched_{side}": _unmatched(side, each, settings, pool, passes, open_units[side], decided)
                for side, each in records.items()
            }
        )
        closest = near_misses(settings.rules, pool, *(np.flatnonzero(each) for each in open_units.values()))
    tables = {
        "matches": matches.result(),
        **unmatched.result(),
        "excluded": stock.excluded,
        "control_totals": control_totals(stock, pool, open_units, decided),
        "near_misses": closest,
        "rejected": _rejected(records),
    }
    inputs: dict[str, Origin] = {side: each.origin for side, each in records.items()}
    if decided.origin:
        tables["decisions"], inputs["decisions"] = decided.table(), decided.origin
    check_control_totals(tables["control_totals"])
    return Result(
        settings,
        inputs,
        _summary(settings, pool, passes, open_units, decided, started, dry_run),
        tables,
    )


def _still_open(units: Units, taken: list[Ints]) -> Ints:
    still = np.ones(len(units), bool)
    for each in taken:
        still[each] = False
    return still


def _matches(settings: Settings, pool: Pool, passes: list[Pass], decided: Decided) -> pa.Table:
    """A row for each pair of records: those by hand, then the others in the order of rule, external date and id."""
    unit_e = np.concatenate([each.external for each in passes])
    unit_i = np.concatenate([each.internal for each in passes])
    rule = np.repeat(np.arange(len(passes)), [len(each.external) for each in passes])
    alternatives = np.concatenate([each.alternatives for each in passes])
    order = arrange([rule, pool.external.date[unit_e]], pool.external.ids, unit_e)
    unit_e, unit_i, rule, alternatives = unit_e[order], unit_i[order], rule[order], alternatives[order]
    match, record_e, record_i = _record_pairs(pool, unit_e, unit_i)
    grouped, record = (pool.internal, record_i) if settings.grouped_side == "internal" else (pool.external, record_e)
    by_hand, columns = match_rows(decided, settings, pool.scale)
    ids = _numbered("match_", len(decided.matches) + len(unit_e))
    amount_difference = pool.external.amount[unit_e] - pool.internal.amount[unit_i]
    micros = (pool.external.date[unit_e] - pool.internal.date[unit_i]) * pool.tick
    by_rule = pa.table(
        {
            "match_id": ids.take(np.arange(len(decided.matches), len(ids))[match]),
            "rule": pa.array([each.name for each in settings.rules], pa.string()).take(rule[match]),
            "external_transaction_id": pool.external.records["id"].take(record_e),
            "internal_transaction_id": pool.internal.records["id"].take(record_i),
            "amount": decimals(grouped.record_amount[record], pool.scale),
            "currency": grouped.records["currency"].take(record),
            "date": grouped.records["date"].take(record).cast(pa.timestamp("us", "UTC")),
            "amount_difference": decimals(amount_difference[match], pool.scale),
            "date_difference_seconds": decimals(micros[match], 6),
            "alternatives": pa.array(alternatives[match], pa.int64()),
        }
    )
    return (
        pa.concat_tables([pa.table({"match_id": ids.take(by_hand), **columns}), by_rule]) if len(by_hand) else by_rule
    )


def _record_pairs(pool: Pool, unit_e: Ints, unit_i: Ints) -> tuple[Ints | slice, Ints, Ints]:
    """Every record of the one unit with every record of the other: the match's position, and both records'."""
    if all(len(side) == len(side.records) for side in (pool.external, pool.internal)):
        return slice(None), unit_e, unit_i  # each unit is a record
    sizes_e, sizes_i = pool.external.sizes, pool.internal.sizes
    starts_e, starts_i = np.cumsum(sizes_e) - sizes_e, np.cumsum(sizes_i) - sizes_i
    counts = sizes_e[unit_e] * sizes_i[unit_i]
    match = np.repeat(np.arange(len(unit_e)), counts)
    within = np.arange(len(match)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = sizes_i[unit_i][match]
    return match, starts_e[unit_e][match] + within // wide, starts_i[unit_i][match] + within % wide


def _numbered(prefix: str, count: int) -> pa.Array:
    """Ids that sort as they are numbered, from 1."""
    ahead = 10 ** len(str(count))  # a digit before all others, which the prefix takes the place of
    numbers = pa.array(np.arange(ahead + 1, ahead + count + 1)).cast(pa.string())
    return pc.binary_replace_slice(numbers, 0, 1, prefix)


def _unmatched(
    side: Side,
    records: Records,
    settings: Settings,
    pool: Pool,
    passes: list[Pass],
    open_units: Ints,
    decided: Decided,
) -> pa.Table:
    """The open records as they count, and the reason, in the order of date and id."""
    units = pool.side(side)
    found = np.flatnonzero(open_units[units.unit_of])
    reason = own_reasons(units, decided.aside[side], found, reasons(side, pool, passes, units.unit_of[found]))
    known = {_PLACE: units.records["place"].take(found), ID[side]: units.records["id"].take(found), "reason": reason}
    table = _as_counted(side, records, settings)
    # By their places, since reading all ids once more would take longer than reading all the rest.
    others = table.drop(ID[side]).mutate(**{_PLACE: ibis.row_number()})
    joined = others.join(ibis.memtable(pa.table(known)), _PLACE)
    return joined.order_by(DATE[side], ID[side]).select(*table.columns, "reason").to_pyarrow()


def _as_counted(side: Side, records: Records, settings: Settings) -> ir.Table:
    """The records that take part, in the order of the input: every column of theirs, and what each counts as."""
    counted = settings.counted(side, records)
    taken = {name.casefold() for name in records.table.columns}
    columns = {_free(name, taken): records.table[name] for name in records.table.columns}
    added = {"counted_amount": counted.amount, "compared_date": counted.date}
    return records.table.filter(counted.takes_part).select(**columns, **added)


def _free(name: str, taken: Collection[str]) -> str:
    """The name of an input's column, which is another where a column that is added bears it."""
    if name.casefold() not in _ADDED:
        return name
    free = f"record_{name.casefold()}"
    while free in taken:
        free += "_"
    return free


def _rejected(records: dict[Side, Records]) -> pa.Table:
    faults = [
        pa.table(
            {
                "side": pa.array([side] * len(each.rejected), pa.string()),
                "row": pa.array(each.rejected["row"], pa.int64()),
                **{name: pa.array(each.rejected[name], pa.string()) for name in ("column", "value", "reason")},
            }
        )
        for side, each in records.items()
    ]
    return pa.concat_tables(faults)


def _summary(
    settings: Settings,
    pool: Pool,
    passes: list[Pass],
    open_units: dict[Side, Ints],
    decided: Decided,
    started: datetime,
    dry_run: bool,
) -> dict[str, Any]:
    unmatched = {side: int(open_units[side][pool.side(side).unit_of].sum()) for side in open_units}
    return {
        "reconciliation_id": f"recon_{uuid4()}",
        "strategy": settings.strategy,
        "grouping_criteria": list(settings.grouping_criteria),
        "status": "completed",
        "is_dry_run": dry_run,
        "started_at": _instant(started),
        "completed_at": _instant(datetime.now(UTC)),
        "matched_transactions": len(pool.external.records) - unmatched["external"] + len(decided.matched("external")),
        "unmatched_transactions": unmatched["external"],
        "matched_internal_transactions": len(pool.internal.records)
        - unmatched["internal"]
        + len(decided.matched("internal")),
        "unmatched_internal_transactions": unmatched["internal"],
        "default_rules": settings.default_rules,
        "rules": [
            {
                **each.rule.to_dict(),
                "matches": len(each.external),
                "matched_external": int(pool.external.sizes[each.external].sum()),
                "matched_internal": int(pool.internal.sizes[each.internal].sum()),
                "candidates": each.candidates,
            }
            for each in passes
        ],
        **({"decisions": decided.count(), "matches_by_hand": len(decided.matches)} if decided.origin else {}),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
