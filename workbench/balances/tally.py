"""Tally: sum the ledger by side and balance in one pass, and set the sums beside the recorded figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.balances.ledger import NOT_WHOLE, SIDES, part_by
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
class Tally:
    """All transactions by currency, status and part; and what counts, summed by side, balance and currency.

    ``sums`` has the columns ``side``, ``balance_id``, ``currency``, ``low`` and ``high``.
    """

    groups: tuple[Group, ...]
    sums: ir.Table

    def holds(self, part: str) -> bool:
        """Whether any transaction is of this part."""
        return any(group.part == part for group in self.groups)


def take_tally(transactions: ir.Table) -> Tally:
    """Count all transactions, and sum on each side those that count."""
    wide = _is_wide(transactions)
    counted = transactions.filter(transactions.counts)
    sides = [
        counted.group_by(balance_id=counted[column], currency=counted.currency)
        .agg(**exact_sum(counted.units, wide=wide))
        .mutate(side=ibis.literal(side))
        for side, column in SIDES.items()
    ]
    # One by one: where the engine does both in one scan, it takes half as long again.
    sums = pa.concat_tables([side.to_pyarrow() for side in sides])
    return Tally(_groups(transactions, wide), ibis.memtable(sums))


def _is_wide(transactions: ir.Table) -> bool:
    """Whether some sum might pass 38 digits."""
    units = transactions.units
    if is_narrow(units):
        return False
    [facts] = transactions.aggregate(rows=units.count(), least=units.min(), most=units.max()).to_pyarrow().to_pylist()
    return max(abs(int(facts[name] or 0)) for name in ("least", "most")) * facts["rows"] >= LIMIT


def _groups(transactions: ir.Table, wide: bool) -> tuple[Group, ...]:
    # What decides on a part costs the engine less than its name.
    found = transactions.group_by("currency", "status", "applied", "in_time", "is_whole").agg(
        transactions=transactions.count(), **exact_sum(transactions.units, wide=wide)
    )
    rows = found.mutate(part=part_by(found.applied, found.in_time, found.is_whole)).to_pyarrow()
    rows = rows.sort_by([("currency", "ascending"), ("status", "ascending"), ("part", "ascending")])
    sums = exact(rows["low"], rows["high"])
    return tuple(
        Group(row["currency"], row["status"], row["part"], row["transactions"], int(total))
        for row, total in zip(rows.to_pylist(), sums, strict=True)
    )


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


def list_problems(transactions: ir.Table, tally: Tally) -> pa.Table:
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
    return ordered.limit(None if tally.holds(NOT_WHOLE) else 0).to_pyarrow()
