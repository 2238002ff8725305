"""The sections of the reconciliation's report, as a reader sees them."""

from __future__ import annotations

import re

import workbench as wb
from workbench.reconciliation.result import Result
from workbench.reports import reconciliation as report

NEAR = wb.Rule("Near", [wb.Criterion("amount", "equals", "0.01"), wb.Criterion("date", "equals", 3600)])
ALIKE = wb.Rule("Alike", [wb.Criterion("reference", "contains", 10)])


def reconciled(external: str, internal: str, rule: wb.Rule = NEAR) -> Result:
    """Each line is a record: id, amount, date and reference."""
    paid, booked = (
        [dict(zip(("id", "amount", "date", "reference"), line.split(), strict=True), currency="EUR") for line in lines]
        for lines in (external.splitlines(), internal.splitlines())
    )
    mapping = {"id": "transaction_id", "date": "created_at"}
    return wb.reconcile(wb.read_external(paid), wb.read_internal(booked, mapping=mapping), rules=[rule])


def cells(html: str) -> list[list[str]]:
    """The rows of a table, its heading first."""
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    ]
    return [[each.strip() for each in row] for row in rows]


def column(html: str, title: str) -> list[str]:
    head, *rows = cells(html)
    return [row[head.index(title)] for row in rows]


def test_near_misses_say_the_smallest_drift_with_its_unit() -> None:
    records = "e1 104 2026-01-03T06:00 abcd", "t1 100 2026-01-01T00:00 abxy"
    shown = report.near_misses(reconciled(*records)).data
    assert column(shown, "explanation") == [
        "amount differs by +4, 1 allowed",
        "date is 2 days 6 hours later, 1 hour allowed",
    ]
    assert column(shown, "smallest tolerance") == ["4 %", "2 days 6 hours"]
    assert column(report.near_misses(reconciled(*records, ALIKE)).data, "smallest tolerance") == ["50 %"]


def test_a_near_miss_that_no_drift_mends_says_so() -> None:
    result = reconciled("e1 104 2026-01-01T00:00 INV-1", "t1 1 2026-01-01T00:00 INV-1")
    assert column(report.near_misses(result).data, "smallest tolerance") == ["none"]


def test_matches_in_doubt_say_first_how_many_alternatives_they_had() -> None:
    result = reconciled(
        "e1 100 2026-01-01T00:30 -\ne2 100 2026-01-01T00:30 -", "t1 100 2026-01-01T00:00 -\nt2 100 2026-01-01T00:00 -"
    )
    head, *rows = cells(report.alternatives(result).data)
    assert head[:2] == ["match id", "alternatives"]
    assert [row[:2] for row in rows] == [["match_1", "2"], ["match_2", "2"]]


def test_lengths_of_time_are_said_as_people_do() -> None:
    whole = reconciled("e1 100 2026-01-01T00:30 -", "t1 100 2026-01-01T00:00 -")
    broken = reconciled("e1 100 2026-01-01T00:00:00.25 -", "t1 100 2026-01-01T00:00 -")
    assert column(report.matches(whole).data, "date difference") == ["30 minutes"]
    assert column(report.matches(broken).data, "date difference") == ["0.25 seconds"]


def test_a_rejected_amount_is_not_said_to_be_settled() -> None:
    rows = [{"id": "e1", "amount": "much", "currency": "EUR", "date": "2026-01-01"}]
    booked = wb.read_internal([{"transaction_id": "t1", "amount": 7, "currency": "EUR", "created_at": "2026-01-01"}])
    result = wb.reconcile(wb.read_external(rows, on_bad="reject"), booked)
    concluded = dict(cells(report.conclusion(result).data))
    assert concluded["external records"] == "0 of 1 matched, 0 unmatched, 1 rejected"
    assert concluded["external money open"] == "nothing"
    assert concluded["internal money open"] == "7 EUR (debits 0, credits 7)"
