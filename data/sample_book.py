"""What the sample deals are made with: a deal, and a book that hands out what must not repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Deal:
    """External and internal records of one event; either side may be missing."""

    external: tuple[Row, ...] = ()
    internal: tuple[Row, ...] = ()


class Book:
    """Ids in no telling order, distinct amounts, instants of one month, and records made of them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._ids = iter(self.random.sample(range(0x100000, 0x1000000), 2000))
        # No round prices: those are kept for the amounts that recur on purpose.
        self._cents = iter(self.random.sample([c for c in range(600, 24000) if c % 100], 2000))

    def id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._ids):x}"

    def cents(self) -> int:
        return next(self._cents)

    def instant(self, last_day: int = 26) -> datetime:
        return october(self.random.randint(1, last_day), self.random.randint(7, 20), self.random.randrange(60))

    def lag(self, least: int = 2, most: int = 66) -> timedelta:
        return timedelta(hours=self.random.randint(least, most), minutes=self.random.randrange(60))

    def currency(self) -> str:
        return self.random.choice(["EUR", "EUR", "EUR", "USD"])

    def external(self, cents: int, currency: str, date: datetime, reference: str, description: str) -> Row:
        return {
            "id": self.id("ch"),
            "amount": money(cents),
            "currency": currency,
            "reference": reference,
            "description": description,
            "date": date,
        }

    def internal(self, cents: int, currency: str, date: datetime, reference: str, description: str) -> Row:
        return {
            "transaction_id": self.id("txn"),
            "parent_transaction": None,
            "source": "@Customers",
            "destination": f"bln_clearing_{currency.lower()}",
            "reference": reference,
            "amount": money(cents),
            "precise_amount": cents,
            "precision": 100,
            "currency": currency,
            "description": description,
            "status": "APPLIED",
            "created_at": date,
        }

    def again(self, row: Row, shift: timedelta) -> Row:
        """The same record a second time, under an id of its own."""
        name, date, prefix = ("id", "date", "ch") if "id" in row else ("transaction_id", "created_at", "txn")
        return row | {name: self.id(prefix), date: row[date] + shift}


def october(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
