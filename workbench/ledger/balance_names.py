"""What a user calls a balance: its id, or the indicator that Blnk has for it, such as ``@World``."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.errors import SettingsError
from workbench.records import Records
from workbench.tabular import first_of

_ENDS = ("source", "destination")
_CLOSEST = 3  # names that a message offers
_MISSING = 20  # names that a message lists


def balances_called(internal: Records, name: str) -> tuple[str, ...]:
    """What ``source`` and ``destination`` say for a balance: its name, and the ids that an indicator stands for.

    An indicator has a balance in each currency, and all of them are meant.

    >>> from workbench.sources import read_internal
    >>> balances_called(read_internal([
    ...     {"transaction_id": "t", "amount": "1", "currency": "EUR", "created_at": "2026-01-01"}]), " @World ")
    ('@World',)
    """
    name = name.strip()
    called = internal.indicators.filter(pc.equal(internal.indicators["indicator"], name))
    return (name, *called["balance_id"].to_pylist())


def check_touched(internal: Records, name: str) -> None:
    """Raise ``SettingsError`` with the closest names if no transaction touches a balance; a ledger may have none."""
    table = internal.table
    ids = balances_called(internal, name)
    touching = ibis.or_(*(table[end].strip().isin(ids) for end in _ENDS))
    if len(fetch(table.filter(touching).limit(1).select("transaction_id"))) or not len(internal):
        return
    ends = [table.select(name=table[end].strip()) for end in _ENDS]
    called = ibis.memtable({"name": internal.indicators["indicator"].to_pylist()}, schema={"name": "string"})
    raise SettingsError(
        f"no transaction of {internal.origin.name} touches a balance with the id or the indicator {name!r}"
        + close_names(name, ibis.union(*ends, called))
    )


def close_names(name: str, names: ir.Table) -> str:
    """Words that offer the closest of the texts in the column ``name`` of ``names``; empty where there is none."""
    distinct = names.filter(names.name.nullif("").notnull()).distinct()
    ranked = distinct.mutate(away=distinct.name.lower().levenshtein(name.strip().lower()))
    closest = ranked.order_by("away", "name").limit(_CLOSEST).to_pyarrow()["name"].to_pylist()
    return f"; the closest are {', '.join(closest)}" if closest else ""


def named_balance(balances: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    """Which balances have one of ``names`` as their id or as their indicator."""
    wanted = [name.strip() for name in names]
    return balances.balance_id.isin(wanted) | balances.indicator.strip().isin(wanted).fill_null(False)


def check_balances(balances: Records, names: Sequence[str]) -> None:
    """Raise ``SettingsError`` with the closest names if a name is neither id nor indicator of any balance."""
    table = balances.table
    known = table.filter(named_balance(table, names)).select("balance_id", indicator=table.indicator.strip())
    rows = fetch(known)
    missing = sorted(
        {name.strip() for name in names} - {*rows["balance_id"].to_pylist(), *rows["indicator"].to_pylist()}
    )
    if missing:
        ends = [table.select(name=table[column].strip()) for column in ("balance_id", "indicator")]
        raise SettingsError(
            f"not among the balances: {first_of(missing, _MISSING)}" + close_names(missing[0], ibis.union(*ends))
        )
