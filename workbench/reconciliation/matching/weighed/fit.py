"""Fit: weights from pairs that belong together, each as certain as it is (expectation and maximisation).

Dempster, Laird and Rubin (1977); for record linkage Winkler (1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.exact import Ints
from workbench.progress import check_stop
from workbench.reconciliation.matching.weighed.by_chance import Chance, by_chance, pairs_of_one_currency
from workbench.reconciliation.matching.weighed.evidence import Evidence, gather
from workbench.reconciliation.matching.weighed.fees import find_fees
from workbench.reconciliation.matching.weighed.lags import (
    has_days_of_instants,
    holidays,
    is_bare,
    lags,
    pairs_by_chance,
)
from workbench.reconciliation.matching.weighed.logarithms import log_ratio
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs, some_of
from workbench.reconciliation.matching.weighed.probability import probabilities
from workbench.reconciliation.matching.weighed.references import Links
from workbench.reconciliation.matching.weighed.spans import span_of, spans_in
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.rules import Weighed
from workbench.reconciliation.weights import (
    DAY,
    MEASURES,
    REFERENCES,
    SHARED,
    SHARED_WORDS,
    START,
    WORDS,
    BookingDays,
    Fee,
    Span,
    Weights,
)

ROUNDS = 6
MOST_ROUNDS = 30  # by which weights have settled, or go round in circles
_SETTLED = 50  # they have if the units that stay open become one of so many more or fewer
WIDE_ROUNDS = 2  # these first rounds leave no amount out, since amounts less a fee only show later
_FINE = 1000  # probabilities count in thousandths, so that sums are whole numbers
_SMOOTH = 2 * _FINE  # so many matches by chance are added to differences in dates, of which there are many
_OF_TEXTS = _FINE // 2  # and so many to how texts stand, of which there are few ways
_USUAL_SHARE = 704  # in thousandths, the share of units with a match by which ``_prior`` is that of ``START``
_CERTAIN = 5_000
_UNLINKED = [REFERENCES.index(name) for name in ("nearly", "missing", "other")]
_ENOUGH = 20  # dates are learned from references if these tell at least this many pairs
_ARE_MOST = 4  # pairs with references speak for all units if these are at most this many times as many
_LEAST = 5  # a span is kept if it has at least this many of 1,000 matches
_ALONE = _FINE // 2  # and a span of dates at least so much of a match
_OF_TWO = 3 * _FINE // 2  # and one of amounts that differ more than one: it would else be its own evidence
_FEW = 2_500  # fees are looked for among so many units: of more, chance has made too many pairs
_MUCH = 10  # a cut-off tells so much more of each match, in hundredths of a bit


def fit(units: OpenUnits, certain: Ints, limit: int, columns: tuple[tuple[str, str], ...] = ()) -> Weights:
    """Weights by which the units explain themselves best, begun with usual ones.

    ``certain`` are pairs of units, a row each, that belong together: none of theirs has another partner; ``columns``
    are pairs of columns that say the same things. Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    begun = replace(START, columns=columns, **(_in_days() if is_bare(units) else _in_seconds()))
    texts = OpenTexts.of(units, begun.column_keys)
    known = units.pairs_of(certain)

    def explained(booking: BookingDays, fees: tuple[Fee, ...]) -> tuple[Weights, Evidence, Ints]:
        own = replace(units, booking=booking)
        begin = replace(begun, booking=booking, fees=fees)
        return _explaining(begin, own, texts, by_chance(own, texts), known, limit)

    booking = BookingDays(holidays=holidays(units))
    few = replace(some_of(units.pool, _FEW), booking=booking)
    fees = find_fees(few, START)
    weights, evidence, shares = explained(booking, fees)
    if not fees and (fees := find_fees(few, weights)):  # which show once it is known how much later payments are
        weights, evidence, shares = explained(booking, fees)
    if cut_off := _cut_off(weights, replace(units, booking=booking), evidence, shares):
        weights, _, _ = explained(replace(booking, cut_off=cut_off), fees)
    by_calendar = weights.measure in {"business_days", "booking_days"}
    return weights if by_calendar else replace(weights, booking=replace(weights.booking, holidays=()))


def _cut_off(weights: Weights, units: OpenUnits, evidence: Evidence, shares: Ints) -> int:
    """The hour, in seconds, from which on internal records count as of the next day, if that tells much more."""
    if not has_days_of_instants(units) or weights.measure == "seconds":
        return 0

    def telling(cut_off: int) -> int:
        check_stop()
        own = replace(units, booking=replace(units.booking, cut_off=cut_off))
        dates = {measure: pairs_by_chance(own, measure, spans_in(measure)) for measure in MEASURES[:-1]}
        chance = Chance(pairs_of_one_currency(own), dates, 0, np.zeros(0), np.zeros(0), (np.zeros(0), np.zeros(0)))
        return _telling(_best_measure(own, evidence, shares, chance)[1])

    best = max(range(3600, DAY, 3600), key=telling)
    return best if telling(best) - telling(0) >= _MUCH * int(shares.sum()) else 0


def _explaining(
    begun: Weights, units: OpenUnits, texts: OpenTexts, chance: Chance, known: Pairs, limit: int
) -> tuple[Weights, Evidence, Ints]:
    """The weights by which the units explain themselves best, begun with others; pairs, and the share of each."""
    first = gather(begun, Weighed(weights=begun), units, texts, limit)
    weights = _with_dates_of(_linked_to_nothing_else(units, texts.links), begun, units, first, chance)
    by_reference = weights if _ARE_MOST * weights.learned_from >= min(units.sizes) and weights is not begun else None
    evidence, spans, before = first, _spans(begun), 0
    for number in range(MOST_ROUNDS):
        if spans != _spans(weights):
            evidence, spans = gather(weights, Weighed(weights=weights), units, texts, limit), _spans(weights)
        weight = _with_known(evidence, evidence.weight(weights), known)
        share = probabilities(evidence.pairs, weight, units.sizes)
        shares = np.rint(share * _FINE).astype(np.int64)
        check_stop()
        weights = refit(weights, units, evidence, shares, chance, by_reference, number < WIDE_ROUNDS)
        total = int(shares.sum())
        if number > WIDE_ROUNDS and _SETTLED * abs(total - before) <= _FINE * (min(units.sizes) + 1) - total:
            break
        before = total
    return weights, evidence, shares


def _spans(weights: Weights) -> tuple[Any, ...]:
    """All that the evidence on pairs depends on."""
    spans = (tuple((span.low, span.high) for span in own) for own in (weights.amount, weights.date))
    return weights.measure, *spans, tuple((fee.rate, fee.fixed) for fee in weights.fees)


def usual_weights(units: OpenUnits, limit: int, columns: tuple[tuple[str, str], ...] = ()) -> Weights:
    """The usual weights with the share of units that have a match by them: where few have one, chance has made it.

    Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    weights = replace(START, columns=columns)
    evidence = gather(weights, Weighed(weights=weights), units, OpenTexts.of(units, weights.column_keys), limit)
    for _ in range(ROUNDS):
        share = probabilities(evidence.pairs, evidence.weight(weights), units.sizes)
        prior = _prior(int(np.rint(share * _FINE).sum()), units.sizes)
        weights = replace(weights, prior=min(prior, START.prior))
    return weights


def _linked_to_nothing_else(units: OpenUnits, links: Links) -> Pairs:
    """The pairs of one amount that share a reference with nothing else of that amount."""
    pairs = links.pairs.only(np.equal(*units.amounts(links.pairs)))
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
    references = _of_others(_sums(evidence.reference, share, len(REFERENCES)))
    words = _of_others(_sums(evidence.words, share, len(WORDS)))
    of_references = [
        _ratio(count, total, seen, chance.seen, _OF_TEXTS)
        for count, seen in zip(references, _references_by_chance(chance, evidence.pairs, share), strict=True)
    ]
    of_words = [
        _ratio(count, total, seen, chance.seen, _OF_TEXTS)
        for count, seen in zip(words, chance.words.tolist(), strict=True)
    ]
    of_references[: len(SHARED)] = [_part(count, total) for count in references[: len(SHARED)]]
    of_words[: len(SHARED_WORDS)] = [_part(count, total) for count in words[: len(SHARED_WORDS)]]
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
        prior=_prior(total, units.sizes),
        learned_from=total // _FINE,
        fees=tuple(replace(fee, weight=_part(n, total)) for fee, n in of_fees if n >= _least(total, _OF_TWO)),
    )


def _of_others(counts: list[int]) -> list[int]:
    """How many other matches show the same as one does: a single one would else be its own evidence."""
    return [max(count - _FINE, 0) for count in counts]


def _references_by_chance(chance: Chance, pairs: Pairs, share: Ints) -> list[int]:
    """How often references stand in each way by chance, where both units are open.

    What shares a reference is seldom open: of open units more share none than of all. Were these taken for all, that
    a pair shares none would speak for it.
    """
    seen: list[int] = chance.references.tolist()
    for linked, own in zip(chance.linked, pairs.both, strict=True):
        size, bare = len(linked), int((~linked).sum())
        still_open = np.maximum(_FINE - np.bincount(own, share, size).astype(np.int64), 0)
        among_open = int(still_open[~linked].sum()) * size + _OF_TEXTS * bare
        for number in _UNLINKED:
            seen[number] = seen[number] * among_open // max((int(still_open.sum()) + _OF_TEXTS) * bare, 1)
    return seen


def _best_measure(
    units: OpenUnits, evidence: Evidence, share: Ints, chance: Chance
) -> tuple[str, list[tuple[Span, int]]]:
    """The measure that tells matches best from chance, and its spans."""
    dated = {measure: _dated(measure, units, evidence, share, chance) for measure in chance.dates}
    return max(dated.items(), key=lambda own: _telling(own[1]))


def _telling(dated: Sequence[tuple[Span, int]]) -> int:
    """How much differences in dates tell of all matches."""
    return sum(span.weight * count for span, count in dated)


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


def _ratio(count: int, total: int, seen: int, pairs: int, smooth: int = _SMOOTH) -> int:
    """The logarithm of how often matches show something to how often chance does, with some matches by chance added."""
    seen = max(seen, 1)
    return log_ratio(count * pairs + smooth * seen, (total + smooth) * seen)


def _prior(total: int, sizes: tuple[int, int]) -> int:
    """What a pair has before any evidence: as many matches as there are for each pair of units that stay open.

    That is the prior by which as many matches are expected as were found. One unit more on each side counts as usual
    ones do, since of so many that all have a partner the next may have none.
    """
    matched = min(total, _FINE * min(sizes)) + _USUAL_SHARE
    open_e, open_i = (_FINE * (size + 1) - matched for size in sizes)
    return log_ratio(_FINE * matched * max(sizes), open_e * open_i)


def _in_days() -> dict[str, Any]:
    """The usual differences in days, and longer ones."""
    last = START.date[-1].high
    longer = [Span(low, high, -100) for low, high in spans_in(START.measure) if low > last]
    return {"date": (*START.date, *longer)}


def _in_seconds() -> dict[str, Any]:
    """Differences in dates that nothing is known of, but that a payment is booked first and soon."""
    spans = [(span, 200 if span[0] >= 0 else -200) for span in spans_in("seconds")]
    return {"measure": "seconds", "date": tuple(Span(*span, weight) for span, weight in spans)}
