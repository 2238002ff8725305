"""Loose texts: texts as written in life, where case, blanks, punctuation and leading zeros make no difference.

A text is its words and numbers: stretches of letters, and of digits. Two texts are loosely equal if their letters and
digits are the same written together (``RF18 5390`` and ``RF185390``), or their words and numbers are
(``INV-2025-044`` and ``INV 2025/44``); leading zeros of a number do not count in either. A text mentions another if a
stretch of its words and numbers is loosely equal to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import Form
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.stretches import LETTERS, hold
from workbench.reconciliation.matching.text_codes import Values, encode, laid_out
from workbench.reconciliation.matching.unit_texts import Texts, collected, parts
from workbench.sides import Side


class _Looks(NamedTuple):
    """Distinct texts as blanks, words and numbers, and the codes of their letters and digits over ``values``.

    ``together`` is the code of all written together, ``apart`` that of the words and numbers, which tells more only
    where two numbers follow each other; -1 is none.
    """

    spaced: pa.ChunkedArray
    together: Ints
    apart: Ints
    values: Values


def in_form(form: Form, texts: Mapping[Side, Texts]) -> dict[Side, Texts]:
    """What units of both sides share a code of where they are equal loosely, or where one mentions the other."""
    looks = _looks(next(iter(texts.values())).values)
    own = {side: _own(text, looks) for side, text in texts.items()}
    return own if form == "loose" else _mentions(texts, own, looks)


def _looks(values: Values) -> _Looks:
    spaced = _spaced(values)
    numbers_follow = pc.match_substring_regex(spaced, "[0-9] [0-9]")
    together = pc.replace_substring_regex(pc.replace_substring(spaced, " ", ""), "(^|[^0-9])0+([0-9])", r"\1\2")
    apart = pc.if_else(numbers_follow, _without_zeros(spaced), pa.scalar(None, pa.string()))
    (code, apart_code), distinct = encode([together, apart])
    return _Looks(spaced, code, apart_code, distinct)


def _spaced(values: Values) -> pa.ChunkedArray:
    """Texts as their words and numbers, with one blank between any two."""
    texts = values.take(np.arange(len(values)))
    # One letter may be written in several ways beyond ASCII.
    texts = [text if text.isascii() else unicodedata.normalize("NFKC", text).casefold() for text in texts]
    spaced = pc.replace_substring_regex(pa.chunked_array([texts], pa.string()), r"[^\pL\pM\pN]+", " ")
    spaced = pc.replace_substring_regex(spaced, "([0-9])([^0-9 ])", r"\1 \2")
    return pc.ascii_trim_whitespace(pc.replace_substring_regex(spaced, "([^0-9 ])([0-9])", r"\1 \2"))


def _without_zeros(spaced: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(spaced, "(^| )0+([0-9])", r"\1\2")


def _own(texts: Texts, looks: _Looks) -> Texts:
    """The codes of the texts that units have themselves."""
    if texts.start is None and (looks.apart < 0).all():
        return Texts(np.r_[looks.together, -1][texts.code], looks.values)  # a unit without a text has code -1
    owner, code = parts(texts, np.arange(len(texts)))
    owners, codes = np.tile(owner, 2), np.concatenate([looks.together[code], looks.apart[code]])
    return collected(owners[codes >= 0], codes[codes >= 0], looks.values, len(texts))


def _mentions(texts: Mapping[Side, Texts], own: Mapping[Side, Texts], looks: _Looks) -> dict[Side, Texts]:
    """For each unit a code for all that it mentions of the other side, and for what of its own the other side mentions.

    A code is even where the external text is the one that mentions, so that two which mention a third share none.
    """
    owners: dict[Side, list[Ints]] = {side: [] for side in texts}
    codes: dict[Side, list[Ints]] = {side: [] for side in texts}
    pairs: tuple[tuple[Side, Side], ...] = (("external", "internal"), ("internal", "external"))
    for odd, (side, other) in enumerate(pairs):
        owner, form = _mentioned(texts[side], own[other], looks)
        owners[side].append(owner)
        codes[side].append(2 * form + odd)
        carrier, carried = parts(own[other], np.arange(len(own[other])))
        known = np.isin(carried, form)
        owners[other].append(carrier[known])
        codes[other].append(2 * carried[known] + odd)
    return {
        side: collected(np.concatenate(owners[side]), np.concatenate(codes[side]), looks.values, len(texts[side]))
        for side in texts
    }


def _mentioned(texts: Texts, others: Texts, looks: _Looks) -> tuple[Ints, Ints]:
    """The units whose texts mention one of ``others``, and what: the code of its form."""
    owner, value = parts(texts, np.arange(len(texts)))
    values, place = np.unique(value, return_inverse=True)
    forms = np.unique(others.code[others.code >= 0])
    shapes = pa.array(looks.values.take(forms), pa.string())
    order = pc.sort_indices(shapes).to_numpy()
    forms, shapes = forms[order], shapes.take(order)
    apart = pc.match_substring(shapes, " ").to_numpy(zero_copy_only=False)
    spaced = looks.spaced.take(pa.array(values))
    held = [_search(spaced, shapes, forms, ~apart, together=True)]
    if apart.any():
        held.append(_search(_without_zeros(spaced), shapes, forms, apart, together=False))
    text, form = (np.concatenate(column) for column in zip(*held, strict=True))
    by_text = np.argsort(text, kind="stable")
    text, form = text[by_text], form[by_text]
    first, last = np.searchsorted(text, place), np.searchsorted(text, place, side="right")
    counts = last - first
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(owner, counts), form[np.repeat(first, counts) + within]


def _search(
    spaced: pa.ChunkedArray, shapes: pa.Array, forms: Ints, chosen: Ints, *, together: bool
) -> tuple[Ints, Ints]:
    """The positions of texts that hold one of the ``chosen`` shapes, and the code of its form."""
    data, start, end = laid_out([spaced])
    s_data, s_start, s_end = laid_out([pa.chunked_array([shapes.filter(pa.array(chosen))])])
    lengths = s_end - s_start
    begins = s_data[s_start].astype(np.int64) * LETTERS
    begins[lengths > 1] += s_data[s_start[lengths > 1] + 1]
    bounds = np.searchsorted(begins, np.arange(LETTERS * LETTERS + 1))
    text, shape = kernels.run(hold, len(data) * 4, data, start, end, s_data, s_start, s_end, bounds, together)
    return text, forms[chosen][shape]
