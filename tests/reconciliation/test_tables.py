"""Tables: each has the columns of its schema, whoever filled it, and a column is added in one place."""

from __future__ import annotations

import inspect
import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from workbench.amounts import as_text, decimals_needed
from workbench.reconciliation import tables
from workbench.reconciliation.near_misses.of_record import near_misses_of
from workbench.reconciliation.result import check_control_totals
from workbench.reconciliation.result_tables import matches
from workbench.reconciliation.tables import COUNT, TEXT, Column, Schema
from workbench.sources.bad_rows import FAULTS

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
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
        "decisions": tables.DECISIONS,
        "near_misses": tables.NEAR_MISSES,
        "control_totals": tables.CONTROL_TOTALS,
        "differences": tables.DIFFERENCES,
        "adjustments": tables.ADJUSTMENTS,
    }
    assert set(result.tables) - set(schemas) == {"unmatched_external", "unmatched_internal", "rejected"}
    assert result.tables["rejected"].column_names == ["side", *FAULTS.names]
    for name, schema in schemas.items():
        assert tuple(result.tables[name].column_names) == schema.names
        for column in schema.columns:
            kind = result.tables[name].schema.field(column.name).type
            assert pa.types.is_decimal(kind) if column.type is None else kind == column.type
            assert column.meaning


def test_the_column_of_the_page_is_filled_for_matches_by_hand_and_by_rule(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    block = re.search(r"```python\n(Column\(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    whole_days = eval(block[1], {"Column": Column, "COUNT": COUNT, "np": np})
    monkeypatch.setattr(matches, "MATCHES", Schema((*tables.MATCHES.columns, whole_days)))
    result: wb.Result = request.getfixturevalue("result")
    assert result.matches[["rule", "days_apart"]].values.tolist() == [["by hand", 2], ["Same", 1]]


def test_every_column_is_named_where_users_look_for_it() -> None:
    for name in ("matches", "evidence", "excluded", "decisions", "near_misses", "conversions", "differences"):
        documented = inspect.getdoc(getattr(wb.Result, name)) or ""
        columns = getattr(tables, name.upper()).names
        assert [column for column in columns if f"``{column}``" not in documented] == [], name


def test_two_columns_of_one_name_are_refused() -> None:
    count = Column("count", COUNT, "a count", lambda _: np.zeros(1))
    with pytest.raises(ValueError, match="two columns of one name"):
        Schema((count, count))


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


def test_open_debits_and_credits_are_never_netted() -> None:
    paid = [
        {"id": "in", "amount": "5000", "currency": "EUR", "date": "2026-01-02"},
        {"id": "out", "amount": "-5000", "currency": "EUR", "date": "2026-01-02"},
        {"id": "bad", "amount": "-7", "currency": "EUR", "date": "never"},
    ]
    excluded = {**BOOKED[0], "transaction_id": "t9", "amount": "-2", "status": "VOID"}
    result = wb.reconcile(wb.read_external(paid, on_bad="reject"), wb.read_internal([BOOKED[0], excluded]))
    external, internal = result.tables["control_totals"].to_pylist()
    assert (external["amount_unmatched"], external["records_unmatched"]) == (0, 2)
    assert (external["amount_unmatched_debit"], external["amount_unmatched_credit"]) == (5000, 5000)
    assert (external["amount_rejected_debit"], external["amount_rejected_credit"]) == (7, 0)
    assert (external["amount_in_debit"], external["amount_in_credit"], external["amount_in"]) == (5007, 5000, -7)
    assert (internal["amount_excluded_debit"], internal["amount_in_credit"]) == (2, Decimal("9.90"))


@pytest.mark.parametrize("several", [False, True])
def test_a_rejected_amount_that_cannot_be_read_is_not_known(several: bool, tmp_path: Path) -> None:
    paths = [tmp_path / "one.csv", tmp_path / "other.csv"]
    paths[0].write_text("id,amount,currency,date\na,abc,EUR,2026-01-02\nb,-5,EUR,2026-01-02\nc,7,USD,never\n")
    paths[1].write_text("id,amount,currency,date\nd,3,EUR,2026-01-02\n")
    result = wb.reconcile(
        wb.read_external(paths if several else paths[0], on_bad="reject"), wb.read_internal(BOOKED[:1])
    )
    euro, dollar, _ = result.tables["control_totals"].to_pylist()
    names = [f"amount_{part}{way}" for part in ("in", "rejected") for way in ("", "_debit", "_credit")]
    assert [euro[name] for name in names] == [None] * 6
    assert (euro["records_rejected"], euro["amount_unmatched_debit"]) == (1, 5)
    assert [dollar[name] for name in names] == [7, 0, 7, 7, 0, 7]
    totals = result.tables["control_totals"]
    shown = as_text(totals, decimals_needed(totals))
    assert "amount_rejected" not in [name for name in names if "not known" not in shown[name].to_pylist()]
    assert shown["amount_unmatched"].null_count == 0


@pytest.mark.parametrize("name", ["records_matched", "amount_matched", "amount_in_debit", "amount_rejected_credit"])
def test_control_totals_that_lie_are_caught(result: wb.Result, name: str) -> None:
    totals = result.tables["control_totals"]
    place = totals.column_names.index(name)
    lie = pa.array([value + 1 for value in totals[name].to_pylist()], totals[name].type)
    with pytest.raises(wb.ControlTotalsError):
        check_control_totals(totals.set_column(place, name, lie))


def test_a_drift_may_be_a_timedelta_of_python_or_pandas() -> None:
    for drift in (timedelta(hours=36), pd.Timedelta("36h")):
        assert wb.Criterion("date", "equals", drift).allowable_drift == 129_600
    assert wb.Criterion("date", "equals", pd.Timedelta(1, "ns")).allowable_drift == Decimal("0.000000001")
    with pytest.raises(wb.SettingsError, match="allowable_drift of amount takes a number"):
        wb.Criterion("amount", "equals", timedelta(days=1))
    with pytest.raises(wb.SettingsError, match="allowable_drift of date is seconds, 0 or more"):
        wb.Criterion("date", "equals", timedelta(days=-1))


def test_after_and_before_are_read_and_written_as_greater_and_less_than() -> None:
    for read, written in (("after", "greater_than"), ("before", "less_than")):
        rule = wb.Rule.from_dict({"name": "x", "criteria": [{"field": "date", "operator": read}]})
        assert rule.to_dict()["criteria"][0]["operator"] == written
        assert wb.Criterion("date", read) == wb.Criterion("date", written)
