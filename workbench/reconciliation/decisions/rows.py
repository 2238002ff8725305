"""By hand: what people decided, in the shapes that a result has."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.reconciliation.decisions.journal import Decision
from workbench.reconciliation.decisions.resolve import SIDES, Decided
from workbench.reconciliation.matching.kernels import Ints
from workbench.reconciliation.matching.numbers import decimals, whole
from workbench.reconciliation.matching.units import Units
from workbench.reconciliation.settings import BY_HAND, Settings, Side

Sums = dict[str, tuple[int, int]]  # currency: records, and their amount at the scale of the pool


def held_back(units: Units, aside: dict[str, str]) -> Ints:
    """The units of which a record was unmatched by hand: they stay open."""
    if not aside:
        return np.zeros(0, np.int64)
    return np.unique(units.unit_of[_places(units, aside)])


def own_reasons(units: Units, aside: dict[str, str], records: Ints, reason: pa.Array) -> pa.Array:
    """``reason`` of each of ``records``, in place of which those say why that a person set aside with their group."""
    if not aside:
        return reason
    apart = np.isin(units.unit_of[records], held_back(units, aside))
    found = reason.to_pylist()
    for at in np.flatnonzero(apart).tolist():
        name = units.records["id"][int(records[at])].as_py()
        found[at] = aside.get(name, f"another record of its group was unmatched {BY_HAND}")
    return pa.array(found, pa.string())


def sums_of(decided: Decided, side: Side, names: list[str], scale: int) -> Sums:
    """What the records of these names count up to, for each currency."""
    counts: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for name in names:
        found = decided.records[side][name]
        counts[found.currency] += 1
        amounts[found.currency] += whole(found.amount, scale)
    return {currency: (count, amounts[currency]) for currency, count in counts.items()}


def match_rows(decided: Decided, settings: Settings, scale: int) -> tuple[Ints, dict[str, pa.Array]]:
    """The number of each row's match, from 0, and the other columns of ``Result.matches``, for the matches by hand."""
    rows = [
        {"match": at, **row}
        for at, decision in enumerate(decided.matches)
        for row in _rows(decision, decided, settings, scale)
    ]
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else _EMPTY)}
    return np.array(columns.pop("match"), np.int64), {
        "rule": pa.array([BY_HAND] * len(rows), pa.string()),
        "external_transaction_id": pa.array(columns["external"], pa.string()),
        "internal_transaction_id": pa.array(columns["internal"], pa.string()),
        "amount": decimals(np.array(columns["amount"], object), scale),
        "currency": pa.array(columns["currency"], pa.string()),
        "date": pa.array(columns["date"], pa.timestamp("us", "UTC")),
        "amount_difference": decimals(np.array(columns["gap"], object), scale),
        "date_difference_seconds": decimals(np.array(columns["lag"], object), 6),
        "alternatives": pa.array([0] * len(rows), pa.int64()),
    }


_EMPTY = ("match", "external", "internal", "amount", "currency", "date", "gap", "lag")


def _rows(decision: Decision, decided: Decided, settings: Settings, scale: int) -> list[dict[str, Any]]:
    """A row for each pair of records; amount and date are of the record on the side that has several."""
    facts = {side: {name: decided.records[side][name] for name in decision.about(side)} for side in SIDES}
    amounts = {side: sum(whole(each.amount, scale) for each in facts[side].values()) for side in SIDES}
    dates = {side: min(each.date for each in facts[side].values()) for side in SIDES}
    several = next((side for side in SIDES if len(facts[side]) > 1), settings.grouped_side or "external")
    return [
        {
            "external": external,
            "internal": internal,
            "amount": whole(own.amount, scale),
            "currency": own.currency,
            "date": own.date,
            "gap": amounts["external"] - amounts["internal"],
            "lag": (dates["external"] - dates["internal"]) // timedelta(microseconds=1),
        }
        for external in decision.external
        for internal in decision.internal
        for own in [facts[several][external if several == "external" else internal]]
    ]


def _places(units: Units, names: dict[str, str]) -> Ints:
    return np.flatnonzero(pc.is_in(units.records["id"], pa.array(list(names), pa.string())).to_numpy())
