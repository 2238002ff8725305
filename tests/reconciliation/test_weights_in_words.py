"""What counts how much: rows that say what the weights and the evidence of the matches say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import workbench as wb
from workbench.charts.weights import weights as chart_of
from workbench.reconciliation.weights import START, Span
from workbench.reconciliation.weights_in_words import what_counts
from workbench.reports.rules import weights as table_of


@cache
def weighed() -> wb.Result:
    """Three payments of different amounts: two share a reference, one a word, and all come a day later."""
    paid = [
        {"id": f"e{n}", "amount": 10 + n, "currency": "EUR", "date": "2026-01-06", "reference": reference}
        | {"description": "Blue Bakery" if n == 3 else ""}
        for n, reference in ((1, "INV-1001"), (2, "INV-1002"), (3, ""))
    ]
    booked = [
        {"transaction_id": f"t{row['id']}", "amount": row["amount"], "currency": "EUR", "created_at": "2026-01-05"}
        | {name: row[name] for name in ("reference", "description")}
        for row in paid
    ]
    return wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=[wb.Weighed()])


def test_averages_are_those_of_the_evidence_and_weights_those_of_the_rule() -> None:
    result = weighed()
    [own] = what_counts(result)
    assert (own.rule, own.learned_from) == ("By evidence", 0)
    rows = {(row.evidence, row.level): row for row in own.rows}
    evidence = result.evidence
    assert rows["amount", "as the matches have it, -5 % to 5 % off"].weight == round(evidence["amount"].mean())
    shared = evidence[evidence["references"] == "same"]["reference"]
    assert (rows["reference", "the same"].weight, rows["reference", "the same"].matches) == (round(shared.mean()), 2)
    assert rows["reference", "missing on a side"].matches == 1
    words = evidence.set_index("match_id")["words"]
    assert (rows["words", "some in common"].weight, rows["words", "some in common"].matches) == (words.max(), 1)
    [rule] = result.settings.rules
    assert isinstance(rule, wb.Weighed)
    assert rows["date", "1 day later"].weight == next(span.weight for span in rule.weights.date if span.low == 1)
    assert rows["reference", "others"].weight == rule.weights.reference["other"]


def test_the_chart_and_the_table_say_the_same() -> None:
    [own] = what_counts(weighed())
    chart, table = chart_of(weighed()), table_of(weighed()).data
    drawn = {label: text for trace in chart.data for label, text in zip(trace.y, trace.text, strict=True)}
    assert drawn == {f"{row.evidence}: {row.level}": f"{row.weight / 100:+.1f}" for row in own.rows}
    for row in own.rows:
        assert row.odds in table
        assert f"{row.weight / 100:+.2f}" in table
    assert "weights are the usual ones" in table


def test_spans_of_seconds_are_said_as_people_say_them() -> None:
    spans = (Span(-259_200, -216_001, -50), Span(0, 14, 20), Span(60, 89, 100))
    rule = wb.Weighed(replace(START, measure="seconds", date=spans))
    paid = wb.read_external([{"id": "e", "amount": 1, "currency": "EUR", "date": "2026-01-05"}])
    booked = wb.read_internal([{"transaction_id": "t", "amount": 1, "currency": "EUR", "created_at": "2026-01-05"}])
    [counted] = what_counts(wb.reconcile(paid, booked, rules=[rule]))
    assert [row.level for row in counted.rows if row.evidence == "date"][:3] == [
        "2 days 12 hours to 3 days earlier",
        "0 seconds to 15 seconds later",
        "1 minute to 1 minute 30 seconds later",
    ]


@pytest.mark.parametrize("rules", [[wb.Rule("Amount", [wb.Criterion("amount")])], [wb.Weighed()]])
def test_where_no_rule_weighs_or_nothing_matched_there_is_nothing_amiss(rules: list[wb.Rule]) -> None:
    paid = wb.read_external([{"id": "e", "amount": 1, "currency": "EUR", "date": "2026-01-05"}])
    booked = wb.read_internal([{"transaction_id": "t", "amount": 9, "currency": "EUR", "created_at": "2026-01-05"}])
    result = wb.reconcile(paid, booked, rules=rules)
    assert bool(what_counts(result)) == isinstance(rules[0], wb.Weighed)
    assert chart_of(result).layout.title.text
    assert table_of(result).data
