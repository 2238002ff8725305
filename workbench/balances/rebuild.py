"""Reconstruct: recalculate every balance from the transactions that name it, and account for every one of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from workbench.balances.control_totals import control_totals, counts
from workbench.balances.ledger import SIDES, classify, without_blank_ends
from workbench.balances.result import BalanceSettings, Reconstruction
from workbench.balances.sums import (
    RECORDED,
    decimals_of,
    find_owners,
    find_unattributed,
    have_blank_ends,
    list_problems,
    list_unattributed,
    rebuild,
    sum_by_balance,
    sum_by_group,
)
from workbench.errors import SettingsError, SourceError
from workbench.instants import rfc3339, utc_instant
from workbench.json_text import check_texts
from workbench.ledger.balance_names import check_balances, named_balance
from workbench.progress import Progress, quiet
from workbench.records import Records
from workbench.sources.bad_rows import count_bad, rejected_rows

STEPS = 4


def reconstruct(
    balances: Records,
    internal: Records,
    as_of: datetime | date | str | None = None,
    balance_ids: str | Sequence[str] | None = None,
    *,
    snapshots: Records | None = None,
    progress: Progress | None = None,
) -> Reconstruction:
    """Rebuild balances from the ledger's transactions and hold them against what their records say.

    Transactions of status ``APPLIED`` count, all of them where the input has no status; with ``as_of`` only those
    effective up to that instant (UTC where it has no offset): by ``effective_date``, else by ``created_at``. Debit is
    what a balance is the source of, credit what it is the destination of, balance is credit less debit; in precise
    units, exactly, whatever the currency of the transaction. ``balance_ids``, ids or indicators, narrows what is
    reported, not what is accounted for. ``snapshots`` serve ``timeline`` and ``explain``. ``progress`` is called before
    each step.

    Raises ``SettingsError`` for an ``as_of`` that is no instant and for ids that are not among the balances,
    ``SourceError`` for transactions that have no column to say which balances they move,
    ``WorkbenchError`` for a sum of more than 38 digits, ``ControlTotalsError`` if the sums do not tie out.

    >>> from workbench import read_balances, read_internal
    >>> recorded = read_balances([
    ...     {"balance_id": "b1", "currency": "EUR", "balance": "0", "credit_balance": "0", "debit_balance": "0"}])
    >>> ledger = read_internal([
    ...     {"transaction_id": "t1", "source": "b1", "precise_amount": "990", "precision": "100", "currency": "EUR",
    ...      "created_at": "2026-01-02"}])
    >>> reconstruct(recorded, ledger).results["difference"].tolist()
    [Decimal('-990')]
    """
    settings = make_balance_settings(as_of=as_of, balance_ids=balance_ids)
    return reconstruct_with(settings, balances, internal, snapshots=snapshots, progress=progress)


def reconstruct_with(
    settings: BalanceSettings,
    balances: Records,
    internal: Records,
    *,
    snapshots: Records | None = None,
    progress: Progress | None = None,
) -> Reconstruction:
    """Rebuild balances by ``BalanceSettings``, such as an earlier result carries; otherwise as ``reconstruct``."""
    started = datetime.now(UTC).replace(microsecond=0)
    tell = progress or quiet
    inputs = {"balances": balances, "internal": internal} | ({"snapshots": snapshots} if snapshots else {})
    tell("looking at transactions", 0, STEPS)
    _check_sides(internal)
    transactions = classify(inputs["internal"], settings.as_of)
    tell("summing debits and credits", 1, STEPS)
    sums = sum_by_balance(transactions)
    if have_blank_ends(sums):  # hardly ever, and then all of it again
        transactions = without_blank_ends(transactions)
        sums = sum_by_balance(transactions)
    tell("holding them against the record", 2, STEPS)
    recorded = inputs["balances"].table.select("balance_id", "currency", *RECORDED.values()).to_pyarrow()
    with ThreadPoolExecutor(1) as beside:
        groups = beside.submit(sum_by_group, transactions)
        recorded = recorded.sort_by("balance_id")
        owners = find_owners(recorded, sums)
        rebuilt = rebuild(recorded, sums, owners, started)
        unattributed = find_unattributed(recorded, sums, owners)
    results = _chosen(rebuilt, settings.balance_ids, inputs["balances"])
    wrong = results.filter(_differs(results))
    tell("listing findings", 3, STEPS)
    unknown, conflicts = _by_cause(list_unattributed(transactions, unattributed))
    decimals = decimals_of(groups.result()) if "precision" in internal.given else {}
    tables = {
        "results": results,
        "discrepancies": _largest_first(wrong),
        "offsetting": wrong.filter(pc.equal(wrong["difference"], 0)),
        "unknown_balances": unknown,
        "currency_conflicts": conflicts,
        "problems": list_problems(transactions, groups.result()),
        "counts": counts(groups.result()),
        "control_totals": control_totals(groups.result(), rebuilt, unattributed, internal.rejected_totals, decimals),
        "rejected": rejected_rows(inputs.items()),
    }
    for records in inputs.values():
        records.check_unchanged()
    tell("done", 4, STEPS)
    return Reconstruction(
        settings,
        {name: records.origin for name, records in inputs.items()},
        _summary(settings, started, tables, decimals),
        tables,
        transactions,
        inputs["snapshots"].table if snapshots else None,
        tuple(records.lazy for records in inputs.values() if records.lazy),
    )


def make_balance_settings(
    *, as_of: datetime | date | str | None = None, balance_ids: str | Sequence[str] | None = None
) -> BalanceSettings:
    """Check what a user set and return it as ``BalanceSettings``; raises ``SettingsError``.

    >>> make_balance_settings(as_of="2026-01-31T12:00+02:00", balance_ids="b1").to_dict()
    {'as_of': '2026-01-31T10:00:00Z', 'balance_ids': ['b1']}
    """
    return BalanceSettings(utc_instant("as_of", as_of), _ids(balance_ids))


def _check_sides(internal: Records) -> None:
    if not set(SIDES.values()) & set(internal.given):
        what = (
            f"{internal.origin.name} has neither a column source nor a column destination: balances are rebuilt from "
            "what goes out of and into them; name the headers that say so with "
        )
        raise SourceError(f"{what}mapping={{'HEADER': 'source'}}", f"{what}--internal-mapping HEADER=source")


def _ids(value: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    ids = (value,) if isinstance(value, str) else tuple(value)
    if not ids or not all(isinstance(name, str) and name.strip() for name in ids):
        raise SettingsError(f"balance_ids takes the id of a balance or a sequence of ids, not {value!r}")
    check_texts({"balance_ids": ids})
    return tuple(dict.fromkeys(ids))


def _chosen(rebuilt: pa.Table, balance_ids: tuple[str, ...] | None, balances: Records) -> pa.Table:
    """The balances to report on; an indicator stands for the balance that has it in each currency."""
    if balance_ids is None:
        return rebuilt
    check_balances(balances, balance_ids)
    table = balances.table
    chosen = table.filter(named_balance(table, balance_ids)).balance_id.to_pyarrow()
    return rebuilt.filter(pc.is_in(rebuilt["balance_id"], chosen))


def _largest_first(results: pa.Table) -> pa.Table:
    """In order of the size of the difference, then of id."""
    sized = results.append_column("size", pc.abs(results["difference"]))
    return sized.sort_by([("size", "descending"), ("balance_id", "ascending")]).drop_columns("size")


def _differs(results: pa.Table) -> pa.ChunkedArray:
    """Where a debit, a credit or the balance differs: errors that offset each other are errors."""
    debit, credit, balance = (
        pc.not_equal(results[f"previous_{name}"], results[f"recalculated_{name}"]) for name in RECORDED
    )
    return pc.or_(pc.or_(debit, credit), balance)


def _by_cause(unattributed: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Apart: what names an unknown balance, and what names one of another currency."""
    unknown = pc.is_null(unattributed["balance_currency"])
    return unattributed.filter(unknown).drop_columns("balance_currency"), unattributed.filter(pc.invert(unknown))


def _summary(
    settings: BalanceSettings, started: datetime, tables: Mapping[str, pa.Table], decimals: Mapping[str, int]
) -> dict[str, Any]:
    totals = tables["control_totals"]
    return {
        "reconstruction_id": f"rebuild_{uuid4()}",
        "status": "completed",
        "as_of": settings.to_dict()["as_of"],
        "started_at": rfc3339(started),
        "completed_at": rfc3339(datetime.now(UTC)),
        "balances": len(tables["results"]),
        **{
            name: len(tables[name])
            for name in ("discrepancies", "offsetting", "unknown_balances", "currency_conflicts")
        },
        **{name: sum(totals[name].to_pylist()) for name in totals.column_names if name.startswith("transactions_")},
        "rejected": count_bad(tables["rejected"]),
        "decimals": decimals,  # that the precise units of a currency stand for, where its transactions agree on them
        "balanced": all(totals["balanced"].to_pylist()),
    }
