"""Words as evidence: those that the descriptions of both units have in common, the rarer the better."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.texts.unit_texts import Texts, parts
from workbench.reconciliation.matching.weighed.logarithms import log2
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.weights import BIT, OF_WORDS, WORDS

# A number of three digits or more, one with the letters that it is written with, or three letters or more.
_WORD = re.compile(r"\d[^\W_]{2,}|[^\W\d_]+\d[^\W_]*|[^\W\d_]{3,}")
_LETTERS = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i"})
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
_FULL = 10  # so many texts as long as the longest show how long texts can be
MOST_OF_WORDS = 20 * BIT  # shared words say no more than this, however many there are
_FACTOR, _MASK = 0x9E3779B97F4A7, 2**62 - 1  # the hash that makes a number of a set of words
_MANY = 64  # a word is common if one of so many units has it
_COMPARED = 2_000_000  # pairs whose words are compared together
_TOGETHER = 2_000  # and sets of words whose units are counted
_PLACES = 256  # so many words of a text have a place of their own
_CLASS = {name: number for number, name in enumerate(WORDS)}


class WordsOfUnits(NamedTuple):
    """The words of units as numbers: those of unit ``u`` from ``start[u]`` on, ascending.

    ``place`` says of each which word of its text it is, from 0; -1 of one that is a whole column.
    """

    start: Ints
    word: Ints
    place: Ints


@dataclass(frozen=True)
class Words:
    """The words of the open units of both sides.

    ``rare`` says of each word how rare it is, in hundredths of a bit, and ``on_both`` whether both sides have it.
    ``cut_e`` and ``cut_i`` say which units have a text that fills its field, so that more may have been cut off.
    """

    sides: tuple[WordsOfUnits, WordsOfUnits]
    rare: Ints
    on_both: Ints
    cut_e: Ints
    cut_i: Ints

    @cached_property
    def telling(self) -> tuple[int, ...]:
        """How many units of each side have a word that both sides know."""
        known = (np.r_[0, np.cumsum(self.on_both[side.word])][side.start] for side in self.sides)
        return tuple(max(int((np.diff(own) > 0).sum()), 1) for own in known)

    @cached_property
    def shareable(self) -> tuple[Ints, ...]:
        """How rare all words of each unit of both sides are together that the other side knows."""
        rare = np.where(self.on_both, self.rare, 0)
        return tuple(np.diff(np.r_[0, np.cumsum(rare[side.word])][side.start]) for side in self.sides)

    @cached_property
    def holders(self) -> tuple[tuple[Ints, ...], ...]:
        """Of each side what the kernel ``holders`` takes of it."""
        return tuple(self._held(side.start, side.word) for side in self.sides)

    @property
    def by_unit(self) -> tuple[Ints, ...]:
        """Where the words of each unit start, and the words, of both sides one after the other."""
        return tuple(column for side in self.sides for column in (side.start, side.word))

    def _held(self, start: Ints, word: Ints) -> tuple[Ints, ...]:
        order = np.argsort(word, kind="stable")
        begins = np.r_[0, np.cumsum(np.bincount(word, minlength=len(self.rare)))]
        unit = np.repeat(np.arange(len(start) - 1), np.diff(start))[order]
        return start, word, begins, unit, *_as_bits(begins, unit, len(start) - 1)


def find_words(units: OpenUnits, columns: Sequence[TextKey] = ()) -> Words:
    """The words in the descriptions of these units; what they say in ``columns`` is a word, too."""
    texts = units.pool.external.texts[OF_WORDS], units.pool.internal.texts[OF_WORDS]
    *sides, (cut_e, cut_i), distinct = _words(texts, units)
    for key in columns:
        sides, distinct = _with_codes(sides, key, units, distinct)
    per_e, per_i = (np.bincount(side.word, minlength=distinct) for side in sides)
    on_both = (per_e > 0) & (per_i > 0)
    words = Words((sides[0], sides[1]), np.zeros(distinct, np.int64), on_both, cut_e, cut_i)
    return replace(words, rare=_rarity(per_e, per_i, words))


def _with_codes(
    sides: Sequence[WordsOfUnits], key: TextKey, units: OpenUnits, distinct: int
) -> tuple[list[WordsOfUnits], int]:
    """The words of both sides with the codes of a text as further words, and how many words there are."""
    coded = []
    most = distinct
    for side, own, (start, word, place), size in zip(
        (units.pool.external, units.pool.internal), (units.external, units.internal), sides, units.sizes, strict=True
    ):
        owner, code = parts(side.texts[key], own)
        unit = np.concatenate([np.repeat(np.arange(size), np.diff(start)), owner])
        words = np.concatenate([word, distinct + code])
        order = np.lexsort((words, unit))
        places = np.concatenate([place, np.full(len(code), -1)])[order]
        coded.append(WordsOfUnits(np.r_[0, np.cumsum(np.bincount(unit, minlength=size))], words[order], places))
        most = max(most, int(words.max(initial=-1)) + 1)
    return coded, most


def common_words(pairs: Pairs, words: Words) -> tuple[Ints, Ints]:
    """How the words of each pair stand, as a number in ``WORDS``, and how rare those are that both have."""
    own = (*words.by_unit, words.rare)
    counted = [kernels.run(in_common, len(part) * 4, *pairs.only(part).both, *own) for part in _parts(pairs, _COMPARED)]
    count, total, key = (np.concatenate(column) for column in zip(*counted, strict=True))
    rare_e, rare_i = words.shareable
    known_e, known_i = rare_e[pairs.external], rare_i[pairs.internal]
    classes = np.where((known_e > 0) & (known_i > 0), _CLASS["none"], _CLASS["missing"])
    all_e, all_i = total * 4 >= known_e * 3, total * 4 >= known_i * 3
    # What one text says beyond the other speaks against the pair, unless it was cut off there.
    no_more = (all_e | words.cut_i[pairs.internal]) & (all_i | words.cut_e[pairs.external])
    nearly_all = np.where(no_more, _CLASS["shared"], _CLASS["contained"])
    a_part = np.where(total * 2 >= np.minimum(known_e, known_i), _CLASS["mostly"], _CLASS["partly"])
    classes[count > 0] = np.where(all_e | all_i, nearly_all, a_part)[count > 0]
    return classes, np.minimum(_rarity_of_sets(pairs, words, count, total, key), MOST_OF_WORDS)


def _rarity(among_e: Ints, among_i: Ints, words: Words) -> Ints:
    """How rare it is to share what so many units have, beside those that have any word which both sides know."""
    size_e, size_i = (max(len(side.start) - 1, 1) for side in words.sides)
    among = np.maximum(among_e, 1) * words.telling[1] + np.maximum(among_i, 1) * words.telling[0]
    return np.asarray(log2(np.array([2 * size_e * size_i])) - log2(among))


def _rarity_of_sets(pairs: Pairs, words: Words, count: Ints, total: Ints, key: Ints) -> Ints:
    """How rare it is that a unit has all the words which each pair shares.

    Words go together, as those of a shop's name: what each of them says alone does not add up.
    """
    several = np.flatnonzero(count > 1)
    if not len(several):
        return total
    _, first, back = np.unique(key[several], return_index=True, return_inverse=True)
    sets = pairs.only(several[first])
    held = []
    for side in words.holders:
        counted = [
            kernels.run(holders, len(side[1]), *sets.only(part).both, *words.by_unit, *side)
            for part in _parts(sets, _TOGETHER)
        ]
        held.append(np.concatenate(counted))
    rare = total.copy()
    rare[several] = np.minimum(rare[several], _rarity(held[0], held[1], words)[back.reshape(-1)])
    return rare


def _parts(pairs: Pairs, size: int) -> list[Ints]:
    """The places of pairs in parts of about a size, after each of which a run can be stopped."""
    return np.array_split(np.arange(len(pairs)), 1 + len(pairs) // size)


def _as_bits(begins: Ints, unit: Ints, units: int) -> tuple[Ints, Ints]:
    """The row of each word that many units have, or -1, and the bits of these units in it."""
    row = np.full(len(begins) - 1, -1)
    common = np.flatnonzero(np.diff(begins) * _MANY > units)
    row[common] = np.arange(len(common))
    bits = np.zeros((len(common), -(-units // 32) * 4), np.uint8)
    for place, word in enumerate(common):
        has = np.zeros(units, bool)
        has[unit[begins[word] : begins[word + 1]]] = True
        bits[place, : -(-units // 8)] = np.packbits(has)
    return row, bits.view(np.uint32)


def in_common(
    external: Ints, internal: Ints, start_e: Ints, word_e: Ints, start_i: Ints, word_i: Ints, rare: Ints
) -> tuple[Ints, Ints, Ints]:
    """For each pair how many words both have, how rare these are in all, and a number that stands for their set.

    The words of a unit ascend.
    """
    count = np.zeros(len(external), np.int64)
    key = np.zeros(len(external), np.int64)
    total = np.zeros(len(external), np.int64)
    for j in range(len(external)):
        e, i = start_e[external[j]], start_i[internal[j]]
        while e < start_e[external[j] + 1] and i < start_i[internal[j] + 1]:
            if word_e[e] == word_i[i]:
                count[j] += 1
                total[j] += rare[word_e[e]]
                key[j] = (int(key[j]) * _FACTOR + int(word_e[e]) + 1) & _MASK
                e += 1
                i += 1
            elif word_e[e] < word_i[i]:
                e += 1
            else:
                i += 1
    return count, total, key


@register_jitable
def _with_all(bits: Ints, rows: Ints, both: Ints) -> int:
    """How many bits are set in all of these rows; ``both`` has room for a row."""
    both[:] = bits[rows[0]]
    for row in rows:
        for place in range(len(both)):
            both[place] &= bits[row, place]
    count = 0
    for place in range(len(both)):
        value = int(both[place])
        value -= (value >> 1) & 0x55555555
        value = (value & 0x33333333) + ((value >> 2) & 0x33333333)
        count += (((value + (value >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24) & 0xFF
    return count


def holders(
    external: Ints,
    internal: Ints,
    start_e: Ints,
    word_e: Ints,
    start_i: Ints,
    word_i: Ints,
    start: Ints,
    word: Ints,
    begins: Ints,
    unit: Ints,
    row: Ints,
    bits: Ints,
) -> Ints:
    """How many units of one side have all the words that both units of each pair have.

    ``start`` and ``word`` are those of the side; the units with word ``w`` are ``unit[begins[w]]`` and the following,
    and those with a word that many have the bits in its ``row``, unless that is -1.
    """
    both = np.empty(bits.shape[1], np.uint32)
    count = np.zeros(len(external), np.int64)
    for j in range(len(external)):
        shared = np.empty(start_e[external[j] + 1] - start_e[external[j]], np.int64)
        size = 0
        rarest = -1
        i = start_i[internal[j]]
        for e in range(start_e[external[j]], start_e[external[j] + 1]):
            while i < start_i[internal[j] + 1] and word_i[i] < word_e[e]:
                i += 1
            if i < start_i[internal[j] + 1] and word_i[i] == word_e[e]:
                shared[size] = word_e[e]
                size += 1
                if rarest < 0 or begins[word_e[e] + 1] - begins[word_e[e]] < begins[rarest + 1] - begins[rarest]:
                    rarest = word_e[e]
        if row[rarest] >= 0:  # so have all others
            count[j] = _with_all(bits, row[shared[:size]], both)
            continue
        for place in range(begins[rarest], begins[rarest + 1]):
            k = start[unit[place]]
            known = 0
            while known < size and k < start[unit[place] + 1] and word[k] <= shared[known]:
                known += word[k] == shared[known]
                k += 1
            count[j] += known == size
    return count


def _words(texts: tuple[Texts, Texts], units: OpenUnits) -> tuple[WordsOfUnits, WordsOfUnits, list[Ints], int]:
    """The words of the open units of both sides, and how many there are.

    Who has a word that the other side has only the beginning of, where its text was cut off, has that beginning, too.
    Between both which units have a text that fills its field.
    """
    owned = [parts(own, chosen) for own, chosen in zip(texts, (units.external, units.internal), strict=True)]
    codes = [np.unique(code) for _, code in owned]
    written = [texts[0].values.take(own) for own in codes]
    full = [_full(own) for own in written]
    begun = [_cut_off(compress(own, filling)) for own, filling in zip(written, full, strict=True)]
    words = [[_words_in(text, cut) for text in own] for own, cut in zip(written, reversed(begun), strict=True)]
    known = {
        word: number for number, word in enumerate(sorted({word for side in words for own in side for word in own}))
    }
    sides, cut = [], []
    for (owner, code), own_codes, own_words, filling, size in zip(owned, codes, words, full, units.sizes, strict=True):
        counts = np.array([len(own) for own in own_words], np.int64)
        starts = np.r_[0, np.cumsum(counts)]
        numbers = np.array([known[word] * _PLACES + at for own in own_words for word, at in own.items()], np.int64)
        place = np.searchsorted(own_codes, code)
        row = np.repeat(np.arange(len(place)), counts[place])
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts[place]) - counts[place], counts[place])
        width = max(len(known), 1)
        pairs, at = np.divmod(np.sort(owner[row] * width * _PLACES + numbers[starts[place[row]] + within]), _PLACES)
        first = np.diff(pairs, prepend=-1) > 0
        of_unit, word = np.divmod(pairs[first], width)
        sides.append(WordsOfUnits(np.r_[0, np.cumsum(np.bincount(of_unit, minlength=size))], word, at[first]))
        cut.append(np.bincount(owner[filling[place]], minlength=size) > 0)
    return sides[0], sides[1], cut, len(known)


def _plain(text: str) -> str:
    """A text without accents."""
    if text.isascii():
        return text
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(letters).translate(_LETTERS)


def _spelt(word: str) -> str:
    """A word as it is without umlauts: Mueller is Müller, which is Muller."""
    for written, letter in _UMLAUTS:
        word = word.replace(written, letter)
    return word


def _words_in(text: str, begun: Mapping[int, set[str]]) -> dict[str, int]:
    """The words of a text, and where each stands."""
    words: dict[str, int] = {}
    for place, word in enumerate(_WORD.findall(_plain(text))):
        words.setdefault(_spelt(word), min(place, _PLACES - 1))
    beginnings = {word[:length]: at for word, at in words.items() for length in begun if word[:length] in begun[length]}
    return beginnings | words


def _full(texts: Sequence[str]) -> Ints:
    """Which texts are the longest ones, if so many are as long that they fill a field."""
    lengths = np.array([len(text) for text in texts], np.int64)
    longest = lengths == lengths.max(initial=0)
    return longest & bool(longest.sum() >= _FULL)


def _cut_off(texts: Iterable[str]) -> dict[int, set[str]]:
    """The words at the end of texts that fill a field, by their length."""
    last: dict[int, set[str]] = {}
    for text in map(_plain, texts):
        words = _WORD.findall(text)
        if words and text.endswith(words[-1]):
            word = _spelt(words[-1])
            last.setdefault(len(word), set()).add(word)
    return last
