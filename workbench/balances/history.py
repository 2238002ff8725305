"""History: what happened to one balance, replayed transaction by transaction beside what its record said on the way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.balances.ledger import COUNTED
from workbench.balances.money import Money
from workbench.balances.numbers import decimals
from workbench.instants import rfc3339


class Totals(NamedTuple):
    """Debit, credit and balance at one moment, in precise units. In a record they may contradict each other."""

    debit: int
    credit: int
    balance: int

    def less(self, other: Totals) -> Totals:
        """How far these totals are above the ``other`` ones."""
        return Totals(*(mine - its for mine, its in zip(self, other, strict=True)))


NOUGHT = Totals(0, 0, 0)
NO_MONEY = Money()


@dataclass(frozen=True)
class Posting:
    """One transaction as one balance sees it, in precise units. A transfer to itself is both debit and credit."""

    transaction_id: str
    created_at: datetime
    status: str | None
    part: str  # counted, or why not
    other: str | None  # the balance at the other end
    debit: int
    credit: int
    currency: str | None = None

    @property
    def net(self) -> int:
        """What the posting adds to the balance."""
        return self.credit - self.debit


class UnknownEnds:
    """Counted transactions that name unknown balances, or none, by what each moves, and what all of one name do."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._moving: dict[tuple[int, int], dict[tuple[str | None, tuple[str, ...]], None]] = {}
        by_name: dict[str | None, list[tuple[str, int, int]]] = {}
        for row in rows:
            units = int(row["precise_amount"])
            debit, credit = (units, 0) if row["side"] == "debit" else (0, units)
            by_name.setdefault(row["balance_id"], []).append((row["transaction_id"], debit, credit))
        for name, moved in by_name.items():
            for own in ([one] for one in moved):
                self._add(name, own)
            if name:
                self._add(name, moved)

    def _add(self, name: str | None, moved: Sequence[tuple[str, int, int]]) -> None:
        total = (sum(debit for _, debit, _ in moved), sum(credit for *_, credit in moved))
        self._moving.setdefault(total, {})[name, tuple(transaction_id for transaction_id, *_ in moved)] = None

    def moving(self, debit: int, credit: int) -> list[tuple[str | None, tuple[str, ...]]]:
        """The unknown balance that is named, and the transactions, of each that moves this; none move nothing."""
        return list(self._moving.get((debit, credit), ())) if debit or credit else []

    def __len__(self) -> int:
        return sum(map(len, self._moving.values()))


@dataclass(frozen=True)
class Check:
    """What the record said at one moment and what the replay says, with the postings since the check before."""

    snapshot_time: datetime | None  # when the snapshot was taken; None is the record as it stands
    recorded: Totals
    replayed: Totals
    since: tuple[Posting, ...]  # including those that do not count

    @property
    def gap(self) -> Totals:
        """Replayed less recorded."""
        return self.replayed.less(self.recorded)


@dataclass(frozen=True)
class Divergence:
    """A stretch between two checks in which the gap between replay and record changes."""

    before: Check  # an empty one at the beginning
    check: Check
    money: Money

    @property
    def transaction_ids(self) -> tuple[str, ...]:
        """The transactions that lie between the two checks."""
        return tuple(posting.transaction_id for posting in self.check.since)

    @property
    def change(self) -> tuple[Totals, Totals]:
        """By how much the recorded and the replayed totals grow in the stretch."""
        return self.check.recorded.less(self.before.recorded), self.check.replayed.less(self.before.replayed)

    @property
    def stretch(self) -> str:
        """The stretch of time in which the record diverged, in words."""
        start, end = self.before.snapshot_time, self.check.snapshot_time
        since = f"From {rfc3339(start)}" if start else "From the beginning"
        return f"{since} to {f'the snapshot of {rfc3339(end)}' if end else 'now'}"

    @property
    def sentence(self) -> str:
        """What happened, in plain words."""
        debit, credit, _ = self.check.gap.less(self.before.gap)
        text = self.money.text
        return (
            f"{self.stretch} the gap between replay and record goes from {text(self.before.gap.balance)} to "
            f"{text(self.check.gap.balance)} (debit {text(debit, signed=True)}, credit {text(credit, signed=True)}); "
            f"transactions in between: {len(self.check.since):,}."
        )


@dataclass(frozen=True)
class Timeline:
    """The replay of one balance, and each moment at which its record could be held against it."""

    balance_id: str
    postings: tuple[Posting, ...]
    checks: tuple[Check, ...]  # the snapshots in order of time, then the record as it stands
    unknown: UnknownEnds = field(default_factory=UnknownEnds, compare=False)  # in the balance's currency
    money: Money = NO_MONEY  # how amounts of the balance are said

    @property
    def divergences(self) -> tuple[Divergence, ...]:
        """Where the gap changes: the first is where replay and record diverge."""
        nothing = Check(None, NOUGHT, NOUGHT, ())
        pairs = pairwise((nothing, *self.checks))
        return tuple(Divergence(before, check, self.money) for before, check in pairs if check.gap != before.gap)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """A row for each transaction in order of time, with the running totals of those that count.

        Columns: ``created_at``, ``transaction_id``, ``status``, ``part`` (counted, or why not), ``other_balance``,
        ``debit``, ``credit``, ``running_debit``, ``running_credit``, ``running_balance``; amounts in precise units.
        """
        running = _running(self.postings)[1:]
        return _frame(
            {
                "created_at": pa.array([posting.created_at for posting in self.postings], pa.timestamp("us", "UTC")),
                "transaction_id": pa.array([posting.transaction_id for posting in self.postings], pa.string()),
                "status": pa.array([posting.status for posting in self.postings], pa.string()),
                "part": pa.array([posting.part for posting in self.postings], pa.string()),
                "other_balance": pa.array([posting.other for posting in self.postings], pa.string()),
                "debit": self._units([posting.debit for posting in self.postings]),
                "credit": self._units([posting.credit for posting in self.postings]),
                **{
                    f"running_{name}": self._units([getattr(totals, name) for totals in running])
                    for name in Totals._fields
                },
            }
        )

    @cached_property
    def snapshots(self) -> pd.DataFrame:
        """A row for each check in order of time; the last is the record as it stands and has no ``snapshot_time``.

        Columns: ``snapshot_time``, ``recorded_*``, ``replayed_*`` and ``gap_*`` (replayed less recorded) for debit,
        credit and balance, ``diverges`` (whether the gap has changed), ``transactions`` (since the row before).
        """
        diverged = {id(divergence.check) for divergence in self.divergences}
        totals = {
            f"{what}_{name}": self._units([getattr(getattr(check, what), name) for check in self.checks])
            for what in ("recorded", "replayed", "gap")
            for name in Totals._fields
        }
        return _frame(
            {
                "snapshot_time": pa.array([check.snapshot_time for check in self.checks], pa.timestamp("us", "UTC")),
                **totals,
                "diverges": pa.array([id(check) in diverged for check in self.checks], pa.bool_()),
                "transactions": pa.array([len(check.since) for check in self.checks], pa.int64()),
            }
        )

    def _units(self, values: Sequence[int]) -> pa.Array:
        return decimals(np.array(values, object), lambda _: f"balance {self.balance_id}: a total on the way")


def make_timeline(
    balance_id: str,
    postings: Sequence[Posting],
    record: Totals,
    snapshots: Sequence[tuple[datetime, Totals]],
    unknown: UnknownEnds | None = None,
    money: Money = NO_MONEY,
) -> Timeline:
    """Hold the replay of ``postings`` against each snapshot, in order of time, and against the record in the end."""
    running = _running(postings)
    moments = [posting.created_at for posting in postings]
    moments_of = [bisect_right(moments, snapshot_time) for snapshot_time, _ in snapshots]
    starts, ends = [0, *moments_of], [*moments_of, len(postings)]
    recorded_totals = [*snapshots, (None, record)]
    checks = [
        Check(snapshot_time, recorded, running[end], tuple(postings[start:end]))
        for (snapshot_time, recorded), start, end in zip(recorded_totals, starts, ends, strict=True)
    ]
    return Timeline(balance_id, tuple(postings), tuple(checks), unknown or UnknownEnds(), money)


def load_postings(transactions: ir.Table, balance_ids: Iterable[str]) -> dict[str, list[Posting]]:
    """The postings of each balance, in order of time, those that do not count among them."""
    ids = list(balance_ids)
    touching = transactions.filter(transactions.source.isin(ids) | transactions.destination.isin(ids))
    postings: dict[str, list[Posting]] = {balance_id: [] for balance_id in ids}
    for row in touching.order_by("created_at", "transaction_id").to_pyarrow().to_pylist():
        for balance_id in {row["source"], row["destination"]} & postings.keys():
            postings[balance_id].append(_posting(row, balance_id))
    return postings


def load_snapshots(
    snapshots: ir.Table, balance_ids: Collection[str], as_of: datetime | None
) -> dict[str, list[tuple[datetime, Totals]]]:
    """The recorded totals of each balance in order of time, up to ``as_of``."""
    recorded: dict[str, list[tuple[datetime, Totals]]] = {balance_id: [] for balance_id in balance_ids}
    chosen = snapshots.filter(snapshots.balance_id.isin(list(balance_ids)))
    columns = ("balance_id", "snapshot_time", "debit_balance", "credit_balance", "balance")
    for row in chosen.select(*columns).order_by("snapshot_time").to_pyarrow().to_pylist():
        balance_id, snapshot_time, *totals = row.values()
        if as_of is None or snapshot_time <= as_of:
            recorded[balance_id].append((snapshot_time, Totals(*map(int, totals))))
    return recorded


def _posting(row: Mapping[str, Any], balance_id: str) -> Posting:
    units = int(row["units"] or 0)
    out, into = row["source"] == balance_id, row["destination"] == balance_id
    return Posting(
        row["transaction_id"],
        row["created_at"],
        row["status"],
        row["part"],
        row["destination"] if out else row["source"],
        units if out else 0,
        units if into else 0,
        row["currency"],
    )


def _running(postings: Sequence[Posting]) -> list[Totals]:
    """The totals before the first posting and after each."""
    counted = [(posting.debit, posting.credit) if posting.part == COUNTED else (0, 0) for posting in postings]
    out = accumulate((debit for debit, _ in counted), initial=0)
    into = accumulate((credit for _, credit in counted), initial=0)
    return [Totals(debit, credit, credit - debit) for debit, credit in zip(out, into, strict=True)]


def _frame(columns: Mapping[str, pa.Array]) -> pd.DataFrame:
    return pa.table(dict(columns)).to_pandas(types_mapper=pd.ArrowDtype)
