"""Statements: what the account statements in an input say of their own balances, and whether their records agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Context, Decimal

import pyarrow as pa

EXACT = Context(prec=400)  # the default context would round sums to 28 digits
_DATE = pa.timestamp("us", "UTC")
_TEXTS = ("account", "currency", "sequence", "finding")
_MONEY = ("opening_balance", "sum_of_records", "closing_balance", "difference", "gap")
COLUMNS = (
    *("account", "currency", "sequence", "from", "to", "records"),
    *("opening_balance", "sum_of_records", "closing_balance", "difference", "gap", "finding"),
)


@dataclass(frozen=True)
class Statement:
    """An account statement: what it says of its balances, and the sum of its records that are booked.

    ``fault`` says what is wrong with it beside its balances, such as a count that does not agree. ``follows`` is false
    for reports within a day, whose opening balance need not be the closing balance of the one before.
    """

    account: str | None
    currency: str | None
    first: date | None
    last: date | None
    opening: Decimal | None
    amounts: Decimal
    closing: Decimal | None
    records: int
    sequence: str | None = None
    fault: str | None = None
    follows: bool = True
    gap: Decimal | None = None  # its opening balance minus the closing balance of the statement before

    @property
    def difference(self) -> Decimal | None:
        """What the closing balance is more than opening balance and records; ``None`` where either is not stated."""
        if self.opening is None or self.closing is None:
            return None
        return EXACT.subtract(self.closing, EXACT.add(self.opening, self.amounts))

    @property
    def finding(self) -> str | None:
        """What is wrong with it, in a sentence; ``None`` if nothing is."""
        owner = " ".join(filter(None, [self.account, self.currency]))
        names = ["statement", self.sequence, f"of {owner}" if owner else None]
        name = " ".join(filter(None, names)) if self.sequence or owner else "the file"
        parts = []
        if self.difference:
            parts.append(
                f"opens with {self.opening:,f} and closes with {self.closing:,f}, but its records sum to "
                f"{self.amounts:,f}: {self.difference:+,f} is missing from them"
            )
        if self.gap:
            parts.append(
                f"opens with {self.opening:,f}, which is {self.gap:+,f} from where the statement before it closes"
            )
        if self.fault:
            parts.append(self.fault)
        return f"{name} {'; it '.join(parts)}" if parts else None


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, whatever its digits.

    >>> exact_sum([Decimal("1E+30"), Decimal("0.01")])
    Decimal('1000000000000000000000000000000.01')
    """
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def with_gaps(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, each account's in order of time, with the gap of each to the one before.

    >>> def month(opening, closing):
    ...     return Statement("DE1", "EUR", None, None, Decimal(opening), Decimal(0), Decimal(closing), 0)
    >>> [statement.gap for statement in with_gaps([month("5", "5"), month("7", "7")])]
    [None, Decimal('2')]
    """
    accounts: dict[tuple[str | None, str | None], list[Statement]] = {}
    for statement in statements:
        accounts.setdefault((statement.account, statement.currency), []).append(statement)
    return [statement for together in accounts.values() for statement in _in_order(together)]


def statement_table(statements: Sequence[Statement]) -> pa.Table:
    """A row for each statement, in ``COLUMNS``: money as exact decimals, dates as ``timestamp[us, UTC]``."""
    rows = [_row(statement) for statement in with_gaps(statements)]
    fields = {name: pa.array([row[name] for row in rows], pa.string()) for name in _TEXTS}
    fields |= {name: pa.array([row[name] for row in rows], _DATE) for name in ("from", "to")}
    fields |= {name: _money([row[name] for row in rows]) for name in _MONEY}
    fields["records"] = pa.array([row["records"] for row in rows], pa.int64())
    return pa.table([fields[name] for name in COLUMNS], list(COLUMNS))


def findings(statements: pa.Table) -> list[str]:
    """What is wrong with the statements of a table: a sentence for each that has something."""
    return [sentence for sentence in statements["finding"].to_pylist() if sentence]


def _in_order(together: list[Statement]) -> list[Statement]:
    """A file may have the newest first: of the two orders in which its dates rise, the one with fewer gaps."""
    orders = [_chained(sorted(these, key=_begin)) for these in (together, together[::-1])]
    return min(orders, key=lambda order: sum(bool(statement.gap) for statement in order))


def _begin(statement: Statement) -> date:
    return statement.first or statement.last or date.min


def _chained(order: list[Statement]) -> list[Statement]:
    closing: Decimal | None = None
    chained = []
    for statement in order:
        known = statement.follows and statement.opening is not None and closing is not None
        gap = EXACT.subtract(statement.opening, closing) if known else None  # type: ignore[arg-type]
        chained.append(replace(statement, gap=gap))
        if statement.follows:
            closing = statement.closing
    return chained


def _row(statement: Statement) -> dict[str, object]:
    return {
        "account": statement.account,
        "currency": statement.currency,
        "sequence": statement.sequence,
        "from": _instant(statement.first),
        "to": _instant(statement.last),
        "records": statement.records,
        "opening_balance": statement.opening,
        "sum_of_records": statement.amounts,
        "closing_balance": statement.closing,
        "difference": statement.difference,
        "gap": statement.gap,
        "finding": statement.finding,
    }


def _instant(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _money(values: Sequence[object]) -> pa.Array:
    amounts = [value for value in values if isinstance(value, Decimal)]
    scale = max((max(0, -int(amount.as_tuple().exponent)) for amount in amounts), default=0)
    digits = max((amount.adjusted() + 1 for amount in amounts), default=0)
    kind = pa.decimal128(38, scale) if max(digits, 1) + scale <= 38 else pa.decimal256(76, scale)
    return pa.array(values, kind)
