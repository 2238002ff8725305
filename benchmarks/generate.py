"""Two sides of one year of payments with their true matches, of any size.

``python benchmarks/generate.py FOLDER --records 1000000`` writes ``external.parquet``, ``internal.parquet`` and
``truth.parquet``. Of 100 ledger transactions 95 have an external record; the other side has 2 more of its own.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SHAPES = ("references", "two-dimensional")
BOOKED = 0.95  # share of ledger transactions that the other side reports
UNBOOKED = 0.02  # records of the other side that the ledger lacks, as a share of the ledger
PRICE_POINTS = 2000
CURRENCIES, CURRENCY_SHARES = ["USD", "EUR"], [0.9, 0.1]
YEAR_START = np.datetime64("2025-01-01", "us").astype(np.int64)
HOUR, DAY, YEAR = 3_600_000_000, 86_400_000_000, 365 * 86_400_000_000  # microseconds
CHARGED_FEE = 0.02  # share of external records that come less a fee
# What became of a reference on its way: shares that sum to 1.
INTACT, MISSING, PREFIXED, SUFFIXED, CASED, QUEUED = range(6)
REFERENCE_SHARES = [0.6, 0.25, 0.05, 0.05, 0.025, 0.025]

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Sample:
    """Both sides and the pairs that belong together; ``truth`` has ``external_id`` and ``internal_id``."""

    external: pa.Table
    internal: pa.Table
    truth: pa.Table


@dataclass(frozen=True)
class Side:
    """Records as numbers: what was paid (cents), in which currency (index), when (microseconds), and a reference."""

    ids: pa.Array
    cents: Ints
    currency: Ints
    date: Ints
    reference: pa.Array

    def take(self, rows: Ints) -> Side:
        at = pa.array(rows)
        return Side(self.ids.take(at), self.cents[rows], self.currency[rows], self.date[rows], self.reference.take(at))


def generate(records: int, shape: str = "references", seed: int = 1) -> Sample:
    """Make ``records`` ledger transactions and their external records; the same arguments make the same tables."""
    rng = np.random.default_rng(seed)
    booked, unbooked = round(records * BOOKED), round(records * UNBOOKED)
    # What really happened: the ledger's transactions, and those that it lacks.
    events = _events(rng, records + unbooked)
    reported = np.sort(rng.choice(records, booked, replace=False))
    external = events.take(np.concatenate([reported, np.arange(records, records + unbooked)]))
    internal = events.take(np.arange(records))
    if shape == "references":
        external, queued = _settled(rng, external)
        internal = _queued(internal, reported[queued[queued < booked]])
    else:
        external, internal = _blurred(rng, external), _without_references(internal)
    external = _renamed(external, _hex_texts(rng, len(external.cents), "ch_", 12))
    internal = _renamed(internal, _hex_texts(rng, records, "txn_", 16))
    truth = pa.table(
        {"external_id": external.ids.slice(0, booked), "internal_id": internal.ids.take(pa.array(reported))}
    )
    return Sample(_external_table(_by_date(external)), _internal_table(_by_date(internal)), truth)


def write(sample: Sample, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("external", "internal", "truth"):
        pq.write_table(getattr(sample, name), folder / f"{name}.parquet")


def _events(rng: np.random.Generator, count: int) -> Side:
    # Few prices are paid often, many seldom.
    prices = rng.choice(np.arange(100, 50_000), PRICE_POINTS, replace=False)
    popularity = 1 / np.arange(1, PRICE_POINTS + 1)
    return Side(
        ids=pa.nulls(count, pa.string()),
        cents=rng.choice(prices, count, p=popularity / popularity.sum()),
        currency=rng.choice(len(CURRENCIES), count, p=CURRENCY_SHARES),
        date=YEAR_START + rng.integers(0, YEAR, count),
        reference=_hex_texts(rng, count, "ref_", 8),
    )


def _settled(rng: np.random.Generator, side: Side) -> tuple[Side, Ints]:
    """The records as the other side reports them, and the positions whose ledger reference has a ``_q``."""
    count = len(side.cents)
    lag = rng.integers(HOUR, 3 * DAY, count)
    fee = np.where(rng.random(count) < CHARGED_FEE, side.cents * 29 // 1000 + 30, 0)
    fate = rng.choice(len(REFERENCE_SHARES), count, p=REFERENCE_SHARES)
    settled = Side(side.ids, side.cents - fee, side.currency, side.date + lag, _worn(side.reference, fate))
    return settled, np.flatnonzero(fate == QUEUED)


def _worn(reference: pa.Array, fate: Ints) -> pa.Array:
    """References as they arrive: intact, missing, with more text before or behind, or in capitals."""
    worn = [
        (MISSING, pa.scalar(None, pa.string())),
        (PREFIXED, pc.binary_join_element_wise("PAY*", reference, "")),
        (SUFFIXED, pc.binary_join_element_wise(reference, "/01", "")),
        (CASED, pc.utf8_upper(reference)),
    ]
    for kind, text in worn:
        reference = pc.if_else(pa.array(fate == kind), text, reference)
    return reference


def _queued(side: Side, rows: Ints) -> Side:
    chosen = np.zeros(len(side.cents), bool)
    chosen[rows] = True
    queued = pc.binary_join_element_wise(side.reference, "_q", "")
    reference = pc.if_else(pa.array(chosen), queued, side.reference)
    return Side(side.ids, side.cents, side.currency, side.date, reference)


def _blurred(rng: np.random.Generator, side: Side) -> Side:
    """Amounts up to 1 % and dates up to 3 days off, either way, and no references."""
    most = side.cents // 100
    cents = side.cents + rng.integers(-most, most, endpoint=True)
    date = side.date + rng.integers(-3 * DAY, 3 * DAY, len(side.cents), endpoint=True)
    return _without_references(Side(side.ids, cents, side.currency, date, side.reference))


def _without_references(side: Side) -> Side:
    return Side(side.ids, side.cents, side.currency, side.date, pa.nulls(len(side.cents), pa.string()))


def _renamed(side: Side, ids: pa.Array) -> Side:
    return Side(ids, side.cents, side.currency, side.date, side.reference)


def _by_date(side: Side) -> Side:
    return side.take(np.argsort(side.date, kind="stable"))


def _external_table(side: Side) -> pa.Table:
    count = len(side.cents)
    return pa.table(
        {
            "id": side.ids,
            "amount": _decimal(side.cents),
            "currency": _names(side.currency),
            "reference": side.reference,
            "description": _repeated("Card charge", count),
            "date": pa.array(side.date, pa.timestamp("us", "UTC")),
            "source": _repeated("processor", count),
        }
    )


def _internal_table(side: Side) -> pa.Table:
    count = len(side.cents)
    return pa.table(
        {
            "transaction_id": side.ids,
            "parent_transaction": pa.nulls(count, pa.string()),
            "source": _repeated("@Customers", count),
            "destination": _repeated("bln_clearing", count),
            "reference": side.reference,
            "precise_amount": pa.array(side.cents, pa.int64()),
            "precision": pa.array(np.full(count, 100), pa.int64()),
            "currency": _names(side.currency),
            "description": _repeated("Payment", count),
            "status": _repeated("APPLIED", count),
            "created_at": pa.array(side.date, pa.timestamp("us", "UTC")),
        }
    )


def _decimal(cents: Ints) -> pa.Array:
    """Cents as exact decimals: a cast to a decimal counts whole units, so the unit is put in by its bytes."""
    halves = np.stack([cents, cents >> 63], axis=1).astype("<i8")  # 128 bits, two's complement
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(halves.tobytes())])


def _names(currency: Ints) -> pa.Array:
    return pa.array(CURRENCIES).take(pa.array(currency))


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(text, count)


def _hex_texts(rng: np.random.Generator, count: int, prefix: str, size: int) -> pa.Array:
    """``count`` texts of ``prefix`` and ``size`` random bytes in hexadecimal, as one buffer of equal lengths."""
    digits = np.frombuffer(rng.bytes(count * size).hex().encode(), np.uint8).reshape(count, 2 * size)
    head = np.tile(np.frombuffer(prefix.encode(), np.uint8), (count, 1))
    letters = np.hstack([head, digits])
    offsets = np.arange(count + 1, dtype=np.int32) * letters.shape[1]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000, help="ledger transactions (1000000)")
    parser.add_argument("--shape", choices=SHAPES, default="references")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write(generate(asked.records, asked.shape, asked.seed), asked.folder)


if __name__ == "__main__":
    main()
