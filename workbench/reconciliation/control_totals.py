"""Totals: what came in beside what became of it, for each side and currency, to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from workbench.engine import SumTooLarge
from workbench.errors import WorkbenchError
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.decisions.rows import Sums, sums_of
from workbench.reconciliation.excluded import excluded
from workbench.reconciliation.matching.kernels import Ints
from workbench.reconciliation.matching.numbers import decimals, sums_by, whole
from workbench.reconciliation.matching.units import Pool, Units
from workbench.reconciliation.settings import Settings, Side
from workbench.reconciliation.tables import CONTROL_TOTALS, named
from workbench.records import Records


@dataclass(frozen=True)
class OpeningCounts:
    """What there is before any rule has run: what came in, and what takes no part.

    For each side and currency ``came_in`` has the good records and their amount, and of those the excluded ones and
    theirs; ``rejected`` has the others. Amounts are whole numbers at ``scale``.
    """

    came_in: Mapping[Side, Mapping[str, tuple[int, int, int, int]]]
    rejected: Mapping[Side, Sums]
    scale: int
    excluded: pa.Table


def opening_counts(settings: Settings, records: Mapping[Side, Records], decided: Decided, scale: int) -> OpeningCounts:
    """Have the engine sum up the records; ``scale`` is that of the units."""
    rejected = {side: each.rejected_totals for side, each in records.items()}
    amounts = [amount for totals in rejected.values() for _, amount in totals.values()]
    finest = max([scale, *(-int(amount.as_tuple().exponent) for amount in amounts)])
    return OpeningCounts(
        {side: _came_in(side, each, settings, finest) for side, each in records.items()},
        {
            side: {currency: (count, whole(amount, finest)) for currency, (count, amount) in totals.items()}
            for side, totals in rejected.items()
        },
        finest,
        excluded(settings, records, decided, scale),
    )


def control_totals(opening: OpeningCounts, pool: Pool, open_units: dict[Side, Ints], decided: Decided) -> pa.Table:
    """What came in, as the engine sums it, beside what became of it, as the units sum it."""
    scale = opening.scale
    rows = [
        row
        for side, came in opening.came_in.items()
        for row in _side_totals(
            side,
            came,
            _became(pool.side(side), pool, open_units[side], 10 ** (scale - pool.scale)),
            sums_of(decided, side, decided.matched(side), scale),
            sums_of(decided, side, decided.excluded[side], scale),
            opening.rejected[side],
        )
    ]
    columns = named(CONTROL_TOTALS, rows)
    amounts = {
        name: decimals(np.array(column, object), scale) for name, column in columns.items() if name.startswith("amount")
    }
    return CONTROL_TOTALS.build(columns | amounts)


def _side_totals(
    side: str,
    came: Mapping[str, tuple[int, int, int, int]],
    became: dict[str, tuple[int, int, int, int]],
    by_hand: Sums,
    excluded_by_hand: Sums,
    bad: dict[str, tuple[int, int]],
) -> list[tuple[Any, ...]]:
    rows = []
    for currency in sorted({*came, *bad}):
        records, amount, excluded, amount_excluded = came.get(currency, (0, 0, 0, 0))
        rejected, amount_rejected = bad.get(currency, (0, 0))
        matched, unmatched, amount_matched, amount_unmatched = became.get(currency, (0, 0, 0, 0))
        matched, amount_matched = _plus((matched, amount_matched), by_hand.get(currency))
        excluded, amount_excluded = _plus((excluded, amount_excluded), excluded_by_hand.get(currency))
        counts = records + rejected, matched, unmatched, excluded, rejected
        amounts = amount + amount_rejected, amount_matched, amount_unmatched, amount_excluded, amount_rejected
        rows.append((side, currency, *counts, *amounts))
    return rows


def _plus(sums: tuple[int, int], more: tuple[int, int] | None) -> tuple[int, int]:
    return (sums[0] + more[0], sums[1] + more[1]) if more else sums


def _came_in(side: Side, records: Records, settings: Settings, scale: int) -> dict[str, tuple[int, int, int, int]]:
    """For each currency: good records and their amount, and of those the excluded ones and theirs."""
    counts = settings.counted(side, records)
    counted = records.table.select("currency", amount=counts.amount, excluded=~counts.takes_part)
    nothing = ibis.literal(0).cast(counted.amount.type())
    sums = _summed(
        side,
        counted.group_by("currency").agg(
            records=counted.count(),
            amount=counted.amount.sum().cast("string"),
            excluded_records=counted.excluded.sum(),
            amount_excluded=ibis.ifelse(counted.excluded, counted.amount, nothing).sum().cast("string"),
        ),
    )
    return {
        row["currency"]: (
            row["records"],
            whole(Decimal(row["amount"]), scale),
            row["excluded_records"],
            whole(Decimal(row["amount_excluded"]), scale),
        )
        for row in sums.to_pylist()
    }


def _summed(side: Side, sums: ir.Table) -> pa.Table:
    try:
        return sums.to_pyarrow()
    except SumTooLarge:
        raise WorkbenchError(
            f"the {side} amounts of a currency sum to more than 38 digits: reconcile them in parts"
        ) from None


def _became(units: Units, pool: Pool, open_units: Ints, factor: int) -> dict[str, tuple[int, int, int, int]]:
    """For each currency: matched and unmatched records, and their amounts."""
    part = (units.currency * 2 + open_units)[units.unit_of]
    places = 2 * len(pool.currencies)
    counts = np.bincount(part, minlength=places).tolist()
    amounts = [amount * factor for amount in sums_by(part, units.record_amount, places)]
    return {
        name: (counts[at], counts[at + 1], amounts[at], amounts[at + 1])
        for at, name in zip(range(0, places, 2), pool.currencies.to_pylist(), strict=True)
    }
