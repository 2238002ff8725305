"""A preview: what an input holds and how its headers are understood, whether or not it can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres_server import Server
from workbench.errors import SettingsError, SourceError
from workbench.sources import Preview, open_ledger, preview, read_external

GERMAN = "Vorgang;Betrag;;Betrag\n1;1,50;x;2\n2;1,60;y;3\n3;;z;4\n"


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "german.csv"
    path.write_text(GERMAN)
    return path


def test_headers_come_with_what_they_are_taken_for(german: Path) -> None:
    found = preview(german, "external", mapping={"vorgang": "ID", "Saldo": "amount", "Betrag": "no column"})
    assert found.columns == {"Vorgang": "id", "Betrag": None, "column_3": None}
    assert found.missing == ("amount", "currency", "date")


def test_the_first_rows_come_as_they_are_each_column_with_a_name_of_its_own(german: Path) -> None:
    found = preview(german, "external", rows=2)
    assert found.first.to_pydict() == {
        "Vorgang": ["1", "2"],
        "Betrag": ["1,50", "1,60"],
        "column_3": ["x", "y"],
        "Betrag (2)": ["2", "3"],
    }


def beside(found: Preview) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in found.beside.to_pylist()]


def test_values_come_beside_what_they_are_understood_as(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Datum;Soll;Haben;Art\n31.01.2026;1.250,00;;x\n01.02.2026;;2,50;y\n;;;\nSumme;1.250,00;2,50;\n")
    found = preview(path, "external", rows=4, currency="EUR", account="A")
    assert [(*row[:4], "") if row[1] == "id" else row for row in beside(found)] == [
        (1, "id", "", "", ""),
        (1, "amount", "Haben, Soll", "1.250,00", "-1250.00"),
        (1, "currency", "", "", "EUR"),
        (1, "date", "Datum", "31.01.2026", "2026-01-31"),
        (1, "account", "", "", "A"),
        (2, "id", "", "", ""),
        (2, "amount", "Haben, Soll", "2,50", "2.50"),
        (2, "currency", "", "", "EUR"),
        (2, "date", "Datum", "01.02.2026", "2026-02-01"),
        (2, "account", "", "", "A"),
        (3, "", "", "", "no record: it has neither a date nor an amount"),
        (4, "", "", "Summe 1.250,00 2,50", "no record: it sums up or states a balance"),
    ]
    ids = [row[4] for row in beside(found) if row[1] == "id"]
    assert ids == read_external(path, currency="EUR", account="A").to_pandas()["id"].tolist()


def test_rows_that_are_bad_or_take_no_part_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,amount,currency,date,State\na,much,EUR,2026-01-31,DONE\nb,1,EUR,2026-01-31,PENDING\n")
    notes = [row[4] for row in beside(preview(path, "external", only={"State": ["DONE"]})) if not row[1]]
    assert notes == ["bad: row 1, column amount: 'much' is not a number", "takes no part: State is PENDING"]


def test_while_something_is_open_nothing_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,amount,currency,date\na,1.50,EUR,01/02/2026\n")
    found = preview(path, "external")
    assert [question.option for question in found.layout.questions] == ["date_format"]
    assert beside(found)[1] == (1, "amount", "amount", "1.50", "")
    answered = preview(path, "external", date_format="%d/%m/%Y")
    assert (answered.layout.questions, beside(answered)[3]) == ((), (1, "date", "date", "01/02/2026", "2026-02-01"))


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (["transaction_id", "amount", "currency", "created_at"], ()),
        (["transaction_id", "precise_amount", "currency", "created_at"], ("precision",)),
        (["transaction_id", "currency", "created_at"], ("amount",)),
    ],
)
def test_an_amount_is_missing_unless_it_can_be_computed(headers: list[str], missing: tuple[str, ...]) -> None:
    assert preview([dict.fromkeys(headers, "1")], "internal").missing == missing


def test_a_column_without_a_header_can_be_mapped_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,,currency,date\n1,2.50,EUR,2026-01-31\n")
    mapping = {"column_2": "amount"}
    assert preview(path, "external", mapping=mapping).missing == ()
    assert [str(each) for each in read_external(path, mapping=mapping).to_pandas()["amount"]] == ["2.50"]


@pytest.mark.parametrize(
    ("text", "side", "error", "message"),
    [
        ("", "external", SourceError, "is empty"),
        ("id\n1\n", "outside", SettingsError, "unknown side 'outside': choose one of external, internal"),
        ('id\n"1\n', "external", SourceError, "has no closing quote"),
    ],
)
def test_what_cannot_be_opened_is_said(
    tmp_path: Path, text: str, side: str, error: type[Exception], message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        preview(path, side)


def test_of_a_ledger_come_its_columns_and_no_row(server: Server) -> None:
    with open_ledger(server.create("previewed")) as ledger:
        found = preview(ledger, "internal")
    assert (found.columns["created_at"], found.columns["hash"], found.missing) == ("created_at", None, ())
    assert found.first.num_rows == 0
