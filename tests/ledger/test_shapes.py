"""Every shape of booking that Blnk has, from files and from a real ledger, against what is true."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests import postgres_server
from tests.ledger.shapes import FOLDER, STRATEGIES, Shapes, make, write

RULES = [
    wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")]),
    wb.Rule("Amount within 3 days", [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * 86400)]),
]
SHAPES = make()
WAYS = ["csv", "ndjson", "postgres"]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The ledger's transactions and balances by the way that they are read."""
    folder = tmp_path_factory.mktemp("shapes")
    (folder / "ledger.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in SHAPES.transactions), "utf-8")
    with postgres_server.running() as server:
        dsn = server.create("shapes")
        server.run("shapes", _inserts(SHAPES))
        yield {
            "csv": (FOLDER / "transactions.csv", FOLDER / "balances.csv"),
            "ndjson": (folder / "ledger.ndjson", FOLDER / "balances.csv"),
            "postgres": (dsn, dsn),
        }


def _inserts(shapes: Shapes) -> str:
    def value(name: str, of: Any) -> str:
        if of == "" and name in {"effective_date", "meta_data", "indicator"}:
            return "NULL"
        return "'" + str(of).replace("'", "''") + "'"

    statements = []
    for table, rows in (("transactions", shapes.transactions), ("balances", shapes.balances)):
        for row in rows:
            values = ", ".join(value(name, of) for name, of in row.items())
            statements.append(f"INSERT INTO blnk.{table} ({', '.join(row)}) VALUES ({values})")
    return "; ".join(statements)


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    write(make(), tmp_path / "shapes")
    for path in FOLDER.iterdir():
        assert path.read_bytes() == (tmp_path / "shapes" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("way", WAYS)
def test_each_strategy_finds_what_is_true(ledger: dict[str, Any], way: str, strategy: str) -> None:
    internal = wb.read_internal(ledger[way][0])
    bank = wb.read_external(FOLDER / "bank.csv")
    result = wb.reconcile(bank, internal, strategy=strategy, grouping_criteria=STRATEGIES[strategy], rules=RULES)
    matches = result.matches
    pairs = set(zip(matches["external_transaction_id"], matches["internal_transaction_id"], strict=True))
    with (FOLDER / "matches.csv").open(encoding="utf-8", newline="") as file:
        true = {
            (row["external_transaction_id"], row["internal_transaction_id"])
            for row in csv.DictReader(file)
            if row["strategy"] == strategy
        }
    assert pairs == true
    reasons = dict(zip(result.excluded["id"], result.excluded["reason"], strict=True))
    lineage = {name for name, reason in reasons.items() if "lineage" in reason}
    assert lineage == {"txn_shadow", "txn_release"}
    open_now = set(result.unmatched_internal["transaction_id"])
    taking_part = {row["transaction_id"] for row in SHAPES.transactions if row["status"] == "APPLIED"} - lineage
    assert open_now | {name for _, name in pairs} == taking_part


@pytest.mark.parametrize("way", WAYS)
def test_balances_are_what_blnk_counts(ledger: dict[str, Any], way: str) -> None:
    transactions, balances = ledger[way]
    rebuilt = wb.reconstruct(wb.read_balances(balances), wb.read_internal(transactions))
    assert rebuilt.discrepancies.empty
    assert rebuilt.currency_conflicts["transaction_id"].tolist() == ["txn_foreign"]
    assert len(rebuilt.unknown_balances) == 0
    named = wb.reconstruct(wb.read_balances(balances), wb.read_internal(transactions), balance_ids="@Bank")
    assert named.results["balance_id"].tolist() == ["bln_bank_eur", "bln_bank_token", "bln_bank_usd"]


def test_a_balance_by_its_indicator_is_seen_from_all_its_currencies(ledger: dict[str, Any]) -> None:
    bank = wb.read_external(FOLDER / "bank.csv")
    result = wb.reconcile(bank, wb.read_internal(ledger["postgres"][0]), balance_id="@Bank", rules=RULES)
    found = set(result.matches["internal_transaction_id"]) | set(result.unmatched_internal["transaction_id"])
    assert found == {"txn_funded", "txn_spent", "txn_token_0", "txn_token_1", "txn_token_2"}
