"""Text files: what may never end is refused wherever a file is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench import cli
from workbench.bench.reconciliation.saved import load
from workbench.runs.expectations import make_expectation
from workbench.runs.hashes import hash_file

ROWS = [{"id": "e1", "amount": "1.00", "currency": "EUR", "date": "2026-01-02"}]


@pytest.mark.parametrize(
    "opens",
    [
        wb.load_rules,
        wb.load_layout,
        wb.read_rates,
        wb.read_decisions,
        wb.read_external,
        load,
        lambda path: wb.read_external(ROWS, layout=path),
        lambda path: make_expectation("external", {"control": path}),
    ],
)
def test_a_pipe_is_refused(tmp_path: Path, opens: Callable[[str], Any]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(wb.WorkbenchError, match="it is a pipe or a device"):
        opens(str(pipe))


def test_a_pipe_is_refused_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="it is a pipe or a device"):
        hash_file(pipe)
    for flag in ("--settings", "--like"):
        assert cli.run(["reconcile", flag, str(pipe), "--dry-run"]) == 2
        assert "it is a pipe or a device" in capsys.readouterr().err
