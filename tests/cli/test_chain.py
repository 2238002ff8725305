"""`workbench chain`: run folders joined to the ways of records, and the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.test_reconcile import Shell, shell, squeezed
from workbench.runs.audit.cross_checks import cross_check
from workbench.runs.folder.saved import load_saved

__all__ = ["shell"]  # a fixture

LEDGER = "transaction_id,amount,currency,reference,created_at\nt1,100.00,EUR,a,2026-01-01\nt2,7.00,EUR,b,2026-01-01\n"
STRIPE = "id,amount,currency,reference,payout,date\nc1,97.00,EUR,a,po1,2026-01-02\nc2,50.00,EUR,x,po1,2026-01-02\n"
BANK = "id,amount,currency,reference,date\nb1,147.00,EUR,po1,2026-01-05\n"
FEE = [
    {
        "name": "Fee",
        "criteria": [
            {"field": "reference", "operator": "equals"},
            {"field": "amount", "operator": "equals", "allowable_drift": 0.05},
        ],
    }
]
PAYOUT = [{"name": "Payout", "criteria": [
    {"field": "amount", "operator": "equals"},
    {"field": "reference", "operator": "equals", "workbench": {"internal": "payout"}}]}]  # fmt: skip


@pytest.fixture
def runs(shell: Shell, tmp_path: Path) -> Shell:
    """The folders booked (processor with ledger) and paid (bank with processor)."""
    for name, text in (("ledger.csv", LEDGER), ("stripe.csv", STRIPE), ("bank.csv", BANK)):
        (tmp_path / name).write_text(text)
    for name, rules in (("fee.json", FEE), ("payout.json", PAYOUT)):
        (tmp_path / name).write_text(json.dumps(rules))
    as_ledger = [f"--internal-mapping={pair}" for pair in ("id=transaction_id", "date=created_at")]
    by_payout = "--strategy", "one_to_many", "--group-by", "payout"
    assert shell("reconcile", "stripe.csv", "ledger.csv", "--rules", "fee.json", "--out", "booked")[0] == 0
    bank = "bank.csv", "stripe.csv", "--rules", "payout.json", *by_payout, *as_ledger
    assert shell("reconcile", *bank, "--out", "paid")[0] == 0
    return shell


def test_runs_are_joined_and_shown(runs: Shell, tmp_path: Path) -> None:
    code, out, err = runs("chain", "booked", "paid", "--out", "chain")
    lines = squeezed(out)
    assert (code, err) == (0, "")
    assert lines[0] == "ledger → stripe → bank: 1 of 2 records of ledger arrived at bank"
    assert "ledger bank EUR stopped ledger 1 7.00" in lines
    assert "EUR stripe less what ledger has more in these matches -3.00 97.00" in lines
    ways = pq.read_table(tmp_path / "chain" / "ways.parquet").to_pylist()
    assert [[row[book] for book in ("ledger", "stripe", "bank")] for row in ways] == [
        ["t1", "c1", "b1"], ["t2", None, None], [None, "c2", "b1"],
    ]  # fmt: skip
    code, out, _ = runs("verify", "chain")
    assert (code, "chain is as the run left it" in out) == (0, True)


def test_the_same_runs_give_the_same_folder(runs: Shell, tmp_path: Path) -> None:
    names = "--names", "books,processor,bank"
    assert runs("chain", "booked", "paid", "--out", "one", *names)[0] == 0
    code, out, _ = runs("chain", "booked", "paid", "--out", "two", *names, "--json")
    found = json.loads(out)
    assert (code, found["books"], found["arrived"], found["ways"]) == (0, ["books", "processor", "bank"], 1, 3)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert runs("chain", "booked", "paid", "--out", "one")[0] == 2
    assert runs("chain", "booked", "paid", "--out", "one", "--force")[0] == 0


def test_what_cannot_be_joined_is_a_sentence(runs: Shell, tmp_path: Path) -> None:
    assert runs("chain", "booked")[2].startswith("a chain takes two reconciliations or more that share a side, not 1")
    assert "reconciliations 1 and 2 share both sides" in runs("chain", "paid", "paid")[2]
    assert "names takes a name for each of ledger.csv" in runs("chain", "booked", "paid", "--names", "a,b")[2]
    with (tmp_path / "paid" / "matches.csv").open("a") as file:
        file.write("forged\n")
    code, _, err = runs("chain", "booked", "paid")
    assert (code, err) == (2, "paid is not as the run left it: matches.csv differs from what the run wrote\n")


def test_a_chains_folder_is_verified_and_two_are_compared(runs: Shell, tmp_path: Path) -> None:
    assert runs("chain", "booked", "paid", "--out", "chain")[0] == 0
    outcome = json.loads((tmp_path / "chain" / "outcome.json").read_text())
    assert (outcome["verdict"], outcome["counts"]["ledger"]) == ("amber", {"in": 2, "arrived": 1, "stopped": 1})
    assert outcome["amounts"]["ledger"]["stopped at ledger"] == {"EUR": {"debits": "0.00", "credits": "7.00"}}
    assert "it joins the runs of the manifests" in runs("verify", "chain")[1]
    code, _, err = runs("perform", "chain")
    assert (code, "join these again (workbench chain RUN RUN --out DIR), and compare both folders" in err) == (2, True)
    (tmp_path / "bank.csv").write_text(BANK.replace("147.00", "147.50"))
    as_ledger = [f"--internal-mapping={pair}" for pair in ("id=transaction_id", "date=created_at")]
    by_payout = "--rules", "payout.json", "--strategy", "one_to_many", "--group-by", "payout"
    assert runs("reconcile", "bank.csv", "stripe.csv", *by_payout, *as_ledger, "--out", "later")[0] == 0
    assert runs("chain", "booked", "later", "--out", "other")[0] == 0
    code, out, _ = runs("compare", "chain", "other")
    assert code == 0
    assert "way ledger towards bank EUR arrived at bank: 1 record, 100.00 -> 0 records, 0.00" in out
    assert "input run 2: manifest SHA-256" in out
    assert "nothing differs in what came out" in runs("compare", "chain", "chain")[1]


def test_a_chain_that_does_not_tie_out_is_not_verified(runs: Shell, tmp_path: Path) -> None:
    assert runs("chain", "booked", "paid", "--out", "chain")[0] == 0
    run = load_saved(tmp_path / "chain")
    assert [*cross_check(run)] == []
    run.outcome["counts"]["ledger"]["arrived"] = 2  # type: ignore[index]
    for name, column, says in (
        ("control_totals", "records", "records of ledger towards bank in EUR do not tie out"),
        ("bridge", "amount", "does not add up to its total"),
    ):
        table = run.tables[name]
        lie = pa.array([value + (place == 0) for place, value in enumerate(table[column].to_pylist())])
        run.tables[name] = table.set_column(table.column_names.index(column), column, lie)
        assert any(says in problem for problem in cross_check(run))
    assert "outcome.json: counts are not those of the tables" in [*cross_check(run)]


def test_a_chain_that_fails_leaves_an_outcome(runs: Shell, tmp_path: Path) -> None:
    assert runs("chain", "booked", "--out", "chain")[0] == 2
    outcome = json.loads((tmp_path / "chain" / "outcome.json").read_text())
    assert (outcome["verdict"], outcome["exit_code"]) == ("red", 2)
    assert outcome["message"].startswith("a chain takes two reconciliations or more")
    assert runs("chain", "booked", "paid", "--out", "chain")[0] == 0  # in its place


def test_a_chain_is_no_better_than_its_worst_run(runs: Shell, tmp_path: Path) -> None:
    paid = json.loads((tmp_path / "paid" / "outcome.json").read_text())
    assert paid["verdict"] == "green"
    gate = "--max-open", "fail 0", "--out", "red"
    assert runs("reconcile", "stripe.csv", "ledger.csv", "--rules", "fee.json", *gate)[0] == 1
    code, out, err = runs("chain", "red", "paid", "--out", "chain")
    assert (code, "Gates: red" in out, "run 1 red green broken" in squeezed(out)) == (1, True, True)
    assert err.startswith("run 1, recon_")
    assert err.endswith(" is red\n")
    outcome = json.loads((tmp_path / "chain" / "outcome.json").read_text())
    assert (outcome["verdict"], outcome["exit_code"]) == ("red", 1)
    assert [gate["gate"] for gate in outcome["gates"] if not gate["kept"]] == ["run 1"]
    assert runs("verify", "chain")[0] == 0
