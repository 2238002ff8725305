"""Sums: the ledger summed by side and balance in the engine, and these sums beside the recorded figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.balances.ledger import DECIDING, NOT_WHOLE, SIDES, part_by
from workbench.balances.numbers import LIMIT, UNITS, decimals, exact, exact_sum, integers, is_narrow
from workbench.exact import Ints

UNATTRIBUTED = pa.schema(
    [
        *((name, pa.string()) for name in ("transaction_id", "side", "balance_id", "currency", "balance_currency")),
        ("precise_amount", pa.decimal128(38, 0)),
        ("created_at", pa.timestamp("us", "UTC")),
    ]
)
RECORDED = {"debit": "debit_balance", "credit": "credit_balance", "balance": "balance"}


@dataclass(frozen=True)
class Group:
    """The transactions of one currency, status and part: how many, and what they move in all."""

    currency: str
    status: str | None
    part: str
    transactions: int
    units: int
    least_precision: int = 1
    most_precision: int = 1


def sum_by_balance(transactions: ir.Table) -> dict[str, pa.Table]:
    """Sums of what counts, on each side by balance and currency: ``balance_id``, ``currency``, ``low`` and ``high``."""
    wide = _is_wide(transactions)
    counted = transactions.filter(transactions.counts)
    # One by one: where the engine does both in one scan, it takes half as long again.
    return {
        side: counted.group_by(balance_id=counted[column], currency=counted.currency)
        .agg(**exact_sum(counted.units, wide=wide))
        .to_pyarrow()
        for side, column in SIDES.items()
    }


def have_blank_ends(sums: Mapping[str, pa.Table]) -> bool:
    """Whether any id of a balance has blanks around it."""
    ids = [by_balance["balance_id"] for by_balance in sums.values()]
    return any(pc.any(pc.not_equal(pc.utf8_trim_whitespace(name), name)).as_py() for name in ids)


def _is_wide(transactions: ir.Table) -> bool:
    """Whether some sum might pass 38 digits."""
    units = transactions.units
    if is_narrow(units):
        return False
    [facts] = transactions.aggregate(rows=units.count(), least=units.min(), most=units.max()).to_pyarrow().to_pylist()
    return max(abs(int(facts[name] or 0)) for name in ("least", "most")) * facts["rows"] >= LIMIT


def sum_by_group(transactions: ir.Table) -> tuple[Group, ...]:
    """All transactions, summed by currency, status and part."""
    wide = _is_wide(transactions)
    precision = transactions.precision.fill_null(1)
    # What decides on a part costs the engine less than its name.
    facts = [name for name in DECIDING if name in transactions.columns]
    grouped = transactions.group_by("currency", "status", *facts).agg(
        transactions=transactions.count(),
        least_precision=precision.min(),
        most_precision=precision.max(),
        **exact_sum(transactions.units, wide=wide),
    )
    rows = grouped.mutate(part=part_by({name: grouped[name] for name in facts})).to_pyarrow()
    rows = rows.sort_by([("currency", "ascending"), ("status", "ascending"), ("part", "ascending")])
    sums = exact(rows["low"], rows["high"])
    return tuple(
        Group(
            row["currency"],
            row["status"],
            row["part"],
            row["transactions"],
            int(total),
            row["least_precision"],
            row["most_precision"],
        )
        for row, total in zip(rows.to_pylist(), sums, strict=True)
    )


def decimals_of(groups: Sequence[Group]) -> dict[str, int]:
    """How many decimals the precise units of each currency stand for: those on which all of its transactions agree.

    >>> groups = [Group("USD", "APPLIED", "counted", 1, 8, 100, 100), Group("XAU", "APPLIED", "counted", 1, 8, 1, 1000)]
    >>> decimals_of(groups)
    {'USD': 2}
    """
    precisions: dict[str, set[int]] = {}
    for group in groups:
        precisions.setdefault(group.currency, set()).update((group.least_precision, group.most_precision))
    return {
        currency: len(str(next(iter(agreed)))) - 1
        for currency, agreed in precisions.items()
        if len(agreed) == 1 and str(next(iter(agreed))).strip("0") == "1"
    }


def find_owners(recorded: pa.Table, sums: Mapping[str, pa.Table]) -> dict[str, pa.ChunkedArray]:
    """For each sum the place of the balance that it belongs to; null where there is none.

    As in Blnk, a balance counts what names it, in whatever currency.
    """
    return {side: pc.index_in(by_balance["balance_id"], recorded["balance_id"]) for side, by_balance in sums.items()}


def rebuild(
    recorded: pa.Table, sums: Mapping[str, pa.Table], owners: Mapping[str, pa.ChunkedArray], executed_at: datetime
) -> pa.Table:
    """The results: a row for each balance, in the order of ``recorded``, those without transactions included."""
    previous = {name: integers(recorded[column]) for name, column in RECORDED.items()}
    again = {side: _attributed(sums[side], owners[side], len(recorded)) for side in SIDES}
    again["balance"] = again["credit"] - again["debit"]
    figures = {
        **{f"previous_{name}": values for name, values in previous.items()},
        **{f"recalculated_{name}": values for name, values in again.items()},
        "difference": again["balance"] - previous["balance"],
    }
    return pa.table(
        {
            "balance_id": recorded["balance_id"],
            "currency": recorded["currency"],
            **{name: _column(recorded, name, values) for name, values in figures.items()},
            "executed_at": pa.array([executed_at] * len(recorded), pa.timestamp("us", "UTC")),
        }
    )


def _attributed(sums: pa.Table, owners: pa.ChunkedArray, balances: int) -> Ints:
    """The total of each balance on one side: the sums that belong to it."""
    attributed = sums.filter(pc.is_valid(owners))
    values = exact(attributed["low"], attributed["high"])
    places = owners.drop_null().to_numpy()
    totals = np.zeros(balances, values.dtype)
    totals[places] = values
    if len(np.unique(places)) < len(places):  # some balance has sums of several currencies
        totals = np.zeros(balances, object)  # their sum may have more digits than each of them
        np.add.at(totals, places, values.astype(object))
    return totals


def _column(recorded: pa.Table, name: str, values: Ints) -> pa.Array:
    return decimals(values, lambda row: f"balance {recorded['balance_id'][row]}: its {name.replace('_', ' ')}")


def find_unattributed(
    recorded: pa.Table, sums: Mapping[str, pa.Table], owners: Mapping[str, pa.ChunkedArray]
) -> pa.Table:
    """The sums of unknown balances (``balance_currency`` is null), and those of balances of another currency."""
    parts = []
    for side, by_balance in sums.items():
        currency = recorded["currency"].take(owners[side])
        sided = by_balance.append_column("side", pa.repeat(side, len(by_balance)))
        listed = sided.append_column("balance_currency", currency)
        parts.append(listed.filter(pc.not_equal(currency, by_balance["currency"]).fill_null(True)))
    return pa.concat_tables(parts)


def list_unattributed(transactions: ir.Table, unattributed: pa.Table) -> pa.Table:
    """The transactions behind the sums that ``find_unattributed`` found, a row for each side, in order of time."""
    if not len(unattributed):
        return UNATTRIBUTED.empty_table()
    keys = ibis.memtable(unattributed.select(["side", "balance_id", "currency", "balance_currency"]))
    ends = [transactions[column] for column in SIDES.values()]
    touching = transactions.filter(
        transactions.counts,
        ibis.or_(*(end.isin(keys.balance_id) for end in ends), *(end.isnull() for end in ends)),
    )
    moved = ibis.memtable(touching.to_pyarrow())  # one pass over the ledger; what follows is small
    sides = [moved.mutate(side=ibis.literal(side), balance_id=moved[end].fill_null("")) for side, end in SIDES.items()]
    rows = ibis.union(*sides).join(keys.fill_null({"balance_id": ""}), ["side", "balance_id", "currency"])
    listed = rows.mutate(balance_id=rows.balance_id.nullif(""), precise_amount=rows.units.cast(UNITS))
    return (
        listed.select(UNATTRIBUTED.names)
        .order_by("created_at", "transaction_id", "side")
        .to_pyarrow()
        .cast(UNATTRIBUTED)
    )


def list_problems(transactions: ir.Table, groups: Sequence[Group]) -> pa.Table:
    """The transactions that would count, but for an amount that is no whole number of precise units."""
    reason = (
        transactions.amount.cast("string")
        + " times "
        + transactions.precision.fill_null(1).cast("string")
        + " is not a whole number of at most 38 digits: correct the amount or its precision, or give precise_amount"
    )
    names = ("transaction_id", "source", "destination", "currency", "amount", "precision", "created_at")
    problems = transactions.filter(transactions.part == NOT_WHOLE).select(*names, reason=reason)
    if not any(group.part == NOT_WHOLE for group in groups):
        return problems.schema().to_pyarrow().empty_table()  # the engine would look for a while before it finds none
    return problems.order_by("created_at", "transaction_id").to_pyarrow()
