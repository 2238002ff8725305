"""The Excel file: every figure to its last digit, and text that is only text."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

import workbench.excel as module
from workbench.errors import SourceError
from workbench.excel import write_workbook
from workbench.sources import read_external


def written(tmp_path: Path, values: list[Any], kind: pa.DataType) -> list[Any]:
    """What stands below the heading of a column of these values."""
    path = tmp_path / "book.xlsx"
    write_workbook({"sheet": pa.table({"n": pa.array(values, kind)})}, path, force=True)
    return [row[0] for row in load_workbook(path)["sheet"].iter_rows(min_row=2)]


@given(amounts=st.lists(st.decimals(-(10**30), 10**30, places=2), min_size=1, max_size=5))
def test_no_digit_is_lost(tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]) -> None:
    cells = written(tmp_path_factory.mktemp("book"), amounts, pa.decimal128(38, 2))
    assert [Decimal(str(cell.value)) for cell in cells] == amounts


def test_numbers_are_numbers_unless_one_of_the_column_is_too_long(tmp_path: Path) -> None:
    [short] = written(tmp_path, [Decimal("1234.50")], pa.decimal128(38, 2))
    assert (short.data_type, short.value, short.number_format) == ("n", 1234.5, "#,##0.00")
    whole = written(tmp_path, [1, None, 10**15], pa.int64())
    assert [cell.value for cell in whole] == ["1", None, "1000000000000000"]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2+3", "plain"])
def test_text_is_never_run(tmp_path: Path, text: str) -> None:
    [cell] = written(tmp_path, [text], pa.string())
    assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x00b", "a�b"), ("a\ufffeb\uffffc", "a�b�c"), ("a\r\nb\rc\nd", "a\nb\nc\nd"), ("\t😀", "\t😀")],
)
def test_what_xml_cannot_hold_is_replaced(tmp_path: Path, text: str, shown: str) -> None:
    assert [cell.value for cell in written(tmp_path, [text], pa.string())] == [shown]


def test_a_text_that_looks_like_an_escape_of_workbooks_stays_as_it_is(tmp_path: Path) -> None:
    """Excel, LibreOffice and the workbench itself read ``_x000D_`` as the end of a line."""
    path, text = tmp_path / "book.xlsx", "paid _x000D_ and _x005F_x0041_ and _xyz_"
    record = {"id": "e1", "amount": "1.00", "currency": "EUR", "date": "2026-01-01", "description": text}
    write_workbook({"sheet": pa.Table.from_pylist([record])}, path)
    assert read_external(path).to_pandas()["description"].tolist() == [text]


def test_numbers_that_excel_has_not_are_texts(tmp_path: Path) -> None:
    cells = written(tmp_path, [0.5, math.inf, -math.inf, math.nan], pa.float64())
    assert [cell.value for cell in cells] == [0.5, "inf", "-inf", "nan"]


def test_a_nanosecond_is_not_lost(tmp_path: Path) -> None:
    [cell] = written(tmp_path, [pd.Timestamp(1, unit="ns", tz="UTC")], pa.timestamp("ns", "UTC"))
    assert cell.value == "1970-01-01T00:00:00.000000001Z"


def test_instants_are_dates_where_excel_keeps_them(tmp_path: Path) -> None:
    instants = [
        datetime(2026, 1, 31, 12, tzinfo=UTC),
        datetime(2026, 1, 31, 12, 0, 0, 5, UTC),
        datetime(1850, 1, 1, tzinfo=UTC),
    ]
    shown = [cell.value for cell in written(tmp_path, instants, pa.timestamp("us", "UTC"))]
    assert shown == [datetime(2026, 1, 31, 12), "2026-01-31T12:00:00.000005Z", "1850-01-01T00:00:00Z"]  # noqa: DTZ001


def test_what_does_not_fit_a_sheet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    with pytest.raises(SourceError, match="sheet has 3 rows, and a sheet of Excel 2"):
        written(tmp_path, [1, 2, 3], pa.int64())
    with pytest.raises(SourceError, match="sheet has a text of 32,768 characters"):
        written(tmp_path, ["x" * 32_768], pa.string())
    with pytest.raises(SourceError, match="sheet has a text of 32,768 characters"):
        written(tmp_path, ["😀" * 16_384], pa.string())  # two 16-bit units each
    wide = pa.table([[1]] * 16_385, names=[f"c{place}" for place in range(16_385)])
    with pytest.raises(SourceError, match="sheet has 16,385 columns, and a sheet of Excel 16,384"):
        write_workbook({"sheet": wide}, tmp_path / "book.xlsx")
    for kind, value in ((pa.binary(), b"x" * 32_768), (pa.list_(pa.string()), ["x" * 32_768])):
        with pytest.raises(SourceError, match="sheet has a text of 32,77"):
            written(tmp_path, [value], kind)
    with pytest.raises(SourceError, match="sheet has a text of 32,768 characters"):
        write_workbook({"sheet": pa.table({"x" * 32_768: [1]})}, tmp_path / "book.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("mine")
    with pytest.raises(SourceError, match="exists already"):
        write_workbook({"t": pa.table({"n": [1]})}, path)
    assert path.read_text() == "mine"
    write_workbook({"t": pa.table({"n": [1]})}, path, force=True)
    assert load_workbook(path)["t"]["A2"].value == 1
    with pytest.raises(SourceError, match="cannot be written: No such file"):
        write_workbook({"t": pa.table({"n": [1]})}, tmp_path / "none" / "book.xlsx")
