"""The command `layout`: how a file is read, what it leaves open, and keeping the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_reconcile import Shell
from workbench import cli
from workbench.cli.flags import given
from workbench.cli.report import reading_of
from workbench.errors import SettingsError

STATEMENT = "Date,Details,Amount (EUR)\n01/04/2026,Rent,-12.50\n02/04/2026,Power,-80.50\n"
LEDGER = "transaction_id,amount,currency,created_at\nt1,-12.50,EUR,2026-04-01\nt2,-80.50,EUR,2026-04-02\n"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "april.csv").write_text(STATEMENT)
    (tmp_path / "ledger.csv").write_text(LEDGER)
    return Shell(capsys)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_what_is_open_is_shown_with_the_flags_that_answer_it(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell("layout", "april.csv", "--save", "bank.json")
    assert code == 2
    assert "--external-date-format %d/%m/%Y" in out
    assert "--external-date-format %m/%d/%Y" in out
    assert "- column 'Amount (EUR)' is the amount: its header says so" in lines(out)
    assert err == "april.csv leaves one thing open: run again with a flag for each\n"
    assert not (tmp_path / "bank.json").exists()


def test_from_the_banks_file_to_a_reconciliation_in_two_commands(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell(
        "layout", "april.csv", "--external-date-format", "%d/%m/%Y", "--external-account", "A", "--save", "bank.json"
    )
    assert (code, err) == (0, "")
    assert "date Date 01/04/2026 2026-04-01" in lines(out)
    assert lines(out)[-1] == "Saved to bank.json; the next file is read by it with --external-layout bank.json"
    code, out, err = shell("reconcile", "april.csv", "ledger.csv", "--external-layout", "bank.json", "--out", "run")
    assert (code, err) == (0, "")
    assert "Found in april.csv (external)" in lines(out)
    assert "- it is read by the layout bank.json: its header is the one that this was made for" in lines(out)
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["inputs"]["external"]["options"]["date_format"] == "%d/%m/%Y"
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["inputs"]["external"]["evidence"][0].startswith("it is read by the layout bank.json")
    assert manifest["inputs"]["internal"]["evidence"] == []
    # The run folder is enough to do it again, and another layout goes before what it says.
    (tmp_path / "bank.json").unlink()
    again = ["--settings", "run/settings.json", "--trust-settings", "--dry-run"]
    assert shell("reconcile", *again)[0] == 0
    assert shell("layout", "april.csv", "--external-date-format", "%m/%d/%Y", "--save", "other.json")[0] == 0
    code, out, _ = shell("reconcile", *again, "--external-layout", "other.json")
    assert code == 0
    assert "- it is read by the layout other.json: its header is the one that this was made for" in lines(out)


def test_settings_for_other_files_leave_to_them_what_each_says_of_itself(shell: Shell, tmp_path: Path) -> None:
    march = "Account: 1\nCurrency: EUR\n\nDate;Text;Amount\n31/03/2026;a;1,50\n01/03/2026;b;2,75\n"
    (tmp_path / "march.csv").write_text(march)
    assert shell("reconcile", "march.csv", "ledger.csv", "--out", "run")[0] == 0
    april = march.replace("Account: 1\n", "Account: 1\nHolder: A\n").replace("/03/", "/04/").replace("31", "30")
    (tmp_path / "april.csv").write_text(april.replace("EUR", "USD"))
    like = ("reconcile", "april.csv", "ledger.csv", "--like", "run/settings.json", "--out", "next")
    code, out, err = shell(*like)
    assert (code, err) == (0, "")
    assert "- the currency is USD: a line before the header says 'Currency: USD'" in lines(out)
    settings = json.loads((tmp_path / "next" / "settings.json").read_text())
    options = settings["inputs"]["external"]["options"]
    assert (options["header"], options["currency"], options["date_format"]) == (5, "USD", "%d/%m/%Y")


def test_another_header_is_refused_with_the_difference(shell: Shell, tmp_path: Path) -> None:
    shell("layout", "april.csv", "--external-date-format", "%d/%m/%Y", "--save", "bank.json")
    (tmp_path / "may.csv").write_text(STATEMENT.replace("Details", "Text"))
    code, _, err = shell("reconcile", "may.csv", "ledger.csv", "--external-layout", "bank.json", "--dry-run")
    assert code == 2
    assert "another header than its layout was made for: 'Details' is missing; 'Text' is new" in err


def test_json_has_all_that_is_shown(shell: Shell) -> None:
    code, out, _ = shell("layout", "april.csv", "--json")
    found = json.loads(out)
    assert (code, found["side"], found["header"]) == (2, "external", ["Date", "Details", "Amount (EUR)"])
    (question,) = found["questions"]
    assert question["option"] == "date_format"
    assert [choice["flags"] for choice in question["choices"]] == [
        "--external-date-format %d/%m/%Y",
        "--external-date-format %m/%d/%Y",
    ]
    assert {"row": 1, "column": "date", "header": "Date", "raw": "01/04/2026", "understood": ""} in found["rows"]


def test_the_ledger_side_has_its_own_flags(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "gl.csv").write_text("Date,Debit,Credit,Currency\n01/02/2026,5.00,,EUR\n03/02/2026,,7.25,EUR\n")
    code, out, _ = shell("layout", "gl.csv", "--side", "internal")
    assert code == 2
    assert "--internal-date-format %d/%m/%Y" in out
    code, out, _ = shell("layout", "gl.csv", "--side", "internal", "--internal-date-format", "%d/%m/%Y")
    assert code == 0
    assert "created_at Date 01/02/2026 2026-02-01" in lines(out)


def test_a_file_that_cannot_be_read_by_it_is_not_saved(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id,amount,currency,date\na,1.00,EUR,2026-01-31\nb,much,EUR,2026-01-31\n")
    code, out, err = shell("layout", "bad.csv", "--save", "bank.json")
    assert code == 2
    assert "1 of 2 records are bad; correct them, or read the others with --on-bad reject" in err
    assert "bad: row 2, column amount: 'much' is not a number" in out
    assert not (tmp_path / "bank.json").exists()
    assert shell("layout", "bad.csv", "--on-bad", "reject", "--save", "bank.json")[0] == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["none.csv"], "cannot read none.csv: No such file or directory, it is not there yet"),
        (["postgresql://db.example/books"], "workbench layout is for files"),
        (["ledger.csv", "--side", "internal", "--save", "april.csv"], "april.csv is there and is no layout"),
    ],
)
def test_what_is_wrong_is_one_sentence(shell: Shell, args: list[str], says: str) -> None:
    code, _, err = shell("layout", *args)
    assert code == (4 if "not there yet" in says else 2)
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("parameters", "args", "takes"),
    [
        ({}, ["--external-decimal", ","], {"external_options": {"decimal": ","}}),
        ({}, ["--internal-layout", "gl.json"], {"internal_options": {"layout": "gl.json"}}),
        ({"external": "a.csv"}, ["--on-bad", "reject"], {"external_options": {"on_bad": "reject"}}),
        ({}, [], {}),
    ],
)
def test_a_report_takes_the_flags_of_the_readers(
    parameters: dict[str, str], args: list[str], takes: dict[str, object]
) -> None:
    with cli.commands.commands["report"].make_context("report", ["reconciliation", "--out", "o", *args]) as ctx:
        assert reading_of(parameters, given(ctx)) == takes


def test_an_input_is_read_as_flags_or_as_a_parameter_say() -> None:
    with pytest.raises(SettingsError, match="-p external_options and flags of external both say how it is read"):
        reading_of({"external_options": "{}"}, {"external_decimal": ","})
