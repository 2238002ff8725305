"""Tolerances: money, bounds, what is expected, and business days."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.near_misses.of_record import near_misses_of
from workbench.reconciliation.what_if import what_if

DAY = 86400


def paid(*rows: tuple[str, str]) -> wb.Records:
    return wb.read_external(
        [{"id": f"b{n}", "amount": amount, "currency": "EUR", "date": day} for n, (amount, day) in enumerate(rows, 1)]
    )


def booked(*rows: tuple[str, str]) -> wb.Records:
    return wb.read_internal(
        [
            {"transaction_id": f"t{n}", "amount": amount, "currency": "EUR", "created_at": day}
            for n, (amount, day) in enumerate(rows, 1)
        ]
    )


def reconciled(external: wb.Records, internal: wb.Records, *criteria: wb.Criterion) -> wb.Result:
    return wb.reconcile(external, internal, rules=[wb.Rule("rule", criteria)])


def pairs(result: wb.Result) -> list[list[str]]:
    return result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("more", "amount", "met"),
    [
        ({"allowable_amount": "0.50"}, "100.50", True),
        ({"allowable_amount": "0.50"}, "100.51", False),
        ({"allowable_amount": "0.50"}, "99.50", True),
        ({"allowable_amount": 5, "allowable_drift": "0.01"}, "101", True),
        ({"allowable_amount": 5, "allowable_drift": "0.01"}, "101.01", False),
        ({"allowable_amount": "0.5", "allowable_drift": "0.01"}, "101", False),
        ({"allowable_amount": (-3, 0)}, "97", True),
        ({"allowable_amount": (-3, 0)}, "100.01", False),
        ({"allowable_drift": (-0.03, 0)}, "97", True),
        ({"allowable_drift": (-0.03, 0)}, "96.99", False),
        ({"expected": "-0.029"}, "97.10", True),
        ({"expected": "-0.029"}, "97.11", False),
        ({"expected": "-0.30", "allowable_amount": 0}, "99.70", True),
        ({"expected": "-0.30", "allowable_amount": "0.1"}, "99.81", False),
    ],
)
def test_amounts_differ_by_money_shares_and_what_is_expected(more: dict[str, Any], amount: str, met: bool) -> None:
    result = reconciled(paid((amount, "2026-01-05")), booked(("100", "2026-01-05")), wb.Criterion("amount", **more))
    assert len(result.matches) == met
    assert len(result.near_misses) == (not met)


def test_a_day_early_and_three_late_is_a_pair() -> None:
    external = paid(("1", "2026-01-04"), ("2", "2026-01-08"), ("3", "2026-01-03"), ("4", "2026-01-09"))
    internal = booked(*((str(n), "2026-01-05") for n in (1, 2, 3, 4)))
    result = reconciled(external, internal, wb.Criterion("amount"), wb.Criterion("date", "equals", (-DAY, 3 * DAY)))
    assert pairs(result) == [["b1", "t1"], ["b2", "t2"]]
    said = result.near_misses["explanation"].tolist()
    assert "date is 4 days later, from 1 day earlier to 3 days later allowed" in said
    # What would let the others pass moves the bound that they pass, and only that.
    late, early = near_misses_of(result, "external", "b4")[0], near_misses_of(result, "external", "b3")[0]
    assert late.widened(result.settings.rules)[0].criteria[1].pair == (-DAY, 4 * DAY)
    assert early.widened(result.settings.rules)[0].criteria[1].pair == (-2 * DAY, 3 * DAY)
    assert what_if(result, external, internal, late.widened(result.settings.rules)).gained.records == 1


def test_the_nearest_to_what_is_expected_wins() -> None:
    external, internal = paid(("100", "2026-01-07")), booked(("100", "2026-01-07"), ("100", "2026-01-05"))
    same_day = wb.Criterion("date", "equals", 3 * DAY)
    two_late = wb.Criterion("date", "equals", (0, 3 * DAY), expected=2 * DAY)
    assert pairs(reconciled(external, internal, wb.Criterion("amount"), same_day)) == [["b1", "t1"]]
    assert pairs(reconciled(external, internal, wb.Criterion("amount"), two_late)) == [["b1", "t2"]]
    # The fee is 3 %: the charge of 100 is nearer than that of 97, which it equals.
    external, internal = paid(("97", "2026-01-07")), booked(("97", "2026-01-07"), ("100", "2026-01-07"))
    fee = wb.Criterion("amount", "equals", (-0.1, 0.1), expected=-0.03)
    result = reconciled(external, internal, fee)
    assert pairs(result) == [["b1", "t2"]]
    assert result.matches["amount_difference"].tolist() == [Decimal(-3)]


@pytest.mark.parametrize(
    ("booked_on", "paid_on", "days", "met"),
    [
        ("2026-01-02T22:00Z", "2026-01-05", 1, True),  # Friday to Monday
        ("2026-01-02", "2026-01-06T23:59Z", 1, False),
        ("2026-01-03", "2026-01-05", 1, True),  # Saturday to Monday
        ("2026-01-03", "2026-01-04", 0, True),
        ("2026-01-05", "2026-01-02", 1, True),
        ("2026-01-05", "2026-01-02", (0, 3), False),
        ("2026-01-02", "2026-01-07", (0, 3), True),
        ("2025-12-31", "2026-01-02", 1, False),
    ],
)
def test_weekends_are_no_business_days(booked_on: str, paid_on: str, days: Any, met: bool) -> None:
    criterion = wb.Criterion("date", business_days=days)
    assert len(reconciled(paid(("1", paid_on)), booked(("1", booked_on)), criterion).matches) == met
    # The same where other criteria leave more than one number free.
    both = reconciled(
        paid(("1", paid_on)), booked(("1.1", booked_on)), wb.Criterion("amount", "equals", 0.5), criterion
    )
    assert len(both.matches) == met


def test_holidays_are_none_either() -> None:
    external, internal = paid(("1", "2026-01-02")), booked(("1", "2025-12-31"))
    listed = wb.Criterion("date", business_days=1, calendar=["2026-01-01"])
    assert len(reconciled(external, internal, listed).matches) == 1
    result = reconciled(external, internal, wb.Criterion("date", business_days=(0, 1)))
    assert result.near_misses["explanation"].tolist() == ["date is 2 business days later, 0 to 1 allowed"]
    assert result.near_misses["smallest_drift"].isna().all()


def test_a_rule_that_is_too_broad_is_told_what_would_be_narrower() -> None:
    external, internal = paid(*[("1", "2026-01-05")] * 3), booked(*[("1", "2026-01-05")] * 3)
    rules = [wb.Rule("money", [wb.Criterion("amount", allowable_amount=1), wb.Criterion("date", business_days=1)])]
    with pytest.raises(wb.RuleTooBroad, match="such as an equal amount or a date within a few days or an equal"):
        wb.reconcile(external, internal, rules=rules, max_candidates=2)


class Holidays(dict[date, str]):
    weekend = frozenset({4, 5})


def test_calendars_of_countries_come_from_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(wb.SettingsError, match=r"takes the package holidays: install it with pip install 'ledger-work"):
        wb.Criterion("date", business_days=1, calendar="AA")
    asked = []

    def of_country(country: str, *, subdiv: str | None, years: range) -> Holidays:
        asked.append((country, subdiv))
        if country != "AA":
            raise NotImplementedError
        return Holidays({date(year, 1, 4): "a Sunday" for year in years})

    def of_market(market: str, *, years: range) -> Holidays:
        return of_country(market, subdiv="market", years=years)

    package = ModuleType("holidays")
    package.__dict__.update(country_holidays=of_country, financial_holidays=of_market)
    monkeypatch.setitem(sys.modules, "holidays", package)
    with pytest.raises(wb.SettingsError, match="calendar 'XX' is none that the package holidays knows"):
        wb.Criterion("date", business_days=1, calendar="XX")
    criterion = wb.Criterion("date", business_days=1, calendar="AA-B")
    # Friday and Saturday are the weekend there, and that Sunday is a holiday.
    result = reconciled(paid(("1", "2026-01-05")), booked(("1", "2026-01-01")), criterion)
    assert len(result.matches) == 1
    assert asked[-1] == ("AA", "B")
    assert criterion.describe() == "the dates are at most 1 business day apart by AA-B"
