"""What banks give the ending ``.xls`` and is none: a web page with a table, and the XML of Excel 2003."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from workbench.errors import SourceError
from workbench.sources import read_external

PAGE = """<html><head><meta charset="windows-1252"><style>td {color: red}</style></head><body>
<table><tr><td>Konto</td><td>DE89370400440532013000</td></tr>
<tr><td colspan=2><table border=1>
<tr><th>Datum<th>Text<th>Betrag&nbsp;(EUR)
<tr><td>31.01.2026</td><td>Müller &amp; Söhne<br>Rechnung&nbsp;7</td><td align=right>-1.207,50</td></tr>
<tr><td>1.2.2026</td><td><b>Gehalt</b></td><td>3.000,00</td></tr>
<tr><td colspan=2>Summe</td><td>1.792,50</td></tr>
</table></td></tr></table></body></html>"""

BOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Movements"><Table>
<Row><Cell><Data ss:Type="String">Account 7</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">Date</Data></Cell><Cell><Data ss:Type="String">Details</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="String">Amount (GBP)</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2026-01-31T00:00:00.000</Data></Cell><Cell><Data ss:Type="String">Rent</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">-1207.5</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2026-02-01T09:30:00.000</Data></Cell>
<Cell><Data ss:Type="String">Wages</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">0.30000000000000004</Data></Cell></Row>
</Table></Worksheet></Workbook>"""

ROWS = """<table><tr><th>id<th>date<th>amount<th>currency<th>type</tr>
<tr><td>a<td>2026-01-02<td>1.00<td>EUR<td>d</tr><tr><td>b<td>2026-01-03<td>2.00<td>EUR<td>d</tr>
<tr><td class="y">c<td>2026-01-04<td>3.00<td>EUR<td>d</tr></table>"""
FAR = '<Row><Cell ss:Index="1048576"><Data ss:Type="String">x</Data></Cell></Row>'


def rows(path: Path) -> list[list[object]]:
    table = read_external(path).to_pandas()
    return [[f"{row.date:%Y-%m-%d %H:%M}", row.amount, row.currency, row.description] for row in table.itertuples()]


def test_the_table_of_records_of_a_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(PAGE.encode("cp1252"))
    assert rows(path) == [
        ["2026-01-31 00:00", Decimal("-1207.50"), "EUR", "Müller & Söhne Rechnung 7"],
        ["2026-02-01 00:00", Decimal("3000.00"), "EUR", "Gehalt"],
    ]
    records = read_external(path)
    assert records.origin.format == "html"
    assert [text for text in records.left_out["text"] if "Summe" in text] == ["Summe 1.792,50"]


def test_a_cell_over_several_rows_moves_no_column(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(
        """<table><tr><th>Date<th>Amount (EUR)<th>Details
        <tr><td>31.01.2026<td>1,50<td rowspan=2>Rent<tr><td>01.02.2026<td>2,50
        <tr><td rowspan=2>14.02.2026<td>3,50<td>Wages<tr><td>4,50<td>Fee</table>"""
    )
    records = read_external(path, on_bad="reject")
    read = records.to_pandas()
    assert [*zip(read.amount, read.description.fillna(""), strict=True)] == [
        (Decimal("1.50"), "Rent"),
        (Decimal("2.50"), ""),
        (Decimal("3.50"), "Wages"),
    ]
    assert records.rejected[["column", "reason"]].to_numpy().tolist() == [["date", "is empty"]]


def test_a_page_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(PAGE[: PAGE.index("000,00</td>") + 2].encode("cp1252"))  # 3.00 would be read for 3,000.00
    with pytest.raises(SourceError, match="the web page ends within a table: it is cut off"):
        read_external(path)


def test_the_xml_of_excel_2003_is_read_with_its_types(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(BOOK)
    assert rows(path) == [
        ["2026-01-31 00:00", Decimal("-1207.5"), "GBP", "Rent"],
        ["2026-02-01 09:30", Decimal("0.3"), "GBP", "Wages"],
    ]
    assert read_external(path).origin.format == "spreadsheetml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<html><table><tr><td>User<td>Password</table></html>", "a.xls is a web page without a table of records"),
        (ROWS.replace("</tr><tr>", "</tr><!-- <tr>"), "a.xls has two records in row 2 of 'table 1'"),
        (ROWS.replace("<tr><td>b", '<tr><td class="x>b'), r'the web page has a quote \("\) too few in line 2'),
        (BOOK.replace('ss:Index="3"', 'ss:Index="1"'), r"a.xls has an index '1' out of order \(line 5\)"),
        (BOOK.replace("<Workbook", '<!DOCTYPE x [<!ENTITY y "z">]><Workbook'), "a.xls has a document type"),
        (BOOK[:900], "a.xls is not whole XML"),
        (BOOK.replace("<Table>", "<Table>" + FAR * 20), "a.xls unfolds to more than a workbook may"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.xls"
    path.write_text(content)
    with pytest.raises(SourceError, match=message):
        read_external(path)


def test_cells_that_are_merged_with_many_take_no_memory(tmp_path: Path) -> None:
    wide = '<Row><Cell ss:MergeAcross="1048575"><Data ss:Type="String">Account 7</Data></Cell></Row>'
    (tmp_path / "a.xls").write_text(BOOK.replace("<Table>", "<Table>" + wide * 100).replace(' ss:Index="3"', ""))
    assert len(read_external(tmp_path / "a.xls").to_pandas()) == 2
