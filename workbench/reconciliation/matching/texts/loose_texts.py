"""Loose texts: texts as written in life, where case, blanks, punctuation and leading zeros make no difference.

A text is its words and numbers: stretches of letters, and of digits. Two texts are loosely equal if their letters and
digits are the same written together (``RF18 5390`` and ``RF185390``), or their words and numbers are
(``INV-2025-044`` and ``INV 2025/44``); leading zeros of a number do not count in either. A text mentions another if a
stretch of its words and numbers is loosely equal to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import Form
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.texts.stretches import hold, index, shape, space
from workbench.reconciliation.matching.texts.text_codes import Values, encode_laid_out, laid_out
from workbench.reconciliation.matching.texts.unit_texts import Texts, collected, parts
from workbench.sides import Side

_BLANK = 32
_HEADS = 1 << 16  # the size of the table of the first letters of shapes
_KEPT = np.array([ord(chr(n).lower()) if n > 127 or chr(n).isalnum() else _BLANK for n in range(256)], np.uint8)
LaidOut = tuple[Ints, Ints, Ints]  # the bytes of all texts, and where each text begins and ends


class Words(NamedTuple):
    """Distinct texts as words and numbers with one blank between any two, and in which a number follows another."""

    spaced: LaidOut
    follow: Ints


class Looks(NamedTuple):
    """Distinct texts as words and numbers, and the codes of their shapes over ``shapes``.

    ``together`` is the code of all written together, ``apart`` that of the words and numbers, which tells more only
    where two numbers follow each other; -1 is none.
    """

    words: Words
    together: Ints
    apart: Ints
    shapes: Values


class Index(NamedTuple):
    """Shapes of which some are known, and the table of ``stretches.index`` by which these are recognised."""

    shapes: Values
    table: tuple[Ints, ...]


class Held(NamedTuple):
    """The shapes that each distinct text holds: those of text ``j`` are ``shape[start[j]:start[j + 1]]``."""

    start: Ints
    shape: Ints


def in_form(form: Form, texts: Mapping[Side, Texts]) -> dict[Side, Texts]:
    """What units of both sides share a code of where they are equal loosely, or where one mentions the other."""
    looks = looks_of(next(iter(texts.values())).values)
    shapes = {side: own_shapes(text, looks) for side, text in texts.items()}
    return shapes if form == "loose" else _mentions(texts, shapes, looks)


def looks_of(values: Values) -> Looks:
    """Distinct texts as words and numbers."""
    words = words_of(values)
    letters, begin, stop = words.spaced
    data, start, end = _in_halves(shape, letters, begin, stop, True)
    follow = np.flatnonzero(words.follow)
    if len(follow):
        more = kernels.run(shape, len(letters), letters, begin[follow], stop[follow], False)
        start, end = np.r_[start, more[1] + len(data)], np.r_[end, more[2] + len(data)]
        data = np.concatenate([data, more[0]])
    codes, distinct = encode_laid_out(data, start, end, lower=False)
    apart = np.full(len(values), -1, codes.dtype)
    apart[follow] = codes[len(values) :]
    return Looks(words, codes[: len(values)], apart, distinct)


def words_of(values: Values) -> Words:
    """The words and numbers of distinct texts."""
    data, start, end = values.data, values.start, values.end
    if not values.lower:  # beyond ASCII, one letter may be written in several ways
        data, start, end = laid_out([pa.chunked_array([_normal(values.take(np.arange(len(values))))], pa.string())])
    spaced, begin, stop, follow = _in_halves(space, data, start, end, _KEPT)
    return Words((spaced, begin, stop), follow)


def _in_halves(kernel: Callable[..., Any], data: Ints, start: Ints, end: Ints, *options: Any) -> list[Ints]:
    """What a kernel writes of texts, laid out like these, of both halves of them one beside the other."""
    middle = len(start) // 2

    def write(half: slice) -> tuple[Ints, ...]:
        written: tuple[Ints, ...] = kernels.run(kernel, len(data), data, start[half], end[half], *options)
        return written

    first, second = kernels.in_threads(len(data), write, (slice(middle), slice(middle, None)))
    shift = len(first[0])
    second = second[0], second[1] + shift, second[2] + shift, *second[3:]
    return [np.concatenate(columns) for columns in zip(first, second, strict=True)]


def _normal(texts: list[str]) -> pa.Array:
    texts = [text if text.isascii() else unicodedata.normalize("NFKC", text).casefold() for text in texts]
    return pc.replace_substring_regex(pa.array(texts, pa.string()), r"[^\pL\pM\pN]+", " ")


def own_shapes(texts: Texts, looks: Looks) -> Texts:
    """The codes of the texts that units have themselves."""
    if texts.start is None and (looks.apart < 0).all():
        return Texts(np.r_[looks.together, -1][texts.code], looks.shapes)  # a unit without a text has code -1
    owner, code = parts(texts, np.arange(len(texts)))
    owners, codes = np.tile(owner, 2), np.concatenate([looks.together[code], looks.apart[code]])
    return collected(owners[codes >= 0], codes[codes >= 0], looks.shapes, len(texts))


def _mentions(texts: Mapping[Side, Texts], shapes_of_side: Mapping[Side, Texts], looks: Looks) -> dict[Side, Texts]:
    """For each unit a code for all that it mentions of the other side, and for what of its own the other side mentions.

    A code is even where the external text is the one that mentions, so that two which mention a third share none.
    """
    carried = {side: carriers(text.code, looks) for side, text in shapes_of_side.items()}
    held = held_in(looks.words, index_of(looks.shapes, np.logical_or(*carried.values())))
    owners: dict[Side, list[Ints]] = {side: [] for side in texts}
    codes: dict[Side, list[Ints]] = {side: [] for side in texts}
    pairs: tuple[tuple[Side, Side], ...] = (("external", "internal"), ("internal", "external"))
    for odd, (side, other) in enumerate(pairs):
        owner, form = mentioned(texts[side], held, carried[other])
        owners[side].append(owner)
        codes[side].append(2 * form + odd)
        carrier, carried_form = parts(shapes_of_side[other], np.arange(len(shapes_of_side[other])))
        is_mentioned = np.isin(carried_form, form)
        owners[other].append(carrier[is_mentioned])
        codes[other].append(2 * carried_form[is_mentioned] + odd)
    return {
        side: collected(np.concatenate(owners[side]), np.concatenate(codes[side]), looks.shapes, len(texts[side]))
        for side in texts
    }


def carriers(code: Ints, looks: Looks) -> Ints:
    """Which shapes are among these codes."""
    present = np.zeros(len(looks.shapes) + 1, bool)  # the last entry stands for texts without a code
    present[code] = True
    return present[:-1]


def mentioned(texts: Texts, held: Held, wanted: Ints) -> tuple[Ints, Ints]:
    """The units whose texts hold a ``wanted`` shape, and which; some stand there twice."""
    owner, value = parts(texts, np.arange(len(texts)))
    counts = np.diff(held.start)[value]
    holds = counts > 0
    owner, value, counts = owner[holds], value[holds], counts[holds]
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    form = held.shape[np.repeat(held.start[value], counts) + within]
    found = wanted[form]
    return np.repeat(owner, counts)[found], form[found]


def index_of(shapes: Values, chosen: Ints) -> Index:
    """An index by which the shapes that are ``chosen`` are recognised in texts."""
    numbers = np.flatnonzero(chosen)
    lengths = np.zeros(int(shapes.lengths[numbers].max(initial=0)) + 1, bool)
    lengths[shapes.lengths[numbers]] = True
    width = (3 * len(numbers) // 2).bit_length()
    slots, begins, bits = np.full(1 << width, -1, np.int32), np.zeros(_HEADS, bool), np.zeros(1 << width, np.uint8)
    steps = len(shapes) * 8
    hashes = kernels.run(index, steps, shapes.data, shapes.start, shapes.end, numbers, slots, begins, bits)
    return Index(shapes, (hashes, slots, begins, bits, lengths))


def held_in(words: Words, known: Index, *, whole: bool = True) -> Held:
    """Which of the ``known`` shapes each text holds. That it is such a shape as a ``whole`` may be left out."""
    data, start, end = words.spaced
    shapes = known.shapes

    def hold_those(texts: Ints, together: bool) -> tuple[Ints, Ints]:
        begin, stop = start[texts], end[texts]
        looked_in = data, begin, stop, shapes.data, shapes.start, shapes.end
        text, form = _pairs(4 * int((stop - begin).sum()), *looked_in, *known.table, together, whole)
        return texts[text], form

    halves = np.array_split(np.arange(len(start)), 2)
    pairs = kernels.in_threads(len(data), hold_those, (*halves, np.flatnonzero(words.follow)), (True, True, False))
    text, form = (np.concatenate(column) for column in zip(*pairs, strict=True))
    order = np.argsort(text, kind="stable")
    return Held(np.r_[0, np.cumsum(np.bincount(text, minlength=len(start)))], form[order])


def _pairs(steps: int, *arguments: Any) -> tuple[Ints, Ints]:
    room = 1 + steps // 64
    while True:
        text, form = np.empty((2, room), np.int64)
        count = kernels.run(hold, steps, *arguments, text, form)
        if count <= room:
            return text[:count], form[:count]
        room = count
