"""Tables of programs: whatever their cells hold, rows are good or bad, and nothing breaks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from workbench.errors import SourceError

BASE = {"id": ["e1", "e2", "e3"], "amount": ["1", "2", "3"], "currency": ["EUR"] * 3, "date": ["2026-01-02"] * 3}
OUTSIDE = "lies outside the years 1 to 9999 (in UTC)"
NO_NUMBER = "is not a number"


def reasons(records: wb.Records) -> dict[int, str]:
    return dict(records.rejected[["row", "reason"]].values.tolist())


@pytest.mark.parametrize(
    "dates",
    [
        *(pa.array([2**62, 0, -(2**62)], pa.timestamp(unit)) for unit in ("s", "ms", "us")),
        pa.array([2**62, 0, -(2**62)], pa.timestamp("s", "Asia/Tokyo")),
        pa.array([2**31 - 1, 0, -(2**31)], pa.int32()).cast(pa.date32()),
        pa.array([2**62, 0, -(2**62)], pa.int64()).cast(pa.date64(), safe=False),
    ],
    ids=lambda dates: str(dates.type),
)
def test_dates_that_no_calendar_has_are_bad_rows(dates: pa.Array) -> None:
    records = wb.read_external(pa.table(BASE | {"date": dates}), on_bad="reject")
    assert reasons(records) == {1: OUTSIDE, 3: OUTSIDE}
    assert records.to_pandas()["date"].tolist() == [pd.Timestamp("1970-01-01", tz="UTC")]


def test_no_date_stays_none() -> None:
    dates = pa.array([None, 0, None], pa.timestamp("s"))
    records = wb.read_external(pa.table(BASE | {"date": dates}), on_bad="reject")
    assert reasons(records) == {1: "is empty", 3: "is empty"}


@pytest.mark.parametrize(
    ("amounts", "bad"),
    [
        (np.array([1j, 2, 3]), {1: NO_NUMBER, 2: NO_NUMBER, 3: NO_NUMBER}),
        ([Decimal("NaN"), Decimal("sNaN"), Decimal(3)], {1: NO_NUMBER, 2: NO_NUMBER}),
        ([object, None, float("nan")], {1: NO_NUMBER, 2: "is empty", 3: "is empty"}),
        (pd.arrays.SparseArray([1.0, 0.0, 0.0]), {}),
    ],
    ids=["complex", "not finite", "objects", "sparse"],
)
def test_columns_of_any_kind(amounts: Any, bad: dict[int, str]) -> None:
    frame = pd.DataFrame(BASE).assign(amount=amounts)
    assert reasons(wb.read_external(frame, on_bad="reject")) == bad


@pytest.mark.parametrize(
    "amount", [10**5000, Decimal("1E+999999999"), Decimal("-1E-999999999")], ids=["whole", "large", "small"]
)
def test_numbers_without_end_are_bad_rows(amount: Any) -> None:
    row = {"id": "e1", "amount": "1", "currency": "EUR", "date": "2026-01-02"}
    records = wb.read_external([row, row | {"id": "e2", "amount": amount}], on_bad="reject")
    assert [*reasons(records)] == [2]


def test_a_length_of_time_that_nothing_has() -> None:
    table = pa.table(BASE | {"note": pa.array([2**62, 1, None], pa.duration("s"))})
    assert wb.read_external(table).to_pandas()["note"].tolist()[:2] == [str(2**62), "1"]


def test_values_in_values_without_end() -> None:
    row: dict[str, Any] = {"id": "e1", "amount": "1", "currency": "EUR", "date": "2026-01-02"}
    row["meta"] = row
    with pytest.raises(SourceError, match="<list of dicts> holds values in values, deeper than can be read"):
        wb.read_external([row])


def test_dates_far_outside_are_bad_rows_in_columns_that_nobody_knows_too() -> None:
    """No later step could write them: not to a file, not to a report."""
    table = pa.table(BASE | {"settled": pa.array([2**62, 0, -(2**63) + 2], pa.timestamp("us"))})
    records = wb.read_external(table, on_bad="reject")
    assert reasons(records) == {1: OUTSIDE, 3: OUTSIDE}
    assert records.rejected["column"].tolist() == ["settled", "settled"]


BROKEN = {
    "offsets": pa.Array.from_buffers(
        pa.string(), 3, [None, pa.array([0, 2**30, 5, 5], pa.int32()).buffers()[1], pa.py_buffer(b"abcde")]
    ),
    "utf-8": pa.Array.from_buffers(
        pa.string(), 3, [None, pa.array([0, 1, 3, 3], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xc3(")]
    ),
    "codes": pa.DictionaryArray.from_arrays(pa.array([0, 7, 0], pa.int32()), pa.array(["a"]), safe=False),
}


@pytest.mark.parametrize("column", BROKEN.values(), ids=list(BROKEN))
@pytest.mark.parametrize("date", ["date", "Datum"], ids=["known names", "names to find out"])
def test_a_table_whose_buffers_are_broken_is_refused(column: pa.Array, date: str) -> None:
    """It would take the process along, or be read as other texts."""
    names = {date if name == "date" else name: values for name, values in BASE.items()}
    with pytest.raises(SourceError, match="<Arrow table> has a column 'x' that cannot be read"):
        wb.read_external(pa.table(names | {"x": column}))


@pytest.mark.parametrize(
    "column",
    [
        pa.DictionaryArray.from_arrays(pa.array([0, None, 0]), pa.array([{"a": 1}])),
        pa.UnionArray.from_dense(
            pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array(["a"])]
        ),
    ],
    ids=["codes of structs", "dense union"],
)
def test_types_that_the_engine_lacks_are_read_all_the_same(column: pa.Array) -> None:
    assert len(wb.read_external(pa.table(BASE | {"x": column})).to_pandas()) == len(BASE["id"])
