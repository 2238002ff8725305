"""The quality benchmark: scenarios hold what they say, scores count what they say, and the command writes its page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.quality import run
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.score import score


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_the_same_for_a_seed_and_its_truth_is_there(name: str) -> None:
    scenario = SCENARIOS[name](3, 200)
    assert scenario == SCENARIOS[name](3, 200)
    assert scenario != SCENARIOS[name](4, 200)
    assert set(scenario.truth) <= {row["id"] for row in scenario.external}
    assert set(scenario.truth.values()) <= {row["transaction_id"] for row in scenario.internal}
    assert len(scenario.truth) < len(scenario.internal) > 150  # some are missing on a side


def test_a_score_counts_right_wrong_and_twice() -> None:
    truth = {"e1": "t1", "e2": "t2", "e3": "t3"}
    own = score([("e1", "t1"), ("e2", "t1"), ("e9", "t3")], [("e1", "t1"), ("e9", "t3")], truth)
    assert (own.right, own.wrong, own.sure, own.wrong_but_sure, own.used_twice) == (1, 2, 2, 1, 1)
    assert (own.precision, own.recall) == (1 / 3, 1 / 3)


def test_the_command_writes_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"what stands above\n{run.MARK}\nold", "utf-8")
    options = ["--size", "60", "--page", str(page), "--scenarios", "cards", "cut-off"]
    monkeypatch.setattr(sys, "argv", ["run.py", *options])
    run.main()
    text = page.read_text("utf-8")
    assert text.startswith("what stands above")
    assert "old" not in text
    assert all(f"| {name} | rules by hand |" in text for name in ("cards", "cut-off"))
