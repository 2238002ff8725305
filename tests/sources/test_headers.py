"""Headers: spelled in many ways, mapped, unknown, doubled, missing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SettingsError, SourceError, WorkbenchError
from workbench.records import EXTERNAL, INTERNAL
from workbench.sources import read_balances, read_external, read_internal, read_snapshots
from workbench.sources.detection.words import fold
from workbench.sources.headers import match_headers

ROW = {"id": "1", "amount": "2", "currency": "EUR", "date": "2025-01-31"}
ENTRY = {"transaction_id": "1", "currency": "EUR", "created_at": "2025-01-31"}


@given(st.sampled_from([*EXTERNAL.columns, *INTERNAL.columns]), st.data())
def test_case_blanks_and_lines_in_headers_do_not_count(column: str, data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from([each, each.upper()])) for each in column if each != "_"]
    joints = [data.draw(st.sampled_from(["", " ", "-", "_", " _ ", "\u00a0"])) for _ in letters]
    spelled = "".join(letter + joint for letter, joint in zip(letters, joints, strict=True))
    assert fold(spelled) == fold(column)


def test_headers_are_matched_in_any_order_and_spelling() -> None:
    found = match_headers(["Created At", "AMOUNT", "x", "transaction-id", "Currency"], INTERNAL, {}, "a.csv")
    assert found.known == {"transaction_id": 3, "amount": 1, "currency": 4, "created_at": 0}
    assert found.unknown == {"x": 2}


@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_a_zero_byte_in_a_header_is_refused(encoding: str | None, tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_bytes(b"\xef\xbb\xbfid,amount,currency,date,x\0\n1,2,EUR,2025-01-31,y\n")
    with pytest.raises(SourceError, match="zero byte"):
        read_external(path, encoding=encoding)
    with pytest.raises(SourceError, match="zero byte"):
        read_external([ROW | {"x\0": "y"}])


def test_mapping_names_the_rest() -> None:
    row = {"Vorgang": "1", "Betrag ": "2", "Währung": "EUR", "Buchungs-Tag": "2025-01-31", "Saldo": "7"}
    mapping = {"Vorgang": "id", "betrag": "Amount", "WÄHRUNG": "currency", "Buchungstag": "date"}
    records = read_external([row], mapping=mapping)
    assert records.to_pandas()[["id", "currency", "Saldo"]].values.tolist() == [["1", "EUR", "7"]]


def test_who_maps_debits_and_credits_means_no_column_that_is_called_amount() -> None:
    row = {"id": "1", "amount": "2", "out": "2", "into": "0", "currency": "EUR", "date": "2025-01-31"}
    records = read_external([row], mapping={"out": "debit", "into": "credit"}).to_pandas()
    assert records["amount"].tolist() == [Decimal(-2)]


def test_mapping_wins_over_a_header_of_the_same_name() -> None:
    row = {"ref": "1", "id": "x", "amount": "2", "currency": "EUR", "date": "2025-01-31"}
    assert read_external([row], mapping={"ref": "id", "id": "reference"}).to_pandas()["reference"].tolist() == ["x"]


@pytest.mark.parametrize(
    ("mapping", "error", "message"),
    [
        ({"Betrag": "amount"}, SourceError, "has no header 'Betrag', which mapping= names; it has 'id', 'amount'"),
        ({"amount": "sum"}, SettingsError, "'sum' is no column of external records; these are id, amount, currency"),
        ({"note": "amount"}, SourceError, "has column 'amount' twice, under the headers 'amount' and 'note'"),
        ("amount", SettingsError, 'mapping= takes headers and columns, such as mapping={"Betrag": "amount"}'),
    ],
)
def test_mappings_that_do_not_fit(mapping: Any, error: type[WorkbenchError], message: str) -> None:
    with pytest.raises(error, match=message):
        read_external([ROW | {"note": "3"}], mapping=mapping)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("id,amount,currency,date,Amount", "column 'amount' twice, under the headers 'amount' and 'Amount'"),
        ("id,amount,currency,Value Date,value-date,date", None),
        ("id,amount,currency,date,Note,note", None),
        ("id,amount,currency,date,x,x", None),
        ("id,amount,currency,date,,", None),
    ],
)
def test_doubled_headers(tmp_path: Path, headers: str, message: str | None) -> None:
    path = tmp_path / "a.csv"
    values = {"id": "1", "amount": "2", "currency": "EUR", "date": "2025-01-31"}
    path.write_text(f"{headers}\n{','.join(values.get(each, '') for each in headers.split(','))}\n")
    if message is None:
        assert len(read_external(path).to_pandas()) == 1
    else:
        with pytest.raises(SourceError, match=message):
            read_external(path)


def test_doubled_columns_of_frames_and_tables() -> None:
    frame = pd.DataFrame([ROW])
    with pytest.raises(SourceError, match="has column 'id' twice, under the headers 'id' and 'ID'"):
        read_external(frame.assign(ID=1))
    table = pa.Table.from_pylist([ROW]).append_column("x", [[1]]).append_column("x", [[2]])
    assert read_external(table).to_pandas()[["x", "x (2)"]].values.tolist() == [[1, 2]]


def test_a_field_doubled_within_a_json_object(tmp_path: Path) -> None:
    good = '{"id": "a", "amount": "1", "currency": "EUR", "date": "2026-01-01"}'
    for name, text in {
        "a.json": f'[{good}, {{"id": 1, "id": 2}}]',
        "a.ndjson": f'{good}\n{{"id": 1, "id": 2}}',
    }.items():
        (tmp_path / name).write_text(text)
        records = read_external(tmp_path / name, on_bad="reject")
        assert records.rejected[["row", "reason"]].values.tolist() == [[2, "names one field twice"]]
        assert len(records) == 1


def test_missing_columns_are_listed_with_the_headers_and_a_mapping_to_paste(tmp_path: Path) -> None:
    path = tmp_path / "umsätze.csv"
    path.write_text("Vorgang;Betrag;currency\n1;2;EUR\n")
    with pytest.raises(SourceError) as caught:
        read_external(path)
    assert str(caught.value) == (
        "umsätze.csv has no column date; its headers are 'Vorgang', 'Betrag', 'currency'; say which is "
        "which, such as mapping={'header of date': 'date'}"
    )


@pytest.mark.parametrize(
    ("read", "row", "missing"),
    [
        (read_internal, ENTRY, "amount"),
        (read_internal, ENTRY | {"precision": 100}, "amount"),
        (read_internal, ENTRY | {"precise_amount": 100, "amount": 1}, "precision"),
        (read_balances, {"balance_id": 1, "balance": 1}, "currency, credit_balance, debit_balance"),
        (read_snapshots, {"balance_id": 1, "currency": 1}, "snapshot_time, balance, credit_balance, debit_balance"),
    ],
)
def test_what_each_kind_requires(read: Any, row: dict[str, Any], missing: str) -> None:
    with pytest.raises(SourceError, match=f"^<list of dicts> has no column {missing};"):
        read([row])


def test_rows_of_a_program_are_understood_like_files_where_they_are_not_called_as_records() -> None:
    rows = [{"Buchungstag": "31.01.2026", "Betrag": "1.234,50", "Währung": "EUR"}]
    expected = [[Decimal("1234.50"), "EUR", "2026-01-31"]]
    for source in (rows, pd.DataFrame(rows), pa.Table.from_pylist(rows)):
        table = read_external(source).to_pandas()
        table["date"] = table["date"].dt.strftime("%Y-%m-%d")
        assert table[["amount", "currency", "date"]].values.tolist() == expected
    with pytest.raises(SourceError, match="leaves 2 things open"):
        read_internal([{"amount": 1}])


def test_names_that_the_readers_use_themselves_are_no_trouble() -> None:
    row = ROW | {"__row": "a", "__text__amount ": "b", "column 1": "c"}
    assert read_external([row]).to_pandas()[["__row", "__text__amount ", "column 1"]].values.tolist() == [
        ["a", "b", "c"]
    ]


@pytest.mark.parametrize("name", ["__row__", "__BAD__"])
def test_names_that_the_readers_need_are_refused(name: str) -> None:
    with pytest.raises(SourceError, match=f"has a column '{name.lower()}', a name that the workbench needs"):
        read_external([ROW | {name: "x"}])


def test_a_parquet_file_may_have_a_column_called_as_the_engine_calls_row_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([ROW | {"File_Row_Number": 7}]), tmp_path / "statement.parquet")
    [row] = read_external(tmp_path / "statement.parquet").to_pandas().to_dict("records")
    assert row["File_Row_Number"] == 7


@pytest.mark.parametrize(
    ("rows", "asked", "amounts"),
    [
        (["2025-09-17,Coffee,,2.50,EUR", "2025-09-18,Rent,,900.00,EUR"], True, ["-2.50", "-900.00"]),
        (["2025-09-17,Coffee,,-2.50,EUR", "2025-09-18,Rent,,900.00,EUR"], False, ["-2.50", "900.00"]),
        (["2025-09-17,Coffee,x,2.50,EUR", "2025-09-18,Rent,,900.00,EUR"], False, ["2.50", "900.00"]),
    ],
)
def test_an_empty_column_beside_amounts_without_sign_and_header_is_a_question(
    rows: list[str], asked: bool, amounts: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "statement.csv"
    path.write_text("\n".join(rows) + "\n")
    options: dict[str, Any] = {"header": None}
    if asked:
        with pytest.raises(SourceError, match="column 3 is empty in every row") as raised:
            read_external(path, header=None)
        assert "mapping={'4': 'debit'} (all amounts are out) or sign='as_is' (all are in)" in str(raised.value)
        as_is = read_external(path, header=None, sign="as_is").to_pandas()
        assert as_is["amount"].tolist() == [-Decimal(amount) for amount in amounts]
        options["mapping"] = {"4": "debit"}
    assert read_external(path, **options).to_pandas()["amount"].tolist() == [Decimal(amount) for amount in amounts]
