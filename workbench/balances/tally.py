"""Tally: sum the ledger by side and balance in one pass, and set the sums beside the recorded figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.balances.ledger import NOT_WHOLE, SIDES
from workbench.balances.numbers import LIMIT, UNITS, Integers, decimals, exact, exact_sum, integers, is_narrow

RECORDED = {"debit": "debit_balance", "credit": "credit_balance", "balance": "balance"}


@dataclass(frozen=True)
class Group:
    """The transactions of one currency, status and part: how many, and what they move in all."""

    currency: str
    status: str | None
    part: str
    transactions: int
    units: int


@dataclass(frozen=True)
class Census:
    """All transactions by currency, status and part."""

    groups: tuple[Group, ...]
    wide: bool  # some balance's sum might pass 38 digits

    def holds(self, part: str) -> bool:
        """Whether any transaction is of this part."""
        return any(group.part == part for group in self.groups)


def take_census(transactions: ir.Table) -> Census:
    """Count the transactions, and find out how large their sums may get."""
    units = transactions.units
    narrow = is_narrow(units)
    rows = (
        transactions.group_by("currency", "status", "part")
        .agg(
            transactions=transactions.count(), least=units.min(), most=units.max(), **exact_sum(units, wide=not narrow)
        )
        .order_by("currency", "status", "part")
        .to_pyarrow()
    )
    sums = exact(rows["low"], rows["high"])
    groups = [
        Group(row["currency"], row["status"], row["part"], row["transactions"], int(total))
        for row, total in zip(rows.to_pylist(), sums, strict=True)
    ]
    largest = max((abs(int(row[name] or 0)) for row in rows.to_pylist() for name in ("least", "most")), default=0)
    return Census(tuple(groups), not narrow and largest * sum(rows["transactions"].to_pylist()) >= LIMIT)


def sum_sides(transactions: ir.Table, census: Census) -> ir.Table:
    """What counts, summed by side, balance and currency: ``side``, ``balance_id``, ``currency``, ``low``, ``high``."""
    # Looking at every amount again, where all are known to be whole, costs as much as summing them.
    counted = transactions.filter(transactions.counts if census.holds(NOT_WHOLE) else transactions.due)
    sides = [
        counted.group_by(balance_id=counted[column], currency=counted.currency)
        .agg(**exact_sum(counted.units, wide=census.wide))
        .mutate(side=ibis.literal(side))
        for side, column in SIDES.items()
    ]
    # One by one: where the engine runs both from one scan, it takes half as long again.
    return ibis.memtable(pa.concat_tables([side.to_pyarrow() for side in sides]))


def rebuild(balances: ir.Table, sums: ir.Table, executed_at: datetime) -> pa.Table:
    """The results: a row for each balance, in order of id, those without transactions included."""
    table = balances.select("balance_id", "currency", *RECORDED.values())
    for side in SIDES:
        own = sums.filter(sums.side == side).select(
            "balance_id", "currency", **{f"{side}_{part}": sums[part] for part in ("low", "high")}
        )
        table = table.left_join(own, ["balance_id", "currency"]).drop("balance_id_right", "currency_right")
    found = table.order_by("balance_id").to_pyarrow()
    previous = {name: integers(found[column]) for name, column in RECORDED.items()}
    again = {side: exact(found[f"{side}_low"], found[f"{side}_high"]) for side in SIDES}
    again["balance"] = again["credit"] - again["debit"]
    figures = {
        **{f"previous_{name}": values for name, values in previous.items()},
        **{f"recalculated_{name}": values for name, values in again.items()},
        "difference": again["balance"] - previous["balance"],
    }
    return pa.table(
        {
            "balance_id": found["balance_id"],
            "currency": found["currency"],
            **{name: _column(found, name, values) for name, values in figures.items()},
            "executed_at": pa.array([executed_at] * len(found), pa.timestamp("us", "UTC")),
        }
    )


def _column(found: pa.Table, name: str, values: Integers) -> pa.Array:
    return decimals(values, lambda row: f"balance {found['balance_id'][row]}: its {name.replace('_', ' ')}")


def find_astray(balances: ir.Table, sums: ir.Table) -> pa.Table:
    """The sums that no balance takes: its id is unknown (``balance_currency`` is null), or its currency another."""
    known = balances.select("balance_id", balance_currency=balances.currency)
    joined = sums.left_join(known, "balance_id").drop("balance_id_right")
    unknown, conflict = joined.balance_currency.isnull(), joined.balance_currency != joined.currency
    return joined.filter(unknown | conflict).to_pyarrow()


def list_astray(transactions: ir.Table, astray: pa.Table) -> pa.Table:
    """The transactions behind the sums that ``find_astray`` found, a row for each side, in order of time."""
    keys = ibis.memtable(astray.select(["side", "balance_id", "currency", "balance_currency"]))
    ends = [transactions[column] for column in SIDES.values()]
    touching = transactions.filter(
        transactions.counts,
        ibis.or_(*(end.isin(keys.balance_id) for end in ends), *(end.isnull() for end in ends)),
    )
    # One pass over the ledger, and none where nothing is astray; what follows is small.
    moved = ibis.memtable(touching.limit(None if len(astray) else 0).to_pyarrow())
    sides = [moved.mutate(side=ibis.literal(side), balance_id=moved[end].fill_null("")) for side, end in SIDES.items()]
    found = ibis.union(*sides).join(keys.fill_null({"balance_id": ""}), ["side", "balance_id", "currency"])
    listed = found.mutate(balance_id=found.balance_id.nullif(""), precise_amount=found.units.cast(UNITS))
    names = ("transaction_id", "side", "balance_id", "currency", "balance_currency", "precise_amount", "created_at")
    return listed.select(names).order_by("created_at", "transaction_id", "side").to_pyarrow()


def list_problems(transactions: ir.Table, census: Census) -> pa.Table:
    """The transactions that would count, but for an amount that is no whole number of precise units."""
    reason = (
        transactions.amount.cast("string")
        + " times "
        + transactions.precision.fill_null(1).cast("string")
        + " is not a whole number of at most 38 digits: correct the amount or its precision, or give precise_amount"
    )
    names = ("transaction_id", "source", "destination", "currency", "amount", "precision", "created_at")
    found = transactions.filter(transactions.part == NOT_WHOLE).select(*names, reason=reason)
    ordered = found.order_by("created_at", "transaction_id")
    return ordered.limit(None if census.holds(NOT_WHOLE) else 0).to_pyarrow()
