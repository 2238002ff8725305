"""Weigh: the pairs with the greatest sum of evidence, where leaving a unit open counts 0."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.matching.assignment.cheapest import cheapest
from workbench.reconciliation.matching.assignment.shortest_paths import LEFT_OPEN
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.matching.weighed.evidence import Scales, candidate_edges
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.probability import probabilities
from workbench.reconciliation.matching.weighed.settled import settled_units
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.word_order import MOST, disorder
from workbench.reconciliation.rules import Weighed

CERTAIN = 10_000
WORTH_A_LOOK = CERTAIN // 10  # the least probability of what a rule suggests


@dataclass(frozen=True)
class EvidenceOfMatches:
    """Of each match what its terms count, in hundredths of a bit, how probable it is, and how its references stand.

    Probabilities are in ten-thousandths, references numbers in ``REFERENCES``.
    """

    terms: dict[str, Ints]
    probability: Ints
    reference: Ints

    def of(self, chosen: Ints) -> EvidenceOfMatches:
        """That of some of the matches."""
        terms = {name: term[chosen] for name, term in self.terms.items()}
        return EvidenceOfMatches(terms, self.probability[chosen], self.reference[chosen])


class Weighing(NamedTuple):
    """What a pass needs to know of a weighed rule, in its order."""

    external: Ints
    internal: Ints
    alternatives: Ints
    candidates: int
    reached_external: Ints
    reached_internal: Ints
    expected_by_chance: int | None
    evidence: EvidenceOfMatches


def weigh(rule: Weighed, pool: Pool, external: Ints, internal: Ints, limit: int) -> Weighing:
    """Pair open units by the greatest sum of weights; of equal ones by the order of words, amounts, dates and ids.

    A pair is a candidate if its weight is above 0, and an alternative to those of its units that are chosen if it is
    probable, whatever it weighs: one in ten thousand, which is the least that a probability says. What is less
    probable than the rule's ``min_probability`` is there too if it is worth a look. Raises ``RuleTooBroad`` beyond
    ``limit`` pairs.
    """
    weights, least = rule.weights, min(least_probable(rule), WORTH_A_LOOK)
    units = OpenUnits.of(pool, external, internal, weights.booking)
    scales = Scales(weights, units, OpenTexts.of(units, weights.column_keys))
    pairs, weight = _listed(scales, rule, limit)
    probability = np.rint(probabilities(pairs, weight, units.sizes) * CERTAIN).astype(np.int64)
    telling = np.flatnonzero(weight > 0)
    candidates = Pairs(*(own[telling].astype(np.int64) for own in pairs.both))
    apart = disorder(candidates, scales.texts.words)
    chosen = best(units, candidates, weight[telling].astype(np.int64), apart)
    chosen = chosen[probability[telling[chosen]] >= least]
    could_be = probability > 0
    could_be[telling[chosen]] = True
    degree_e, degree_i = (
        np.bincount(own[could_be], minlength=size) for own, size in zip(pairs.both, units.sizes, strict=True)
    )
    matched = scales.evidence(units.edges_of(candidates.only(chosen)))
    pairs, probability = matched.pairs, probability[telling[chosen]]
    reached_e, reached_i = (distinct(own) for own in candidates.both)
    return Weighing(
        units.external[pairs.external],
        units.internal[pairs.internal],
        degree_e[pairs.external] + degree_i[pairs.internal] - 2,
        len(candidates),
        units.external[reached_e],
        units.internal[reached_i],
        None,
        EvidenceOfMatches(matched.terms(weights), probability, matched.reference),
    )


def _listed(scales: Scales, rule: Weighed, limit: int) -> tuple[Pairs, Ints]:
    """All pairs that can matter, in the order of their edges, and their weights, in twelve bytes a pair."""
    settled_e, settled_i = settled_units(scales, rule, limit)
    parts: list[tuple[Ints, ...]] = [(np.zeros(0, np.int32),) * 3]
    for edges in candidate_edges(scales, rule, (~settled_e, ~settled_i), limit):
        evidence = scales.evidence(edges)
        columns = *evidence.pairs.both, evidence.weight(scales.weights)
        parts.append(tuple(column.astype(np.int32) for column in columns))
    external, internal, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Pairs(external, internal), weight


def least_probable(rule: Weighed) -> int:
    """The least probability of a match, in ten-thousandths."""
    return ceil(rule.min_probability * CERTAIN)


def best(units: OpenUnits, pairs: Pairs, weight: Ints, apart: Ints) -> Ints:
    """Of pairs in the order of their edges the places of those that are chosen; each weight is above 0.

    Of equal sums of weights that is best of which the pairs are least ``apart``, which is at most ``MOST`` each.
    """
    start = np.r_[0, np.cumsum(np.bincount(pairs.external, minlength=units.sizes[0]))]
    pool = units.pool
    values = (
        pool.external.amount[units.external],
        pool.external.date[units.external],
        pool.internal.amount[units.internal],
        pool.internal.date[units.internal],
    )
    mate = cheapest(start, pairs.internal, LEFT_OPEN - weight * (MOST * min(units.sizes) + 1) + apart, values)
    return np.flatnonzero(mate[pairs.external] == pairs.internal)
