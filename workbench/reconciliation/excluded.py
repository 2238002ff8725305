"""Excluded: the records that take no part in a run, and which setting or person excluded them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from workbench.exact import decimals, whole, whole_amounts
from workbench.reconciliation.decisions.resolve import SIDES, Decided
from workbench.reconciliation.matching.units import ID
from workbench.reconciliation.settings import BY_HAND, Settings, Side
from workbench.reconciliation.tables import EXCLUDED
from workbench.records import Records


def excluded(settings: Settings, records: Mapping[Side, Records], decided: Decided, scale: int) -> pa.Table:
    """A row for each excluded record, those that people excluded first."""
    by_hand = [(side, name) for side in SIDES for name in decided.excluded[side]]
    named = [decided.records[side][name] for side, name in by_hand]
    by_setting = _by_setting(settings, records["internal"])
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
            EXCLUDED.build(
                {
                    **{name: by_setting[name] for name in by_setting.column_names},
                    "side": ["internal"] * len(by_setting),
                    "amount": decimals(whole_amounts(by_setting["amount"], scale), scale),
                }
            ),
        ]
    )


def _by_setting(settings: Settings, internal: Records) -> pa.Table:
    """The internal records that settings exclude, in the order of date and id."""
    table = internal.table
    counted = settings.counted("internal", internal)
    facts = {
        "id": table[ID["internal"]],
        "amount": counted.amount,
        "currency": table.currency,
        "date": counted.date,
        "reason": counted.reason,
    }
    return table.filter(~counted.takes_part).select(**facts).order_by("date", "id").to_pyarrow()
