"""Grouping: by any column, and by days as people count them."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb

EXACT = [wb.Rule("amount", [wb.Criterion("amount")])]


def booked(*rows: dict[str, Any]) -> wb.Records:
    common = {"currency": "EUR", "created_at": "2026-01-01"}
    return wb.read_internal([common | {"transaction_id": f"t{n}"} | row for n, row in enumerate(rows, 1)])


def paid(*amounts: str) -> wb.Records:
    rows = [{"id": f"b{n}", "amount": amount, "currency": "EUR"} for n, amount in enumerate(amounts, 1)]
    return wb.read_external([row | {"date": "2026-01-01"} for row in rows])


def groups(external: wb.Records, internal: wb.Records, *criteria: str, **more: Any) -> dict[str, list[str]]:
    result = wb.reconcile(external, internal, strategy="one_to_many", grouping_criteria=criteria, rules=EXACT, **more)
    found: dict[str, list[str]] = {}
    for e, i in result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist():
        found.setdefault(e, []).append(i)
    return found


@pytest.mark.parametrize(
    ("name", "one", "other", "none"),
    [
        ("payout_id", {"payout_id": "po_1"}, {"payout_id": "po_2"}, {"payout_id": ""}),
        ("Payout ID", {"Payout ID": 1}, {"Payout ID": 2}, {"Payout ID": None}),
        ("meta_data.order", {"meta_data": {"order": "A"}}, {"meta_data": {"order": "B"}}, {"meta_data": {}}),
        ("meta_data.a.b", {"meta_data": {"a": {"b": 1}}}, {"meta_data": {"a": {"b": 2}}}, {"meta_data": {"a": 1}}),
    ],
)
def test_any_column_groups(name: str, one: dict[str, Any], other: dict[str, Any], none: dict[str, Any]) -> None:
    amounts = [("10", one), ("20", other), ("-1", one), ("-2", other), ("4", none), ("5", none)]
    internal = booked(*({"amount": amount} | key for amount, key in amounts))
    # What has no key stands alone.
    expected = {"b1": ["t1", "t3"], "b2": ["t2", "t4"], "b3": ["t5"]}
    assert groups(paid("9", "18", "4", "9.5"), internal, name) == expected


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    says = "unknown grouping criterion of one_to_many 'order': choose one of transaction_id, .* or another column of"
    with pytest.raises(wb.SettingsError, match=says):
        groups(paid("1"), booked({"amount": 1, "payout": "x"}), "order")
    with pytest.raises(wb.SettingsError, match="unknown grouping criterion of one_to_many 'precision'"):
        groups(paid("1"), booked({"amount": 1}), "precision")


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({}, ["t2", "t3"]),  # 1 February
        ({"day_starts": "18:00"}, ["t1", "t2"]),
        ({"grouping_timezone": "America/New_York"}, ["t1", "t2"]),
        ({"grouping_timezone": "America/New_York", "day_starts": "17:00"}, ["t1", "t2", "t3"]),
    ],
)
def test_days_start_when_and_where_people_say(more: dict[str, str], group: list[str]) -> None:
    instants = ["2026-01-31T23:00Z", "2026-02-01T04:00Z", "2026-02-01T19:00Z"]
    internal = booked(*({"amount": 2**n, "created_at": instant} for n, instant in enumerate(instants)))
    total = str(sum(2 ** (int(name[1:]) - 1) for name in group))
    assert groups(paid(total), internal, "created_at", **more) == {"b1": group}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"grouping_timezone": "Europe/Atlantis"}, "grouping_timezone takes the name of a time zone"),
        ({"day_starts": "25:00"}, "day_starts takes a time of day such as 18:00, not '25:00'"),
    ],
)
def test_days_that_cannot_be_are_refused(more: dict[str, str], says: str) -> None:
    with pytest.raises(wb.SettingsError, match=says):
        groups(paid("1"), booked({"amount": 1}), "created_at", **more)
