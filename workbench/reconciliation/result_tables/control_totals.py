"""Totals: what came in beside what became of it, for each side and currency, to the last digit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import NOT_KNOWN
from workbench.engine import SumTooLarge
from workbench.errors import WorkbenchError
from workbench.exact import Ints, whole
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.matching.kernels import sums_by
from workbench.reconciliation.matching.units import Pool, Units
from workbench.reconciliation.result_tables.excluded import excluded
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import CONTROL_TOTALS
from workbench.records import Records
from workbench.sides import Side


@dataclass(frozen=True)
class Tally:
    """How many records there are, and what of their amounts is debit (negative) and credit, both without sign.

    Amounts are whole numbers at one scale.
    """

    records: int = 0
    debit: int = 0
    credit: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.records + other.records, self.debit + other.debit, self.credit + other.credit)


NOTHING = Tally()
Tallies = Mapping[str, Tally]  # the count and the sum of each currency


@dataclass(frozen=True)
class OpeningCounts:
    """What there is before any rule has run: what came in, and what takes no part; amounts are at ``scale``."""

    good: Mapping[Side, Tallies]
    excluded_by_setting: Mapping[Side, Tallies]
    rejected: Mapping[Side, Tallies]
    scale: int
    excluded: pa.Table


def opening_counts(settings: Settings, records: Mapping[Side, Records], decided: Decided, scale: int) -> OpeningCounts:
    """Have the engine sum up the records; ``scale`` is that of the units."""
    amounts = [amount for side_records in records.values() for _, amount in side_records.rejected_totals.values()]
    finest = max([scale, *(-int(amount.as_tuple().exponent) for amount in amounts)])
    summed = {side: _summed(side, side_records, settings, finest) for side, side_records in records.items()}
    some_by_setting = bool(summed["internal"][1])
    for side, side_records in records.items():
        if (in_reading := side_records.excluded_records) is not None:  # none of these takes part
            apart, _ = _summed(side, in_reading, settings, finest)
            summed[side] = _sum(summed[side][0], apart), _sum(summed[side][1], apart)
    return OpeningCounts(
        {side: good for side, (good, _) in summed.items()},
        {side: apart for side, (_, apart) in summed.items()},
        {side: _rejected(side, side_records, settings, finest) for side, side_records in records.items()},
        finest,
        excluded(settings, records, decided, scale, some_by_setting=some_by_setting),
    )


def control_totals(
    opening: OpeningCounts, records: Pool, left: Pool, still_open: Mapping[Side, Ints], decided: Decided
) -> pa.Table:
    """What came in, as the engine sums it, beside what became of it, as the ``records`` of the run sum it.

    ``left`` are the same records with what is open of the amounts of those that are. A record that is open counts as
    unmatched, and of its amount only what is open.
    """
    scale = opening.scale
    rows = []
    for side, good in opening.good.items():
        matched, unmatched = _became(
            records.side(side), left.side(side), records, still_open[side], 10 ** (scale - records.scale)
        )
        rejected = opening.rejected[side]
        parts = [
            _sum(matched, _by_hand(decided, side, decided.matched(side), scale)),
            unmatched,
            _sum(opening.excluded_by_setting[side], _by_hand(decided, side, decided.excluded[side], scale)),
            rejected,
        ]
        came_in = _sum(good, rejected)
        rows += [
            (side, currency, *_row([part.get(currency, NOTHING) for part in (came_in, *parts)]))
            for currency in sorted(came_in)
        ]
    return CONTROL_TOTALS.of_rows(rows, scale)


def blank_unknown(totals: pa.Table, unknown: Mapping[Side, Collection[str]]) -> pa.Table:
    """The totals with null for what came in and what was rejected where a rejected amount cannot be read."""
    rows = zip(totals["side"].to_pylist(), totals["currency"].to_pylist(), strict=True)
    blank = pa.array([currency in unknown[side] for side, currency in rows], pa.bool_())
    for part, way in product(("in", "rejected"), ("", "_debit", "_credit")):
        name = f"amount_{part}{way}"
        column = pc.if_else(blank, pa.scalar(None, totals[name].type), totals[name])
        field = pa.field(name, column.type, metadata=NOT_KNOWN)
        totals = totals.set_column(totals.column_names.index(name), field, column)
    return totals


def _row(tallies: Sequence[Tally]) -> list[int]:
    """The figures of a row, in the order of the schema: of those that came in, then of what became of them."""
    return [
        *(tally.records for tally in tallies),
        *(tally.credit - tally.debit for tally in tallies),
        *(tally.debit for tally in tallies),
        *(tally.credit for tally in tallies),
    ]


def _sum(one: Tallies, other: Tallies) -> dict[str, Tally]:
    return {currency: one.get(currency, NOTHING) + other.get(currency, NOTHING) for currency in {*one, *other}}


def _by_hand(decided: Decided, side: Side, names: Sequence[str], scale: int) -> Tallies:
    """What the records of these names count up to."""
    tallies: dict[str, Tally] = {}
    for name in names:
        record = decided.records[side][name]
        amount = whole(record.amount, scale)
        tallies[record.currency] = tallies.get(record.currency, NOTHING) + Tally(1, max(-amount, 0), max(amount, 0))
    return tallies


def _rejected(side: Side, records: Records, settings: Settings, scale: int) -> Tallies:
    """The bad records, of which those of the external side count with the sign that good ones do."""
    tallies = {}
    for currency, (count, amount) in records.rejected_totals.items():
        debit = whole(records.rejected_debits.get(currency, Decimal(0)), scale)
        credit = whole(amount, scale) + debit
        turned = side == "external" and settings.opposite_signs
        tallies[currency] = Tally(count, credit, debit) if turned else Tally(count, debit, credit)
    return tallies


def _summed(side: Side, records: Records, settings: Settings, scale: int) -> tuple[Tallies, Tallies]:
    """The good records, and those of them that settings exclude."""
    counts = settings.counted(side, records)
    nothing = ibis.literal(0).cast(counts.amount.type())
    counted = records.table.select(
        "currency",
        excluded=~counts.takes_part,
        debit=ibis.greatest(-counts.amount, nothing).fill_null(nothing),
        credit=ibis.greatest(counts.amount, nothing).fill_null(nothing),
    ).fill_null({"currency": ""})
    sums = counted.group_by("currency", "excluded").agg(
        records=counted.count(), debit=counted.debit.sum().cast("string"), credit=counted.credit.sum().cast("string")
    )
    good: dict[str, Tally] = {}
    apart: dict[str, Tally] = {}
    for row in _fetched(side, sums).to_pylist():
        tally = Tally(row["records"], whole(Decimal(row["debit"]), scale), whole(Decimal(row["credit"]), scale))
        good[row["currency"]] = good.get(row["currency"], NOTHING) + tally
        if row["excluded"]:
            apart[row["currency"]] = tally
    return good, apart


def _fetched(side: Side, sums: ir.Table) -> pa.Table:
    try:
        return sums.to_pyarrow()
    except SumTooLarge:
        raise WorkbenchError(
            f"the {side} amounts of a currency sum to more than 38 digits: reconcile them in parts"
        ) from None


def _became(records: Units, left: Units, pool: Pool, still_open: Ints, factor: int) -> tuple[Tallies, Tallies]:
    """The matched and the unmatched records."""
    part = records.currency * 2 + still_open
    places = 2 * len(pool.currencies)
    counts = np.bincount(part, minlength=places).tolist()
    debit_sums, credit_sums = (
        sums_by(part, np.maximum(signed, 0), places) for signed in (-records.amount, records.amount)
    )
    if left is not records:  # the applied part of an open record counts as matched
        partly = np.flatnonzero(still_open & (left.amount != records.amount))
        applied = records.amount[partly] - left.amount[partly]
        for sums, signed in ((debit_sums, -applied), (credit_sums, applied)):
            moved = sums_by(records.currency[partly], np.maximum(signed, 0), places // 2)
            for code, amount in enumerate(moved):
                sums[2 * code] += amount
                sums[2 * code + 1] -= amount
    tallies = [
        Tally(count, debit * factor, credit * factor)
        for count, debit, credit in zip(counts, debit_sums, credit_sums, strict=True)
    ]
    names = pool.currencies.to_pylist()
    return dict(zip(names, tallies[::2], strict=True)), dict(zip(names, tallies[1::2], strict=True))
