"""Numbers: sums and columns of any length, against Python's own whole numbers."""

from __future__ import annotations

from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.balances.numbers import decimals, exact, exact_sum, integers, is_narrow
from workbench.errors import WorkbenchError

LONGEST = 10**38 - 1
ANY = st.one_of(st.integers(-LONGEST, LONGEST), st.integers(-(2**64), 2**64), st.sampled_from([LONGEST, -LONGEST, 0]))


def column(values: list[int | None]) -> pa.ChunkedArray:
    numbers = [None if value is None else Decimal(value) for value in values]
    return pa.chunked_array([pa.array(numbers, pa.decimal128(38, 0))])


@settings(max_examples=60)
@given(st.lists(ANY, min_size=1, max_size=50))
def test_a_wide_sum_is_exact_whatever_its_length(values: list[int]) -> None:
    table = ibis.memtable(pa.table({"units": column(list(values))}))
    parts = table.aggregate(**exact_sum(table.units, wide=True)).to_pyarrow()
    assert exact(parts["low"], parts["high"]).tolist() == [sum(values)]


@given(st.lists(st.one_of(st.none(), ANY)))
def test_columns_come_and_go_unchanged(values: list[int | None]) -> None:
    found = integers(column(values))
    assert found.tolist() == [value or 0 for value in values]
    assert decimals(found, str).to_pylist() == [Decimal(value or 0) for value in values]


def test_a_slice_of_a_column_is_read_from_its_own_place() -> None:
    assert integers(column([1, 2**70, -3, 4]).slice(1, 2)).tolist() == [2**70, -3]


def test_a_number_of_39_digits_is_refused_by_name() -> None:
    with pytest.raises(WorkbenchError, match=r"the 1st comes to -1000.* which has more than 38 digits"):
        decimals(np.array([5, -(10**38)], object), lambda place: f"the {place}st")


@pytest.mark.parametrize(
    ("kind", "narrow"),
    [("int64", True), ("decimal(18, 0)", True), ("decimal(19, 0)", False), ("decimal(38, 0)", False)],
)
def test_what_fits_64_bits_is_narrow(kind: str, narrow: bool) -> None:
    assert is_narrow(ibis.table({"units": kind}, name="t").units) is narrow
