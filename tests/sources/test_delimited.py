"""CSV and what banks call by that name: encodings, delimiters, quotes, malformed rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import BadRecords, SourceError
from workbench.runs.audit.verify import verify
from workbench.sources import read_external
from workbench.sources.formats import text

HEADER = "id;amount;currency;date;description\n"


def write(folder: Path, content: str | bytes, name: str = "statement.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("given_encoding", [None, "utf-8"])
def test_utf8_with_a_byte_order_mark(tmp_path: Path, given_encoding: str | None) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;Zürich\n").encode("utf-8-sig"))
    assert read_external(path, encoding=given_encoding).to_pandas()["description"][0] == "Zürich"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;Zürich\n").encode(encoding))
    assert read_external(path).to_pandas()["description"][0] == "Zürich"


def test_a_byte_order_mark_amid_appended_files_hides_no_repeated_id(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1;2;EUR;2025-01-31;\n\ufeff1;2;EUR;2025-01-31;\n")
    assert read_external(path, on_bad="reject").rejected["reason"].tolist() == ["is a duplicate id: row 1 has it too"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le", "mac_roman", "cp850"])
def test_other_encodings_by_name(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;Zürich\n").encode(encoding))
    assert read_external(path, encoding=encoding).to_pandas()["description"][0] == "Zürich"


def test_the_wrong_encoding_is_named_with_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;a\n2;2;EUR;2025-01-31;Zürich\n").encode("latin-1"))
    with pytest.raises(SourceError, match=r'^statement.csv is not in UTF-8: byte 78 \(line 3\) .* encoding="cp1252"'):
        read_external(path, encoding="utf-8")


def test_utf16_without_a_mark_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;a\n").encode("utf-16-le"))
    with pytest.raises(SourceError, match='try encoding="utf-16-le"'):
        read_external(path)


def test_quoted_fields_hold_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + '1;2;EUR;2025-01-31;"a;""b""\r\nc"\n2;3;EUR;2025-01-31;5" pipe\n')
    assert read_external(path).to_pandas()["description"].tolist() == ['a;"b"\r\nc', '5" pipe']


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "{newline}", "{newline}{newline}"])
def test_line_ends_and_blank_lines(tmp_path: Path, newline: str, end: str) -> None:
    lines = ["", " ", HEADER.strip(), "", "1;2;EUR;2025-01-31;a", "", "2;3;EUR;2025-01-31;b"]
    path = write(tmp_path, newline.join(lines) + end.format(newline=newline))
    records = read_external(path)
    assert records.to_pandas()["description"].tolist() == ["a", "b"]
    assert records.origin.rows == 2


def test_torn_rows_are_bad_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "\n"
        + HEADER
        + '1;2;EUR;2025-01-31;"a\nb"\n2;3;EUR;2025-01-31\n\n3;x;EUR;2025-01-31;c\n4;5;EUR;2025-01-31;d;e\n'
        "5;6;EUR;2025-01-31;f\n",
    )
    records = read_external(path, on_bad="reject")
    assert records.rejected.values.tolist() == [
        [2, "", "2;3;EUR;2025-01-31", "has 4 fields where the header has 5"],
        [3, "amount", "x", "is not a number"],
        [4, "", "4;5;EUR;2025-01-31;d;e", "has 6 fields where the header has 5"],
    ]
    assert records.to_pandas()["id"].tolist() == ["1", "5"]
    assert records.origin.rows == 5
    assert records.rejected_totals == {"": (2, 0), "EUR": (1, 0)}
    with pytest.raises(BadRecords, match="row 2: '2;3;EUR;2025-01-31' has 4 fields where the header has 5"):
        read_external(path)


@pytest.mark.parametrize(
    "rest", ['"1;2;EUR;2025-01-31;a\n', '1;2;EUR;2025-01-31;"a\n2;3;EUR;2025-01-31;b\n', '1;2;EUR;2025-01-31;"a']
)
def test_an_open_quote_is_an_error_and_swallows_nothing(tmp_path: Path, rest: str) -> None:
    with pytest.raises(
        SourceError, match=r'statement.csv: a field that begins with a quote \("\) has no closing quote'
    ):
        read_external(write(tmp_path, HEADER + rest))


def test_an_open_quote_before_megabytes(tmp_path: Path) -> None:
    rows = "".join(f"{at};2;EUR;2025-01-31;{'x' * 1000}\n" for at in range(40_000))
    with pytest.raises(SourceError, match="has no closing quote"):
        read_external(write(tmp_path, HEADER + '"' + rows))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = (HEADER + "1;2;EUR;2025-01-31;\n").replace(";", delimiter)
    assert read_external(write(tmp_path, content)).to_pandas()["currency"].tolist() == ["EUR"]


def test_delimiters_in_quoted_headers_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path, 'id;amount;currency;date;"a,b,c,d,e,f"\n1;2;EUR;2025-01-31;x\n')
    assert read_external(path).to_pandas()["a,b,c,d,e,f"].tolist() == ["x"]


def test_two_likely_delimiters_are_not_guessed_between(tmp_path: Path) -> None:
    path = write(tmp_path, "id,amount;currency,date;a\n")
    with pytest.raises(SourceError, match="whether the delimiter is comma or semicolon; give delimiter="):
        read_external(path)


def test_any_delimiter_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, (HEADER + "1;2;EUR;2025-01-31;a\n").replace(";", "^"))
    assert read_external(path, delimiter="^").to_pandas()["description"].tolist() == ["a"]


def test_headers_without_a_name_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path, "id;amount;currency;date;\n1;2;EUR;2025-01-31;x\n")
    assert read_external(path).to_pandas()["column_5"].tolist() == ["x"]


def test_a_line_end_may_fall_anywhere_in_a_large_file(tmp_path: Path) -> None:
    row = "1;2;EUR;2025-01-31;"
    start = HEADER.replace("\n", "\r\n") + row
    filled = "x" * (text._CHUNK - len(start) - 1)
    path = write(tmp_path, f"{start}{filled}\r\n")
    assert path.stat().st_size == text._CHUNK + 1
    assert read_external(path).to_pandas()["description"].tolist() == [filled]


# Carriage returns are text; zero characters and lone surrogates are none.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=25)
@given(
    st.lists(texts, min_size=1, max_size=4), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
)
def test_any_text_survives_in_any_encoding(values: list[str], encoding: str) -> None:
    quoted = [value.replace('"', '""') for value in values]
    rows = "".join(f'{at};1;EUR;2025-01-31;"{value}"\n' for at, value in enumerate(quoted))
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), (HEADER + rows).encode(encoding))
        found = read_external(path, encoding=encoding).table.to_pyarrow()["description"].to_pylist()
    assert [each or "" for each in found] == values


def test_a_cell_may_be_of_any_length_also_in_a_line_that_is_no_record(tmp_path: Path) -> None:
    path, long = tmp_path / "a.csv", "*" * 200_000
    path.write_text(
        f"id,amount,currency,date,description\na,1.00,EUR,2026-01-31,{long}\nb,2.00,EUR,2026-01-31,\nend,,,{long},\n"
    )
    records = read_external(path)
    assert len(records) == 2
    assert records.left_out["line"].tolist() == [4]
    booked = {"transaction_id": "t", "amount": "3.00", "currency": "EUR", "created_at": "2026-01-31"}
    result = wb.reconcile(records, wb.read_internal([booked]), rules=[wb.Rule("Amount", [wb.Criterion("amount")])])
    wb.write_run(result, tmp_path / "run")
    assert verify(tmp_path / "run").problems == ()
