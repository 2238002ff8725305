"""Batches: stretches of consecutive records that each sum to one record of the other side.

Of all ways to choose stretches that do not overlap, with one target each and in the order of their targets' dates, the
one that leaves the fewest records of both sides open; then with the least sum of amount differences, then of date
differences; then with the stretches that begin earliest. Where there are keys, each is settled by itself; a target that
several of them claim goes to the stretch that is worth most, and the others are settled again without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.sums.allowed import Allowed
from workbench.reconciliation.matching.sums.chain import Candidate, TooMany, best_chain
from workbench.reconciliation.matching.sums.lines import (
    Asked,
    Line,
    Stretches,
    asked_of_line,
    check_stretches,
    find,
)
from workbench.reconciliation.matching.sums.texts_shared import meets_texts
from workbench.reconciliation.matching.sums.united import united
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule
from workbench.sides import Side

_MOST_COMPARED = 1_000_000  # stretches that the best are chosen of: some seconds, and a few hundred MB
_NARROWER = "add a narrower amount, a column beside batch, or a criterion on texts"


@dataclass(frozen=True)
class Search:
    """What a rule looks for in a line, and the stretches that it allows."""

    allowed: Allowed
    line: Line
    targets: Ints  # units of the other side, in the order of date and id
    wanted: Asked
    stretches: Stretches


def run_batches(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, side: Side, keys: Sequence[Ints]
) -> Pass:
    """Apply a rule to the batches of ``side``; ``pool`` has single records, ``keys`` a code for each of that side.

    Raises ``RuleTooBroad`` if it would look at more than ``limit`` stretches.
    """
    search = search_batches(rule, pool, open_external, open_internal, limit, side, keys)
    return batches_of(search, chosen_of(search))


def search_batches(
    rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, side: Side, keys: Iterable[Ints]
) -> Search:
    """All stretches that a rule allows."""
    allowed, line, targets, wanted = asked_of_line(rule, pool, open_external, open_internal, limit, side, keys)
    stretches = find(allowed, line, wanted, limit)
    first, last = line.records(stretches.begin, stretches.end)
    if any(criterion.operator == "contains" for criterion in rule.criteria):
        check_stretches(allowed, int((last - first).sum()), limit)
    met = meets_texts(allowed, line.unit, targets, stretches.target, first, last)
    return Search(allowed, line, targets, wanted, stretches.of(met))


def chosen_of(search: Search) -> Ints:
    """The places in ``search.stretches`` of the stretches that are chosen, in the order of their targets."""
    if len(search.stretches) > _MOST_COMPARED:
        raise RuleTooBroad(
            f"rule {search.allowed.rule.name!r} allows {len(search.stretches):,} sets of {search.allowed.side} records "
            f"that overlap, and {_MOST_COMPARED:,} can be told apart: {_NARROWER}"
        )
    stretches, worth = search.stretches, _worth(search)
    dates = search.allowed.pool.side(search.allowed.target_side).date[search.targets]
    of_key: dict[int, list[Candidate]] = defaultdict(list)
    key = search.line.key_of_place[stretches.begin].tolist()
    columns = (dates[stretches.target], stretches.target, stretches.begin, stretches.end)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (date, target, begin, end) in enumerate(rows):
        of_key[key[number]].append(Candidate(date, target, begin, end, worth[number], number))
    try:
        chosen = {number: best_chain(candidates) for number, candidates in of_key.items()}
        while lost := _claimed_twice(chosen, stretches.target, worth):
            for number, targets in lost.items():
                of_key[number] = [candidate for candidate in of_key[number] if candidate.target not in targets]
                chosen[number] = best_chain(of_key[number])
    except TooMany:
        raise RuleTooBroad(
            f"rule {search.allowed.rule.name!r} lets many {search.allowed.target_side} records of one date stand "
            f"beside the same records, in more orders than can be looked at: {_NARROWER}"
        ) from None
    every = np.array(sorted(number for numbers in chosen.values() for number in numbers), np.int64)
    return every[np.argsort(stretches.target[every])]


def _claimed_twice(chosen: dict[int, list[int]], target: Ints, worth: list[int]) -> dict[int, set[int]]:
    """The targets that keys have to give up, since another key has a better stretch for them."""
    claims: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for key, numbers in chosen.items():
        for number in numbers:
            claims[int(target[number])].append((-worth[number], number, key))
    lost: dict[int, set[int]] = defaultdict(set)
    for claimed, claiming in claims.items():
        for _, _, key in sorted(claiming)[1:]:
            lost[key].add(claimed)
    return lost


def _worth(search: Search) -> list[int]:
    """What each stretch is worth, in a number: the records that it matches, the differences, and where it begins."""
    stretches = search.stretches
    first, last = search.line.records(stretches.begin, stretches.end)
    dates = search.allowed.pool.side(search.allowed.side).date[search.line.unit[first]]
    sums = search.line.sums[stretches.end] - search.line.sums[stretches.begin]
    amount, lag = search.allowed.apart(search.targets[stretches.target], sums, dates)
    worth = [0] * len(stretches)
    for column, sign in ((last - first + 1, 1), (amount, -1), (lag, -1), (stretches.begin, -1)):
        values = column.tolist()
        above = max(values, default=0) * len(search.targets) + 1  # a factor greater than any sum of the values
        worth = [so_far * above + sign * value for so_far, value in zip(worth, values, strict=True)]
    return worth


def batches_of(search: Search, chosen: Ints) -> Pass:
    """What the rule did, with the chosen stretches as units."""
    allowed, line, stretches = search.allowed, search.line, search.stretches
    first, last = line.records(stretches.begin[chosen], stretches.end[chosen])
    counts = last - first
    number = np.repeat(np.arange(len(chosen)), counts)
    members = line.unit[np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts - first, counts)]
    reached = np.zeros(len(line.unit) + 1, np.int64)
    bounds = line.records(stretches.begin, stretches.end)
    np.add.at(reached, bounds[0], 1)
    np.add.at(reached, bounds[1], -1)
    rule_pass = united(
        allowed,
        search.targets[stretches.target[chosen]],
        number,
        members,
        reached_targets=search.targets[np.unique(stretches.target)],
        reached_members=line.unit[np.cumsum(reached)[:-1] > 0],
    )
    return replace(rule_pass, candidates=len(stretches))
