"""Two books of the same payments, with the truth about which records belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]
Pair = tuple[str, str]  # an external and an internal id
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 28
SATURDAY = 5
FIRST = (
    *("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Kurt", "Lena", "Milo", "Nora"),
    *("Otto", "Pia", "Rosa", "Sami", "Tess", "Uma", "Vito", "Wim"),
)
LAST = (
    *("Adler", "Brandt", "Conrad", "Dietz", "Engel", "Falk", "Graf", "Hahn", "Ilg", "Jung", "Kern", "Lang", "Moser"),
    *("Noll", "Ott", "Pohl", "Renz", "Sauer", "Thiel"),
)
SHOPS = (
    *("Corner Cafe", "City Books", "Blue Bakery", "Rail Tickets", "Green Grocer", "Night Pharmacy"),
    *("Harbour Hotel", "Cloud Storage"),
)


@dataclass
class Scenario:
    """Both sides' rows as readers take them, and which external record belongs to which ledger transaction."""

    name: str
    external: list[Row] = field(default_factory=list)
    internal: list[Row] = field(default_factory=list)
    truth: set[Pair] = field(default_factory=set)

    def within(self, first: str, end: str) -> Scenario:
        """What both sides say from the day ``first`` until before ``end``."""
        self.internal = [row for row in self.internal if first <= row["created_at"] < end]
        self.external = [row for row in self.external if first <= row["date"] < end]
        ids = {row["id"] for row in self.external} | {row["transaction_id"] for row in self.internal}
        self.truth = {pair for pair in self.truth if set(pair) <= ids}
        return self


class Books:
    """Writes payments to the ledger and to the other side, or to one of them only."""

    def __init__(self, name: str, seed: int, *, missing: float) -> None:
        self.random = Random(f"{name} {seed}")
        self.scenario = Scenario(name)
        self.missing = missing
        self.ids = self.random.sample(range(10**8), 200_000)

    def pay(self, booked: Row | Sequence[Row], paid: Row | Sequence[Row]) -> None:
        """A payment, of one record or several on each side; on each of them all of it is missing now and then."""
        sides = {"internal": booked, "external": paid}
        rows = {side: [own] if isinstance(own, dict) else list(own) for side, own in sides.items()}
        internal = [f"txn_{self.ids.pop():08d}" for _ in rows["internal"]]
        external = [f"ext_{self.ids.pop():08d}" for _ in rows["external"]]
        in_ledger, outside = (self.random.random() >= self.missing for _ in range(2))
        if in_ledger:
            for name, row in zip(internal, rows["internal"], strict=True):
                own = {"transaction_id": name, "currency": "EUR", "status": "APPLIED", **row}
                self.scenario.internal.append(own)
        if outside:
            for name, row in zip(external, rows["external"], strict=True):
                self.scenario.external.append({"id": name, "currency": "EUR", **row})
        if in_ledger and outside:
            self.scenario.truth.update((e, i) for e in external for i in internal)

    def instant(self) -> datetime:
        """Some moment of the month."""
        return START + timedelta(seconds=self.random.randrange(DAYS * 86400))

    def person(self) -> str:
        """Somebody's name."""
        return f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"

    def done(self) -> Scenario:
        """The scenario in random order, so that no contender gains from the order of rows."""
        self.random.shuffle(self.scenario.external)
        self.random.shuffle(self.scenario.internal)
        return self.scenario


def money(cents: int) -> str:
    """Cents as a decimal."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def day(moment: datetime) -> str:
    """The bare date of a moment."""
    return moment.date().isoformat()


def business_days_later(moment: datetime, days: int) -> datetime:
    """So many days later, of which Saturdays and Sundays do not count."""
    while days or moment.weekday() >= SATURDAY:
        moment += timedelta(days=1)
        days -= moment.weekday() < SATURDAY
        days = max(days, 0)
    return moment


def sums_to(random: Random, total: int, parts: int) -> list[int]:
    """So many random amounts above 0 that sum to ``total``."""
    cuts = sorted(random.sample(range(1, total), parts - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
