"""Durations: exact where they are said exactly, and never too short where they are rounded up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.durations import UNITS, about, duration, durations, rounded_up


@pytest.mark.parametrize(
    ("seconds", "exact", "short"),
    [
        ("0", "0 seconds", "0 seconds"),
        ("1", "1 second", "1 second"),
        ("-60", "-1 minute", "-1 minute"),
        ("453420", "5 days 5 hours 57 minutes", "5 days 6 hours"),
        ("86399.6", "23 hours 59 minutes 59.6 seconds", "1 day"),
        ("329400", "3 days 19 hours 30 minutes", "3 days 20 hours"),
        ("0.000001", "0.000001 seconds", "0.000001 seconds"),
        ("86400000000", "1,000,000 days", "1,000,000 days"),
    ],
)
def test_lengths_of_time(seconds: str, exact: str, short: str) -> None:
    assert (duration(Decimal(seconds)), about(Decimal(seconds))) == (exact, short)


@given(st.decimals(0, 10**30, places=6))
def test_what_is_said_exactly_is_exact_and_what_is_rounded_up_is_no_shorter(seconds: Decimal) -> None:
    words = duration(seconds).replace(",", "").split()
    parts = zip(words[::2], words[1::2], strict=True)
    told = sum(int(Decimal(count) * 10**6) * UNITS[unit.removesuffix("s")] for count, unit in parts)
    assert told == int(Fraction(seconds) * 10**6)
    assert seconds <= rounded_up(seconds)
    assert len(duration(rounded_up(seconds)).split()) <= 4


@given(st.lists(st.integers(0, 10**15)))
def test_many_lengths_are_said_as_each_of_them(micros: list[int]) -> None:
    expected = [duration(Decimal(own).scaleb(-6)) for own in micros]
    assert durations(np.array(micros, np.int64)).to_pylist() == expected
