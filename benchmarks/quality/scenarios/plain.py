"""Months of payments that are one record on each side."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from benchmarks.quality.scenarios.books import (
    DAYS,
    FIRST,
    LAST,
    SHOPS,
    START,
    Books,
    Row,
    Scenario,
    business_days_later,
    day,
    money,
)


def cards(seed: int, size: int) -> Scenario:
    """Card payments that settle 1 to 3 business days later, with a bare date and the shop as terminals write it."""
    books = Books("cards", seed, missing=0.03)
    for _ in range(size):
        moment, shop = books.instant(), books.random.choice(SHOPS)
        cents = round(books.random.lognormvariate(7.3, 0.8))
        settled = business_days_later(moment, books.random.choices((1, 2, 3), (6, 3, 1))[0])
        written = f"{shop.upper()[:9]} {books.random.randrange(1000):03d}"
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "description": shop},
            {"amount": money(cents), "date": day(settled), "description": written},
        )
    return books.done()


def references(seed: int, size: int) -> Scenario:
    """Invoices at 60 prices, paid within 10 days: references are intact, cut, mistyped, in a sentence, or missing."""
    books = Books("references", seed, missing=0.04)
    prices = [books.random.randrange(1000, 90000) for _ in range(60)]
    for number in books.random.sample(range(10_000, 99_999), size):
        moment, cents = books.instant(), books.random.choice(prices)
        reference = f"INV-2026-{number}"
        paid = moment + timedelta(days=books.random.randrange(11))
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "reference": reference},
            {"amount": money(cents), "date": day(paid)} | _as_people_write(reference, books.random),
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
    books = Books("subscriptions", seed, missing=0.03)
    for _ in range(size):
        moment, cents = books.instant(), books.random.choice((499, 999, 1499, 2999))
        name = f"{books.random.choice(FIRST)} {books.random.choice(LAST)}"
        paid = moment + timedelta(hours=books.random.randrange(4, 60))
        said = {"description": f"SUBSCRIPTION {name.upper()}"} if books.random.random() < 0.4 else {}
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "description": name},
            {"amount": money(cents), "date": day(paid)} | said,
        )
    return books.done()


def cut_off(seed: int, size: int) -> Scenario:
    """Deposits at 150 prices that arrive 1 to 4 days later; 5 of 100 are missing on each side, and the month is cut."""
    books = Books("cut-off", seed, missing=0.05)
    prices = [books.random.randrange(500, 50000) for _ in range(150)]
    for _ in range(size):
        moment, cents = books.instant() - timedelta(days=2), books.random.choice(prices)
        paid = moment + timedelta(days=books.random.choices((1, 2, 3, 4), (5, 3, 1, 1))[0])
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat()}, {"amount": money(cents), "date": day(paid)}
        )
    return books.done().within(day(START), day(START + timedelta(days=DAYS - 1)))


def foreign_currency(seed: int, size: int) -> Scenario:
    """Purchases abroad, booked at the day's rate and charged at the scheme's, up to 2 % more, within 3 days."""
    books = Books("foreign currency", seed, missing=0.03)
    for _ in range(size):
        moment, shop = books.instant(), books.random.choice(SHOPS)
        cents = round(books.random.lognormvariate(8.5, 1.0))
        charged = round(cents * (1 + abs(books.random.gauss(0.008, 0.005))))
        paid = moment + timedelta(days=books.random.choices((0, 1, 2, 3), (1, 5, 3, 1))[0])
        said = {"description": shop.upper()} if books.random.random() < 0.7 else {}
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "description": shop},
            {"amount": money(charged), "date": day(paid)} | said,
        )
    return books.done()


def micropayments(seed: int, size: int) -> Scenario:
    """Payments of up to one euro within two days, which the other side has some seconds to some minutes later."""
    books = Books("micropayments", seed, missing=0.02)
    for _ in range(size):
        moment = START + timedelta(seconds=books.random.randrange(2 * 86400))
        cents = (
            books.random.choice((5, 10, 20, 25, 50, 99, 100))
            if books.random.random() < 0.7
            else books.random.randrange(1, 100)
        )
        paid = moment + timedelta(seconds=round(books.random.lognormvariate(4.5, 1.0)))
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat()},
            {"amount": money(cents), "date": paid.isoformat()},
        )
    return books.done()


def net_of_fees(seed: int, size: int) -> Scenario:
    """A processor's payouts of single sales, 1 to 3 business days later, less 2.9 % and 0.30: no text says which."""
    books = Books("net of fees", seed, missing=0.03)
    for _ in range(size):
        moment, cents = books.instant(), round(books.random.lognormvariate(8, 0.9)) + 100
        paid = business_days_later(moment, books.random.choices((1, 2, 3), (5, 3, 1))[0])
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat()},
            {"amount": money(cents - round(cents * 0.029) - 30), "date": day(paid), "description": "Charge"},
        )
    return books.done()
