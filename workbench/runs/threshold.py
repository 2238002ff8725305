"""The threshold: how many records may stay open, or balances differ, before something is wrong with the books."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SettingsError
from workbench.reconciliation.result import Result


@dataclass(frozen=True)
class Threshold:
    """How many external records may stay open: a number of them, or a percentage of all that came in."""

    allowed: Decimal
    percent: bool

    def __str__(self) -> str:
        return f"{self.allowed}%" if self.percent else f"{self.allowed}"


def make_threshold(text: str) -> Threshold:
    """Read ``25`` or ``5%``.

    Raises ``SettingsError`` for anything else.

    >>> make_threshold("2.5%")
    Threshold(allowed=Decimal('2.5'), percent=True)
    """
    found = re.fullmatch(r"(?P<number>\d+)|(?P<percent>\d+(\.\d+)?) ?%", text.strip(), re.ASCII)
    if not found or (found["percent"] and Decimal(found["percent"]) > 100):
        raise SettingsError(f"max_unmatched takes a number of records or a percentage, such as 25 or 5%, not {text!r}")
    return Threshold(Decimal(found["number"] or found["percent"]), found["percent"] is not None)


def exceeded(result: Result, threshold: Threshold) -> str | None:
    """Say in a sentence that more external records stayed open than ``threshold`` allows; ``None`` if not.

    A rejected record is as open as an unmatched one: nobody knows what it would have matched.
    """
    totals = result.tables["control_totals"]
    external = totals.filter(pc.equal(totals["side"], "external"))
    unmatched, rejected = _sum(external, "records_unmatched"), _sum(external, "records_rejected")
    records = _sum(external, "records_in")
    still_open = unmatched + rejected
    if (still_open * 100 > threshold.allowed * records) if threshold.percent else still_open > threshold.allowed:
        return (
            f"{still_open:,} of {records:,} external records are open ({unmatched:,} unmatched, {rejected:,} "
            f"rejected), more than the {threshold} allowed"
        )
    return None


def too_many_differ(differ: int, allowed: int | None) -> str | None:
    """Say in a sentence that more balances differ than ``allowed``; ``None`` if not, or if any number is.

    >>> too_many_differ(1, 0)
    '1 balance differs, more than the 0 allowed'
    """
    if allowed is None or differ <= allowed:
        return None
    return f"{differ:,} balance{' differs' if differ == 1 else 's differ'}, more than the {allowed:,} allowed"


def _sum(table: pa.Table, column: str) -> int:
    return pc.sum(table[column]).as_py() or 0
