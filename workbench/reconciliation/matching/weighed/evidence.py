"""Evidence: what speaks for and against candidate pairs, a whole number for each term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.matching.candidates import centred, demands, entries, pairs
from workbench.reconciliation.matching.weighed.amounts import amount_rarity, amount_steps
from workbench.reconciliation.matching.weighed.lags import lags
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.references import standing
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.words import common_words
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.weights import REFERENCES, WORDS, Span, Weights

OUTSIDE = -1  # the number of a value that no span holds


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
        return np.asarray(sum(self.terms(weights).values()))

    def terms(self, weights: Weights) -> dict[str, Ints]:
        """What each term of each pair counts."""
        amounts = np.array([span.weight for span in weights.amount])
        # The index OUTSIDE, -1, is the last entry.
        dates = np.array([*(span.weight for span in weights.date), weights.other_date])
        references = np.array([weights.reference[name] for name in REFERENCES])
        words = np.array([weights.words[name] for name in WORDS])
        return {
            "prior": weights.prior - self.size,
            "amount": amounts[self.amount] + self.amount_rarity,
            "date": dates[self.date],
            "reference": references[self.reference] + self.reference_rarity,
            "words": words[self.words] + self.words_rarity,
        }


def gather(weights: Weights, rule: Rule, units: OpenUnits, texts: OpenTexts, limit: int) -> Evidence:
    """The evidence on all pairs whose amount is within what was seen, and whose date is or that share a reference.

    Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    links = texts.links
    edges = distinct(np.concatenate([_near(weights, rule, units, limit), links.edge]))
    candidates = units.pairs(edges)
    amount = span_of(weights.amount, amount_steps(units, candidates))
    edges, candidates, amount = edges[amount != OUTSIDE], candidates.only(amount != OUTSIDE), amount[amount != OUTSIDE]
    date = span_of(weights.date, lags(weights.measure, units, candidates))
    kept = (date != OUTSIDE) | links.among(edges)[0]
    candidates, amount, date = candidates.only(kept), amount[kept], date[kept]
    return Evidence(
        candidates,
        log2(np.maximum(*units.counts(candidates))),
        amount,
        amount_rarity(units, candidates, [weights.amount[number] for number in range(len(weights.amount))], amount),
        date,
        *standing(units, candidates, links),
        *common_words(candidates, texts.words),
    )


def span_of(spans: tuple[Span, ...], values: Ints) -> Ints:
    """The number of the span that holds each value, or ``OUTSIDE``; spans ascend."""
    low, high = (np.array([getattr(span, name) for span in spans]) for name in ("low", "high"))
    number = np.searchsorted(low, values, side="right") - 1
    return np.where((number >= 0) & (values <= high[number]), number, OUTSIDE)


def _near(weights: Weights, rule: Rule, units: OpenUnits, limit: int) -> Ints:
    """The pairs whose amounts and dates differ as the weights have seen it, or nearly so."""
    wide = Rule(rule.name, weights.window, ignore_references=True)
    needs, pool = centred(demands(wide, units.pool), units.pool)
    chunks = pairs(wide, needs, pool, *entries(needs, pool, units.external, units.internal), limit)
    return np.concatenate([np.zeros(0, np.int64), *(units.edges(e, i) for e, i, _ in chunks)])
