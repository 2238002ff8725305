"""Misses: by how much pairs of units fail a criterion, what drift would let them pass, and that in words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.reconciliation.matching import texts
from workbench.reconciliation.matching.candidates import tolerance
from workbench.reconciliation.matching.kernels import Ints
from workbench.reconciliation.matching.numbers import decimals
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import DRIFT_DECIMALS, Criterion

DAY = 86_400_000_000  # microseconds
_PLAIN_SCALE = 6  # Arrow writes smaller decimals with an exponent
_LONGEST = 2**62
_NONE = -1  # in place of a number that there is not
DRIFT = pa.decimal128(38, DRIFT_DECIMALS)


@dataclass(frozen=True)
class Misses:
    """For each pair: how far past what is allowed, the smallest drift that would do, and a sentence."""

    off_by: Ints  # whole numbers at ``scale`` (money, seconds or letters), -1 for none
    scale: int
    smallest_drift: pa.Array  # of ``DRIFT``, in the unit of the field's drift; null if no drift would do
    explanation: pa.Array


def fails(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> NDArray[np.bool_]:
    """Which of the pairs do not meet the criterion."""
    if criterion.field == "currency":
        return np.zeros(len(external), bool)
    if criterion.field == "amount":
        return _amount_over(criterion, pool, external, internal) > 0
    if criterion.field == "date":
        return _date_over(criterion, pool, external, internal) > 0
    return ~texts.meets_text(criterion, pool, external, internal)


def shortfall(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Ints:
    """How far each pair is off as a share of the amount, of a month, or of the text; 0 where it meets the criterion.

    A binary float will do: it ranks near misses and is never shown.
    """
    if criterion.field == "currency":
        return np.zeros(len(external))
    if criterion.field == "amount":
        sizes = np.maximum(np.abs(pool.internal.amount[internal]), 1)
        return _amount_over(criterion, pool, external, internal).astype(float) / sizes.astype(float)
    if criterion.field == "date":
        return _date_over(criterion, pool, external, internal).astype(float) / (30 * DAY)
    met = texts.meets_text(criterion, pool, external, internal)
    share = np.ones(len(external))
    pair, code_e, code_i = texts.text_pairs(criterion.field, pool, external, internal)
    distance, longer = texts.distances(pool.external.texts[criterion.field].values, code_e, code_i)
    np.minimum.at(share, pair, distance / longer)
    return np.where(met, 0.0, np.maximum(share, 1e-9))


def misses(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Misses:
    """Say of pairs that fail ``criterion`` by how much they do."""
    if criterion.field == "amount":
        return _amount_misses(criterion, pool, external, internal)
    if criterion.field == "date":
        return _date_misses(criterion, pool, external, internal)
    return _text_misses(criterion, pool, external, internal)


def _amount_over(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Ints:
    own = pool.internal.amount[internal]
    return _over(criterion, pool.external.amount[external] - own, tolerance(Fraction(criterion.allowable_drift), own))


def _date_over(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Ints:
    """In microseconds."""
    allowed = _micros_allowed(criterion)
    return _over(criterion, (pool.external.date[external] - pool.internal.date[internal]) * pool.tick, allowed)


def _micros_allowed(criterion: Criterion) -> int:
    """In microseconds; a drift may be longer than any two dates are apart, and than 64 bits hold."""
    return min(int(Fraction(criterion.allowable_drift) * 1_000_000), _LONGEST)


def _over(criterion: Criterion, difference: Ints, allowed: Ints | int) -> Ints:
    """How much each difference is past what is allowed; 0 where it is allowed."""
    if criterion.operator == "equals":
        return np.maximum(np.abs(difference) - allowed, 0)
    greater = criterion.operator in ("greater_than", "after")
    return np.maximum((1 - difference) if greater else (1 + difference), 0)


def _amount_misses(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Misses:
    e, i = pool.external.amount[external], pool.internal.amount[internal]
    if criterion.operator != "equals":
        wanted = " is not greater than " if criterion.operator == "greater_than" else " is not smaller than "
        words = _join("amount ", _money(e, pool), wanted, _money(i, pool))
        return Misses(np.abs(e - i), pool.scale, pa.nulls(len(e), DRIFT), words)
    sizes = np.abs(i).astype(object)
    with np.errstate(divide="ignore"):
        drift = -(-np.abs(e - i).astype(object) * 10**DRIFT_DECIMALS // np.where(sizes == 0, 1, sizes))
    drift[(sizes == 0) | (drift > 10**DRIFT_DECIMALS)] = _NONE
    allowed = tolerance(Fraction(criterion.allowable_drift), i)
    sign = pa.array(np.where(e > i, "+", ""))
    words = _join("amount differs by ", sign, _money(e - i, pool), ", ", _money(allowed, pool), " allowed")
    return Misses(np.abs(e - i) - allowed, pool.scale, optional(drift.astype(np.int64), DRIFT_DECIMALS), words)


def _date_misses(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Misses:
    micros = (pool.external.date[external] - pool.internal.date[internal]) * pool.tick
    spans = pa.array([_span(int(each)) for each in micros], pa.string())
    if criterion.operator != "equals":
        wanted = "later" if criterion.operator in ("after", "greater_than") else "earlier"
        words = _join(f"date is not {wanted}, but ", spans)
        return Misses(np.abs(micros), 6, pa.nulls(len(micros), DRIFT), words)
    allowed = _micros_allowed(criterion)
    drift = decimals(np.abs(micros), 6).cast(DRIFT)
    return Misses(np.abs(micros) - allowed, 6, drift, _join("date is ", spans, f", {_length(allowed)} allowed"))


def _text_misses(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Misses:
    """By the closest texts of the two units."""
    values = pool.external.texts[criterion.field].values
    pair, code_e, code_i = texts.text_pairs(criterion.field, pool, external, internal)
    distance, longer = texts.distances(values, code_e, code_i)
    left, right = values.take(code_e), values.take(code_i)
    closest: dict[int, tuple[Fraction, str, str, int, int]] = {}
    for at, a, b, apart, length in zip(pair.tolist(), left, right, distance.tolist(), longer.tolist(), strict=True):
        found = (Fraction(apart, length), a, b, apart, length)
        closest[at] = min(closest.get(at, found), found)
    off_by, drift = np.full(len(external), _NONE, object), np.full(len(external), _NONE, object)
    words = [f"no {criterion.field} on one side or both"] * len(external)
    for at, (_, a, b, apart, length) in closest.items():
        words[at] = f"{criterion.field} {a!r} is not {b!r}"
        off_by[at] = apart
        if criterion.operator == "contains":
            allowed = int(Fraction(criterion.allowable_drift) * length / 100)
            words[at] += f": {apart} of {length} letters differ, {allowed} allowed"
            off_by[at] = apart - allowed
            drift[at] = -(-100 * apart * 10**DRIFT_DECIMALS // length)
    return Misses(off_by, 0, optional(drift, DRIFT_DECIMALS), pa.array(words, pa.string()))


def optional(values: Ints, scale: int) -> pa.Array:
    """Decimals, null for what is negative or has more digits than a decimal holds."""
    known = (values >= 0) & (values < 10**38)
    return pc.if_else(pa.array(known, pa.bool_()), decimals(np.where(known, values, 0), scale), None)


def _money(amounts: Ints, pool: Pool) -> pa.Array:
    """As plain text; of many decimals, without the noughts at their end but for the first two."""
    if pool.scale <= _PLAIN_SCALE:
        return decimals(amounts, pool.scale).cast(pa.string())
    return pa.array([_short(f"{each:f}") for each in decimals(amounts, pool.scale).to_pylist()], pa.string())


def _short(amount: str) -> str:
    whole, _, fraction = amount.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _join(*pieces: str | pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")


def _span(micros: int) -> str:
    return "the same" if micros == 0 else f"{_length(abs(micros))} {'later' if micros > 0 else 'earlier'}"


def _length(micros: int) -> str:
    for unit, size in (("days", DAY), ("hours", DAY // 24), ("minutes", DAY // 1440)):
        if micros >= 2 * size:
            return f"{_tenths(micros * 10 // size)} {unit}"
    seconds = f"{micros // 1_000_000}{f'.{micros % 1_000_000:06}'.rstrip('0').rstrip('.')}"
    return f"{seconds} second" if seconds == "1" else f"{seconds} seconds"


def _tenths(count: int) -> str:
    return f"{count // 10:,}.{count % 10}".removesuffix(".0")
