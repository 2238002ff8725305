"""Inputs that cannot be read as a whole: one clear sentence each."""

from __future__ import annotations

import gzip
import json
import os
import re
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.errors import SettingsError, SourceError
from workbench.sources import endings, raw, read_external

HEADER = ["id", "amount", "currency", "date"]


def refused(source: Any, **options: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read_external(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("suffix", endings())
def test_a_file_that_is_not_there(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"no{suffix}"
    assert refused(path) == f"cannot read {path}: No such file or directory, it is not there yet"


@pytest.mark.parametrize("suffix", endings())
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"")
    assert refused(path) == f"a{suffix} is empty"


@pytest.mark.parametrize("content", ["", "\n", " \n\t\n", "\ufeff"])
def test_text_without_a_letter(tmp_path: Path, content: str) -> None:
    for suffix in (".csv", ".json", ".ndjson"):
        (tmp_path / f"a{suffix}").write_text(content)
        assert refused(tmp_path / f"a{suffix}") == f"a{suffix} is empty"


def test_a_directory(tmp_path: Path) -> None:
    folder = tmp_path / "a.csv"
    folder.mkdir()
    assert refused(folder) == f"cannot read {folder}: Is a directory"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"%PDF-1.7\n", "a PDF: ask the bank for CAMT.053, MT940, OFX or CSV"),
        (b'<?xml version="1.0"?><rss version="2.0"/>', "XML"),
        (b"<!DOCTYPE html><html><p>Log in</p></html>", "a web page without a table"),
        (gzip.compress(gzip.compress(b"id,amount", mtime=0), mtime=0), "packed twice: unpack it"),
    ],
)
def test_a_format_that_nobody_knows(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.xls").write_bytes(content)
    message = refused(tmp_path / "a.xls")
    assert message.startswith(f"a.xls is {what}")
    assert message.endswith(
        "not of a format that is known by its content: bai2, camt, csv, datev, html, json, mt940, ndjson, ods, ofx, "
        "parquet, qif, spreadsheetml, xls, xlsx"
    )


def test_content_that_two_formats_claim_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("!Type:Bank\n:20:X\n:25:DE001\n:60F:C251201EUR0,\n")
    assert refused(tmp_path / "a.txt").startswith("a.txt can be read as mt940 and as qif")


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.csv", "id,amount\n", {"sheet": "A"}, "a.csv is csv, which has no use for sheet=; it takes date_format="),
        (
            "a.xml",
            '<Document xmlns="x:camt.053.001.02"/>',
            {"decimal": ","},
            "camt, which has no use for decimal=",
        ),
        ("a.sta", ":20:X\n", {"date_format": "%Y"}, "a.sta is mt940, which has no use for date_format=; it takes enc"),
    ],
)
def test_options_that_a_format_has_no_use_for(
    tmp_path: Path, name: str, content: str, options: Any, message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SettingsError, match=message):
        read_external(tmp_path / name, **options)


@pytest.mark.parametrize("source", [None, 7, b"a.csv", {"id": 1}, ["a.csv", 7], (), pd.Series([1])])
def test_what_is_no_input(source: Any) -> None:
    assert re.fullmatch(
        r"cannot read a \w+: give a path, .*a DataFrame, an Arrow table or a list of dicts", refused(source)
    )


def headers_only(folder: Path) -> list[Any]:
    (folder / "a.csv").write_text(",".join(HEADER))
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.save(folder / "a.xlsx")
    nothing = pa.table({name: pa.array([], pa.string()) for name in HEADER})
    pq.write_table(nothing, folder / "a.parquet")
    return [folder / "a.csv", folder / "a.xlsx", folder / "a.parquet", nothing, nothing.to_pandas()]


def test_a_header_and_nothing_else_is_an_input_of_no_records(tmp_path: Path) -> None:
    for source in headers_only(tmp_path):
        records = read_external(source)
        assert records.origin.rows == 0
        assert records.to_pandas()[HEADER].values.tolist() == []


def test_nothing_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.json") == "a.json has no records"
    assert refused(tmp_path / "a.xlsx") == "a.xlsx is empty"
    assert refused([]) == "<list of dicts> is empty"
    assert refused(pd.DataFrame()) == "<DataFrame> is empty"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "a.json is not JSON: Expecting property name"),
        (
            "a.json",
            '{"data": [{"id": 1}]}',
            "a.json is one object that holds others in 'data': save the array of these",
        ),
        ("a.json", '{\n"ok": true, "data": [{"id": 1}]}', "a.json is one object that holds others in 'data'"),
        ("a.csv", "ARROW1\0\0", "a.csv is a Feather file: save it as Parquet"),
        ("a.json", '{\n"id": 1}', "a.json holds one JSON value: it should be an array of objects"),
        ("a.json", "[" * 100_000, "a.json holds values in values, deeper than can be read"),
        ("a.ndjson", '{"fees": ' * 600 + "1" + "}" * 600, "a.ndjson holds values in values, deeper than can be read"),
        ("a.parquet", "PAR1 no", "a.parquet is not a Parquet file, or it is cut off"),
        ("a.xlsx", "PK\x03\x04 no", "a.xlsx is damaged: File is not a zip file; download it again"),
        ("a.xlsx", "PK\x03\x04 xl/", "a.xlsx is damaged: File is not a zip file; download it again"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    assert message in refused(tmp_path / name)


def test_json_rows_that_are_no_objects_are_torn(tmp_path: Path) -> None:
    good = '{"id": 1, "amount": 2, "currency": "EUR", "date": "2025-01-31"}'
    (tmp_path / "a.json").write_text(f"[{good}, [1, 2.50], null]")
    (tmp_path / "a.ndjson").write_text(f'{good}\n{{"id": 2, "amo\n\n7\n')
    array = read_external(tmp_path / "a.json", on_bad="reject").rejected
    lines = read_external(tmp_path / "a.ndjson", on_bad="reject").rejected
    reason = "is not a JSON object"
    assert array.values.tolist() == [[2, "", "[1, 2.50]", reason], [3, "", "null", reason]]
    assert lines.values.tolist() == [[2, "", '{"id": 2, "amo', reason], [3, "", "7", reason]]


def test_half_a_character(tmp_path: Path) -> None:
    good = '{"id": "a", "amount": "1", "currency": "EUR", "date": "2026-01-01"}'
    half = '{"id": "b\\ud800", "amount": "1", "currency": "EUR", "date": "2026-01-01"}'
    whole = '{"id": "\\ud83d\\ude00", "amount": "1", "currency": "EUR", "date": "2026-01-01"}'
    (tmp_path / "a.json").write_text(f"[{good}, {half}, {whole}]")
    (tmp_path / "a.ndjson").write_text(f"{good}\n{half}\n{whole}\n")
    for name in ("a.json", "a.ndjson"):
        records = read_external(tmp_path / name, on_bad="reject")
        assert records.rejected[["row", "reason"]].values.tolist() == [[2, "holds half a character"]]
        assert records.to_pandas()["id"].tolist() == ["a", "\U0001f600"]


def test_a_text_in_memory_that_holds_half_a_character() -> None:
    row = dict(zip(HEADER, ("e1", "1", "EUR", "2026-01-31"), strict=True))
    assert "holds half a character" in refused([row | {"description": "a\ud800"}])
    frame = pd.DataFrame([row]).assign(description=pd.Series(["a\ud800"], dtype="string[python]"))
    assert "holds half a character" in refused(frame)


@pytest.mark.parametrize("suffix", ["csv", "16.csv", "json", "ndjson", "parquet", "list"])
@pytest.mark.parametrize("column", ["id", "description", "mine"])
def test_a_text_with_a_zero_byte_is_bad(tmp_path: Path, suffix: str, column: str) -> None:
    plain = {"id": "e1", "amount": "1", "currency": "EUR", "date": "2026-01-31", "description": "x", "mine": "y"}
    rows = [plain, plain | {"id": "e2"} | {column: "a\0b"}, plain | {"id": "e3"}]
    path = tmp_path / f"a.{suffix}"
    lines = [",".join(cells) for cells in ([*plain], *(row.values() for row in rows))]
    match suffix:
        case "csv":
            path.write_text("\n".join(lines))
        case "16.csv":
            path.write_text("\n".join(lines), "utf-16")
        case "json":
            path.write_text(json.dumps(rows))
        case "ndjson":
            path.write_text("\n".join(map(json.dumps, rows)))
        case "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
    records = read_external(rows if suffix == "list" else path, on_bad="reject")
    assert records.to_pandas()["id"].tolist() == ["e1", "e3"]
    assert records.rejected.values.tolist() == [[2, column, "a\u2400b", "holds a zero byte"]]


def test_a_pipe_or_a_device_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert "it is a pipe or a device; save what it gives as a file first" in refused(tmp_path / "a.csv")


@pytest.mark.parametrize("currency", ["7.00", "", "E", "EURO-X", 5])
def test_a_constant_that_is_no_currency_is_refused(currency: object) -> None:
    with pytest.raises(SettingsError, match="is no currency: give a code"):
        read_external([], currency=currency)


def test_a_sign_as_the_constant_currency_stands_for_its_code() -> None:
    records = read_external([{"id": "a", "amount": "1", "date": "2026-01-01"}], currency="€")
    assert records.to_pandas()["currency"].tolist() == ["EUR"]


def test_a_parquet_file_that_is_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = [dict.fromkeys(HEADER, "2025-01-31") | {"id": sha256(bytes([at])).hexdigest()} for at in range(256)]
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[200:2000] = b"\0" * 1800
    path.write_bytes(content)
    assert refused(path).startswith("a.parquet cannot be read: ")


@pytest.mark.parametrize("column", ["id", "amount", "reference", "note"])
def test_a_parquet_file_that_is_damaged_anywhere_is_refused_when_it_is_read(tmp_path: Path, column: str) -> None:
    """Even where the damage lies in a column that matching would not look at."""
    path = tmp_path / "a.parquet"
    names = [sha256(bytes([at])).hexdigest() for at in range(256)]
    columns = {"id": names, "currency": ["EUR"] * 256, "reference": names, "note": names}
    typed = {
        "amount": pa.array([Decimal(at) for at in range(256)], pa.decimal128(18, 2)),
        "date": pa.array([at * 10**12 for at in range(256)], pa.timestamp("us", "UTC")),
    }
    table = pa.table(columns | typed)
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    assert read_external(path).origin.rows == 256
    begins = pq.ParquetFile(path).metadata.row_group(0).column(table.column_names.index(column)).data_page_offset
    content = bytearray(path.read_bytes())
    content[begins : begins + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert refused(path).startswith("a.parquet cannot be read: ")


def test_a_parquet_file_whose_columns_have_unreadable_names(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"notes": ["a"]}), path)
    path.write_bytes(path.read_bytes().replace(b"notes", b"n\xddtes"))
    assert refused(path) == "a.parquet is not a Parquet file, or it is cut off"


def test_more_columns_than_records_have_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column makes every statement of the engine longer: 8,000 took half a minute."""
    made = Mock(wraps=raw.from_arrow)
    monkeypatch.setattr(raw, "from_arrow", made)
    (tmp_path / "a.csv").write_text(",".join([*HEADER, *(f"c{at}" for at in range(8000))]) + "\n")
    assert refused(tmp_path / "a.csv") == (
        "a.csv has 8,004 columns, and records have 3,000 at most: take out those that say nothing of a record"
    )
    made.assert_not_called()
    with pytest.raises(SourceError, match="has 8,000 columns"):
        read_external(pa.table({f"c{at}": [1] for at in range(8000)}))
    made.assert_called_once()
    assert made.call_args.args[1].num_columns == 1, "the engine was given columns that nobody reads"
    keys = [f'{{"id": "{at}", "k{at}": 1}}' for at in range(4000)]
    (tmp_path / "a.ndjson").write_text("\n".join(keys))
    assert refused(tmp_path / "a.ndjson").startswith("a.ndjson has 4,001 different fields in 4,000 objects")


def test_a_message_names_some_of_very_many_headers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(["id", "currency", "date", *(f"c{at}" for at in range(300))]) + "\n")
    assert "'c46' and 253 others; say which is which" in refused(tmp_path / "a.csv")


def test_sheets_that_are_not_named_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.create_sheet("Other").append(HEADER)
    book.save(path)
    assert refused(path) == "a.xlsx has 2 sheets: give sheet= one of 'Sheet', 'Other'"
    assert refused(path, sheet="March") == "a.xlsx has no sheet 'March' with cells; it has 'Sheet', 'Other'"


def test_of_several_sheets_the_only_one_that_holds_records_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Prepared for", "Example Ltd"])
    sheet = book.create_sheet("Transactions")
    sheet.append(["Date", "Amount", "Currency"])
    sheet.append(["2026-01-31", "-5.00", "EUR"])
    book.save(path)
    records = read_external(path)
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-5.00"]
    assert "sheet 'Transactions' is read: no other holds records" in records.origin.evidence
    sheet = book.create_sheet("More")
    sheet.append(["Date", "Amount", "Currency"])
    sheet.append(["2026-02-01", "7.00", "EUR"])
    book.save(path)
    assert refused(path) == "a.xlsx has 3 sheets: give sheet= one of 'Sheet', 'Transactions', 'More'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimals": ","}, "unknown reader option 'decimals': choose one of layout, mapping, on_bad, date_format"),
        ({"on_bad": "skip"}, "on_bad='skip' is unknown: choose one of 'raise' or 'reject'"),
        ({"decimal": ";"}, "decimal=';' is unknown: choose one of"),
        ({"thousands": "."}, "decimal= and thousands= are both '.': give two different marks"),
        ({"thousands": ".."}, "thousands= takes one character that is no letter, digit, sign or quote, not '..'"),
        ({"delimiter": '"'}, "delimiter= takes one character"),
        ({"encoding": "utf-99"}, "encoding='utf-99' is unknown: give one that Python knows"),
        ({"encoding": "base64"}, "encoding='base64' is unknown: give one that Python knows"),
    ],
)
def test_options_that_are_none(options: Any, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_external([{"id": 1}], **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x", "a.csv holds no table: nothing separates columns in it (a comma, semicolon, tab or bar would)"),
        (b"\0" * 300, "a.csv begins with nothing but zero bytes: its content is lost"),
        (
            b'id,amount,currency,date,"a\0b"\ne1,1,EUR,2026-01-01,x\n',
            "a.csv has a column 'a\\x00b' with a zero byte",
        ),
        ("id,amount\n".encode("utf-16-le"), 'a.csv has zero bytes, so it is not UTF-8 text: try encoding="utf-16-le"'),
    ],
)
def test_text_that_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert refused(tmp_path / "a.csv").startswith(message)


def test_a_bank_file_that_does_not_name_its_currency_is_asked_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.sta").write_text(":20:X\n:25:DE001\n:61:2512011201D5,00NTRFNONREF\n:86:hello\n")
    assert refused(tmp_path / "a.sta") == "a.sta: it does not say its currency: say currency='EUR' (or another)"
    assert read_external(tmp_path / "a.sta", currency="CHF").to_pandas()["currency"].tolist() == ["CHF"]


def test_whole_amounts_with_decimals_count_no_smallest_unit(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"id":"txn_1","amount":22.00,"currency":"usd","created":1764547200}')
    assert str(read_external(tmp_path / "a.ndjson").to_pandas()["amount"][0]) == "22.00"


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([1, None], pa.duration("s")), ["0:00:01", None]),
        (pa.array([[1], None], pa.list_(pa.duration("s"))), ["[datetime.timedelta(seconds=1)]", None]),
        (pa.array([0.5, None], pa.float32()).cast(pa.float16()), ["0.5", None]),
        (pa.array([Decimal("1E+5"), None], pa.decimal128(5, -3)), ["100000", None]),
    ],
)
def test_types_that_the_engine_lacks_are_read_as_text(column: pa.Array, texts: list[str | None]) -> None:
    table = pa.table({"id": ["a", "b"], "amount": ["1", "2"], "currency": ["EUR"] * 2, "date": ["2026-01-02"] * 2})
    read = read_external(table.append_column("more", column)).to_pandas()["more"]
    assert [None if pd.isna(text) else text for text in read] == texts


def test_a_file_of_bad_rows_alone_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"id": "a", "amount": "1", "amount": "2"}]')
    assert refused(tmp_path / "a.json") == "a.json holds nothing that can be read: it names one field twice"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"delimiter": "\0"}, "delimiter= cannot be '\\x00': it holds a zero byte"),
        ({"thousands": "\ud800"}, "thousands= cannot be '\\ud800': it holds half a character"),
        ({"account": "a\ud800"}, "account= cannot be"),
        ({"source": ["a"]}, "source= takes a text, not ['a']"),
        ({"date_format": {}}, "date_format= takes a text, not {}"),
        ({"only": {"status": "\ud800"}}, "only= cannot be"),
        ({"without": {"status": ["a", "b\0"]}}, "without= cannot be"),
    ],
)
def test_an_option_that_no_file_can_meet(option: Any, says: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_external([dict(zip(HEADER, ("e1", "1", "EUR", "2026-01-31"), strict=True))], **option)
    assert says in str(refusal.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\ufeff"])
def test_lines_of_json_end_as_those_of_other_texts(tmp_path: Path, end: str) -> None:
    lines = [json.dumps({"id": name, "amount": "1", "currency": "EUR", "date": "2026-01-02"}) for name in ("a", "b")]
    (tmp_path / "a.ndjson").write_bytes(end.join(lines).encode())
    assert read_external(tmp_path / "a.ndjson").to_pandas()["id"].tolist() == ["a", "b"]


def test_a_damaged_text_with_a_mark_is_not_asked_for_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,amount,currency,date\n".encode("utf-16") + b"\x00\xd8\n\x00")
    assert refused(tmp_path / "a.csv").endswith(
        "does not fit; it is damaged, or was put together from files in several encodings; get it again"
    )


@pytest.mark.parametrize("date_format", ["%H:%M", "%d.%m."])
def test_a_layout_without_a_year_is_refused(tmp_path: Path, date_format: str) -> None:
    (tmp_path / "a.csv").write_text("id,amount,currency,date\na,1,EUR,10:30\n")
    with pytest.raises(SettingsError, match=f"date_format='{date_format}' has no year"):
        read_external(tmp_path / "a.csv", date_format=date_format)
