"""Evidence: what speaks for and against candidate pairs, a whole number for each term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.matching.breadth import EVIDENCE
from workbench.reconciliation.matching.candidates import centred, demands, entries, pairs
from workbench.reconciliation.matching.weighed.amounts import amount_classes, amount_rarity
from workbench.reconciliation.matching.weighed.fees import pairs_by_fee
from workbench.reconciliation.matching.weighed.lags import lags
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.references import standing
from workbench.reconciliation.matching.weighed.spans import OUTSIDE, span_of
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
        amounts = np.array([*(span.weight for span in weights.amount), *(fee.weight for fee in weights.fees)])
        # The index OUTSIDE, -1, is the last entry.
        dates = np.array([*(span.weight for span in weights.date), weights.other_date])
        references = np.array([weights.reference[name] for name in REFERENCES])
        words = np.array([weights.words[name] for name in WORDS])
        yield "prior", weights.prior - self.size.astype(np.int64)
        yield "amount", amounts[self.amount] + self.amount_rarity
        yield "date", dates[self.date]
        yield "reference", references[self.reference] + self.reference_rarity
        yield "words", words[self.words] + self.words_rarity


def gather(weights: Weights, rule: Rule, units: OpenUnits, texts: OpenTexts, limit: int) -> Evidence:
    """The evidence on all pairs whose amount is within what was seen, and whose date is or that share a reference.

    Raises ``RuleTooBroad`` beyond ``limit`` pairs.
    """
    links = texts.links
    by_fee = (units.edges_of(pairs_by_fee(units, fee, limit)) for fee in weights.fees)
    edges = distinct(np.concatenate([_near(weights, rule, units, limit), *by_fee, links.edge]))
    candidates = units.pairs(edges)
    amount = amount_classes(units, candidates, weights)
    edges, candidates, amount = edges[amount != OUTSIDE], candidates.only(amount != OUTSIDE), amount[amount != OUTSIDE]
    date = span_of(weights.date, lags(weights.measure, units, candidates))
    kept = (date != OUTSIDE) | links.among(edges)[0]
    candidates, amount, date = candidates.only(kept), amount[kept], date[kept]
    reference, reference_rarity = standing(units, candidates, links)
    words, words_rarity = common_words(candidates, texts.words)
    return Evidence(
        candidates,
        log2(np.maximum(*units.counts(candidates))).astype(np.int32),
        amount.astype(np.int16),
        amount_rarity(units, candidates, weights, amount).astype(np.int32),
        date.astype(np.int16),
        reference.astype(np.int16),
        reference_rarity.astype(np.int32),
        words.astype(np.int16),
        words_rarity.astype(np.int32),
    )


def _near(weights: Weights, rule: Rule, units: OpenUnits, limit: int) -> Ints:
    """The pairs whose amounts and dates differ as the weights have seen it, or nearly so."""
    wide = Rule(rule.name, weights.window, ignore_references=True)
    needs, pool = centred(demands(wide, units.pool), units.pool)
    chunks = pairs(wide, needs, pool, *entries(needs, pool, units.external, units.internal), limit, EVIDENCE)
    return np.concatenate([np.zeros(0, np.int64), *(units.edges(e, i) for e, i, _ in chunks)])
