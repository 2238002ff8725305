"""Near misses: which open units of the other side come closest to one that stayed open."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.exact import Ints, decimals, optional_decimals
from workbench.reconciliation.criteria.field import DRIFT, Criterion, Misses
from workbench.reconciliation.criteria.pairs import Pairs, TextPairs
from workbench.reconciliation.criteria.text_key import NAMED, REFERENCES, TextKey
from workbench.reconciliation.matching import text_criteria
from workbench.reconciliation.matching.combined import combine
from workbench.reconciliation.matching.passes import arrange
from workbench.reconciliation.matching.texts.unit_texts import parts
from workbench.reconciliation.matching.units import Pool, Units
from workbench.reconciliation.near_misses.sense import in_amounts, nearness, slips
from workbench.reconciliation.rules import MAX_CRITERIA, Rule
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import NEAR_MISSES

_ONE_CURRENCY = Criterion("currency")
CLOSEST = 3  # near misses that are shown for each unit
_NEIGHBOURS = 3  # units before and after each that are compared, by amount and by date
_CHUNK = 50_000  # external units that are compared at once, which bounds memory


class _Failed(NamedTuple):
    """A criterion of a rule, and the near misses that fail it."""

    rule: str  # the rule's name as shown
    criterion: Criterion
    positions: Ints  # where those stand among the near misses


def near_misses(settings: Settings, pool: Pool, open_external: Ints, open_internal: Ints) -> pa.Table:
    """For each open external unit its closest open internal units, by the rule they fail least.

    Closest is: a shared reference, then an amount that is equal but for its sign or its currency; then fewest criteria
    failed; then an amount that is equal but for a swapped or doubled digit; then the least miss, as a share of the
    amount, of a month, or of the text. What has no reference in common and an amount more than twice the other, of the
    other sign or in another currency, is not close.
    A row for each criterion that failed; the columns are those of ``Result.near_misses``.
    """
    if not _across(settings)[1]:  # there is no rule that a pair could fail
        nothing = np.zeros(0, np.int64)
        return _table(pool, nothing, nothing, nothing, [])
    external = _by_id(open_external, pool.external)
    internal = _by_id(open_internal, pool.internal)
    tables = [
        _review(settings, pool, external[start : start + _CHUNK], internal)
        for start in range(0, max(len(external), 1), _CHUNK)
    ]
    return pa.concat_tables(tables)


def pairs_of(pool: Pool, external: Ints, internal: Ints) -> Pairs:
    """What criteria see of pairs of units."""

    def text_pairs(criterion: Criterion) -> TextPairs:
        key = text_criteria.key_of(criterion).folded
        values = pool.external.texts[key].values
        pair, code_e, code_i = text_criteria.text_pairs(key, pool, external, internal)
        distance, longer = text_criteria.distances(values, code_e, code_i)
        return TextPairs(pair, distance, longer, lambda: (values.take(code_e), values.take(code_i)))

    return Pairs(
        pool.external.amount[external],
        pool.internal.amount[internal],
        pool.scale,
        pool.external.currency[external],
        pool.internal.currency[internal],
        pool.currencies,
        (pool.external.date[external] - pool.internal.date[internal]) * pool.tick,
        pool.internal.date[internal] * pool.tick + pool.epoch,
        lambda criterion: text_criteria.meets_text(criterion, pool, external, internal),
        text_pairs,
    )


def _by_id(units: Ints, side: Units) -> Ints:
    return units[arrange([np.zeros(len(units), np.int64)], side.ids, units)]


def _review(settings: Settings, pool: Pool, open_external: Ints, open_internal: Ints) -> pa.Table:
    """Judge every neighbour of every unit by every rule; keep the closest and say what they fail."""
    names, rules = _across(settings)
    near_e, near_i = _neighbours(pool.external.texts.keys(), pool, open_external, open_internal)
    external, internal = open_external[near_e], open_internal[near_i]
    seen = pairs_of(pool, external, internal)
    failed = [[_fails(criterion, seen) for criterion in _wanted(rule)] for rule in rules]
    failures = np.array([np.sum(of_rule, axis=0) for of_rule in failed])
    near, mistyped, far = nearness(pool, external, internal)
    misses = failures.min(axis=0) > 0  # a pair may meet all criteria of a rule that weighs, and yet stay open
    misses &= ~(far & _differ_in_amount(rules, failed, len(far)))
    near_e, external, internal = near_e[misses], external[misses], internal[misses]
    near, mistyped = near[misses], mistyped[misses]
    failures = failures[:, misses]
    failed = [[part[misses] for part in of_rule] for of_rule in failed]
    hopeful = _hopeful(near_e, near * (MAX_CRITERIA + 1) + failures.min(axis=0))
    distance, best = _distances(rules, pool, external[hopeful], internal[hopeful], failures[:, hopeful])
    apart = np.abs(pool.external.date[external[hopeful]] - pool.internal.date[internal[hopeful]])
    # The pairs come in the order of both units, which they keep where all else is equal.
    unit = near_e[hopeful]
    order = np.lexsort((apart, distance, ~mistyped[hopeful], failures.min(axis=0)[hopeful], near[hopeful], unit))
    rank = np.arange(len(unit)) - np.searchsorted(unit, unit)
    chosen, best, rank = hopeful[order[rank < CLOSEST]], best[order[rank < CLOSEST]], rank[rank < CLOSEST] + 1
    causes = [
        _Failed(names[number], criterion, positions)
        for number, rule in enumerate(rules)
        for criterion, missed in zip(_wanted(rule), failed[number], strict=True)
        if len(positions := np.flatnonzero((best == number) & missed[chosen]))
    ]
    return _table(pool, external[chosen], internal[chosen], rank, causes)


def _across(settings: Settings) -> tuple[tuple[str, ...], tuple[Rule, ...]]:
    """The rules that compare one side with the other, and what they are called."""
    named_rules = [
        (name, rule)
        for name, rule in zip(settings.rule_names, settings.rules, strict=True)
        if not settings.grouping_of(rule).within
    ]
    return tuple(name for name, _ in named_rules), tuple(rule for _, rule in named_rules)


def _wanted(rule: Rule) -> tuple[Criterion, ...]:
    """What the pairs of a rule meet: its criteria, and one currency, which it need not say."""
    of_one = rule.across_currencies or any(criterion.field == "currency" for criterion in rule.window)
    return rule.window if of_one else (*rule.window, _ONE_CURRENCY)


def _fails(criterion: Criterion, seen: Pairs) -> NDArray[np.bool_]:
    """Which pairs fail a criterion; what two amounts differ by says nothing where they are of two currencies."""
    fails: NDArray[np.bool_] = criterion.kind.fails(criterion, seen)
    return fails & (seen.external_currency == seen.internal_currency) if criterion.field == "amount" else fails


def _differ_in_amount(rules: tuple[Rule, ...], failed: list[list[NDArray[np.bool_]]], pairs: int) -> NDArray[np.bool_]:
    """The pairs of which no rule allows the amounts."""
    differ = np.ones(pairs, bool)
    for rule, of_rule in zip(rules, failed, strict=True):
        of_amount = [
            fails for criterion, fails in zip(_wanted(rule), of_rule, strict=True) if criterion.field == "amount"
        ]
        differ &= np.any(of_amount, axis=0) if of_amount else False
    return differ


def _hopeful(unit: Ints, far: Ints) -> Ints:
    """The pairs that may be among the closest of their unit: so few others of it are less far off."""
    width = 3 * (MAX_CRITERIA + 1)
    place = unit * width + far
    counts = np.bincount(place, minlength=(int(unit.max(initial=-1)) + 1) * width).reshape(-1, width)
    fewer = np.cumsum(counts, axis=1) - counts
    return np.flatnonzero(fewer.reshape(-1)[place] < CLOSEST)


def _distances(
    rules: tuple[Rule, ...], pool: Pool, external: Ints, internal: Ints, failures: Ints
) -> tuple[NDArray[np.float64], Ints]:
    """How far each pair is off by the rule that it fails least, and which rule that is."""
    distance = np.full(failures.shape, np.inf)
    for number, rule in enumerate(rules):
        least = np.flatnonzero(failures[number] == failures.min(axis=0))
        seen = pairs_of(pool, external[least], internal[least])
        distance[number, least] = sum(criterion.kind.shortfall(criterion, seen) for criterion in _wanted(rule))
    return distance.min(axis=0), distance.argmin(axis=0)


def _neighbours(keys: Collection[TextKey], pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Ints, Ints]:
    """Pairs worth a look: the nearest by amount, the nearest by date, and those that share a text.

    Of two currencies are those alone that share a reference, or have the same amount. Returns positions in
    ``open_external`` and ``open_internal``, in order, each pair once.
    """
    of_one = [
        _nearest(pool, open_external, open_internal, ["amount", "date"]),
        _nearest(pool, open_external, open_internal, ["date", "amount"]),
        _nearest(pool, open_external, open_internal, ["amount", "date"], -pool.external.amount[open_external]),
        _mistyped(pool, open_external, open_internal),
        *[_sharing(key, pool, open_external, open_internal) for key in sorted(keys)],
    ]
    of_one = [_of_currencies(pool, open_external, open_internal, pairs, one=True) for pairs in of_one]
    of_two = _of_two_currencies(keys, pool, open_external, open_internal) if len(pool.currencies) > 1 else []
    width = max(len(open_internal), 1)
    # This sorts and drops doubles: np.unique takes several times as long.
    pairs = np.sort(np.concatenate([e * width + i for e, i in (*of_one, *of_two)]))
    position_e, position_i = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], width)
    return position_e, position_i


def _of_two_currencies(
    keys: Collection[TextKey], pool: Pool, open_external: Ints, open_internal: Ints
) -> list[tuple[Ints, Ints]]:
    """Pairs of two currencies that share a reference, or have the same amount."""
    e, i = _nearest(pool, open_external, open_internal, ["amount", "date"], by_currency=False)
    same = pool.external.amount[open_external[e]] == pool.internal.amount[open_internal[i]]
    shared = [_sharing(key, pool, open_external, open_internal) for key in (REFERENCES, NAMED) if key in keys]
    return [
        _of_currencies(pool, open_external, open_internal, pairs, one=False) for pairs in ((e[same], i[same]), *shared)
    ]


def _of_currencies(
    pool: Pool, open_external: Ints, open_internal: Ints, pairs: tuple[Ints, Ints], *, one: bool
) -> tuple[Ints, Ints]:
    """The pairs of one currency, or of two."""
    e, i = pairs
    chosen = (pool.external.currency[open_external[e]] == pool.internal.currency[open_internal[i]]) == one
    return e[chosen], i[chosen]


def _nearest(
    pool: Pool,
    open_external: Ints,
    open_internal: Ints,
    keys: list[str],
    amounts: Ints | None = None,
    *,
    by_currency: bool = True,
) -> tuple[Ints, Ints]:
    """The few before and after each unit's place in the order of currency and ``keys``, or where ``amounts`` put it."""
    names = ["currency", *keys] if by_currency else keys
    of_external = {name: getattr(pool.external, name)[open_external] for name in names}
    if amounts is not None:
        of_external["amount"] = amounts
    columns = [np.concatenate([of_external[name], getattr(pool.internal, name)[open_internal]]) for name in names]
    key_e, key_i = np.split(combine(columns), [len(open_external)])
    order = np.argsort(key_i, kind="stable")
    place = np.searchsorted(key_i[order], key_e)[:, None] + np.arange(-_NEIGHBOURS, _NEIGHBOURS)
    row, column = np.nonzero((place >= 0) & (place < len(order)))
    return row, order[place[row, column]]


def _mistyped(pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Ints, Ints]:
    """Pairs of which the one amount is the other with a swapped or doubled digit."""
    typed, written = pool.external.amount[open_external], pool.internal.amount[open_internal]
    slipped = np.stack([amounts for _, amounts in slips(typed)])
    mistake, position = np.nonzero(np.isin(slipped, written) & (slipped != typed))
    amounts = slipped[mistake, position]
    row, i = _nearest(pool, open_external[position], open_internal, ["amount", "date"], amounts)
    same = amounts[row] == written[i]
    return position[row[same]], i[same]


def _sharing(key: TextKey, pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Ints, Ints]:
    """The first few that carry the same text."""
    unit_e, code_e = parts(pool.external.texts[key], open_external)
    unit_i, code_i = parts(pool.internal.texts[key], open_internal)
    order = np.argsort(code_i, kind="stable")
    place = np.searchsorted(code_i[order], code_e)[:, None] + np.arange(CLOSEST)
    inside = place < len(order)
    inside[inside] = code_i[order[place[inside]]] == np.repeat(code_e, inside.sum(axis=1))
    row, column = np.nonzero(inside)
    return unit_e[row], unit_i[order[place[row, column]]]


def _table(pool: Pool, external: Ints, internal: Ints, rank: Ints, failed: list[_Failed]) -> pa.Table:
    """A row for each near miss and criterion that failed, in the order of the near misses."""
    position = np.concatenate([np.zeros(0, np.int64), *(failure.positions for failure in failed)])
    number = np.repeat(np.arange(len(failed)), [len(failure.positions) for failure in failed])
    order = np.lexsort((number, position))
    misses = [
        failure.criterion.kind.misses(
            failure.criterion, pairs_of(pool, external[failure.positions], internal[failure.positions])
        )
        for failure in failed
    ]
    position, number = position[order], number[order]
    e, i = external[position], internal[position]
    e_amount, i_amount = pool.external.amount[e], pool.internal.amount[i]
    of_two = pool.external.currency[e] != pool.internal.currency[i]
    explanation = _put_together(pa.string(), [miss.explanation for miss in misses], order)
    return NEAR_MISSES.build(
        {
            "external_transaction_id": pool.external.ids.take(e),
            "external_records": pool.external.sizes[e],
            "internal_transaction_id": pool.internal.ids.take(i),
            "internal_records": pool.internal.sizes[i],
            "rank": pa.array(rank[position], pa.int64()),
            "rule": _named([failure.rule for failure in failed], number),
            "currency": pool.currencies.take(pool.external.currency[e]),
            "external_amount": decimals(e_amount, pool.scale),
            "internal_currency": pool.currencies.take(pool.internal.currency[i]),
            "internal_amount": decimals(i_amount, pool.scale),
            "amount_difference": pc.if_else(of_two, None, decimals(e_amount - i_amount, pool.scale)),
            "date_difference_seconds": decimals((pool.external.date[e] - pool.internal.date[i]) * pool.tick, 6),
            "field": _named([failure.criterion.field for failure in failed], number),
            "operator": _named([failure.criterion.operator for failure in failed], number),
            "off_by": _off_by(misses, order),
            "smallest_drift": _put_together(DRIFT, [miss.smallest_drift for miss in misses], order),
            "explanation": pc.binary_join_element_wise(explanation, _seen(failed, number, e, i, pool), ""),
        }
    )


def _seen(failed: list[_Failed], number: Ints, e: Ints, i: Ints, pool: Pool) -> pa.Array:
    """What one sees at once in the amounts, where these are what failed."""
    of_amounts = np.array([one.criterion.field == "amount" for one in failed], bool)[number]
    words = in_amounts(pool.external.amount[e[of_amounts]], pool.internal.amount[i[of_amounts]])
    seen = pa.array([f": {word}" if word else "" for word in words], pa.string())
    return pc.replace_with_mask(pa.array([""] * len(number), pa.string()), pa.array(of_amounts, pa.bool_()), seen)


def _named(names: list[str], number: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(number)


def _put_together(kind: pa.DataType, parts: list[pa.Array], order: Ints) -> pa.Array:
    return pa.concat_arrays([pa.array([], kind), *parts]).take(order)


def _off_by(misses: list[Misses], order: Ints) -> pa.Array:
    """Money, seconds and letters in one column, with as many decimals as the finest has."""
    scale = max((miss.scale for miss in misses), default=0)
    raised = [np.where(miss.off_by < 0, -1, miss.off_by.astype(object) * 10 ** (scale - miss.scale)) for miss in misses]
    return optional_decimals(np.concatenate([np.zeros(0, object), *raised])[order], scale)
