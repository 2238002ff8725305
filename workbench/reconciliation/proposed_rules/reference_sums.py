"""Propose rules for sums by reference: of both sides where they agree, and of one side where they are nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.proposed_rules.groupings import taking_part
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import WITHIN
from workbench.records import Records
from workbench.sides import OTHER, Side
from workbench.tabular import count_of

_KEY = ["reference", "currency"]
_FIGURES = ("sum", "count", "min", "max")
_BY_REFERENCE = {"external": ("reference",), "internal": ("reference",)}


class Sums(NamedTuple):
    """A rule for records whose sums show that they belong together, and a sentence for it."""

    rule: Rule
    finding: str


def sums_by_reference(external: Records, internal: Records, settings: Settings) -> Iterator[Sums]:
    """A rule for records of a reference that sum to the same on both sides; then, for each side, one for its returns.

    Returns are records that undo each other by a reference that the other side does not know. They are only suggested:
    two books that lack both a payment and its return agree in sum, and yet lack two records.
    """
    named: dict[Side, pa.Table] = {
        "external": _with_reference(external, "external", settings),
        "internal": _with_reference(internal, "internal", settings),
    }
    scale = max(table["amount"].type.scale for table in named.values())
    sums = {side: _sums(table, scale) for side, table in named.items()}
    criteria = [Criterion("reference"), Criterion("amount")]
    agreeing = _agreeing(sums["external"], sums["internal"])
    if agreeing:
        rule = Rule("Sum by reference", criteria, strategy="many_to_many", grouping_criteria=_BY_REFERENCE)
        yield Sums(rule, f"By {count_of(agreeing, 'reference')} several records sum to the same on both sides.")
    for strategy, side in WITHIN.items():
        cancelling = _cancelling(sums[side], sums[OTHER[side]])
        if cancelling:
            rule = Rule(f"Undone by its reference ({side})", criteria, strategy=strategy, status="suggested")
            which = count_of(cancelling, f"{side} record")
            yield Sums(rule, f"{which} cancel out by references that the other side does not know: suggested only.")


def _with_reference(records: Records, side: Side, settings: Settings) -> pa.Table:
    """Amount, currency and reference, as it is compared, of the records that take part and have one."""
    table = taking_part(records, side, settings, ("currency", "reference"))
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(table["reference"]))
    return table.set_column(2, "reference", folded).filter(pc.fill_null(pc.not_equal(folded, ""), False))


def _sums(named: pa.Table, scale: int) -> pa.Table:
    """What the amounts of each reference and currency sum to, with twice the digits of one, so that none overflows."""
    amounts = named["amount"].cast(pa.decimal256(76, scale))
    return named.set_column(0, "amount", amounts).group_by(_KEY).aggregate([("amount", figure) for figure in _FIGURES])


def _agreeing(external: pa.Table, internal: pa.Table) -> int:
    """How many references sum to the same on both sides, though not record by record."""
    several = pa.concat_tables(
        [sums.filter(pc.greater(sums["amount_count"], 1)).select(["reference"]) for sums in (external, internal)]
    )["reference"].combine_chunks()
    ours, theirs = (sums.filter(pc.is_in(sums["reference"], several)) for sums in (external, internal))
    both = ours.join(theirs, _KEY, join_type="inner", right_suffix="_theirs")
    same = {name: pc.equal(both[f"amount_{name}"], both[f"amount_{name}_theirs"]) for name in _FIGURES}
    record_by_record = pc.and_(pc.and_(same["count"], same["min"]), same["max"])
    return int(pc.sum(pc.and_not(same["sum"], record_by_record)).as_py() or 0)


def _cancelling(of_side: pa.Table, others: pa.Table) -> int:
    """How many records have a reference by which their amounts sum to nothing, and which none of ``others`` has."""
    known = pc.is_in(of_side["reference"], others["reference"].combine_chunks())
    cancel = pc.and_(pc.equal(of_side["amount_sum"], 0), pc.greater(of_side["amount_count"], 1))
    return int(pc.sum(of_side["amount_count"].filter(pc.and_not(cancel, known))).as_py() or 0)
