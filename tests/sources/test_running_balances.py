"""Rows with a balance after each: what they imply adds up and follows, in whatever order the bank lists them."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadRecords
from workbench.sources import read_external
from workbench.sources.running_balances import Row, implied
from workbench.statements import with_gaps

EACH = ["opening_balance", "sum_of_records", "closing_balance", "difference", "gap"]


def statements(folder: Path, *lines: str) -> pd.DataFrame:
    (folder / "a.csv").write_text("\n".join(["id,date,amount,currency,balance,account,status", *lines]))
    return read_external(folder / "a.csv").statements


def money(frame: pd.DataFrame) -> list[list[Decimal | None]]:
    return [[None if pd.isna(value) else value for value in row] for row in frame[EACH].to_numpy().tolist()]


def test_a_missing_row_is_a_gap(tmp_path: Path) -> None:
    found = statements(tmp_path, "b1,2025-12-01,-5.00,EUR,995.00,,", "b2,2025-12-02,-20.00,EUR,955.00,,")
    assert money(found) == [[1000, -5, 995, 0, None], [975, -20, 955, 0, -20]]
    assert found["finding"][1] == (
        "statement row 2 of EUR opens with 975.00, which is -20.00 from where the statement before it closes"
    )


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_balance_may_be_that_before_each_record(tmp_path: Path, newest_first: bool) -> None:
    lines = ["b1,2025-12-01,-10,EUR,100,,", "b2,2025-12-02,50,EUR,90,,", "b3,2025-12-02,-20,EUR,140,,"]
    found = statements(tmp_path, *(lines[::-1] if newest_first else lines))
    assert money(found) == [[100, 20, 120, 0, None]]
    assert found["finding"].isna().all()


def test_the_newest_row_may_stand_first(tmp_path: Path) -> None:
    found = statements(tmp_path, "b2,2025-12-02,-20.00,EUR,975.00,,", "b1,2025-12-01,-5.00,EUR,995.00,,")
    assert money(found) == [[1000, -25, 975, 0, None]]
    assert found["finding"].isna().all()


def test_the_rows_of_a_day_may_stand_the_other_way_round(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        "b2,2025-12-01,2,EUR,13,,",
        "b1,2025-12-01,1,EUR,11,,",
        "b4,2025-12-02,4,EUR,20,,",
        "b3,2025-12-02,3,EUR,16,,",
    )
    assert money(found) == [[10, 10, 20, 0, None]]


def test_each_account_and_currency_by_itself(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        "b1,2025-12-01,1,EUR,1,A,",
        "b2,2025-12-01,5,EUR,5,B,",
        "b3,2025-12-02,1,EUR,2,A,",
        "b4,2025-12-02,1,USD,9,A,",
    )
    assert found[["account", "currency", "records"]].values.tolist() == [
        ["A", "EUR", 2],
        ["B", "EUR", 1],
        ["A", "USD", 1],
    ]
    assert found["finding"].isna().all()


def test_rows_that_are_only_announced_have_no_balance(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        "b1,2025-12-01,1,EUR,1,,",
        "b2,2025-12-01,50,EUR,,,PENDING",
        "b3,2025-12-02,1,EUR,2,,",
        "b4,2025-12-02,7,EUR,,,",
    )
    assert money(found) == [[0, 2, 2, 0, None]]


def test_a_balance_at_the_end_of_each_day_counts_all_rows_of_it(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        "b1,2025-12-01,1,EUR,1,,",
        "b2,2025-12-02,5,EUR,,,",
        "b3,2025-12-02,1,EUR,7,,",
        "b4,2025-12-03,1,EUR,8,,",
    )
    assert money(found) == [[0, 8, 8, 0, None]]


def test_balances_that_follow_in_no_order_are_said_to_be_so(tmp_path: Path) -> None:
    found = statements(tmp_path, *(f"b{n},2025-12-0{n},1,EUR,{n * n},," for n in range(2, 8)))
    assert found["finding"].tolist() == [
        "statement of EUR has balances that do not follow from its amounts in any order: 5 gaps"
    ]


def test_a_balance_that_is_no_number_is_bad_and_none_implies_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadRecords, match="column balance: 'high' is not a number"):
        statements(tmp_path, "b1,2025-12-01,1,EUR,high,,")
    assert statements(tmp_path, "b1,2025-12-01,1,EUR,,,").empty


HEADER = "id,date,amount,currency,fee,wallet,balance"


def gaps(folder: Path, *lines: str, header: str = HEADER) -> list[list[Decimal | None]]:
    (folder / "f.csv").write_text("\n".join([header, *lines]))
    return money(read_external(folder / "f.csv").statements)


def test_a_fee_that_the_balance_has_in_it(tmp_path: Path) -> None:
    costs = ["b1,2025-12-01,500,EUR,0,,500", "b2,2025-12-02,-100,EUR,1.5,,398.5", "b3,2025-12-03,10,EUR,0.5,,408"]
    assert gaps(tmp_path, *costs) == [[0, 408, 408, 0, None]]
    signed = ["b1,2025-12-01,500,EUR,0,,500", "b2,2025-12-02,-100,EUR,-1.5,,398.5", "b3,2025-12-03,10,EUR,-0.5,,408"]
    assert gaps(tmp_path, *signed) == [[0, 408, 408, 0, None]]
    beside = ["b1,2025-12-01,500,EUR,0,,500", "b2,2025-12-02,-100,EUR,1.5,,400", "b3,2025-12-03,10,EUR,0.5,,410"]
    assert gaps(tmp_path, *beside) == [[0, 410, 410, 0, None]]
    missing = ["b1,2025-12-01,500,EUR,0,,500", "b3,2025-12-03,10,EUR,0.5,,408", "b4,2025-12-04,-8,EUR,0.5,,399.5"]
    assert gaps(tmp_path, *missing)[1][-1] == Decimal("-101.5")


def test_accounts_that_only_a_column_tells_apart(tmp_path: Path) -> None:
    rows = [
        "b1,2025-12-01,5,EUR,,current,105",
        "b2,2025-12-01,1,EUR,,savings,901",
        "b3,2025-12-02,-5,EUR,,current,100",
        "b4,2025-12-03,9,EUR,,savings,910",
    ]
    assert gaps(tmp_path, *rows) == [[100, 0, 100, 0, None], [900, 10, 910, 0, None]]
    # What stands apart is no proof: there it may as well be that a row is missing.
    assert gaps(tmp_path, rows[0], rows[2], rows[1], rows[3])[1][-1] == 800


def test_rows_of_a_day_in_no_order(tmp_path: Path) -> None:
    rows = [
        "b2,2025-12-01,2,EUR,,,13",
        "b3,2025-12-01,3,EUR,,,16",
        "b1,2025-12-01,1,EUR,,,11",
        "b4,2025-12-02,4,EUR,,,20",
    ]
    assert gaps(tmp_path, *rows) == [[10, 10, 20, 0, None]]
    assert [row[-1] for row in gaps(tmp_path, *rows[1:])] == [None, 2]


def test_an_announced_row_may_repeat_the_balance_before_it(tmp_path: Path) -> None:
    header = "id,date,amount,currency,status,balance"
    rows = ["b1,2025-12-01,5,EUR,booked,105", "b2,2025-12-02,7,EUR,pending,105", "b3,2025-12-03,1,EUR,booked,106"]
    assert gaps(tmp_path, *rows, header=header) == [[100, 6, 106, 0, None]]


@given(
    st.lists(st.decimals("0.001", 10**9, places=3), min_size=5, max_size=30),
    st.decimals(-(10**9), 10**9, places=3),
    st.booleans(),
    st.data(),
)
def test_one_row_taken_out_is_a_gap_of_its_amount(
    amounts: list[Decimal], opening: Decimal, newest_first: bool, data: st.DataObject
) -> None:
    balances = list(accumulate(amounts, initial=opening))[1:]
    rows = [Row(number, None, *pair) for number, pair in enumerate(zip(amounts, balances, strict=True), 1)]
    [whole] = implied("A", "EUR", rows[::-1] if newest_first else rows)
    assert (whole.opening, whole.closing, whole.difference) == (opening, balances[-1], 0)
    missing = data.draw(st.integers(1, len(rows) - 2))
    left = [row for row in rows if row is not rows[missing]]
    found = with_gaps(implied("A", "EUR", left[::-1] if newest_first else left))
    assert [statement.gap for statement in found] == [None, amounts[missing]]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["2025-08-24,24.82,Rent,4411.73,CHF", "2025-08-25,15.33,Water,4396.40,CHF", "2025-08-27,2.48,Tea,4393.92,CHF"],
         ["-24.82", "-15.33", "-2.48"]),
        # No balance proves the first amount, and so a flag says more than a balance that goes down.
        (["2025-06-19,60.00,DR,Tea,40.00,EUR", "2025-06-12,100.00,DR,Rent,50.00,EUR",
          "2025-06-10,150.00,CR,Pay,20.00,EUR"], ["-40.00", "-50.00", "20.00"]),
    ],
)  # fmt: skip
def test_unsigned_amounts_that_take_an_unnamed_balance_down_are_debits(
    tmp_path: Path, lines: list[str], expected: list[str]
) -> None:
    path = tmp_path / "statement.csv"
    path.write_text("\n".join(lines))
    records = read_external(path, header=None)
    assert records.to_pandas()["amount"].tolist() == [Decimal(amount) for amount in expected]
