"""Books of which the record of each balance has a fault or two, and what they are."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from workbench.sources import read_balances, read_internal, read_snapshots

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90
PRICES = (499, 999, 1999, 2500, 4900, 9900)
COUNTERPARTIES = 12
NOT_APPLIED = ("QUEUED", "INFLIGHT", "VOID", "REJECTED")

INSTANT = pa.timestamp("us", "UTC")
UNITS = pa.decimal128(38, 0)
Cause = tuple[str, tuple[str, ...]]  # the kind of a fault, and the transactions it befell


@dataclass(frozen=True)
class Moved:
    """What a transaction does to the balance of a book, and what the record says that it does."""

    transaction_id: str
    moment: datetime
    status: str
    currency: str
    other: str
    side: str  # debit or credit
    units: int
    named: str  # the balance that it names
    recorded: tuple[tuple[datetime, str, int], ...] = ()  # when, on which side and how much

    @property
    def counts(self) -> bool:
        """Whether a replay counts it."""
        return self.status == "APPLIED"


@dataclass
class Book:
    """The transactions of one balance, and the faults of its record."""

    draw: random.Random
    balance_id: str
    moved: list[Moved]
    causes: list[Cause] = field(default_factory=list)

    def one(self, fits: Callable[[Moved], bool]) -> int | None:
        """The position of a transaction that fits and has no fault yet."""
        faulty = {transaction_id for _, ids in self.causes for transaction_id in ids}
        places = [place for place, own in enumerate(self.moved) if own.transaction_id not in faulty and fits(own)]
        return self.draw.choice(places) if places else None

    def record(self, place: int, kind: str, *entries: tuple[datetime, str, int]) -> bool:
        """Have the record say this of a transaction."""
        self.moved[place] = replace(self.moved[place], recorded=entries)
        self.causes.append((kind, (self.moved[place].transaction_id,)))
        return True

    def totals(self, until: datetime | None = None) -> tuple[int, int]:
        """Debit and credit as the record has them."""
        entries = [entry for own in self.moved for entry in own.recorded if until is None or entry[0] <= until]
        debit, credit = (sum(units for _, side, units in entries if side == name) for name in ("debit", "credit"))
        return debit, credit


def _applied(own: Moved) -> bool:
    return own.counts


def _left_out(book: Book) -> bool:
    place = book.one(_applied)
    return place is not None and book.record(place, "left_out")


def _counted_twice(book: Book) -> bool:
    """Mostly at once, as when something is tried again; sometimes days later."""
    place = book.one(_applied)
    if place is None:
        return False
    own = book.moved[place]
    later = timedelta(minutes=1) if book.draw.random() < 0.8 else timedelta(days=book.draw.randint(1, 14))
    return book.record(place, "counted_twice", *own.recorded, (own.moment + later, own.side, own.units))


def _not_applied(book: Book) -> bool:
    place = book.one(lambda own: not own.counts)
    if place is None:
        return False
    own = book.moved[place]
    return book.record(place, "not_applied", (own.moment, own.side, own.units))


def _wrong_side(book: Book) -> bool:
    place = book.one(_applied)
    if place is None:
        return False
    own = book.moved[place]
    return book.record(place, "wrong_side", (own.moment, "credit" if own.side == "debit" else "debit", own.units))


def _transposed(book: Book) -> bool:
    """Two digits beside each other, as people swap them."""

    def pairs(own: Moved) -> list[int]:
        digits = str(own.units)
        return [k for k in range(len(digits) - 1) if digits[k] != digits[k + 1] and (k or digits[1] != "0")]

    place = book.one(lambda own: own.counts and bool(pairs(own)))
    if place is None:
        return False
    own = book.moved[place]
    k, digits = book.draw.choice(pairs(own)), str(own.units)
    wrong = int(digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :])
    return book.record(place, "transposed", (own.moment, own.side, wrong))


def _slipped(book: Book) -> bool:
    place = book.one(_applied)
    if place is None:
        return False
    own = book.moved[place]
    factor = book.draw.choice((10, 100))
    wrong = own.units // factor if own.units % factor == 0 and book.draw.random() < 0.5 else own.units * factor
    return book.record(place, "slipped", (own.moment, own.side, wrong))


def _unknown_balance(book: Book) -> bool:
    """It names the balance by a mistyped id; the record counts it."""
    place = book.one(_applied)
    if place is None:
        return False
    own = book.moved[place]
    book.moved[place] = replace(own, named=f"{own.named}x")
    return book.record(place, "unknown_balance", *own.recorded)


def _stretch(book: Book, kind: str, times: int) -> bool:
    applied = [place for place, own in enumerate(book.moved) if own.counts]
    length = book.draw.randint(6, 15)
    if len(applied) < 2 * length:
        return False
    first = book.draw.randrange(len(applied) - length)
    return _many(book, kind, applied[first : first + length], times)


def _many(book: Book, kind: str, places: list[int], times: int) -> bool:
    if len(places) < 2:
        return False
    for place in places:
        own = book.moved[place]
        book.moved[place] = replace(own, recorded=((own.moment, own.side, own.units),) * times)
    book.causes.append((kind, tuple(book.moved[place].transaction_id for place in places)))
    return True


def _alike(book: Book, kind: str, name: str, fits: Callable[[Moved], bool], times: int) -> bool:
    """All that fit and are alike in one thing."""
    place = book.one(fits)
    if place is None:
        return False
    same = getattr(book.moved[place], name)
    chosen = [k for k, own in enumerate(book.moved) if fits(own) and getattr(own, name) == same]
    return _many(book, kind, chosen, times)


SINGLE: dict[str, Callable[[Book], bool]] = {
    "left out": _left_out,
    "counted twice": _counted_twice,
    "not applied, but counted": _not_applied,
    "on the wrong side": _wrong_side,
    "digits transposed": _transposed,
    "decimal point slipped": _slipped,
    "names a mistyped balance": _unknown_balance,
    "a stretch left out": lambda book: _stretch(book, "left_out", 0),
    "a stretch counted twice": lambda book: _stretch(book, "counted_twice", 2),
    "all of a counterparty left out": lambda book: _alike(book, "left_out", "other", _applied, 0),
    "all of another currency left out": lambda book: _alike(
        book, "left_out", "currency", lambda own: own.counts and own.currency != "USD", 0
    ),
    "all of a status counted": lambda book: _alike(book, "not_applied", "status", lambda own: not own.counts, 1),
}
OF_ONE = ("left out", "counted twice", "not applied, but counted", "digits transposed", "decimal point slipped")
DOUBLE = [(one, other) for place, one in enumerate(OF_ONE) for other in OF_ONE[place + 1 :]]


def _units(draw: random.Random) -> int:
    """A price that comes often, a round amount, or any."""
    kind = draw.random()
    if kind < 0.25:
        return draw.choice(PRICES)
    return draw.randint(1, 90) * 1000 if kind < 0.35 else max(1, round(draw.lognormvariate(9, 1.2)))


def _moved(draw: random.Random, balance_id: str) -> Iterator[Moved]:
    for number in range(draw.randint(20, 250)):
        status = draw.choice(NOT_APPLIED) if draw.random() < 0.12 else "APPLIED"
        moment = START + timedelta(minutes=draw.randrange(DAYS * 24 * 60))
        currency = "EUR" if draw.random() < 0.03 else "USD"
        side, units = draw.choice(("debit", "credit")), _units(draw)
        other = f"ext_{draw.randrange(COUNTERPARTIES):02}"
        recorded = ((moment, side, units),) if status == "APPLIED" else ()
        yield Moved(f"{balance_id}-{number:03}", moment, status, currency, other, side, units, balance_id, recorded)


def plant(seed: int, number: int, faults: tuple[str, ...]) -> Book:
    """The book of this number, with these faults: the same numbers make the same book."""
    draw = random.Random(f"{seed} {number} {faults}")
    while True:
        balance_id = f"bln_{number:04}"
        book = Book(draw, balance_id, sorted(_moved(draw, balance_id), key=lambda own: own.moment))
        if all(SINGLE[fault](book) for fault in faults) and book.totals() != _replayed(book):
            return book


def _replayed(book: Book) -> tuple[int, int]:
    counted = [own for own in book.moved if own.counts and own.named == book.balance_id]
    return (
        sum(own.units for own in counted if own.side == "debit"),
        sum(own.units for own in counted if own.side == "credit"),
    )


def inputs(books: list[Book], *, with_snapshots: bool) -> dict[str, Any]:
    """The arguments of ``reconstruct``: these books, and every week what their records said."""
    moved = [own for book in books for own in book.moved]
    ends = [(own.named, own.other) if own.side == "debit" else (own.other, own.named) for own in moved]
    weekly = [START + timedelta(days=7 * week) for week in range(1, DAYS // 7 + 1)]
    counterparties = sorted({own.other for own in moved})
    records = [(book.balance_id, *book.totals()) for book in books]
    for name in counterparties:
        own = [one for one in moved if one.other == name and one.counts]
        debit, credit = (sum(one.units for one in own if one.side != side) for side in ("debit", "credit"))
        records.append((name, debit, credit))
    said = [(book.balance_id, moment, *book.totals(moment)) for book in books for moment in weekly]
    return {
        "internal": read_internal(
            pa.table(
                {
                    "transaction_id": [own.transaction_id for own in moved],
                    "source": [source for source, _ in ends],
                    "destination": [destination for _, destination in ends],
                    "precise_amount": pa.array([own.units for own in moved]).cast(UNITS),
                    "precision": [100] * len(moved),
                    "currency": [own.currency for own in moved],
                    "status": [own.status for own in moved],
                    "created_at": pa.array([own.moment for own in moved], INSTANT),
                }
            )
        ),
        "balances": read_balances(_totals(records, balance_id=[name for name, *_ in records])),
        "snapshots": read_snapshots(
            _totals(
                [(name, *totals) for name, _, *totals in said],
                balance_id=[name for name, *_ in said],
                snapshot_time=pa.array([moment for _, moment, *_ in said], INSTANT),
            )
        )
        if with_snapshots
        else None,
    }


def _totals(rows: list[Any], **names: Any) -> pa.Table:
    debit, credit = ([row[place] for row in rows] for place in (1, 2))
    figures = {
        "debit_balance": debit,
        "credit_balance": credit,
        "balance": [into - out for out, into in zip(debit, credit, strict=True)],
    }
    columns = {name: pa.array(values).cast(UNITS) for name, values in figures.items()}
    return pa.table({**names, **columns, "currency": ["USD"] * len(rows)})
