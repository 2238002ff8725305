"""Write the sample ledger: ``python data/make_balance_samples.py [FOLDER]`` makes the same bytes every time.

A quarter of a small wallet service. Every balance's record is kept by posting, as a ledger keeps it; a fault is a
posting that the record got wrong. So the snapshots show a fault from the moment it happened.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sample_files import write_csv

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
WEEKS = 13
PRECISION = {"USD": 100, "USDC": 1_000_000}
CUSTOMERS = {"USD": 25, "USDC": 11}
PRICES = {"USD": (999, 1900, 4900), "USDC": (5_000_000, 12_500_000, 99_000_000)}
Row = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """One transaction of the ledger."""

    transaction_id: str
    at: datetime
    source: str
    destination: str
    units: int
    currency: str
    status: str
    description: str


@dataclass(frozen=True)
class Posting:
    """What the record of one balance took for one transaction."""

    transaction_id: str
    at: datetime
    debit: int = 0
    credit: int = 0
    loss: int = 0  # what the balance itself missed, though debit and credit have it


@dataclass(frozen=True)
class Fault:
    """What went wrong with one balance."""

    kind: str
    balance_id: str
    side: str
    transaction_ids: tuple[str, ...]
    since: datetime


Book = dict[str, list[Posting]]  # what the record of each balance took


def make_balance_samples(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(20260701)
    moves = list(ledger(chance))
    book = {balance_id: list(postings(moves, balance_id)) for balance_id in balances()}
    faults = plant(book, moves)
    write_csv(folder / "ledger.csv", [ledger_row(number, move) for number, move in enumerate(moves)] + [half_a_cent()])
    write_csv(folder / "balances.csv", [balance_row(balance_id, book[balance_id]) for balance_id in balances()])
    write_csv(folder / "snapshots.csv", list(snapshot_rows(book)))
    write_csv(folder / "truth.csv", [truth_row(fault, book, moves) for fault in faults])


def balances() -> Iterator[str]:
    for currency, count in CUSTOMERS.items():
        code = currency.lower()
        yield from (f"bln_{code}_world", f"bln_{code}_fees")
        yield from (f"bln_{code}_{number:02}" for number in range(1, count + 1))


def currency_of(balance_id: str) -> str:
    return balance_id.split("_")[1].upper()


def ledger(chance: random.Random) -> Iterator[Move]:
    """Top-ups from outside, payments between customers, fees, withdrawals; some of them never applied."""
    minutes = sorted(chance.sample(range(WEEKS * 7 * 24 * 60), 596))
    for number, minute in enumerate(minutes, 1):
        currency = "USDC" if chance.random() < 0.3 else "USD"
        customers = [f"bln_{currency.lower()}_{each:02}" for each in range(1, CUSTOMERS[currency] + 1)]
        one, other = chance.sample(customers, 2)
        world, fees = (f"bln_{currency.lower()}_{name}" for name in ("world", "fees"))
        source, destination, description = chance.choices(
            [(world, one, "top-up"), (one, other, "payment"), (one, fees, "fee"), (one, world, "withdrawal")],
            weights=[30, 45, 10, 15],
        )[0]
        status = chance.choices(["APPLIED", "QUEUED", "INFLIGHT", "VOID", "REJECTED"], weights=[88, 3, 3, 3, 3])[0]
        at = START + timedelta(minutes=minute, seconds=chance.randrange(60))
        units = amount(chance, currency)
        yield Move(f"txn_{number:04}", at, source, destination, units, currency, status, description)
    yield from odd_moves()


def amount(chance: random.Random, currency: str) -> int:
    if chance.random() < 0.15:
        return chance.choice(PRICES[currency])
    return chance.randrange(PRECISION[currency], 2500 * PRECISION[currency])


def odd_moves() -> Iterator[Move]:
    """What is odd: names that no balance has, and a currency that is not the balance's, which takes it all the same."""
    end = START + timedelta(weeks=WEEKS, hours=-30)
    yield Move("txn_0597", end, "bln_usd_world", "bln_usd_99", 7_310, "USD", "APPLIED", "top-up of a closed wallet")
    yield Move(
        "txn_0598", end + timedelta(hours=1), "bln_usdc_77", "bln_usdc_03", 41_000_000, "USDC", "APPLIED", "payment"
    )
    yield Move(
        "txn_0599", end + timedelta(hours=2), "bln_usdc_04", "bln_usd_05", 55_125_000, "USDC", "APPLIED", "payment"
    )


def half_a_cent() -> Row:
    """An amount that is no whole number of cents, so no balance can take it."""
    move = Move(
        "txn_0600",
        START + timedelta(weeks=WEEKS, hours=-20),
        "bln_usd_06",
        "bln_usd_07",
        0,
        "USD",
        "APPLIED",
        "payment",
    )
    return {**ledger_row(0, move), "amount": "12.345", "precise_amount": ""}


def postings(moves: Iterable[Move], balance_id: str) -> Iterator[Posting]:
    """What a record without a fault takes."""
    for move in moves:
        if move.status == "APPLIED":
            if move.source == balance_id:
                yield Posting(move.transaction_id, move.at, debit=move.units)
            if move.destination == balance_id:
                yield Posting(move.transaction_id, move.at, credit=move.units)


def plant(book: Book, moves: list[Move]) -> list[Fault]:
    """Put one fault into each of some records."""
    return [
        left_out(book, "bln_usd_01", "credit", 2),
        left_out(book, "bln_usdc_01", "debit", 1),
        left_out(book, "bln_usd_02", "credit", 1, 2, 4),
        counted_twice(book, "bln_usd_03", "debit", 1),
        counted_twice(book, "bln_usdc_02", "credit", 2),
        counted_twice(book, "bln_usd_04", "credit", 0, 3),
        wrong_side(book, "bln_usd_08", "credit", 1),
        wrong_side(book, "bln_usdc_05", "debit", 1),
        not_applied(book, "bln_usd_09", moves),
        not_applied(book, "bln_usd_10", moves),
        not_applied(book, "bln_usdc_06", moves),
        misread(book, "bln_usd_11", "credit", "transposed", swapped),
        misread(book, "bln_usdc_07", "debit", "transposed", swapped),
        misread(book, "bln_usd_12", "debit", "slipped", lambda units: units * 10),
        misread(book, "bln_usdc_08", "credit", "slipped", lambda units: None if units % 100 else units // 100),
        of_another_precision(book, "bln_usdc_09"),
        contradiction(book, "bln_usd_13", "debit", 2),
        contradiction(book, "bln_usd_14", "credit", 1),
        left_out(book, "bln_usd_05", "credit", -1),  # of another currency
    ]


def left_out(book: Book, balance_id: str, side: str, *places: int) -> Fault:
    lost = chosen(book, balance_id, side, places)
    book[balance_id] = [each for each in book[balance_id] if each not in lost]
    return fault("left_out", balance_id, side, lost)


def counted_twice(book: Book, balance_id: str, side: str, *places: int) -> Fault:
    doubled = chosen(book, balance_id, side, places)
    book[balance_id] += doubled
    return fault("counted_twice", balance_id, side, doubled)


def wrong_side(book: Book, balance_id: str, side: str, place: int) -> Fault:
    turned = chosen(book, balance_id, side, [place])
    book[balance_id] = [
        replace(each, debit=each.credit, credit=each.debit) if each in turned else each for each in book[balance_id]
    ]
    return fault("wrong_side", balance_id, "both", turned)


def not_applied(book: Book, balance_id: str, moves: Iterable[Move]) -> Fault:
    """The first transaction of the balance that was never applied is in its record all the same."""
    move = next(each for each in moves if each.status != "APPLIED" and balance_id in (each.source, each.destination))
    return counted_though("not_applied", book, balance_id, move)


def counted_though(kind: str, book: Book, balance_id: str, move: Move) -> Fault:
    [posting] = postings([replace(move, status="APPLIED")], balance_id)
    book[balance_id].append(posting)
    return fault(kind, balance_id, "debit" if posting.debit else "credit", [posting])


def misread(book: Book, balance_id: str, side: str, kind: str, reading: Callable[[int], int | None]) -> Fault:
    """The first amount that can be misread so is."""
    readings = {each: reading(getattr(each, side)) for each in book[balance_id] if getattr(each, side)}
    posting, read = next((posting, read) for posting, read in readings.items() if read)
    book[balance_id] = [replace(each, **{side: read}) if each == posting else each for each in book[balance_id]]
    return fault(kind, balance_id, side, [posting])


def swapped(units: int) -> int | None:
    """The first two digits change places."""
    first, second, *rest = str(units)
    return int("".join((second, first, *rest))) if second not in (first, "0") else None


def of_another_precision(book: Book, balance_id: str) -> Fault:
    """The record counts in hundredths of what the ledger counts in."""
    finer = [replace(each, debit=each.debit * 100, credit=each.credit * 100) for each in book[balance_id]]
    book[balance_id], all_of_them = finer, book[balance_id]
    return Fault("slipped", balance_id, "total", (), min(each.at for each in all_of_them))


def contradiction(book: Book, balance_id: str, side: str, place: int) -> Fault:
    """Debit and credit took a transaction, the balance itself did not."""
    missed = chosen(book, balance_id, side, [place])
    book[balance_id] = [
        replace(each, loss=each.credit - each.debit) if each in missed else each for each in book[balance_id]
    ]
    return fault("contradiction", balance_id, "balance", missed)


def chosen(book: Book, balance_id: str, side: str, places: Iterable[int]) -> list[Posting]:
    of_side = [posting for posting in book[balance_id] if getattr(posting, side)]
    return [of_side[place] for place in places]


def fault(kind: str, balance_id: str, side: str, of: list[Posting]) -> Fault:
    return Fault(kind, balance_id, side, tuple(each.transaction_id for each in of), min(each.at for each in of))


def figures(taken: Iterable[Posting]) -> dict[str, int]:
    """What a record that took these postings says."""
    debit, credit, loss = (
        sum(column) for column in zip(*((each.debit, each.credit, each.loss) for each in taken), strict=True)
    )
    return {"balance": credit - debit - loss, "credit_balance": credit, "debit_balance": debit}


def ledger_row(number: int, move: Move) -> Row:
    """Some rows say only the amount and its precision, as older transactions do."""
    decimals = len(str(PRECISION[move.currency])) - 1
    return {
        "transaction_id": move.transaction_id,
        "source": move.source,
        "destination": move.destination,
        "reference": f"ref_{move.transaction_id[4:]}",
        "amount": Decimal(f"{move.units}E-{decimals}"),
        "precise_amount": "" if number % 10 == 7 else move.units,
        "precision": PRECISION[move.currency],
        "currency": move.currency,
        "description": move.description,
        "status": move.status,
        "created_at": move.at,
    }


def balance_row(balance_id: str, taken: list[Posting]) -> Row:
    indicator = f"@{balance_id.split('_')[2]}-{balance_id.split('_')[1]}"
    return {
        "balance_id": balance_id,
        "indicator": "" if indicator[1].isdigit() else indicator,
        "ledger_id": f"ldg_{balance_id.split('_')[1]}_wallets",
        "currency": currency_of(balance_id),
        **figures(taken),
    }


def snapshot_rows(book: Book) -> Iterator[Row]:
    """Every Monday at midnight, the record of each balance that has one yet."""
    for week in range(1, WEEKS):
        moment = datetime(2026, 6, 29, tzinfo=UTC) + timedelta(weeks=week)
        for balance_id, taken in book.items():
            until = [each for each in taken if each.at <= moment]
            if until:
                yield {
                    "balance_id": balance_id,
                    "snapshot_time": moment,
                    "currency": currency_of(balance_id),
                    **figures(until),
                }


def truth_row(planted: Fault, book: Book, moves: list[Move]) -> Row:
    true = figures(postings(moves, planted.balance_id))["balance"]
    return {
        "balance_id": planted.balance_id,
        "kind": planted.kind,
        "side": planted.side,
        "transaction_ids": " ".join(planted.transaction_ids),
        "difference": true - figures(book[planted.balance_id])["balance"],
        "since": planted.since,
    }


if __name__ == "__main__":
    make_balance_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "balances")
