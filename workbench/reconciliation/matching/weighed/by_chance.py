"""By chance: how often pairs of records that have nothing to do with each other show what true ones do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.weighed.lags import is_bare, pairs_by_chance
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.references import reference_levels
from workbench.reconciliation.matching.weighed.spans import spans_in
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.words import common_words
from workbench.reconciliation.weights import MEASURES, REFERENCES, WORDS

_LOOKED_AT = 40_000  # chance is measured in at least this many pairs


@dataclass(frozen=True)
class Chance:
    """How often pairs of records that have nothing to do with each other show what true ones do."""

    pairs: int  # how many pairs of one currency there are
    dates: dict[str, list[int]]  # for each measure, how many of these pairs each span holds
    seen: int  # how many pairs were looked at for references and words
    references: Ints
    words: Ints
    linked: tuple[Ints, Ints]  # of each side, the units that share a reference with one of the other


def by_chance(units: OpenUnits, texts: OpenTexts) -> Chance:
    """Count dates in all pairs of one currency, and how texts stand in some that nothing but their place chose."""
    measures = MEASURES[:-1] if is_bare(units) else MEASURES
    dates = {measure: pairs_by_chance(units, measure, spans_in(measure)) for measure in measures}
    pairs = _some_pairs(units)
    references, words = reference_levels(units, pairs, texts.links)[0], common_words(pairs, texts.words)[0]
    return Chance(
        pairs_of_one_currency(units),
        dates,
        len(pairs),
        np.bincount(references, minlength=len(REFERENCES)),
        np.bincount(words, minlength=len(WORDS)),
        texts.links.units,
    )


def pairs_of_one_currency(units: OpenUnits) -> int:
    """How many pairs of one currency there are."""
    sizes = [np.bincount(own, minlength=len(units.pool.currencies)) for own in units.currencies]
    return int((sizes[0].astype(object) * sizes[1]).sum())


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
