"""Amounts: exact from whatever holds them, and bad rows where they are none."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.layouts.questions import OpenQuestions
from workbench.records import Records
from workbench.sources import ReaderOptions, read_external, read_internal


def rows(*amounts: Any) -> list[dict[str, Any]]:
    return [{"id": str(at), "amount": each, "currency": "EUR", "date": "2025-01-31"} for at, each in enumerate(amounts)]


def amounts(records: Records) -> list[Decimal]:
    return records.table.to_pyarrow()["amount"].to_pylist()


def scale(records: Records) -> tuple[int, int]:
    kind = records.table.amount.type()
    return kind.precision, kind.scale


def reasons(*values: Any, **options: Any) -> list[str]:
    return read_external(rows(*values), on_bad="reject", **options).rejected["reason"].tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890.12", "12345678901234567890.12"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("+7.50", "7.50"),
        ("-7", "-7"),
        (".5", "0.5"),
        ("5.", "5"),
        (" 5 ", "5"),
        ("1e3", "1000"),
        ("1.5E-7", "0.00000015"),
        ("-2.50e+1", "-25"),
        ("007", "7"),
        ("-0", "0"),
    ],
)
def test_what_is_a_number(text: str, value: str) -> None:
    assert amounts(read_external(rows(text))) == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "NaN",
        "inf",
        "-Infinity",
        "1,5",
        "1.2.3",
        "$5",
        "5 EUR",
        "1 000",
        "1_000",
        "(5)",
        "5-",
        "--5",
        "0x1f",
        "e5",
        ".",
    ],
)
def test_what_is_none(text: str) -> None:
    assert reasons(text) == ["is not a number"]


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_amount_is_bad(nothing: str | None) -> None:
    assert reasons("1", nothing) == ["is empty"]


def test_floats_count_at_their_shortest_decimal_form() -> None:
    values = [0.1, 1e-7, 1e22, 123456789.123]
    text = ["0.1", "0.0000001", "10000000000000000000000", "123456789.123"]
    assert amounts(read_external(pd.DataFrame(rows(*values)))) == [Decimal(each) for each in text]
    single = pa.Table.from_pylist(rows(1, 2)).set_column(1, "amount", pa.array([0.1, 2.5], pa.float32()))
    assert amounts(read_external(single)) == [Decimal("0.1"), Decimal("2.5")]


def test_floats_that_are_no_numbers() -> None:
    frame = pd.DataFrame(rows(1.5, np.nan, np.inf))
    assert read_external(frame, on_bad="reject").rejected[["row", "reason"]].values.tolist() == [
        [2, "is empty"],
        [3, "is not a number"],
    ]
    assert reasons(Decimal("NaN"), Decimal("Infinity")) == ["is not a number"] * 2


def test_python_numbers_of_many_types_in_one_column() -> None:
    values = [1, Decimal("2.50"), 0.1, "4", np.int64(5), 2**100, np.float64(0.25)]
    assert amounts(read_external(rows(*values))) == [Decimal(str(each)) for each in values]


def test_typed_columns_need_no_text() -> None:
    plain = pa.Table.from_pylist(rows(1, 2))
    for kind in (pa.int8(), pa.uint64(), pa.int64(), pa.decimal128(5, 1), pa.decimal128(38, 0), pa.decimal128(38, 30)):
        records = read_external(plain.set_column(1, "amount", pa.array([7, 8], kind)))
        assert amounts(records) == [7, 8]
    assert amounts(read_external(plain.set_column(1, "amount", pa.array([-(2**63), 2**63 - 1])))) == [
        -(2**63),
        2**63 - 1,
    ]


def test_the_scale_is_that_of_the_data_and_18_digits_where_they_do() -> None:
    assert scale(read_external(rows("1", "2.50", "3.125"))) == (18, 3)
    assert scale(read_external(rows("1", "2"))) == (18, 0)
    assert scale(read_external(rows("0.000000000000000001", "2.50"))) == (38, 18)
    assert scale(read_external(rows("1e-18"))) == (38, 18)
    assert scale(read_external(rows("99999999999999.9999"))) == (18, 4)
    assert scale(read_external(rows("999999999999999.9999"))) == (38, 4)
    wide = pa.Table.from_pylist(rows(1, 2)).set_column(
        1, "amount", pa.array([1, Decimal("2.25")], pa.decimal128(38, 30))
    )
    assert scale(read_external(wide)) == (18, 2)


def test_amounts_that_do_not_fit_beside_the_decimals_of_others_are_bad() -> None:
    records = read_external(
        rows("0.000000000000000001", "99999999999999999999", "100000000000000000000"), on_bad="reject"
    )
    assert amounts(records) == [Decimal("0.000000000000000001"), Decimal(99999999999999999999)]
    assert records.rejected[["row", "reason"]].values.tolist() == [
        [3, "has more than 38 digits beside the 18 decimals of its column"]
    ]
    assert records.rejected_totals == {"EUR": (1, Decimal(0))}


@pytest.mark.parametrize("text", ["0." + "1" * 39, "0." + "0" * 40])
def test_more_than_38_decimals(text: str) -> None:
    assert reasons("1.5", text) == ["has more than 38 digits"]


@pytest.mark.parametrize("text", ["1" * 39, "1e38", "1e999"])
def test_more_than_38_digits(text: str) -> None:
    assert reasons("1", text) == ["has more than 38 digits"]


@pytest.mark.parametrize(
    ("options", "text", "value"),
    [
        ({"decimal": ","}, "1234,56", "1234.56"),
        ({"decimal": ",", "thousands": "."}, "-1.234.567,89", "-1234567.89"),
        ({"decimal": ",", "thousands": "."}, "1234,5", "1234.5"),
        ({"thousands": ","}, "1,234.5", "1234.5"),
        ({"thousands": "'"}, "1'234", "1234"),
        ({"decimal": ",", "thousands": " "}, " 1 234,5 ", "1234.5"),
        ({"decimal": ",", "thousands": "\u202f"}, "1\u202f234,5", "1234.5"),
        ({"decimal": ","}, Decimal("1.5"), "1.5"),
        ({"decimal": ","}, 1.5, "1.5"),
    ],
)
def test_marks_by_option(options: ReaderOptions, text: Any, value: str) -> None:
    assert amounts(read_external(rows(text), **options)) == [Decimal(value)]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"decimal": ","}, "1.234"),
        ({"decimal": ",", "thousands": "."}, "1.23"),
        ({"decimal": ",", "thousands": "."}, "12.34,5"),
        ({"decimal": ",", "thousands": "."}, "1,234.5"),
        ({"thousands": ","}, "1,23"),
        ({"thousands": ","}, ",123"),
    ],
)
def test_marks_that_do_not_fit_are_not_guessed_at(options: dict[str, Any], text: str) -> None:
    assert reasons(text, **options) == ["is not a number"]


def test_number_tokens_in_json_have_a_point_whatever_texts_have(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows("1,5", "TOKEN")).replace('"TOKEN"', "2.25"))
    assert amounts(read_external(path, decimal=",")) == [Decimal("1.5"), Decimal("2.25")]


# Each example reads a whole column, so a few go far.
few = settings(max_examples=20)


@st.composite
def columns(draw: st.DrawFn) -> list[Decimal]:
    """Amounts of 38 digits at most, at a scale of their own."""
    places = draw(st.integers(0, 38))
    digits = st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(-(10**18), 10**18) | st.integers(-9, 9)
    return [Decimal(f"{each}e-{places}") for each in draw(st.lists(digits, min_size=1, max_size=20))]


def as_csv(folder: Path, values: list[str]) -> Path:
    lines = [f"{at},{each},EUR,2025-01-31\n" for at, each in enumerate(values)]
    (folder / "a.csv").write_text("id,amount,currency,date\n" + "".join(lines))
    return folder / "a.csv"


def as_json(folder: Path, values: list[str]) -> Path:
    tokens = [
        f'{{"id": "{at}", "amount": {each}, "currency": "EUR", "date": "2025-01-31"}}' for at, each in enumerate(values)
    ]
    (folder / "a.json").write_text(f"[{', '.join(tokens)}]")
    return folder / "a.json"


def as_ndjson(folder: Path, values: list[str]) -> Path:
    (folder / "a.ndjson").write_text("\n".join(json.dumps(row) for row in rows(*values)))
    return folder / "a.ndjson"


def as_parquet(folder: Path, values: list[str]) -> Path:
    table = pa.Table.from_pylist(rows(*values))
    places = max(-int(Decimal(each).as_tuple().exponent) for each in values)
    typed = pa.array([Decimal(each) for each in values], pa.decimal128(38, places))
    pq.write_table(table.set_column(1, "amount", typed), folder / "a.parquet")
    return folder / "a.parquet"


@pytest.mark.parametrize("write", [as_csv, as_json, as_ndjson, as_parquet])
@few
@given(values=columns())
def test_any_38_digits_survive_any_file(write: Any, values: list[Decimal]) -> None:
    # Texts such as 1.000 alone leave their mark open.
    options = {} if write is as_parquet else {"decimal": "."}
    with tempfile.TemporaryDirectory() as folder:
        found = amounts(read_external(write(Path(folder), [f"{each:f}" for each in values]), **options))
    assert found == values


@few
@given(columns())
def test_any_38_digits_survive_in_memory(values: list[Decimal]) -> None:
    assert amounts(read_external(rows(*values))) == values
    assert amounts(read_external(pd.DataFrame(rows(*values)))) == values
    assert amounts(read_external(rows(*[f"{each:f}" for each in values]))) == values


@few
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15), min_size=1, max_size=20)
)
def test_any_float_is_its_shortest_decimal_form_or_a_bad_row(values: list[float]) -> None:
    records = read_external(pd.DataFrame(rows(*values)), on_bad="reject")
    bad = [row - 1 for row in records.rejected["row"].tolist()]
    assert amounts(records) == [Decimal(repr(each)) for at, each in enumerate(values) if at not in bad]
    places = max((-int(Decimal(repr(value)).as_tuple().exponent) for value in values), default=0)
    digits = max((len(str(int(abs(value)))) for value in values), default=0)
    assert not bad or max(places, 0) + digits > 38, "no row is bad where 38 digits are enough for all"


@few
@given(
    st.lists(st.tuples(st.integers(-99999, 99999), st.integers(0, 4), st.integers(-15, 12)), min_size=1, max_size=20)
)
def test_scientific_notation_is_exact(values: list[tuple[int, int, int]]) -> None:
    texts = [f"{Decimal(f'{digits}e-{places}'):f}e{exponent:+}" for digits, places, exponent in values]
    assert amounts(read_external(rows(*texts))) == [Decimal(each) for each in texts]


def test_a_flag_of_direction_in_unknown_words_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Datum;Segno;Importo;Divisa\n2026-01-30;Q;7,00;EUR\n2026-01-31;P;5,00;EUR\n")
    with pytest.raises(OpenQuestions, match=r"says P, Q: choose directions=\{'P': 'in', 'Q': 'out'\} or"):
        read_external(path)
    assert amounts(read_external(path, directions={"P": "in", "Q": "out"})) == [-7, 5]
    # Where amounts have a sign of their own, such a column is no matter.
    path.write_text("Datum;Segno;Importo;Divisa\n2026-01-30;Q;-7,00;EUR\n2026-01-31;P;5,00;EUR\n")
    assert amounts(read_external(path)) == [-7, 5]


def test_two_words_without_a_header_of_which_one_is_a_flag_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("2026-01-30|EUR|Rent|D|7.50\n2026-01-31|EUR|Tea|A|5.25\n")
    with pytest.raises(OpenQuestions, match="column 4 says A, D: choose directions"):
        read_external(path, header=None)
    assert amounts(read_external(path, header=None, directions={"A": "in", "D": "out"})) == [
        Decimal("-7.50"),
        Decimal("5.25"),
    ]


def test_columns_that_take_turns_are_asked_for_as_debit_and_credit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("2026-01-30;EUR;Rent;7,50;\n2026-01-31;EUR;Tea;;5,25\n")
    with pytest.raises(OpenQuestions, match="column 4 and column 5 take turns: one is out, the other in"):
        read_external(path, header=None)
    answer = {"4": "debit", "5": "credit"}
    assert amounts(read_external(path, header=None, mapping=answer)) == [Decimal("-7.50"), Decimal("5.25")]


def test_numbers_that_are_called_as_records_call_an_id_are_no_amounts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("transaction_id,created_at,currency\n7,2026-01-30,EUR\n8,2026-01-31,EUR\n")
    with pytest.raises(SourceError, match="no column amount"):
        read_internal(path)


@pytest.mark.parametrize(
    ("written", "currency", "fits"),
    [
        ("€1.00", "EUR", True),
        ("€1.00", "USD", False),
        ("$1.00", "EUR", False),
        ("$1.00", "CAD", True),
        ("USD 1.00", "CAD", False),
        ("¥1.00", "CNY", True),
        ("1.00 zł", "HUF", False),
        ("$1.00", "USDC", True),
        ("£1.00", "EGP", True),
        ("£1.00", "EUR", False),
        ("1.00 lei", "MDL", True),
    ],
)
def test_a_sign_beside_an_amount_that_cannot_be_that_of_its_row(
    tmp_path: Path, written: str, currency: str, fits: bool
) -> None:
    (tmp_path / "a.csv").write_text(f"id,amount,currency,date\ne1,{written},{currency},2026-01-02\n")
    rejected = read_external(tmp_path / "a.csv", on_bad="reject").rejected["reason"].tolist()
    assert rejected == ([] if fits else [f"is of another currency than its row: {currency}"])
