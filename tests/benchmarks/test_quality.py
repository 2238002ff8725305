"""The quality benchmark: scenarios hold what they say, scores count what they say, and the command writes its page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.quality import environment, run
from benchmarks.quality.contenders import HAND_WRITTEN, OURS, PEERS
from benchmarks.quality.peers import PEERS as KNOWN_PEERS
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.scenarios.books import Books, sums_to
from benchmarks.quality.score import Matched, score


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_the_same_for_a_seed_and_its_truth_is_there(name: str) -> None:
    scenario = SCENARIOS[name](3, 200)
    assert scenario == SCENARIOS[name](3, 200)
    assert scenario != SCENARIOS[name](4, 200)
    ids = [
        [row[column] for row in rows]
        for rows, column in ((scenario.external, "id"), (scenario.internal, "transaction_id"))
    ]
    assert all(len(set(own)) == len(own) for own in ids)
    matched = [{pair[side] for pair in scenario.truth} for side in (0, 1)]
    assert all(0 < len(own) < len(all_of) for own, all_of in zip(matched, ids, strict=True))  # some have no partner
    assert all(own <= set(all_of) for own, all_of in zip(matched, ids, strict=True))


def test_a_payment_of_several_records_is_true_as_a_whole_or_missing() -> None:
    books = Books("any", 1, missing=0.0)
    books.pay([{"amount": "1"}, {"amount": "2"}], {"amount": "3"})
    books.missing = 1.0
    books.pay({"amount": "4"}, {"amount": "4"})
    scenario = books.done()
    assert {i for _, i in scenario.truth} == {row["transaction_id"] for row in scenario.internal}
    assert {e for e, _ in scenario.truth} == {row["id"] for row in scenario.external}
    assert len(scenario.truth) == 2
    assert sum(sums_to(books.random, 100, 4)) == 100


def test_a_score_counts_right_wrong_twice_and_what_was_expected() -> None:
    truth = {("e1", "t1"), ("e2", "t2"), ("e3", "t3")}
    matched = [Matched("e1", "t1", 0.75), Matched("e2", "t1", 0.5), Matched("e9", "t3")]
    own = score(matched, [("e1", "t1"), ("e9", "t3")], truth)
    assert (own.right, own.wrong, own.sure, own.wrong_but_sure, own.used_twice) == (1, 2, 2, 1, 1)
    assert (own.precision, own.recall) == (1 / 3, 1 / 3)
    assert (own.expected_wrong, own.wrong_of_these) == (0.75, 1)
    assert run.total([own, own]).wrong == 4


def test_records_of_one_match_are_not_used_twice() -> None:
    group = [Matched("e1", "t1", None, "m1"), Matched("e1", "t2", None, "m1"), Matched("e2", "t2", None, "m2")]
    assert score(group, [], set()).used_twice == 1


def test_all_peers_are_there_and_rules_by_hand_are_of_known_scenarios() -> None:
    assert set(PEERS) == set(KNOWN_PEERS)
    assert set(HAND_WRITTEN) <= set(SCENARIOS)
    told = environment.REQUIREMENTS.read_text("utf-8").lower()
    assert all(f"{package}==" in told for _, package in KNOWN_PEERS.values())


def test_the_command_writes_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"what stands above\n{run.MARK}\nold", "utf-8")
    options = ["--size", "60", "--seeds", "1", "2", "--page", str(page), "--scenarios", "cards", "cut-off"]
    monkeypatch.setattr(sys, "argv", ["run.py", *options, "--contenders", *OURS])
    run.main()
    text = page.read_text("utf-8")
    assert text.startswith("what stands above")
    assert "old" not in text
    assert all(f"| {name} | rules by hand |" in text for name in ("cards", "cut-off"))
