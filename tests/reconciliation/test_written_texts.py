"""Texts as written in life: references in other columns, in free text, in other spellings."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.what_if import what_if

PAID = {"amount": "100", "currency": "EUR", "date": "2026-01-05"}
BOOKED = {"amount": "100", "currency": "EUR", "created_at": "2026-01-01"}


def paid(*rows: dict[str, Any]) -> wb.Records:
    return wb.read_external([PAID | {"id": f"b{number}"} | row for number, row in enumerate(rows, 1)])


def booked(*rows: dict[str, Any]) -> wb.Records:
    return wb.read_internal([BOOKED | {"transaction_id": f"t{number}"} | row for number, row in enumerate(rows, 1)])


def pairs(result: wb.Result) -> list[list[str]]:
    return result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()


BY_REMITTANCE = wb.Criterion("reference", "mentions", external="description")


@pytest.mark.parametrize(
    "criterion",
    [
        BY_REMITTANCE,
        wb.Criterion("reference", external="Description", pattern=r"INV-[0-9]+-[0-9]+"),
        wb.Criterion("reference", external="description", pattern={"external": r"Rechnung (\S+)"}),
    ],
)
def test_a_reference_is_found_in_the_remittance_text(criterion: wb.Criterion) -> None:
    external = paid(
        {"description": "EREF+NOTPROVIDED SVWZ+Rechnung INV-2025-078 vom 1.12."},
        {"description": "EREF+NOTPROVIDED SVWZ+Rechnung INV-2025-0771 vom 1.12."},
        {"description": "SVWZ+Rechnung INV-2025-077 vom 1.12."},
    )
    internal = booked({"reference": "INV-2025-077"}, {"reference": "INV-2025-078"})
    rules = [wb.Rule("remittance", [criterion, wb.Criterion("amount")])]
    assert sorted(pairs(wb.reconcile(external, internal, rules=rules))) == [["b1", "t2"], ["b3", "t1"]]


def test_spellings_of_one_reference_are_one() -> None:
    spelt = ["RF18 5390 0754 7034", "+++090/9337/55493+++", "INV 2025/044", "0000123456", "INV-9"]
    stored = ["123456", "INV-2025-44", "090933755493", "RF18539007547034", "INV-90"]
    external, internal = paid(*({"reference": r} for r in spelt)), booked(*({"reference": r} for r in stored))
    result = wb.reconcile(external, internal, rules=[wb.Rule("loosely", [wb.Criterion("reference", "equals_loosely")])])
    assert sorted(pairs(result)) == [["b1", "t4"], ["b2", "t3"], ["b3", "t2"], ["b4", "t1"]]
    assert "reference 'inv-9' is not, even loosely, 'inv-90'" in result.near_misses["explanation"].tolist()


def test_a_group_is_matched_by_a_text_that_mentions_it() -> None:
    external = paid({"amount": "14.05", "reference": "STRIPE PAYOUT po_1 12/25"})
    internal = booked({"amount": "24.05", "reference": "po_1"}, {"amount": "-10", "reference": "po_1"})
    rules = [wb.Rule("payout", [wb.Criterion("reference", "mentions"), wb.Criterion("amount")])]
    result = wb.reconcile(external, internal, strategy="one_to_many", grouping_criteria="reference", rules=rules)
    assert pairs(result) == [["b1", "t1"], ["b1", "t2"]]


def test_what_undoes_a_record_of_its_own_side_is_found_by_its_mention() -> None:
    """Neither of two that mention the same third one, nor of two that a third one mentions, undoes the other."""
    texts = ["INV-1", "storno of INV-1", "INV-2", "storno of INV-3", "see inv 4", "also inv 4"]
    internal = booked(*({"amount": amount, "reference": text} for amount, text in zip((5, -5) * 3, texts, strict=True)))
    rule = wb.Rule(
        "Undone",
        [wb.Criterion("amount"), wb.Criterion("reference", "mentions")],
        strategy="within_internal",
    )
    result = wb.reconcile(paid({"currency": "USD"}), internal, rules=[rule])
    assert sorted(result.matches["internal_transaction_id"]) == ["t1", "t2"]


def test_any_column_is_compared_with_any_and_members_of_objects_too() -> None:
    external = paid({"IBAN": "DE1"}, {"IBAN": "DE2"})
    internal = booked({"meta_data": {"payer": {"iban": "de2"}}}, {"meta_data": {"payer": {"iban": "de1"}}})
    by_iban = wb.Criterion("reference", external="iban", internal="meta_data.payer.iban")
    assert pairs(wb.reconcile(external, internal, rules=[wb.Rule("iban", [by_iban])])) == [["b1", "t2"], ["b2", "t1"]]


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    rules = [wb.Rule("iban", [wb.Criterion("reference", external="ibann", internal="iban")])]
    says = "a criterion's external names the column 'ibann', which <list of dicts> does not have: its columns are id"
    with pytest.raises(wb.SettingsError, match=says):
        wb.reconcile(paid({"iban": "DE1"}), booked({"iban": "DE1"}), rules=rules)


def test_a_text_that_the_pattern_does_not_fit_is_no_evidence() -> None:
    rules = [wb.Rule("invoice", [wb.Criterion("reference", pattern="INV-[0-9]+")])]
    result = wb.reconcile(paid({"reference": "rent"}), booked({"reference": "rent"}), rules=rules)
    assert pairs(result) == []


def test_what_if_weighs_texts_that_no_rule_of_the_run_compares() -> None:
    external, internal = paid({"description": "pays INV-7"}), booked({"reference": "INV-07", "amount": "1"})
    result = wb.reconcile(external, internal, rules=[wb.Rule("amount", [wb.Criterion("amount")])])
    assert what_if(result, external, internal, [wb.Rule("mention", [BY_REMITTANCE])]).gained.records == 1
