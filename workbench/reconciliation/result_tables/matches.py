"""Matches: pairs of units turned back into pairs of records, those of rules beside those of people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import RuleTooBroad
from workbench.exact import Ints, decimals
from workbench.reconciliation.decisions.journal import Decision
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.decisions.rows import pairs_by_hand
from workbench.reconciliation.matching.passes import Pass, arrange
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import Grouping
from workbench.reconciliation.tables import MATCHES, MatchedPairs, together
from workbench.sides import Side


def matches(settings: Settings, scale: int, passes: list[Pass], decided: Decided) -> pa.Table:
    """A row for each pair of records: those by hand, then the others in the order of rule, external date and id.

    Where records of one side settled each other there is a row for each of them, in the order of the debits.
    """
    by_hand = [pairs_by_hand(decided, settings, scale)] if decided.matches else []
    numbered = len(decided.matches)
    by_rule = []
    for rule_pass, name in zip(passes, settings.rule_names, strict=True):
        by_rule.append(_pairs_by_rule(settings, name, rule_pass, numbered))
        numbered += len(rule_pass.external)
    parts = [*by_hand, *by_rule]
    table = MATCHES.build(together(parts))
    if crosses_currencies(settings, decided):  # a pair of two currencies differs by no amount
        crosses = _of_all(parts, "crosses").astype(bool)
        apart = pc.if_else(
            pa.array(crosses), pa.scalar(None, table["amount_difference"].type), table["amount_difference"]
        )
        table = table.set_column(table.column_names.index("amount_difference"), "amount_difference", apart)
    if settings.leaves_remainders or decided.leaves_remainders:
        table = table.append_column("remainder", decimals(_of_all(parts, "remainder"), scale))
    if any(map(_groups_both, settings.groupings)) or any(map(_of_groups, decided.matches)):
        amounts = decimals(_of_all(parts, "internal_amount"), scale)
        none = pa.scalar(None, amounts.type)
        amounts = pc.if_else(pc.is_valid(table["internal_transaction_id"]), amounts, none)
        table = table.append_column("internal_amount", amounts)
    return table


def crosses_currencies(settings: Settings, decided: Decided) -> bool:
    """Whether any match may be of two currencies."""
    return any(rule.across_currencies for rule in settings.rules) or any(map(decided.crosses, decided.matches))


def _groups_both(grouping: Grouping) -> bool:
    return bool(grouping.external and grouping.internal)


def _of_groups(decision: Decision) -> bool:
    return len(decision.external) > 1 and len(decision.internal) > 1


def _of_all(parts: Sequence[MatchedPairs], name: str) -> Ints:
    """What is known of the pairs of some parts only; nothing of the others."""
    known = [(part, getattr(part, name)) for part in parts]
    return np.concatenate(
        [np.zeros(len(part.number), np.int64) if column is None else column for part, column in known]
    )


def suggestions(settings: Settings, passes: list[Pass], by_hand: int) -> pa.Table:
    """A row for each pair of records that a rule only suggests, as those of matches and numbered after them."""
    parts, numbered = [], by_hand + sum(len(rule_pass.external) for rule_pass in passes)
    for rule_pass, name in zip(passes, settings.rule_names, strict=True):
        if rule_pass.suggested:
            parts.append(_pairs_by_rule(settings, name, rule_pass.suggested, numbered))
            numbered += len(rule_pass.suggested.external)
    return MATCHES.build(together(parts))


def check_pairs(rule_pass: Pass, limit: int) -> None:
    """Raise ``RuleTooBroad`` if the groups of both sides that a rule matched have too many pairs of records."""
    sizes_e = rule_pass.pool.external.sizes[rule_pass.external]
    sizes_i = rule_pass.pool.internal.sizes[rule_pass.internal]
    count, records = int((sizes_e * sizes_i).sum()), max(int(sizes_e.sum()), int(sizes_i.sum()))
    if count > max(limit, records):  # as many rows as there are records anyway are no reason to refuse
        raise RuleTooBroad(
            f"rule {rule_pass.rule.name!r} matches groups with {count:,} pairs of records, of which each is a row: "
            f"more than the {limit:,} that max_candidates allows. Group by something narrower, or raise max_candidates"
        )


def _pairs_by_rule(settings: Settings, name: str, rule_pass: Pass, numbered: int) -> MatchedPairs:
    """The records that a rule matched; ``numbered`` matches have a number already."""
    if rule_pass.within:
        return _settled(name, rule_pass.within, rule_pass, numbered)
    check_pairs(rule_pass, settings.max_candidates)
    return _pairs_of_sides(name, settings.grouping_of(rule_pass.rule), rule_pass, numbered)


def _pairs_of_sides(name: str, grouping: Grouping, rule_pass: Pass, numbered: int) -> MatchedPairs:
    """A row for each record of the one side with each of the other."""
    external, internal = rule_pass.pool.external, rule_pass.pool.internal
    order = arrange([external.date[rule_pass.external]], external.ids, rule_pass.external)
    unit_e, unit_i, alternatives = rule_pass.external[order], rule_pass.internal[order], rule_pass.alternatives[order]
    match, record_e, record_i = _record_pairs(rule_pass.pool, unit_e, unit_i)
    row_e, row_i = pa.array(external.row[record_e]), pa.array(internal.row[record_i])
    own_e, own_i = external.record_amount[record_e], internal.record_amount[record_i]
    shows_internal = _shows_internal(rule_pass.pool, grouping, unit_e, unit_i)[match]

    def shown(name: str) -> pa.Array:
        if not shows_internal.any():
            return external.records[name].take(row_e)
        if shows_internal.all():
            return internal.records[name].take(row_i)
        both = external.records[name].take(row_e), internal.records[name].take(row_i)
        return pc.if_else(pa.array(~shows_internal), *both)

    return MatchedPairs(
        number=np.arange(numbered, numbered + len(unit_e))[match],
        rule=pa.repeat(name, len(own_e)),
        external=external.records["id"].take(row_e),
        internal=internal.records["id"].take(row_i),
        amount=np.where(shows_internal, own_i, own_e),
        currency=shown("currency"),
        date=shown("date"),
        amount_difference=(external.amount[unit_e] - internal.amount[unit_i])[match],
        lag=((external.date[unit_e] - internal.date[unit_i]) * rule_pass.pool.tick)[match],
        alternatives=alternatives[match],
        scale=rule_pass.pool.scale,
        crosses=None if rule_pass.rates is None else (external.currency[unit_e] != internal.currency[unit_i])[match],
        remainder=None if rule_pass.remainder is None else rule_pass.remainder[order][match],
        internal_amount=own_i,
    )


def _shows_internal(pool: Pool, grouping: Grouping, unit_e: Ints, unit_i: Ints) -> Ints:
    """Of each pair of units whether its rows show the amounts of internal records: where these are the group."""
    if not _groups_both(grouping):
        return np.full(len(unit_e), grouping.shown_side == "internal")
    several: Ints = (pool.external.sizes[unit_e] == 1) & (pool.internal.sizes[unit_i] > 1)
    return several


def _settled(name: str, side: Side, rule_pass: Pass, numbered: int) -> MatchedPairs:
    """A row for each record of ``side`` in what settled each other; the other side has none in these matches."""
    negative, positive = rule_pass.pool.external, rule_pass.pool.internal
    order = arrange([negative.date[rule_pass.external]], negative.ids, rule_pass.external)
    debit, credit = rule_pass.external[order], rule_pass.internal[order]
    (match_d, place_d), (match_c, place_c) = negative.records_of(debit), positive.records_of(credit)
    match = np.concatenate([match_d, match_c])
    by_match = np.argsort(match, kind="stable")  # the debits of a match, then its credits
    match = match[by_match]
    amount = np.concatenate([negative.record_amount[place_d], positive.record_amount[place_c]])[by_match]
    row = np.concatenate([negative.row[place_d], positive.row[place_c]])[by_match]
    records, nobody = negative.records.take(pa.array(row)), pa.nulls(len(row), pa.string())
    return MatchedPairs(
        number=numbered + match,
        rule=pa.repeat(name, len(row)),
        external=records["id"] if side == "external" else nobody,
        internal=records["id"] if side == "internal" else nobody,
        amount=amount,
        currency=records["currency"],
        date=records["date"],
        amount_difference=np.zeros(len(row), np.int64),
        lag=((negative.date[debit] - positive.date[credit]) * rule_pass.pool.tick)[match],
        alternatives=rule_pass.alternatives[order][match],
        scale=rule_pass.pool.scale,
        internal_amount=amount,
    )


def _record_pairs(pool: Pool, unit_e: Ints, unit_i: Ints) -> tuple[Ints | slice, Ints, Ints]:
    """Every record of the one unit with every record of the other: the match's position, and both records'."""
    if all(len(side) == len(side.row) for side in (pool.external, pool.internal)):
        return slice(None), unit_e, unit_i  # each unit is a record
    sizes_e, sizes_i = pool.external.sizes, pool.internal.sizes
    starts_e, starts_i = np.cumsum(sizes_e) - sizes_e, np.cumsum(sizes_i) - sizes_i
    counts = sizes_e[unit_e] * sizes_i[unit_i]
    match = np.repeat(np.arange(len(unit_e)), counts)
    within = np.arange(len(match)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = sizes_i[unit_i][match]
    return match, starts_e[unit_e][match] + within // wide, starts_i[unit_i][match] + within % wide
