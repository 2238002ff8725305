"""Propose rules for sums of named records: a payment, and all the invoices that its text names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.exact import distinct, exact_sums
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.texts.unit_texts import pairs_by_code, parts
from workbench.reconciliation.matching.weighed.open_units import OpenUnits
from workbench.reconciliation.matching.weighed.references import sharing
from workbench.reconciliation.proposed_rules.reference_sums import Sums
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.strategies import GROUPING_ALONE
from workbench.sides import OTHER, SIDES, Side
from workbench.tabular import count_of

_COLUMNS = ("reference", "description")  # where a text may name references of the other side


def sums_of_named(units: OpenUnits, sizes: tuple[int, int], most: int) -> Iterator[Sums]:
    """For each side and text a rule for sets of the other side, where texts name all of a set that sums to theirs.

    ``units`` are a sample of so many records as ``sizes`` says of each side. None where more than ``most`` pairs of all
    may share a reference, which would make the rule too broad.
    """
    times = max(-(-records // max(size, 1)) for records, size in zip(sizes, units.sizes, strict=True))
    for side in SIDES:
        for column in _COLUMNS:
            own = {side: column} if column != "reference" else {}
            names = Criterion("reference", "mentions", **own)
            key = TextKey(own.get("external", "reference"), own.get("internal", "reference"), form="mentions")
            agreeing = 0 if _sharing(units, key, times) > most else _agreeing(units, key, side)
            if agreeing:
                rule = Rule(
                    f"Sum of what the {side} {column} names",
                    [names, Criterion("amount")],
                    strategy=GROUPING_ALONE[OTHER[side]],
                    grouping_criteria="subset",
                )
                which = count_of(agreeing, f"{side} {column}")
                yield Sums(rule, f"{which} name several {OTHER[side]} references that sum to the same amount.")


def _agreeing(units: OpenUnits, key: TextKey, side: Side) -> int:
    """How many units of ``side`` have the sum of all that their text names of the other side, several units each."""
    pairs = units.pairs(distinct(units.edges_of(sharing(key, units))))
    place = SIDES.index(side)
    order = np.argsort(pairs.both[place], kind="stable")
    start = np.flatnonzero(np.diff(pairs.both[place][order], prepend=-1))
    own, named = (units.amounts(pairs)[which][order] for which in (place, 1 - place))
    several = np.diff(start, append=len(order)) > 1
    return int((several & (exact_sums(named, start) == own[start])).sum())


def _sharing(units: OpenUnits, key: TextKey, times: int) -> int:
    """How many pairs share a text where there are so many times the units; of texts that several pairs share, at most.

    A text that one pair alone shares is taken for a reference that nothing else has.
    """
    sides = (units.pool.external, units.external), (units.pool.internal, units.internal)
    pairs = pairs_by_code(*(parts(records.texts[key], open_units)[1] for records, open_units in sides))
    return int(pairs[pairs == 1].sum()) * times + int(pairs[pairs > 1].sum()) * times**2
