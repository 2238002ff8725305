"""Doubt: how many other units those of a match could have paired with, under its rule or a later one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.all_of import AllOf
from workbench.reconciliation.matching.assignment.graph import candidate_graph
from workbench.reconciliation.matching.candidates import (
    Demands,
    Entries,
    centred,
    demands,
    entries,
    without_contradictions,
)
from workbench.reconciliation.matching.combined import combine
from workbench.reconciliation.matching.passes import Pass, free_number
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule, Weighed

MOST_TERMS = 15  # inclusion and exclusion has this many terms for four rules; each rule doubles them
MOST_PAIRS = 10_000_000  # at most this many pairs are counted one by one


def alternatives(rule_pass: Pass, later: Sequence[Rule], pool: Pool, open_external: Ints, open_internal: Ints) -> Ints:
    """For each pair of ``rule_pass`` how many others its units could have made that its rule or a later one allows.

    All are counted among the units that were open when the rule began, a pair that several rules allow once: what is
    added for either of two rules is taken off for both at once. A later rule is left out of the count if it weighs or
    converts currencies, if more than ``MOST_PAIRS`` of its pairs would have to be looked at one by one, or if four that
    allow different pairs are counted already.
    """
    if isinstance(rule_pass.rule, Weighed) or not len(rule_pass.external):
        return rule_pass.alternatives
    known: dict[tuple[Rule, ...], Ints] = {(rule_pass.rule,): rule_pass.alternatives + 2}

    def degrees(rules: tuple[Rule, ...]) -> Ints:
        narrow = tuple(rule for rule in rules if not any(o is not rule and o.allows_no_more_than(rule) for o in rules))
        narrow = narrow or rules[:1]  # if none is narrower, all rules allow the same pairs
        if narrow not in known:
            known[narrow] = _degrees(AllOf(narrow), pool, open_external, open_internal, rule_pass)
        return known[narrow]

    terms: list[tuple[tuple[Rule, ...], int]] = [((rule_pass.rule,), 1)]
    total = rule_pass.alternatives
    counted = [rule_pass.rule]
    for rule in later:
        other_kind = isinstance(rule, Weighed) or rule.across_currencies
        nothing_new = any(rule.allows_no_more_than(other) for other in counted)
        if other_kind or nothing_new or len(terms) >= MOST_TERMS:
            continue
        fresh = [((rule,), 1), *(((*rules, rule), -sign) for rules, sign in terms)]
        try:
            total = total + np.sum([sign * degrees(rules) for rules, sign in fresh], axis=0)
        except RuleTooBroad:
            continue
        terms += fresh
        counted.append(rule)
    return total


def _degrees(rule: AllOf, pool: Pool, open_external: Ints, open_internal: Ints, rule_pass: Pass) -> Ints:
    """In how many pairs that ``rule`` allows the one or the other unit of each pair of ``rule_pass`` stands."""
    needs, moved = centred(demands(rule, pool), pool)
    degree_e, degree_i = np.zeros(len(pool.external), np.int64), np.zeros(len(pool.internal), np.int64)
    for part_needs, units_e, units_i in without_contradictions(rule, needs, moved, open_external, open_internal):
        external, internal = entries(part_needs, moved, units_e, units_i)
        if window := free_number(part_needs, moved, external, internal):
            _by_window(moved, external, internal, *window, degree_e, degree_i)
        else:
            _one_by_one(rule, part_needs, moved, external, internal, degree_e, degree_i)
    return degree_e[rule_pass.external] + degree_i[rule_pass.internal]


def _by_window(
    pool: Pool,
    external: Entries,
    internal: Entries,
    field: str,
    window: tuple[Ints, Ints],
    degree_e: Ints,
    degree_i: Ints,
) -> None:
    """Add how many units of its block each may pair with, where that is a window of one number."""
    value_e, value_i = getattr(pool.external, field)[external.unit], getattr(pool.internal, field)[internal.unit]
    order_e, order_i = np.argsort(combine([external.block, value_e])), np.argsort(combine([internal.block, value_i]))
    unit_e, unit_i = external.unit[order_e], internal.unit[order_i]
    low, high = (bound[unit_i] for bound in window)
    size = len(unit_e) + len(unit_i)
    block_e, block_i = external.block[order_e], internal.block[order_i]
    first, last = kernels.run(kernels.windows, size, block_e, value_e[order_e], block_i, low, high)
    degree_i[unit_i] = last - first
    changes = np.bincount(first, minlength=len(unit_e) + 1) - np.bincount(last, minlength=len(unit_e) + 1)
    degree_e[unit_e] = np.cumsum(changes)[:-1]


def _one_by_one(
    rule: AllOf, needs: Demands, pool: Pool, external: Entries, internal: Entries, degree_e: Ints, degree_i: Ints
) -> None:
    """Add in how many pairs each unit stands."""
    graph = candidate_graph(rule, needs, pool, external, internal, MOST_PAIRS)
    degree_e[graph.external] += np.diff(graph.start)
    degree_i[graph.internal] += graph.degree
