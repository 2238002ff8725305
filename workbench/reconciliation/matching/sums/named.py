"""Named records: those of the line that each meet what a rule without dates says of texts, for each target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.sums.allowed import Allowed
from workbench.reconciliation.matching.sums.lines import Asked, Line, check_stretches
from workbench.reconciliation.matching.sums.texts_shared import meets_texts
from workbench.reconciliation.matching.texts.unit_texts import equal_pairs, pairs_by_code, parts
from workbench.reconciliation.rules import Rule


@dataclass(frozen=True)
class Named:
    """What is wanted, a row for each target and key, and the places in line of the records that are named for it.

    Those of row ``k`` are ``place[start[k]:start[k + 1]]``, and ascend.
    """

    wanted: Asked
    place: Ints
    start: Ints

    def of(self, row: int) -> list[int]:
        """The places of what is named for a row."""
        named: list[int] = self.place[self.start[row] : self.start[row + 1]].tolist()
        return named


def telling_text(rule: Rule) -> TextKey | None:
    """The text by which a rule without dates finds all its records; of a rule with dates, or without texts, none."""
    if any(criterion.field == "date" for criterion in rule.criteria):
        return None
    keys = (criterion.text_key for criterion in rule.criteria if criterion.operator != "contains")
    return next(filter(None, keys), None)


def named_by(key: TextKey, allowed: Allowed, line: Line, targets: Ints, limit: int) -> Named:
    """Which records of the line are named for each target.

    Raises ``RuleTooBroad`` if more than ``limit`` pairs of a target and a record, which are listed, share a text.
    """
    records, target_records = allowed.pool.side(allowed.side), allowed.pool.side(allowed.target_side)
    number, place = _sharing(key, allowed, line, targets, limit)
    number, place = _only(number, place, target_records.currency[targets[number]] == records.currency[line.unit[place]])
    alone = np.arange(len(place))
    met = meets_texts(allowed, line.unit[place], targets, number, alone, alone + 1)
    number, place = _only(number, place, met)
    key_of_place = np.searchsorted(line.bounds, place, "right") - 1
    begins = (np.diff(number, prepend=-1) != 0) | (np.diff(key_of_place, prepend=-1) != 0)
    start = np.flatnonzero(begins)
    most = int(np.abs(allowed.amounts(allowed.side, line.unit)).sum())
    low, high = (bound[number[start]] for bound in allowed.sums(targets, most))
    of_key = key_of_place[start]
    first, last = (line.bounds[of_key + side] + of_key for side in (0, 1))
    return Named(Asked(number[start], of_key, first, last, low, high), place, np.r_[start, len(place)])


def _sharing(key: TextKey, allowed: Allowed, line: Line, targets: Ints, limit: int) -> tuple[Ints, Ints]:
    """The pairs of a target's number and a place in line that have a text in common, in this order."""
    place, code = parts(allowed.pool.side(allowed.side).texts[key], line.unit)
    number, target_code = parts(allowed.pool.side(allowed.target_side).texts[key], targets)
    check_stretches(allowed, int(pairs_by_code(target_code, code).sum()), limit)
    left, right = equal_pairs(target_code, code)
    width = max(len(line.unit), 1)
    return np.divmod(distinct(number[left] * width + place[right]), width)


def _only(number: Ints, place: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    return number[chosen], place[chosen]
