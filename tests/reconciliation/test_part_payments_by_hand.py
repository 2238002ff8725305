"""Part payments by hand: what one left is matched by hand again, until nothing is left."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import workbench as wb
from tests.reconciliation.test_decisions import journal, run
from workbench.reconciliation.decisions.journal import undo
from workbench.reconciliation.decisions.rests import confirmed
from workbench.runs.folder.manifest import verify_run


def an_invoice_in_three_parts() -> dict[str, wb.Records]:
    """250.00 billed; 100.00, 90.00 and 60.00 paid."""
    paid = [
        {"id": f"e{place}", "amount": amount, "currency": "EUR", "date": f"2026-03-0{place}"}
        for place, amount in enumerate(["100.00", "90.00", "60.00"], 1)
    ]
    billed = [{"transaction_id": "i", "amount": "250.00", "currency": "EUR", "created_at": "2026-03-01"}]
    return {"external": wb.read_external(paid), "internal": wb.read_internal(billed)}


def test_what_a_part_payment_left_is_matched_by_hand_until_nothing_is_left(tmp_path: Path) -> None:
    records = an_invoice_in_three_parts()
    part = partial(wb.decide, records, "match", internal=["i"], why="paid in parts", remainder="open")
    first, second, last = (part(external=[name]) for name in ("e1", "e2", "e3"))
    result = run(records, journal(tmp_path / "two", first, second))
    assert result.matches["amount"].astype(str).tolist() == ["100.00", "90.00"]
    assert result.matches["remainder"].astype(str).tolist() == ["-150.00", "-60.00"]
    assert result.unmatched_internal["open_amount"].astype(str).tolist() == ["60.00"]
    result = run(records, journal(tmp_path / "all", first, second, last))
    assert set(result.decisions["state"]) == {"applied"}
    assert result.control_totals["amount_matched"].astype(str).tolist() == ["250.00", "250.00"]
    assert result.control_totals["records_matched"].tolist() == [3, 1]
    assert result.summary["matched_internal_transactions"] == 1
    wb.write_run(result, tmp_path / "run")
    assert verify_run(tmp_path / "run") == []


def test_a_match_of_what_a_part_payment_left_holds_only_with_the_part_payment(tmp_path: Path) -> None:
    records = an_invoice_in_three_parts()
    first = wb.decide(records, "match", external=["e1"], internal=["i"], why="the first part", remainder="open")
    rest = wb.decide(records, "match", external=["e2", "e3"], internal=["i"], why="the rest")
    path = journal(tmp_path / "j", first, rest)
    assert run(records, path).control_totals["amount_unmatched"].astype(str).tolist() == ["0.00", "0.00"]
    wb.add_decision(path, undo(first, why="not paid"))
    judged = run(records, path).decisions
    assert judged["state"].tolist() == ["undone", "stale", "applied"]
    assert judged["note"][1] == (f"decision {first.id}, which left a part of internal record 'i' open, holds no longer")
    whole = wb.decide(records, "match", external=["e1", "e2", "e3"], internal=["i"], why="all of it")
    wb.add_decision(path, whole)
    assert run(records, path).decisions["state"].tolist()[-1] == "applied"


def test_what_a_part_payment_left_is_neither_excluded_nor_unmatched_by_itself(tmp_path: Path) -> None:
    records = an_invoice_in_three_parts()
    first = wb.decide(records, "match", external=["e1"], internal=["i"], why="the first part", remainder="open")
    others = [wb.decide(records, action, internal=["i"], why="gone") for action in ("exclude", "unmatch")]
    for other in others:
        judged = run(records, journal(tmp_path / other.action, first, other)).decisions
        assert judged["state"].tolist() == ["applied", "conflicting"]


BY_RULE = wb.Rule("Part", [wb.Criterion("amount", "less_than"), wb.Criterion("reference")], remainder="open")


def test_what_a_rule_left_is_matched_by_hand_and_the_rule_s_part_with_it(tmp_path: Path) -> None:
    paid = [
        {"id": "e1", "amount": "100.00", "currency": "EUR", "date": "2026-03-02", "reference": "r"},
        {"id": "e2", "amount": "150.00", "currency": "EUR", "date": "2026-03-04", "reference": "s"},
    ]
    billed = [
        {"transaction_id": "i", "amount": "250.00", "currency": "EUR", "created_at": "2026-03-01", "reference": "r"}
    ]
    records = {"external": wb.read_external(paid), "internal": wb.read_internal(billed)}
    before = wb.reconcile(**records, rules=[BY_RULE])
    assert before.unmatched_internal["open_amount"].astype(str).tolist() == ["150.00"]
    rest = wb.decide(records, "match", external=["e2"], internal=["i"], why="the rest")
    decisions = confirmed(before, records, [rest])
    assert [tuple(decision.external) for decision in decisions] == [("e1",), ("e2",)]
    after = wb.reconcile(**records, rules=[BY_RULE], decisions=journal(tmp_path / "j", *decisions))
    assert after.matches["amount"].astype(str).tolist() == ["100.00", "150.00"]
    assert after.control_totals["amount_matched"].astype(str).tolist() == ["250.00", "250.00"]
    assert len(after.unmatched_external) + len(after.unmatched_internal) == 0


def test_a_whole_record_is_no_part_payment(tmp_path: Path) -> None:
    records = an_invoice_in_three_parts()
    part = wb.decide(records, "match", external=["e1"], internal=["i"], why="a part", remainder="open")
    rest = wb.decide(records, "match", external=["e2", "e3"], internal=["i"], why="the rest")
    assert confirmed(wb.reconcile(**records, rules=[BY_RULE]), records, [part]) == [part]
    assert confirmed(run(records, journal(tmp_path / "j", part)), records, [rest]) == [rest]
