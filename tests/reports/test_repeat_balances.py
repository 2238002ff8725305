"""Repeating a reconstruction: pasted into a shell or a notebook, code and commands give the same result."""

from __future__ import annotations

import json
import os
import runpy
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.balances.result import METADATA_KEY
from workbench.cli import run
from workbench.errors import ExitCode, SettingsError, SourceError
from workbench.reports.corrections import correctable, list_corrections, save_corrections
from workbench.reports.repeat_balances import as_correction, as_papermill, as_python, in_shell

BALANCES = "Konto;currency;balance;credit_balance;debit_balance\na'b;USD;0;0;0\nb;USD;5;5;0\n"
LEDGER = (
    "transaction_id,source,destination,precise_amount,precision,currency,created_at\nt1,a'b,b,5,100,USD,2026-01-01\n"
)
LEDGER += "t2,a'b,b,7,100,USD,2026-03-01\nt3,b,,x,100,USD,2026-03-01\n"


@pytest.fixture
def books(tmp_path: Path) -> dict[str, Any]:
    """Books that take options to be read, in a folder with an awkward name."""
    folder = tmp_path / 'Tom\'s "books" $HOME'
    folder.mkdir()
    (folder / "balances.csv").write_text(BALANCES)
    (folder / "ledger.csv").write_text(LEDGER)
    return {
        "balances": wb.read_balances(folder / "balances.csv", mapping={"Konto": "balance_id"}, delimiter=";"),
        "internal": wb.read_internal(folder / "ledger.csv", on_bad="reject"),
    }


def rows(result: wb.Reconstruction) -> list[dict[str, Any]]:
    return result.tables["results"].drop_columns(["executed_at"]).to_pylist()


def test_python_reads_with_the_same_options_and_gives_the_same(books: dict[str, Any], tmp_path: Path) -> None:
    result = wb.reconstruct(**books, as_of="2026-02-01", balance_ids="a'b")
    (tmp_path / "again.py").write_text(as_python(result))
    again = runpy.run_path(str(tmp_path / "again.py"))["rebuilt"]
    assert rows(again) == rows(result)
    assert [row["difference"] for row in rows(again)] == [-5]
    assert again.tables["rejected"].equals(result.tables["rejected"])


def test_a_database_is_opened_once_for_all_that_it_holds() -> None:
    dsn = "postgresql://ann@db.example/books"
    origin = wb.records.Origin("books", "postgresql", 1, dsn, None, {"since": "2026-01-01"})
    result = wb.reconstruct(wb.read_balances([BALANCE]), wb.read_internal([ENTRY]))
    named = wb.balances.result.Reconstruction(
        result.settings, {"balances": origin, "internal": origin}, result.summary, result.tables, result.transactions
    )
    assert as_python(named).splitlines()[2:5] == [
        f"with wb.open_ledger({dsn!r}) as ledger:",
        "    balances = wb.read_balances(ledger, since='2026-01-01')",
        "    internal = wb.read_internal(ledger, since='2026-01-01')",
    ]


BALANCE = {"balance_id": "b", "currency": "USD", "balance": 0, "credit_balance": 0, "debit_balance": 0}
ENTRY = {
    "transaction_id": "t",
    "amount": "1",
    "precision": 100,
    "currency": "USD",
    "created_at": "2026-01-01",
    "source": "",
}


def test_what_has_no_name_cannot_be_named_in_code() -> None:
    result = wb.reconstruct(wb.read_balances([BALANCE]), wb.read_internal([ENTRY]))
    with pytest.raises(SettingsError, match="balances was not read from a file or a database"):
        as_python(result)


def test_papermill_gives_the_same(books: dict[str, Any], tmp_path: Path) -> None:
    result = wb.reconstruct(**books, as_of="2026-02-01", balance_ids="a'b")
    command = as_papermill(result, str(tmp_path / "out.ipynb"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ended = subprocess.run(
        ["bash", "-c", f"{command} --no-progress-bar -r data_folder {shlex.quote(str(tmp_path / 'data'))}"],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "is out of balance (USD)" in ended.stderr  # a gate that is broken is said when all is done
    assert pq.read_table(tmp_path / "data" / "results.parquet").drop_columns(["executed_at"]).to_pylist() == rows(
        result
    )


def test_the_command_that_corrects_plans_what_the_list_says(
    books: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = wb.reconstruct(**books)
    assert correctable(result) == ("a'b", "b")
    url, journal = "http://127.0.0.1:9", str(tmp_path / "journal")
    command = as_correction(result, ["a'b"], url=url, journal=journal, out=str(tmp_path / "out"))
    assert (
        run([*shlex.split(command)[1:-3], "--dry-run", *shlex.split(command)[-3:]]) == ExitCode.WRONG_BOOKS
    )  # out of balance
    [planned] = list_corrections(result, ["a'b"], url=url, journal=journal).planned
    assert planned.detail == f"POST {url}/a%27b/metadata"
    shown = capsys.readouterr().out
    assert planned.detail in shown
    assert f"{url}/b/metadata" not in shown
    assert not (tmp_path / "out").exists()


def test_without_a_balance_there_is_no_command(books: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="collect one first"):
        as_correction(wb.reconstruct(**books), [], url="http://127.0.0.1:9", journal="j", out="o")


def test_the_list_expects_what_the_result_says(books: dict[str, Any], tmp_path: Path) -> None:
    result = wb.reconstruct(**books)
    listed = list_corrections(result, ["b"], url="http://127.0.0.1:9", journal=str(tmp_path / "journal"))
    saved = json.loads(save_corrections(listed, str(tmp_path / "list.json")).read_text())
    assert saved["corrections"][0]["expected"] == result.metadata("b")
    assert saved["corrections"][0]["expected"][METADATA_KEY]["difference"] == "7"
    with pytest.raises(SourceError, match="exists already"):
        save_corrections(listed, str(tmp_path / "list.json"))


@pytest.mark.parametrize("balance_id", ["x", "nobody"])
def test_a_balance_that_is_right_or_unknown_is_refused(balance_id: str, tmp_path: Path) -> None:
    right = wb.reconstruct(wb.read_balances([BALANCE | {"balance_id": "x"}]), wb.read_internal([ENTRY]))
    with pytest.raises(SettingsError, match="nothing to correct"):
        list_corrections(right, [balance_id], url="http://127.0.0.1:9", journal=str(tmp_path / "journal"))


def test_from_a_part_of_the_transactions_nothing_can_be_corrected(books: dict[str, Any]) -> None:
    assert correctable(wb.reconstruct(**books, as_of="2026-02-01")) == ()
    internal = books["internal"]
    later = replace(internal, origin=replace(internal.origin, options={"since": "2026-01-02T00:00:00Z"}))
    assert correctable(wb.reconstruct(**books | {"internal": later})) == ()


@pytest.mark.parametrize(
    "word", ["plain", "two words", "Tom's", "a\x1b[31mred", "tab\there", "line\nbreak", "\u202ex", "a\\b\n'", "$HOME"]
)
def test_a_word_comes_out_of_the_shell_as_it_went_in(word: str) -> None:
    command = in_shell(["printf", "%s", word])
    assert command.isprintable()
    assert subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout == word
