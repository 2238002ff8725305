"""One number with uncommonly many digits makes itself bad, and no other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb

ROW = {"currency": "EUR", "date": "2026-01-01"}


def read(amounts: list[str]) -> wb.Records:
    rows = [{"id": str(n), "amount": amount} | ROW for n, amount in enumerate(amounts)]
    return wb.read_external(rows, on_bad="reject")


@pytest.mark.parametrize(
    ("amounts", "good", "bad"),
    [
        (["12.50", "1E-38"], ["12.50"], ["1E-38"]),
        (["12.50", "1E+37"], ["12.50"], ["1E+37"]),
        (["1E-38", "1E-38", "7.5"], ["1E-38", "1E-38"], ["7.5"]),
        (["12.50", "5." + "0" * 37], ["12.50", "5.00"], []),
        (["12.50", "3.70", "1" * 30 + ".123456789"], ["12.50", "3.70"], ["1" * 30 + ".123456789"]),
    ],
)
def test_what_is_uncommon_is_bad(amounts: list[str], good: list[str], bad: list[str]) -> None:
    records = read(amounts)
    assert records.to_pandas()["amount"].tolist() == [Decimal(amount) for amount in good]
    assert records.rejected["value"].tolist() == bad
    assert all("more than 38 digits" in reason for reason in records.rejected["reason"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**20), st.integers(-38, 17)), min_size=1, max_size=8))
def test_no_number_is_ever_rounded(parts: list[tuple[int, int]]) -> None:
    amounts = [f"{Decimal(digits).scaleb(power):f}" for digits, power in parts]
    records = read(amounts)
    rejected = {int(row) - 1 for row in records.rejected["row"]}
    kept = [Decimal(amount) for place, amount in enumerate(amounts) if place not in rejected]
    assert records.to_pandas()["amount"].tolist() == kept
    assert kept
