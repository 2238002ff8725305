"""Conversions: the rate and its day of every match that crosses currencies, and what its amounts come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from workbench.reconciliation.decisions.journal import Decision
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.matching.across import converted
from workbench.reconciliation.matching.passes import Pass, arrange
from workbench.reconciliation.settings import BY_HAND, Settings
from workbench.reconciliation.tables import CONVERSIONS
from workbench.sides import SIDES

_RATE = Context(prec=12)


def conversions(
    settings: Settings, scale: int, passes: Sequence[Pass], decided: Decided, matches: pa.Table
) -> pa.Table:
    """A row for each of the ``matches`` that is of two currencies, in their order."""
    ids = matches["match_id"].unique().to_pylist()
    begin = len(decided.matches)  # the matches by hand come first
    rows = [
        (ids[place], BY_HAND, *_by_hand(decided, decision, scale))
        for place, decision in enumerate(decided.matches)
        if decided.crosses(decision)
    ]
    for rule_pass, name in zip(passes, settings.rule_names, strict=True):
        external, internal, currencies = rule_pass.pool.external, rule_pass.pool.internal, rule_pass.pool.currencies
        order = (
            arrange([external.date[rule_pass.external]], external.ids, rule_pass.external).tolist()
            if rule_pass.rates
            else []
        )
        for place, pair in enumerate(order):
            rate = rule_pass.rates[pair] if rule_pass.rates else None
            if rate is None:
                continue
            unit_e, unit_i = int(rule_pass.external[pair]), int(rule_pass.internal[pair])
            amount, internal_amount = int(external.amount[unit_e]), int(internal.amount[unit_i])
            currency = currencies[int(external.currency[unit_e])].as_py()
            inside = round(converted(amount, scale, rate, currency) * 10**scale)  # half to even
            rows.append(
                (
                    ids[begin + place],
                    name,
                    currency,
                    amount,
                    currencies[int(internal.currency[unit_i])].as_py(),
                    internal_amount,
                    rate.day.isoformat(),
                    rate.base,
                    rate.quote,
                    f"{rate.rate:f}",
                    inside,
                    inside - internal_amount,
                )
            )
        begin += len(rule_pass.external)
    return CONVERSIONS.of_rows(rows, scale)


def _by_hand(decided: Decided, decision: Decision, scale: int) -> tuple[Any, ...]:
    """Both amounts of a match by hand, and the rate that they come to, of the day of the external record."""
    external, internal = (sum(decided.applied(decision, side, scale).values()) for side in SIDES)
    currency, other = (decided.currency(decision, side) for side in SIDES)
    day = min(decided.records["external"][name].date for name in decision.external).date().isoformat()
    rate = f"{_RATE.divide(Decimal(internal), Decimal(external)).normalize():f}" if external else None
    return currency, external, other, internal, day, currency, other, rate, internal, 0
