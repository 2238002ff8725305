"""Reconstruct: recalculate every balance from the transactions that name it, and account for every one of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from workbench.balances.control import control_totals, counts
from workbench.balances.ledger import classify, rfc3339
from workbench.balances.result import BalanceSettings, Reconstruction
from workbench.balances.tally import homeless, problems, rebuild, sum_sides, take_census
from workbench.errors import SettingsError
from workbench.records import Records


def reconstruct(
    balances: Records,
    internal: Records,
    *,
    snapshots: Records | None = None,
    as_of: datetime | str | None = None,
    balance_ids: str | Sequence[str] | None = None,
    engine: Backend | None = None,
) -> Reconstruction:
    """Rebuild balances from the ledger's transactions and hold them against what their records say.

    Transactions of status ``APPLIED`` count, all of them where the input has no status; with ``as_of`` only those
    created up to that instant (without an offset, UTC). Debit is what a balance is the source of, credit what it is the
    destination of, balance is credit less debit; in precise units, exactly. ``balance_ids`` narrows the report, not
    what is accounted for. ``snapshots`` serve ``timeline`` and ``explain``.

    Raises ``SettingsError`` for an ``as_of`` that is no instant and for ids that are not among the balances,
    ``WorkbenchError`` for a sum of more than 38 digits, ``ControlTotalsError`` if the sums do not tie out.

    >>> from workbench.sources import read_balances, read_internal
    >>> recorded = read_balances([
    ...     {"balance_id": "b1", "currency": "EUR", "balance": "0", "credit_balance": "0", "debit_balance": "0"}])
    >>> ledger = read_internal([
    ...     {"transaction_id": "t1", "source": "b1", "precise_amount": "990", "precision": "100", "currency": "EUR",
    ...      "created_at": "2026-01-02"}])
    >>> reconstruct(recorded, ledger).results["difference"].tolist()
    [Decimal('-990')]
    """
    settings = BalanceSettings(_instant(as_of), _ids(balance_ids))
    return reconstruct_with(settings, balances, internal, snapshots=snapshots, engine=engine)


def reconstruct_with(
    settings: BalanceSettings,
    balances: Records,
    internal: Records,
    *,
    snapshots: Records | None = None,
    engine: Backend | None = None,
) -> Reconstruction:
    """Rebuild balances by ``BalanceSettings``, such as those that an earlier result carries."""
    started = datetime.now(UTC)
    inputs = {"balances": balances, "internal": internal} | ({"snapshots": snapshots} if snapshots else {})
    if engine is not None:
        inputs = {name: each.on(engine) for name, each in inputs.items()}
    balances, internal = inputs["balances"], inputs["internal"]
    transactions = classify(internal, settings.as_of)
    census = take_census(transactions)
    sums = sum_sides(transactions, census)
    rebuilt = rebuild(balances.table, sums, started)
    astray = homeless(transactions, balances.table, sums)
    results = _chosen(rebuilt, settings.balance_ids)
    tables = {
        "results": results,
        "discrepancies": _largest_first(results),
        ...
    }
