"""Reaching a ledger: one clear sentence where that fails, and never with the password."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_postgresql import dbapi
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests import postgres_server
from tests.postgres_server import PASSWORD, Server, free_port

SECRET = "S3CRET-of-nobody"
TRANSACTION = "INSERT INTO blnk.transactions (transaction_id, currency, amount) VALUES ('t1', 'USD', 1.5)"


@pytest.fixture(scope="module")
def books(server: Server) -> str:
    """The URL, without a password, of a ledger with one transaction."""
    server.create("books")
    server.run("books", TRANSACTION)
    return f"postgresql://{postgres_server.ADMIN}@127.0.0.1:{server.port}/books"


def message_of(dsn: str) -> str:
    with pytest.raises(wb.SourceError) as caught:
        wb.read_internal(dsn)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_the_password_may_stand_in_the_url(books: str) -> None:
    for dsn in (books.replace("@", f":{PASSWORD}@"), f"{books}?password={PASSWORD}&"):
        records = wb.read_internal(dsn)
        assert records.origin.path == books
        with wb.open_ledger(dsn) as ledger:
            assert PASSWORD not in f"{records!r} {records.origin!r} {ledger!r}"


@pytest.mark.parametrize("means", ["PGPASSWORD", "PGPASSFILE", "PGSERVICEFILE"])
def test_the_password_may_come_by_the_usual_means(
    books: str, means: str, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    held.write_text(
        f"[ledger]\npassword={PASSWORD}\n" if means == "PGSERVICEFILE" else f"127.0.0.1:{server.port}:*:*:{PASSWORD}\n"
    )
    held.chmod(0o600)
    monkeypatch.setenv(means, PASSWORD if means == "PGPASSWORD" else str(held))
    dsn = f"{books}?service=ledger" if means == "PGSERVICEFILE" else books
    records = wb.read_internal(dsn)
    assert records.origin.path == dsn
    assert PASSWORD not in repr(records)
    again = wb.read_internal(str(records.origin.path))  # what a later run does
    assert again.origin.sha256 == records.origin.sha256


def test_a_password_that_is_wrong_or_missing_is_told_without_it(books: str) -> None:
    assert message_of(books.replace("@", f":{SECRET}@")) == (
        f'cannot connect to {books}: password authentication failed for user "postgres"; check server, database and '
        "user, and that the password is in PGPASSWORD, ~/.pgpass or the URL"
    )
    assert "no password supplied" in message_of(books)


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        (f"postgresql://ann:{SECRET}@127.0.0.1:{{closed}}/books", "Connection refused"),
        (f"postgresql://ann:{SECRET}@127.0.0.1:{{deaf}}/books?connect_timeout=2", "timeout expired"),
        (f"postgresql://ann:{SECRET}@nowhere.invalid/books", 'could not translate host name "nowhere.invalid"'),
        (f"postgresql:///books?host=/nowhere&password={SECRET}", "No such file or directory"),
        (f"postgresql://postgres:{PASSWORD}@127.0.0.1:{{open}}/nothing", 'database "nothing" does not exist'),
        (f"postgresql://ann:{SECRET}@127.0.0.1:{{open}}/books", 'password authentication failed for user "ann"'),
        (f"postgresql://ann:{SECRET}@127.0.0.1:{{open}}/books?sslmode=require", "server does not support SSL"),
        (f"postgresql://ann:{SECRET}@a,b/books?port=1,2,3", "could not match 3 port numbers to 2 hosts"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_sentence(server: Server, dsn: str, reason: str) -> None:
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        ports = {"closed": free_port(), "deaf": deaf.getsockname()[1], "open": server.port}
        message = message_of(dsn.format(**ports))
    assert re.match(r"cannot connect to postgresql://[^;]*; check server, database and user, ", message)
    assert reason in message
    assert "\n" not in message
    assert SECRET not in message
    assert PASSWORD not in message


@pytest.mark.parametrize(("given_by", "bound"), [(None, "connect_timeout=10"), ("dsn", None), ("environment", None)])
def test_the_wait_for_a_server_is_bounded(
    given_by: str | None, bound: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def connect(dsn: str, **_: object) -> None:
        asked.append(dsn)
        raise dbapi.OperationalError("no", status_code=AdbcStatusCode.IO)

    monkeypatch.setattr(dbapi, "connect", connect)
    if given_by == "environment":
        monkeypatch.setenv("PGCONNECT_TIMEOUT", "3")
    dsn = "postgresql://db/books?connect_timeout=7" if given_by == "dsn" else "postgresql://db/books"
    message_of(dsn)
    assert asked == [f"{dsn}?{bound}" if bound else dsn]


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://ann:{}@db/books",
        "postgresql://:{}@db",
        "postgres://ann:{}@a:1,b:2/books?sslmode=require",
        "postgresql://db/books?user=ann&password={}",
        "postgresql://db/books?password={}&user=ann",
        "postgresql://db/books?sslpassword={}",
        "postgresql+driver://ann:{}@db/books",
        "PostgreSQL://ann:{}@db/books",
        " postgresql://ann:{}@db/books",
        "mysql://ann:{}@db/books",
        "host=db password='{}' dbname=books",
        "dbname=books password={}",
    ],
)
@pytest.mark.parametrize("mark", ["", "@", "/", ":", "?", "#", "%", " ", "'", "\\"])
def test_no_message_holds_a_password_or_a_part_of_one(written: str, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    for form in (f"S3{mark}CRET", quote(f"S3{mark}CRET", safe="")):
        dsn = written.format(form).replace("@db", "@127.0.0.1:1").replace("//db", "//127.0.0.1:1")
        message = message_of(dsn.replace("@a:1,b:2", "@127.0.0.1:1"))
        assert "S3" not in message
        assert "CRET" not in message


@given(st.text("S3CRET@:/?#&=[]%,\\' 0", min_size=1))
def test_a_url_that_is_not_well_formed_is_not_repeated(password: str) -> None:
    message = message_of(f"postgresql://ann:{password}]@127.0.0.1:1/books")
    begins = r"the URL of the database is not well formed|cannot connect to postgresql://ann@127.0.0.1:1/"
    assert re.match(begins, message)
    assert "CRET" not in message


@pytest.mark.parametrize(
    ("script", "lacking"),
    [
        (
            "CREATE SCHEMA books",
            "it has no table blnk.external_transactions, blnk.transactions, blnk.balances, blnk.balance_snapshots",
        ),
        (
            "CREATE SCHEMA blnk; CREATE TABLE blnk.balances (balance_id text)",
            "it has no table blnk.external_transactions, blnk.transactions, blnk.balance_snapshots",
        ),
        (
            "CREATE SCHEMA blnk; CREATE TABLE blnk.transactions (transaction_id text, amount numeric)",
            "blnk.transactions has no column currency, created_at; its headers are 'transaction_id', 'amount'",
        ),
    ],
)
def test_a_schema_that_is_not_that_of_blnk_is_told_with_what_it_lacks(
    server: Server, script: str, lacking: str
) -> None:
    name = f"schema {len(script)}"
    server.create(name, script)
    told = message_of(server.dsn(name))
    assert told.startswith(f"postgresql://127.0.0.1:{server.port}/{name} ")
    assert lacking in told


def test_what_may_not_be_read_is_told(server: Server, books: str) -> None:
    server.run("books", "CREATE ROLE nobody LOGIN PASSWORD 'none'; GRANT USAGE ON SCHEMA blnk TO nobody")
    told = message_of(server.dsn("books", "nobody", "none"))
    assert (
        told
        == f"cannot read postgresql://{books.split('@')[1]} blnk.transactions: permission denied for table transactions"
    )


def test_a_missing_driver_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert message_of("postgresql://db/books") == (
        "PostgreSQL needs a driver that is not installed: pip install 'ledger-workbench[postgres]'"
    )


def test_files_are_read_without_the_driver(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("transaction_id,amount,currency,created_at\nt1,1.5,USD,2026-01-01\n")
    script = f"import sys, workbench as wb; wb.read_internal({str(ledger)!r}); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "workbench.sources.formats.postgres" in run.stdout.split()
    assert [name for name in run.stdout.split() if name.startswith("adbc")] == []


def test_the_tests_server_is_never_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="apt-get install postgresql"):
        postgres_server.find_binaries(tmp_path)
