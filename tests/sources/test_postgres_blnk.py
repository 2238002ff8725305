"""What a Blnk ledger keeps beside its books: indicators of balances, uploads, and rules."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import workbench as wb
from tests.postgres_server import Server
from workbench.cli import run

WHICH = "holds 2 uploads: say by upload_id (--external-upload-id) which to read, several with commas between"


def test_an_indicator_stands_for_the_balances_that_the_ledger_calls_so(server: Server) -> None:
    dsn = server.create("indicators")
    server.run(
        "indicators",
        """
        INSERT INTO blnk.balances (balance_id, indicator, currency, balance, credit_balance, debit_balance, ledger_id)
        VALUES ('bln_w', '@World', 'USD', 0, 0, 0, 'l'), ('bln_e', '@World', 'EUR', 0, 0, 0, 'l'),
            ('bln_1', NULL, 'USD', 0, 0, 0, 'l'), ('bln_2', '', 'USD', 0, 0, 0, 'l');
        INSERT INTO blnk.transactions
            (transaction_id, source, destination, amount, precise_amount, precision, currency, status)
        VALUES ('t1', 'bln_w', 'bln_1', 5, 500, 100, 'USD', 'APPLIED'),
            ('t2', 'bln_1', 'bln_e', 7, 700, 100, 'EUR', 'APPLIED'),
            ('t3', 'bln_1', 'bln_2', 9, 900, 100, 'USD', 'APPLIED')
        """,
    )
    bank = wb.read_external([{"id": "e", "amount": "-5", "currency": "USD", "date": "2026-01-01"}])
    internal = wb.read_internal(dsn)
    result = wb.reconcile(bank, internal, balance_id="@World")
    assert sorted([*result.matches["internal_transaction_id"], *result.unmatched_internal["transaction_id"]]) == [
        "t1",
        "t2",
    ]
    assert result.excluded["id"].tolist() == ["t3"]
    with pytest.raises(wb.SettingsError, match="the closest are @World"):
        wb.reconcile(bank, internal, balance_id="@Wrold")


def test_one_of_several_uploads_has_to_be_chosen(server: Server) -> None:
    dsn = server.create("several")
    insert = "INSERT INTO blnk.external_transactions VALUES "
    server.run("several", insert + "('a', 1, '', 'EUR', '', '2026-01-01', 'Stripe', 'upload_1')")
    assert len(wb.read_external(dsn)) == 1
    server.run(
        "several",
        insert
        + """
            ('b', 1, '', 'EUR', '', '2026-01-03', 'Adyen', 'upload_1'),
            ('c', 1, '', 'EUR', '', '2026-02-01', 'Bank', 'upload_2')
        """,
    )
    with pytest.raises(wb.SettingsError) as refused:
        wb.read_external(dsn)
    assert str(refused.value).split("\n") == [
        f"postgresql://127.0.0.1:{server.port}/several blnk.external_transactions {WHICH}",
        "  upload_2: 1 row of Bank, 2026-02-01 to 2026-02-01",
        "  upload_1: 2 rows of Adyen, Stripe, 2026-01-01 to 2026-01-03",
    ]
    assert len(wb.read_external(dsn, until="2026-02-01")) == 2  # of one upload alone
    assert wb.read_external(dsn, upload_id="upload_1,upload_2").to_pandas()["id"].tolist() == ["a", "b", "c"]


def test_the_rules_that_a_ledger_keeps_are_read(server: Server, tmp_path: Path) -> None:
    dsn = server.create("rules")
    with pytest.raises(wb.SettingsError, match=r"@127\.0\.0\.1:\d+/rules blnk.matching_rules holds no rule"):
        wb.load_rules(dsn)
    drift = {"field": "amount", "operator": "equals", "value": "", "pattern": "", "allowable_drift": 0.01}
    later = {"field": "date", "operator": "greater_than", "value": "", "pattern": "", "allowable_drift": 0}
    server.run(
        "rules",
        f"""
        INSERT INTO blnk.matching_rules (rule_id, name, description, criteria)
        VALUES ('rule_9', 'Same', 'of old', '{json.dumps([drift])}'), ('rule_1', 'Same', NULL, '{json.dumps([later])}')
        """,
    )
    rules = wb.load_rules(dsn)
    assert rules == (
        wb.Rule("Same", [wb.Criterion("amount", "equals", Decimal("0.01"))], "of old"),
        wb.Rule("Same", [wb.Criterion("date", "greater_than")]),
    )
    paid, booked = tmp_path / "paid.csv", tmp_path / "booked.csv"
    paid.write_text("id,amount,currency,date\ne,5,EUR,2026-01-02\n")
    booked.write_text("transaction_id,amount,currency,created_at\nt,5,EUR,2026-01-01\n")
    folder = tmp_path / "run"
    assert run(["reconcile", str(paid), str(booked), "--rules", dsn, "--out", str(folder)]) == 0
    settings = json.loads((folder / "settings.json").read_text("utf-8"))["settings"]
    assert [rule["name"] for rule in settings["rules"]] == ["Same", "Same"]


def test_a_database_without_rules_says_so(server: Server) -> None:
    dsn = server.create("no rules", "CREATE SCHEMA blnk")
    with pytest.raises(wb.SourceError, match="keeps no rules: it has no table"):
        wb.load_rules(dsn)
