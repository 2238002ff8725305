"""The table: what it says of its rows, and what it hands to the page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.bench.shared.lengths import as_shown
from workbench.bench.shared.table import TableView
from workbench.durations import about


def a_table(rows: int) -> TableView:
    return TableView(pa.table({"n": pa.array(range(rows), pa.int64())}), "Numbers", page=10)


def test_it_says_how_many_rows_it_shows_of_how_many() -> None:
    view = a_table(25)
    assert view.page["status"] == "Rows 1 to 10 of 25"
    view.first = 20
    assert view.page["status"] == "Rows 21 to 25 of 25"
    view.filters = {"n": ">22"}
    assert view.page["status"] == "Rows 1 to 2 of 2 (25 in all)"


def test_it_says_when_there_is_no_row_and_when_none_matches() -> None:
    assert a_table(0).page["status"] == "No rows"
    view = a_table(3)
    view.search = "seven"
    assert view.page["status"] == "No row matches (3 in all)"


@pytest.mark.parametrize("asked", [">1.000,00", "1579,17", "1,579.17", "=1579.17"])
def test_a_filter_understands_a_number_as_the_table_shows_it_or_with_a_decimal_comma(asked: str) -> None:
    amounts = pa.array([Decimal("1579.17"), Decimal("15.79"), Decimal("1.57")], pa.decimal128(38, 2))
    view = TableView(pa.table({"amount": amounts}), "Amounts")
    view.filters = {"amount": asked}
    assert [row["cells"] for row in view.page["rows"]] == [["1,579.17"]]
    assert not view.problem


def test_a_filter_refuses_what_is_no_number() -> None:
    view = a_table(3)
    view.filters = {"n": ">1,57,9"}
    assert "'1,57,9' is not a number" in view.problem


def test_the_same_table_shown_anew_keeps_search_order_and_page() -> None:
    view = a_table(40)
    view.filters, view.order = {"n": ">2"}, ("n", True)
    view.first = 10
    view.show(view.table.slice(0, 35))
    assert (view.filters, view.order, view.first) == ({"n": ">2"}, ("n", True), 10)
    assert view.page["rows"][0]["cells"] == ["24"]
    view.show(view.table.slice(0, 5))
    assert view.page["status"] == "Rows 1 to 2 of 2 (5 in all)"
    view.show(view.table, "Others")
    assert (view.filters, view.order) == ({}, ("", False))


def test_times_are_said_as_people_do() -> None:
    values = pa.array([Decimal("197520.000000"), Decimal("0.500000"), Decimal("0.000000")], pa.decimal128(38, 6))
    view = TableView(pa.table({"date_difference_seconds": values, "amount": values}), "Differences")
    assert [row["cells"] for row in view.page["rows"]] == [
        ["2 days 7 hours", "197,520.000000"],
        ["0.5 seconds", "0.500000"],
        ["0 seconds", "0.000000"],
    ]


def test_the_page_knows_whether_there_is_another() -> None:
    assert [a_table(rows).page["all"] > a_table(rows).page["size"] for rows in (0, 10, 11)] == [False, False, True]


def test_all_rows_that_match_are_chosen_and_then_none() -> None:
    view = a_table(30)
    view.picked = [0]
    view.filters = {"n": ">26"}
    view.pick_all()
    assert view.chosen("n") == [0, 27, 28, 29]
    view.pick_all()
    assert view.picked == []


def test_of_the_rows_that_are_chosen_the_page_hears_of_those_that_it_shows() -> None:
    view = a_table(100_000)
    view.filters = {"n": ">1"}
    view.order = ("n", True)
    view._heard({"pick": "all"})
    shown = [row["row"] for row in view.page["rows"]]
    assert len(view.picked) == 99_998
    state = view.get_state()
    assert ("picked" in state, state["marked"]) == (False, shown)
    view._heard({"pick": shown[1:3], "chosen": False})
    assert view.marked == [shown[0], *shown[3:]]
    view._heard({"pick": shown[1:2], "chosen": True})
    assert (view.picked[-1], len(view.picked)) == (shown[1], 99_997)
    view._heard({"pick": [3]})
    assert (view.picked, view.marked) == ([3], [])
    view.first = 99_990
    assert view.marked == [3]


def test_a_range_goes_from_row_to_row_as_they_are_shown_whatever_the_page() -> None:
    view = a_table(30)
    view.order = ("n", True)
    view.picked = [2]
    view._heard({"from": 28, "to": 26})
    assert view.picked == [2, 28, 27, 26]
    view.pick_range(26, 27)
    assert view.picked == [2, 28, 26, 27]  # the last one that was asked for is the last
    view.filters = {"n": "<20"}
    view.pick_range(28, 26)
    assert view.picked == [2, 28, 26, 27]  # rows that are not shown are no range


def test_dates_without_a_time_of_day_are_shown_without() -> None:
    days = pa.array([datetime(2026, 1, 2, tzinfo=UTC), None], pa.timestamp("us", "UTC"))
    times = pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC), None], pa.timestamp("us", "UTC"))
    view = TableView(pa.table({"day": days, "time": times}), "Dates")
    assert [row["cells"] for row in view.page["rows"]] == [["2026-01-02", "2026-01-02 03:00"], ["", ""]]


def grouped() -> TableView:
    """Groups a (two rows), b (one) and c (three)."""
    view = TableView(pa.table({"id": pa.array([], pa.string())}), "Grouped", selectable=True, page=2)
    names = ["a", "a", "b", "c", "c", "c"]
    amounts = pa.array([Decimal(amount) for amount in (1, 2, 9, 1, 1, 2)], pa.decimal128(38, 2))
    ids = pa.array(["a0", "a1", "b0", "c0", "c1", "c2"])
    view.show(pa.table({"id": ids, "amount": amounts}), groups=pa.chunked_array([names]), summed=["amount"])
    return view


def shown(view: TableView) -> list[list[str]]:
    return [row["cells"] for row in view.page["rows"]]


def test_groups_stand_in_one_line_that_opens() -> None:
    view = grouped()
    assert shown(view) == [["a0 and 1 more", "3.00"], ["b0", "9.00"]]
    assert view.page["status"] == "Rows 1 to 2 of 3 (3 of 6 records in all)"
    view._heard({"open": 0})
    assert shown(view) == [["a0 and 1 more", "3.00"], ["a0", "1.00"], ["a1", "2.00"], ["b0", "9.00"]]
    assert [row.get("members") for row in view.page["rows"]] == [[0, 1], None, None, None]
    view.open_or_close(1)
    assert len(shown(view)) == 2
    view.order = ("amount", True)
    assert shown(view) == [["b0", "9.00"], ["c0 and 2 more", "4.00"]]


def test_what_is_looked_for_may_stand_in_any_row_of_a_group() -> None:
    view = grouped()
    view.search = "C2"
    assert shown(view) == [["c0 and 2 more", "4.00"]]
    view.search, view.filters = "", {"amount": "=2"}
    assert shown(view) == [["a0 and 1 more", "3.00"], ["c0 and 2 more", "4.00"]]
    view.pick_all()
    assert view.chosen("id") == ["a0", "a1", "c0", "c1", "c2"]


def test_groups_are_chosen_whole_in_a_range_and_rows_within_one() -> None:
    view = grouped()
    view.pick_range(0, 3)
    assert view.chosen("id") == ["a0", "a1", "b0", "c0", "c1", "c2"]
    view.picked = []
    view.pick_range(4, 3)
    assert view.chosen("id") == ["c1", "c0"]
    view.pick("id", ["c2"])
    assert view.first == 2  # the page on which its group stands
    assert view.following("id", "b0") == ["c0", "c1", "c2", "a1", "a0"]


LENGTHS = {
    "> 2 days": ["3 days 2 hours", "2 days 1 hour"],
    "=3 days 2 hours": ["3 days 2 hours"],
    "!=2 days": ["3 days 2 hours", "2 days 1 hour", "-1 hour", "59.5 seconds"],
    ">=2d": ["3 days 2 hours", "2 days", "2 days 1 hour"],
    "<= 36 h": ["-1 hour", "59.5 seconds"],
    "<-30min": ["-1 hour"],
    "3 days": ["3 days 2 hours"],
    "=59.5 seconds": ["59.5 seconds"],
}


@pytest.mark.parametrize("asked", LENGTHS)
def test_a_filter_compares_lengths_of_time_as_the_table_shows_them(asked: str) -> None:
    texts = ["266800.25", "173000", "174700", "-3601", None, "59.5"]
    seconds = pa.array([text and Decimal(text) for text in texts], pa.decimal128(38, 6))
    view = TableView(pa.table({"date_difference_seconds": seconds}), "Differences")
    view.filters = {"date_difference_seconds": asked}
    assert view.problem == ""
    assert [row["cells"][0] for row in view.page["rows"]] == LENGTHS[asked]


def test_lengths_of_time_are_searched_by_their_words_and_a_bare_number_is_refused() -> None:
    seconds = pa.array([Decimal(7200), Decimal(60)], pa.decimal128(38, 6))
    view = TableView(pa.table({"date_difference_seconds": seconds}), "Differences")
    view.search = "2 hours"
    assert view.page["status"] == "Rows 1 to 1 of 1 (2 in all)"
    view.filters = {"date_difference_seconds": "> 100"}
    assert "date difference: '100' is no length of time to compare with" in view.problem


@given(st.lists(st.decimals(-400_000, 400_000, places=6), min_size=1))
def test_lengths_of_time_are_rounded_as_they_are_said(seconds: list[Decimal]) -> None:
    rounded, shown = as_shown(pa.chunked_array([pa.array(seconds, pa.decimal128(38, 6))]))
    assert shown.to_pylist() == [about(length) for length in seconds]
    assert [about(length) for length in rounded.to_pylist()] == shown.to_pylist()
