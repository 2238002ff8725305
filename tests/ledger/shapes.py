"""A ledger with every shape of booking that Blnk has, what the bank says of it, and what is true.

``python -m tests.ledger.shapes`` writes it anew into tests/ledger/shapes: transactions and balances with Blnk's
columns, the bank's lines, and the true matches of each strategy. Ids say what a row is: ``_q`` waited in the queue,
``_a`` was applied, ``_i`` is inflight, ``_c`` is a commit.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("shapes")
COLUMNS = (
    *("transaction_id", "parent_transaction", "source", "destination", "reference", "amount", "precise_amount"),
    *("precision", "currency", "description", "status", "created_at", "effective_date", "meta_data"),
)
BALANCE_COLUMNS = ("balance_id", "indicator", "currency", "balance", "credit_balance", "debit_balance", "ledger_id")
STRATEGIES = {
    "one_to_one": None,
    "one_to_many": "parent_transaction",
    "many_to_one": "reference",
}
PRECISION = {"EUR": 100, "USD": 100, "TOKEN": 10**18}
ACCOUNTS = {  # balance, indicator, currency
    "bln_bank_eur": ("@Bank", "EUR"),
    "bln_bank_usd": ("@Bank", "USD"),
    "bln_bank_token": ("@Bank", "TOKEN"),
    "bln_ann": ("", "EUR"),
    "bln_bob": ("", "EUR"),
    "bln_dee": ("", "USD"),
    "bln_eve": ("", "TOKEN"),
    "bln_fees": ("@Fees", "EUR"),
    "bln_shadow": ("", "EUR"),
    "bln_aggregate": ("", "EUR"),
}
BANK = {"EUR": "bln_bank_eur", "USD": "bln_bank_usd", "TOKEN": "bln_bank_token"}


@dataclass
class Shapes:
    """The rows so far."""

    transactions: list[dict[str, Any]] = field(default_factory=list)
    bank: list[dict[str, str]] = field(default_factory=list)
    matches: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {name: set() for name in STRATEGIES})
    clock: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    @property
    def balances(self) -> list[dict[str, Any]]:
        """What Blnk's trigger counts: all that is APPLIED, whatever its currency and its metadata."""
        credit: dict[str, int] = defaultdict(int)
        debit: dict[str, int] = defaultdict(int)
        for row in self.transactions:
            if row["status"] == "APPLIED":
                debit[row["source"]] += row["precise_amount"]
                credit[row["destination"]] += row["precise_amount"]
        rows = [
            (name, called, currency, credit[name] - debit[name], credit[name], debit[name], "general")
            for name, (called, currency) in ACCOUNTS.items()
        ]
        return [dict(zip(BALANCE_COLUMNS, row, strict=True)) for row in rows]

    def book(
        self,
        name: str,
        reference: str,
        amount: str,
        *,
        parent: str = "",
        status: str = "APPLIED",
        ends: tuple[str, str] = ("bln_ann", "bln_bob"),
        currency: str = "EUR",
        effective: bool = False,
        **meta_data: Any,
    ) -> str:
        """Book a row a minute after the one before; returns its id."""
        self.clock += timedelta(minutes=1)
        precision, now = PRECISION[currency], self.clock.isoformat().replace("+00:00", "Z")
        row = (
            *(f"txn_{name}", parent, *ends, reference, amount, int(Decimal(amount) * precision), precision, currency),
            *(f"{name} of the shapes", status, now, now if effective else ""),
            json.dumps(meta_data) if meta_data else "",
        )
        self.transactions.append(dict(zip(COLUMNS, row, strict=True)))
        return f"txn_{name}"

    def queue(self, name: str, reference: str, amount: str, *, parent: str = "", kept: str = "", **others: Any) -> str:
        """Book a row that goes through the queue as two; returns the id of the one that is applied."""
        first = others.pop("first", "QUEUED")
        mark = {"QUEUED_PARENT_TRANSACTION": kept or f"txn_{name}_q"}
        waiting = self.book(f"{name}_q", reference, amount, parent=parent, status=first, **others, **mark)
        return self.book(f"{name}_a", f"{reference}_q", amount, parent=waiting, **others, **mark)

    def pay(self, name: str, amount: str, reference: str, *, currency: str = "EUR") -> str:
        """The bank says that something was paid, two days after the last booking; returns the line's id."""
        date = (self.clock + timedelta(days=2)).date().isoformat()
        line = {"id": f"bank_{name}", "amount": amount, "currency": currency, "reference": reference, "date": date}
        self.bank.append(line | {"description": f"line for {name}", "source": "Bank"})
        self.clock += timedelta(days=5)
        return f"bank_{name}"

    def true(self, line: str, *names: str, only: str = "") -> None:
        """The line is these transactions: several of them only where transactions are grouped by their parent."""
        strategies = [only] if only else (STRATEGIES if len(names) == 1 else ["one_to_many"])
        for strategy in strategies:
            self.matches[strategy] |= {(line, name) for name in names}


def make() -> Shapes:
    """Every shape, in order of time."""
    shapes = Shapes()
    _single(shapes)
    _several(shapes)
    _inflight(shapes)
    _others(shapes)
    return shapes


def _single(shapes: Shapes) -> None:
    applied = shapes.book("single", "PAY-1", "11.01", effective=True)
    shapes.true(shapes.pay("single", "11.01", "PAY-1"), applied)
    applied = shapes.queue("single_queued", "PAY-2", "12.02")
    shapes.true(shapes.pay("single_queued", "12.02", "pay-2"), applied)
    applied = shapes.queue("scheduled", "PAY-3", "13.03", first="SCHEDULED")
    shapes.true(shapes.pay("scheduled", "13.03", "PAY-3"), applied)
    shapes.book("rejected_q", "PAY-4", "14.04", status="QUEUED")
    shapes.book("rejected", "PAY-4_q", "14.04", parent="txn_rejected_q", status="REJECTED")


def _several(shapes: Shapes) -> None:
    """Splits, several sources and bulks: with the queue skipped, through it, and scheduled."""
    ends = {
        "split": (("bln_ann", "bln_bob"), ("bln_ann", "bln_fees")),
        "sources": (("bln_ann", "bln_bob"), ("bln_fees", "bln_bob")),
    }
    for number, (name, (one, two)) in enumerate(ends.items(), 1):
        at_once = f"txn_{name}"
        legs = [
            shapes.book(f"{name}_1", f"{name.upper()}-A-1", f"{20 + number}.10", parent=at_once, ends=one),
            shapes.book(f"{name}_2", f"{name.upper()}-A-2", f"{20 + number}.20", parent=at_once, ends=two),
        ]
        shapes.true(shapes.pay(name, f"{40 + 2 * number}.30", f"{name.upper()}-A"), *legs)
        for first in ("QUEUED", "SCHEDULED"):
            own, whole = f"{name}_{first.lower()}", f"txn_{name}_{first.lower()}"
            title = f"{name.upper()}-{first[0]}"
            more = 1 if first == "QUEUED" else 2
            how: dict[str, Any] = {"parent": whole, "kept": whole, "first": first}
            legs = [
                shapes.queue(f"{own}_1", f"{title}_1", f"{20 + number}.{more}1", ends=one, **how),
                shapes.queue(f"{own}_2", f"{title}_2", f"{20 + number}.{more}2", ends=two, **how),
            ]
            shapes.true(shapes.pay(own, f"{40 + 2 * number}.{2 * more}3", title), *legs)
    rows = [shapes.book(f"bulk_{n}", f"WAGE-A-{n}x", f"30.{n}0", parent="bulk_1") for n in (1, 2, 3)]
    shapes.true(shapes.pay("bulk", "90.60", ""), *rows)
    how = {"parent": "bulk_2", "kept": "bulk_2"}
    rows = [shapes.queue(f"bulk_queued_{n}", f"WAGE-B-{n}x", f"31.{n}0", **how) for n in (1, 2, 3)]
    shapes.true(shapes.pay("bulk_queued", "93.60", ""), *rows)


def _inflight(shapes: Shapes) -> None:
    held = shapes.book("hold_i", "HOLD-1", "51.00", status="INFLIGHT")
    done = shapes.book("hold_c", "HOLD-1_0b1c", "51.00", parent=held)
    shapes.true(shapes.pay("hold", "51.00", "HOLD-1"), done)
    waiting = shapes.book("hold_queued_q", "HOLD-2", "52.00", status="QUEUED")
    held = shapes.book("hold_queued_i", "HOLD-2_q", "52.00", parent=waiting, status="INFLIGHT")
    done = shapes.book("hold_queued_c", "txn_hold_queued_i_commit_act_7f", "52.00", parent=held)
    shapes.true(shapes.pay("hold_queued", "52.00", "HOLD-2"), done)
    held = shapes.book("hold_part_i", "HOLD-3", "60.00", status="INFLIGHT")
    parts = [
        shapes.book("hold_part_c1", "HOLD-3_1d3e", "41.50", parent=held),
        shapes.book("hold_part_c2", "HOLD-3_2d3e", "18.50", parent=held),
    ]
    shapes.true(shapes.pay("hold_part", "60.00", "HOLD-3"), *parts)
    for name in ("voided", "expired"):  # nothing is paid
        held = shapes.book(f"{name}_i", f"HOLD-{name}", "54.00", status="INFLIGHT")
        shapes.book(name, f"HOLD-{name}_9f", "54.00", parent=held, status="VOID")


def _others(shapes: Shapes) -> None:
    paid = shapes.book("charge", "PAY-5", "71.00")
    shapes.true(shapes.pay("charge", "71.00", "PAY-5"), paid)
    back = shapes.queue("refund", f"{paid}_refund", "71.00", parent=paid, ends=("bln_bob", "bln_ann"))
    shapes.true(shapes.pay("refund", "71.00", f"{paid}_refund"), back)
    funded = shapes.book("funded", "FUND-1", "81.00", ends=("bln_bank_eur", "bln_ann"), BLNK_LINEAGE_PROVIDER="stripe")
    meta_data = {"_shadow_for": funded, "_provider": "stripe", "_lineage_type": "credit"}
    shapes.book("shadow", "FUND-1_shadow_stripe", "81.00", ends=("bln_shadow", "bln_aggregate"), **meta_data)
    shapes.true(shapes.pay("funded", "81.00", "FUND-1"), funded)
    spent = shapes.book("spent", "FUND-2", "82.00", ends=("bln_ann", "bln_bank_eur"))
    meta_data = {"_shadow_for": spent, "_provider": "stripe", "_lineage_type": "release"}
    shapes.book("release", "FUND-2_release_stripe", "82.00", ends=("bln_aggregate", "bln_shadow"), **meta_data)
    shapes.true(shapes.pay("spent", "82.00", "FUND-2"), spent)
    foreign = shapes.book("foreign", "FX-1", "91.00", ends=("bln_dee", "bln_bob"), currency="USD")  # Bob's is in EUR
    shapes.true(shapes.pay("foreign", "91.00", "FX-1", currency="USD"), foreign)
    for number, amount in enumerate(("0.000000000000000001", "3.5", "1234567.000000000000000002")):
        ends = ("bln_bank_token", "bln_eve")
        token = shapes.book(f"token_{number}", f"TOKEN-{number}x", amount, ends=ends, currency="TOKEN")
        shapes.true(shapes.pay(f"token_{number}", amount, f"TOKEN-{number}x", currency="TOKEN"), token)
    both = shapes.book("combined", "TWO-1", "99.00")
    for part, amount in (("one", "66.00"), ("two", "33.00")):
        shapes.true(shapes.pay(f"combined_{part}", amount, "TWO-1"), both, only="many_to_one")


def write(shapes: Shapes, folder: Path = FOLDER) -> None:
    """Write it as CSV files."""
    folder.mkdir(exist_ok=True)
    rows = [
        {"strategy": strategy, "external_transaction_id": line, "internal_transaction_id": name}
        for strategy, pairs in shapes.matches.items()
        for line, name in sorted(pairs)
    ]
    tables = {"transactions": shapes.transactions, "balances": shapes.balances, "bank": shapes.bank, "matches": rows}
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, table[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    write(make())
