"""Excluded: the records that take no part in a run, and which setting or person excluded them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import numpy as np
import pyarrow as pa

from workbench.exact import decimals, whole, whole_amounts
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.settings import BY_HAND, Settings
from workbench.reconciliation.tables import EXCLUDED
from workbench.records import Records
from workbench.sides import ID_COLUMN, SIDES, Side


def excluded(
    settings: Settings, records: Mapping[Side, Records], decided: Decided, scale: int, *, some_by_setting: bool
) -> pa.Table:
    """A row for each excluded record, those that people excluded first; ``some_by_setting`` says if settings do."""
    by_hand = [(side, name) for side in SIDES for name in decided.excluded[side]]
    named = [decided.records[side][name] for side, name in by_hand]
    apart: list[tuple[Side, pa.Table]] = []
    if some_by_setting:
        apart.append(("internal", _by_setting(settings, records["internal"])))
    for side, of_side in records.items():
        if (in_reading := of_side.excluded_records) is not None:
            apart.append((side, _in_reading(side, in_reading, settings)))
    return pa.concat_tables(
        [
            EXCLUDED.build(
                {
                    "side": [side for side, _ in by_hand],
                    "id": [name for _, name in by_hand],
                    "amount": decimals(np.array([whole(record.amount, scale) for record in named], object), scale),
                    "currency": [record.currency for record in named],
                    "date": [record.date for record in named],
                    "reason": [f"{BY_HAND}: {decided.holders[side][name].why}" for side, name in by_hand],
                }
            ),
            *(
                EXCLUDED.build(
                    {
                        **{name: rows[name] for name in rows.column_names},
                        "side": [side] * len(rows),
                        "amount": decimals(whole_amounts(rows["amount"], scale), scale),
                    }
                )
                for side, rows in apart
            ),
        ]
    )


def _in_reading(side: Side, excluded_in_reading: Records, settings: Settings) -> pa.Table:
    """The records that options of the reader exclude (``only``, ``without``), in the order of the input."""
    table = excluded_in_reading.table
    counted = settings.counted(side, excluded_in_reading)
    amount = counted.amount.fill_null(ibis.literal(0).cast(counted.amount.type()))
    facts = {"id": table[ID_COLUMN[side]], "amount": amount, "currency": table.currency, "date": counted.date}
    return table.select(**facts, reason=table.reason).to_pyarrow()


def _by_setting(settings: Settings, internal: Records) -> pa.Table:
    """The internal records that settings exclude, in the order of date and id."""
    table = internal.table
    counted = settings.counted("internal", internal)
    facts = {
        "id": table[ID_COLUMN["internal"]],
        "amount": counted.amount,
        "currency": table.currency,
        "date": counted.date,
        "reason": counted.reason,
    }
    return table.filter(~counted.takes_part).select(**facts).order_by("date", "id").to_pyarrow()
