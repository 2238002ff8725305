"""Proposed rules: what the records say of themselves, right more often than rules by hand, and nothing of chance."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import workbench as wb
from benchmarks.quality.contenders import hand_written, nothing_configured
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.score import score
from workbench.cli import run
from workbench.reconciliation import learn
from workbench.reconciliation.reconcile import reconcile_with
from workbench.reconciliation.settings import make_settings, settings_from_dict

DATA = Path(__file__).parents[3] / "data"
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
    [
        "cards",
        "references",
        "subscriptions",
        "cut-off",
        "foreign currency",
        "micropayments",
        "captures",
        "day shift",
        "net of fees",
    ],
)
def test_more_is_right_and_less_wrong_than_by_rules_by_hand(name: str) -> None:
    scenario = SCENARIOS[name](7, 400)
    own, by_hand = (score(*contender(scenario), scenario.truth) for contender in (nothing_configured, hand_written))
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
    assert any("opposite_signs=True" in finding for finding in propose(paid, booked).findings)


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


def test_a_strategy_that_is_given_stays(tmp_path: Path) -> None:
    paid, booked = rows(20, parent_transaction="p")
    own = wb.read_external(paid), wb.read_internal(booked)
    result = wb.reconcile(*own, strategy="one_to_many", grouping_criteria="reference")
    assert (result.summary.strategy, result.summary.grouping_criteria) == ("one_to_many", ("reference",))
    assert {rule.strategy for rule in result.settings.rules} == {None}
    assert wb.propose_rules(*own, settings=result.settings).rules == result.settings.rules
    wb.save_rules(result.settings.rules, tmp_path / "rules.json")
    assert wb.load_rules(tmp_path / "rules.json") == result.settings.rules


def matched(result: wb.Result) -> list[tuple[str, str]]:
    """The ids of each match, in their order."""
    names = ["external_transaction_id", "internal_transaction_id"]
    return sorted(result.matches[names].itertuples(index=False, name=None))


def few(external: list[str], internal: list[str], **settings: Any) -> wb.Result:
    """Nothing configured; records are written as ``id amount day`` and perhaps a reference and a description."""
    names = ["amount", "date", "reference", "description"]
    sides = []
    for records, id_name, date_name in ((external, "id", "date"), (internal, "transaction_id", "created_at")):
        own = [id_name, *(date_name if name == "date" else name for name in names)]
        written = [dict(zip(own, record.split(maxsplit=4), strict=False)) for record in records]
        sides.append([row | {"currency": "EUR", date_name: f"2026-01-{row[date_name]}"} for row in written])
    return wb.reconcile(wb.read_external(sides[0]), wb.read_internal(sides[1]), **settings)


@pytest.mark.parametrize(
    ("external", "internal", "pairs"),
    [
        (["e 10.50 05"], ["i 10.50 05"], [("e", "i")]),
        (["e 10.50 09"], ["i 10.50 05"], [("e", "i")]),
        (["e 10.50 31"], ["i 10.50 05"], []),
        (["e 10.50 31 INV-7"], ["i 10.50 05 inv7"], [("e", "i")]),
        (["e 10.50 31 - Your invoice INV-00742"], ["i 10.50 05 INV-00742"], [("e", "i")]),
        (["e 10.50 05"], ["i 11.50 05"], []),
        (["e 10.50 05 INV-7"], ["i 99.50 05 INV-7"], []),
        (["e 10.50 05", "f 20.50 06"], ["i 10.50 04", "j 20.50 04"], [("e", "i"), ("f", "j")]),
        (["e 10.50 05"], ["i 10.50 01", "j 10.50 04"], [("e", "j")]),
        ([f"e{n} {n}0.50 {5 + n:02}" for n in range(1, 6)], [f"i{n} {n}1.70 05" for n in range(1, 6)], []),
        (
            [f"e{n} {n}0.50 {5 + n:02}" for n in range(1, 6)],
            [f"i{n} {n}0.50 05" for n in range(1, 6)],
            [(f"e{n}", f"i{n}") for n in range(1, 6)],
        ),
    ],
)
def test_few_records_match_as_far_as_evidence_carries(
    external: list[str], internal: list[str], pairs: list[tuple[str, str]]
) -> None:
    result = few(external, internal)
    assert matched(result) == pairs
    assert result.findings
    for side, records in (("external", external), ("internal", internal)):
        assert len(result.tables[f"unmatched_{side}"]) == len(records) - len(pairs)


def test_what_several_would_do_as_well_is_suggested() -> None:
    result = few(["e 10.50 05"], ["i 10.50 05", "j 10.50 05", "k 10.50 05"])
    assert matched(result) == []
    assert result.suggestions[["external_transaction_id", "internal_transaction_id"]].values.tolist() == [["e", "i"]]
    assert result.findings[-1] == "1 external record may belong to several internal ones: suggested at most."


def test_an_input_without_records_is_no_error() -> None:
    nothing = wb.read_internal(pd.DataFrame(columns=["transaction_id", "amount", "currency", "created_at"]))
    result = wb.reconcile(wb.read_external(rows(3)[0]), nothing)
    assert result.findings == ("No record of one side is like any of the other.",)
    assert (len(result.matches), len(result.unmatched_external)) == (0, 3)


def test_thirty_days_of_one_price_are_not_told_apart_by_what_they_are_not() -> None:
    day_passes = [f"e{n} 15.00 {n + 1:02}" for n in range(1, 29)], [f"i{n} 15.00 {n:02}" for n in range(1, 29)]
    result = few(*day_passes)
    assert len(result.matches) == 0 or (result.matches["alternatives"] > 0).all()


def test_groups_are_found_and_shown_as_the_strategy_of_the_run() -> None:
    paid = [{"id": f"e{n}", "amount": 100 + n, "currency": "EUR", "date": "2026-01-05"} for n in range(12)]
    booked = [
        {"transaction_id": f"{part}{n}", "amount": amount, "currency": "EUR", "created_at": "2026-01-04"}
        | {"parent_transaction": f"p{n}"}
        for n in range(12)
        for part, amount in (("fee", 3), ("net", 97 + n))
    ]
    own = wb.read_external(paid), wb.read_internal(booked)
    result = wb.reconcile(*own)
    assert (result.summary.strategy, result.summary.grouping_criteria) == ("one_to_many", ("parent_transaction",))
    assert result.findings[0].startswith("Grouping internal records by parent_transaction matches about 35 records")
    assert len(result.unmatched_internal) == 0
    assert matched(wb.reconcile(*own, rules=result.settings.rules)) == matched(result)
    single = wb.reconcile(*own, strategy="one_to_one").settings
    assert (single.strategy, {rule.strategy for rule in single.rules}) == ("one_to_one", {None})


def test_records_of_one_side_settle_each_other_where_nothing_else_would_do() -> None:
    external = ["a 10 05", "b -10 06", "c 7 05 R-1", "d -7 28 R-1", "e 3 05", "f -3 06", "g -3 06"]
    result = few(external, ["i 1 05"], strategy="within_external")
    assert sorted(result.matches["external_transaction_id"]) == ["a", "b", "c", "d"]
    assert "settle each other" in result.findings[0]


@pytest.mark.parametrize(
    ("external", "internal", "groups"),
    [
        (["a 50 05 B-7", "b 30 06 B-7", "c 20 06 b-7"], ["t 60 05 B-7", "u 40 05 B-7"], [["a", "b", "c"], ["t", "u"]]),
        (["a 50 05 B-7", "b 30 06 B-7"], ["t 81 05 B-7"], []),
        (["a 50 05 B-7", "b 30 06 B-7"], ["t 60 05 C-8", "u 20 05 C-8"], []),
    ],
)
def test_several_records_of_a_reference_match_several_of_the_same_sum(
    external: list[str], internal: list[str], groups: list[list[str]]
) -> None:
    result = few(external, internal)
    matches = result.matches[result.matches["rule"] == "Sum by reference"]
    sides = [sorted(set(matches[f"{side}_transaction_id"])) for side in ("external", "internal")]
    assert [side for side in sides if side] == groups
    assert ("By 1 reference several records sum to the same on both sides." in result.findings) == bool(groups)


@pytest.mark.parametrize(("naming", "column"), [("external", "description"), ("internal", "reference")])
def test_a_text_that_names_several_records_of_the_other_side_is_their_sum(naming: str, column: str) -> None:
    random = Random(5)
    amounts = [random.randrange(100, 90_000) for _ in range(60)]
    parts = [{"reference": f"INV-{n:04}", "amount": amount} for n, amount in enumerate(amounts)]
    sums = [
        {column: f"thanks, inv-{n:04} inv {n + 1:04}/INV{n + 2:04}", "amount": sum(amounts[n : n + 3])}
        for n in range(0, 60, 3)
    ]
    sides = (sums, parts) if naming == "external" else (parts, sums)
    paid = [{"id": f"e{n:02}", "currency": "EUR", "date": "2026-01-20", **row} for n, row in enumerate(sides[0])]
    booked = [
        {"transaction_id": f"t{n:02}", "currency": "EUR", "created_at": "2026-01-02", **row}
        for n, row in enumerate(sides[1])
    ]
    proposed = propose(paid, booked)
    other = {"external": "internal", "internal": "external"}[naming]
    assert f"20 {naming} {column}s name several {other} references that sum to the same amount." in proposed.findings
    truth = {(n // 3, n) if naming == "external" else (n, n // 3) for n in range(60)}
    expected = sorted((f"e{e:02}", f"t{i:02}") for e, i in truth)
    books = wb.read_external(paid), wb.read_internal(booked)
    assert matched(wb.reconcile(*books)) == expected
    # Where many share a reference such a rule would be too broad, and is not proposed.
    narrow = make_settings(max_candidates=59)
    assert "subset" not in [
        name for rule in wb.propose_rules(*books, settings=narrow).rules for name in rule.grouping_criteria
    ]


def test_a_reference_that_very_many_share_stops_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at before is a sample, in which few share it."""
    monkeypatch.setattr(learn, "MOST_UNITS", 60)
    random = Random(2)
    booked = [
        {"transaction_id": f"t{n}", "amount": random.randrange(100, 90_000), "currency": "EUR"}
        | {"created_at": f"2026-{1 + n // 55:02}-{1 + n % 28:02}", "reference": f"INV-{n}" if n % 6 else "RENT-1"}
        for n in range(600)
    ]
    paid = [
        {"id": f"e{n}", "amount": sum(row["amount"] for row in rows), "currency": "EUR"}
        | {"date": rows[0]["created_at"], "description": ", ".join(row["reference"] for row in rows)}
        for n, rows in enumerate(booked[n : n + 3] for n in range(0, 600, 3))
    ]
    books = wb.read_external(paid), wb.read_internal(booked)
    assert not any(
        "subset" in rule.grouping_criteria for rule in wb.reconcile(*books, max_candidates=5_000).settings.rules
    )
    assert any("subset" in rule.grouping_criteria for rule in wb.reconcile(*books).settings.rules)


@pytest.mark.parametrize(
    ("external", "suggested"),
    [
        (["a -50 05 DD-9", "b 50 06 dd-9", "c -20 06 K"], ["a", "b"]),
        (["a -50 05 DD-9", "b 49 06 DD-9"], []),
        (["a -50 05 T-1", "b 50 06 T-1"], []),  # the ledger knows it: one of the two is missing there
        (["a -50 05", "b 50 06"], []),
        (["a -50 05 P", "b 50 06 P", "c -50 07 P", "d 50 08 P"], ["a", "b", "c", "d"]),
    ],
)
def test_what_undoes_each_other_unknown_to_the_other_side_is_suggested(
    external: list[str], suggested: list[str]
) -> None:
    result = few(external, ["t -3 01 T-1", "u -20 05 K"])
    assert sorted(result.suggestions["external_transaction_id"]) == suggested
    assert {"a", "b"} <= set(result.unmatched_external["id"])
    assert any("cancel out by references" in finding for finding in result.findings) == bool(suggested)


def test_a_result_is_performed_again_without_proposing_again() -> None:
    scenario = SCENARIOS["references"](3, 60)
    own = wb.read_external(scenario.external), wb.read_internal(scenario.internal)
    result = wb.reconcile(*own)
    assert settings_from_dict(json.loads(json.dumps(result.settings.to_dict()))) == result.settings
    again = reconcile_with(settings_from_dict(result.settings.to_dict()), *own)
    assert again.tables["matches"].equals(result.tables["matches"])
    assert again.findings == result.findings
    assert dict(result.summary)["findings"] == list(result.findings)
    given = wb.reconcile(*own, strategy=result.summary.strategy, rules=result.settings.rules)
    assert given.tables["matches"].equals(result.tables["matches"])
    assert (given.findings, "findings" in given.summary) == ((), False)


def test_the_command_line_proposes_where_no_rules_are_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(DATA / "cards" / name) for name in ("statement.csv", "ledger.csv")]
    assert run(["reconcile", *files, "--out", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr().out
    assert "Rules (none were given: the records propose these)" in shown
    assert "- Amounts are the same on both sides." in shown
    assert run(["perform", str(tmp_path / "run")]) == 0
    assert run(["verify", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    like = ["--like", str(tmp_path / "run" / "settings.json")]
    assert run(["reconcile", *files, *like, "--out", str(tmp_path / "kept")]) == 0
    assert "none were given" not in capsys.readouterr().out
    kept, first = (pq.read_table(tmp_path / name / "matches.parquet") for name in ("kept", "run"))
    assert kept.equals(first)


@pytest.mark.parametrize("split", ["internal", "external"])
def test_sums_of_consecutive_records_are_found_on_either_side(split: str) -> None:
    random = Random(4)
    parts, sums, truth = [], [], set()
    for day in range(1, 13):
        amounts = [random.randrange(100, 90_000) for _ in range(25)]
        names = [f"p{day:02}-{number:02}" for number in range(len(amounts))]
        parts += [
            {"name": name, "cents": cents, "date": f"2026-03-{day:02}T{number // 2 + 8:02}:{30 * (number % 2):02}:00Z"}
            for number, (name, cents) in enumerate(zip(names, amounts, strict=True))
        ]
        sums.append({"name": f"s{day:02}", "cents": sum(amounts), "date": f"2026-03-{day + 2:02}"})
        truth |= {(name, f"s{day:02}") for name in names}
    few, many = (sums, parts) if split == "internal" else (parts, sums)
    paid = [{"id": r["name"], "amount": f"{r['cents'] / 100:.2f}", "currency": "EUR", "date": r["date"]} for r in few]
    booked = [
        {"transaction_id": r["name"], "amount": f"{r['cents'] / 100:.2f}", "currency": "EUR", "created_at": r["date"]}
        for r in many
    ]
    result = wb.reconcile(wb.read_external(paid), wb.read_internal(booked))
    assert {tuple(sorted(pair)) for pair in matched(result)} == truth
    assert result.settings.rules[0].grouping_criteria == ("batch",)
    assert f"12 {'external' if split == 'internal' else 'internal'} records are the sums of 300" in result.findings[0]


def test_sums_that_chance_finds_as_well_are_no_batches() -> None:
    random = Random(5)
    paid = [
        {"id": f"e{n}", "amount": random.randrange(1, 60), "currency": "EUR", "date": "2026-03-20"} for n in range(9)
    ]
    booked = [
        {"transaction_id": f"t{n}", "amount": random.randrange(1, 9), "currency": "EUR"}
        | {"created_at": f"2026-03-{n % 28 + 1:02}"}
        for n in range(200)
    ]
    assert not any(rule.grouping_criteria for rule in propose(paid, booked).rules)


def test_chance_pairs_of_records_that_have_nothing_to_do_with_each_other_do_not_match() -> None:
    """Five amounts are equal by chance, as far as they go: of records that belong together most would have one."""
    amounts = Random(6).sample(range(1_000, 90_000), 200)
    own = amounts[:100], [*amounts[:5], *amounts[100:195]]
    paid, booked = (
        [f"{side}{n} {cents / 100:.2f} {n % 28 + 1:02}" for n, cents in enumerate(cents_of_side)]
        for side, cents_of_side in zip("ei", own, strict=True)
    )
    assert len(few(paid, booked).matches) == 0


def test_a_reference_with_digits_put_around_it_is_known() -> None:
    """Each amount and day is there four times, so that nothing but references tells them apart."""
    numbers = Random(7).sample(range(10**6, 10**7), 80)
    external = [f"e{n} {n // 4 + 1}0.00 {n // 4 + 3:02} RF18{number}{n % 10}" for n, number in enumerate(numbers)]
    internal = [f"i{n} {n // 4 + 1}0.00 {n // 4 + 2:02} {number}" for n, number in enumerate(numbers)]
    assert set(matched(few(external, internal))) == {(f"e{n}", f"i{n}") for n in range(80)}
