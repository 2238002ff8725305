"""Months in which dates and currencies are what disturbs."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.quality.scenarios.books import SATURDAY, START, Books, Scenario, day, money

HOLIDAYS = {day(START + timedelta(days=number)) for number in (4, 14, 21, 22)}


def day_shift(seed: int, size: int) -> Scenario:
    """Transfers at 200 prices that a bank books the same day until 15:00, else the next, and never on its holidays."""
    books = Books("day shift", seed, missing=0.03)
    prices = [books.random.randrange(500, 80000) for _ in range(200)]
    for _ in range(size):
        moment, cents = books.instant(), books.random.choice(prices)
        paid = moment + timedelta(hours=9)
        while paid.weekday() >= SATURDAY or day(paid) in HOLIDAYS:
            paid += timedelta(days=1)
        if books.random.random() < 0.05:
            paid += timedelta(days=books.random.choice((1, 2, 3)))
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat()}, {"amount": money(cents), "date": day(paid)}
        )
    return books.done()


def two_currencies(seed: int, size: int) -> Scenario:
    """Payments in euros at 100 prices and in pounds at free amounts, a third of these less a fee of 20 pence."""
    books = Books("two currencies", seed, missing=0.03)
    prices = [books.random.randrange(500, 50000) for _ in range(100)]
    for _ in range(size):
        moment = books.instant()
        paid = moment + timedelta(hours=books.random.randrange(3, 60))
        if books.random.random() < 0.6:
            cents, fee, currency = books.random.choice(prices), 0, "EUR"
        else:
            cents, currency = round(books.random.lognormvariate(8, 1)) + 30, "GBP"
            fee = 20 if books.random.random() < 0.33 else 0
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "currency": currency},
            {"amount": money(cents - fee), "date": paid.isoformat(), "currency": currency},
        )
    return books.done()
