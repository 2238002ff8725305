"""A big ledger in a server: every figure is the one that the server calculates, and nothing is written to it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

import workbench as wb
from tests.postgres_server import Server
from tests.sources import big_ledger
from workbench.balances.rebuild import reconstruct

SIDES = ("debit", "credit", "balance")


@pytest.fixture(scope="module")
def big(server: Server) -> str:
    """A big ledger, for one who may only read it."""
    server.create("big")
    server.run("big", big_ledger.SCRIPT)
    server.run("big", "CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA blnk TO reader")
    server.run("big", "GRANT SELECT ON ALL TABLES IN SCHEMA blnk TO reader")
    return server.dsn("big", "reader", "reader")


def test_a_big_ledger_comes_to_the_figures_that_the_server_calculates(server: Server, big: str) -> None:
    before = server.rows("big", big_ledger.STATE)
    with wb.open_ledger(big) as ledger:
        internal, balances = wb.read_internal(ledger), wb.read_balances(ledger)
    rebuilt = reconstruct(balances, internal)
    after, figures = server.rows("big", big_ledger.STATE), server.rows("big", big_ledger.FIGURES)
    recorded, recalculated = ([f"{when}_{side}" for side in SIDES] for when in ("previous", "recalculated"))
    columns = [rebuilt.tables["results"][name] for name in ("balance_id", *recorded, *recalculated, "difference")]
    found = zip(*(column.to_pylist() for column in columns), strict=True)
    assert sorted(found) == sorted((figure[0], *map(Decimal, figure[1:])) for figure in figures)
    assert (internal.origin.rows, balances.origin.rows, len(rebuilt.discrepancies)) == (
        200_000,
        2_000,
        big_ledger.FAULTY,
    )
    assert after == before


def test_the_sums_of_what_is_read_are_those_of_the_server(server: Server, big: str) -> None:
    table = wb.read_internal(big).table
    groups = table.group_by("source", "status").agg(count=table.count(), units=table.precise_amount.sum()).to_pyarrow()
    asked = "SELECT source, status, count(*), sum(precise_amount)::text FROM blnk.transactions GROUP BY source, status"
    expected = [(*row[:3], Decimal(row[3])) for row in server.rows("big", asked)]
    assert Counter(tuple(row.values()) for row in groups.to_pylist()) == Counter(expected)
