"""Shared texts: which sets of records have one that meets what a rule says of texts, beside their target."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import NAMED, TextKey
from workbench.reconciliation.matching.sums.allowed import Allowed
from workbench.reconciliation.matching.text_criteria import NOT_MET, letters_apart
from workbench.reconciliation.matching.texts.unit_texts import parts


def meets_texts(allowed: Allowed, members: Ints, targets: Ints, target: Ints, first: Ints, last: Ints) -> Ints:
    """Which stretches of ``members``, ``first`` to behind ``last``, go with their target as far as texts are concerned.

    ``target`` is the number of each one's target in ``targets``. A text criterion is met when a record of the stretch
    meets it. A rule that compares no text allows no pair of which one side names references and the other none of them.
    """
    met = np.ones(len(target), bool)
    for criterion in allowed.rule.criteria:
        if criterion.operator == "contains" and criterion.text_key:
            met &= _contains(allowed, criterion, members, targets, target, first, last)
        elif criterion.text_key:
            met &= _shares(allowed, criterion.text_key, members, targets, target, first, last)
    if allowed.rule.heeds_references:
        has_reference, target_has_reference = (
            allowed.pool.side(side).texts[NAMED].filled for side in (allowed.side, allowed.target_side)
        )
        named = np.insert(np.cumsum(has_reference[members]), 0, 0)
        met &= (named[first] == named[last]) & ~target_has_reference[targets[target]] | _shares(
            allowed, NAMED, members, targets, target, first, last
        )
    return met


def _shares(
    allowed: Allowed, key: TextKey, members: Ints, targets: Ints, target: Ints, first: Ints, last: Ints
) -> Ints:
    """Which stretches have a record with a text of their target."""
    place, code = parts(allowed.pool.side(allowed.side).texts[key], members)
    stretch, target_code = parts(allowed.pool.side(allowed.target_side).texts[key], targets[target])
    return _within(len(members), code, place, stretch, target_code, first, last)


def _within(size: int, code: Ints, place: Ints, stretch: Ints, target_code: Ints, first: Ints, last: Ints) -> Ints:
    """Which stretches have one of their ``target_code`` codes at some place; ``code`` stands at each ``place``."""
    width = size + 1
    code_and_place = np.sort(code.astype(np.int64) * width + place)
    begin = target_code.astype(np.int64) * width + first[stretch]
    end = target_code.astype(np.int64) * width + last[stretch]
    met = np.zeros(len(first), bool)
    met[stretch[np.searchsorted(code_and_place, begin) < np.searchsorted(code_and_place, end)]] = True
    return met


def _contains(
    allowed: Allowed, criterion: Criterion, members: Ints, targets: Ints, target: Ints, first: Ints, last: Ints
) -> Ints:
    """Which stretches have a record that meets a criterion on the letters of two texts."""
    counts = last - first
    stretch = np.repeat(np.arange(len(first)), counts)
    place = np.arange(len(stretch)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    width = max(len(members), 1)
    pair, back = np.unique(target[stretch] * width + place, return_inverse=True)
    members_of_pair, targets_of_pair = members[pair % width], targets[pair // width]
    external, internal = (
        (members_of_pair, targets_of_pair) if allowed.side == "external" else (targets_of_pair, members_of_pair)
    )
    apart = letters_apart(criterion, allowed.pool, external, internal)
    met = np.zeros(len(first), bool)
    met[stretch[(apart != NOT_MET)[back.reshape(-1)]]] = True
    return met
