"""Loose texts: texts as written in life, where case, blanks, punctuation and leading zeros make no difference.

A text is its words and numbers: stretches of letters, and of digits. Two texts are loosely equal if their letters and
digits are the same written together (``RF18 5390`` and ``RF185390``), or their words and numbers are
(``INV-2025-044`` and ``INV 2025/44``); leading zeros of a number do not count in either. A text mentions another if a
stretch of its words and numbers is loosely equal to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import Form
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.stretches import hold, index, shape, space
from workbench.reconciliation.matching.text_codes import Values, encode_laid_out, laid_out
from workbench.reconciliation.matching.unit_texts import Texts, collected, parts
from workbench.sides import Side

_BLANK = 32
_HEADS = 1 << 16  # the size of the table of the first letters of shapes
_KEPT = np.array([ord(chr(n).lower()) if n > 127 or chr(n).isalnum() else _BLANK for n in range(256)], np.uint8)
LaidOut = tuple[Ints, Ints, Ints]  # the bytes of all texts, and where each text begins and ends


class Looks(NamedTuple):
    """Distinct texts as words and numbers with blanks between them, and the codes of their shapes over ``shapes``.

    ``together`` is the code of all written together, ``apart`` that of the words and numbers, which tells more only
    where two numbers follow each other; -1 is none.
    """

    spaced: LaidOut
    together: Ints
    apart: Ints
    shapes: Values


class Index(NamedTuple):
    """Shapes that are known, and the table of ``stretches.index`` by which they are recognised."""

    shapes: Values
    table: tuple[Ints, ...]


def in_form(form: Form, texts: Mapping[Side, Texts]) -> dict[Side, Texts]:
    """What units of both sides share a code of where they are equal loosely, or where one mentions the other."""
    looks = looks_of(next(iter(texts.values())).values)
    own = {side: own_shapes(text, looks) for side, text in texts.items()}
    return own if form == "loose" else _mentions(texts, own, looks)


def looks_of(values: Values) -> Looks:
    """Distinct texts as words and numbers."""
    spaced = words_of(values)
    steps = len(spaced[0])
    shapes = [kernels.run(shape, steps, *spaced, together) for together in (True, False)]
    data = np.concatenate([own for own, _, _ in shapes])
    start, end = (np.concatenate([shapes[0][k], shapes[1][k] + len(shapes[0][0])]) for k in (1, 2))
    codes, distinct = encode_laid_out(data, start, end, lower=False)
    together, apart = np.split(codes, 2)
    return Looks(spaced, together, apart, distinct)


def words_of(values: Values) -> LaidOut:
    """The words and numbers of distinct texts, with one blank between any two."""
    data, start, end = values.data, values.start, values.end
    if not values.lower:  # beyond ASCII, one letter may be written in several ways
        data, start, end = laid_out([pa.chunked_array([_normal(values.take(np.arange(len(values))))], pa.string())])
    return kernels.run(space, len(data), data, start, end, _KEPT)


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


def _mentions(texts: Mapping[Side, Texts], own: Mapping[Side, Texts], looks: Looks) -> dict[Side, Texts]:
    """For each unit a code for all that it mentions of the other side, and for what of its own the other side mentions.

    A code is even where the external text is the one that mentions, so that two which mention a third share none.
    """
    owners: dict[Side, list[Ints]] = {side: [] for side in texts}
    codes: dict[Side, list[Ints]] = {side: [] for side in texts}
    pairs: tuple[tuple[Side, Side], ...] = (("external", "internal"), ("internal", "external"))
    for odd, (side, other) in enumerate(pairs):
        carrier, carried = parts(own[other], np.arange(len(own[other])))
        owner, form = mentioned(texts[side], looks.spaced, index_of(looks.shapes, np.unique(carried)))
        owners[side].append(owner)
        codes[side].append(2 * form + odd)
        known = np.isin(carried, form)
        owners[other].append(carrier[known])
        codes[other].append(2 * carried[known] + odd)
    return {
        side: collected(np.concatenate(owners[side]), np.concatenate(codes[side]), looks.shapes, len(texts[side]))
        for side in texts
    }


def index_of(shapes: Values, chosen: Ints) -> Index:
    """An index by which the ``chosen`` shapes are recognised in texts."""
    lengths = np.zeros(int(shapes.lengths[chosen].max(initial=0)) + 1, bool)
    lengths[shapes.lengths[chosen]] = True
    width = (4 * len(chosen)).bit_length()
    slots, begins, bits = np.full(1 << width, -1, np.int32), np.zeros(_HEADS, bool), np.zeros(1 << width, np.uint8)
    own = shapes.data, shapes.start, shapes.end
    hashes = kernels.run(index, len(shapes) * 8, *own, chosen, slots, begins, bits)
    return Index(shapes, (hashes, slots, begins, bits, lengths))


def mentioned(texts: Texts, spaced: LaidOut, known: Index, *, whole: bool = True) -> tuple[Ints, Ints]:
    """The units whose texts mention one of the ``known`` shapes, and which; some stand there twice.

    ``spaced`` are the texts' values. Those that are such a shape as a ``whole`` may be left out.
    """
    data, start, end = spaced
    owner, value = parts(texts, np.arange(len(texts)))
    present = np.zeros(len(start), bool)
    present[value] = True
    values = np.flatnonzero(present)
    if not len(values):
        return owner[:0], value[:0]
    text, form = _held(data, start[values], end[values], known, whole)
    by_text = np.argsort(text, kind="stable")
    text, form = values[text[by_text]], form[by_text]
    count = np.bincount(text, minlength=len(present))
    first = np.cumsum(count) - count
    holds = count[value] > 0
    owner, value = owner[holds], value[holds]
    counts = count[value]
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(owner, counts), form[np.repeat(first[value], counts) + within]


def _held(data: Ints, start: Ints, end: Ints, known: Index, whole: bool) -> tuple[Ints, Ints]:
    """The positions of texts that hold one of the ``known`` shapes, and which."""
    shapes = known.shapes
    own = shapes.data, shapes.start, shapes.end
    steps = 4 * int((end - start).sum())
    ways = (True, False) if (shapes.data == _BLANK).any() else (True,)
    held = [_pairs(steps, data, start, end, *own, *known.table, way, whole) for way in ways]
    text, form = (np.concatenate(column) for column in zip(*held, strict=True))
    return text, form


def _pairs(steps: int, *arguments: Any) -> tuple[Ints, Ints]:
    room = 1 + steps // 64
    while True:
        text, form = np.empty((2, room), np.int64)
        count = kernels.run(hold, steps, *arguments, text, form)
        if count <= room:
            return text[:count], form[:count]
        room = count
