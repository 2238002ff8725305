"""The sources form: what is chosen is what the readers take, and what cannot be used is said before anything runs."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.postgres_server import PASSWORD, running
from workbench.bench.reconciliation.state import BenchState, start_state
from workbench.bench.shared.files import keep_upload
from workbench.bench.shared.sources import SourceForm, SourcesForm
from workbench.bench.shared.state import Input
from workbench.dsn import redact
from workbench.errors import SourceError
from workbench.reconciliation.settings import make_settings
from workbench.sources.option_table import options_for
from workbench.sources.options import ReaderOptions

STATEMENT = "id,amount,currency,date\nch_1,12.50,usd,2026-01-31\nch_2,7.00,usd,2026-02-01\n"
LEDGER = "transaction_id,amount,currency,created_at\ntxn_1,12.50,USD,2026-01-31\n"
BAD = "id,amount,currency,date\nch_1,12.50,usd,2026-01-31\nch_2,much,usd,2026-02-01\nch_3,1.00,usd,soon\n"
UPLOADED = "('e1', 1, 'r', 'USD', '', now(), 'Bank', 'up_1'), ('e2', 2, 'r', 'USD', '', now(), 'Bank', 'up_2')"
BOOKED = "('t1', 'USD', 1), ('t2', 'USD', 2), ('t3', 'USD', 3)"
OPEN = "Date,Text,Gross,Net,Currency\n01/04/2026,a,1.50,1.40,EUR\n02/04/2026,b,2.75,2.50,EUR\n"
GERMAN = 'Vorgang;Betrag;Währung;Buchungstag;Saldo\n1;"1.234,50";eur;31.01.2026;x\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a statement and a ledger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "cards").mkdir(parents=True)
    (tmp_path / "data" / "cards" / "ledger.csv").write_text(LEDGER)
    (tmp_path / "statement.csv").write_text(STATEMENT)
    (tmp_path / "bad.csv").write_text(BAD)
    (tmp_path / "german.csv").write_text(GERMAN)
    (tmp_path / "open.csv").write_text(OPEN)
    return tmp_path


def a_form(external: str = "statement.csv", options: Mapping[str, Any] | None = None) -> SourcesForm:
    inputs = {"external": Input(external, options or {}), "internal": Input("data/cards/ledger.csv")}
    form = SourcesForm(start_state(inputs, make_settings(), "decisions.jsonl"))
    form.read()
    return form


def said(form: SourceForm) -> str:
    return html.unescape(form.message.value)


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return table.to_pylist()


def test_nothing_is_read_before_it_is_asked_for() -> None:
    form = SourcesForm(BenchState(inputs={"external": Input("missing.csv")}))
    assert form.state.records == {}
    assert form.state.problems == {}


def test_both_sides_are_read_into_the_state() -> None:
    form = a_form()
    assert form.state.ready
    assert form.state.records["external"].to_pandas()["id"].tolist() == ["ch_1", "ch_2"]
    assert form.state.records["internal"].to_pandas()["transaction_id"].tolist() == ["txn_1"]
    assert form.state.inputs == {"external": Input("statement.csv"), "internal": Input("data/cards/ledger.csv")}
    assert "statement.csv: 2 of 2 records can be used." in said(form.external)


def test_the_first_rows_are_shown_as_they_are_understood() -> None:
    form = a_form()
    first = rows(form.external.first.table)[0]
    assert (first["amount"].as_tuple().digits, first["currency"]) == ((1, 2, 5, 0), "USD")
    assert list(first) == ["id", "amount", "currency", "date"]
    assert form.external.first.layout.display is None
    assert form.external.rejected.layout.display == "none"


def test_every_reader_option_has_a_widget_with_a_label() -> None:
    form = a_form()
    every = {option.name for option in options_for("external")}
    assert {*every, "on_bad"} == {*ReaderOptions.__annotations__}
    assert set(form.external.reading.fields) == every - {"mapping"}
    assert set(form.internal.reading.fields) == {option.name for option in options_for("internal")} - {"mapping"}
    for side in (form.external, form.internal):
        own = [side.pick, side.path, side.upload, side.again, side.go_on]
        assert all(widget.description for widget in [*own, *side.reading.fields.values()])


def test_files_of_the_working_folder_and_its_data_are_offered(folder: Path) -> None:
    (folder / "notes.md").write_text("none")
    (folder / "may.mta").write_text("a bank's name for MT940")
    (folder / ".hidden.csv").write_text("none")
    form = a_form()
    offered = [path for _, path in form.external.pick.options]
    assert offered == ["", "bad.csv", "german.csv", "may.mta", "open.csv", "statement.csv", "data/cards/ledger.csv"]
    assert form.external.pick.value == "statement.csv"


def test_files_beside_the_chosen_one_and_the_data_of_the_folder_above_are_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "notebooks").mkdir()
    (folder / "bank" / "more").mkdir(parents=True)
    for name in ("march.csv", "april.csv", "more/may.csv"):
        (folder / "bank" / name).write_text(STATEMENT)
    monkeypatch.chdir(folder / "notebooks")
    form = SourceForm("external", Input("../bank/march.csv"), lambda: None)
    offered = [path for _, path in form.pick.options]
    assert offered == ["", "../bank/april.csv", "../bank/march.csv", "../data/cards/ledger.csv"]
    form.path.value = str(folder / "bank" / "more" / "may.csv")
    assert form.pick.value == form.path.value
    form.path.value = "x" * 5000
    assert form.pick.value == form.path.value


def test_a_file_that_is_picked_is_read() -> None:
    form = a_form()
    form.internal.pick.value = "bad.csv"
    assert form.internal.path.value == "bad.csv"
    assert "bad.csv: 2 of 3 records are bad" in form.state.problems["sources"]
    form.internal.pick.value = "data/cards/ledger.csv"
    assert form.state.ready


def test_a_database_that_the_environment_names_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATABASE", "the books")
    assert "postgresql:///the%20books" in [path for _, path in a_form().internal.pick.options]


def test_bad_rows_are_shown_with_their_reasons_and_run_waits_until_they_are_left_out() -> None:
    form = a_form("bad.csv")
    rejected = rows(form.external.rejected.table)
    assert [(row["row"], row["column"], row["value"]) for row in rejected] == [
        (2, "amount", "much"),
        (3, "date", "soon"),
    ]
    assert form.external.rejected.layout.display is None
    assert "bad.csv: 2 of 3 records are bad" in form.state.problems["sources"]
    assert "bad.csv: 2 of 3 records are bad, as listed" in said(form.external)
    assert "or go on without the bad rows" in said(form.external)
    assert not form.external.how.button.value
    assert set(form.state.records) == {"internal"}
    assert (form.external.go_on.layout.display, form.internal.go_on.layout.display) == (None, "none")
    form.external.go_on.value = True
    assert form.state.ready
    assert form.state.inputs["external"] == Input("bad.csv", {"on_bad": "reject"})
    assert "1 of 3 records can be used; 2 bad rows are left out" in said(form.external)
    assert len(rows(form.external.rejected.table)) == 2


def test_where_every_row_is_bad_it_shows_how_the_file_is_read() -> None:
    mapping = {"Vorgang": "id", "Betrag": "amount", "Währung": "currency", "Buchungstag": "date"}
    form = a_form("german.csv", {"mapping": mapping, "date_format": "%Y/%m/%d"})
    assert "german.csv: 1 of 1 records is bad" in said(form.external)
    assert form.external.how.button.value
    form.external.go_on.value = True
    assert "0 of 1 records can be used; 1 bad row is left out" in said(form.external)


def test_unknown_headers_are_mapped_by_choosing(folder: Path) -> None:
    (folder / "balances.csv").write_text("Konto,Currency,Stand,Haben,Soll,Art\nbln_1,EUR,6,12,6,x\n")
    form = SourceForm("balances", Input("balances.csv"), lambda: form.read("balances.csv"))
    form.read("balances.csv")
    missing = (
        "no header is taken for balance_id, balance, credit_balance, debit_balance: say under Columns which header"
    )
    assert form.problem.startswith(missing)
    assert form.columns.button.value, "the columns are shown"
    assert rows(form.first.table)[0]["Konto"] == "bln_1"
    wanted = {"Konto": "balance_id", "Stand": "balance", "Haben": "credit_balance", "Soll": "debit_balance"}
    for header, column in wanted.items():
        assert form.columns.choices[header].tooltip == header
        form.columns.choices[header].value = column
    assert form.input.options["mapping"] == wanted
    assert form.records is not None
    assert str(form.records.to_pandas()["balance"].tolist()[0]) == "6"
    assert "5 understood, 1 kept" in form.columns.button.description


def beside(form: SourceForm, column: str) -> list[tuple[str, ...]]:
    form.reading_fold.button.value = True
    return [
        (row["header"], row["in the file"], row["understood"])
        for row in rows(form.reading_fold.beside.table)
        if row["column"] == column
    ]


def test_what_is_found_in_the_file_is_said_and_shown_beside_it() -> None:
    form = a_form("german.csv")
    assert form.state.ready
    assert form.state.inputs["external"] == Input("german.csv")
    assert "<li>column 'Buchungstag' is the date" in html.unescape(form.external.reading_fold.evidence.value)
    assert beside(form.external, "amount") == [("Betrag", "1.234,50", "1234.50")]
    assert beside(form.external, "date") == [("Buchungstag", "31.01.2026", "2026-01-31")]
    assert form.external.columns.choices["Betrag"].value == "amount"
    assert form.external.reading_fold.questions.children == ()
    form.external.path.value = "missing.csv"
    assert (form.external.reading_fold.evidence.value, beside(form.external, "amount")) == ("", [])


def choices_of(form: SourceForm, option: str) -> Any:
    (choice,) = [asked.choice for asked in form.reading_fold.asked.values() if asked.question.option == option]
    return choice


def test_each_question_is_a_choice_that_shows_its_effect_at_once() -> None:
    form = a_form("open.csv")
    assert "open.csv leaves something open: answer under How it is read" in form.state.problems["sources"]
    assert form.external.reading_fold.button.value, "the questions are shown"
    assert form.external.reading_fold.button.description == "How it is read: 2 questions"
    dates, amounts = choices_of(form.external, "date_format"), choices_of(form.external, "mapping")
    assert (dates.value, amounts.value) == (None, None)
    dates.value = 0
    assert form.external.reading_fold.button.description == "How it is read: 1 question"
    assert dates.value == 0, "an answered question stays"
    amounts.value = next(number for label, number in amounts.options if "Net" in label)
    assert form.state.ready
    assert form.state.inputs["external"].options == {"date_format": "%d/%m/%Y", "mapping": {"Net": "amount"}}
    assert beside(form.external, "amount") == [("Net", "1.40", "1.40"), ("Net", "2.50", "2.50")]
    assert beside(form.external, "date")[0] == ("Date", "01/04/2026", "2026-04-01")
    dates.value = 1
    assert beside(form.external, "date")[0] == ("Date", "01/04/2026", "2026-01-04")
    amounts.value = next(number for label, number in amounts.options if "Gross" in label)
    assert form.state.inputs["external"].options == {"date_format": "%m/%d/%Y", "mapping": {"Gross": "amount"}}
    assert form.state.records["external"].to_pandas()["amount"].astype(str).tolist() == ["1.50", "2.75"]
    # The field below says the same, and can take it back.
    assert form.external.reading.fields["date_format"].value == "%m/%d/%Y"
    form.external.reading.fields["date_format"].value = ""
    assert (dates.value, form.state.ready) == (None, False)


def test_what_was_said_of_one_file_is_not_taken_for_another(folder: Path) -> None:
    (folder / "swiss.csv").write_text("id,amount,date\n1,9.00,2026-02-01\n2,much,2026-02-02\n")
    (folder / "euro.csv").write_text("id,amount,date\n1,9.00,2026-02-01\n2,much,2026-02-02\n")
    form = a_form("euro.csv")
    choices_of(form.external, "currency").value = 0
    form.external.go_on.value = True
    assert form.state.inputs["external"].options == {"currency": "EUR", "on_bad": "reject"}
    form.external.path.value = "swiss.csv"
    assert form.state.inputs["external"].options == {}
    assert "swiss.csv leaves something open" in form.state.problems["sources"]


def test_a_layout_is_saved_and_reads_the_next_file(folder: Path) -> None:
    form = a_form("open.csv")
    assert form.external.reading_fold.save_button.disabled
    choices_of(form.external, "date_format").value = 0
    choices_of(form.external, "mapping").value = 1
    assert (form.external.reading_fold.save_button.disabled, form.external.reading_fold.file.value) == (
        False,
        "open.layout.json",
    )
    form.external.reading_fold.save()
    assert "Saved: give open.layout.json as Layout for the next file" in form.external.reading_fold.message.value
    assert wb.load_layout("open.layout.json").options["date_format"] == "%d/%m/%Y"
    (folder / "may.csv").write_text(OPEN.replace("/04/", "/05/"))
    form = a_form("may.csv", {"layout": "open.layout.json"})
    assert form.state.ready
    assert beside(form.external, "date")[0] == ("Date", "01/05/2026", "2026-05-01")
    form.external.reading_fold.file.value = "may.csv"
    form.external.reading_fold.save()
    assert "may.csv is there and is no layout" in form.external.reading_fold.message.value
    (folder / "may.csv").write_text(OPEN.replace("Text", "Note"))
    form.external.again.click()
    assert "another header than its layout was made for" in form.state.problems["sources"]


def test_what_the_state_holds_reads_the_same_headlessly() -> None:
    options = {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "source": "Bank"}
    mapping = {"Vorgang": "id", "Betrag": "amount", "Währung": "currency", "Buchungstag": "date"}
    form = a_form("german.csv", options | {"mapping": mapping})
    chosen = form.state.inputs["external"]
    assert chosen == Input("german.csv", options | {"mapping": mapping})
    again = wb.read_external(chosen.path, **chosen.options).to_pandas()
    assert again.equals(form.state.records["external"].to_pandas())


def test_a_mapping_is_kept_for_a_file_with_the_same_headers_and_dropped_for_another(folder: Path) -> None:
    (folder / "next.csv").write_text(GERMAN)
    mapping = {"Vorgang": "id", "Betrag": "amount", "Währung": "currency", "Buchungstag": "date"}
    form = a_form("german.csv", {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "mapping": mapping})
    form.external.path.value = "next.csv"
    assert form.state.ready
    assert form.external.columns.mapping == mapping
    form.external.path.value = "statement.csv"
    assert form.external.columns.mapping == {}


def test_a_header_that_is_a_columns_name_can_mean_another_but_not_none(folder: Path) -> None:
    (folder / "swapped.csv").write_text("ref,id,amount,currency,date\nch_1,x,1.00,USD,2026-01-31\n")
    form = a_form("swapped.csv")
    choices = form.external.columns.choices
    assert "" not in [value for _, value in choices["id"].options]
    choices["ref"].value = "id"
    assert "has column 'id' twice" in form.state.problems["sources"]
    choices["id"].value = "reference"
    assert form.state.ready
    assert form.state.records["external"].to_pandas()[["id", "reference"]].values.tolist() == [["ch_1", "x"]]


@pytest.mark.parametrize(
    ("path", "options", "sentence"),
    [
        ("", {}, "there are no external records yet: choose a file, upload one, or give a path"),
        ("missing.csv", {}, "cannot read missing.csv: No such file or directory"),
        ("notes.md", {}, "cannot read notes.md: No such file"),
        ("statement.csv", {"encoding": "utf-99"}, "Encoding utf-99 is unknown"),
        ("statement.csv", {"date_format": "%Q"}, "Date format %Q is no"),
        ("statement.csv", {"mapping": {"Betrag": "amount"}}, "has no header 'Betrag', which Columns names"),
        ("postgres://not well formed", {}, "the URL of the database is not well formed"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_side(path: str, options: dict[str, Any], sentence: str) -> None:
    form = a_form(path, options)
    assert sentence in said(form.external)
    assert sentence in form.state.problems["sources"]
    assert set(form.state.records) == {"internal"}
    form.external.path.value = "statement.csv"
    if not options:
        assert form.state.ready


@pytest.mark.parametrize("option", ["since", "until", "upload_id"])
def test_options_of_a_database_are_neither_shown_nor_given_for_a_file(option: str) -> None:
    form = a_form()
    form.external.reading.fields[option].value = "2026-01-31"
    assert form.state.ready
    assert option not in form.state.inputs["external"].options
    shown = {form.external.reading.fields[name]: row for name, row in form.external.reading.rows.items()}
    assert shown[form.external.reading.fields[option]].layout.display == "none"
    assert shown[form.external.reading.fields["delimiter"]].layout.display is None


def test_a_password_is_taken_out_of_what_is_typed_and_out_of_what_the_bench_opens_with() -> None:
    form = a_form()
    form.internal.path.value = "postgresql://ann:s3cret@localhost:1/books"
    assert form.internal.path.value == "postgresql://ann@localhost:1/books"
    assert "the URL held a password, which is taken out" in form.state.problems["sources"]
    opened = a_form("postgresql://ann:s3cret@localhost:1/books")
    assert "cannot connect to postgresql://ann@localhost:1/books" in opened.state.problems["sources"]
    for each in (form, opened):
        held = [each.state.inputs, each.state.problems, *(widget.get_state() for widget in (each.external.path,))]
        assert "s3cret" not in f"{held}{each.internal.path.value}{each.internal.pick.options}{said(each.internal)}"


@pytest.fixture(scope="module")
def books() -> Iterator[str]:
    """The URL of a ledger in a database, with a statement uploaded to it; it asks for a password."""
    with running() as server:
        url = server.create("books")
        server.run("books", "INSERT INTO blnk.external_transactions VALUES " + UPLOADED)
        server.run("books", "INSERT INTO blnk.transactions (transaction_id, currency, precise_amount) VALUES " + BOOKED)
        yield url


def test_sides_in_one_database_are_read_from_one_state_of_it(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = redact(books)
    form = a_form("statement.csv", {"upload_id": "up_2"})
    form.external.path.value = url
    assert f"cannot connect to {url}" in form.state.problems["sources"]
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    form.external.again.click()
    form.internal.path.value = url
    assert form.state.ready
    records = form.state.records
    assert [records[side].table.count().to_pyarrow().as_py() for side in ("external", "internal")] == [1, 3]
    assert form.state.inputs == {"external": Input(url, {"upload_id": "up_2"}), "internal": Input(url)}
    assert records["external"].origin.snapshot == records["internal"].origin.snapshot
    assert form.external.columns.choices["upload_id"].value == ""
    assert "1 of 1 records can be used" in said(form.external)
    assert PASSWORD not in f"{form.state.inputs}{[records[side].origin for side in records]}"


def an_upload(name: str, text: str) -> tuple[dict[str, Any], ...]:
    content, at = text.encode(), datetime(2026, 1, 31, tzinfo=UTC)
    return ({"name": name, "type": "", "size": len(content), "content": memoryview(content), "last_modified": at},)


def test_uploads_are_kept_read_and_never_written_over(folder: Path) -> None:
    form = a_form()
    form.external.upload.value = an_upload("march.csv", STATEMENT)
    assert form.state.inputs["external"].path == "uploads/march.csv"
    assert form.external.upload.value == ()
    form.external.upload.value = an_upload("march.csv", STATEMENT.replace("ch_1", "ch_9"))
    assert form.state.inputs["external"].path == "uploads/march-2.csv"
    assert form.state.records["external"].to_pandas()["id"].tolist() == ["ch_9", "ch_2"]
    assert (folder / "uploads" / "march.csv").read_text() == STATEMENT
    assert "uploads/march-2.csv" in [path for _, path in form.external.pick.options]


@given(
    name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), content=st.binary()
)
def test_an_upload_stays_in_its_folder_whatever_its_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bench")
    path = folder / keep_upload(name, content, folder)
    assert path.read_bytes() == content
    assert path.resolve().parent == (folder / "uploads").resolve()


def test_an_upload_is_for_its_user_alone_and_follows_no_link(tmp_path: Path) -> None:
    path = tmp_path / keep_upload("march.csv", b"id", tmp_path)
    assert [place.stat().st_mode & 0o777 for place in (path.parent, path)] == [0o700, 0o600]
    (tmp_path / "bench").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "bench" / "uploads").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="it is a link, which may lead anywhere"):
        keep_upload("march.csv", b"id", tmp_path / "bench")
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_an_upload_that_cannot_be_kept_is_said(folder: Path) -> None:
    form = a_form()
    (folder / "uploads").write_text("in the way")
    form.external.upload.value = an_upload("march.csv", STATEMENT)
    assert "march.csv cannot be kept in uploads/" in said(form.external)


def test_a_file_is_read_again_as_it_is_now(folder: Path) -> None:
    form = a_form()
    (folder / "statement.csv").write_text(STATEMENT.replace("ch_1", "ch_9"))
    form.external.again.click()
    assert form.state.records["external"].to_pandas()["id"].tolist() == ["ch_9", "ch_2"]


def test_text_of_the_data_is_no_markup(folder: Path) -> None:
    (folder / "<img src=x>.csv").write_text("<script>,b\n1,2\n")
    form = a_form("<img src=x>.csv")
    form.external.path.value = "<img src=y>.csv"
    assert "<img" not in form.external.message.value
    assert "&lt;img" in form.external.message.value
