"""Dates: ISO 8601 or a layout, always instants in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import SettingsError
from workbench.records import Records
from workbench.sources import read_external, read_internal


def rows(*dates: Any) -> list[dict[str, Any]]:
    return [{"id": str(at), "amount": 1, "currency": "EUR", "date": each} for at, each in enumerate(dates)]


def dates(records: Records) -> list[datetime]:
    return records.table.to_pyarrow()["date"].to_pylist()


NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-31T12:00:00Z",
        "2025-01-31T12:00",
        "2025-01-31 12:00:00",
        " 2025-01-31 12:00:00.000 ",
        "2025-01-31T14:00:00+02:00",
        "2025-01-31T14:00:00.0+0200",
        "2025-01-31 14:00:00+02",
        "2025-01-31T06:30-05:30",
        "2025-02-01T00:00:00+12:00",
    ],
)
def test_iso_8601(text: str) -> None:
    assert dates(read_external(rows(text))) == [NOON]


def test_a_bare_date_is_its_midnight_in_utc() -> None:
    assert dates(read_external(rows("2025-01-31"))) == [datetime(2025, 1, 31, tzinfo=UTC)]


@pytest.mark.parametrize("digits", ["123456", "123456789", "1234569999999"])
def test_what_is_below_a_microsecond_is_cut_off(digits: str) -> None:
    assert dates(read_external(rows(f"2025-01-31T12:00:00.{digits}Z"))) == [NOON.replace(microsecond=123456)]


@pytest.mark.parametrize("text", ["0000-12-31", "0001-01-01T00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_date_outside_the_years_1_to_9999_is_a_bad_row(text: str) -> None:
    rejected = read_external(rows(text), on_bad="reject").rejected
    assert rejected.values.tolist() == [[1, "date", text, "lies outside the years 1 to 9999 (in UTC)"]]


def test_a_typed_instant_outside_the_years_1_to_9999_is_a_bad_row() -> None:
    table = pa.table({"id": ["a", "b"], "amount": ["1", "1"], "currency": ["EUR"] * 2})
    table = table.append_column("date", pa.array([10**12, 0], pa.timestamp("s", "UTC")))
    records = read_external(table, on_bad="reject")
    assert records.rejected["row"].tolist() == [1]
    assert "lies outside the years 1 to 9999" in records.rejected["reason"][0]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2025-02-30",
        "2025-13-01",
        "2025-1-2",
        "31.12.2025",
        "12/31/2025",
        "20250131",
        "epoch",
        "infinity",
        "1738281600",
        "2025-01-31T25:00",
        "2025-01-31T12:00:00+25:00",
        "2025-01-31T12",
        "2025-01-31 12:00:00 Europe/Berlin",
    ],
)
def test_what_is_no_iso_8601_date(text: str) -> None:
    rejected = read_external(rows(text), on_bad="reject").rejected
    assert rejected.values.tolist() == [[1, "date", text, "is not an ISO 8601 date"]]


@pytest.mark.parametrize(
    ("layout", "text", "value"),
    [
        ("%d.%m.%Y", "31.01.2025", datetime(2025, 1, 31, tzinfo=UTC)),
        ("%m/%d/%Y %H:%M", "01/31/2025 12:00", NOON),
        ("%d.%m.%Y %H:%M %z", "31.01.2025 14:00 +0200", NOON),
        ("%d %b %Y", "31 Jan 2025", datetime(2025, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_layout(layout: str, text: str, value: datetime) -> None:
    assert dates(read_external(rows(text), date_format=layout)) == [value]


def test_with_a_layout_only_that_counts() -> None:
    rejected = read_external(rows("31.01.2025", "2025-01-31"), date_format="%d.%m.%Y", on_bad="reject").rejected
    assert rejected.values.tolist() == [[2, "date", "2025-01-31", "is not a date like '%d.%m.%Y'"]]


def test_a_layout_is_about_text() -> None:
    assert dates(read_external(rows(NOON, None), date_format="%d.%m.%Y", on_bad="reject")) == [NOON]


def test_a_layout_that_is_none() -> None:
    with pytest.raises(SettingsError, match=r"date_format='%Q' is no strptime layout, such as \"%d.%m.%Y\""):
        read_external(rows("2025-01-31"), date_format="%Q")


NANOSECONDS = 1738324800_123456999


@pytest.mark.parametrize(
    ("kind", "value", "instant"),
    [
        (pa.date32(), date(2025, 1, 31), NOON.replace(hour=0)),
        (pa.date64(), date(2025, 1, 31), NOON.replace(hour=0)),
        (pa.timestamp("s"), NOON.replace(tzinfo=None), NOON),
        (pa.timestamp("ms", "Asia/Tokyo"), NOON, NOON),
        (pa.timestamp("us"), NOON.replace(tzinfo=None, microsecond=1), NOON.replace(microsecond=1)),
        (pa.timestamp("ns"), NANOSECONDS, NOON.replace(microsecond=123456)),
        (pa.timestamp("ns", "America/New_York"), NANOSECONDS, NOON.replace(microsecond=123456)),
    ],
)
def test_typed_dates_are_taken_as_they_are(tmp_path: Any, kind: pa.DataType, value: Any, instant: datetime) -> None:
    column = pa.array([value, None], kind)
    table = pa.Table.from_pylist(rows("", "")).set_column(3, "date", column).append_column("booked", column)
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (table, tmp_path / "a.parquet"):
        records = read_external(source, on_bad="reject")
        assert dates(records) == [instant]
        assert records.rejected[["row", "column", "reason"]].values.tolist() == [[2, "date", "is empty"]]
        assert records.to_pandas()["booked"].notna().all()


def test_python_dates_with_and_without_zone() -> None:
    east = timezone(timedelta(hours=2))
    values = [NOON.replace(tzinfo=None), NOON, NOON.astimezone(east), pd.Timestamp(NOON), "2025-01-31T12:00"]
    assert dates(read_external(rows(*values))) == [NOON] * 5
    assert dates(read_external(rows(*values[:3]))) == [NOON] * 3
    assert dates(read_external(rows(*values[2::-1]))) == [NOON] * 3


def test_an_optional_date_may_be_empty_but_not_wrong() -> None:
    entry = {"transaction_id": "1", "amount": 1, "currency": "EUR", "created_at": "2025-01-31"}
    records = read_internal(
        [entry | {"effective_date": ""}, entry | {"transaction_id": "2", "effective_date": "soon"}], on_bad="reject"
    )
    assert records.table.to_pyarrow()["effective_date"].to_pylist() == [None]
    assert records.rejected.values.tolist() == [[2, "effective_date", "soon", "is not an ISO 8601 date"]]


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=20)
@given(st.lists(st.datetimes(min_value=datetime(1, 1, 2), timezones=offsets), min_size=1, max_size=20))  # noqa: DTZ001
def test_any_instant_survives_as_text(instants: list[datetime]) -> None:
    assert dates(read_external(rows(*[each.isoformat() for each in instants]))) == instants
    assert dates(read_external(rows(*[each.isoformat(" ", "microseconds") for each in instants]))) == instants
