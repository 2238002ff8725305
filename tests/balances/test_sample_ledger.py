"""The sample ledger: its script, and that every planted fault is found and explained."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.balances.rebuild import reconstruct
from workbench.balances.result import Reconstruction
from workbench.sources import read_balances, read_internal, read_snapshots

DATA = Path(__file__).parents[2] / "data"
LEDGER = DATA / "balances"
FILES = ("balances.csv", "ledger.csv", "snapshots.csv", "truth.csv")
KINDS = {
    "left_out",
    "counted_twice",
    "wrong_side",
    "not_applied",
    "transposed",
    "slipped",
    "contradiction",
}


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    with (LEDGER / "truth.csv").open(encoding="utf-8") as file:
        return {row["balance_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module", params=["with snapshots", "without"])
def rebuilt(request: pytest.FixtureRequest) -> Reconstruction:
    snapshots = read_snapshots(LEDGER / "snapshots.csv") if request.param == "with snapshots" else None
    return reconstruct(
        read_balances(LEDGER / "balances.csv"), read_internal(LEDGER / "ledger.csv"), snapshots=snapshots
    )


def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DATA / "make_balance_samples.py", tmp_path], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (LEDGER / name).read_bytes()


def test_balances_with_a_fault_are_listed_and_no_others(
    rebuilt: Reconstruction, truth: dict[str, dict[str, str]]
) -> None:
    found = rebuilt.discrepancies.set_index("balance_id")["difference"]
    assert {name: int(difference) for name, difference in found.items()} == {
        name: int(row["difference"]) for name, row in truth.items()
    }
    assert rebuilt.offsetting.empty
    assert len(rebuilt.results) == 40


def test_the_cause_of_every_fault_ranks_first_or_second(
    rebuilt: Reconstruction, truth: dict[str, dict[str, str]]
) -> None:
    assert {row["kind"] for row in truth.values()} == KINDS
    for balance_id, row in truth.items():
        planted = set(row["transaction_ids"].split())
        causes = [each for each in rebuilt.explain(balance_id) if each.rank <= 2]
        assert row["kind"] in {each.kind for each in causes}, balance_id
        assert any(planted == set(solution.transaction_ids) for each in causes for solution in each.solutions), (
            balance_id
        )


def test_the_timeline_parts_where_the_fault_began(rebuilt: Reconstruction, truth: dict[str, dict[str, str]]) -> None:
    for balance_id, row in truth.items():
        first = rebuilt.timeline(balance_id).divergences[0]
        assert first.before.snapshot_time is None or first.before.snapshot_time.isoformat() < row["since"].replace(
            "Z", "+00:00"
        )
        assert first.check.snapshot_time is None or first.check.snapshot_time.isoformat() >= row["since"].replace(
            "Z", "+00:00"
        )


def test_the_odd_transactions_are_listed(rebuilt: Reconstruction) -> None:
    assert rebuilt.unknown_balances["transaction_id"].tolist() == ["txn_0597", "txn_0598"]
    assert rebuilt.currency_conflicts["transaction_id"].tolist() == ["txn_0599"]
    assert rebuilt.problems["transaction_id"].tolist() == ["txn_0600"]
