"""Workbooks of every kind: cells are what they are, and a hostile one takes nothing along."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from random import Random

import openpyxl
import pytest

from workbench.errors import BadRecords, SourceError, WorkbenchError
from workbench.layouts.questions import OpenQuestions
from workbench.sources import read_external

WORKBOOKS = Path(__file__).parent / "workbooks"
RECORDS = [
    ["b1", Decimal("0.100"), "EUR", datetime(2026, 3, 1, tzinfo=UTC), "ä"],
    ["b2", Decimal("-1234567.891"), "EUR", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), None],
    ["b3", Decimal("7.000"), "EUR", datetime(2026, 3, 3, tzinfo=UTC), "true"],
]


def rows_of(path: Path, **options: str) -> list[list[object]]:
    table = read_external(path, **options).table.to_pyarrow()  # type: ignore[arg-type]
    columns = [table[name].to_pylist() for name in ("id", "amount", "currency", "date", "note")]
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", ["statement.xlsx", "statement.xls", "statement.ods"])
def test_date_cells_are_dates_whatever_the_layout_of_the_texts_beside_them(name: str) -> None:
    assert rows_of(WORKBOOKS / name, date_format="%d.%m.%Y") == RECORDS
    assert read_external(WORKBOOKS / name, date_format="%d.%m.%Y").origin.format == name.split(".")[1]


def test_rows_of_formulas_whose_results_nobody_saved_are_not_lost(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "date", "amount", "currency"], ["b1", "2026-03-01", 1.5, "EUR"]):
        book.active.append(row)
    book.active.append(["=Other!A2", "=Other!B2", "=Other!C2", "=Other!D2"])
    book.active.append(["b3", "2026-03-03", "=1+1", "EUR"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match=r"a.xlsx, sheet 'Sheet', has formulas alone in row 3, and not what they"):
        read_external(tmp_path / "a.xlsx")
    book.active.delete_rows(3)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(BadRecords, match="row 2, column amount is empty"):
        read_external(tmp_path / "a.xlsx")


def test_two_rows_in_one_place_are_refused_as_one_of_them_would_be_lost(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "date", "amount", "currency"], *([f"b{day}", f"2026-03-0{day}", day, "EUR"] for day in (1, 2))):
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as damaged:
        for part in whole.namelist():
            content = whole.read(part)
            damaged.writestr(
                part, re.sub(rb' r="([A-Z]?)3"', rb' r="\g<1>2"', content) if "sheet1" in part else content
            )
    with pytest.raises(SourceError, match=r"a.xlsx, sheet 'Sheet', has two rows 2, of which only one can be read"):
        read_external(tmp_path / "a.xlsx")


def test_of_many_sheets_the_first_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for _ in range(40):
        book.create_sheet().append(["id", "date", "amount", "currency"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match=r"a.xlsx has 40 sheets: give sheet= one of 'Sheet1', .* and 20 more$"):
        read_external(tmp_path / "a.xlsx")


@pytest.mark.parametrize("clock", [time(9, 30, 5), "9:30:05"])
def test_a_time_beside_a_date_cell_is_that_of_the_record(tmp_path: Path, clock: time | str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Buchungstag", "Uhrzeit", "Betrag", "Währung"])
    book.active.append([date(2026, 3, 1), clock, 1.5, "EUR"])
    book.save(tmp_path / "a.xlsx")
    read = read_external(tmp_path / "a.xlsx").table.to_pyarrow()["date"].to_pylist()
    assert read == [datetime(2026, 3, 1, 9, 30, 5, tzinfo=UTC)]


@pytest.mark.parametrize("date_format", [None, "%d/%m/%Y"])
def test_dates_of_which_a_spreadsheet_may_have_swapped_day_and_month_are_bad_rows(
    tmp_path: Path, date_format: str | None
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "date", "amount", "currency"])
    dates = [datetime(2026, 3, 1), datetime(2026, 4, 1), "13/01/2026", "14/01/2026", "25/01/2026"]  # noqa: DTZ001
    for number, day in enumerate(dates):
        book.active.append([f"b{number}", day, 1.5, "EUR"])
    book.save(tmp_path / "a.xlsx")
    records = read_external(tmp_path / "a.xlsx", date_format=date_format, on_bad="reject")
    assert records.to_pandas()["id"].tolist() == ["b2", "b3", "b4"]
    assert records.rejected["value"].str.endswith("with day and month swapped perhaps").all()


def test_a_text_that_is_no_date_is_a_bad_row_and_the_cells_beside_it_are_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["id", "date", "amount", "currency", "note"],
        ["b1", datetime(2026, 3, 1), "7,5", "EUR", "x"],  # noqa: DTZ001 - Excel knows no zones
        ["b2", "soon", 2.25, "EUR", "y"],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    records = read_external(tmp_path / "a.xlsx", date_format="%d.%m.%Y", decimal=",", on_bad="reject")
    assert records.to_pandas()[["id", "amount"]].values.tolist() == [["b1", Decimal("7.50")]]
    assert records.rejected[["row", "column", "value"]].values.tolist() == [[2, "date", "soon"]]


@pytest.mark.parametrize(
    ("text", "amounts"), [("2,50", ["1.234", "2.500"]), ("1,002.50", ["1.234", "1002.500"]), ("2.000", None)]
)
def test_a_number_keeps_its_value_beside_texts_with_another_mark(
    tmp_path: Path, text: str, amounts: list[str] | None
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date"])
    book.active.append(["b1", 1.234, "EUR", "2026-03-01"])
    book.active.append(["b2", text, "EUR", "2026-03-02"])
    book.save(tmp_path / "a.xlsx")
    if amounts:
        assert read_external(tmp_path / "a.xlsx").to_pandas()["amount"].astype(str).tolist() == amounts
    else:
        with pytest.raises(OpenQuestions, match=r"beside numbers stand texts such as '2.000'"):
            read_external(tmp_path / "a.xlsx")


def test_numbers_have_the_digits_that_a_sheet_has(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date", "note"])
    for number, amount in enumerate([0.1 + 0.2, 1e-7, 123456789012.345, -0.0, 1e15]):
        book.active.append([number, amount, "EUR", "2026-03-01", "x"])
    book.save(tmp_path / "a.xlsx")
    amounts = [row[1] for row in rows_of(tmp_path / "a.xlsx")]
    assert amounts == [Decimal("0.3"), Decimal("1e-7"), Decimal("123456789012.345"), Decimal(0), Decimal(10**15)]


def test_a_number_that_needs_more_digits_than_a_sheet_has_is_no_other_number(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date"])
    book.active.append([1234567890123457, 2**53 - 1, "EUR", "2026-03-01"])
    book.active.append([1234567890123458, 12345678901234567.0, "EUR", "2026-03-01"])
    book.active.append([1234567890123459, 1e20, "EUR", "2026-03-01"])
    book.save(tmp_path / "a.xlsx")
    records = read_external(tmp_path / "a.xlsx", on_bad="reject")
    table = records.to_pandas()
    assert table["id"].tolist() == ["1234567890123457", "1234567890123459"]
    assert table["amount"].tolist() == [Decimal(2**53 - 1), Decimal(10**20)]
    assert records.rejected.values.tolist() == [[2, "amount", "about 12345678901234570", "is not a number"]]


def cells_of(*texts: str) -> str:
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    return "".join(map(cell.format, texts))


def write_ods(path: Path, repeated: int) -> Path:
    """A sheet with one record that stands for so many equal ones; its type is packed like the rest."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f"xmlns:{name}='{space}:{name}:1.0'" for name in ("office", "table", "text"))
    rows = f"<table:table-row>{cells_of('id', 'amount', 'currency', 'date')}</table:table-row>"
    record = cells_of("e1", "1.00", "EUR", "2026-03-01")
    rows += f"<table:table-row table:number-rows-repeated='{repeated}'>{record}</table:table-row>"
    table = f"<table:table table:name='S'>{rows}</table:table>"
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f"<manifest xmlns='{space}:manifest:1.0'/>")
        archive.writestr("content.xml", f"<office:document-content {names}>{body}</office:document-content>")
    return path


def test_a_row_that_stands_for_a_million_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a.ods unfolds to more than a workbook may"):
        read_external(write_ods(tmp_path / "a.ods", 1_000_000))


def test_a_sheet_whose_type_is_packed_is_known(tmp_path: Path) -> None:
    records = read_external(write_ods(tmp_path / "a.ods", 2), repeated_ids="number")
    assert records.to_pandas()["amount"].tolist() == [1, 1]


def test_a_last_column_with_a_heading_and_no_value(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date", "note", "extra"])
    book.active.append(["b1", 1, "EUR", "2026-03-01", "x"])
    book.save(tmp_path / "a.xlsx")
    assert read_external(tmp_path / "a.xlsx").to_pandas()["extra"].isna().all()


def test_a_table_that_begins_further_down_and_right(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cells = {"id": "b1", "amount": 1, "currency": "EUR", "date": "2026-03-01", "note": "x"}
    for column, (header, value) in enumerate(cells.items(), 3):
        book.active.cell(4, column, header)
        book.active.cell(5, column, value)
    book.save(tmp_path / "a.xlsx")
    frame = read_external(tmp_path / "a.xlsx").to_pandas()
    assert frame[["id", "note"]].values.tolist() == [["b1", "x"]]


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD900000"])
def test_a_stray_cell_far_away_is_said_within_bounds(tmp_path: Path, cell: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date"])
    book.active[cell] = "stray"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(
        SourceError, match=r"a\.xlsx unfolds to more than a workbook may \(1,536 MB, 60 s\): often one stray"
    ):
        read_external(tmp_path / "a.xlsx")


def test_a_stray_cell_at_the_end_of_a_column_is_a_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date"])
    book.active.append(["b1", 1, "EUR", "2026-03-01"])
    book.active["A1048576"] = "stray"
    book.save(tmp_path / "a.xlsx")
    records = read_external(tmp_path / "a.xlsx", on_bad="reject")
    assert records.origin.rows == 2
    assert records.rejected["row"].unique().tolist() == [2]


def test_an_archive_that_overflows_a_machine_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (1 << 27))
    with pytest.raises(SourceError, match=r"a\.xlsx unfolds to more than a workbook may"):
        read_external(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["statement.xlsx", "statement.xls", "statement.ods"])
def test_damaged_workbooks_are_read_or_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    content, random = (WORKBOOKS / name).read_bytes(), Random(f"damage {name}")
    for _ in range(12):
        (tmp_path / name).write_bytes(damaged(content, random))
        with suppress(WorkbenchError):
            read_external(tmp_path / name, on_bad="reject")


def damaged(content: bytes, random: Random) -> bytes:
    """The content cut off, or with some bytes changed, taken out or doubled."""
    if random.random() < 0.2:
        return content[: random.randrange(1, len(content))]
    changed = bytearray(content)
    for _ in range(random.choice([1, 3, 20])):
        place, size = random.randrange(len(changed)), random.randrange(1, 9)
        changed[place : place + size] = random.choice([random.randbytes(size), b"", changed[place : place + size] * 2])
    return bytes(changed)


def test_errors_in_cells_are_read_as_the_texts_that_csv_would_have(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "amount", "currency", "date", "reference", "note"])
    for name in "ab":
        sheet.append([name, 1.5, "EUR", date(2026, 1, 2), "R1", "fine"])
    for place, error in (("E2", "#N/A"), ("F2", "#REF!"), ("B3", "#DIV/0!")):
        sheet[place].value, sheet[place].data_type = error, "e"
    book.save(tmp_path / "a.xlsx")
    records = read_external(tmp_path / "a.xlsx", on_bad="reject")
    assert records.to_pandas()[["id", "reference", "note"]].to_numpy().tolist() == [["a", "#N/A", "#REF!"]]
    assert records.rejected[["value", "reason"]].to_numpy().tolist() == [["#DIV/0!", "is not a number"]]


def test_a_cell_whose_error_is_not_written_takes_no_other_cells_value(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["id", "amount", "currency", "date", "reference", "note"])
    book.active.append(["a", 1.5, "EUR", date(2026, 1, 2), "R1", 7])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb'<c r="E2".*?</c>', b'<c r="E2" t="e"/>', parts[sheet])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert read_external(path).to_pandas()["reference"].isna().all()
