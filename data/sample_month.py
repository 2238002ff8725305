"""A month with every shape of agreement: what a shop's bank says, what its ledger says, and the rules of one run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sample_book import Book, Deal, Row, money, october

from workbench import Criterion, Rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEYS = ("order_no", "payout_id", "collection")  # columns of the bank's, each filled where a record has it

AMOUNT = Criterion("amount")
MENTIONED = Criterion("reference", "mentions", external="description")
MONTH_RULES = (
    Rule("Order number", [AMOUNT, Criterion("reference", external="order_no", internal="meta_data.order")]),
    Rule("Invoice in the text", [AMOUNT, MENTIONED]),
    Rule(
        "Returned debit",
        [Criterion("reference"), Criterion("date", "equals", (-14 * 86400, 0))],  # credited up to 14 days later
        strategy="within_external",
    ),
    Rule("Reversed entry", [Criterion("reference")], strategy="within_internal"),
    Rule(
        "Parts of one transaction",
        [AMOUNT, MENTIONED],
        strategy="one_to_many",
        grouping_criteria="parent_transaction",
    ),
    Rule(
        "Payout of the terminal",
        [AMOUNT, Criterion("reference", external="payout_id")],
        strategy="many_to_one",
        grouping_criteria="payout_id",
    ),
    Rule(
        "Collection",
        [AMOUNT, Criterion("reference", external="collection")],
        strategy="many_to_many",
        grouping_criteria={"external": "collection", "internal": "reference"},
    ),
    Rule(
        "Less the bank's fee",
        [MENTIONED, Criterion("amount", allowable_amount=("-2.50", 0))],
        account="@BankFees",
    ),
    Rule("Part payment", [MENTIONED, Criterion("amount", "less_than")], remainder="open"),
    Rule("The rest of it", [MENTIONED, AMOUNT]),
    Rule(
        "Abroad, at the day's rate",
        [MENTIONED, Criterion("amount", "equals", "0.01")],
        across_currencies=True,
        account="@Exchange",
    ),
    Rule("Amount within 3 business days", [AMOUNT, Criterion("date", business_days=(0, 3))]),
)


def month_deals() -> Iterator[Deal]:
    book = Book(seed=4)
    for number in range(4001, 4013):
        yield _order(book, number)
    invoices = [_invoice(book, number) for number in range(5001, 5013)]
    yield from invoices
    for number in range(1, 5):
        yield _returned(book, number)
    for number in range(1, 4):
        yield _reversed(book, number)
    for number, parts in enumerate(((31250, 4875), (89900, 15499, 2100), (12345, 678)), 5101):
        yield _split(book, number, parts)
    for number in range(1, 6):
        yield _payout(book, number)
    for number, paid, booked in (
        (1, (5000, 3000, 2000), (6000, 4000)),
        (2, (7110, 2890), (9999, 1)),
        (3, (12, 88), (100,)),
    ):
        yield _collection(book, number, paid, booked)
    for number, fee in ((5201, 150), (5202, 250), (5203, 75)):
        yield _short(book, number, fee)
    yield from _in_two_parts(book, 5301)
    yield from _in_one_part(book, 5302)
    for number, currency in ((5401, "USD"), (5402, "USD"), (5403, "AUD")):
        yield _abroad(book, number, currency)
    for day in (1, 2, 8, 9, 15, 16):  # Thursdays and Fridays: over a weekend three business days are five
        yield _cash(book, day)
    # What stays open: a fee of the bank, an invoice that is not paid, a payment that nobody booked, a torn collection.
    yield Deal((_bank(book, -990, "EUR", october(31, 6), "", "Account fee October"),))
    yield Deal((), _invoice(book, 5013).internal)
    yield Deal(_invoice(book, 5014).external)
    torn = _collection(book, 4, (4100, 2300), (6500,))
    yield from (Deal((line,)) for line in torn.external)
    yield Deal((), torn.internal)


def _bank(book: Book, cents: int, currency: str, date: datetime, reference: str, text: str, **keys: str) -> Row:
    row = book.external(cents, currency, date, reference, text)
    return row | {"source": "bank"} | {name: keys.get(name, "") for name in KEYS}


def _booked(book: Book, cents: int, currency: str, date: datetime, reference: str, text: str, **meta: str) -> Row:
    row = book.internal(cents, currency, date, reference, text)
    bank = {"destination": f"bln_bank_{currency.lower()}"}
    return row | bank | {"meta_data": json.dumps(meta) if meta else ""}


def _order(book: Book, number: int) -> Deal:
    cents, booked, order = book.cents(), book.instant(), f"SO{number}"
    paid = booked + book.lag()
    return Deal(
        (_bank(book, cents, "EUR", paid, "", "Shop order", order_no=order),),
        (_booked(book, cents, "EUR", booked, f"sale-{number}", "Sale", order=order.lower()),),
    )


def _invoice(book: Book, number: int) -> Deal:
    cents, booked = book.cents() * 2, book.instant()
    currency = book.currency()
    text = book.random.choice(["Payment of INV-{} thank you", "inv {} / customer 77", "INVOICE INV{}"])
    return Deal(
        (_bank(book, cents, currency, booked + book.lag(least=20), "", text.format(number)),),
        (_booked(book, cents, currency, booked, f"INV-{number}", "Invoice"),),
    )


def _returned(book: Book, number: int) -> Deal:
    cents, date, mandate = book.cents(), book.instant(last_day=20), f"DD-{700 + number}"
    return Deal((
        _bank(book, -cents, "EUR", date, mandate, "Direct debit"),
        _bank(book, cents, "EUR", date + (2 + number) * DAY, mandate, "Return of a direct debit"),
    ))  # fmt: skip


def _reversed(book: Book, number: int) -> Deal:
    cents, date = book.cents(), book.instant(last_day=20)
    first = _booked(book, cents, "EUR", date, f"corr-{number}", "Booked by mistake")
    return Deal((), (first, _booked(book, -cents, "EUR", date + number * DAY, f"corr-{number}", "Reversal")))


def _split(book: Book, number: int, parts: Sequence[int]) -> Deal:
    """A payment that the ledger books in parts under one parent, which takes no part itself."""
    date, reference = book.instant(), f"INV-{number}"
    parent = _booked(book, sum(parts), "EUR", date, reference, "Invoice with tax") | {"status": "QUEUED"}
    legs = [
        _booked(book, cents, "EUR", date + timedelta(seconds=place), f"{reference}-{place}_q", f"Part {place}")
        | {"parent_transaction": parent["transaction_id"]}
        for place, cents in enumerate(parts, 1)
    ]
    paid = _bank(book, sum(parts), "EUR", date + book.lag(least=20), "", f"Bill {reference} of October")
    return Deal((paid,), (parent, *legs))


def _payout(book: Book, number: int) -> Deal:
    """A day's card receipts, which the bank lists one by one and the ledger books as one payout."""
    payout, date = f"PO-{80 + number}", book.instant()
    cents = [book.cents() for _ in range(book.random.choice([2, 3, 4]))] + ([-450] if number == 2 else [])
    receipts = tuple(
        _bank(book, each, "EUR", date + place * HOUR, "", "Card terminal", payout_id=payout)
        for place, each in enumerate(cents)
    )
    return Deal(receipts, (_booked(book, sum(cents), "EUR", date - 3 * HOUR, payout.lower(), "Terminal"),))


def _collection(book: Book, number: int, paid: Sequence[int], booked: Sequence[int]) -> Deal:
    """Some lines of the bank that are some entries of the ledger, and none of them is one of the others."""
    collection, date = f"COLL-{number:02}", book.instant()
    return Deal(
        tuple(_bank(book, each, "EUR", date + DAY, "", "Collection", collection=collection) for each in paid),
        tuple(_booked(book, each, "EUR", date, collection, "Direct debits") for each in booked),
    )


def _short(book: Book, number: int, fee: int) -> Deal:
    deal = _invoice(book, number)
    [paid], [booked] = deal.external, deal.internal
    return replace(deal, external=(paid | {"amount": booked["amount"] - money(fee)},))


def _in_two_parts(book: Book, number: int) -> Iterator[Deal]:
    """An invoice of 100.00: first 40.00, later the rest."""
    booked = _booked(book, 10000, "EUR", october(3), f"INV-{number}", "Invoice")
    first, rest = (
        _bank(book, cents, "EUR", october(day), "", f"{what} of INV-{number}")
        for cents, day, what in ((4000, 8, "part"), (6000, 20, "rest"))
    )
    yield Deal((first, rest), (booked,))


def _in_one_part(book: Book, number: int) -> Iterator[Deal]:
    """An invoice of 250.00 of which 175.50 are paid so far."""
    booked = _booked(book, 25000, "EUR", october(12), f"INV-{number}", "Invoice")
    yield Deal((_bank(book, 17550, "EUR", october(19), "", f"on account INV-{number}"),), (booked,))


RATES = {"USD": ("0.8800", "0.8815", "0.8790", "0.8842"), "AUD": ("0.5610", "0.5622", "0.5598", "0.5640")}
RATE_DAYS = (1, 8, 15, 22)


def month_rates() -> list[Row]:
    return [
        {"date": f"2026-10-{day:02}", "from": currency, "to": "EUR", "rate": rate}
        for currency, rates in RATES.items()
        for day, rate in zip(RATE_DAYS, rates, strict=True)
    ]


def _abroad(book: Book, number: int, currency: str) -> Deal:
    """An invoice in another currency; the bank converts it at a rate of its own, a little below that of the day."""
    cents, booked = book.cents() * 3, book.instant(last_day=20)
    paid = booked + 2 * DAY
    place = max(place for place, day in enumerate(RATE_DAYS) if october(day).date() <= paid.date())
    rate = Decimal(RATES[currency][place]) * Decimal("0.996")
    return Deal(
        (_bank(book, int(cents * rate), "EUR", paid, "", f"Foreign payment INV-{number}"),),
        (_booked(book, cents, currency, booked, f"INV-{number}", "Invoice"),),
    )


def _cash(book: Book, day: int) -> Deal:
    """Cash that is brought to the bank, where nobody writes a reference."""
    cents = book.random.choice([50, 100, 150, 200]) * 100 + 5 * day * 10
    booked = october(day, 18)
    return Deal(
        (_bank(book, cents, "EUR", booked + timedelta(days=4, hours=15), "", "Cash deposit"),),
        (_booked(book, cents, "EUR", booked, "", "Cash to bank"),),
    )
