"""Running balances: where rows have the balance after each, they imply statements that must follow from one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

import ibis.expr.types as ir

from workbench.engine import fetch
from workbench.sources.detection.words import fold, not_booked_words, plain
from workbench.sources.formats.bank_file import amount_of
from workbench.sources.raw import FEE, ROW
from workbench.statements import EXACT, Statement, exact_sum

UNRELATED = 4  # rows that are enough to tell that balances which mostly do not follow are no running balances
MOST_PARTS = 20  # accounts that a column without a telling header may keep apart
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Row:
    """A row of an account: its number in the input, its day, amount, and the balance after it where it has one.

    ``fee`` is what a column beside the amount says, which the balance may have in it. ``pending`` says that the row is
    announced only, so that its balance may be the one before it.
    """

    number: int
    day: date | None
    amount: Decimal
    balance: Decimal | None
    fee: Decimal = NOTHING
    pending: bool = False
    file: str = ""


def running_statements(tables: Mapping[str, ir.Table]) -> tuple[Statement, ...]:
    """The statements that external records with a column ``balance`` imply, one for each stretch without a gap.

    ``tables`` has for each file of the input its records and their numbers in ``ROW``. A file without such a column, or
    in whose column stands something that is no number, implies nothing.
    """
    tables = {file if len(tables) > 1 else "": table for file, table in tables.items()}
    accounts: dict[tuple[str | None, str | None], list[Row]] = {}
    for file, table in tables.items():
        for key, row in _rows(table, file):
            accounts.setdefault(key, []).append(row)
    return tuple(
        statement
        for (account, currency), rows in accounts.items()
        for name, part in _apart(account, rows, tables)
        for statement in implied(name, currency, part)
    )


def _rows(table: ir.Table, file: str) -> Iterator[tuple[tuple[str | None, str | None], Row]]:
    names = {fold(name): name for name in table.columns}
    if "balance" not in names:
        return
    wanted = {name: table[names[name]].cast("string") for name in ("balance", "account", "status") if name in names}
    fees = next((name for name in (FEE, names.get("fee"), names.get("fees")) if name in table.columns), None)
    fee = {"fee": table[fees].cast("string")} if fees else {}
    rows = fetch(table.order_by(ROW).select(ROW, "currency", "amount", "date", **wanted, **fee)).to_pylist()
    balances = [amount_of(row["balance"]) for row in rows]
    if any(balance is None and (row["balance"] or "").strip() for balance, row in zip(balances, rows, strict=True)):
        return
    for row, balance in zip(rows, balances, strict=True):
        if row["amount"] is not None:
            day = row["date"].date() if row["date"] else None
            pending = plain(row.get("status") or "") in not_booked_words()
            cost = amount_of(row.get("fee")) or NOTHING
            yield (row.get("account"), row["currency"]), Row(row[ROW], day, row["amount"], balance, cost, pending, file)


def _apart(account: str | None, rows: list[Row], tables: Mapping[str, ir.Table]) -> list[tuple[str | None, list[Row]]]:
    """The rows by account, where those of several stand between each other and a column of texts keeps them apart.

    That is proven where balances follow from each other across the rows of another account.
    """
    if len(rows) < 3 or _gaps(rows) == 0:
        return [(account, rows)]
    for texts in _texts(tables):
        parts: dict[str | None, list[Row]] = {}
        for row in rows:
            parts.setdefault(texts.get((row.file, row.number)), []).append(row)
        apart = 1 < len(parts) <= MOST_PARTS and _stand_between(rows, list(parts.values()))
        if apart and not any(map(_gaps, parts.values())):
            return [(" ".join(filter(None, [account, text])) or None, part) for text, part in parts.items()]
    return [(account, rows)]


def _texts(tables: Mapping[str, ir.Table]) -> Iterator[dict[tuple[str, int], str | None]]:
    """For each column that could name an account, what it says in each row."""
    other_columns = {"id", "reference", "description", "currency", "balance"}
    for name in dict.fromkeys(name for table in tables.values() for name in table.columns):
        texts: dict[tuple[str, int], str | None] = {}
        for file, table in tables.items():
            if name not in other_columns and name in table.columns and table[name].type().is_string():
                if table[name].nunique().to_pyarrow().as_py() > MOST_PARTS:
                    break
                rows = fetch(table.select(ROW, text=name))
                texts |= {(file, row[ROW]): row["text"] for row in rows.to_pylist()}
        if texts:
            yield texts


def _stand_between(rows: Sequence[Row], parts: Sequence[Sequence[Row]]) -> bool:
    """Whether each part has rows of others between its own, or lies between those of one that has."""
    place = {id(row): position for position, row in enumerate(rows)}
    spans = [(place[id(part[0])], place[id(part[-1])], len(part)) for part in parts]
    wide = [(first, last) for first, last, count in spans if last - first >= count]
    return all(
        (first, last) in wide or any(before < first and last < after for before, after in wide)
        for first, last, _ in spans
    )


def _gaps(rows: Sequence[Row]) -> int:
    return len(_best(rows)) - 1 if any(row.balance is not None for row in rows) else 0


def implied(account: str | None, currency: str | None, rows: Sequence[Row]) -> list[Statement]:
    """The statements of one account: a new one begins at each row whose balance does not follow from the one before."""
    if all(row.balance is None for row in rows):
        return []
    stretches = _best(rows)
    if len(stretches) > 1 and (after := _after_each(rows)):
        stretches = [after]
    if len(rows) >= UNRELATED and len(stretches) > len(rows) / 2:
        fault = f"has balances that do not follow from its amounts in any order: {len(stretches) - 1:,} gaps"
        whole = Statement(account, currency, None, None, None, _sum(rows), None, len(rows), None, fault, follows=False)
        return [whole]
    return [_statement(account, currency, stretch, len(stretches) > 1) for stretch in stretches]


def _best(rows: Sequence[Row]) -> list[list[Row]]:
    """The stretches of the order, and of the meaning of fees, that leaves the fewest gaps; of equal ones the first."""
    best: list[list[Row]] = []
    for meant in _with_fees(rows):
        for order in _orders(meant):
            stretches = _stretches(order)
            if not best or len(stretches) < len(best):
                best = stretches
            if len(best) == 1:
                return best
    return best


def _after_each(rows: Sequence[Row]) -> list[Row]:
    """The rows with the balance after each, where it stands before each and all follow as their days do; else none."""
    for order in (rows, rows[::-1]):
        days = [_day(row) for row in order]
        if len(rows) > 2 and len({*days}) > 1 and days == sorted(days):
            after = [
                row if row.balance is None else replace(row, balance=EXACT.add(row.balance, row.amount))
                for row in order
            ]
            return after if len(_stretches(after)) == 1 else []
    return []


def _with_fees(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows as they are, then with fees that a balance has in it: taken off the amount, or signed."""
    yield rows
    if any(row.fee for row in rows):
        yield [replace(row, amount=EXACT.subtract(row.amount, row.fee)) for row in rows]
        yield [replace(row, amount=EXACT.add(row.amount, row.fee)) for row in rows]


def _orders(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The orders in which banks list rows: oldest or newest first, by day with each day the other way round, or anyhow.

    Of several files, each may have its own.
    """
    files = [list(of_file) for _, of_file in groupby(rows, lambda row: row.file)]
    if len(files) > 1:
        ordered = [[row for stretch in _best([replace(row, file="") for row in of]) for row in stretch] for of in files]
        named = [[replace(row, file=of[0].file) for row in order] for of, order in zip(files, ordered, strict=True)]
        named.sort(key=lambda order: min((row.day for row in order if row.day), default=date.min))
        rows = [row for order in named for row in order]
    backwards = rows[::-1]
    yield rows
    yield backwards
    by_day = [sorted(these, key=_day) for these in (rows, backwards)]
    yield from by_day
    yield _following(by_day[0])


def _day(row: Row) -> date:
    return row.day or date.min


def _following(rows: Sequence[Row]) -> list[Row]:
    """The rows of each day in the order in which their balances follow from one another, as far as they do."""
    order: list[Row] = []
    before: Decimal | None = None
    for _, group in groupby(rows, _day):
        waiting = list(group)
        starts: dict[Decimal, list[Row]] = {}
        for row in reversed(waiting):
            if row.balance is not None:
                starts.setdefault(EXACT.subtract(row.balance, row.amount), []).append(row)
        ends = {row.balance for row in waiting}
        used: set[int] = set()
        heads = sorted(waiting, key=lambda row: _start(row) in ends)  # first those that no other leads to
        for head in heads:
            if before is not None and starts.get(before):
                before = _follow(before, starts, order, used)
            if id(head) not in used:
                used.add(id(head))
                order.append(head)
                if head.balance is not None:
                    starts[EXACT.subtract(head.balance, head.amount)].remove(head)
                    before = _follow(head.balance, starts, order, used)
    return order


def _start(row: Row) -> Decimal | None:
    return None if row.balance is None else EXACT.subtract(row.balance, row.amount)


def _follow(before: Decimal, starts: Mapping[Decimal, list[Row]], order: list[Row], used: set[int]) -> Decimal:
    """Put into ``order`` the rows that follow from a balance, and return the balance behind them."""
    while following := starts.get(before):
        row = following.pop()
        used.add(id(row))
        order.append(row)
        before = row.balance or NOTHING
    return before


def _stretches(rows: Sequence[Row]) -> list[list[Row]]:
    stretches: list[list[Row]] = [[]]
    before: Decimal | None = None
    between = NOTHING  # what came without a balance since then
    for row in rows:
        if row.balance is not None and not (row.pending and row.balance == before):
            start = EXACT.subtract(row.balance, row.amount)
            # Rows without a balance may be announced only.
            if before is not None and start not in {before, EXACT.add(before, between)}:
                stretches.append([])
            before, between = row.balance, NOTHING
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
    opening = EXACT.subtract(first.balance or NOTHING, first.amount)
    sums = [_sum(counted), _sum(booked), _sum(row for row in booked if not row.pending)]
    days = [row.day for row in rows if row.day]
    return Statement(
        account=account,
        currency=currency,
        first=min(days, default=None),
        last=max(days, default=None),
        opening=opening,
        amounts=next((total for total in sums if EXACT.add(opening, total) == closing), sums[1]),
        closing=closing,
        records=len(rows),
        sequence=_place(rows) if cut else None,
    )


def _place(rows: Sequence[Row]) -> str:
    parts = []
    for file in dict.fromkeys(row.file for row in rows):
        numbers = [row.number for row in rows if row.file == file]
        first, last = min(numbers), max(numbers)
        place = f"row {first}" if first == last else f"rows {first} to {last}"
        parts.append(f"{place} of {file}" if file else place)
    return " and ".join(parts)


def _sum(rows: Iterable[Row]) -> Decimal:
    return exact_sum(row.amount for row in rows)
