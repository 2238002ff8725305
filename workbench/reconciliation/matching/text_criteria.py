"""Text criteria on pairs of units: met when any text of the one meets any text of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from workbench.exact import Ints
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.texts.text_codes import ALL_BITS, Values
from workbench.reconciliation.matching.texts.unit_texts import Texts, parts
from workbench.reconciliation.matching.units import Pool

NOT_MET = 2**62  # stands in place of a distance


class Outlines(NamedTuple):
    """Of each unit the bits that all of its texts have, those that any has, and how many may differ in a pair of units.

    What these rule out no comparison of letters would let pass: see ``Values.signatures``.
    """

    every: Ints
    some: Ints
    off: Ints


def outlines(criterion: Criterion | None, texts: Mapping[TextKey, Texts], units: Ints) -> Outlines:
    """The outlines of ``units`` for a criterion that says ``contains``; without one they rule nothing out."""
    every, some, off = np.zeros((3, len(units)), np.int64)
    if criterion is None:
        return Outlines(every, some, off)
    compared = texts[key_of(criterion)]
    position, code = parts(compared, units)
    signatures = compared.values.signatures[code]
    every[:] = ALL_BITS
    np.bitwise_and.at(every, position, signatures)
    np.bitwise_or.at(some, position, signatures)
    if criterion.allowable_drift:
        edits = letters(Fraction(criterion.allowable_drift), compared.values.lengths[code])
        off[position] = edits * compared.values.bits_of_a_letter if compared.single else ALL_BITS
    return Outlines(every, some, off)


def key_of(criterion: Criterion) -> TextKey:
    """The texts that a criterion compares, which is known to compare texts."""
    return cast(TextKey, criterion.text_key)


def meets_text(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Ints:
    """Which of the pairs of units meet a text criterion."""
    return letters_apart(criterion, pool, external, internal) != NOT_MET


def letters_apart(criterion: Criterion, pool: Pool, external: Ints, internal: Ints) -> Ints:
    """How far apart the texts of pairs of units are that meet a text criterion, ``NOT_MET`` where none do.

    That is the Levenshtein distance of the closest of them, which counts the letters that one has more where it holds
    the other; texts that are equal, by the criterion's own measure of that, are 0 apart.
    """
    key = key_of(criterion)
    pair, code_e, code_i = text_pairs(key, pool, external, internal)
    apart = np.where(code_e == code_i, 0, NOT_MET)
    if criterion.operator == "contains":
        values, differ = pool.external.texts[key].values, apart != 0
        apart[differ] = _contains(values, code_e[differ], code_i[differ], Fraction(criterion.allowable_drift))
    closest = np.full(len(external), NOT_MET)
    np.minimum.at(closest, pair, apart)
    return closest


def text_pairs(key: TextKey, pool: Pool, external: Ints, internal: Ints) -> tuple[Ints, Ints, Ints]:
    """Every pair of texts of every pair of units: the pair's position, the external and the internal code."""
    pair_e, code_e = parts(pool.external.texts[key], external)
    position, code_i = parts(pool.internal.texts[key], internal[pair_e])
    return pair_e[position], code_e[position], code_i


def distances(values: Values, code_e: Ints, code_i: Ints) -> tuple[Ints, Ints]:
    """For pairs of texts: their Levenshtein distance, and the longer one's length."""
    left, right, back = _distinct(values, code_e, code_i)
    # Threads take longer to start than a few thousand pairs take.
    workers = -1 if len(left) > 5_000 else 1
    apart = cpdist(left.texts, right.texts, scorer=Levenshtein.distance, dtype=np.int64, workers=workers)
    return apart[back], np.maximum(left.lengths, right.lengths)[back]


def letters(drift: Fraction, longer: Ints) -> Ints:
    """How many letters may differ: floor(longer length * drift / 100)."""
    lengths = np.flatnonzero(np.bincount(longer))
    edits = np.zeros(int(longer.max(initial=0)) + 1, np.int64)
    edits[lengths] = [int(length) * drift // 100 for length in lengths]
    return edits[longer]


def _contains(values: Values, code_e: Ints, code_i: Ints, drift: Fraction) -> Ints:
    """The distance of texts of which one holds the other, or that the drift allows to differ; else ``NOT_MET``."""
    apart = np.full(len(code_e), NOT_MET)
    one, other = values.signatures[code_e], values.signatures[code_i]
    held = (one & ~other == 0) | (other & ~one == 0)  # signatures rule the other pairs out
    left, right, back = _distinct(values, code_e[held], code_i[held])
    holds = np.array([a in b or b in a for a, b in zip(left.texts, right.texts, strict=True)], bool)
    more = np.where(holds, np.abs(left.lengths - right.lengths), NOT_MET)
    apart[held] = more[back]
    if drift:
        not_held = apart == NOT_MET
        distance, longer = distances(values, code_e[not_held], code_i[not_held])
        apart[not_held] = np.where(distance <= letters(drift, longer), distance, NOT_MET)
    return apart


class _Words(NamedTuple):
    texts: Sequence[str]
    lengths: Ints

    def __len__(self) -> int:
        return len(self.texts)


def _distinct(values: Values, code_e: Ints, code_i: Ints) -> tuple[_Words, _Words, Ints]:
    """Each pair of texts once, and where each of the pairs stands among them."""
    # The product of two 32-bit codes needs 64 bits.
    back, combined = pd.factorize(code_e.astype(np.int64) * len(values) + code_i)
    number, codes = pd.factorize(np.concatenate(np.divmod(combined, max(len(values), 1))))
    words = np.array(values.take(codes), object)
    lengths = np.array([len(word) for word in words], np.int64)
    left, right = number.reshape(2, -1)
    return _Words(words[left].tolist(), lengths[left]), _Words(words[right].tolist(), lengths[right]), back
