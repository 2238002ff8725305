"""The balance report on the sample ledger: what it concludes, and that its charts draw what the result says."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.balances.explained import explained
from workbench.charts import balances as charts
from workbench.reports.run import run_report

DATA = Path(__file__).parents[2] / "data" / "balances"
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def rebuilt() -> wb.Reconstruction:
    """One balance that lacks a credit of 20, one that is right; the wrong one has a name that is up to no good."""
    figures = {"currency": "USD", "debit_balance": "0"}
    recorded = [
        {"balance_id": EVIL, "balance": "100", "credit_balance": "100", **figures},
        {"balance_id": "right", "balance": "7", "credit_balance": "7", **figures},
    ]
    entries = [
        {"transaction_id": f"t{number}", "destination": balance, "precise_amount": amount}
        for number, (balance, amount) in enumerate([(EVIL, 100), (EVIL, 20), ("right", 7)])
    ]
    common = {"precision": 100, "currency": "USD", "created_at": "2026-01-01", "source": "@world", "status": "APPLIED"}
    return wb.reconstruct(wb.read_balances(recorded), wb.read_internal([entry | common for entry in entries]))


def test_charts_draw_what_the_result_says(rebuilt: wb.Reconstruction) -> None:
    largest = charts.largest_differences(rebuilt).data[0]
    assert list(largest.text) == ["20"]
    assert EVIL not in largest.y[0]
    counts = {trace.name: list(trace.text) for trace in charts.wrong_by_currency(rebuilt).data}
    assert counts == {"as recorded": ["1"], "different": ["1"]}
    replay = charts.history(rebuilt.timeline(EVIL)).data[0]
    assert list(replay.text) == ["100", "120"]


def test_hypotheses_become_a_table(rebuilt: wb.Reconstruction) -> None:
    best = explained(rebuilt).tables["hypotheses"].to_pylist()[0]
    assert (best["balance_id"], best["rank"], best["kind"], best["accounts_for"]) == (EVIL, 1, "left_out", 20)
    assert "t1" in best["explanation"]


def test_the_report_of_the_sample_ledger(tmp_path: Path) -> None:
    files = {"balances": DATA / "balances.csv", "internal": DATA / "ledger.csv", "snapshots": DATA / "snapshots.csv"}
    parameters = {name: str(path) for name, path in files.items()}
    outcome = run_report("balances", {**parameters, "max_differences": "3"}, tmp_path / "out")
    assert outcome.exit_code == 1
    assert outcome.message == "19 balances differ, more than the 3 allowed"
    page = outcome.path.read_text(encoding="utf-8")
    assert "19 of 40 differ from their transactions" in page
    assert page.count('class="chart"') == 5
    assert pq.read_table(tmp_path / "out" / "data" / "hypotheses.parquet").num_rows >= 19
