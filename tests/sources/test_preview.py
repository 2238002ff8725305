"""A preview: what an input holds and how its headers are understood, whether or not it can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres_server import Server
from workbench.errors import SettingsError, SourceError
from workbench.sources import open_ledger, preview, read_external

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
