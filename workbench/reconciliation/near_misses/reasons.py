"""Reasons: why each open record stayed open, and which better pair took the candidate that it could have had."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.matching.assignment.id_order import rank_by_id
from workbench.reconciliation.matching.candidates import centred, demands, entries, pairs, without_contradictions
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import Grouping
from workbench.sides import OTHER, Side

_MOST_UNITS = 10_000  # of more open units the better pair is not looked up: nobody reads so many
_MOST_PAIRS = 1_000_000


def reasons(side: Side, settings: Settings, records: Pool, passes: list[Pass], rows: Ints) -> pa.Array:
    """A sentence for each of the open records of ``side`` in these ``rows`` that says why it stayed open."""
    other = OTHER[side]
    choices = [f"nothing open on the {other} side met any rule", f"no {other} record in this currency"]
    code = np.where(np.isin(records.side(side).currency, records.side(other).currency), 0, 1)
    for number, (rule_pass, name) in enumerate(zip(passes, settings.rule_names, strict=True), len(choices)):
        choices.append(f"met rule {name!r}, but every candidate made a better pair")
        code[rule_pass.reached(side)] = number
    for rule_pass, name in zip(passes, settings.rule_names, strict=True):
        if rule_pass.suggested:
            code[rule_pass.suggested.rows(side)] = len(choices)
            choices.append(f"rule {name!r} suggests a match")
    reason = pa.array(choices, pa.string()).take(code[rows])
    for number, (rule_pass, rule) in enumerate(zip(passes, settings.rules, strict=True), 2):
        lost = np.flatnonzero(code[rows] == number)
        taken, by = _better_pairs(side, rule_pass, settings.grouping_of(rule), rows[lost])
        plain = reason.take(pa.array(lost))
        named = pc.fill_null(pc.binary_join_element_wise(plain, ": ", taken, " with ", by, ""), plain)
        reason = pc.replace_with_mask(reason, pa.array(code[rows] == number), named)
    return reason


def _better_pairs(side: Side, rule_pass: Pass, grouping: Grouping, rows: Ints) -> tuple[pa.Array, pa.Array]:
    """The nearest candidate of each of these records, and what it was paired with; nulls where that is not known."""
    unit = np.zeros(len(rule_pass.pool.side(side).records), np.int64)
    unit[rule_pass.pool.side(side).row] = rule_pass.pool.side(side).unit_of
    lost, place = np.unique(unit[rows], return_inverse=True)
    taken, by = _nearest_taken(side, rule_pass, grouping, lost)
    ids, other_ids = (rule_pass.pool.side(of_side).ids for of_side in (side, OTHER[side]))
    places, unknown = pa.array(place.reshape(-1)), taken < 0
    candidates, mates = other_ids.take(pa.array(taken, mask=unknown)), ids.take(pa.array(by, mask=unknown))
    return candidates.take(places), mates.take(places)


def _nearest_taken(side: Side, rule_pass: Pass, grouping: Grouping, lost: Ints) -> tuple[Ints, Ints]:
    """For each losing unit its nearest candidate by amount and date, and the unit that this was paired with; or -1."""
    taken, by = np.full(len(lost), -1), np.full(len(lost), -1)
    across = rule_pass.rule.across_currencies
    if grouping.within or grouping.sums or across or not 0 < len(lost) <= _MOST_UNITS or not len(rule_pass.external):
        return taken, by
    matched = {"external": rule_pass.external, "internal": rule_pass.internal}
    try:
        loser, candidate = _candidates(side, rule_pass, grouping, lost, matched[OTHER[side]])
    except RuleTooBroad:
        return taken, by
    units, others = rule_pass.pool.side(side), rule_pass.pool.side(OTHER[side])
    rank = np.zeros(len(others), np.int64)
    rank[matched[OTHER[side]]] = rank_by_id(others.ids, matched[OTHER[side]])
    apart = [np.abs(getattr(units, name)[loser] - getattr(others, name)[candidate]) for name in ("date", "amount")]
    order = np.lexsort((rank[candidate], *apart, loser))
    nearest, first = np.unique(loser[order], return_index=True)
    mate = np.full(len(others), -1)
    mate[matched[OTHER[side]]] = matched[side]
    place = np.searchsorted(lost, nearest)
    taken[place] = candidate[order[first]]
    by[place] = mate[taken[place]]
    return taken, by


def _candidates(side: Side, rule_pass: Pass, grouping: Grouping, lost: Ints, matched: Ints) -> tuple[Ints, Ints]:
    """The pairs of units that lost and matched ones of the other side which the rule allows."""
    weighs = isinstance(rule_pass.rule, Weighed)
    rule = (
        Rule(rule_pass.rule.name, rule_pass.rule.window, ignore_references=True)
        if weighs
        else rule_pass.rule.compared(grouping)
    )
    needs, pool = centred(demands(rule, rule_pass.pool), rule_pass.pool)
    allowed = [np.zeros((2, 0), np.int64)]
    offered = (lost, matched) if side == "external" else (matched, lost)
    for part_of_rule, external, internal in without_contradictions(rule, needs, pool, *offered):
        chunks = pairs(rule, part_of_rule, pool, *entries(part_of_rule, pool, external, internal), _MOST_PAIRS)
        allowed += [np.array([e, i], np.int64) for e, i, _ in chunks]
    loser, candidate = np.concatenate(allowed, axis=1)[:: 1 if side == "external" else -1]
    return loser, candidate
