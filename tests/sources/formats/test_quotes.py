"""Quotes: none swallows a record, wherever it stands, however lines end and whatever separates fields."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from workbench.errors import SourceError

COLUMNS = ("id", "amount", "currency", "reference", "description", "date")
ENDS = ("\n", "\r\n", "\r")


def row(number: int, **cells: str) -> list[str]:
    """A record, in which some cells stand as they are given."""
    plain = {"id": f"e{number}", "amount": "10.00", "currency": "EUR", "reference": f"r{number}", "description": "x"}
    return [*({**plain, "date": f"2026-01-0{number}"} | cells).values()]


def text_of(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> bytes:
    return "".join(delimiter.join(cells) + end for cells in (COLUMNS, *rows)).encode()


def read(folder: Path, content: bytes) -> wb.Records:
    (folder / "a.csv").write_bytes(content)
    return wb.read_external(folder / "a.csv", on_bad="reject")


@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r"), ("|", "\n")])
@pytest.mark.parametrize("column", ["reference", "description"])
@pytest.mark.parametrize("last", [2, 3], ids=["two rows become one", "three rows become one"])
def test_a_quote_in_a_row_and_one_in_a_later_row_swallow_no_record(
    tmp_path: Path, last: int, column: str, delimiter: str, end: str
) -> None:
    rows = [row(number) for number in range(1, 5)]
    place = COLUMNS.index(column)
    rows[0][place] = f'"{rows[0][place]}'
    rows[last - 1][place] += '"'
    with pytest.raises(SourceError, match=r"holds whole records, such as 'e2.+10.00.+EUR.+r2"):
        read(tmp_path, text_of(rows, delimiter, end))


@pytest.mark.parametrize("end", ENDS)
def test_quotes_at_both_ends_of_rows_swallow_no_record(tmp_path: Path, end: str) -> None:
    first, last = row(1, id='"e1'), row(2, id='e2"')
    with pytest.raises(SourceError, match="holds whole records"):
        read(tmp_path, text_of([first, last, row(3)], end=end))
    first, last = row(1, date='"2026-01-01'), row(2, date='2026-01-02"')
    with pytest.raises(SourceError, match="holds whole records"):
        read(tmp_path, text_of([first, last, row(3)], end=end))


def test_quotes_that_begin_two_fields_and_end_none_are_named_by_line(tmp_path: Path) -> None:
    rows = [row(1, reference='"r1'), row(2, reference='"r2'), row(3)]
    with pytest.raises(SourceError, match=r"a.csv, lines 2 to 3: a field that begins with a quote goes on after"):
        read(tmp_path, text_of(rows))


def test_a_row_of_another_shape_swallows_no_record(tmp_path: Path) -> None:
    rows = [row(1), row(2, description='"x'), row(3, date='2026-01-03"'), row(4)]
    with pytest.raises(SourceError, match=r"whole records, such as 'e3,10.00,EUR,r3,x,2026-01-03'"):
        read(tmp_path, text_of(rows))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "text", ["a\nb", "a, b\n2026-01-02, 12.00", 'say ""hi""\n', "\n\n", '""', "a,\nb,", '"",""\n"",""']
)
def test_texts_that_span_lines_are_read_as_they_are(tmp_path: Path, text: str, end: str) -> None:
    written = text.replace("\n", end)
    records = read(tmp_path, text_of([row(1, description=f'"{written}"'), row(2)], end=end)).to_pandas()
    assert records["id"].tolist() == ["e1", "e2"]
    assert records["description"][0] == (written.replace('""', '"') or None)


def test_a_quote_in_the_midst_of_a_text_is_a_quote(tmp_path: Path) -> None:
    records = read(tmp_path, text_of([row(1, description='5" pipe'), row(2, description='6"')])).to_pandas()
    assert records["description"].tolist() == ['5" pipe', '6"']


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "text",
    [
        '{a},{b},{c},{d},{e},"{f}\n{rows}"\n',
        '{a},{b},{c},"{d},{e},{f}\n{rows}"\n',
        '{a},{b},{c},{d},{e},"{f}\n{row}"\n{row}',
    ],
)
def test_a_quote_in_the_header_swallows_no_record(tmp_path: Path, text: str, end: str) -> None:
    names = dict(zip("abcdef", COLUMNS, strict=True))
    rows = [",".join(row(number)) + "\n" for number in range(1, 4)]
    written = text.format(**names, rows="".join(rows), row=rows[0].rstrip()).replace("\n", end)
    with pytest.raises(SourceError, match=r"holds whole records, such as 'e1,10.00,EUR,r1,x,2026-01-01'"):
        read(tmp_path, written.encode())


def test_a_name_of_the_header_may_span_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,amount,currency,date,"kind\nof it"\ne1,1.00,EUR,2026-01-02,x\n')
    assert wb.read_external(tmp_path / "a.csv").to_pandas()["kind\nof it"].tolist() == ["x"]
