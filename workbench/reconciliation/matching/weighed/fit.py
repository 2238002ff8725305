"""Fit: weights from pairs that belong together, each as certain as it is (expectation and maximisation).

Dempster, Laird and Rubin (1977); for record linkage Winkler (1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.weighed.evidence import Evidence, gather
from workbench.reconciliation.matching.weighed.fees import find_fees
from workbench.reconciliation.matching.weighed.lags import is_bare, lags, pairs_by_chance
from workbench.reconciliation.matching.weighed.logarithms import log_ratio
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.probability import probabilities
from workbench.reconciliation.matching.weighed.references import Links, standing
from workbench.reconciliation.matching.weighed.spans import span_of
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.words import common_words
from workbench.reconciliation.rules import Weighed
from workbench.reconciliation.weights import REFERENCES, SHARED, SHARED_WORDS, START, WORDS, Span, Weights

ROUNDS = 6
WIDE_ROUNDS = 2  # these first rounds leave no amount out, since amounts less a fee only show later
_FINE = 1000  # probabilities count in thousandths, so that sums are whole numbers
_LOOKED_AT = 40_000  # chance is measured in at least this many pairs
_SMOOTH = 2 * _FINE
_CERTAIN = 5_000
_ENOUGH = 20  # dates are learned from references if these tell at least this many pairs
_LOWEST = -1000  # the lowest weight that a few matches can give
_ARE_MOST = 4  # pairs with references speak for all units if these are at most this many times as many
_LEAST = 5  # a span is kept if it has at least this many of 1,000 matches
_ALONE = _FINE // 2  # and a span of dates at least so much of a match
_OF_TWO = 3 * _FINE // 2  # and one of amounts that differ more than one: it would else be its own evidence
_LADDER = (
    15,
    30,
    45,
    60,
    90,
    120,
    180,
    240,
    360,
    480,
    720,
    960,
    1440,
    1920,
    2880,
    3840,
    5400,
    7200,
    10800,
    14400,
    21600,
    28800,
    43200,
)
_SINGLE_DAYS = {"business_days": (-4, 12), "days": (-5, 18)}
_WIDER_DAYS = (0, 2, 5, 9, 15, 23, 33, 45)  # the bounds of wider spans, in days behind the single days


def spans_in(measure: str) -> tuple[tuple[int, int], ...]:
    """The spans of a measure that differences in dates are counted in."""
    if measure != "seconds":
        first, last = _SINGLE_DAYS[measure]
        wider = [last + 1 + more for more in _WIDER_DAYS]
        return (
            *((day, day) for day in range(first, last + 1)),
            *((low, high - 1) for low, high in pairwise(wider)),
        )
    halves = [*_LADDER, *range(86_400, 13 * 86_400, 43_200)]
    after = list(zip([0, *halves], halves, strict=False))
    before = [(-high, -low) for low, high in reversed(after) if high <= 3 * 86_400]
    return (*((low, high - 1) for low, high in before), *((low, high - 1) for low, high in after))


@dataclass(frozen=True)
class Chance:
    """How often pairs of records that have nothing to do with each other show what true ones do."""

    pairs: int  # how many pairs of one currency there are
    dates: dict[str, list[int]]  # for each measure, how many of these pairs each span holds
    seen: int  # how many pairs were looked at for references and words
    references: Ints
    words: Ints


def by_chance(units: OpenUnits, texts: OpenTexts) -> Chance:
    """Count dates in all pairs of one currency, and how texts stand in some that nothing but their place chose."""
    measures = ("business_days", "days") if is_bare(units) else ("business_days", "days", "seconds")
    dates = {measure: pairs_by_chance(units, measure, spans_in(measure)) for measure in measures}
    sizes = [np.bincount(own, minlength=len(units.pool.currencies)) for own in units.currencies]
    pairs = _some_pairs(units)
    references, words = standing(units, pairs, texts.links)[0], common_words(pairs, texts.words)[0]
    return Chance(
        int((sizes[0].astype(object) * sizes[1]).sum()),
        dates,
        len(pairs),
        np.bincount(references, minlength=len(REFERENCES)),
        np.bincount(words, minlength=len(WORDS)),
    )


def fit(units: OpenUnits, certain: Ints, limit: int, columns: tuple[tuple[str, str], ...] = ()) -> Weights:
    """Weights by which the units explain themselves best, begun with usual ones.

    ``certain`` are pairs of units, a row each, that belong together: none of theirs has another partner; ``columns``
    are pairs of columns that say the same things. Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    begun = replace(START, columns=columns, **({} if is_bare(units) else _in_seconds()))
    texts = OpenTexts.of(units, begun.column_keys)
    chance = by_chance(units, texts)
    known = units.pairs_of(certain)
    fees = find_fees(units, START)
    weights = _explaining(replace(begun, fees=fees), units, texts, chance, known, limit)
    if not fees and (fees := find_fees(units, weights)):  # which show once it is known how much later payments are
        weights = _explaining(replace(begun, fees=fees), units, texts, chance, known, limit)
    return weights


def _explaining(
    begun: Weights, units: OpenUnits, texts: OpenTexts, chance: Chance, known: Pairs, limit: int
) -> Weights:
    """The weights by which the units explain themselves best, begun with others."""
    first = gather(begun, Weighed(weights=begun), units, texts, limit)
    weights = _with_dates_of(_linked_to_nothing_else(units, texts.links), begun, units, first, chance)
    by_reference = weights if _ARE_MOST * weights.learned_from >= min(units.sizes) and weights is not begun else None
    for number in range(ROUNDS):
        evidence = first if weights is begun else gather(weights, Weighed(weights=weights), units, texts, limit)
        weight = _with_known(evidence, evidence.weight(weights), known)
        share = probabilities(evidence.pairs, weight, units.sizes)
        shares = np.rint(share * _FINE).astype(np.int64)
        weights = refit(weights, units, evidence, shares, chance, by_reference, number < WIDE_ROUNDS)
    return weights


def usual_weights(units: OpenUnits, limit: int, columns: tuple[tuple[str, str], ...] = ()) -> Weights:
    """The usual weights with the share of units that have a match by them: where few have one, chance has made it.

    Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    weights = replace(START, columns=columns)
    evidence = gather(weights, Weighed(weights=weights), units, OpenTexts.of(units, weights.column_keys), limit)
    for _ in range(ROUNDS):
        share = probabilities(evidence.pairs, evidence.weight(weights), units.sizes)
        prior = _prior(int(np.rint(share * _FINE).sum()), min(units.sizes))
        weights = replace(weights, prior=min(prior, START.prior))
    return weights


def _linked_to_nothing_else(units: OpenUnits, links: Links) -> Pairs:
    """The pairs of one amount that share a reference with nothing else of that amount."""
    pairs = units.pairs(links.edge)
    pairs = pairs.only(np.equal(*units.amounts(pairs)))
    alone = [np.bincount(own)[own] == 1 for own in (pairs.external, pairs.internal)]
    return pairs.only(alone[0] & alone[1])


def _with_dates_of(strict: Pairs, weights: Weights, units: OpenUnits, evidence: Evidence, chance: Chance) -> Weights:
    """The weights with the differences in dates of pairs that are known by their references, if these are enough.

    What repeats day by day would else explain itself as well a day later.
    """
    share = np.where(_with_known(evidence, np.zeros(len(evidence.pairs), np.int64), strict) > 0, _FINE, 0)
    if share.sum() < _ENOUGH * _FINE:
        return weights
    measure, dated = _best_measure(units, evidence, share, chance)
    known = int(share.sum()) // _FINE
    return replace(weights, measure=measure, date=tuple(span for span, _ in dated), learned_from=known)


def _with_known(evidence: Evidence, weight: Ints, known: Pairs) -> Ints:
    """The weights where pairs that are certain count more than anything, and others of their units less."""
    pairs = evidence.pairs
    if not len(known):
        return weight
    partner_e, partner_i = (np.full(int(own.max(initial=-1)) + 1, -1) for own in (pairs.external, pairs.internal))
    for partner, own, other in ((partner_e, *known.both), (partner_i, *known.both[::-1])):
        met = own < len(partner)
        partner[own[met]] = other[met]
    of_e, of_i = partner_e[pairs.external], partner_i[pairs.internal]
    return np.where(of_e == pairs.internal, _CERTAIN, np.where((of_e >= 0) | (of_i >= 0), -_CERTAIN, weight))


def refit(
    weights: Weights,
    units: OpenUnits,
    evidence: Evidence,
    share: Ints,
    chance: Chance,
    by_reference: Weights | None = None,
    wide: bool = False,
) -> Weights:
    """Weights by pairs of which each is a match with a share, in thousandths.

    Differences in dates weigh as they do ``by_reference``, if there are such weights: of what repeats day by day the
    more probable of two days would else become the only one. All spans of amounts stay if ``wide``.
    """
    total = int(share.sum())
    if by_reference:
        measure, counted = by_reference.measure, _dated(by_reference.measure, units, evidence, share, chance)
        dated = [(span, count) for span, (_, count) in zip(by_reference.date, counted, strict=True)]
    else:
        measure, dated = _best_measure(units, evidence, share, chance)
    amounts = _sums(evidence.amount, share, len(weights.amount) + len(weights.fees))
    references = _sums(evidence.reference, share, len(REFERENCES))
    words = _sums(evidence.words, share, len(WORDS))
    of_references = [
        _ratio(count, total, seen, chance.seen)
        for count, seen in zip(references, chance.references.tolist(), strict=True)
    ]
    of_words = [
        _ratio(count, total, seen, chance.seen) for count, seen in zip(words, chance.words.tolist(), strict=True)
    ]
    for number in range(len(SHARED)):
        of_references[number] = _part(references[number], total)
    for number in range(len(SHARED_WORDS)):
        of_words[number] = _part(words[number], total)
    spans = [
        (replace(span, weight=_part(count, total)), count) for span, count in zip(weights.amount, amounts, strict=False)
    ]
    of_fees = zip(weights.fees, amounts[len(spans) :], strict=True)
    kept = _worth_keeping(dated, total, _ALONE)
    return replace(
        weights,
        amount=tuple(span for span, _ in spans) if wide else _worth_keeping(spans, total, _OF_TWO),
        measure=measure,
        date=kept,
        other_date=_other_date(measure, kept, dated, total, chance),
        reference=dict(zip(REFERENCES, of_references, strict=True)),
        words=dict(zip(WORDS, of_words, strict=True)),
        prior=_prior(total, min(units.sizes)),
        learned_from=total // _FINE,
        fees=tuple(replace(fee, weight=_part(n, total)) for fee, n in of_fees if n >= _least(total, _OF_TWO)),
    )


def _best_measure(
    units: OpenUnits, evidence: Evidence, share: Ints, chance: Chance
) -> tuple[str, list[tuple[Span, int]]]:
    """The measure that tells matches best from chance, and its spans."""
    dated = {measure: _dated(measure, units, evidence, share, chance) for measure in chance.dates}
    return max(dated.items(), key=lambda own: sum(span.weight * count for span, count in own[1]))


def _dated(measure: str, units: OpenUnits, evidence: Evidence, share: Ints, chance: Chance) -> list[tuple[Span, int]]:
    """The spans of a measure with their weights, and the matches in each."""
    spans = tuple(Span(low, high, 0) for low, high in spans_in(measure))
    number = span_of(spans, lags(measure, units, evidence.pairs))
    counts = _sums(number[number >= 0], share[number >= 0], len(spans))
    total = int(share.sum())
    weights = [
        _ratio(count, total, seen, chance.pairs) for count, seen in zip(counts, chance.dates[measure], strict=True)
    ]
    return [(replace(span, weight=weight), count) for span, weight, count in zip(spans, weights, counts, strict=True)]


def _other_date(
    measure: str, kept: Sequence[Span], dated: Sequence[tuple[Span, int]], total: int, chance: Chance
) -> int:
    """The weight of a difference in dates that no span which is kept holds, as it is among matches by reference."""
    inside = [kept[0].low <= span.low <= kept[-1].low for span, _ in dated]
    count, seen = (
        sum(own for own, is_in in zip(counts, inside, strict=True) if is_in)
        for counts in ([count for _, count in dated], chance.dates[measure])
    )
    return _ratio(max(total - count, 0), total, chance.pairs - seen, chance.pairs)


def _worth_keeping(spans: Sequence[tuple[Span, int]], total: int, least: int) -> tuple[Span, ...]:
    """From the first to the last span that has a share of the matches worth naming."""
    least = _least(total, least)
    kept = [place for place, (_, count) in enumerate(spans) if count >= least] or [0, len(spans) - 1]
    return tuple(span for span, _ in spans[kept[0] : kept[-1] + 1])


def _least(total: int, least: int) -> int:
    """How many matches make a span or a fee worth naming."""
    return max(least, total * _LEAST // 1000)


def _sums(number: Ints, share: Ints, size: int) -> list[int]:
    return [int(total) for total in np.bincount(number, share, size)]


def _part(count: int, total: int) -> int:
    """The logarithm of a share, as if half a match more showed it."""
    return log_ratio(count + _FINE // 2, total + _FINE)


def _ratio(count: int, total: int, seen: int, pairs: int) -> int:
    """The logarithm of how often matches show something to how often chance does, with two matches by chance added."""
    seen = max(seen, 1)
    return max(_LOWEST, log_ratio(count * pairs + _SMOOTH * seen, (total + _SMOOTH) * seen))


def _prior(total: int, size: int) -> int:
    """What a pair has before any evidence, by the share of records that have a match: open ones are as rare as that."""
    matched = min(max(total, _FINE // 2), _FINE * size * 92 // 100)
    return log_ratio(matched, _FINE * size) - 2 * log_ratio(_FINE * size - matched, _FINE * size)


def _some_pairs(units: OpenUnits) -> Pairs:
    """Pairs of one currency: each external unit with internal ones that stand some places further on."""
    size_e, size_i = units.sizes
    if not (size_e and size_i):
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    times = -(-_LOOKED_AT // size_e)
    external = np.tile(np.arange(size_e), times)
    steps = np.repeat(np.arange(times), size_e) * max(size_i // times, 1)
    pairs = Pairs(external, (external * 7919 + steps) % size_i)
    return pairs.only(units.currencies[0][pairs.external] == units.currencies[1][pairs.internal])


def _in_seconds() -> dict[str, Any]:
    """Differences in dates that nothing is known of, but that a payment is booked first and soon."""
    spans = [(span, 200 if span[0] >= 0 else -200) for span in spans_in("seconds")]
    return {"measure": "seconds", "date": tuple(Span(*span, weight) for span, weight in spans)}
