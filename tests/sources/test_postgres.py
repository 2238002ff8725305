"""Reading a live ledger: exactly, as of one instant, and without a trace."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from adbc_driver_manager import dbapi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

import workbench as wb
from tests.postgres_server import Server
from workbench.balances.rebuild import reconstruct
from workbench.cli import run
from workbench.engine import own_engine
from workbench.sources.formats import postgres
from workbench.sources.options import as_reader_options

TRANSACTIONS = "INSERT INTO blnk.transactions (transaction_id, currency, precise_amount, precision, created_at) VALUES "
MINUTES = TRANSACTIONS + ", ".join(f"('t{n}', 'USD', {n}, 1, '2026-01-01 00:0{n}')" for n in range(1, 6))
UPLOADS = """
INSERT INTO blnk.external_transactions VALUES
    ('ch_2', 12.50, 'ref 2', 'usd', NULL, '2026-01-02 10:00', 'Stripe', 'upload_1'),
    ('ch_1', 0.01, 'ref 1', 'EUR', 'a "fee"', '2026-01-01 10:00:00.000001', 'Stripe', 'upload_1'),
    ('ch_3', -3, 'ref 3', 'EUR', '', '2026-01-03', 'Bank', 'upload ''2\\')
"""


def tables(engine: Backend) -> list[str]:
    """What stands in an engine."""
    return [name for (name,) in engine.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]


@pytest.fixture(scope="module")
def minutes(server: Server) -> str:
    """Five transactions, a minute apart."""
    dsn = server.create("minutes")
    server.run("minutes", MINUTES)
    return dsn


@pytest.fixture(scope="module")
def uploads(server: Server) -> str:
    """Two uploads of external records."""
    dsn = server.create("uploads")
    server.run("uploads", UPLOADS)
    return dsn


def test_a_transaction_comes_with_all_its_columns_typed(server: Server) -> None:
    dsn = server.create("typed")
    server.run(
        "typed",
        """
        INSERT INTO blnk.transactions VALUES (7, 'txn_1', 'bln_1', '@World', 'über <b>', 'ref_1_q', 1.5, 'usd',
            'APPLIED', '2026-03-29 02:30:00.123456', '2026-03-30', NULL,
            '{"fee": 0.10, "by": "é"}', 150, 100, 'txn_0', 'c0ffee')
        """,
    )
    assert wb.read_internal(dsn).table.to_pyarrow().to_pylist() == [
        {
            "transaction_id": "txn_1",
            "parent_transaction": "txn_0",
            "source": "bln_1",
            "destination": "@World",
            "reference": "ref_1_q",
            "amount": Decimal("1.50"),
            "precise_amount": Decimal(150),
            "precision": 100,
            "currency": "USD",
            "description": "über <b>",
            "status": "APPLIED",
            "created_at": datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=UTC),
            "effective_date": datetime(2026, 3, 30, tzinfo=UTC),
            "meta_data": '{"by": "é", "fee": 0.10}',
            "id": 7,  # what only Blnk knows stays on the record
            "scheduled_for": None,
            "hash": "c0ffee",
        }
    ]


def test_balances_snapshots_and_external_records_are_read_too(server: Server, uploads: str) -> None:
    dsn = server.create("others")
    server.run(
        "others",
        """
        INSERT INTO blnk.balances (balance_id, currency, balance, credit_balance, debit_balance, ledger_id)
        VALUES ('bln_1', 'usd', 600, 1200, 600, 'general');
        INSERT INTO blnk.balance_snapshots
            (balance_id, ledger_id, balance, credit_balance, debit_balance, currency, snapshot_time)
        VALUES ('bln_1', 'general', 500, 1100, 600, 'USD', '2026-01-31 12:00+02')
        """,
    )
    [balance] = wb.read_balances(dsn).table.to_pyarrow().to_pylist()
    [snapshot] = wb.read_snapshots(dsn).table.to_pyarrow().to_pylist()
    external = wb.read_external(uploads, upload_id="upload_1, upload '2\\").table
    assert [balance[name] for name in ("balance_id", "currency", "credit_balance")] == ["bln_1", "USD", 1200]
    assert [snapshot["balance"], snapshot["snapshot_time"]] == [500, datetime(2026, 1, 31, 10, tzinfo=UTC)]
    assert external.select("id", "amount", "currency", "source").to_pyarrow().to_pydict() == {
        "id": ["ch_1", "ch_2", "ch_3"],
        "amount": [Decimal("0.01"), Decimal("12.50"), Decimal("-3.00")],
        "currency": ["EUR", "USD", "EUR"],
        "source": ["Stripe", "Stripe", "Bank"],
    }


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-(10**19), 10**19, allow_nan=False, places=18), min_size=1, max_size=50))
def test_amounts_keep_every_digit(server: Server, amounts: list[Decimal]) -> None:
    if not server.rows("postgres", "SELECT 1 FROM pg_database WHERE datname = 'digits'"):
        server.create("digits")
    values = ", ".join(f"('t{n}', {amount:f}, 'USD', '2026-01-01')" for n, amount in enumerate(amounts))
    columns = "transaction_id, amount, currency, created_at"
    server.run("digits", f"DELETE FROM blnk.transactions; INSERT INTO blnk.transactions ({columns}) VALUES {values}")
    read = wb.read_internal(server.dsn("digits")).table.to_pyarrow()
    assert dict(zip(read["transaction_id"].to_pylist(), read["amount"].to_pylist(), strict=True)) == {
        f"t{n}": amount for n, amount in enumerate(amounts)
    }


def test_what_the_workbench_cannot_use_is_rejected_and_the_rest_is_read(server: Server) -> None:
    dsn = server.create("faults")
    server.run(
        "faults",
        f"""
        {TRANSACTIONS} ('good', 'USD', 12345678901234567890123456789012345678, 1, '2026-01-01'),
            ('no number', 'USD', 'NaN', 1, '2026-01-02'), ('too long', 'USD', 1e38, 1, '2026-01-03'),
            ('a part', 'USD', 0.5, 1, '2026-01-04'), ('no power', 'USD', 5, 12, '2026-01-05'),
            ('nowhere', NULL, 5, 1, '2026-01-06'), ('never', 'USD', 5, 1, 'infinity'),
            ('too late', 'USD', 5, 1, '20026-1-1')
        """,
    )
    with pytest.raises(wb.BadRecords, match=r"blnk\.transactions: 7 of 8 records are bad"):
        wb.read_internal(dsn)
    records = wb.read_internal(dsn, on_bad="reject")
    assert records.table.to_pyarrow()["precise_amount"].to_pylist() == [Decimal(12345678901234567890123456789012345678)]
    assert records.rejected[["row", "column", "value"]].to_numpy().tolist() == [
        [2, "precise_amount", "NaN"],
        [3, "precise_amount", "1" + "0" * 38],
        [4, "precise_amount", "0.5"],
        [5, "precision", "12"],
        [6, "currency", pd.NA],
        [7, "created_at", "20026-01-01 00:00:00"],
        [8, "created_at", "infinity"],
    ]


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        ({"since": "2026-01-01T00:03"}, ["t3", "t4", "t5"]),
        ({"until": "2026-01-01T00:03"}, ["t1", "t2"]),
        ({"since": "2026-01-01 00:02:00Z", "until": "2026-01-01T02:04:00+02:00"}, ["t2", "t3"]),
        ({"since": datetime(2026, 1, 1, 0, 4)}, ["t4", "t5"]),  # noqa: DTZ001 - it is what a user writes
        ({"since": datetime(2026, 1, 1, 2, 5, tzinfo=timezone(timedelta(hours=2)))}, ["t5"]),
        ({"since": "2026-01-01T00:02:00.000001", "until": date(2026, 1, 2)}, ["t3", "t4", "t5"]),
    ],
)
def test_since_is_the_first_instant_read_and_until_the_first_one_not(
    minutes: str, selection: Any, found: list[str]
) -> None:
    records = wb.read_internal(minutes, **selection)
    assert records.table.to_pyarrow()["transaction_id"].to_pylist() == found
    again = wb.read_internal(minutes, **as_reader_options(records.origin.options))
    assert (again.origin.options, again.origin.sha256) == (records.origin.options, records.origin.sha256)


@pytest.mark.parametrize(("upload", "found"), [("upload_1", ["ch_1", "ch_2"]), ("upload '2\\", ["ch_3"])])
def test_an_upload_is_chosen_by_its_id_whatever_that_holds(uploads: str, upload: str, found: list[str]) -> None:
    assert wb.read_external(uploads, upload_id=upload).table.to_pyarrow()["id"].to_pylist() == found


def test_nothing_found_is_said(uploads: str) -> None:
    assert len(wb.read_external(uploads, upload_id="' OR true --")) == 0


@pytest.mark.parametrize(
    ("read", "options", "message"),
    [
        (wb.read_internal, {"since": "yesterday"}, "since= takes an instant such as 2026-01-31 .*, not 'yesterday'"),
        (wb.read_internal, {"until": 2026}, "until= takes an instant"),
        (wb.read_internal, {"since": "0001-01-01T00:00:00+14:00"}, "since= takes an instant of the years 1 to 9999"),
        (wb.read_internal, {"since": "2026-02-01", "until": "2026-02-01"}, "since=.* is not before until=.*"),
        (wb.read_external, {"upload_id": ""}, "upload_id= takes the id of an upload"),
        (wb.read_internal, {"upload_id": "u"}, "upload_id= does not select internal records"),
        (wb.read_balances, {"since": "2026-02-01"}, "since= does not select balance records"),
        (wb.read_internal, {"decimal": ","}, "decimal= is for files"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(minutes: str, read: Any, options: Any, message: str) -> None:
    with pytest.raises(wb.SettingsError, match=message):
        read(minutes, **options)


def test_a_selection_is_for_databases_only() -> None:
    with pytest.raises(wb.SettingsError, match="until= selects records of a PostgreSQL ledger"):
        wb.read_internal([{"transaction_id": "t1"}], until="2026-01-01")


def test_all_that_is_read_from_an_open_ledger_is_of_one_instant(server: Server) -> None:
    dsn = server.create("moving")
    move = """
        UPDATE blnk.balances SET debit_balance = debit_balance + 5, balance = balance - 5 WHERE balance_id = 'a';
        UPDATE blnk.balances SET credit_balance = credit_balance + 5, balance = balance + 5 WHERE balance_id = 'b';
        INSERT INTO blnk.transactions
            (transaction_id, source, destination, currency, precise_amount, precision, status)
        VALUES (gen_random_uuid(), 'a', 'b', 'USD', 5, 100, 'APPLIED')
    """
    columns = "balance_id, currency, balance, credit_balance, debit_balance, ledger_id"
    server.run("moving", f"INSERT INTO blnk.balances ({columns}) SELECT unnest('{{a,b}}'::text[]), 'USD', 0, 0, 0, 'x'")
    server.run("moving", move)
    with wb.open_ledger(dsn) as ledger:
        balances = wb.read_balances(ledger)
        server.run("moving", move)
        internal = wb.read_internal(ledger)
    assert internal.origin.snapshot == balances.origin.snapshot == ledger.snapshot
    assert reconstruct(balances, internal).discrepancies.empty
    assert len(reconstruct(balances, wb.read_internal(dsn)).discrepancies) == 2
    assert reconstruct(wb.read_balances(dsn), wb.read_internal(dsn)).discrepancies.empty


def test_the_command_that_reconciles_reads_both_sides_of_one_instant(
    uploads: str, server: Server, tmp_path: Path
) -> None:
    server.run("uploads", MINUTES)
    rules = ["--strategy", "one_to_one", "--statuses", ""]
    upload = ["--external-upload-id", "upload_1"]
    assert run(["reconcile", uploads, uploads, *upload, *rules, "--out", str(tmp_path / "run")]) == 0
    inputs = json.loads((tmp_path / "run" / "settings.json").read_text("utf-8"))["inputs"]
    assert inputs["external"]["snapshot"] == inputs["internal"]["snapshot"]


def test_an_open_ledger_cannot_be_written(minutes: str) -> None:
    refused = pytest.raises(dbapi.Error, match="read-only transaction")
    with wb.open_ledger(minutes) as ledger, ledger.connection.cursor() as cursor, refused:
        cursor.execute("DELETE FROM blnk.transactions")


def test_a_closed_ledger_says_so(minutes: str) -> None:
    with wb.open_ledger(minutes) as ledger:
        pass
    with pytest.raises(wb.SourceError, match="the ledger is closed"):
        wb.read_internal(ledger)


def test_the_origin_names_the_database_the_table_and_the_state(server: Server, minutes: str) -> None:
    first, again = wb.read_internal(minutes).origin, wb.read_internal(minutes).origin
    part = wb.read_internal(minutes, since="2026-01-01T00:02").origin
    assert first.name == f"postgresql://127.0.0.1:{server.port}/minutes blnk.transactions"
    assert first.path == f"postgresql://postgres@127.0.0.1:{server.port}/minutes"
    assert (first.format, first.rows, first.options) == ("postgresql", 5, {})
    assert (part.rows, part.options) == (4, {"since": "2026-01-01T00:02:00Z"})
    assert first.sha256 == again.sha256 != part.sha256
    assert abs(datetime.fromisoformat(str(first.snapshot).split()[0]) - datetime.now(UTC)) < timedelta(minutes=10)


def test_the_digest_does_not_depend_on_where_it_is_made(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    dsn = server.create("zones")
    columns = "balance_id, ledger_id, balance, credit_balance, debit_balance, snapshot_time"
    server.run(
        "zones", f"INSERT INTO blnk.balance_snapshots ({columns}) VALUES ('b', 'l', 0, 0, 0, '2026-01-31 12:00Z')"
    )
    here = wb.read_snapshots(dsn).origin.sha256
    monkeypatch.setenv("PGTZ", "Asia/Kolkata")
    assert wb.read_snapshots(dsn).origin.sha256 == here


@given(st.lists(st.integers(0, 9), max_size=12), st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=50))
def test_the_digest_is_of_the_rows_however_they_come(sizes: list[int], texts: list[str | None]) -> None:
    def digest(batches: Iterable[pa.RecordBatch]) -> list[bytes]:
        return [batch.serialize().to_pybytes() for batch in postgres.even(batches, 7)]

    whole = pa.record_batch({"text": pa.array(texts, pa.string()), "row": pa.array(range(len(texts)), pa.int64())})
    starts = [sum(sizes[:n]) for n in range(len(sizes) + 1)]
    cut = [whole.slice(start, length) for start, length in zip(starts, [*sizes, len(texts)], strict=True)]
    assert digest(cut) == digest([whole])


def test_a_server_that_stops_half_way_leaves_nothing_behind(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    dsn = server.create("halved")
    server.run(
        "halved",
        """
        ALTER TABLE blnk.transactions RENAME TO kept;
        INSERT INTO blnk.kept (transaction_id, currency, precise_amount)
        SELECT n, 'USD', n FROM generate_series(1, 90000) AS n;
        CREATE VIEW blnk.transactions AS SELECT kept.*, 1 / (id - 80000) AS ratio FROM blnk.kept
        """,
    )
    engine = own_engine()
    monkeypatch.setattr("workbench.sources.loading.own_engine", lambda **_: engine)
    with pytest.raises(wb.SourceError, match=r"cannot read postgresql://\S+ blnk\.transactions: division by zero$"):
        wb.read_internal(dsn)
    assert tables(engine) == []


def test_the_rows_as_they_came_are_kept_for_a_run_folder_and_let_go_with_the_records(
    minutes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = own_engine()
    monkeypatch.setattr("workbench.sources.loading.own_engine", lambda **_: engine)
    records = wb.read_internal(minutes)
    assert len(tables(engine)) == 2
    del records
    assert tables(engine) == []


def test_the_defaults_of_a_database_do_not_matter(server: Server) -> None:
    """Old encodings, other layouts of dates, and backslashes that mean something."""
    dsn = server.create("latin", options="ENCODING 'LATIN1' TEMPLATE template0")
    server.run("latin", UPLOADS.replace("'a \"fee\"'", "U&'Geb\\00FChr'").replace("2\\", "2"))
    defaults = {"DateStyle": "'SQL, DMY'", "TimeZone": "'Asia/Tokyo'", "standard_conforming_strings": "off"}
    server.run("latin", "ALTER TABLE blnk.external_transactions ALTER amount TYPE float")  # as Blnk's once were
    server.run("latin", "UPDATE blnk.external_transactions SET amount = 0.1 + 0.2::float")
    for name, value in (defaults | {"extra_float_digits": "-3"}).items():
        server.run("latin", f"ALTER DATABASE latin SET {name} = {value}")
    table = wb.read_external(dsn, until="2026-01-01T12:00").table.to_pyarrow()
    assert [table[name].to_pylist() for name in ("id", "amount", "description", "date")] == [
        ["ch_1"],
        [Decimal("0.30000000000000004")],
        ["Gebühr"],
        [datetime(2026, 1, 1, 10, 0, 0, 1, tzinfo=UTC)],
    ]
    assert len(wb.read_external(dsn, upload_id="\\' OR true --")) == 0


def test_a_run_is_performed_again_from_its_folder_whatever_the_database_holds_by_then(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dsn = server.create("performed")
    server.run("performed", UPLOADS + "; " + MINUTES)
    server.run(
        "performed",
        "INSERT INTO blnk.balances (balance_id, indicator, balance, credit_balance, debit_balance, currency, ledger_id)"
        " VALUES ('bln_1', '@World', 0, 0, 0, 'USD', 'ldg_1');"
        " UPDATE blnk.transactions SET source = 'bln_1' WHERE transaction_id = 't3'",
    )
    chosen = ["--external-upload-id", "upload_1", "--internal-until", "2026-01-01T00:05", "--balance-id", "@World"]
    assert run(["reconcile", dsn, dsn, *chosen, "--out", str(tmp_path / "run")]) == 0
    server.run("performed", "DELETE FROM blnk.transactions; DELETE FROM blnk.external_transactions")
    capsys.readouterr()
    assert run(["perform", str(tmp_path / "run")]) == 0
    assert "are equal" in capsys.readouterr().out
    assert run(["verify", str(tmp_path / "run")]) == 0
    assert "a copy is in the folder; the original is a database" in capsys.readouterr().out
    assert not [path for path in (tmp_path / "run").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
