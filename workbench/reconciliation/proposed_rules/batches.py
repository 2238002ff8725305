"""Propose batches: a rule for sums of consecutive records, where the records show such sums."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import NAMED
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.breadth import FOR_ONE
from workbench.reconciliation.matching.chance import expected_by_chance
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.sums.batches import batches_of, chosen_of, search_batches
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import GROUPING_ALONE
from workbench.records import Records
from workbench.sides import OTHER, SIDES, Side
from workbench.tabular import count_of

_FEWER = 3  # times as many records as sums at least, so that a sum is one of several
_FEWEST = 3  # sums from which on they show something
_MANY = 4  # times as many stretches as sums are those of chance: each sum has one, and few have another
_DAYS = (2, 4, 6, 9)  # days from the first record of a batch to its sum, at most: the fewer, the less by chance


class Batches(NamedTuple):
    """A rule for batches and a sentence for it; how many records it matches, and more sums than by chance."""

    rule: Rule
    records: int  # records of both sides that match
    certain: int
    finding: str


def batches_in(external: Records, internal: Records, settings: Settings) -> Batches | None:
    """The batches of one side that the other side has the sums of; none where chance would find many as well."""
    pool = read_books(external, internal, settings, [NAMED]).pool
    for side in SIDES:
        if len(pool.side(side)) >= _FEWER * len(pool.side(OTHER[side])):
            tried = (_try(pool, side, days, settings.max_candidates * FOR_ONE) for days in _DAYS)
            return max(filter(None, tried), key=lambda batches: batches.certain, default=None)
    return None


def _try(pool: Pool, side: Side, days: int, limit: int) -> Batches | None:
    """What a rule that lets a sum come so many days later matches, unless chance would match a fifth of it."""
    rule = _rule(side, days)
    run = partial(_run, side=side)
    units = np.arange(len(pool.external)), np.arange(len(pool.internal))
    try:
        rule_pass = run(rule, pool, *units, limit)
        chance = expected_by_chance(rule, pool, *units, limit, run=run)
    except RuleTooBroad:
        return None
    matched, records = len(rule_pass.external), rule_pass.records(side)
    if matched < _FEWEST or chance is None or 5 * chance > matched:
        return None
    finding = (
        f"{matched:,} {OTHER[side]} records are the sums of {records:,} {side} records that follow each other, "
        f"the first of them up to {count_of(days, 'day')} before."
    )
    return Batches(rule, matched + records, matched - chance, finding)


def _run(rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int, *, side: Side) -> Pass:
    """What a rule matches; raises ``RuleTooBroad`` where there are so many stretches that chance has made them."""
    search = search_batches(rule, pool, open_external, open_internal, limit, side, ())
    if len(search.stretches) > _MANY * len(search.targets):
        raise RuleTooBroad(f"rule {rule.name!r} allows {len(search.stretches):,} stretches")
    return batches_of(search, chosen_of(search))


def _rule(side: Side, days: int) -> Rule:
    """A sum comes up to so many days after the first record of ``side`` that it is made of."""
    seconds = days * 86_400
    lag = (0, seconds) if side == "internal" else (-seconds, 0)
    return Rule(
        "Sum of a batch",
        [Criterion("amount"), Criterion("date", allowable_drift=lag)],
        strategy=GROUPING_ALONE[side],
        grouping_criteria="batch",
    )
