"""Bad rows: named, counted, kept beside the good ones, never lost."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadRecords
from workbench.sources import read_external, read_internal

STATEMENT = """\
id,amount,currency,reference,date
ch_1,10.00,usd,a,2025-01-31
ch_2,abc,usd,b,2025-01-31
,5.00,eur,c,2025-01-31
ch_1,7.25,usd,d,2025-01-31
ch_5,1.00,,e,yesterday
ch_6,,eur,f,2025-01-31
ch_7,2.50,eur,g,
ch_8,3.00,eur,h,2025-01-31
"""
FAULTS = [
    (2, "amount", "abc", "is not a number"),
    (3, "id", None, "is empty"),
    (4, "id", "ch_1", "is a duplicate id: row 1 has it too"),
    (5, "currency", None, "is empty"),
    (5, "date", "yesterday", "is not an ISO 8601 date"),
    (6, "amount", None, "is empty"),
    (7, "date", None, "is empty"),
]


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    (tmp_path / "statement.csv").write_text(STATEMENT)
    return tmp_path / "statement.csv"


def test_bad_rows_are_named(statement: Path) -> None:
    with pytest.raises(BadRecords) as caught:
        read_external(statement)
    assert str(caught.value).splitlines() == [
        'statement.csv: 6 of 8 records are bad; correct them, or read the others with on_bad="reject"',
        "  row 2, column amount: 'abc' is not a number",
        "  row 3, column id is empty",
        "  row 4, column id: 'ch_1' is a duplicate id: row 1 has it too",
        "  row 5, column currency is empty",
        "  row 5, column date: 'yesterday' is not an ISO 8601 date",
        "  row 6, column amount is empty",
        "  row 7, column date is empty",
    ]


def test_rejected_rows_travel_beside_the_good_ones(statement: Path) -> None:
    records = read_external(statement, on_bad="reject")
    assert records.to_pandas()["id"].tolist() == ["ch_1", "ch_8"]
    faults = records.rejected.astype(object).where(records.rejected.notna(), None)
    assert sorted(faults.itertuples(index=False, name=None)) == sorted(FAULTS, key=str) == sorted(FAULTS)
    assert records.rejected["row"].is_monotonic_increasing
    assert records.origin.rows == 8
    assert records.origin.options == {"on_bad": "reject"}


def test_rejected_records_are_counted_and_their_readable_amounts_summed(statement: Path) -> None:
    totals = read_external(statement, on_bad="reject").rejected_totals
    assert totals == {"USD": (2, Decimal("7.25")), "EUR": (3, Decimal("7.50")), "": (1, Decimal("1.00"))}


def test_only_twenty_are_listed_but_all_are_counted() -> None:
    rows = [{"id": str(at), "amount": "x" * 100, "currency": "EUR", "date": "2025-01-31"} for at in range(25)]
    with pytest.raises(BadRecords) as caught:
        read_external(rows)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("<list of dicts>: 25 of 25 records are bad")
    assert lines[1] == f"  row 1, column amount: '{'x' * 60}…' is not a number"
    assert lines[20:] == [lines[1].replace("row 1,", "row 20,"), "  and 5 more"]


def test_every_row_may_be_bad(statement: Path) -> None:
    records = read_external(statement, date_format="%d.%m.%Y", on_bad="reject")
    assert len(records.to_pandas()) == 0
    assert sum(count for count, _ in records.rejected_totals.values()) == 8
    assert records.table.amount.type().scale == 2


def test_duplicates_are_found_beneath_blanks_and_number_types() -> None:
    row = {"amount": 1, "currency": "EUR", "date": "2025-01-31"}
    rows = [row | {"id": each} for each in ["7", " 7", 7, "7.0", "A", "a", " "]]
    rejected = read_external(rows, on_bad="reject").rejected
    assert rejected[["row", "reason"]].values.tolist() == [
        [2, "is a duplicate id: row 1 has it too"],
        [3, "is a duplicate id: row 1 has it too"],
        [7, "is empty"],
    ]


def test_good_rows_keep_their_order() -> None:
    row = {"amount": 1, "currency": "EUR", "date": "2025-01-31"}
    rows = [row | {"id": str(at if at % 1000 else 0)} for at in range(5000, 0, -1)]
    kept = read_external(rows, on_bad="reject").to_pandas()["id"].tolist()
    assert kept == [str(at if at % 1000 else 0) for at in range(5000, 0, -1) if at % 1000 or at == 5000]


cells = st.fixed_dictionaries(
    {
        "transaction_id": st.sampled_from(["1", "2", "3", "4", "5", "", " 1"]),
        "precise_amount": st.sampled_from(["", "5", "5.0", "12e3", "5.5", "x", "9" * 38, "9" * 39]),
        "precision": st.sampled_from(["", "1", "100", "1e2", "1000000000000000000", "7", "x", "-10"]),
        "amount": st.sampled_from(["", "0.5", "x", "9" * 38]),
        "currency": st.sampled_from(["EUR", " eur", "", "USD"]),
        "created_at": st.sampled_from(["2025-01-31", "", "x"]),
        "effective_date": st.sampled_from(["2025-01-31", "", "x"]),
    }
)


@given(st.lists(cells, min_size=1, max_size=8))
def test_every_record_is_good_or_rejected_with_a_reason(rows: list[dict[str, Any]]) -> None:
    records = read_internal(rows, on_bad="reject")
    good = records.to_pandas()
    bad = records.rejected["row"].unique()
    assert len(good) + len(bad) == len(rows) == records.origin.rows
    assert sum(count for count, _ in records.rejected_totals.values()) == len(bad)
    assert records.rejected["reason"].notna().all()
    assert good[["transaction_id", "amount", "currency", "created_at"]].notna().all(axis=None)
    assert good["transaction_id"].is_unique
    kept = [row for at, row in enumerate(rows, 1) if at not in set(bad.tolist())]
    assert good["transaction_id"].tolist() == [row["transaction_id"].strip() for row in kept]
    for row, amount in zip(kept, good["amount"], strict=True):
        whole, precision = row["precise_amount"], row["precision"]
        assert Fraction(amount) == (Fraction(whole) / Fraction(precision) if whole else Fraction(row["amount"]))


def test_faults_of_no_rows_have_their_types() -> None:
    row = {"id": 1, "amount": 1, "currency": "EUR", "date": "2025-01-31"}
    assert read_external([row]).rejected.dtypes.astype(str).to_dict() == {
        "row": "int64[pyarrow]",
        "column": "string[pyarrow]",
        "value": "string[pyarrow]",
        "reason": "string[pyarrow]",
    }
    assert isinstance(read_external([row]).rejected, pd.DataFrame)
