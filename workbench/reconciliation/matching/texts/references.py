"""References: which of them a unit names, and whether a pair of units contradicts itself by them.

A record names its own reference, and every reference of the other side that its reference or its description mentions.
A reference is a text of the column of that name, or of an ancestor's, that has letters and digits both, or at least
five digits, and no more than 64 of both: what else stands there, as ``Invoice`` or ``1``, tells no records apart.

Two units contradict each other where the one names a reference that a unit of the other side names, too, and they
themselves share none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.texts.loose_texts import (
    Looks,
    carriers,
    held_in,
    index_of,
    looks_of,
    mentioned,
    own_shapes,
    words_of,
)
from workbench.reconciliation.matching.texts.stretches import tell
from workbench.reconciliation.matching.texts.unit_texts import Texts, collected, parts
from workbench.sides import SIDES, Side

FEWEST_DIGITS = 5  # a reference without letters has at least this many; fewer may be a year or a running number
MOST_LETTERS = 64  # the most letters and digits of a reference; a longer text is a sentence


def named(references: Mapping[Side, Texts], descriptions: Mapping[Side, Texts]) -> dict[Side, Texts]:
    """For each unit a code for every reference that it names, of those that units of both sides name.

    Two units contradict each other where at least one of them has a code and they share none.
    """
    if not len(references["external"].values):
        return dict(references)
    looks = _looks(references)
    steps = len(looks.shapes.data)
    codes = kernels.in_threads(steps, lambda side: own_shapes(references[side], looks), SIDES)
    own_codes = dict(zip(SIDES, codes, strict=True))
    carried = {side: carriers(texts.code, looks) for side, texts in own_codes.items()}
    either = index_of(looks.shapes, np.logical_or(*carried.values()))
    in_references = held_in(looks.words, either, whole=False)
    in_descriptions = held_in(words_of(descriptions["external"].values), either)

    def of_side(side: Side, other: Side) -> tuple[Ints, Ints]:
        """The units that name a reference, and its code: their own, and those that the other side carries."""
        names = [
            parts(own_codes[side], np.arange(len(own_codes[side]))),
            mentioned(references[side], in_references, carried[other]),
            mentioned(descriptions[side], in_descriptions, carried[other]),
        ]
        owner, code = (np.concatenate(column) for column in zip(*names, strict=True))
        return owner, code

    pairs = dict(zip(SIDES, kernels.in_threads(steps, of_side, SIDES, SIDES[::-1]), strict=True))
    known = np.logical_and(*(carriers(code, looks) for _, code in pairs.values()))
    return {
        side: collected(owner[known[code]], code[known[code]], looks.shapes, len(references[side]))
        for side, (owner, code) in pairs.items()
    }


def _looks(references: Mapping[Side, Texts]) -> Looks:
    """The looks of references; what is none of them has no code."""
    looks = looks_of(references["external"].values)
    shapes = looks.shapes
    telling = kernels.run(tell, len(shapes.data), shapes.data, shapes.start, shapes.end, FEWEST_DIGITS, MOST_LETTERS)
    telling = np.r_[telling, False]  # the last entry stands for texts without a code
    together = np.where(telling[looks.together], looks.together, -1)
    return looks._replace(together=together, apart=np.where(together >= 0, looks.apart, -1))
