"""Evidence: what speaks for and against candidate pairs, a whole number for each term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.breadth import EVIDENCE, NOT_LEARNED
from workbench.reconciliation.matching.candidates import Demands, Entries, centred, demands, entries, pairs
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.matching.weighed.amounts import Among, amount_classes
from workbench.reconciliation.matching.weighed.fees import pairs_by_fee
from workbench.reconciliation.matching.weighed.lags import dates_in
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.references import reference_levels
from workbench.reconciliation.matching.weighed.spans import OUTSIDE, bounds, spans_of_dates
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.words import common_words
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.weights import REFERENCES, WORDS, Weights


@dataclass(frozen=True)
class Evidence:
    """Candidate pairs and where they stand in each term: the numbers of spans and classes.

    A ``rarity`` is what chance leaves of an amount, a reference or words, in hundredths of a bit; ``size`` that of
    picking the one unit there is among all.
    """

    pairs: Pairs
    size: Ints
    amount: Ints
    amount_rarity: Ints
    date: Ints
    reference: Ints
    reference_rarity: Ints
    words: Ints
    words_rarity: Ints

    def weight(self, weights: Weights) -> Ints:
        """The sum of the terms of each pair."""
        return np.asarray(sum(term for _, term in self._terms(weights)))  # one at a time, which bounds memory

    def terms(self, weights: Weights) -> dict[str, Ints]:
        """What each term of each pair counts."""
        return dict(self._terms(weights))

    def only(self, chosen: Ints) -> Evidence:
        """The evidence on the chosen ones of these pairs."""
        columns = {field.name: getattr(self, field.name)[chosen] for field in fields(self) if field.name != "pairs"}
        return Evidence(self.pairs.only(chosen), **columns)

    def _terms(self, weights: Weights) -> Iterator[tuple[str, Ints]]:
        # The index OUTSIDE, -1, is the last entry.
        dates = np.array([*(span.weight for span in weights.date), weights.other_date])
        references = np.array([weights.reference[name] for name in REFERENCES])
        words = np.array([weights.words[name] for name in WORDS])
        yield "prior", weights.prior - self.size.astype(np.int64)
        yield "amount", of_amounts(weights)[self.amount] + self.amount_rarity
        yield "date", dates[self.date]
        yield "reference", references[self.reference] + self.reference_rarity
        yield "words", words[self.words] + self.words_rarity


def of_amounts(weights: Weights) -> Ints:
    """The weight of each span of amounts and, behind these, of each fee."""
    return np.array([*(span.weight for span in weights.amount), *(fee.weight for fee in weights.fees)])


@dataclass(frozen=True)
class Scales:
    """What pairs of open units are weighed on: all that is worked out once for each unit, whichever pairs it is in."""

    weights: Weights
    units: OpenUnits
    texts: OpenTexts

    def evidence(self, edges: Ints) -> Evidence:
        """The evidence on pairs whose amount is within what was seen, and whose date is or that share a reference."""
        units, links = self.units, self.texts.links
        candidates = units.pairs(edges)
        amount = amount_classes(units, candidates, self.weights)
        seen = amount != OUTSIDE
        edges, candidates, amount = edges[seen], candidates.only(seen), amount[seen]
        spans = bounds(self.weights.date)
        date = kernels.run(spans_of_dates, 4 * len(edges), *candidates.both, *self.dates, *spans)
        kept = (date != OUTSIDE) | links.among(edges)[0]
        candidates, amount, date = candidates.only(kept), amount[kept], date[kept]
        reference, reference_rarity = reference_levels(units, candidates, links)
        words, words_rarity = common_words(candidates, self.texts.words)
        return Evidence(
            candidates,
            self.sizes[units.currencies[0][candidates.external]],
            amount,
            self.among.rarity(candidates, amount, units.counts(candidates)).astype(np.int32),
            date,
            reference.astype(np.int16),
            reference_rarity.astype(np.int32),
            words.astype(np.int16),
            words_rarity.astype(np.int32),
        )

    @cached_property
    def dates(self) -> tuple[Ints, Ints]:
        """The date of each unit of both sides, in the measure of the weights."""
        return dates_in(self.weights.measure, self.units)

    @cached_property
    def among(self) -> Among:
        """How many amounts are like those of the units."""
        return Among.of(self.units, self.weights)

    @cached_property
    def sizes(self) -> Ints:
        """For each currency, the logarithm of how many units the larger side has."""
        return log2(np.maximum(np.maximum(*self.units.of_currency), 1)).astype(np.int32)


def gather(weights: Weights, rule: Rule, units: OpenUnits, texts: OpenTexts, limit: int) -> Evidence:
    """The evidence on all pairs whose amount is within what was seen, and whose date is or that share a reference.

    Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    scales = Scales(weights, units, texts)
    everywhere = tuple(np.ones(size, bool) for size in units.sizes)
    return scales.evidence(np.concatenate([*candidate_edges(scales, rule, (everywhere[0], everywhere[1]), limit)]))


def candidate_edges(scales: Scales, rule: Rule, free: tuple[Ints, Ints], limit: int) -> Iterator[Ints]:
    """Yield the edges of the pairs that may be within what was seen, ascending, a bounded number at a time.

    Beside those that share a reference these are pairs of units which are both ``free``. Raises ``RuleTooBroad``
    beyond ``limit`` pairs.
    """
    units, links = scales.units, scales.texts.links
    by_fee = [pairs_by_fee(units, fee, limit) for fee in scales.weights.fees]
    by_fee = [pairs.only(free[0][pairs.external] & free[1][pairs.internal]) for pairs in by_fee]
    others = distinct(np.concatenate([*map(units.edges_of, by_fee), links.edge]))
    begin = 0
    for near in _near(scales.weights, rule, units, free, limit):
        # All edges of an external unit come together.
        end = int(np.searchsorted(others, units.first_edge_behind(near)))
        yield distinct(np.concatenate([near, others[begin:end]]))
        begin = end
    yield others[begin:]


def _near(weights: Weights, rule: Rule, units: OpenUnits, free: tuple[Ints, Ints], limit: int) -> Iterator[Ints]:
    """The pairs whose amounts and dates differ as the weights have seen it, or nearly so; no empty parts."""
    wide, needs, pool, external, internal = within_seen(weights, rule, units, free)
    cost = EVIDENCE if weights.learned_from else NOT_LEARNED
    for pair_e, pair_i, _ in pairs(wide, needs, pool, external, internal, limit, cost):
        if len(pair_e):
            yield units.edges(pair_e, pair_i)


def within_seen(
    weights: Weights, rule: Rule, units: OpenUnits, free: tuple[Ints, Ints]
) -> tuple[Rule, Demands, Pool, Entries, Entries]:
    """A rule that allows all pairs whose differences the weights have seen, what it demands, and of which units."""
    wide = Rule(rule.name, weights.window, ignore_references=True)
    needs, pool = centred(demands(wide, units.pool), units.pool)
    return wide, needs, pool, *entries(needs, pool, units.external[free[0]], units.internal[free[1]])
