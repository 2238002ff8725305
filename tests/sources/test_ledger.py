"""What a ledger says: transactions with precise amounts, balances, snapshots."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from workbench.errors import BadRecords
from workbench.records import BALANCES, INTERNAL, SNAPSHOTS
from workbench.sources import read_balances, read_internal, read_snapshots

ENTRY = {"currency": "USD", "created_at": "2025-01-31"}


def entries(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"transaction_id": f"txn_{at}"} | ENTRY | row for at, row in enumerate(rows, 1)]


def column(rows: Any, name: str) -> list[Any]:
    return read_internal(rows).table.to_pyarrow()[name].to_pylist()


def faults(*rows: dict[str, Any]) -> list[list[Any]]:
    return read_internal(entries(*rows), on_bad="reject").rejected[["row", "column", "reason"]].values.tolist()


def test_amounts_come_from_precise_amounts_where_they_stand() -> None:
    rows = entries(
        {"precise_amount": "15275", "precision": "100", "amount": "0.30000000000000004"},
        {"precise_amount": "-5", "precision": "1000", "amount": "nonsense"},
        {"precise_amount": "", "precision": "100", "amount": "7.5"},
        {"precise_amount": None, "precision": None, "amount": "8"},
        {"precise_amount": "2.00", "precision": "1", "amount": ""},
        {"precise_amount": "2E+2", "precision": "1e0", "amount": ""},
    )
    expected = ["152.750", "-0.005", "7.500", "8.000", "2.000", "200.000"]
    assert column(rows, "amount") == [Decimal(each) for each in expected]
    assert column(rows, "precise_amount") == [15275, -5, None, None, 2, 200]
    assert column(rows, "precision") == [100, 1000, 100, None, 1, 1]
    table = read_internal(rows).table
    assert (table.amount.type().precision, table.amount.type().scale) == (18, 3)
    assert (table.precise_amount.type().precision, table.precise_amount.type().scale) == (18, 0)


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.decimal128(18, 0), pa.decimal128(38, 0), pa.float64()])
def test_typed_precise_amounts(kind: pa.DataType) -> None:
    table = pa.Table.from_pylist(entries({}, {}))
    table = table.append_column("precise_amount", pa.array([123, None], kind))
    table = table.append_column("precision", pa.array([100, 100], pa.int32()))
    table = table.append_column("amount", pa.array([None, Decimal("4.5")], pa.decimal128(20, 1)))
    assert column(table, "amount") == [Decimal("1.23"), Decimal("4.50")]


def test_a_token_with_18_decimals_beside_dollars() -> None:
    rows = entries(
        {"precise_amount": 1, "precision": 10**18},
        {"precise_amount": str(10**38 - 1), "precision": 10**18},
        {"precise_amount": 12345, "precision": 100},
    )
    expected = ["0.000000000000000001", "99999999999999999999.999999999999999999", "123.45"]
    assert column(rows, "amount") == [Decimal(each) for each in expected]


def test_dollars_too_large_beside_such_a_token() -> None:
    rows = [{"precise_amount": 1, "precision": 10**18}, {"precise_amount": str(10**22), "precision": 100}]
    reason = "has more than 38 digits beside the 18 decimals of its column"
    assert faults(*rows) == [[2, "precise_amount", reason]]
    assert column(entries({"precise_amount": str(10**22 - 1), "precision": 100}, rows[0]), "amount") == [
        Decimal("99999999999999999999.99"),
        Decimal("0.000000000000000001"),
    ]


def test_what_is_wrong_with_precise_amounts() -> None:
    assert faults(
        {"precise_amount": "1.5", "precision": "100", "amount": "1"},
        {"precise_amount": "x", "precision": "100", "amount": "1"},
        {"precise_amount": "1", "precision": "", "amount": "1"},
        {"precise_amount": "1", "precision": "60", "amount": "1"},
        {"precise_amount": "1", "precision": "0", "amount": "1"},
        {"precise_amount": "", "precision": "60", "amount": "1"},
        {"precise_amount": "", "precision": "100", "amount": ""},
        {"precise_amount": "", "precision": "100", "amount": "x"},
        {"precise_amount": "9" * 39, "precision": "100", "amount": ""},
        {"precise_amount": "1", "precision": "1" + "0" * 19, "amount": ""},
    ) == [
        [1, "precise_amount", "is not a whole number"],
        [2, "precise_amount", "is not a number"],
        [3, "precision", "is empty beside a precise_amount"],
        [4, "precision", "is not a power of ten up to 10^18"],
        [5, "precision", "is not a power of ten up to 10^18"],
        [6, "precision", "is not a power of ten up to 10^18"],
        [7, "amount", "is empty, and so is precise_amount"],
        [8, "amount", "is not a number"],
        [9, "precise_amount", "has more than 38 digits"],
        [10, "precision", "is not a power of ten up to 10^18"],
    ]


def test_precise_amounts_that_are_all_empty() -> None:
    assert column(entries({"precise_amount": "", "precision": "", "amount": "1.5"}), "amount") == [Decimal("1.5")]


def test_a_precision_without_precise_amounts_stays() -> None:
    assert column(entries({"precision": 100, "amount": "1.5"}), "precision") == [100]
    assert faults({"precision": 99, "amount": "1.5"}) == [[1, "precision", "is not a power of ten up to 10^18"]]


def test_all_canonical_columns_are_there_in_order_and_typed() -> None:
    records = read_internal(entries({"amount": 1, "status": "applied", "source": "", "ledger": "l"}))
    schema = records.table.to_pyarrow().schema
    assert schema.names == [*INTERNAL.columns, "ledger"]
    kinds = {"amount": pa.decimal128(18, 0), "precise_amount": pa.decimal128(18, 0), "precision": pa.int64()}
    instant = pa.timestamp("us", "UTC")
    kinds |= {"created_at": instant, "effective_date": instant, "ledger": pa.string()}
    assert [schema.field(name).type for name in schema.names] == [kinds.get(name, pa.string()) for name in schema.names]
    assert records.given == ("transaction_id", "source", "amount", "currency", "status", "created_at")
    assert records.to_pandas().loc[0, ["source", "status"]].isna().tolist() == [True, False]


BALANCE = {"balance_id": "bln_1", "currency": "usd", "credit_balance": "1200", "debit_balance": 600.0, "balance": 600}


def test_balances_are_whole_numbers_of_38_digits() -> None:
    huge = BALANCE | {"balance_id": "bln_2", "balance": str(-(10**38) + 1), "inflight_balance": "3", "Created": "x"}
    table = read_balances([BALANCE, huge]).table.to_pyarrow()
    assert table.schema.names == [*BALANCES.columns, "Created"]
    assert table.schema.field("balance").type == pa.decimal128(38, 0)
    assert table["balance"].to_pylist() == [600, -(10**38) + 1]
    assert table["debit_balance"].to_pylist() == [600, 600]
    assert table["currency"].to_pylist() == ["USD", "USD"]
    assert table["inflight_balance"].to_pylist() == [None, 3]


def test_balances_that_are_not_whole_or_not_there() -> None:
    rows = [BALANCE | {"balance": "0.5"}, BALANCE | {"balance_id": "b"} | {"debit_balance": ""}, BALANCE]
    rejected = read_balances(rows, on_bad="reject").rejected
    assert rejected[["row", "column", "reason"]].values.tolist() == [
        [1, "balance", "is not a whole number"],
        [2, "debit_balance", "is empty"],
        [3, "balance_id", "is a duplicate id: row 1 has it too"],
    ]
    assert read_balances(rows, on_bad="reject").rejected_totals == {"USD": (3, Decimal(1200))}


def test_snapshots_repeat_their_balance() -> None:
    first = BALANCE | {"snapshot_time": "2025-01-31T00:00:00Z"}
    second = {name: value for name, value in first.items() if name != "currency"} | {"snapshot_time": "2025-02-28"}
    table = read_snapshots([first, second]).table.to_pyarrow()
    assert table.schema.names == list(SNAPSHOTS.columns)
    assert table["snapshot_time"].to_pylist() == [datetime(2025, 1, 31, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)]
    assert table["currency"].to_pylist() == ["USD", None]


def test_bad_snapshots_without_a_currency_are_counted() -> None:
    snapshot = {name: value for name, value in BALANCE.items() if name != "currency"} | {"snapshot_time": "never"}
    assert read_snapshots([snapshot], on_bad="reject").rejected_totals == {"": (1, Decimal(600))}
    with pytest.raises(BadRecords, match="row 1, column snapshot_time: 'never' is not an ISO 8601 date"):
        read_snapshots([snapshot])


@pytest.mark.parametrize(
    ("columns", "amounts"),
    [
        ("Deposit,Withdrawal", ["1.50", "-2.50"]),
        ("Ausgabe,Einnahme", ["-1.50", "2.50"]),
        ("Debit,Credit", ["1.50", "-2.50"]),  # what is debited to an account of ours comes into it
    ],
)
def test_money_in_comes_into_an_account_whoever_writes(tmp_path: Path, columns: str, amounts: list[str]) -> None:
    text = f"Date,Text,{columns},Currency\n2026-01-12,A,1.50,,EUR\n2026-01-13,B,,2.50,EUR\n"
    (tmp_path / "a.csv").write_text(text)
    assert read_internal(tmp_path / "a.csv").to_pandas()["amount"].astype(str).tolist() == amounts


@pytest.mark.parametrize(
    "lines",
    [
        ["Datum;Text;x;y;Saldo;Währung", "12.01.2026;A;1,50;;101,50;EUR", "13.01.2026;B;;2,50;99,00;EUR"],
        ["Datum;Text;x;y;Währung", "12.01.2026;A;1,50;;EUR", "13.01.2026;B;;-2,50;EUR"],
    ],
    ids=["a balance", "signs"],
)
def test_what_proves_which_column_is_out_does_so_in_a_ledger(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "a.csv").write_text("\n".join(lines))
    amounts = read_internal(tmp_path / "a.csv").to_pandas()["amount"]
    assert amounts.astype(str).tolist() == ["1.50", "-2.50"]
