"""Proposed rules: what the records say of themselves, right more often than rules by hand, and nothing of chance."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random
from typing import Any

import pytest

import workbench as wb
from benchmarks.quality.contenders import hand_written, proposed
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.score import score
from workbench.cli import run

DATA = Path(__file__).parents[2] / "data"
Row = dict[str, Any]


def rows(count: int, **more: str) -> tuple[list[Row], list[Row]]:
    """Payments that are booked three days before, each of another amount and reference."""
    paid = [
        {"id": f"e{n}", "amount": 10 + n, "currency": "EUR", "date": "2026-01-05", "reference": f"R-{n:05}"}
        for n in range(count)
    ]
    booked = [
        {"transaction_id": f"t{n}", "amount": 10 + n, "currency": "EUR", "created_at": "2026-01-02", **more}
        | {"reference": f"r{n:05}"}
        for n in range(count)
    ]
    return paid, booked


def propose(paid: list[Row], booked: list[Row]) -> wb.ProposedRules:
    return wb.propose_rules(wb.read_external(paid), wb.read_internal(booked))


@pytest.mark.parametrize(
    ("folder", "external", "internal", "strategy", "right"),
    [
        ("cards", "statement.csv", "ledger.csv", None, 112),
        ("split_authorisations", "authorisations.json", "ledger.xlsx", "many_to_one", 105),
    ],
)
def test_of_the_sample_months_all_that_is_matched_is_right(
    folder: str, external: str, internal: str, strategy: str | None, right: int
) -> None:
    own = wb.read_external(DATA / folder / external), wb.read_internal(DATA / folder / internal)
    rules = wb.propose_rules(*own).rules
    assert {rule.strategy for rule in rules} == {strategy}
    matches = wb.reconcile(*own, rules=rules).matches
    with (DATA / folder / "truth.csv").open() as file:
        truth = {(row["external_id"], row["internal_id"]) for row in csv.DictReader(file)}
    found = set(map(tuple, matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()))
    assert len(found & truth) == right
    assert found <= truth


@pytest.mark.parametrize(
    "name",
    ["cards", "references", "subscriptions", "cut-off", "foreign currency", "micropayments", "day shift", "captures"],
)
def test_more_is_right_and_less_wrong_than_by_rules_by_hand(name: str) -> None:
    scenario = SCENARIOS[name](7, 400)
    own, by_hand = (score(*contender(scenario), scenario.truth) for contender in (proposed, hand_written))
    assert own.f1 >= by_hand.f1
    assert own.wrong <= by_hand.wrong
    assert own.wrong_but_sure <= own.sure // 100


def test_it_is_the_same_in_any_order_of_rows() -> None:
    scenario = SCENARIOS["references"](3, 150)
    before = propose(scenario.external, scenario.internal)
    assert before == propose(*(Random(9).sample(side, len(side)) for side in (scenario.external, scenario.internal)))


def test_a_fee_is_seen_where_references_are_shared() -> None:
    paid, booked = rows(40)
    for row in paid[:10]:
        row["amount"] = f"{row['amount'] * 0.98:.2f}"
    found = propose(paid, booked)
    assert [rule.name for rule in found.rules] == [
        "Reference and amount",
        "Reference, and nearly the amount",
        "By evidence",
    ]
    assert "40 records of each side share a reference" in found.findings[0]
    assert found.findings[1] == "For 10 others the external amount is -2 % to -2 % off."


def test_amounts_with_the_other_sign_are_told() -> None:
    paid, booked = rows(30)
    for row in paid:
        row["amount"] = -row["amount"]
    assert any("sign='inverted'" in finding for finding in propose(paid, booked).findings)


def test_records_that_have_nothing_to_do_with_each_other_stay_open() -> None:
    random = Random(4)
    paid = [
        {"id": f"e{n}", "amount": random.randrange(1, 60), "currency": "EUR", "date": f"2026-01-{n % 28 + 1:02d}"}
        for n in range(80)
    ]
    booked = [
        {"transaction_id": f"t{n}", "amount": random.randrange(100, 160), "currency": "EUR", "created_at": "2026-01-02"}
        for n in range(80)
    ]
    found = propose(paid, booked)
    assert found.findings == ("No record of one side is like any of the other.",)
    own = wb.read_external(paid), wb.read_internal(booked)
    assert len(wb.reconcile(*own, rules=found.rules).matches) == 0


def test_a_grouping_of_the_run_is_no_matter(tmp_path: Path) -> None:
    paid, booked = rows(20, parent_transaction="p")
    own = wb.read_external(paid), wb.read_internal(booked)
    run_settings = wb.reconcile(*own, strategy="one_to_many", grouping_criteria="reference").settings
    found = wb.propose_rules(*own, settings=run_settings)
    assert {rule.strategy for rule in found.rules} == {"one_to_one"}
    wb.save_rules(found.rules, tmp_path / "rules.json")
    assert wb.load_rules(tmp_path / "rules.json") == found.rules


def test_the_command_line_proposes_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(DATA / "cards" / name) for name in ("statement.csv", "ledger.csv")]
    assert run(["reconcile", *files, "--propose", "--out", str(tmp_path / "run")]) == 0
    assert "Amounts are the same on both sides." in capsys.readouterr().err
    assert run(["perform", str(tmp_path / "run")]) == 0
    rules = str(DATA / "cards" / "rules.json")
    assert run(["reconcile", *files, "--propose", "--rules", rules, "--dry-run"]) == 2
    assert "--propose and --rules do not go together" in capsys.readouterr().err
