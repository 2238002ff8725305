"""Explanations: why a unit stayed open, and which open units of the other side come closest to it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from workbench.matching import texts
from workbench.matching.assignment import Pass, arrange
from workbench.matching.candidates import combine, tolerance
from workbench.matching.kernels import Ints
from workbench.matching.units import Pool, Units, decimals, exact
from workbench.rules import DRIFT_DECIMALS, Criterion, Rule
from workbench.settings import Side

CLOSEST = 3  # near misses that are shown for each unit
_NEIGHBOURS = 3  # on each side, by amount and by date
_CHUNK = 50_000  # units that are looked at together: bounds memory
_DAY = 86_400_000_000  # microseconds


def reasons(side: Side, pool: Pool, passes: list[Pass], units: Ints) -> pa.Array:
    """A sentence for each of the open ``units`` of ``side`` that says why it stayed open."""
    other: Side = "internal" if side == "external" else "external"
    choices = [f"no open {other} unit met any rule", f"no {other} record in this currency"]
    code = np.where(np.isin(pool.side(side).currency, pool.side(other).currency), 0, 1)
    for number, each in enumerate(passes, 2):
        choices.append(f"met rule {each.rule.name!r}, but every candidate made a better pair")
        reached = each.reached_external if side == "external" else each.reached_internal
        code[reached] = number
    return pa.array(choices, pa.string()).take(code[units])


class _Miss(NamedTuple):
    """By how much one pair fails one criterion."""

    off_by: Decimal | None  # beyond what is allowed: money, seconds or letters
    smallest_drift: Decimal | None  # that would do, in the unit of the field's drift; None if no drift does
    explanation: str


def near_misses(rules: tuple[Rule, ...], pool: Pool, open_external: Ints, open_internal: Ints) -> pa.Table:
    """For each open external unit its closest open internal units of the same currency, by the rule they fail least.

    Closest is: fewest criteria failed; then the least miss, as a share of the amount, of a month, or of the text.
    A row for each criterion that failed; the columns are those of ``Result.near_misses``.
    """
    external = _by_id(open_external, pool.external)
    internal = _by_id(open_internal, pool.internal)
    tables = [
        _review(rules, pool, external[at : at + _CHUNK], internal) for at in range(0, max(len(external), 1), _CHUNK)
    ]
    return pa.concat_tables(tables)


def _by_id(units: Ints, side: Units) -> Ints:
    return units[arrange([np.zeros(len(units), np.int64)], side.ids, units)]


def _review(rules: tuple[Rule, ...], pool: Pool, open_external: Ints, open_internal: Ints) -> pa.Table:
    """Judge every neighbour of every unit by every rule; keep the closest and say what they fail."""
    fields = set(pool.external.texts)
    near_e, near_i = _neighbours(fields, pool, open_external, open_internal)
    external, internal = open_external[near_e], open_internal[near_i]
    failed = [[_fails(each, pool, external, internal) for each in rule.criteria] for rule in rules]
    failures = np.array([sum(each > 0 for each in rule) for rule in failed])
    distance = np.array([sum(rule) for rule in failed])
    best = np.lexsort((distance, failures), axis=0)[0]
    pair = np.arange(len(external))
    apart = np.abs(pool.external.date[external] - pool.internal.date[internal])
    order = np.lexsort((near_i, apart, distance[best, pair], failures[best, pair], near_e))
    rank = pair - np.searchsorted(near_e[order], near_e[order])
    chosen, rank = order[rank < CLOSEST], rank[rank < CLOSEST] + 1
    rows = [
        (int(at), int(place), rules[best[at]], each)
        for at, place in zip(chosen, rank, strict=True)
        for each, miss in zip(rules[best[at]].criteria, failed[best[at]], strict=True)
        if miss[at] > 0
    ]
    return _table(pool, external, internal, rows)


def _neighbours(fields: set[str], pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Ints, Ints]:
    """Pairs worth a look: the nearest by amount, the nearest by date, and those that share a text.

    Returns positions in ``open_external`` and ``open_internal``, in order, each pair once and of one currency.
    """
    found = [
        _nearest(pool, open_external, open_internal, ["amount", "date"]),
        _nearest(pool, open_external, open_internal, ["date", "amount"]),
        *[_sharing(field, pool, open_external, open_internal) for field in sorted(fields)],
    ]
    width = max(len(open_internal), 1)
    at_e, at_i = np.divmod(np.unique(np.concatenate([e * width + i for e, i in found])), width)
    same = pool.external.currency[open_external[at_e]] == pool.internal.currency[open_internal[at_i]]
    return at_e[same], at_i[same]


def _nearest(pool: Pool, open_external: Ints, open_internal: Ints, keys: list[str]) -> tuple[Ints, Ints]:
    """The few before and after each unit's place in the order of currency and ``keys``."""
    columns = [
        np.concatenate([getattr(pool.external, name)[open_external], getattr(pool.internal, name)[open_internal]])
        for name in ("currency", *keys)
    ]
    key_e, key_i = np.split(combine(columns), [len(open_external)])
    order = np.argsort(key_i, kind="stable")
    at = np.searchsorted(key_i[order], key_e)[:, None] + np.arange(-_NEIGHBOURS, _NEIGHBOURS)
    at_e, column = np.nonzero((at >= 0) & (at < len(order)))
    return at_e, order[at[at_e, column]]


def _sharing(field: str, pool: Pool, open_external: Ints, open_internal: Ints) -> tuple[Ints, Ints]:
    """The first few that carry the same text."""
    unit_e, code_e = texts.parts(pool.external.texts[field], open_external)
    unit_i, code_i = texts.parts(pool.internal.texts[field], open_internal)
    order = np.argsort(code_i, kind="stable")
    at = np.searchsorted(code_i[order], code_e)[:, None] + np.arange(CLOSEST)
    inside = at < len(order)
    inside[inside] = code_i[order[at[inside]]] == np.repeat(code_e, inside.sum(axis=1))
    row, column = np.nonzero(inside)
    return unit_e[row], unit_i[order[at[row, column]]]


def _fails(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Any:
    """How far each pair is off, 0 where it meets the criterion.

    A binary float will do: it ranks near misses and is never shown.
    """
    if criterion.field == "currency":
        return np.zeros(len(external))
    if criterion.field == "amount":
        e, i = pool.external.amount[external], pool.internal.amount[internal]
        over = _over(criterion, e - i, tolerance(Fraction(criterion.allowable_drift), i))
        return over.astype(float) / np.maximum(np.abs(i), 1).astype(float)
    if criterion.field == "date":
        difference = pool.external.date[external] - pool.internal.date[internal]
        allowed = int(Fraction(criterion.allowable_drift) * 1_000_000 / pool.tick)
        return _over(criterion, difference, allowed).astype(float) * pool.tick / (30 * _DAY)
    met = texts.meets_text(criterion, pool, external, internal)
    miss = np.where(met, 0.0, 1.0)
    pair, longer, apart = _text_distance(criterion.field, pool, external, internal)
    np.minimum.at(miss, pair, np.maximum(apart / np.maximum(longer, 1), 1e-9))
    return np.where(met, 0.0, miss)


def _over(criterion: Criterion, difference: Ints, allowed: Any) -> Ints:
    """How much each difference is past what is allowed; 0 where it is allowed."""
    if criterion.operator == "equals":
        return np.maximum(np.abs(difference) - allowed, 0)
    greater = criterion.operator in ("greater_than", "after")
    return np.maximum((1 - difference) if greater else (1 + difference), 0)


def _text_distance(field: str, pool: Pool, external: Ints, internal: Ints) -> tuple[Ints, Ints, Ints]:
    pair, code_e, code_i = texts.text_pairs(field, pool, external, internal)
    _, distance, longer = texts.compare(pool.external.texts[field].values, code_e, code_i)
    return pair, longer, distance


def _table(pool: Pool, external: Ints, internal: Ints, rows: list[tuple[int, int, Rule, Criterion]]) -> pa.Table:
    at = np.array([row[0] for row in rows], np.int64)
    e, i = external[at], internal[at]
    e_amount, i_amount = pool.external.amount[e], pool.internal.amount[i]
    seconds = (pool.external.date[e] - pool.internal.date[i]) * pool.tick
    misses = [
        _miss(criterion, pool, unit_e, unit_i) for (*_, criterion), unit_e, unit_i in zip(rows, e, i, strict=True)
    ]
    return pa.table(
        {
            "external_transaction_id": pool.external.ids.take(e),
            "external_records": pool.external.sizes[e],
            "internal_transaction_id": pool.internal.ids.take(i),
            "internal_records": pool.internal.sizes[i],
            "rank": pa.array([row[1] for row in rows], pa.int64()),
            "rule": pa.array([row[2].name for row in rows], pa.string()),
            "currency": pool.currencies.take(pool.external.currency[e]),
            "external_amount": decimals(e_amount, pool.scale),
            "internal_amount": decimals(i_amount, pool.scale),
            "amount_difference": decimals(e_amount - i_amount, pool.scale),
            "date_difference_seconds": decimals(seconds, 6),
            "field": pa.array([row[3].field for row in rows], pa.string()),
            "operator": pa.array([row[3].operator for row in rows], pa.string()),
            "off_by": _exact([miss.off_by for miss in misses]),
            "smallest_drift": _exact([miss.smallest_drift for miss in misses]),
            "explanation": pa.array([miss.explanation for miss in misses], pa.string()),
        }
    )


def _exact(values: Iterable[Decimal | None]) -> pa.Array:
    """Decimals with as many places as any of them has."""
    found = list(values)
    places = max((-int(value.as_tuple().exponent) for value in found if value is not None), default=0)
    return pa.array(found, pa.decimal128(38, max(places, 0)))


def _miss(criterion: Criterion, pool: Pool, external: int, internal: int) -> _Miss:
    if criterion.field == "amount":
        return _amount_miss(
            criterion, int(pool.external.amount[external]), int(pool.internal.amount[internal]), pool.scale
        )
    if criterion.field == "date":
        return _date_miss(criterion, int(pool.external.date[external] - pool.internal.date[internal]) * pool.tick)
    return _text_miss(criterion, pool, external, internal)


def _amount_miss(criterion: Criterion, e: int, i: int, scale: int) -> _Miss:
    difference = e - i
    if criterion.operator != "equals":
        wanted = "greater" if criterion.operator == "greater_than" else "smaller"
        return _Miss(
            exact(abs(difference), scale),
            None,
            f"amount {exact(e, scale)} is not {wanted} than {exact(i, scale)}",
        )
    allowed = int(Fraction(criterion.allowable_drift) * abs(i))
    drift = _ceiling(Fraction(abs(difference), abs(i))) if i else None
    sentence = f"amount differs by {exact(difference, scale):+f}, {exact(allowed, scale):f} allowed"
    return _Miss(exact(abs(difference) - allowed, scale), drift if drift is not None and drift <= 1 else None, sentence)


def _date_miss(criterion: Criterion, micros: int) -> _Miss:
    if criterion.operator != "equals":
        wanted = "later" if criterion.operator in ("after", "greater_than") else "earlier"
        return _Miss(exact(abs(micros), 6), None, f"date is not {wanted}, but {_span(micros)}")
    allowed = int(Fraction(criterion.allowable_drift) * 1_000_000)
    sentence = f"date is {_span(micros)}, {_length(allowed)} allowed"
    return _Miss(exact(abs(micros) - allowed, 6), exact(abs(micros), 6), sentence)


def _text_miss(criterion: Criterion, pool: Pool, external: int, internal: int) -> _Miss:
    field = criterion.field
    units = np.array([external]), np.array([internal])
    _, code_e, code_i = texts.text_pairs(field, pool, *units)
    if len(code_e) == 0:
        return _Miss(None, None, f"no {field} on one side or both")
    values = pool.external.texts[field].values
    _, distance, longer = texts.compare(values, code_e, code_i)
    _, left, right, apart, length = min(
        (
            Fraction(int(apart), int(length)),
            values[int(e)].as_py(),
            values[int(i)].as_py(),
            int(apart),
            int(length),
        )
        for e, i, apart, length in zip(code_e, code_i, distance, longer, strict=True)
    )
    words = f"{field} {left!r} is not {right!r}"
    if criterion.operator == "equals":
        return _Miss(Decimal(apart), None, words)
    allowed = int(Fraction(criterion.allowable_drift) * length / 100)
    sentence = f"{words}: {apart} of {length} letters differ, {allowed} allowed"
    return _Miss(Decimal(apart - allowed), _ceiling(Fraction(100 * apart, length)), sentence)


def _ceiling(value: Fraction) -> Decimal:
    """The least decimal, with as many places as a drift may have, that is not below ``value``."""
    return exact(-(-value.numerator * 10**DRIFT_DECIMALS // value.denominator), DRIFT_DECIMALS).normalize()


def _span(micros: int) -> str:
    return "the same" if micros == 0 else f"{_length(abs(micros))} {'later' if micros > 0 else 'earlier'}"


def _length(micros: int) -> str:
    for unit, size in (("days", _DAY), ("hours", _DAY // 24), ("minutes", _DAY // 1440)):
        if micros >= 2 * size:
            return f"{Decimal(micros * 10 // size) / 10:f} {unit}"
    return f"{exact(micros, 6).normalize():f} seconds"
