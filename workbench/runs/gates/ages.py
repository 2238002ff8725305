"""Ages: how old what is open is at a cut-off date, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.reconciliation.tables import money_open
from workbench.runs.gates.expectations import Expectation
from workbench.sides import ID_COLUMN, SIDES

BOUNDS = (2, 7, 30, 90)  # days, in
BUCKETS = ("up to 2 days", "3 to 7 days", "8 to 30 days", "31 to 90 days", "over 90 days")
LATER = "after the cut-off"
AGES = ("age_days", "age")


def cut_off(
    tables: Mapping[str, pa.Table], as_of: datetime | None, expected: Iterable[Expectation] = ()
) -> datetime | None:
    """The instant that ages count to: ``as_of``, else the end of the expected period, else the latest date in the data.

    ``None`` if there is no date at all.
    """
    ends = [expectation.period[1] - timedelta(microseconds=1) for expectation in expected if expectation.period]
    if as_of or ends:
        return as_of or max(ends)
    dates = [tables["matches"]["date"], *(tables[f"unmatched_{side}"]["compared_date"] for side in SIDES)]
    return max((newest for column in dates if (newest := pc.max(column).as_py()) is not None), default=None)


def with_ages(rows: pa.Table, until: datetime | None) -> pa.Table:
    """Open records with two more columns, ``age_days`` (calendar days in UTC) and ``age``, the bucket.

    >>> from datetime import UTC
    >>> rows = pa.table({"compared_date": pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC"))})
    >>> with_ages(rows, datetime(2026, 1, 31, tzinfo=UTC)).select(AGES).to_pylist()
    [{'age_days': 29, 'age': '8 to 30 days'}]
    """
    if until is None:
        days = pa.chunked_array([pa.nulls(len(rows), pa.int64())])
    else:
        days = pc.days_between(rows["compared_date"], pa.scalar(until, pa.timestamp("us", "UTC")))
    words = [None if count is None else bucket(count) for count in days.to_pylist()]
    return rows.append_column(AGES[0], days.cast(pa.int64())).append_column(AGES[1], pa.array(words, pa.string()))


def bucket(days: int) -> str:
    """The bucket of an age.

    >>> bucket(2), bucket(3), bucket(91), bucket(-1)
    ('up to 2 days', '3 to 7 days', 'over 90 days', 'after the cut-off')
    """
    if days < 0:
        return LATER
    return next((name for bound, name in zip(BOUNDS, BUCKETS, strict=False) if days <= bound), BUCKETS[-1])


def open_items(tables: Mapping[str, pa.Table], until: datetime | None) -> pa.Table:
    """Every open record of both sides with its age, oldest first."""
    parts = []
    for side in SIDES:
        aged = with_ages(tables[f"unmatched_{side}"], until)
        columns: dict[str, Any] = {
            "side": pa.array([side] * len(aged), pa.string()),
            "id": aged[ID_COLUMN[side]],
            "currency": aged["currency"],
            "counted_amount": aged[money_open(aged)],
            "compared_date": aged["compared_date"],
            **{name: aged[name] for name in AGES},
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts, promote_options="permissive").sort_by(
        [("compared_date", "ascending"), ("side", "ascending"), ("id", "ascending")]
    )
