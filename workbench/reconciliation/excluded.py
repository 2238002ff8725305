"""Left out: the records that take no part in a run, and which setting or person left them out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from workbench.reconciliation.decisions.resolve import SIDES, Decided
from workbench.reconciliation.matching.numbers import decimals, whole, whole_amounts
from workbench.reconciliation.matching.units import ID
from workbench.reconciliation.settings import BY_HAND, Settings, Side
from workbench.records import Records


def left_out(settings: Settings, records: Mapping[Side, Records], decided: Decided, scale: int) -> pa.Table:
    """A row for each excluded record; the columns are those of ``Result.excluded``."""
    by_setting = _by_setting(settings, records["internal"])
    people = [(side, name) for side in SIDES for name in decided.excluded[side]]
    found = [decided.records[side][name] for side, name in people]
    by_people = {
        "side": pa.array([side for side, _ in people], pa.string()),
        "id": pa.array([name for _, name in people], pa.string()),
        "amount": decimals(np.array([whole(each.amount, scale) for each in found], object), scale),
        "currency": pa.array([each.currency for each in found], pa.string()),
        "date": pa.array([each.date for each in found], pa.timestamp("us", "UTC")),
        "reason": pa.array([f"{BY_HAND}: {decided.holders[side][name].why}" for side, name in people], pa.string()),
    }
    by_settings = {
        "side": pa.array(["internal"] * len(by_setting), pa.string()),
        **{name: by_setting[name] for name in ("id", "amount", "currency", "date", "reason")},
        "amount": decimals(whole_amounts(by_setting["amount"], scale), scale),
        "date": by_setting["date"].cast(pa.timestamp("us", "UTC")),
    }
    return pa.concat_tables([pa.table(by_people), pa.table(by_settings)])


def _by_setting(settings: Settings, internal: Records) -> pa.Table:
    """The internal records that settings leave out, in the order of date and id."""
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
