"""Running balances: where rows have the balance after each, they imply statements that must follow from one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis.expr.types as ir

from workbench.engine import fetch
from workbench.sources.detection.words import fold
from workbench.sources.formats.bank_file import amount_of
from workbench.sources.raw import ROW
from workbench.statements import EXACT, Statement, exact_sum

UNRELATED = 4  # rows from which on balances that mostly do not follow are said to be no running balances


@dataclass(frozen=True)
class Row:
    """A row of an account: its number in the input, its day, amount, and the balance after it where it has one."""

    number: int
    day: date | None
    amount: Decimal
    balance: Decimal | None


def running_statements(table: ir.Table) -> tuple[Statement, ...]:
    """The statements that external records with a column ``balance`` imply, one for each stretch without a gap.

    ``table`` has the records of an input and their numbers in ``ROW``. Empty where there is no such column, or where it
    holds something that is no number.
    """
    names = {fold(name): name for name in table.columns}
    if "balance" not in names:
        return ()
    wanted = {"balance": names["balance"], "account": names.get("account", names["currency"])}
    plain = table.order_by(ROW).select(
        ROW, "currency", "amount", "date", **{name: table[column].cast("string") for name, column in wanted.items()}
    )
    accounts: dict[tuple[str | None, str | None], list[Row]] = {}
    for row in fetch(plain).to_pylist():
        balance = amount_of(row["balance"])
        if balance is None and (row["balance"] or "").strip():
            return ()
        if row["amount"] is not None:
            key = row["account"] if "account" in names else None, row["currency"]
            day = row["date"].date() if row["date"] else None
            accounts.setdefault(key, []).append(Row(row[ROW], day, row["amount"], balance))
    return tuple(statement for key, rows in accounts.items() for statement in implied(*key, rows))


def implied(account: str | None, currency: str | None, rows: Sequence[Row]) -> list[Statement]:
    """The statements of one account: a new one begins at each row whose balance does not follow from the one before."""
    if all(row.balance is None for row in rows):
        return []
    orders = [_stretches(order) for order in _orders(rows)]
    stretches = min(orders, key=len)  # the first of those with the fewest gaps
    if len(rows) >= UNRELATED and len(stretches) > len(rows) / 2:
        fault = f"has balances that do not follow from its amounts in any order: {len(stretches) - 1:,} gaps"
        whole = Statement(account, currency, None, None, None, _sum(rows), None, len(rows), None, fault, follows=False)
        return [whole]
    return [_statement(account, currency, stretch, len(stretches) > 1) for stretch in stretches]


def _orders(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """The orders in which banks list rows: oldest or newest first, or by day with each day the other way round."""
    backwards = rows[::-1]
    return [rows, backwards, *(sorted(these, key=lambda row: row.day or date.min) for these in (rows, backwards))]


def _stretches(rows: Sequence[Row]) -> list[list[Row]]:
    stretches: list[list[Row]] = [[]]
    before: Decimal | None = None
    between = Decimal(0)  # what came without a balance since then
    for row in rows:
        if row.balance is not None:
            start = EXACT.subtract(row.balance, row.amount)
            # Rows without a balance may be announced only.
            if before is not None and start not in {before, EXACT.add(before, between)}:
                stretches.append([])
            before, between = row.balance, Decimal(0)
        else:
            between = EXACT.add(between, row.amount)
        stretches[-1].append(row)
    return stretches


def _statement(account: str | None, currency: str | None, rows: Sequence[Row], cut: bool) -> Statement:
    known = [position for position, row in enumerate(rows) if row.balance is not None]
    counted = rows[known[0] : known[-1] + 1]
    # Rows between two balances count if the second balance has them in it.
    booked = [row for row in counted if row.balance is not None]
    closing, first = booked[-1].balance, booked[0]
    opening = EXACT.subtract(first.balance or Decimal(0), first.amount)
    with_all = EXACT.add(opening, _sum(counted)) == closing
    numbers = [row.number for row in rows]
    days = [row.day for row in rows if row.day]
    return Statement(
        account=account,
        currency=currency,
        first=min(days, default=None),
        last=max(days, default=None),
        opening=opening,
        amounts=_sum(counted if with_all else booked),
        closing=closing,
        records=len(rows),
        sequence=_place(min(numbers), max(numbers)) if cut else None,
    )


def _place(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"


def _sum(rows: Iterable[Row]) -> Decimal:
    return exact_sum(row.amount for row in rows)
