"""Charts say what the result says, whatever its size and its texts."""

from __future__ import annotations

from functools import cache

import pytest

import workbench as wb
from workbench.charts import reconciliation as charts
from workbench.charts.style import plain

ALL = [
    charts.outcome_by_count,
    charts.outcome_by_amount,
    charts.by_rule,
    charts.open_by_age,
    charts.open_by_amount,
    charts.amount_differences,
    charts.date_differences,
]
EVIL = "<b>x</b>"


@cache
def result_of(rows: int = 3) -> wb.Result:
    """Record ``k`` of ``rows`` costs 5 and is ``k`` days late in the ledger; one more on each side is open."""
    days = [f"2026-01-{day:02}" for day in range(1, rows + 1)]
    sold = {"amount": "5.00", "currency": "ACU", "reference": EVIL}
    paid = [{"id": f"e{k}", **sold, "date": day} for k, day in enumerate(days)]
    booked = [
        {"transaction_id": f"i{k}", "amount": f"5.{k:02}", "currency": "ACU", "created_at": day}
        for k, day in enumerate(reversed(days))
    ]
    paid.append({"id": "old", "amount": "12345678901234567890.12", "currency": "EUR", "date": "2025-06-01"})
    booked.append({"transaction_id": "new", "amount": "700", "currency": "EUR", "created_at": "2026-01-10"})
    rules = [wb.Rule(f"Near {EVIL}", [wb.Criterion("amount", "equals", "0.1")])]
    return wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=rules)


@cache
def nothing_matched() -> wb.Result:
    return wb.reconcile(
        wb.read_external([{"id": "e", "amount": "1", "currency": "EUR", "date": "2026-01-01"}]),
        wb.read_internal([{"transaction_id": "i", "amount": "9", "currency": "ACU", "created_at": "2026-01-01"}]),
    )


def texts(name: str, chart: object) -> list[str]:
    return next(list(trace.text) for trace in chart.data if trace.name == name)  # type: ignore[attr-defined]


def test_bars_carry_the_exact_figures() -> None:
    result = result_of()
    assert texts("matched", charts.outcome_by_count(result)) == ["3", "3", "", ""]
    assert texts("matched", charts.outcome_by_amount(result)) == ["15.00", "15.03", "", ""]
    assert texts("unmatched", charts.outcome_by_amount(result))[2] == "12,345,678,901,234,567,890.12"
    assert texts("matches", charts.by_rule(result)) == ["3"]


def test_differences_and_ages_fall_into_their_bars() -> None:
    result = result_of()
    gaps = dict(zip(charts.GAPS[1], texts("matches", charts.amount_differences(result)), strict=True))
    assert gaps == {"equal": "1", "up to 0.10": "2", "up to 1": "0", "up to 10": "0", "up to 100": "0", "over 100": "0"}
    lags = dict(zip(charts.LAGS[1], texts("matches", charts.date_differences(result)), strict=True))
    assert sum(map(int, lags.values())) == 3
    ages = dict(zip(charts.AGES[1], texts("external", charts.open_by_age(result)), strict=True))
    assert ages["over 90 days"] == "1"  # counted back from 2026-01-10, the latest date there is
    sizes = dict(zip(charts.SIZES[1], texts("external", charts.open_by_amount(result)), strict=True))
    assert sizes["over 10,000"] == "1"


def test_a_group_counts_once() -> None:
    one = wb.read_external([{"id": "e", "amount": "3", "currency": "EUR", "date": "2026-01-01"}])
    rows = [
        {"transaction_id": f"i{k}", "amount": str(k), "currency": "EUR", "created_at": "2026-01-01"} for k in (1, 2)
    ]
    many = wb.read_internal([row | {"parent_transaction": "p"} for row in rows])
    result = wb.reconcile(one, many, strategy="one_to_many", grouping_criteria="parent_transaction")
    assert len(result.matches) == 2
    assert texts("matches", charts.amount_differences(result))[0] == "1"


def test_text_from_the_data_is_shown_as_text() -> None:
    chart = charts.by_rule(result_of())
    assert plain(EVIL) == "&lt;b&gt;x&lt;/b&gt;"
    assert EVIL not in chart.to_json().replace("\\u003c", "<").replace("\\u003e", ">")


@pytest.mark.parametrize("chart", ALL)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_for_every_result(chart: object, theme: str) -> None:
    for result in (result_of(), nothing_matched()):
        figure = chart(result, theme)  # type: ignore[operator]
        assert figure.layout.title.text.endswith("?")
        assert sum(len(trace.text) for trace in figure.data) <= 100
    with pytest.raises(wb.SettingsError, match="choose one of light, dark"):
        chart(result_of(), "sepia")  # type: ignore[operator]


def test_the_exact_figure_of_what_is_open_stands_behind_its_bar() -> None:
    chart = charts.outcome_by_amount(result_of())
    [behind] = [trace for trace in chart.data if trace.type == "scatter"]
    longest = "unmatched 12,345,678,901,234,567,890.12"
    assert longest in [text.strip() for text in behind.text]
    assert chart.layout.xaxis.range == (0, 100)
    assert chart.layout.margin.r > 7 * len(longest)
    assert [trace.textposition for trace in chart.data if trace.name == "unmatched"] == ["none"]


def test_of_many_currencies_the_largest_are_drawn_with_both_sides_and_what_became_of_nothing_is_not() -> None:
    counts = {"EUR": 9, "USD": 8, "JPY": 7, "KWD": 6, "CHF": 5, "GBP": 4, "SEK": 3}
    paid = [
        {"id": f"{currency}{n}", "amount": "1", "currency": currency, "date": "2026-01-01"}
        for currency, count in counts.items()
        for n in range(count)
    ]
    booked = [{"transaction_id": "i", "amount": "9", "currency": "GBP", "created_at": "2026-01-01"}]
    chart = charts.outcome_by_count(wb.reconcile(wb.read_external(paid), wb.read_internal(booked)))
    drawn = {trace.name: list(trace.y) for trace in chart.data if trace.type == "bar"}
    assert sorted(drawn) == ["matched", "unmatched"]
    labels = ["CHF external", "EUR external", "GBP external", "GBP internal", "JPY external", "KWD external"]
    assert drawn["unmatched"] == [*labels, "USD external"]
    assert chart.layout.title.text == "How many records were matched? The 6 largest of 7 currencies"


def test_money_in_and_money_out_are_never_netted() -> None:
    paid = [
        {"id": name, "amount": amount, "currency": "EUR", "date": "2026-01-01"}
        for name, amount in (("in", "5000.00"), ("out", "-5000.00"))
    ]
    booked = [{"transaction_id": "i", "amount": "1", "currency": "EUR", "created_at": "2026-01-01"}]
    chart = charts.outcome_by_amount(wb.reconcile(wb.read_external(paid), wb.read_internal(booked)))
    assert texts("unmatched", chart) == ["10,000.00", "1.00"]
    shares = next(list(trace.x) for trace in chart.data if trace.name == "unmatched")
    assert shares == [100.0, 100.0]


def test_the_flow_has_the_figures_of_the_result() -> None:
    result = result_of()
    [drawn] = charts.flow(result).data
    names = [label.replace("&lt;", "<").replace("&gt;", ">") for label in drawn.node.label]
    flows = {
        (names[source], names[target]): value
        for source, target, value in zip(drawn.link.source, drawn.link.target, drawn.link.value, strict=True)
    }
    assert flows == {
        ("external records", f"1. Near {EVIL}"): 3,
        ("internal records", f"1. Near {EVIL}"): 3,
        ("external records", "unmatched"): 1,
        ("internal records", "unmatched"): 1,
    }


def test_the_age_of_a_transaction_goes_by_the_date_that_is_compared() -> None:
    paid = [{"id": "e", "amount": "1", "currency": "ACU", "date": "2026-01-10"}]
    booked = {"transaction_id": "i", "amount": "1", "currency": "EUR"}
    booked |= {"created_at": "2026-01-10", "effective_date": "2025-06-01"}
    result = wb.reconcile(wb.read_external(paid), wb.read_internal([booked]), internal_date="effective_date")
    ages = dict(zip(charts.AGES[1], texts("internal", charts.open_by_age(result)), strict=True))
    assert ages["over 90 days"] == "1"
