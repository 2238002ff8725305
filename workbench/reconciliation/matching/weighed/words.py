"""Words as evidence: those that the descriptions of both units have in common, the rarer the better."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.unit_texts import Texts, parts
from workbench.reconciliation.matching.weighed.amounts import rarity
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.weights import BIT, OF_WORDS, WORDS

_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST = 20 * BIT  # they say no more, however many are shared
_CLASS = {name: number for number, name in enumerate(WORDS)}


@dataclass(frozen=True)
class Words:
    """The words of the open units of both sides as numbers, those of unit ``u`` from ``start[u]`` on, ascending.

    ``rare`` says of each word how rare it is, in hundredths of a bit.
    """

    start_e: Ints
    word_e: Ints
    start_i: Ints
    word_i: Ints
    rare: Ints


def find_words(units: OpenUnits) -> Words:
    """The words in the descriptions of these units."""
    texts = units.pool.external.texts[OF_WORDS], units.pool.internal.texts[OF_WORDS]
    (start_e, word_e), (start_i, word_i), distinct = _words(texts, units)
    per_e, per_i = (np.bincount(words, minlength=distinct) for words in (word_e, word_i))
    sizes = (np.full(distinct, max(size, 1)) for size in units.sizes)
    return Words(start_e, word_e, start_i, word_i, rarity(per_e, per_i, *sizes))


def common_words(at: Pairs, words: Words) -> tuple[Ints, Ints]:
    """How the words of each pair stand, as a number in ``WORDS``, and how rare those are that both have."""
    own = (words.start_e, words.word_e, words.start_i, words.word_i, words.rare)
    count, total = kernels.run(in_common, len(at) * 4, at.external, at.internal, *own)
    has_e, has_i = np.diff(words.start_e) > 0, np.diff(words.start_i) > 0
    found = np.where(has_e[at.external] & has_i[at.internal], _CLASS["none"], _CLASS["missing"])
    found[count > 0] = _CLASS["shared"]
    return found, np.minimum(total, _MOST)


def in_common(
    external: Ints, internal: Ints, start_e: Ints, word_e: Ints, start_i: Ints, word_i: Ints, rare: Ints
) -> tuple[Ints, Ints]:
    """For each pair how many words both have, and the sum of how rare these are; words of a unit ascend."""
    count = np.zeros(len(external), np.int64)
    total = np.zeros(len(external), np.int64)
    for j in range(len(external)):
        e, i = start_e[external[j]], start_i[internal[j]]
        while e < start_e[external[j] + 1] and i < start_i[internal[j] + 1]:
            if word_e[e] == word_i[i]:
                count[j] += 1
                total[j] += rare[word_e[e]]
                e += 1
                i += 1
            elif word_e[e] < word_i[i]:
                e += 1
            else:
                i += 1
    return count, total


def _words(texts: tuple[Texts, Texts], units: OpenUnits) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints], int]:
    """The words of the open units of both sides as numbers, those of unit ``u`` from ``start[u]`` on, and how many."""
    values = texts[0].values
    owned = [parts(own, chosen) for own, chosen in zip(texts, (units.external, units.internal), strict=True)]
    codes = np.unique(np.concatenate([code for _, code in owned]))
    words = [sorted(set(_WORD.findall(text))) for text in values.take(codes)]
    known = {word: number for number, word in enumerate(sorted({word for own in words for word in own}))}
    counts = np.array([len(own) for own in words], np.int64)
    starts = np.r_[0, np.cumsum(counts)]
    numbers = np.array([known[word] for own in words for word in own], np.int64)
    sides = []
    for (owner, code), size in zip(owned, units.sizes, strict=True):
        place = np.searchsorted(codes, code)
        at = np.repeat(np.arange(len(place)), counts[place])
        within = np.arange(len(at)) - np.repeat(np.cumsum(counts[place]) - counts[place], counts[place])
        pairs = np.unique(owner[at] * max(len(known), 1) + numbers[starts[place[at]] + within])
        of_unit, word = np.divmod(pairs, max(len(known), 1))
        sides.append((np.r_[0, np.cumsum(np.bincount(of_unit, minlength=size))], word))
    return sides[0], sides[1], len(known)
