"""Proof: what a ledger's answer proves about the rebuild that it was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workbench.balances.corrections.earlier_runs import Figures
from workbench.balances.result import METADATA_FIELDS, METADATA_KEY
from workbench.blnk.api import Answer

COMPARED = tuple(name for name in METADATA_FIELDS if name != "executed_at")
# The balance's own figures, each with that of the rebuild which it must show.
HELD = {
    "balance": "recalculated_balance",
    "credit_balance": "recalculated_credit",
    "debit_balance": "recalculated_debit",
}
SIDES = ("balance", "credit", "debit")
WHOLE = re.compile(r"(-?[0-9]{1,99})(\.0+)?", re.ASCII)


def compare(balance_id: str, expected: Figures, seen: Answer, again: bool) -> dict[str, tuple[str, str]]:
    """The fields in which a rebuilt balance is not what is expected, each with ours and Blnk's; empty proves it right.

    The balance itself counts beside its rebuild where it is shown: a transaction that was under way may have written
    over it. If it was rebuilt ``again``, what it was before is no longer on record and is not compared.

    >>> expected = dict.fromkeys(COMPARED, "5")
    >>> result = expected | {"difference": "6"}
    >>> compare("bln_1", expected, Answer(200, {"balance": 5, "meta_data": {METADATA_KEY: result}}), again=False)
    {'difference': ('5', '6')}
    """
    fields = rebuild_in(seen)
    pairs = {name: (expected[name], fields.get(name)) for name in (HELD.values() if again else COMPARED)}
    pairs |= {name: (expected[HELD[name]], seen.body[name]) for name in HELD if name in seen.body}
    differences = {name: (ours, _shown(theirs)) for name, (ours, theirs) in pairs.items() if not _same(ours, theirs)}
    named = seen.body.get("balance_id", balance_id)
    return differences if named == balance_id else differences | {"balance_id": (balance_id, _shown(named))}


def changed_nothing(seen: Answer) -> bool:
    """Whether the last rebuild found the balance as it left it, as one does that comes after another."""
    fields = rebuild_in(seen)
    unchanged = [_same(fields.get(f"recalculated_{side}"), fields.get(f"previous_{side}")) for side in SIDES]
    return all(unchanged) and _same("0", fields.get("difference"))


def is_newer(seen: Answer, rebuilt_before: str | None) -> bool:
    """Whether the balance shows a rebuild later than the one before: both instants are of the ledger's own clock."""
    now, before = _instant(executed_at(seen)), _instant(rebuilt_before)
    return now is not None and (before is None or now > before)


def executed_at(seen: Answer) -> str | None:
    """When the balance was last rebuilt, as the ledger writes it; ``None`` if it never was."""
    value = rebuild_in(seen).get("executed_at")
    return value if isinstance(value, str) else None


def rebuild_in(seen: Answer) -> Mapping[str, Any]:
    """The fields of the last rebuild that a balance shows; empty if it shows none."""
    meta_data = seen.body.get("meta_data")
    fields = meta_data.get(METADATA_KEY) if isinstance(meta_data, dict) else None
    return fields if isinstance(fields, dict) else {}


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _same(ours: Any, theirs: Any) -> bool:
    """Whether both are the same whole number; PostgreSQL may write decimals that are all zeros."""
    one, other = WHOLE.fullmatch(str(ours)), WHOLE.fullmatch(str(theirs))
    return one is not None and other is not None and int(one[1]) == int(other[1])


def _shown(value: Any) -> str:
    return "missing" if value is None else "".join(filter(str.isprintable, str(value)))[:60]
