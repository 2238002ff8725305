"""Quotes and rows that are written otherwise than in CSV: read where they can mean one thing, refused where not."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from workbench.errors import SourceError

HEADER = "Date,Description,Amount,Currency,Reference,Note\n"


def read(folder: Path, text: str) -> wb.Records:
    (folder / "a.csv").write_text(text)
    return wb.read_external(folder / "a.csv", on_bad="reject")


@pytest.mark.parametrize(
    "rows",
    [
        '2026-01-13,"Tea, green" ,"-1,250.00"\t,EUR,r1,\n2026-01-14,Milk,"-2.50"\t\t,EUR,r2,\n',
        '2026-01-13, "Tea, green", "-1,250.00", EUR, "r1", ""\n2026-01-14, "Milk", "-2.50", EUR, "r2", ""\n',
        '2026-01-13,"Tea, green","-1,250.00",EUR,r1,""\n2026-01-14,"Milk","-2.50",EUR,r2,"" ',
    ],
    ids=["behind quotes", "before quotes", "at the end of a file"],
)
def test_blanks_between_quotes_and_delimiters_say_nothing(tmp_path: Path, rows: str) -> None:
    records = read(tmp_path, HEADER + rows)
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-1250.00", "-2.50"]
    assert records.to_pandas()["description"].tolist() == ["Tea, green", "Milk"]
    assert records.to_pandas()["reference"].tolist() == ["r1", "r2"]
    assert "blanks between quotes and delimiters are left out" in records.origin.evidence


def test_a_backslash_before_a_quote_makes_it_part_of_the_text(tmp_path: Path) -> None:
    rows = '2026-01-13,"Say \\"hi\\", twice","-1.00",EUR,"C:\\\\x",""\n2026-01-14,"Milk","-2.50",EUR,r2,""\n'
    records = read(tmp_path, HEADER + rows)
    assert records.to_pandas()["description"].tolist() == ['Say "hi", twice', "Milk"]
    assert records.to_pandas()["reference"].tolist() == ["C:\\x", "r2"]
    assert "a quote within a text has a backslash before it" in records.origin.evidence


def test_a_backslash_in_a_file_that_is_csv_is_a_backslash(tmp_path: Path) -> None:
    rows = '2026-01-13,"C:\\",-1.00,EUR,"a\\b",\n2026-01-14,"D:\\",-2.50,EUR,"""r2""",\n'
    records = read(tmp_path, HEADER + rows)
    assert records.to_pandas()["description"].tolist() == ["C:\\", "D:\\"]
    assert records.to_pandas()["reference"].tolist() == ["a\\b", '"r2"']


def test_quotes_within_fields_that_are_all_quoted(tmp_path: Path) -> None:
    rows = '"2026-01-13","UAB "Tea", Vilnius","-1.00","EUR","r1",""\n"2026-01-14","UAB "Milk"","-2.50","EUR","r2",""\n'
    records = read(tmp_path, HEADER + rows)
    assert records.to_pandas()["description"].tolist() == ['UAB "Tea", Vilnius', 'UAB "Milk"']
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-1.00", "-2.50"]


def test_a_lost_quote_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="quote"):
        read(tmp_path, HEADER + '2026-01-13,"Tea,-1.00,EUR,r1,\n2026-01-14,"Milk",-2.50,EUR,r2,\n')


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("2026-01-13,Tea,-1.00,EUR,r1,,\n2026-01-14,Milk,-2.50,EUR,r2,\n2026-01-15,Salt,-3.00,EUR,r3,,,\n", 3),
        ("2026-01-13,Tea,-1.00,EUR,r1,\n2026-01-14,Milk,-2.50,EUR,r2\n2026-01-15,Salt,-3.00,EUR,r3,x\n", 3),
        ("2026-01-13,Tea,-1.00,EUR\n2026-01-14,Milk,-2.50,EUR\n2026-01-15,Salt,-3.00,EUR\n", 3),
        ("2026-01-13,Tea,-1.00,EUR\n2026-01-14,Milk,-2.50,EUR,r2\n2026-01-15,Salt,-3.00,EUR,r3\n", 3),
    ],
    ids=["empty fields too many", "an empty last field left out", "no row has the last", "no row is whole"],
)
def test_uneven_rows_are_records_where_only_empty_fields_differ(tmp_path: Path, rows: str, amounts: int) -> None:
    records = read(tmp_path, HEADER + rows)
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-1.00", "-2.50", "-3.00"][:amounts]
    assert records.to_pandas()["description"].tolist() == ["Tea", "Milk", "Salt"]
    assert len(records.rejected) == len(records.left_out) == 0


@pytest.mark.parametrize(
    "bad",
    [
        "2026-01-14,Milk,-2.50,EUR,r2",  # each other row has a note
        "2026-01-14,Milk,-2.50",  # a record has a currency
        "2026-01-14,Milk,-2.50,EUR,r2,n2,more",
    ],
)
def test_a_row_that_lacks_or_adds_something_is_bad(tmp_path: Path, bad: str) -> None:
    records = read(tmp_path, HEADER + f"2026-01-13,Tea,-1.00,EUR,r1,n1\n{bad}\n2026-01-15,Salt,-3.00,EUR,r3,n3\n")
    assert records.rejected[["row", "value"]].values.tolist() == [[2, bad]]


def test_a_last_row_without_the_end_of_its_line_may_be_cut(tmp_path: Path) -> None:
    records = read(tmp_path, HEADER + "2026-01-13,Tea,-1.00,EUR,,\n2026-01-14,Milk,-2.50,EUR,r")
    assert records.rejected["value"].tolist() == ["2026-01-14,Milk,-2.50,EUR,r"]


def test_a_last_row_without_the_end_of_its_line_that_is_like_others_is_not_cut(tmp_path: Path) -> None:
    records = read(tmp_path, HEADER + "2026-01-13,Tea,-1.00,EUR,r1\n2026-01-14,Milk,-2.50,EUR,r2")
    assert records.to_pandas()["reference"].tolist() == ["r1", "r2"]
