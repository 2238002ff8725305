"""The table: what it says of its rows, and what it hands to the page."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from workbench.bench.shared.table import TableView


def a_table(rows: int) -> TableView:
    return TableView(pa.table({"n": pa.array(range(rows), pa.int64())}), "Numbers", page=10)


def test_it_says_how_many_rows_it_shows_of_how_many() -> None:
    view = a_table(25)
    assert view.page["status"] == "Rows 1 to 10 of 25 (25 in all)"
    view.first = 20
    assert view.page["status"] == "Rows 21 to 25 of 25 (25 in all)"
    view.filters = {"n": ">22"}
    assert view.page["status"] == "Rows 1 to 2 of 2 (25 in all)"


def test_it_says_when_there_is_no_row_and_when_none_matches() -> None:
    assert a_table(0).page["status"] == "No rows"
    view = a_table(3)
    view.search = "seven"
    assert view.page["status"] == "No row matches (3 in all)"


def test_times_are_shown_without_the_noughts_that_amounts_keep() -> None:
    values = pa.array([Decimal("197520.000000"), Decimal("0.500000"), Decimal("0.000000")], pa.decimal128(38, 6))
    view = TableView(pa.table({"date_difference_seconds": values, "amount": values}), "Differences")
    assert [row["cells"] for row in view.page["rows"]] == [
        ["197,520", "197,520.000000"],
        ["0.5", "0.500000"],
        ["0", "0.000000"],
    ]


def test_the_page_knows_whether_there_is_another() -> None:
    assert [a_table(rows).page["all"] > a_table(rows).page["size"] for rows in (0, 10, 11)] == [False, False, True]
