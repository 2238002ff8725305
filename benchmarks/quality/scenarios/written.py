"""Months in which texts say what belongs together, as people and banks write them."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from random import Random

from benchmarks.quality.scenarios.books import DAYS, START, Books, Scenario, business_days_later, day, money


def bank_references(seed: int, size: int) -> Scenario:
    """Transfers at 80 prices whose order number stands in the bank's text, often broken by its line length."""
    books = Books("bank references", seed, missing=0.04)
    prices = [books.random.randrange(500, 60000) for _ in range(80)]
    for number in books.random.sample(range(1_000_000, 9_999_999), size):
        moment, cents, payer = books.instant(), books.random.choice(prices), books.person()
        reference = f"SO{number}"
        paid = business_days_later(moment, books.random.choices((0, 1, 2, 5), (2, 5, 2, 1))[0])
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "reference": reference, "description": payer},
            {"amount": money(cents), "date": day(paid), "description": _text(reference, payer, books.random)},
        )
    return books.done()


def _text(reference: str, payer: str, random: Random) -> str:
    kind = random.choices(("whole", "broken", "digits", "wrong", "none"), (50, 15, 15, 5, 15))[0]
    if kind == "broken":
        place = random.randrange(2, len(reference))
        reference = f"{reference[:place]} {reference[place:]}"
    if kind == "digits":
        reference = reference[2:]
    if kind == "wrong":
        reference = f"SO{random.randrange(1_000_000, 9_999_999)}"
    said = [f"SEPA CREDIT {payer.upper()}", "" if kind == "none" else reference, f"EREF {random.randrange(10**9):09d}"]
    return " ".join(filter(None, said))


def refunds(seed: int, size: int) -> Scenario:
    """Sales of which some are refunded in part or whole later, under the same reference with the other sign.

    The other side leaves the reference out in 30 of 100 records and settles a day or two later.
    """
    books = Books("refunds", seed, missing=0.03)
    prices = [books.random.randrange(300, 30000) for _ in range(400)]
    for number in books.random.sample(range(100_000, 999_999), size * 5 // 6):
        moment, cents = books.instant(), books.random.choice(prices)
        _settle(books, f"ord-{number}", moment, cents)
        if books.random.random() < 0.2:
            back = cents if books.random.random() < 0.6 else books.random.randrange(50, cents)
            _settle(books, f"ord-{number}", moment + timedelta(hours=books.random.randrange(1, 240)), -back)
    return books.done()


def _settle(books: Books, reference: str, moment: datetime, cents: int) -> None:
    settled = moment + timedelta(days=books.random.choices((1, 2), (3, 1))[0])
    said = {"reference": reference.upper()} if books.random.random() < 0.7 else {}
    booked = {"amount": money(cents), "created_at": moment.isoformat(), "reference": reference}
    books.pay(booked, {"amount": money(cents), "date": day(settled)} | said)


def invoices(seed: int, size: int) -> Scenario:
    """Customers' invoices at 40 prices: payments name the invoice, the customer, or only the account they are from.

    The ledger knows each customer's number and IBAN; 6 of 100 payments leave out some cents.
    """
    books = Books("invoices", seed, missing=0.04)
    prices = [books.random.randrange(1_000, 90_000, 10) for _ in range(40)]
    customers = [
        (f"K{number}", f"DE{books.random.randrange(10**20):020d}", books.person())
        for number in books.random.sample(range(10_000, 99_999), max(size // 3, 1))
    ]
    for number in books.random.sample(range(100_000, 999_999), size):
        (customer, iban, name), moment = books.random.choice(customers), books.instant()
        cents, reference = books.random.choice(prices), f"2026-{number}"
        paid = moment + timedelta(days=round(books.random.gammavariate(3, 4)))
        text = books.random.choices(
            (f"RG {reference}", f"KD.NR. {customer}", f"{name} RECHNUNG", "DANKE"), (45, 20, 20, 15)
        )[0]
        short = books.random.randrange(1, 100) if books.random.random() < 0.06 else 0
        books.pay(
            {
                "amount": money(cents),
                "created_at": moment.isoformat(),
                "reference": reference,
                "description": f"{customer} {name}",
                "iban": iban,
            },
            {"amount": money(cents - short), "date": day(paid), "description": text.upper(), "iban": iban},
        )
    return books.done()


def standing_orders(seed: int, size: int) -> Scenario:
    """Salaries and rents: a person's equal amounts recur weekly; the bank names most people, some of them cut off."""
    books = Books("standing orders", seed, missing=0.03)
    weeks = DAYS // 7
    amounts = [books.random.randrange(40_000, 300_000, 5_000) for _ in range(25)]
    for _ in range(max(size // weeks, 1)):
        name = f"{books.person()} {books.random.choice('ABCDEFGH')}{books.random.randrange(10, 99)}"
        cents = books.random.choice(amounts)
        for week in range(weeks):
            moment = START + timedelta(days=7 * week, hours=9)
            paid = business_days_later(moment, books.random.choices((0, 1, 2), (6, 3, 1))[0])
            said = {"description": f"SALARY {name.upper()[:14]}"} if books.random.random() < 0.85 else {}
            books.pay(
                {"amount": money(-cents), "created_at": moment.isoformat(), "description": f"Wage {name}"},
                {"amount": money(-cents), "date": day(paid)} | said,
            )
    return books.done()


_FIRST = ("Jörg", "Änne", "Søren", "Łukasz", "José", "Zoë", "Çağla", "Björn", "Günther", "Françoise", "Käthe", "Uwe")
_LAST = ("Müller", "Groß", "Ærø", "Wójcik", "Peña", "Brontë", "Şahin", "Ångström", "Lefèvre", "Kővári", "Böhm", "Moser")
_AS_BANKS_WRITE = str.maketrans(
    dict.fromkeys("öø", "oe") | dict.fromkeys("Å", "Aa") | {"ä": "ae", "Ä": "Ae", "ü": "ue", "ß": "ss", "Æ": "Ae"}
)


def wages(seed: int, size: int) -> Scenario:
    """Wages of eight grades, due on Mondays: names alone tell them apart, which the bank writes without accents."""
    books = Books("wages", seed, missing=0.03)
    grades = [books.random.randrange(180_000, 420_000, 5_000) for _ in range(8)]
    for _ in range(size):
        family = books.random.sample(_LAST, 2 if books.random.random() < 0.7 else 1)
        name = f"{books.random.choice(_FIRST)} {'-'.join(family)}"
        moment, cents = (
            START + timedelta(days=books.random.choice((0, 7, 14, 21)), hours=9),
            books.random.choice(grades),
        )
        paid = business_days_later(moment, books.random.choice((0, 1)))
        plain = "".join(
            letter
            for letter in unicodedata.normalize("NFKD", name.translate(_AS_BANKS_WRITE).replace("Ł", "L"))
            if not unicodedata.combining(letter)
        )
        books.pay(
            {"amount": money(-cents), "created_at": moment.isoformat(), "description": f"Lohn {name}"},
            {"amount": money(-cents), "date": day(paid), "description": f"GEHALT {plain.upper()}"},
        )
    return books.done()


def check_digits(seed: int, size: int) -> Scenario:
    """Dues at three prices, by slips with the member's number: zeros before and a check digit behind, or as an RF."""
    books = Books("check digits", seed, missing=0.03)
    for number in books.random.sample(range(1_000_000, 9_999_999), size):
        moment, cents = books.instant(), books.random.choice((5000, 7500, 12000))
        paid = business_days_later(moment, books.random.choice((0, 1, 1, 2)))
        check = sum(int(digit) * weight for digit, weight in zip(str(number), (7, 3, 1) * 3, strict=False)) % 10
        slip, rf = f"0000{number}{check}", f"RF{books.random.randrange(10, 98)}{number}{check}"
        written = books.random.choices((slip, rf, str(number), ""), (5, 3, 1, 1))[0]
        books.pay(
            {"amount": money(cents), "created_at": moment.isoformat(), "reference": str(number)},
            {"amount": money(cents), "date": day(paid), "reference": written},
        )
    return books.done()
