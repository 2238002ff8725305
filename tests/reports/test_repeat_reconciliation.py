"""Repeating a reconciliation with decisions: code, commands and settings.json give the same result."""

from __future__ import annotations

import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.cli import run
from workbench.reports.execute import run_report
from workbench.reports.repeat_reconciliation import as_papermill, as_python, parameters_of
from workbench.runs.folder.manifest import verify_run

STATEMENT = "id;amount;currency;reference;Tag;Tag 2\n"
STATEMENT += "a;9,90;EUR;r1;2026-01-02;'R1'\nb;5,00;EUR;;2026-01-02;\nc;x;EUR;;2026-01-02;\n"
LEDGER = "transaction_id,amount,currency,reference,parent_transaction,created_at,status\n"
LEDGER += "t1,9.95,EUR,r1,p,2026-01-02,APPLIED\nt2,2,EUR,,q,2026-01-02,APPLIED\nt3,3,EUR,,,2026-01-09,VOID\n"
MENTIONS = wb.Criterion(
    "reference", "mentions", external="Tag 2", internal="reference", pattern={"external": "'?([a-z0-9]+)"}
)


@pytest.fixture
def result(tmp_path: Path) -> wb.Result:
    """A result with everything that can be chosen chosen, from a folder with an awkward name."""
    folder = tmp_path / 'Tom\'s "books" $HOME'
    folder.mkdir()
    (folder / "statement.csv").write_text(STATEMENT)
    (folder / "ledger.csv").write_text(LEDGER)
    options = {"delimiter": ";", "decimal": ",", "mapping": {"Tag": "date"}, "on_bad": "reject"}
    external = wb.read_external(folder / "statement.csv", **options)
    internal = wb.read_internal(folder / "ledger.csv")
    books = {"external": external, "internal": internal}
    journal = folder / "decisions.jsonl"
    wb.add_decision(journal, wb.decide(books, "match", external=["b"], internal=["t2"], why="it's a fee"))
    wb.add_decision(journal, wb.decide(books, "exclude", internal=["t3"], why="a test"))
    return wb.reconcile(
        external,
        internal,
        strategy="one_to_many",
        grouping_criteria=["parent_transaction", "reference"],
        rules=[wb.Rule("It's close", [wb.Criterion("amount", "equals", "0.01"), MENTIONS], 'a "note"')],
        statuses=None,
        grouping_grain="instant",
        max_candidates=1000,
        decisions=journal,
    )


def same(folder: Path, result: wb.Result) -> bool:
    names = [name for name in result.tables if name != "rejected"]
    return all(pq.read_table(folder / f"{name}.parquet").equals(result.tables[name]) for name in names)


def test_python_gives_the_same(result: wb.Result, tmp_path: Path) -> None:
    assert result.summary["matched_transactions"] == 2
    (tmp_path / "again.py").write_text(as_python(result))
    again = runpy.run_path(str(tmp_path / "again.py"))["result"]
    assert all(again.tables[name].equals(table) for name, table in result.tables.items())
    assert again.settings == result.settings


def test_papermill_gives_the_same(result: wb.Result, tmp_path: Path) -> None:
    command = as_papermill(result, str(tmp_path / "out.ipynb"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        ["bash", "-c", f"{command} --no-progress-bar -r data_folder {shlex.quote(str(tmp_path / 'data'))}"],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert same(tmp_path / "data", result)


def test_the_report_lists_the_decisions(result: wb.Result, tmp_path: Path) -> None:
    outcome = run_report("reconciliation", parameters_of(result), tmp_path / "report", progress=False)
    page = outcome.path.read_text("utf-8")
    assert outcome.exit_code == 0
    assert "it&#x27;s a fee" in page or "it's a fee" in page
    assert "1 match; 2 decisions applied" in page
    assert same(tmp_path / "report" / "data", result)


def test_settings_json_runs_it_again(result: wb.Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = wb.write_run(result, tmp_path / "first")
    again = ["reconcile", "--settings", str(folder / "settings.json"), "--trust-settings"]
    assert run([*again, "--out", str(tmp_path / "second")]) == 0
    assert same(tmp_path / "second", result)
    shown = capsys.readouterr().out
    assert "by hand" in shown
    assert "applied" in shown
    journal = Path(result.inputs["decisions"].path or "")
    journal.write_text("")
    assert verify_run(folder) == [f"decisions input {journal} has changed since the run"]
