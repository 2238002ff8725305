"""Propose returns: a rule that suggests what undoes what on one side, where the other side knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import WITHIN
from workbench.records import Records
from workbench.sides import OTHER, Side
from workbench.tabular import count_of

_KEY = ["reference", "currency"]


class Returns(NamedTuple):
    """A rule for records of one side that undo each other, and a sentence for it."""

    rule: Rule
    finding: str


def returns_in(external: Records, internal: Records, settings: Settings) -> Iterator[Returns]:
    """For each side a rule for what undoes each other there by a reference that the other side does not know.

    The rule only suggests: two books that lack both a payment and its return agree in sum, and yet lack two records.
    """
    records: dict[Side, Records] = {"external": external, "internal": internal}
    taking_part = {side: _taking_part(records[side], side, settings) for side in records}
    for strategy, side in WITHIN.items():
        cancelling = _cancelling(taking_part[side], taking_part[OTHER[side]])
        if cancelling:
            which = count_of(cancelling, f"{side} record")
            finding = f"{which} cancel out by their references, of which the other side knows nothing: suggested only."
            criteria = [Criterion("reference"), Criterion("amount")]
            name = f"Undone by its reference ({side})"
            yield Returns(Rule(name, criteria, strategy=strategy, status="suggested"), finding)


def _taking_part(records: Records, side: Side, settings: Settings) -> pa.Table:
    """The amounts of the records that take part and have a reference, and what these are compared by."""
    counted = settings.counted(side, records)
    table = fetch(
        records.table.filter(counted.takes_part).select(
            amount=counted.amount, currency="currency", reference=records.table["reference"].cast("string")
        )
    )
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(table["reference"]))
    table = table.set_column(2, "reference", folded)
    return table.filter(pc.fill_null(pc.not_equal(folded, ""), False))


def _cancelling(own: pa.Table, others: pa.Table) -> int:
    """How many records have a reference by which their amounts sum to nothing, and which none of ``others`` has."""
    sums = own.group_by(_KEY).aggregate([("amount", "sum"), ("amount", "count")])
    known = pc.is_in(sums["reference"], value_set=others["reference"].combine_chunks())
    cancel = pc.and_(pc.equal(sums["amount_sum"], 0), pc.greater(sums["amount_count"], 1))
    return int(pc.sum(sums["amount_count"].filter(pc.and_not(cancel, known))).as_py() or 0)
