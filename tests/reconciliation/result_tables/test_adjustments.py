"""Adjustments: entries that bring the ledger to what the other side says, and what no entry is made of."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pyarrow as pa

import workbench as wb
from workbench.reconciliation.result_tables.adjustments import NO_BALANCE
from workbench.runs.audit.cross_checks import _adjustment_problems

REFERENCE = wb.Criterion("reference")
FEE = wb.Rule("Less a fee", [REFERENCE, wb.Criterion("amount", "equals", "0.05")], account="@Fees")
REST = wb.Rule("Reference", [REFERENCE])


def paid(number: int, amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"id": f"e{number}", "amount": amount, "currency": currency, "date": "2026-01-02", "reference": f"r{number}"}


def booked(number: int, amount: str, destination: str = "bln_bank", **more: Any) -> dict[str, Any]:
    row = {"transaction_id": f"t{number}", "amount": amount, "currency": "EUR", "reference": f"r{number}"}
    return row | {"source": "@Sales", "destination": destination, "created_at": "2026-01-01"} | more


def reconcile(external: list[Any], internal: list[Any], **settings: Any) -> wb.Result:
    return wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=[FEE, REST], **settings)


def test_entries_go_between_the_account_of_the_rule_and_the_balance() -> None:
    external = [paid(1, "97.00"), paid(2, "99"), paid(3, "51"), paid(4, "10"), paid(5, "20"), paid(6, "7")]
    internal = [
        booked(1, "100"),
        booked(2, "100"),
        booked(3, "50"),
        booked(4, "10.2", ""),
        booked(5, "10"),
        booked(6, "7"),
    ]
    result = reconcile(external, internal)
    named = ["rule", "matches", "amount", "source", "destination", "left_out"]
    rows = [" ".join(str(row[name]) for name in named) for row in result.tables["adjustments"].to_pylist()]
    assert sorted(rows) == [
        f"Less a fee 1 0.20 None None {NO_BALANCE}",
        "Less a fee 1 1.00 @Fees bln_bank None",
        "Less a fee 2 4.00 bln_bank @Fees None",
        "Reference 1 10.00 None None no rule names an account for it",
    ]
    entries = result.adjustments_for_blnk()
    assert json.loads(json.dumps(entries)) == entries
    assert [{**entry, "reference": entry["reference"][:11]} for entry in entries if entry["source"] == "@Fees"] == [
        {
            "precise_amount": 100,
            "precision": 100,
            "reference": "adjustment_",
            "currency": "EUR",
            "source": "@Fees",
            "destination": "bln_bank",
            "description": "Less a fee: 1 match, external more than internal",
        }
    ]


def test_the_same_matches_have_the_same_reference_and_others_another() -> None:
    external, internal = [paid(1, "97"), paid(2, "49")], [booked(1, "100"), booked(2, "50")]
    first, again = reconcile(external, internal), reconcile(external[::-1], internal[::-1])
    assert first.adjustments().equals(again.adjustments())
    fewer = reconcile(external[:1], internal)
    assert fewer.adjustments_for_blnk()[0]["reference"] != first.adjustments_for_blnk()[0]["reference"]


def test_an_entry_is_as_precise_as_the_ledger_and_the_amount_need() -> None:
    internal = [booked(1, "100", precise_amount=1_000_000, precision=10_000)]
    [entry] = reconcile([paid(1, "97.5")], internal).adjustments_for_blnk()
    assert (entry["precise_amount"], entry["precision"]) == (25_000, 10_000)
    [finer] = reconcile([paid(1, "97.123456")], internal).adjustments_for_blnk()
    assert (finer["precise_amount"], finer["precision"]) == (2_876_544, 1_000_000)


def test_posted_they_bring_the_balance_to_what_was_paid() -> None:
    rnd = random.Random(5)
    internal, external = [], []
    for number in range(60):
        cents = rnd.randint(1000, 9999)
        into = rnd.random() < 0.5
        ends = (
            {"source": "@Sales", "destination": "bln_bank"} if into else {"source": "bln_bank", "destination": "@Cost"}
        )
        internal.append(booked(number, f"{cents}E-2") | ends)
        signed = cents + rnd.randint(-40, 40)
        external.append(paid(number, f"{signed if into else -signed}E-2"))
    result = reconcile(external, internal, balance_id="bln_bank")
    matched = result.control_totals.set_index("side")["amount_matched"]
    entries = result.adjustments_for_blnk()
    moved = sum(
        Decimal(entry["precise_amount"]) / entry["precision"] * (1 if entry["destination"] == "bln_bank" else -1)
        for entry in entries
    )
    assert len(entries) == 2
    assert matched["internal"] + moved == matched["external"]


def test_nothing_differs_nothing_to_post() -> None:
    result = reconcile([paid(1, "7")], [booked(1, "7")])
    assert "adjustments" not in result.tables
    assert result.adjustments().empty
    assert "left_out" in result.adjustments()
    assert result.adjustments_for_blnk() == []


def test_adjustments_that_lie_are_noticed() -> None:
    tables = reconcile([paid(1, "97")], [booked(1, "100")]).tables
    found = tables["adjustments"]
    assert list(_adjustment_problems(tables["differences"], found)) == []
    place = found.column_names.index("amount")
    lie = found.set_column(place, "amount", pa.array([Decimal(2)], found["amount"].type))
    [problem] = _adjustment_problems(tables["differences"], lie)
    assert problem == "adjustments, 'Less a fee' EUR: 2 in all, but 3 in differences"
