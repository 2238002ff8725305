"""The deals behind the sample data: what happened, as the other side reports it and as the ledger booked it.

The true matches follow from a ``Deal``; nothing is looked up afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sample_book import Book, Deal, Row, money, october

from workbench import Criterion, Rule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
THREE_DAYS = 259200


# --- card charges that stay the same -------------------------------------------------------------


def card_deals() -> Iterator[Deal]:
    book = Book(seed=1)
    sales = [_sale(book, number) for number in range(10001, 10051)]
    yield from sales
    yield from _decorated(book, range(10051, 10059))
    for number in range(10059, 10069):
        yield _without_reference(_sale(book, number))
    for number, day in enumerate([1] * 6 + [15] * 6, 10069):
        yield _card(book, 4900, "EUR", october(day), timedelta(hours=30), f"mem-{number}", "Membership")
    for day in range(1, 29):
        deal = _card(book, 1500, "EUR", october(day), DAY, f"pass-{day:02}", "Day pass")
        yield _without_reference(deal)
    for number in range(10081, 10085):
        yield _card(book, -book.cents(), book.currency(), book.instant(), book.lag(), f"ref-{number}", "Refund")
    # Two digits changed places in the ledger.
    typed = _card(book, 4500, "EUR", october(8, 11), 20 * HOUR, "ord-10090", "Workshop ticket")
    yield Deal(typed.external, (typed.internal[0] | {"amount": money(5400), "precise_amount": 5400},))
    # In the ledger, not on the statement: one too late for it, one lost.
    yield Deal((), _card(book, book.cents(), "EUR", october(31, 19), DAY, "ord-10091", "Book sale").internal)
    yield Deal((), _card(book, book.cents(), "USD", october(12, 10), DAY, "ord-10092", "Book sale").internal)
    # A declined card: it takes no part.
    declined = _card(book, book.cents(), "EUR", october(13, 16), DAY, "ord-10093", "Book sale").internal[0]
    yield Deal((), (declined | {"status": "REJECTED"},))
    # On the statement, not in the ledger: the month's terminal rent, and a sale that nobody booked.
    yield Deal((book.external(-2500, "EUR", october(30, 6), "", "Terminal rent October"),))
    yield Deal(_card(book, book.cents(), "EUR", october(20, 12), DAY, "ord-10094", "Book sale").external)
    # Reported twice; and booked by an attempt that timed out before the one that went through.
    yield Deal((book.again(sales[3].external[0], timedelta(minutes=40)),))
    yield Deal((), (book.again(sales[7].internal[0], -timedelta(minutes=5)),))


def _sale(book: Book, number: int) -> Deal:
    return _card(book, book.cents(), book.currency(), book.instant(), book.lag(), f"ord-{number}", "Book sale")


def _card(book: Book, cents: int, currency: str, booked: datetime, lag: timedelta, reference: str, text: str) -> Deal:
    queued = reference + ("_q" if book.random.random() < 0.3 else "")
    return Deal(
        (book.external(cents, currency, booked + lag, reference.upper(), f"CARD {text.upper()}"),),
        (book.internal(cents, currency, booked, queued, text),),
    )


def _decorated(book: Book, numbers: Iterable[int]) -> Iterator[Deal]:
    for number in numbers:
        sale = _sale(book, number)
        yield replace(sale, external=(sale.external[0] | {"reference": f"LINDEN*ORD-{number}"},))


def _without_reference(deal: Deal) -> Deal:
    return replace(deal, external=tuple(row | {"reference": ""} for row in deal.external))


CARD_RULES = (
    Rule("Reference and amount", [Criterion("reference"), Criterion("amount")]),
    Rule("Decorated reference and amount", [Criterion("reference", "contains"), Criterion("amount")]),
    Rule("Amount within 3 days", [Criterion("amount"), Criterion("date", "equals", THREE_DAYS)]),
)

# What a reader must find in the rows below: the record, the column, and why.
BAD_ROWS = (
    {"id": "ch_bad001", "amount": "12.3.4", "why": "not a number"},
    {"id": "ch_bad002", "amount": "", "why": "no amount"},
    {"id": "ch_bad003", "amount": "NaN", "why": "not a finite number"},
    {"id": "ch_bad004", "currency": "", "why": "no currency"},
    {"id": "ch_bad005", "date": "2026-10-32", "why": "no such day"},
    {"id": "ch_bad006", "date": "yesterday", "why": "not a date"},
    {"id": "", "why": "no id"},
    {"id": "ch_good01", "why": "id used twice"},
)


def bad_statement() -> tuple[list[Row], list[Row]]:
    """A statement with good and bad rows in turn, and the list of its faults."""
    rows: list[Row] = []
    faults: list[Row] = []
    for number, bad in enumerate(BAD_ROWS, 1):
        rows.append(_statement_row(number))
        changes = {column: value for column, value in bad.items() if column != "why"}
        rows.append(_statement_row(90 + number) | changes)
        column = list(changes)[-1]
        faults.append({"row": len(rows), "column": column, "value": changes[column], "why": bad["why"]})
    # Good rows, whose text must stay text wherever it is shown.
    rows.append(_statement_row(9) | {"description": "<script>alert(1)</script>"})
    rows.append(_statement_row(10) | {"description": "=cmd()"})
    return rows, faults


def _statement_row(number: int) -> Row:
    return {
        "id": f"ch_good{number:02}",
        "amount": f"{number}.99",
        "currency": "EUR",
        "reference": f"ORD-{11000 + number}",
        "description": "CARD BOOK SALE",
        "date": f"2026-10-05T09:{number % 60:02}:00Z",
    }


# --- one processor charge, booked as gross, fee and net -----------------------------------------


def processor_deals() -> Iterator[Deal]:
    book = Book(seed=2)
    charges = [_charge(book, number, book.cents() * 3) for number in range(2001, 2023)]
    yield from charges
    for number in range(2023, 2028):
        yield _without_reference(_charge(book, number, book.cents() * 3))
    for number, day in enumerate((1, 8, 15, 22), 2028):
        yield _charge(book, number, 12000, booked=october(day), currency="EUR")
    yield _charge(book, 2032, 123456, currency="USD")
    # The fee was booked as it was expected to be, some cents off.
    for number, cents in ((2033, 35), (2034, -12), (2035, 20)):
        yield _charge(book, number, book.cents() * 5, fee_error=cents)
    # Refunds: one gives the fee back, of the other the processor keeps it.
    yield _charge(book, 2036, -book.cents() * 2)
    kept = _charge(book, 2037, -book.cents() * 2)
    gross, _, net = kept.internal
    yield replace(kept, internal=(gross, net | {name: gross[name] for name in ("amount", "precise_amount")}))
    # The net entry has not been applied yet.
    half = _charge(book, 2038, book.cents() * 3)
    yield replace(half, internal=(*half.internal[:2], half.internal[2] | {"status": "INFLIGHT"}))
    yield Deal((), _charge(book, 2039, book.cents() * 3, booked=october(31, 18)).internal)
    yield Deal(_charge(book, 2040, book.cents() * 3).external)
    yield Deal((book.again(charges[2].external[0], 3 * HOUR),))
    yield Deal((), _booked_again(book, charges[5].internal))


def _charge(
    book: Book,
    number: int,
    gross: int,
    booked: datetime | None = None,
    currency: str | None = None,
    fee_error: int = 0,
) -> Deal:
    date, currency = booked or book.instant(), currency or book.currency()
    sign = 1 if gross > 0 else -1
    fee = sign * (round(abs(gross) * Decimal("0.029")) + 30)
    queued = book.internal(gross, currency, date, f"inv-{number}", "Gross") | {"status": "QUEUED"}
    legs = (
        _leg(book, queued, fee + fee_error, 1, "Fee", "bln_fees"),
        _leg(book, queued, gross - fee, 2, "Net", "bln_bank"),
    )
    settled = date + book.lag(least=10, most=60)
    text = "Erstattung" if gross < 0 else "Kartenzahlung"
    return Deal((book.external(gross, currency, settled, f"INV-{number}", text),), (queued, *legs))


def _leg(book: Book, queued: Row, cents: int, number: int, text: str, destination: str) -> Row:
    reference = f"{queued['reference']}-{number}_q"
    made = queued["created_at"] + timedelta(seconds=number)
    row = book.internal(cents, queued["currency"], made, reference, text)
    parent = queued["transaction_id"]
    return row | {
        "parent_transaction": parent,
        "destination": f"{destination}_{row['currency'].lower()}",
        "meta_data": {"QUEUED_PARENT_TRANSACTION": parent},
    }


def _booked_again(book: Book, entries: Sequence[Row]) -> tuple[Row, ...]:
    queued, *legs = (book.again(entry, -timedelta(minutes=2)) for entry in entries)
    parent = queued["transaction_id"]
    return queued, *({**leg, "parent_transaction": parent, "meta_data": {}} for leg in legs)


PROCESSOR_RULES = (
    Rule("Reference and exact total", [Criterion("reference", "contains"), Criterion("amount")]),
    Rule(
        "Reference, total within 1 %",
        [
            Criterion("reference", "contains"),
            Criterion("amount", "equals", "0.01"),
            Criterion("date", "equals", THREE_DAYS),
        ],
    ),
    Rule("Exact total within 3 days", [Criterion("amount"), Criterion("date", "equals", THREE_DAYS)]),
)
GERMAN = {
    "id": "Vorgang",
    "amount": "Betrag",
    "currency": "Währung",
    "reference": "Referenz",
    "description": "Buchungstext",
    "date": "Datum",
}


def german_rows(rows: Iterable[Row]) -> list[Row]:
    return [{GERMAN[name]: _german(value) for name, value in row.items()} for row in rows]


def _german(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:,}".translate(str.maketrans(",.", ".,"))
    return value.strftime("%d.%m.%Y %H:%M") if isinstance(value, datetime) else value


# --- split authorisations that are one ledger transaction ---------------------------------------


def split_deals() -> Iterator[Deal]:
    book = Book(seed=3)
    orders = [_order(book, number, _parts(book)) for number in range(3001, 3031)]
    yield from orders
    for number, day in enumerate((2, 9, 16, 23, 24, 26), 3031):
        yield _order(book, number, [4000, 2000], booked=october(day), currency="EUR")
    # The last authorisation was captured some cents higher than it was booked.
    for number, cents in ((3037, 18), (3038, 5), (3039, 30)):
        yield _order(book, number, [9000, 3333, 1250], captured=cents)
    for number in range(3040, 3043):
        deal = _order(book, number, _parts(book))
        yield replace(deal, internal=(deal.internal[0] | {"reference": ""},))
    yield _order(book, 3043, [-2599, -1450])
    # One part lost its reference, so its group is not whole.
    torn = _order(book, 3044, [5120, 2210, 1875])
    yield replace(torn, external=(*torn.external[:2], torn.external[2] | {"reference": ""}))
    # An authorisation that is reported twice spoils the total of its group.
    doubled = _order(book, 3045, [7125, 1440])
    yield doubled
    yield Deal((book.again(doubled.external[1], HOUR),))
    # The import of one morning ran twice.
    yield Deal((), (book.again(orders[4].internal[0], 2 * HOUR),))
    yield Deal((), _order(book, 3046, _parts(book)).internal)
    yield Deal(_order(book, 3047, _parts(book)).external)


def _parts(book: Book) -> list[int]:
    return [book.cents() for _ in range(book.random.choice([1, 2, 2, 2, 3, 3, 4]))]


def _order(
    book: Book,
    number: int,
    parts: Sequence[int],
    booked: datetime | None = None,
    currency: str | None = None,
    captured: int = 0,
) -> Deal:
    first, currency = booked or book.instant(), currency or book.currency()
    reference = f"order-{number}"
    amounts = [*parts[:-1], parts[-1] + captured]
    authorisations = tuple(
        book.external(cents, currency, first + part * 7 * HOUR, reference, f"Authorisation {part + 1}")
        for part, cents in enumerate(amounts)
    )
    shipped = first + book.lag(least=26, most=62)
    order = book.internal(sum(parts), currency, shipped, f"{reference.upper()}_q", "Order shipped")
    return Deal(authorisations, (order,))


SPLIT_RULES = (
    Rule("Order and total", [Criterion("reference"), Criterion("amount")]),
    Rule(
        "Order, total within 1 %",
        [
            Criterion("reference"),
            Criterion("amount", "equals", "0.01"),
            Criterion("date", "equals", THREE_DAYS),
        ],
    ),
    Rule("Total within 3 days", [Criterion("amount"), Criterion("date", "equals", THREE_DAYS)]),
)


# --- Blnk's practice example ---------------------------------------------------------------------

PRACTICE = (
    ("152.75", "152.75", "Invoice settlement"),
    ("329.40", "328.80", "Refund processing"),
    ("87.15", "90.00", "Service charge"),
    ("413.60", "417.00", "Payment for goods"),
    ("276.89", "278.00", "Subscription fee"),
    ("199.99", "250.00", "Expense reimbursement"),
    ("540.25", "545.00", "Project funding"),
    ("135.70", "150.00", "Loan repayment"),
    ("92.80", "92.80", "Freelance payment"),
    ("480.55", "399.99", "Revenue share"),
)


def practice_deals() -> Iterator[Deal]:
    for number, (booked, charged, text) in enumerate(PRACTICE, 1):
        reference = f"txn_{number:03}"
        date = datetime(2025, 3, 17, 6, 30 + number, tzinfo=UTC)
        shared = {"currency": "USD", "reference": reference, "description": text}
        yield Deal(
            ({"id": f"pay_{number:03}", "amount": charged, **shared, "date": date + HOUR, "source": "Stripe"},),
            (
                {
                    "transaction_id": reference,
                    "source": "@WorldA" if number % 2 else "@WorldB",
                    "destination": "@WorldB" if number % 2 else "@WorldA",
                    "amount": booked,
                    "precision": 100,
                    **shared,
                    "status": "APPLIED",
                    "created_at": date,
                },
            ),
        )


def practice_rule(name: str, drift: str) -> Rule:
    return Rule(name, [Criterion("reference"), Criterion("currency"), Criterion("amount", "equals", drift)])
