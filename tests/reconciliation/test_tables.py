"""Tables: each has the columns of its schema, whoever filled it, and a column is added in one place."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

import workbench as wb
from workbench.reconciliation import matches, tables
from workbench.reconciliation.near_misses.of_record import near_misses_of
from workbench.reconciliation.tables import COUNT, TEXT, Column, Schema

PAID = [
    {"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"},
    {"id": "e2", "amount": "5.00", "currency": "EUR", "date": "2026-01-03"},
    {"id": "e3", "amount": "7.00", "currency": "EUR", "date": "2026-01-03"},
]
BOOKED = [
    {"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "created_at": "2026-01-01", "status": "APPLIED"},
    {"transaction_id": "t2", "amount": "5.50", "currency": "EUR", "created_at": "2026-01-01", "status": "APPLIED"},
    {"transaction_id": "t3", "amount": "1.00", "currency": "EUR", "created_at": "2026-01-01", "status": "VOID"},
]
AMOUNT = wb.Criterion("amount")


@pytest.fixture
def result(tmp_path: Path) -> wb.Result:
    """One match by hand, one by rule, one record open, one excluded."""
    sides = {"external": wb.read_external(PAID), "internal": wb.read_internal(BOOKED)}
    journal = tmp_path / "decisions.jsonl"
    wb.add_decision(journal, wb.decide(sides, "match", external=["e2"], internal=["t2"], why="a fee"))
    return wb.reconcile(**sides, decisions=journal, rules=[wb.Rule("Same", [AMOUNT])])


def test_every_table_has_the_columns_and_types_of_its_schema(result: wb.Result) -> None:
    schemas = {
        "matches": tables.MATCHES,
        "excluded": tables.EXCLUDED,
        "rejected": tables.REJECTED,
        "decisions": tables.DECISIONS,
        "near_misses": tables.NEAR_MISSES,
        "control_totals": tables.CONTROL_TOTALS,
    }
    assert set(result.tables) - set(schemas) == {"unmatched_external", "unmatched_internal"}
    for name, schema in schemas.items():
        assert tuple(result.tables[name].column_names) == schema.names
        for column in schema.columns:
            kind = result.tables[name].schema.field(column.name).type
            assert pa.types.is_decimal(kind) if column.type is None else kind == column.type
            assert column.meaning


def test_a_column_added_to_the_schema_is_filled_for_matches_by_hand_and_by_rule(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    whole_days = Column("days_apart", COUNT, "whole days", lambda pairs: (pairs.lag // 86_400_000_000).astype("int64"))
    monkeypatch.setattr(matches, "MATCHES", Schema((*tables.MATCHES.columns, whole_days)))
    result: wb.Result = request.getfixturevalue("result")
    assert result.matches[["rule", "days_apart"]].values.tolist() == [["by hand", 2], ["Same", 1]]


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="column price takes exact decimals, not double"):
        Schema((Column("price", None, "a price", lambda _: pa.array([1.5])),)).build(None)
    with pytest.raises(pa.ArrowInvalid):
        Schema((Column("count", COUNT, "a count", lambda _: pa.array(["x"], TEXT)),)).build(None)


def test_the_summary_reads_by_name_and_like_a_mapping(result: wb.Result) -> None:
    summary = result.summary
    assert summary.matched_transactions == summary["matched_transactions"] == 2
    assert (summary.rules[0].matches, summary["rules"][0]["matches"]) == (1, 1)
    assert summary.decisions is not None
    assert summary.decisions.applied == summary["decisions"]["applied"] == 1
    assert json.loads(json.dumps(summary.to_dict())) == summary
    with pytest.raises(AttributeError):
        summary.status = "changed"  # type: ignore[misc]
    with pytest.raises(KeyError):
        summary["to_dict"]


def test_without_a_journal_the_summary_says_nothing_of_decisions() -> None:
    summary = wb.reconcile(wb.read_external(PAID), wb.read_internal(BOOKED)).summary
    assert "decisions" not in summary
    assert summary.get("matches_by_hand") is None
    assert len(summary) == len(list(summary)) == len(summary.to_dict())


def test_rules_may_share_a_name_and_are_told_apart_by_number() -> None:
    rules = [wb.Rule("Amount", [AMOUNT]), wb.Rule("Near", [wb.Criterion("reference")])]
    rules.append(wb.Rule("Amount", [wb.Criterion("amount", "equals", "0.1")]))
    booked = [{**row, "status": "APPLIED"} for row in BOOKED[:2]] + [
        {"transaction_id": "t4", "amount": "9.00", "currency": "EUR", "created_at": "2026-01-01", "status": "APPLIED"}
    ]
    result = wb.reconcile(wb.read_external(PAID), wb.read_internal(booked), rules=rules)
    assert result.matches[["external_transaction_id", "rule"]].values.tolist() == [
        ["e1", "Amount (rule 1)"],
        ["e2", "Amount (rule 3)"],
    ]
    assert [rule.name for rule in result.summary.rules] == ["Amount", "Near", "Amount"]
    assert set(result.near_misses["rule"]) <= set(result.settings.rule_names)
    [candidate] = [near for near in near_misses_of(result, "external", "e3") if near.internal == "t4"]
    widened = candidate.widened(rules)
    assert [rule != old for rule, old in zip(widened, rules, strict=True)] == [False, False, True]
