"""A PostgreSQL server of the tests' own: in a folder that goes with it, on a free port, with a Blnk ledger's tables."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from adbc_driver_postgresql import dbapi

ADMIN = "postgres"
PASSWORD = "s3cret-of-the-admin"
# Nothing of what the tests check should come of the server's own housekeeping, or wait for a disk.
SETTINGS = {"autovacuum": "off", "fsync": "off", "listen_addresses": "127.0.0.1", "max_connections": "20"}
# As in Blnk, with some of the columns that its readers have no use for.
BLNK = """
CREATE SCHEMA blnk;
CREATE TABLE blnk.balances (
    id serial PRIMARY KEY, balance_id text NOT NULL UNIQUE, indicator text, balance numeric NOT NULL,
    credit_balance numeric NOT NULL, debit_balance numeric NOT NULL, currency text NOT NULL, ledger_id text NOT NULL,
    inflight_balance numeric NOT NULL DEFAULT 0, inflight_credit_balance numeric NOT NULL DEFAULT 0,
    inflight_debit_balance numeric NOT NULL DEFAULT 0, created_at timestamp NOT NULL DEFAULT now(), meta_data jsonb);
CREATE TABLE blnk.transactions (
    id serial PRIMARY KEY, transaction_id text NOT NULL UNIQUE, source text, destination text, description text,
    reference text, amount numeric, currency text, status text, created_at timestamp NOT NULL DEFAULT now(),
    effective_date timestamp, scheduled_for timestamp, meta_data jsonb, precise_amount numeric,
    precision bigint DEFAULT 1, parent_transaction text, hash text);
CREATE TABLE blnk.balance_snapshots (
    id serial PRIMARY KEY, balance_id text NOT NULL, ledger_id text NOT NULL, balance numeric NOT NULL,
    credit_balance numeric NOT NULL, debit_balance numeric NOT NULL, currency text, snapshot_time timestamptz NOT NULL,
    created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE blnk.external_transactions (
    id text PRIMARY KEY, amount numeric(12, 2) NOT NULL, reference varchar(255) NOT NULL,
    currency varchar(3) NOT NULL, description text, date timestamp NOT NULL, source varchar(255) NOT NULL,
    upload_id text NOT NULL);
CREATE TABLE blnk.matching_rules (
    id serial PRIMARY KEY, rule_id text NOT NULL, created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now(), name varchar(255) NOT NULL, description text, criteria jsonb NOT NULL);
"""


@dataclass(frozen=True)
class Server:
    """A running server. Over TCP it asks for passwords."""

    port: int

    def dsn(self, database: str, user: str = ADMIN, password: str = PASSWORD) -> str:
        """The URL of a database."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{quote(database)}"

    def run(self, database: str, script: str) -> None:
        """Run statements, each committed with the others or not at all."""
        with closing(dbapi.connect(self.dsn(database), autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(f"DO $run$ BEGIN {script.strip().removesuffix(';')}; END $run$")

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """What a query finds; as text, numbers too."""
        with closing(dbapi.connect(self.dsn(database), autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def create(self, database: str, script: str = BLNK, options: str = "") -> str:
        """Create a database, fill it, and return its URL."""
        with closing(dbapi.connect(self.dsn(ADMIN), autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{database}" {options}')
        self.run(database, script)
        return self.dsn(database)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it in the end.

    Raises ``RuntimeError`` where PostgreSQL is not installed, or where root finds nobody to run it as.
    """
    binaries = find_binaries(Path("/usr/lib/postgresql"))
    owner = find_owner()
    folder = Path(tempfile.mkdtemp(prefix="workbench-pg-"))
    try:
        if owner:
            shutil.chown(folder, owner, owner)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # the owner of the server reads it; the folder keeps all others out
        data, port = folder / "data", free_port()
        options = " ".join(f"-c {name}={value}" for name, value in (SETTINGS | {"port": str(port)}).items())
        initdb = ["initdb", "-D", data, "-U", ADMIN, "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        _run(binaries, owner, *initdb, "--encoding=UTF8", "--locale=C")
        _run(binaries, owner, "pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", f"-k {folder} {options}")
        try:
            yield Server(port)
        finally:
            _run(binaries, owner, "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(binaries: Path, owner: str | None, program: str, *arguments: str | Path) -> None:
    groups = [] if owner else None
    subprocess.run(
        [binaries / program, *arguments],
        check=True,
        cwd="/",
        user=owner,
        group=owner,
        extra_groups=groups,
        stdout=subprocess.DEVNULL,
    )


def find_binaries(root: Path) -> Path:
    """The folder of the newest PostgreSQL server under ``root``, or of the one on the path."""
    newest = sorted(root.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = newest[-1] if newest else shutil.which("initdb")
    if not found:
        raise RuntimeError("these tests need a PostgreSQL server: apt-get install postgresql")
    return Path(found).parent


def find_owner() -> str | None:
    """Who is to run the server: whoever runs the tests, but root may not."""
    if os.geteuid():
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise RuntimeError(
            "PostgreSQL does not run as root, and there is no user postgres: run the tests as another user"
        ) from None


def free_port() -> int:
    """A port that nobody listens at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
