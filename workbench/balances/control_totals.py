"""Control: totals that show where every transaction and every unit has gone, checked before a result is returned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.balances.ledger import COUNTED, LATER, NOT_APPLIED, NOT_WHOLE
from workbench.balances.money import Money
from workbench.balances.numbers import decimals, exact, integers
from workbench.balances.sums import Group
from workbench.errors import ControlTotalsError
from workbench.exact import exact_sum

_PARTS = {part: f"transactions_{part.replace(' ', '_')}" for part in (COUNTED, NOT_APPLIED, LATER, NOT_WHOLE)}
_COUNTS = ("transactions_in", *_PARTS.values(), "transactions_rejected")
_SIDES = ("debit", "credit")
_FIGURES = (
    "applied",
    *(f"{what}_{side}" for what in ("recalculated", "unknown", "conflict") for side in _SIDES),
    "out_by",
    *(f"previous_{side}" for side in _SIDES),
    "previous_out_by",
)
_Totals = dict[str, int]


def control_totals(
    groups: Sequence[Group],
    rebuilt: pa.Table,
    unattributed: pa.Table,
    rejected: Mapping[str, tuple[int, Decimal]],
    decimals_known: Mapping[str, int],
) -> pa.Table:
    """A row for each currency; raises ``ControlTotalsError`` if what was applied is not what was attributed."""
    totals: dict[str, _Totals] = defaultdict(lambda: dict.fromkeys((*_COUNTS, *_FIGURES), 0))
    _add_groups(totals, groups, rejected)
    _add_balances(totals, rebuilt)
    _add_unattributed(totals, unattributed)
    for currency, row in totals.items():
        row["out_by"] = row["recalculated_credit"] - row["recalculated_debit"]
        row["previous_out_by"] = row["previous_credit"] - row["previous_debit"]
        _check(currency, row)
    return _table(dict(sorted(totals.items())), decimals_known)


def counts(groups: Sequence[Group]) -> pa.Table:
    """How many transactions there are of each status and part."""
    counted: Counter[tuple[str | None, str]] = Counter()
    for group in groups:
        counted[group.status, group.part] += group.transactions
    rows = sorted(counted.items(), key=lambda row: (row[0][0] or "", row[0][1]))
    columns = [("status", pa.string()), ("part", pa.string()), ("transactions", pa.int64())]
    return pa.Table.from_pylist(
        [{"status": status, "part": part, "transactions": count} for (status, part), count in rows], pa.schema(columns)
    )


def _add_groups(
    totals: dict[str, _Totals], groups: Sequence[Group], rejected: Mapping[str, tuple[int, Decimal]]
) -> None:
    for group in groups:
        row = totals[group.currency]
        row["transactions_in"] += group.transactions
        row[_PARTS[group.part]] += group.transactions
        row["applied"] += group.units if group.part == COUNTED else 0
    for currency, (transactions, _) in rejected.items():
        totals[currency]["transactions_in"] += transactions
        totals[currency]["transactions_rejected"] += transactions


def _add_balances(totals: dict[str, _Totals], rebuilt: pa.Table) -> None:
    coded = rebuilt["currency"].combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy()
    for name in (f"{what}_{side}" for what in ("recalculated", "previous") for side in _SIDES):
        values = integers(rebuilt[name])
        for code, currency in enumerate(coded.dictionary.to_pylist()):
            totals[currency][name] += exact_sum(values[codes == code])


def _add_unattributed(totals: dict[str, _Totals], unattributed: pa.Table) -> None:
    amounts = exact(unattributed["low"], unattributed["high"]).tolist()
    for row, units in zip(unattributed.to_pylist(), amounts, strict=True):
        owner_currency = row["balance_currency"]
        totals[row["currency"]][f"{'unknown' if owner_currency is None else 'conflict'}_{row['side']}"] += units
        if owner_currency is not None:  # the balance counts it, among the totals of its own currency
            totals[owner_currency][f"conflict_{row['side']}"] -= units


def _check(currency: str, row: _Totals) -> None:
    for side in _SIDES:
        attributed = sum(row[f"{what}_{side}"] for what in ("recalculated", "unknown", "conflict"))
        if attributed != row["applied"]:
            raise ControlTotalsError(
                f"{currency}: {row['applied']} was applied, but balances, unknown balances and currency conflicts took "
                f"{attributed} of {side}; the result is withheld"
            )


def _remark(row: _Totals, money: Money) -> str:
    """Where debits and credits are apart, in plain words; empty where they are not."""
    remarks = []
    if row["unknown_debit"] != row["unknown_credit"]:
        remarks.append(f"balances that are not known took {_took(row, 'unknown', money)}")
    if row["conflict_debit"] != row["conflict_credit"]:
        taken = _took(row, "conflict", money)
        remarks.append(f"balances of other currencies took {taken}, less what balances of this one took of others")
    if row["previous_out_by"]:
        way = "above" if row["previous_out_by"] > 0 else "below"
        remarks.append(f"the recorded credits are {money.text(abs(row['previous_out_by']))} {way} the recorded debits")
    return "; ".join(remarks)


def _took(row: _Totals, what: str, money: Money) -> str:
    """What was taken of debit and of credit, each where it is anything."""
    taken = {side: row[f"{what}_{side}"] for side in ("debit", "credit")}
    return " and ".join(f"{money.text(units)} of {side}" for side, units in taken.items() if units)


def _table(totals: Mapping[str, _Totals], decimals_known: Mapping[str, int]) -> pa.Table:
    currencies = list(totals)

    def figure(name: str) -> Any:
        values = np.array([row[name] for row in totals.values()], object)
        return decimals(values, lambda place: f"{currencies[place]}: the total {name.replace('_', ' ')}")

    remarks = [_remark(row, Money(currency, decimals_known.get(currency))) for currency, row in totals.items()]
    return pa.table(
        {
            "currency": pa.array(currencies, pa.string()),
            **{name: pa.array([row[name] for row in totals.values()], pa.int64()) for name in _COUNTS},
            **{name: figure(name) for name in _FIGURES},
            "balanced": pa.array([row["out_by"] == row["previous_out_by"] == 0 for row in totals.values()], pa.bool_()),
            "remark": pa.array(remarks, pa.string()),
        }
    )
