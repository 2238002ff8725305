"""Chance: how many pairs a rule would make if the dates of one side said nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching.candidates import Demands, demands
from workbench.reconciliation.matching.passes import Pass, run_rule
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule

DAY = 86_400_000_000  # a day in microseconds
DISPLACEMENTS = 3
MANY = 400_000  # beyond this many open units one displacement suffices: the more units, the less counts vary

_only_counted = partial(run_rule, settle=False)


def expected_by_chance(
    rule: Rule,
    pool: Pool,
    open_external: Ints,
    open_internal: Ints,
    limit: int,
    *,
    run: Callable[[Rule, Pool, Ints, Ints, int], Pass] = _only_counted,
) -> int | None:
    """How many pairs the rule makes on average when the external dates are displaced: a placebo.

    The dates of the open external units are moved along their period, and from its end to its beginning, so far that
    no true pair is left within the rule's window; in whole days where there is room, so that what is booked at
    midnight, or within the hours of business, still is. None where the rule does not bound dates, where the period is
    less than twice as long as its window, and where it would weigh more than ``limit`` pairs. ``run`` is how the rule
    is applied.
    """
    needs = demands(rule, pool)
    if not needs.date_bounded or not len(open_external) or not len(open_internal):
        return None
    counts = []
    for moved in _displaced(needs, pool, open_external, len(open_external) + len(open_internal) > MANY):
        dates = pool.external.date.copy()
        dates[open_external] = moved
        placebo = replace(pool, external=replace(pool.external, date=dates))
        try:
            rule_pass = run(rule, placebo, open_external, open_internal, limit)
        except RuleTooBroad:
            return None
        counts.append(len(rule_pass.external))
    return (2 * sum(counts) + len(counts)) // (2 * len(counts)) if counts else None


def _displaced(needs: Demands, pool: Pool, open_external: Ints, many: bool) -> Iterator[Ints]:
    """The dates of the open external units, displaced in some ways; in none where the period is too short."""
    dates = pool.external.date[open_external]
    first, period = int(dates.min()), int(dates.max()) - int(dates.min()) + 1
    day = DAY // pool.tick if DAY % pool.tick == 0 else 1
    step = day if period >= 8 * day else 1
    period = -(-period // step) * step
    width = needs.before - needs.after
    if needs.low_date is not None and needs.high_date is not None:  # the window is in business days
        width = min(width, int((needs.high_date - needs.low_date).max(initial=0)))
    ways = min(1 if many else DISPLACEMENTS, period // max(width + step, 1) - 1)
    for way in range(1, ways + 1):
        shift = period * way // (ways + 1) // step * step
        yield first + (dates - first + shift) % period
