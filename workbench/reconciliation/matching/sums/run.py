"""One rule whose groups are found by what they sum to: how it is run, and how far its matches are in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from workbench.errors import RuleTooBroad
from workbench.reconciliation.matching.breadth import FOR_ONE
from workbench.reconciliation.matching.chance import expected_by_chance
from workbench.reconciliation.matching.open_records import OpenRecords
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.sums.batches import batches_of, chosen_of, run_batches, search_batches
from workbench.reconciliation.matching.sums.doubt import doubts
from workbench.reconciliation.matching.sums.subsets import run_subsets
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.strategies import STRATEGIES


def run_summing(rule: Rule, later: Sequence[Rule], left: OpenRecords, limit: int, *, in_doubt: bool) -> Pass:
    """Apply a rule to what is ``left``, in single records; ``later`` are rules that find groups in the same way.

    Who has no use for chance and for other pairs is only told them where the matches depend on it.
    """
    [side] = STRATEGIES[left.grouping.strategy]
    keys = [left.books.keys[side][name] for name in left.grouping.columns(side)]
    offered = left.pool, left.to_match("external"), left.to_match("internal"), limit * FOR_ONE
    if left.grouping.sums == "subset":
        return run_subsets(rule, *offered, side, keys)
    search = search_batches(rule, *offered, side, keys)
    chosen = chosen_of(search)
    rule_pass = batches_of(search, chosen)
    if not (len(chosen) and (in_doubt or rule.suggests)):
        return rule_pass
    others = []
    for other in later:
        try:
            others.append(search_batches(other, *offered, side, keys))
        except RuleTooBroad:
            continue
    chance = None
    if in_doubt:
        chance = expected_by_chance(rule, *offered, run=partial(run_batches, side=side, keys=keys))
    return replace(rule_pass, alternatives=doubts(search, chosen, others, offered[-1]), expected_by_chance=chance)
