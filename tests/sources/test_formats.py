"""One statement in every format: the same records come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.engine import own_engine
from workbench.errors import SourceError
from workbench.sources import read_external

STATEMENT = [
    {"id": "ch_1", "amount": "152.75", "currency": "usd", "date": "2025-01-31", "note": "x"},
    {"id": "ch_2", "amount": "-0.5", "currency": "EUR", "date": "2025-02-01T09:30:00+02:00", "note": ""},
    {"id": "ch_3", "amount": "3", "currency": " gbp ", "date": "2025-02-02 10:00:00.123456789Z", "note": "<b>"},
]
RECORDS = [
    ("ch_1", Decimal("152.75"), "USD", datetime(2025, 1, 31, tzinfo=UTC)),
    ("ch_2", Decimal("-0.50"), "EUR", datetime(2025, 2, 1, 7, 30, tzinfo=UTC)),
    ("ch_3", Decimal("3.00"), "GBP", datetime(2025, 2, 2, 10, 0, 0, 123456, tzinfo=UTC)),
]
HEADER = ["id", "amount", "currency", "date", "note"]


def delimited(mark: str) -> str:
    return "".join(f"{mark.join(line)}\n" for line in [HEADER, *(list(row.values()) for row in STATEMENT)])


def numbers_as_tokens() -> str:
    lines = [json.dumps(row).replace(f'"{row["amount"]}"', row["amount"]) for row in STATEMENT]
    return "[" + ",\n".join(lines) + "]"


def write_csv(folder: Path) -> Path:
    (folder / "statement.csv").write_text(delimited(","))
    return folder / "statement.csv"


def write_tsv(folder: Path) -> Path:
    (folder / "statement.TSV").write_text(delimited("\t"))
    return folder / "statement.TSV"


def write_txt(folder: Path) -> Path:
    (folder / "statement.txt").write_text(delimited("|"))
    return folder / "statement.txt"


def write_json(folder: Path) -> Path:
    (folder / "statement.json").write_text(numbers_as_tokens())
    return folder / "statement.json"


def write_ndjson(folder: Path) -> Path:
    (folder / "statement.ndjson").write_text("\n".join(json.dumps(row) for row in STATEMENT))
    return folder / "statement.ndjson"


def write_jsonl(folder: Path) -> Path:
    (folder / "statement.jsonl").write_text(numbers_as_tokens().strip("[]").replace(",\n", "\n\n"))
    return folder / "statement.jsonl"


def write_parquet(folder: Path) -> Path:
    (folder / "k=1").mkdir()
    path = folder / "k=1" / "a[1]*?.parquet"  # neither a partition nor a pattern
    pq.write_table(pa.Table.from_pylist(STATEMENT), path)
    (folder / "k=1" / "a1bc.parquet").write_bytes(b"what the pattern would match")
    return path


def write_xlsx(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append([])
    book.active.append(HEADER)
    for row in STATEMENT:
        book.active.append([float(cell) if name == "amount" else cell for name, cell in row.items()])
        book.active.append([])
    book.create_sheet("nothing here")
    book.save(folder / "statement.xlsx")
    return folder / "statement.xlsx"


def typed() -> pa.Table:
    amounts = pa.array([record[1] for record in RECORDS], pa.decimal128(38, 10))
    dates = pa.array([record[3] for record in RECORDS], pa.timestamp("us", "Europe/Berlin"))
    plain = pa.Table.from_pylist(STATEMENT)
    return plain.set_column(1, "amount", amounts).set_column(3, "date", dates)


def write_typed_parquet(folder: Path) -> Path:
    pq.write_table(typed(), folder / "typed.parquet")
    return folder / "typed.parquet"


@pytest.mark.parametrize(
    "source",
    [
        write_csv,
        write_tsv,
        write_txt,
        write_json,
        write_ndjson,
        write_jsonl,
        write_parquet,
        write_typed_parquet,
        write_xlsx,
        lambda _: STATEMENT,
        lambda _: pd.DataFrame(STATEMENT, dtype=object),
        lambda _: pd.DataFrame(STATEMENT).astype({"amount": float, "currency": "category"}),
        lambda _: pa.Table.from_pylist(STATEMENT),
        lambda _: typed(),
        lambda _: typed().to_pandas().assign(amount=[record[1] for record in RECORDS]),
        lambda _: typed().to_pandas(types_mapper=pd.ArrowDtype),
    ],
)
def test_the_same_records_come_out_of_every_format(
    tmp_path: Path, source: Callable[[Path], Path | pd.DataFrame | pa.Table]
) -> None:
    records = read_external(source(tmp_path), source="Stripe")
    table = records.table.to_pyarrow()
    assert table.column_names == ["id", "amount", "currency", "reference", "description", "date", "source", "note"]
    assert list(zip(*(table[name].to_pylist() for name in HEADER[:4]), strict=True)) == RECORDS
    assert table.schema.field("amount").type == pa.decimal128(18, 2)
    assert table.schema.field("date").type == pa.timestamp("us", "UTC")
    assert table["source"].to_pylist() == ["Stripe"] * 3
    assert [note or "" for note in table["note"].to_pylist()] == ["x", "", "<b>"]
    assert records.given == ("id", "amount", "currency", "date")
    assert records.origin.rows == 3
    assert len(records.rejected) == 0
    assert records.rejected_totals == {}


def test_the_origin_of_a_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path)
    origin = read_external(path, encoding="latin-1", mapping={"note": "description"}, source="Stripe").origin
    assert (origin.name, origin.format, origin.path) == ("statement.csv", "csv", str(path))
    assert origin.sha256 == sha256(path.read_bytes()).hexdigest()
    assert origin.options == {"mapping": {"note": "description"}, "encoding": "latin-1", "source": "Stripe"}
    assert read_external(path, **origin.options).origin == origin


def test_the_origin_of_rows_in_memory_tells_them_apart_however_they_are_cut() -> None:
    whole = pa.Table.from_pylist(STATEMENT)
    cut = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    origin = read_external(whole).origin
    assert (origin.name, origin.format, origin.path) == ("<Arrow table>", "arrow", None)
    assert read_external(cut).origin == origin
    assert read_external(whole.set_column(4, "note", [["x", "", "<i>"]])).origin.sha256 != origin.sha256


def test_source_fills_only_what_is_empty() -> None:
    rows = [row | {"source": source} for row, source in zip(STATEMENT, ["Adyen", "", None], strict=True)]
    assert read_external(rows, source="Stripe").to_pandas()["source"].tolist() == ["Adyen", "Stripe", "Stripe"]


def test_columns_nobody_knows_come_out_as_they_came() -> None:
    table = (
        pa.Table.from_pylist(STATEMENT).append_column("Fee Code", [[1, None, 3]]).append_column("raw", [[{"a": 1}] * 3])
    )
    records = read_external(table).table.to_pyarrow()
    assert records["Fee Code"].to_pylist() == [1, None, 3]
    assert records["raw"].to_pylist() == [{"a": 1}] * 3


def test_numbers_as_ids_are_their_digits() -> None:
    rows = [row | {"id": at, "reference": at + 0.5} for at, row in enumerate(STATEMENT)]
    frame = pd.DataFrame(rows).astype({"id": float})
    assert read_external(rows).to_pandas()["id"].tolist() == ["0", "1", "2"]
    assert read_external(frame).to_pandas()[["id", "reference"]].values.tolist()[1] == ["1", "1.5"]
    assert read_external([rows[0] | {"id": Decimal("1E+20")}]).to_pandas()["id"].tolist() == ["1" + "0" * 20]


def test_nested_values_become_json_that_keeps_numbers_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    nested = '{"fee": [0.10, null, true, "é"]}'
    path.write_text(f'[{{"id": 1, "amount": 1, "currency": "EUR", "date": "2025-01-31", "description": {nested}}}]')
    assert read_external(path).to_pandas()["description"][0] == nested


def test_json_rows_may_lack_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([STATEMENT[0], STATEMENT[1] | {"reference": "r"}]))
    assert read_external(path).to_pandas()["reference"].tolist() == [pd.NA, "r"]


def test_a_workbook_with_several_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "March"
    book.active.append(HEADER)
    book.active.append(["ch_1", 0.1 + 0.2, "EUR", datetime(2025, 3, 1, 12), 7])  # noqa: DTZ001 - Excel knows no zones
    book.create_sheet("Totals").append(["sum", 1])
    book.save(tmp_path / "book.xlsx")
    records = read_external(tmp_path / "book.xlsx", sheet="March").to_pandas()
    assert records.loc[0, ["amount", "note"]].tolist() == [Decimal("0.3"), 7]  # 15 digits are all that Excel holds
    assert records["date"][0] == pd.Timestamp("2025-03-01T12:00Z")
    assert read_external(tmp_path / "book.xlsx", sheet="March").origin.options == {"sheet": "March"}


@pytest.mark.parametrize("write", [write_typed_parquet, write_csv])
def test_readers_leave_nothing_behind_in_the_engine(
    write: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = own_engine()
    monkeypatch.setattr("workbench.sources.loading.own_engine", lambda **_: engine)
    count = "SELECT (SELECT count(*) FROM duckdb_tables()), (SELECT count(*) FROM duckdb_views() WHERE NOT internal)"
    [(tables, views)] = engine.con.execute(count).fetchall()
    kept = read_external(write(tmp_path)).table
    assert engine.con.execute(count).fetchall() != [(tables, views)]
    assert kept.count().execute() == 3
    del kept
    assert engine.con.execute(count).fetchall() == [(tables, views)]


def test_a_parquet_file_that_changes_meanwhile_is_no_longer_read(tmp_path: Path) -> None:
    records = read_external(write_typed_parquet(tmp_path))
    assert len(records.to_pandas()) == 3
    pq.write_table(typed().slice(1), tmp_path / "typed.parquet")
    with pytest.raises(SourceError, match=r"typed\.parquet has changed since it was opened: read it again"):
        records.to_pandas()


def test_a_parquet_file_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    records = read_external(write_typed_parquet(Path()))
    monkeypatch.chdir("/")
    assert len(records.to_pandas()) == 3
