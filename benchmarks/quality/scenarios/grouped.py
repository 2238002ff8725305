"""Months in which several records of one side are one or several of the other."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from benchmarks.quality.scenarios.books import Books, Row, Scenario, business_days_later, day, money, sums_to


def payouts(seed: int, size: int) -> Scenario:
    """A processor pays out what came in until 18:00, two business days later, in one sum without a key.

    In one of eight payouts there is a payment that was never booked.
    """
    books = Books("payouts", seed, missing=0.0)
    batches: dict[str, list[Row]] = defaultdict(list)
    for _ in range(size):
        moment, cents = books.instant(), round(books.random.lognormvariate(7.5, 0.9)) + 50
        closed = business_days_later(moment + timedelta(hours=6), 2)
        batches[day(closed)].append({"amount": money(cents), "created_at": moment.isoformat()})
    for arrived, booked in sorted(batches.items()):
        total = sum(round(float(row["amount"]) * 100) for row in booked)
        paid = {"amount": money(total), "date": arrived, "description": "PAYOUT"}
        if books.random.random() < 0.125:
            books.pay(booked[1:], [])
            books.pay([], paid)
        else:
            books.pay(booked, paid)
    return books.done()


def captures(seed: int, size: int) -> Scenario:
    """Authorisations that are captured in one to four parts, of which the bank shows the sum some days later.

    The parts name their authorisation as parent; the authorisation itself stands in the ledger and moved nothing.
    """
    books = Books("captures", seed, missing=0.03)
    for number in books.random.sample(range(100_000, 999_999), size // 2):
        moment, cents = books.instant(), round(books.random.lognormvariate(8.0, 0.7)) + 100
        parent = f"auth_{number}"
        parts = books.random.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]
        booked: list[Row] = [
            {
                "amount": money(part),
                "created_at": (moment + timedelta(hours=books.random.randrange(36))).isoformat(),
                "parent_transaction": parent,
                "reference": f"cap_{number}_{place}",
            }
            for place, part in enumerate(sums_to(books.random, cents, parts), 1)
        ]
        books.scenario.internal.append(
            {
                "transaction_id": parent,
                "amount": money(round(cents * books.random.choice((1, 1, 1.2)))),
                "currency": "EUR",
                "status": "INFLIGHT",
                "created_at": moment.isoformat(),
                "reference": f"auth_{number}_q",
            }
        )
        settled = business_days_later(moment + timedelta(hours=36), books.random.choices((0, 1, 2), (3, 5, 2))[0])
        books.pay(booked, {"amount": money(cents), "date": day(settled), "description": "CARD SETTLEMENT"})
    return books.done()


def part_payments(seed: int, size: int) -> Scenario:
    """Invoices that customers pay at once or in up to three instalments that name the invoice, when they name it."""
    books = Books("part payments", seed, missing=0.03)
    for number in books.random.sample(range(10_000, 99_999), size):
        moment, cents = books.instant(), books.random.randrange(2_000, 200_000, 50)
        reference, customer = f"RE-{number}", books.person()
        parts = sums_to(books.random, cents, books.random.choices((1, 2, 3), (7, 2, 1))[0])
        booked = {"amount": money(cents), "created_at": moment.isoformat()}
        paid = []
        for part in parts:
            moment += timedelta(days=books.random.randrange(1, 9))
            text = f"{customer.upper()} {reference}" if books.random.random() < 0.85 else customer.upper()
            paid.append({"amount": money(part), "date": day(moment), "description": text})
        books.pay({**booked, "reference": reference, "description": customer}, paid)
    return books.done()


def remittances(seed: int, size: int) -> Scenario:
    """Customers pay one to six invoices in one transfer, whose text names them, in the ways that people write numbers.

    One text in ten leaves one of several invoices out, one in twenty names none. The ledger may lack an invoice.
    """
    books = Books("remittances", seed, missing=0.03)
    random, number = books.random, 10_000
    customers = [f"{books.person()} {random.choice(('Ltd', 'GmbH', 'SA'))}" for _ in range(max(size // 10, 1))]
    while number < 10_000 + 7 * size:
        customer, moment, booked = random.choice(customers), books.instant(), []
        for _ in range(random.choices((1, 2, 3, 4, 6), (6, 5, 4, 2, 1))[0]):
            number += 7
            cents = random.choice((9_900, 19_900, 49_900, random.randrange(1_000, 500_000)))
            at = {"amount": money(cents), "created_at": (moment + timedelta(hours=number % 60)).isoformat()}
            booked.append({**at, "reference": f"INV-2026-{number}", "description": customer})
        total = sum(round(float(row["amount"]) * 100) for row in booked)
        said = [row["reference"] if random.random() < 0.8 else row["reference"].replace("-", " ") for row in booked]
        if random.random() < 0.1 and len(said) > 1:
            said.pop(random.randrange(len(said)))
        names = "" if random.random() < 0.05 else random.choice((", ", " / ", " + ")).join(said)
        paid = business_days_later(moment, random.randrange(5, 30))
        books.pay(booked, {"amount": money(total), "date": day(paid), "description": f"{customer.upper()} {names}"})
    return books.done()


def duplicates(seed: int, size: int) -> Scenario:
    """Transfers of which the ledger holds 4 of 100 twice, minutes apart: one of both, nobody knows which, is paid."""
    books = Books("duplicates", seed, missing=0.02)
    for number in books.random.sample(range(100_000, 999_999), size):
        moment, cents = books.instant(), round(books.random.lognormvariate(8.5, 1.2)) + 10
        booked = {"amount": money(cents), "created_at": moment.isoformat(), "reference": f"tr{number}"}
        paid = moment + timedelta(hours=books.random.randrange(2, 72))
        said = {"reference": f"TR{number}"} if books.random.random() < 0.6 else {}
        if books.random.random() < 0.04:
            again = moment + timedelta(minutes=books.random.randrange(1, 30))
            once_more = {**booked, "created_at": again.isoformat(), "reference": f"tr{number}r"}
            booked, once_more = (booked, once_more) if books.random.random() < 0.5 else (once_more, booked)
            said = {}
            books.pay(once_more, [])
        books.pay(booked, {"amount": money(cents), "date": day(paid)} | said)
    return books.done()
