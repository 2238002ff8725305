"""By hand: what people decided, in the shapes that a result has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.decisions.journal import Decision
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.matching.units import Units
from workbench.reconciliation.settings import BY_HAND, Settings
from workbench.reconciliation.tables import MatchedPairs
from workbench.sides import SIDES


def kept_open(units: Units, by_hand: dict[str, str]) -> Ints:
    """Of each record whether it was unmatched by hand: it stays open, and so does any group it is in."""
    if not by_hand:
        return np.zeros(len(units.records), bool)
    return np.array(pc.is_in(units.records["id"], pa.array(list(by_hand), pa.string())))


def reasons_by_hand(units: Units, by_hand: dict[str, str], rows: Ints, reason: pa.Array) -> pa.Array:
    """``reason`` of the records in ``rows``; that of a person where one unmatched it, or another of its unit."""
    if not by_hand:
        return reason
    chosen = kept_open(units, by_hand)
    chosen[units.rows_of(np.unique(units.unit_of[chosen[units.row]]))] = True
    reasons = reason.to_pylist()
    for place in np.flatnonzero(chosen[rows]).tolist():
        name = units.records["id"][int(rows[place])].as_py()
        reasons[place] = by_hand.get(name, f"another record of its group was unmatched {BY_HAND}")
    return pa.array(reasons, pa.string())


def pairs_by_hand(decided: Decided, settings: Settings, scale: int) -> MatchedPairs:
    """The pairs of records that people matched, numbered from 0."""
    rows = [
        (number, *row)
        for number, decision in enumerate(decided.matches)
        for row in _pairs(decision, decided, settings, scale)
    ]
    number, external, internal, amount, currency, date, amount_difference, lag, remainder, internal_amount = zip(
        *rows, strict=True
    )
    crosses = np.array([decided.crosses(decision) for decision in decided.matches], bool)
    return MatchedPairs(
        number=np.array(number, np.int64),
        rule=pa.array([BY_HAND] * len(rows), pa.string()),
        external=pa.array(external, pa.string()),
        internal=pa.array(internal, pa.string()),
        amount=np.array(amount, object),
        currency=pa.array(currency, pa.string()),
        date=pa.array(date, pa.timestamp("us", "UTC")),
        amount_difference=np.array(amount_difference, object),
        lag=np.array(lag, object),
        alternatives=np.zeros(len(rows), np.int64),
        scale=scale,
        crosses=crosses[np.array(number, np.int64)],
        remainder=np.array(remainder, object),
        internal_amount=np.array(internal_amount, object),
    )


def _pairs(decision: Decision, decided: Decided, settings: Settings, scale: int) -> list[tuple[Any, ...]]:
    """External and internal record, amount, currency and date of the record on the side that has several, differences.

    Differences are external minus internal, of all that is applied: in money, and in microseconds; and in money again,
    of all records of the decision where what differs stays open.
    """
    facts = {side: {name: decided.records[side][name] for name in decision.about(side)} for side in SIDES}
    applied = {side: decided.applied(decision, side, scale) for side in SIDES}
    amounts = {side: decided.open_before(decision, side, scale) for side in SIDES}
    dates = {side: min(record.date for record in facts[side].values()) for side in SIDES}
    several = next((side for side in SIDES if len(facts[side]) > 1), settings.grouping.shown_side)
    amount_difference = sum(applied["external"].values()) - sum(applied["internal"].values())
    remainder = amounts["external"] - amounts["internal"] if decision.remainder else 0
    lag = (dates["external"] - dates["internal"]) // timedelta(microseconds=1)
    return [
        (
            *(external, internal, applied[several][name], record.currency, record.date),
            *(amount_difference, lag, remainder, applied["internal"][internal]),
        )
        for external in applied["external"]
        for internal in applied["internal"]
        for name in [external if several == "external" else internal]
        for record in [facts[several][name]]
    ]
