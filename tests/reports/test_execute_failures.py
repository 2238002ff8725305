"""A report is rendered even where the notebook's process did not live to tell."""

from __future__ import annotations

import resource
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from workbench.errors import SourceError
from workbench.reports import execute as run
from workbench.runs.folder.manifest import verify_run


def notebook_that(code: str, folder: Path) -> Path:
    parameters = new_code_cell('theme: str = ""\ndata_folder: str = ""', metadata={"tags": ["parameters"]})
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    cells = [parameters, new_markdown_cell("# What came before"), new_code_cell(code)]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "small.ipynb")
    return folder / "small.ipynb"


@pytest.mark.parametrize(
    ("code", "exit_code", "says"),
    [
        ("import os; os._exit(1)", 3, "process was killed"),
        ("1 / 0", 3, "division by zero"),
        ("from workbench.errors import SettingsError; raise SettingsError('no such rule')", 2, "no such rule"),
        ("from workbench.errors import ControlTotalsError; raise ControlTotalsError('out by 1')", 3, "out by 1"),
    ],
)
def test_what_fails_is_rendered_and_named(
    code: str, exit_code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = notebook_that(code, tmp_path)
    monkeypatch.setattr(run, "find_notebook", lambda _name: source)
    outcome = run.run_report("small", {}, tmp_path / "{month} 1")
    assert outcome.exit_code == exit_code
    assert says in outcome.message
    page = outcome.path.read_text("utf-8")
    assert "This report is incomplete" in page
    assert says in page
    assert "What came before" in page
    assert verify_run(outcome.path.parent) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = notebook_that("print('all that was found' * 5_000)", tmp_path)
    monkeypatch.setattr(run, "find_notebook", lambda _name: source)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # a larger file is as one on a full disk
    try:
        with pytest.raises(SourceError, match=r"out cannot be written: ") as caught:
            run.run_report("small", {}, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (2, False)
    assert [path.name for path in tmp_path.iterdir()] == ["small.ipynb"]


@pytest.mark.parametrize(
    ("kind", "message", "exit_code", "told"),
    [
        ("OpenQuestions", "b.csv: which? choose header=None or header=2", 2, "--internal-header none or --internal-he"),
        ("BadRecords", 'a.csv: 1 is bad; with on_bad="reject"', 2, "a.csv: 1 is bad; with --on-bad reject"),
        ("GateBroken", "1 of 2 is open", 1, "1 of 2 is open"),
        ("ValueError", "sheet='A'", 3, "sheet='A'"),
    ],
)
def test_what_a_notebook_says_of_an_input_is_told_in_flags(kind: str, message: str, exit_code: int, told: str) -> None:
    values = {"external": "x/a.csv", "internal": "b.csv"}
    code, said = run._ended(PapermillExecutionError(1, 1, "", kind, message, []), values)
    assert code == exit_code
    assert told in said
