"""Months with known truth: two books of the same payments, each written as one side would write it.

A scenario is a function of a seed and a size. What is in it is invented; how it is disturbed stands in its docstring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 28
WEEKEND = 5
FIRST = [
    "Ada",
    "Ben",
    "Cleo",
    "Dora",
    "Emil",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jana",
    "Kurt",
    "Lena",
    "Milo",
    "Nora",
    "Otto",
    "Pia",
    "Rosa",
    "Sami",
    "Tess",
    "Uma",
    "Vito",
    "Wim",
]
LAST = [
    "Adler",
    "Brandt",
    "Conrad",
    "Dietz",
    "Engel",
    "Falk",
    "Graf",
    "Hahn",
    "Ilg",
    "Jung",
    "Kern",
    "Lang",
    "Moser",
    "Noll",
    "Ott",
    "Pohl",
    "Renz",
    "Sauer",
    "Thiel",
]
SHOPS = [
    "Corner Cafe",
    "City Books",
    "Blue Bakery",
    "Rail Tickets",
    "Green Grocer",
    "Night Pharmacy",
    "Harbour Hotel",
    "Cloud Storage",
]


@dataclass
class Scenario:
    """Both sides' rows as readers take them, and which external record is which ledger transaction."""

    name: str
    external: list[Row] = field(default_factory=list)
    internal: list[Row] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)

    def shuffled(self, random: Random) -> Scenario:
        """The same in random order, so that no contender gains from the order of rows."""
        random.shuffle(self.external)
        random.shuffle(self.internal)
        return self


class _Books:
    """Writes payments to the ledger and to the other side, or to one of them only."""

    def __init__(self, name: str, seed: int, *, missing: float) -> None:
        self.random = Random(f"{name} {seed}")
        self.scenario = Scenario(name)
        self.missing = missing
        self.ids = self.random.sample(range(10**8), 200_000)

    def pay(self, booked: Row, paid: Row) -> None:
        """A payment on both sides; on each of them it is missing now and then."""
        number = self.ids.pop()
        internal, external = f"txn_{number:08d}", f"ext_{self.random.randrange(10**9):09d}{number % 100:02d}"
        in_ledger, outside = (self.random.random() >= self.missing for _ in range(2))
        if in_ledger:
            self.scenario.internal.append(
                {"transaction_id": internal, "currency": "EUR", "status": "APPLIED", **booked}
            )
        if outside:
            self.scenario.external.append({"id": external, "currency": "EUR", **paid})
        if in_ledger and outside:
            self.scenario.truth[external] = internal

    def instant(self) -> datetime:
        """Some moment of the month."""
        return START + timedelta(seconds=self.random.randrange(DAYS * 86400))

    def done(self) -> Scenario:
        return self.scenario.shuffled(self.random)


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _business_days_later(moment: datetime, days: int) -> datetime:
    while days or moment.weekday() >= WEEKEND:
        moment += timedelta(days=1)
        days -= moment.weekday() < WEEKEND
        days = max(days, 0)
    return moment


def cards(seed: int, size: int) -> Scenario:
    """Card payments that settle 1 to 3 business days later, with a bare date and the shop as terminals write it."""
    books = _Books("cards", seed, missing=0.03)
    for _ in range(size):
        moment, shop = books.instant(), books.random.choice(SHOPS)
        cents = round(books.random.lognormvariate(7.3, 0.8))
        settled = _business_days_later(moment, books.random.choices((1, 2, 3), (6, 3, 1))[0])
        written = f"{shop.upper()[:9]} {books.random.randrange(1000):03d}"
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat(), "description": shop},
            {"amount": _money(cents), "date": _day(settled), "description": written},
        )
    return books.done()


def references(seed: int, size: int) -> Scenario:
    """Invoices at 60 prices, paid within 10 days: references are intact, cut, mistyped, in a sentence, or missing."""
    books = _Books("references", seed, missing=0.04)
    prices = [books.random.randrange(1000, 90000) for _ in range(60)]
    for number in books.random.sample(range(10_000, 99_999), size):
        moment, cents = books.instant(), books.random.choice(prices)
        reference = f"INV-2026-{number}"
        paid = moment + timedelta(days=books.random.randrange(11))
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat(), "reference": reference},
            {"amount": _money(cents), "date": _day(paid)} | _as_people_write(reference, books.random),
        )
    return books.done()


def _as_people_write(reference: str, random: Random) -> Row:
    kind = random.choices(("intact", "cut", "mistyped", "sentence", "missing"), (40, 20, 15, 15, 10))[0]
    if kind == "cut":
        return {"reference": reference[-random.choice((5, 6, 7)) :]}
    if kind == "mistyped":
        place = random.randrange(len(reference) - 5, len(reference) - 1)
        swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
        wrong = reference[:place] + str(random.randrange(10)) + reference[place + 1 :]
        return {"reference": random.choice((swapped, wrong))}
    if kind == "sentence":
        loose = reference.replace("-", random.choice((" ", "/", "")))
        return {"description": f"Payment {loose} {random.choice(FIRST)} {random.choice(LAST)}"}
    return {"reference": reference} if kind == "intact" else {}


def subscriptions(seed: int, size: int) -> Scenario:
    """Renewals at four prices all month; 40 of 100 payments say who pays, and some of the payers share a name."""
    books = _Books("subscriptions", seed, missing=0.03)
    for _ in range(size):
        moment, cents = books.instant(), books.random.choice((499, 999, 1499, 2999))
        name = f"{books.random.choice(FIRST)} {books.random.choice(LAST)}"
        paid = moment + timedelta(hours=books.random.randrange(4, 60))
        said = {"description": f"SUBSCRIPTION {name.upper()}"} if books.random.random() < 0.4 else {}
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat(), "description": name},
            {"amount": _money(cents), "date": _day(paid)} | said,
        )
    return books.done()


def cut_off(seed: int, size: int) -> Scenario:
    """Deposits at 150 prices that arrive 1 to 4 days later; 5 of 100 are missing on each side, and the month is cut."""
    books = _Books("cut-off", seed, missing=0.05)
    prices = [books.random.randrange(500, 50000) for _ in range(150)]
    for _ in range(size):
        moment, cents = books.instant() - timedelta(days=2), books.random.choice(prices)
        paid = moment + timedelta(days=books.random.choices((1, 2, 3, 4), (5, 3, 1, 1))[0])
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat()}, {"amount": _money(cents), "date": _day(paid)}
        )
    end = (START + timedelta(days=DAYS - 1)).isoformat()
    scenario = books.done()
    scenario.internal = [row for row in scenario.internal if START.isoformat() <= row["created_at"]]
    scenario.external = [row for row in scenario.external if row["date"] < end]
    return _with_records_that_are_there(scenario)


def _with_records_that_are_there(scenario: Scenario) -> Scenario:
    ids = {row["id"] for row in scenario.external} | {row["transaction_id"] for row in scenario.internal}
    scenario.truth = {e: i for e, i in scenario.truth.items() if {e, i} <= ids}
    return scenario


def foreign_currency(seed: int, size: int) -> Scenario:
    """Purchases abroad, booked at the day's rate and charged at the scheme's, up to 2 % more, within 3 days."""
    books = _Books("foreign currency", seed, missing=0.03)
    for _ in range(size):
        moment, shop = books.instant(), books.random.choice(SHOPS)
        cents = round(books.random.lognormvariate(8.5, 1.0))
        charged = round(cents * (1 + abs(books.random.gauss(0.008, 0.005))))
        paid = moment + timedelta(days=books.random.choices((0, 1, 2, 3), (1, 5, 3, 1))[0])
        said = {"description": shop.upper()} if books.random.random() < 0.7 else {}
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat(), "description": shop},
            {"amount": _money(charged), "date": _day(paid)} | said,
        )
    return books.done()


def micropayments(seed: int, size: int) -> Scenario:
    """Payments of up to one euro within two days, which the other side has some seconds to some minutes later."""
    books = _Books("micropayments", seed, missing=0.02)
    for _ in range(size):
        moment = START + timedelta(seconds=books.random.randrange(2 * 86400))
        cents = (
            books.random.choice((5, 10, 20, 25, 50, 99, 100))
            if books.random.random() < 0.7
            else books.random.randrange(1, 100)
        )
        paid = moment + timedelta(seconds=round(books.random.lognormvariate(4.5, 1.0)))
        books.pay(
            {"amount": _money(cents), "created_at": moment.isoformat()},
            {"amount": _money(cents), "date": paid.isoformat()},
        )
    return books.done()


SCENARIOS: dict[str, Callable[[int, int], Scenario]] = {
    "cards": cards,
    "references": references,
    "subscriptions": subscriptions,
    "cut-off": cut_off,
    "foreign currency": foreign_currency,
    "micropayments": micropayments,
}
