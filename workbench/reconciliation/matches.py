"""Matches: pairs of units turned back into pairs of records, those of rules beside those of people."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.exact import Ints
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.decisions.rows import pairs_by_hand
from workbench.reconciliation.matching.assignment import Pass, arrange
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import MATCHES, MatchedPairs


def matches(settings: Settings, pool: Pool, passes: list[Pass], decided: Decided) -> pa.Table:
    """A row for each pair of records: those by hand, then the others in the order of rule, external date and id."""
    by_rule = _pairs_by_rule(settings, pool, passes, len(decided.matches))
    if not decided.matches:
        return MATCHES.build(by_rule)
    return MATCHES.build(by_rule.after(pairs_by_hand(decided, settings, pool.scale)))


def _pairs_by_rule(settings: Settings, pool: Pool, passes: list[Pass], numbered: int) -> MatchedPairs:
    """The pairs of records that rules matched; ``numbered`` matches have a number already."""
    unit_e = np.concatenate([done.external for done in passes])
    unit_i = np.concatenate([done.internal for done in passes])
    rule = np.repeat(np.arange(len(passes)), [len(done.external) for done in passes])
    alternatives = np.concatenate([done.alternatives for done in passes])
    order = arrange([rule, pool.external.date[unit_e]], pool.external.ids, unit_e)
    unit_e, unit_i, rule, alternatives = unit_e[order], unit_i[order], rule[order], alternatives[order]
    match, record_e, record_i = _record_pairs(pool, unit_e, unit_i)
    grouped, record = (pool.internal, record_i) if settings.grouped_side == "internal" else (pool.external, record_e)
    amount_difference = pool.external.amount[unit_e] - pool.internal.amount[unit_i]
    lag = (pool.external.date[unit_e] - pool.internal.date[unit_i]) * pool.tick
    return MatchedPairs(
        number=np.arange(numbered, numbered + len(unit_e))[match],
        rule=pa.array(settings.rule_names, pa.string()).take(pa.array(rule[match])),
        external=pool.external.records["id"].take(pa.array(record_e)),
        internal=pool.internal.records["id"].take(pa.array(record_i)),
        amount=grouped.record_amount[record],
        currency=grouped.records["currency"].take(pa.array(record)),
        date=grouped.records["date"].take(pa.array(record)),
        amount_difference=amount_difference[match],
        lag=lag[match],
        alternatives=alternatives[match],
        scale=pool.scale,
    )


def _record_pairs(pool: Pool, unit_e: Ints, unit_i: Ints) -> tuple[Ints | slice, Ints, Ints]:
    """Every record of the one unit with every record of the other: the match's position, and both records'."""
    if all(len(side) == len(side.records) for side in (pool.external, pool.internal)):
        return slice(None), unit_e, unit_i  # each unit is a record
    sizes_e, sizes_i = pool.external.sizes, pool.internal.sizes
    starts_e, starts_i = np.cumsum(sizes_e) - sizes_e, np.cumsum(sizes_i) - sizes_i
    counts = sizes_e[unit_e] * sizes_i[unit_i]
    match = np.repeat(np.arange(len(unit_e)), counts)
    within = np.arange(len(match)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = sizes_i[unit_i][match]
    return match, starts_e[unit_e][match] + within // wide, starts_i[unit_i][match] + within % wide
