"""Rows whose first field says their type, and amounts that count the smallest unit: files of processors."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from workbench.layouts.questions import OpenQuestions

HEADER = '"CH","Transaction ID","Completion date","Debit or credit","Gross amount","Currency","Fee amount","Note"\n'
ROWS = '"SB","t1","2026-01-13","CR",5200,"AUD",225,""\n"SB","t2","2026-01-14","DR",1834,"AUD",,""\n'


def write(folder: Path, text: str) -> Path:
    (folder / "a.csv").write_text(text)
    return folder / "a.csv"


def test_rows_of_other_types_are_left_out_with_their_type(tmp_path: Path) -> None:
    before = '"RH",2026-01-15,"A",009\n"SH",2026-01-13,2026-01-14,12.50\n'
    behind = '"SF","AUD",2026-01-14,5200,1834\n"RF",2,2026-01-14,33.66\n'
    path = write(tmp_path, before + HEADER + ROWS + behind)
    records = wb.read_external(path, minor_units=True)
    assert records.to_pandas()[["id", "amount"]].astype(str).values.tolist() == [["t1", "52.00"], ["t2", "-18.34"]]
    assert records.left_out["why"].tolist() == [
        "stands before the header",
        "stands before the header",
        "is of type SF, and records are of type SB",
        "is of type RF, and records are of type SB",
    ]


def test_a_row_of_the_records_type_that_is_cut_is_bad(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS + '"SB","t3","2026-01-15","CR",700\n')
    records = wb.read_external(path, minor_units=True, on_bad="reject")
    assert records.rejected["row"].tolist() == [3]


@pytest.mark.parametrize("fees", ["225", "0", ""])
def test_whole_amounts_beside_whole_fees_may_count_the_smallest_unit(tmp_path: Path, fees: str) -> None:
    path = write(tmp_path, HEADER + ROWS.replace("225", fees))
    with pytest.raises(OpenQuestions, match="amounts such as 5200 are whole, and no fee in column 'Fee amount'"):
        wb.read_external(path)


@pytest.mark.parametrize(("old", "new"), [("225", "2.25"), ("5200", "52.00"), ("AUD", "JPY")])
def test_decimals_or_a_currency_without_them_settle_that(tmp_path: Path, old: str, new: str) -> None:
    records = wb.read_external(write(tmp_path, HEADER + ROWS.replace(old, new)))
    assert [*records.to_pandas()["amount"].astype(float)][1] == -1834


def test_two_rows_and_a_running_number_prove_no_movement(tmp_path: Path) -> None:
    rows = "I,2026-01-13,USD,3.10,6001,1,\nI,2026-01-14,USD,-3.10,6002,1,0\n"
    records = wb.read_external(write(tmp_path, rows), header=None).to_pandas()
    assert records["amount"].astype(str).tolist() == ["3.10", "-3.10"]


def test_the_other_half_of_amounts_is_the_column_that_takes_turns_with_the_one_that_is_known(tmp_path: Path) -> None:
    rows = "2026-01-13,Tea,,5.00,EUR\n2026-01-14,Refund,7.50,,EUR\n2026-01-15,Milk,,2.00,EUR\n"
    records = wb.read_external(write(tmp_path, f"Date,Text,Into the account,Debit,Currency\n{rows}")).to_pandas()
    assert records["amount"].astype(str).tolist() == ["-5.00", "7.50", "-2.00"]


@pytest.mark.parametrize("line", ["Total,5", "End of file", "Total;5;;;;"])
def test_of_a_month_without_records_the_total_is_left_out(tmp_path: Path, line: str) -> None:
    records = wb.read_external(write(tmp_path, f"id,amount,currency,date\n{line}\n"), on_bad="reject")
    assert len(records) == 0
    assert records.left_out["text"].tolist() == [line]
