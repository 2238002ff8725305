"""Propose: open records of one side that sum exactly to an open record of the other, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SettingsError
from workbench.exact import whole_amounts
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import money_open
from workbench.sides import ID_COLUMN, Side
from workbench.subset import BUDGET, MOST_AMOUNTS, smallest_subsets

WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Proposals:
    """Sets of open records of ``side`` that sum to the one asked for: the smallest there are, at most ten of them.

    ``count`` says how many of that size there are, ``considered`` among how many records they were looked for.
    """

    side: Side
    sets: tuple[tuple[str, ...], ...]
    count: int
    complete: bool
    considered: int

    @property
    def verdict(self) -> str:
        """How far to trust a proposal: that it sums up is no proof.

        >>> Proposals("internal", (("t1", "t2"),), 1, True, 40).verdict
        'only solution of up to 2 records, among the 40 open'
        """
        if not self.complete:
            found = f"{self.count:,} found, " if self.count else ""
            return f"{found}search stopped at its budget: there may be others, among the {self.considered:,} open"
        if not self.count:
            return f"no solution of up to {MOST_AMOUNTS} records, among the {self.considered:,} open"
        size = len(self.sets[0])
        if self.count == 1:
            return f"only solution of up to {size} record{'s' * (size > 1)}, among the {self.considered:,} open"
        others = f"{self.count - 1:,} other{'s' * (self.count > 2)}"
        return f"{others} of {size} record{'s' * (size > 1)}, among the {self.considered:,} open"


def propose(
    result: Result, side: Side, record_id: str, *, within: timedelta = WITHIN, budget: int = BUDGET
) -> Proposals:
    """Find sets of open records that sum to the open record ``record_id`` of ``side``, in its currency, exactly.

    Looks at records whose date is at most ``within`` away, for up to four of them. Nothing is applied.
    Raises ``SettingsError`` if the record is not open.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "7", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": t, "amount": a, "currency": "EUR", "created_at": "2026-01-01"}
    ...     for t, a in [("t1", 3), ("t2", 4), ("t3", 5)]])
    >>> propose(reconcile(paid, booked), "external", "e").sets
    (('t1', 't2'),)
    """
    other: Side = "internal" if side == "external" else "external"
    own, others = (_open(result, each) for each in (side, other))
    chosen = own.filter(pc.equal(own["id"], record_id))
    if not len(chosen):
        raise SettingsError(f"{record_id!r} is no open {side} record: choose one that is unmatched")
    date, currency = chosen["date"][0], chosen["currency"][0]
    reach = pa.scalar(within, pa.duration("us"))
    near = pc.and_(
        pc.less_equal(pc.subtract(others["date"], reach), date), pc.greater_equal(pc.add(others["date"], reach), date)
    )
    candidates = others.filter(pc.and_(near, pc.equal(others["currency"], currency))).sort_by("id")
    scale = max(table["amount"].type.scale for table in (chosen, candidates))
    [target] = whole_amounts(chosen["amount"], scale).tolist()
    amounts = whole_amounts(candidates["amount"], scale).tolist()
    found = smallest_subsets(amounts, target, budget=budget)
    ids = candidates["id"].to_pylist()
    sets = tuple(tuple(ids[at] for at in each) for each in found.sets)
    return Proposals(other, sets, found.count, found.complete, len(amounts))


def _open(result: Result, side: Side) -> pa.Table:
    """The open records of a side as they count: id, amount, currency and the date that is compared."""
    table = result.tables[f"unmatched_{side}"]
    return pa.table(
        {
            "id": table[ID_COLUMN[side]],
            "currency": table["currency"],
            "amount": table[money_open(table)],
            "date": table["compared_date"],
        }
    )
