"""Reasons: what an open record lost its candidate to, on both sides, for records, groups and rules that weigh."""

from __future__ import annotations

import pytest

import workbench as wb

LOST = "met rule {!r}, but every candidate made a better pair"


def external(*rows: str) -> wb.Records:
    """Records of id, amount, day and perhaps a reference."""
    names = ("id", "amount", "day", "reference")
    split = [dict(zip(names, row.split(), strict=False)) for row in rows]
    return wb.read_external([{"currency": "EUR", **row, "date": f"2026-01-{row['day']}"} for row in split])


def internal(*rows: str) -> wb.Records:
    names = ("transaction_id", "amount", "day", "reference")
    split = [dict(zip(names, row.split(), strict=False)) for row in rows]
    return wb.read_internal([{"currency": "EUR", **row, "created_at": f"2026-01-{row['day']}"} for row in split])


def reasons(result: wb.Result) -> list[str]:
    """Of the external records, then of the internal ones."""
    return [*result.unmatched_external["reason"], *result.unmatched_internal["reason"]]


SAME = wb.Rule("Same", [wb.Criterion("amount", "equals", "0.1"), wb.Criterion("date", "equals", 3 * 86_400)])
BY_REFERENCE = wb.Rule("Reference", [wb.Criterion("reference")])


@pytest.mark.parametrize(
    ("paid", "booked", "rule", "better"),
    [
        (["e1 5 01", "e2 5 02"], ["t1 5 01"], SAME, "t1 with e1"),
        (["e1 5 01"], ["t1 5 01", "t2 5 02"], SAME, "e1 with t1"),
        # The nearest candidate is named: by amount, then by date, then by id.
        (["e1 5 01", "e2 6 01", "e3 5.80 01"], ["t1 5 01", "t2 6 01"], SAME, "t2 with e2"),
        (["e1 5 01", "e2 5 04", "e3 5 03"], ["t1 5 04", "t2 5 01"], SAME, "t1 with e2"),
        (["e1 5 01 R1", "e2 5 02 R1"], ["t1 5 01 R1"], BY_REFERENCE, "t1 with e1"),
        (["e1 5.13 03", "e2 5.13 09"], ["t1 5.13 02"], wb.Weighed(name="Weighed"), "t1 with e1"),
    ],
)
def test_the_better_pair_is_named(paid: list[str], booked: list[str], rule: wb.Rule, better: str) -> None:
    result = wb.reconcile(external(*paid), internal(*booked), rules=[rule])
    assert reasons(result) == [f"{LOST.format(rule.name)}: {better}"]


def test_records_of_a_group_name_the_first_records_of_the_better_pair() -> None:
    booked = internal("t1 2 01 A", "t2 3 01 A", "t3 1 02 B", "t4 4 02 B")
    rule = wb.Rule("Total", [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * 86_400)])
    result = wb.reconcile(
        external("e1 5 01"), booked, rules=[rule], strategy="one_to_many", grouping_criteria="reference"
    )
    assert reasons(result) == [f"{LOST.format('Total')}: e1 with t1"] * 2


def test_each_is_named_by_the_last_rule_that_it_met() -> None:
    wide = wb.Rule("Wide", [wb.Criterion("amount")])
    result = wb.reconcile(external("e1 5 01", "e2 5 20", "e3 5 21"), internal("t1 5 01", "t2 5 21"), rules=[SAME, wide])
    assert reasons(result) == [f"{LOST.format('Same')}: t2 with e3"]
