"""Files as banks and processors give them: the records that come out, with at most one answer from the user."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbench.layouts.questions import OpenQuestions
from workbench.records import Records
from workbench.sources import read_external, read_internal

CASES = Path(__file__).parent / "cases"
READERS = {"external": read_external, "internal": read_internal}


def facts(records: Records, side: str = "external") -> list[tuple[str, str, str]]:
    """Each record's date, to the minute where it has one, its amount and its currency."""
    rows = records.table.to_pyarrow().to_pylist()
    date = "date" if side == "external" else "created_at"
    return [(_day(row[date]), f"{row['amount'].normalize():f}", row["currency"]) for row in rows]


def _day(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


@pytest.mark.parametrize(
    ("name", "answer", "records"),
    [
        (
            "german_savings_bank.csv",
            {},
            [
                ("2025-11-28", "-2150", "EUR"),
                ("2025-11-29", "964.1", "EUR"),
                ("2025-11-29", "-3.8", "EUR"),
                ("2025-11-29", "-3.8", "EUR"),
            ],
        ),
        ("currency_in_header.csv", {}, [("2025-11-17", "-41.2", "CHF"), ("2025-11-18", "900", "CHF")]),
        ("debit_and_credit.csv", {}, [("2025-11-03", "-750", "GBP"), ("2025-11-04", "1180.4", "GBP")]),
        ("direction_flag.csv", {}, [("2025-11-30", "-88.15", "EUR"), ("2025-11-28", "250", "EUR")]),
        ("lines_around.csv", {}, [("2025-11-03", "80", "EUR"), ("2025-11-04", "2400", "EUR")]),
        ("no_header.csv", {"header": None}, [("2025-11-28", "2310", "USD"), ("2025-11-29", "18.25", "USD")]),
        ("doubled_currency.csv", {}, [("2025-11-01", "-20", "USD")]),
        (
            "notations.csv",
            {},
            [
                ("2025-11-01", "2048.16", "USD"),
                ("2025-11-01", "-75", "USD"),
                ("2025-11-01", "-19.99", "USD"),
                ("2025-11-01", "3.5", "CHF"),
                ("2025-11-01", "1234567.89", "INR"),
                ("2025-11-01", "-8", "USD"),
                ("2025-11-01", "-410.05", "USD"),
                ("2025-11-01", "-6", "USD"),
                ("2025-11-01", "7", "USD"),
            ],
        ),
        ("minor_units.ndjson", {"minor_units": True}, [("2025-11-01", "4999", "JPY"), ("2025-11-02", "49.99", "USD")]),
        ("unix_time.ndjson", {}, [("2025-11-01", "12.5", "USD")]),
        ("pending.csv", {"only": {"State": ["COMPLETED"]}}, [("2025-11-01", "5", "EUR")]),
        ("two_accounts.csv", {"only": {"account": ["320"]}}, [("2025-11-01", "12", "EUR")]),
        (
            "gross_fee_net.csv",
            {"without": {"reporting_category": ["payout"]}},
            [("2025-11-01 08:00", "38.8", "EUR"), ("2025-11-01 09:30", "-8", "EUR")],
        ),
        (
            "net_debit_and_credit.csv",
            {},
            [
                ("2025-11-01 15:10", "17.5", "EUR"),
                ("2025-11-01 18:00", "-0.4", "EUR"),
                ("2025-11-01 18:00", "-17.1", "EUR"),
            ],
        ),
        ("running_balance.csv", {}, [("2025-11-01", "-15", "EUR"), ("2025-11-02", "-25", "EUR")]),
        ("record_types.csv", {"header": None}, [("2025-11-01 20:15", "18", "EUR"), ("2025-11-01 21:15", "30", "EUR")]),
        ("trailing_delimiter.csv", {}, [("2025-11-01 18:10", "19", "USD")]),
        ("euro_sign.csv", {}, [("2025-11-03", "-17.5", "EUR"), ("2025-11-02", "0", "EUR")]),
        ("three_digits.csv", {"decimal": ","}, [("2025-11-01", "125000", "CLP"), ("2025-11-01", "9990", "CLP")]),
        ("first_record_first.csv", {"header": None}, [("2025-11-01", "700", "USD"), ("2025-11-02", "71", "USD")]),
    ],
)
def test_a_file_reads_as_it_is(name: str, answer: dict[str, Any], records: list[tuple[str, str, str]]) -> None:
    read = read_external(CASES / name, **answer)
    assert facts(read) == records
    # What was found is all that is needed to read it again, without finding anything.
    again = read_external(CASES / name, **read.origin.options)
    assert facts(again) == records
    assert again.to_pandas()["id"].tolist() == read.to_pandas()["id"].tolist()


def test_a_ledger_of_an_accounting_program() -> None:
    with pytest.raises(OpenQuestions) as asked:
        read_internal(CASES / "general_ledger.csv")
    assert [question.option for question in asked.value.questions] == ["currency"]
    ledger = read_internal(CASES / "general_ledger.csv", currency="USD")
    assert facts(ledger, "internal") == [("2025-11-20", "310", "USD"), ("2025-11-21", "-55.5", "USD")]
    assert ledger.left_out[["line", "why"]].values.tolist() == [
        [2, "has neither a date nor an amount"],
        [5, "sums up or states a balance"],
    ]


@pytest.mark.parametrize(
    ("name", "options", "answers"),
    [
        ("no_header.csv", ["header"], ["--external-header none", "--external-header 1"]),
        ("first_record_first.csv", ["header"], ["--external-header none", "--external-header 1"]),
        ("record_types.csv", ["header"], ["--external-header none", "--external-header 2"]),
        ("three_digits.csv", ["decimal"], ["--external-decimal ','", "--external-decimal ."]),
        ("minor_units.ndjson", ["minor_units"], ["--external-minor-units", "--external-no-minor-units"]),
    ],
)
def test_what_a_file_leaves_open_is_asked_at_once(name: str, options: list[str], answers: list[str]) -> None:
    with pytest.raises(OpenQuestions) as asked:
        read_external(CASES / name)
    questions = asked.value.questions
    assert [question.option for question in questions] == options
    assert [choice.flags("external") for question in questions for choice in question.choices] == answers


def test_headers_that_the_first_record_seems_to_have_lose_no_record() -> None:
    mapping = {"z1": "id", "2025-11-01": "date", "700.00": "amount", "USD": "currency"}
    with pytest.raises(OpenQuestions, match="line 1 looks like a record"):
        read_external(CASES / "first_record_first.csv", mapping=mapping)
    named = read_external(CASES / "first_record_first.csv", mapping={1: "id", 5: "reference"}).to_pandas()
    assert named[["id", "reference"]].values.tolist() == [["z1", "F-81"], ["z2", "F-82"]]


def test_rows_that_take_no_part_are_kept_with_the_reason() -> None:
    records = read_external(CASES / "pending.csv", without={"State": ["declined", "pending"]})
    assert records.excluded is not None
    excluded = records.excluded.to_pyarrow().select(["id", "amount", "reason"]).to_pylist()
    assert excluded == [
        {"id": "s2", "amount": Decimal("6.00"), "reason": "State is DECLINED"},
        {"id": "s3", "amount": Decimal("7.00"), "reason": "State is PENDING"},
    ]


def test_lines_that_are_no_records_are_listed() -> None:
    left_out = read_external(CASES / "lines_around.csv").left_out
    assert left_out[["line", "why"]].values.tolist() == [
        *([line, "stands before the header"] for line in (1, 2, 3)),
        [8, "sums up or states a balance"],
    ]
    types = read_external(CASES / "record_types.csv", header=None).left_out
    assert types["line"].tolist() == [1, 4, 5]


def test_made_ids_are_those_of_another_export(tmp_path: Path) -> None:
    whole = read_external(CASES / "german_savings_bank.csv").to_pandas()["id"].tolist()
    lines = (CASES / "german_savings_bank.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "next.csv").write_bytes(b"".join([lines[0], *lines[3:]]))
    assert read_external(tmp_path / "next.csv").to_pandas()["id"].tolist() == whole[2:]
    assert len({*whole}) == 4


def test_the_months_of_a_bank_overlap() -> None:
    read = read_external([CASES / "november.csv", CASES / "december.csv"])
    assert facts(read) == [("2025-11-29", "50", "EUR"), ("2025-11-30", "60", "EUR"), ("2025-12-01", "70", "EUR")]
    assert read.excluded_records is not None
    assert facts(read.excluded_records) == [("2025-11-30", "60", "EUR")]
