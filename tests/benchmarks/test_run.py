"""The benchmark's table: every contender has its row, also one that cannot run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_peer_that_cannot_run_has_a_row_that_says_so(tmp_path: Path) -> None:
    missing = str(tmp_path / "no-such-python")
    options = ["--records", "1000", "--repeat", "1", "--contenders", "duckdb", "polars", "--peers", missing]
    page = (BENCHMARKS / "README.md").read_bytes()
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *options, "--print-only"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    contenders = {row[0]: row for row in rows[2:]}
    assert set(contenders) == {"duckdb", "polars"}
    assert contenders["polars"][2].startswith("failed: cannot be started")
    duckdb = contenders["duckdb"]
    assert duckdb[3] == "1.0"
    pairs, right, twice = map(int, duckdb[5:])
    assert 500 < pairs == right < 700
    assert twice == 0
    assert missing not in done.stdout
    assert (BENCHMARKS / "README.md").read_bytes() == page


def test_the_page_has_one_place_for_the_table() -> None:
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    assert page.count("<!-- begin: measured by run.py -->") == page.count("<!-- end: measured by run.py -->") == 1
