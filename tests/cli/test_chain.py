"""`workbench chain`: run folders joined to the ways of records, and the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.test_reconcile import Shell, shell, squeezed

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
