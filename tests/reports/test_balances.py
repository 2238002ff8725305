"""The balance report on the sample ledger: what it concludes, and that its charts draw what the result says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.balances.explained import explained
from workbench.balances.history import NOUGHT, make_timeline
from workbench.charts import balances as charts
from workbench.reports import balances as report
from workbench.reports.execute import run_report

DATA = Path(__file__).parents[2] / "data" / "balances"
EVIL = "<script>alert(1)</script>"


def record(balance_id: str, credit: int) -> dict[str, Any]:
    figures = {"balance": credit, "credit_balance": credit, "debit_balance": 0}
    return {"balance_id": balance_id, "currency": "USD", **figures}


def posting(transaction_id: str, destination: str, units: int) -> dict[str, Any]:
    common = {"precision": 100, "currency": "USD", "created_at": "2026-01-01", "source": "@world", "status": "APPLIED"}
    return {"transaction_id": transaction_id, "destination": destination, "precise_amount": units, **common}


@pytest.fixture(scope="module")
def rebuilt() -> wb.Reconstruction:
    """One balance that lacks a credit of 20, one that is right; the wrong one has a name that is up to no good."""
    entries = [posting(f"t{n}", *entry) for n, entry in enumerate([(EVIL, 100), (EVIL, 20), ("right", 7)])]
    return wb.reconstruct(wb.read_balances([record(EVIL, 100), record("right", 7)]), wb.read_internal(entries))


def test_charts_draw_what_the_result_says(rebuilt: wb.Reconstruction) -> None:
    largest = charts.largest_differences(rebuilt).data[0]
    assert list(largest.text) == ["0.20 USD"]
    assert EVIL not in largest.y[0]
    counts = {trace.name: list(trace.text) for trace in charts.wrong_by_currency(rebuilt).data}
    assert counts == {"as recorded": ["1"], "different": ["1"]}
    replay, _, now = charts.history(rebuilt.timeline(EVIL)).data
    assert list(replay.text) == ["1.00 USD", "1.20 USD"]
    assert (list(now.x), list(now.text)) == (list(replay.x[-1:]), ["1.00 USD"])  # as it stands beside the last posting
    assert [list(trace.x) for trace in charts.history(make_timeline("b", [], NOUGHT, [])).data] == [[], [], []]


def test_hypotheses_become_a_table(rebuilt: wb.Reconstruction) -> None:
    best = explained(rebuilt).tables["hypotheses"].to_pylist()[0]
    assert (best["balance_id"], best["rank"], best["kind"], best["accounts_for"]) == (EVIL, 1, "left_out", 20)
    assert "t1" in best["explanation"]
    assert (best["transaction_ids"], best["others"]) == ("t1", "")


def test_other_solutions_are_named_too() -> None:
    twice = [posting(name, "r", 20) for name in ("t1", "t2", "t3")]
    result = explained(wb.reconstruct(wb.read_balances([record("r", 40)]), wb.read_internal(twice)))
    best = result.tables["hypotheses"].to_pylist()[0]
    assert (best["verdict"], best["transaction_ids"], best["others"]) == ("2 others", "t1", "t2; t3")
    assert "t2; t3" in report.hypotheses(result).data


def test_the_conclusion_tells_the_findings_and_what_was_asked_for() -> None:
    bad = {**posting("t3", "r", 5), "created_at": "yesterday", "currency": ""}  # one row, two faults
    rows = [posting("t1", "r", 5), posting("t2", "nobody", 5), {**posting("t4", "r", 5), "currency": "EUR"}, bad]
    books = wb.read_balances([record("r", 5), record("s", 1)]), wb.read_internal(rows, on_bad="reject")
    page = report.conclusion(wb.reconstruct(*books, balance_ids="r")).data
    unattributed = "4 to or from unknown balances, 1 in another currency than its balance, 1 of all rows rejected"
    assert unattributed in page
    assert "only r" in page
    assert "asked for" not in report.conclusion(wb.reconstruct(*books)).data


def test_the_totals_say_first_whether_debits_equal_credits(rebuilt: wb.Reconstruction) -> None:
    page = report.control_totals(rebuilt).data
    assert page.index("do debits equal credits?") < page.index("balances that are not known took 1.27 USD of debit")
    shown = {name.replace("_", " ") for name in rebuilt.tables["control_totals"].column_names}
    assert [name for name in shown if f">{name}</th>" not in page] == []


def test_the_inputs_say_as_what_instant_a_database_stood(rebuilt: wb.Reconstruction) -> None:
    assert "as it stood at" not in report.inputs(rebuilt).data
    origin = replace(rebuilt.inputs["internal"], snapshot="2026-11-24T23:08:52.123456Z 731:731:")
    live = replace(rebuilt, inputs={**rebuilt.inputs, "internal": origin})
    assert "2026-11-24T23:08:52.123456Z 731:731:" in report.inputs(live).data


@pytest.mark.parametrize("name", ["balances", "internal", "snapshots"])
def test_a_password_that_plain_papermill_has_written_down_is_not_passed_over(name: str) -> None:
    paths = dict.fromkeys(["balances", "internal", "snapshots"], "") | {name: "postgresql://ann:s3cret@db/books"}
    options: dict[str, Any] = {f"{side}_options": {} for side in paths}
    with pytest.raises(wb.SettingsError, match="change the password") as caught:
        report.run(**paths, **options, as_of="", balance_ids=[], gates={}, expect={}, data_folder="")
    assert "s3cret" not in str(caught.value)


def test_the_report_of_the_sample_ledger(tmp_path: Path) -> None:
    files = {"balances": DATA / "balances.csv", "internal": DATA / "ledger.csv", "snapshots": DATA / "snapshots.csv"}
    parameters = {name: str(path) for name, path in files.items()}
    outcome = run_report("balances", {**parameters, "max_differences": "3", "max_unbalanced": "2"}, tmp_path / "out")
    assert outcome.exit_code == 1
    assert outcome.message == (
        "19 of 40 balances are different from their transactions, more than the 3 allowed (max_differences)"
    )
    page = outcome.path.read_text(encoding="utf-8")
    assert "19 of 40 differ from their transactions" in page
    assert page.count('class="chart"') == 5
    assert pq.read_table(tmp_path / "out" / "data" / "hypotheses.parquet").num_rows >= 19
