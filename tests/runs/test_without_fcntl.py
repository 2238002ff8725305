"""The package imports and writes where there is no ``fcntl``, as on Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
sys.modules["fcntl"] = None
import warnings
warnings.simplefilter("ignore")
import workbench as wb
paid = wb.read_external([{"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
booked = wb.read_internal([{"transaction_id": "t1", "amount": "1", "currency": "EUR", "created_at": "2026-01-01"}])
wb.add_decision("journal.jsonl", wb.decide({"external": paid}, "exclude", external=["e1"], why="a test"))
result = wb.reconcile(paid, booked, decisions="journal.jsonl")
wb.write_run(result, "out")
wb.write_run(result, "out", force=True)
print(len(wb.read_decisions("journal.jsonl").decisions))
"""


def test_a_journal_and_a_run_are_written_without_fcntl(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "1\n"), run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal.jsonl", "out"]
