"""References as evidence: how those of a pair stand, and how rare it is that two share one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numba.extending import register_jitable

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.text_criteria import text_pairs
from workbench.reconciliation.matching.texts.text_codes import Values
from workbench.reconciliation.matching.texts.unit_texts import equal_pairs, parts
from workbench.reconciliation.matching.weighed.amounts import rarity
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.weights import AS_THEY_STAND, BY_TEXT, REFERENCES, SHARED

_CLASS = {name: number for number, name in enumerate(REFERENCES)}
_COMMON = 10_000  # a text that more pairs share says nothing
_CUT = 4  # a reference that was cut keeps at least this many digits
_DECORATED = 6  # one that others were put around, such as check digits, has at least this many
_MISTYPED = 5  # a mistyped reference has at least this many digits


@dataclass(frozen=True)
class Links:
    """Pairs of open units that share a reference, as edges that ascend, and how they stand."""

    edge: Ints
    level: Ints
    pairs: Pairs
    sizes: tuple[int, int]  # how many units each side has

    def among(self, edges: Ints) -> tuple[Ints, Ints]:
        """Which of these edges are among them, and the place of each that is."""
        place = np.minimum(np.searchsorted(self.edge, edges), max(len(self.edge) - 1, 0))
        return (self.edge[place] == edges if len(self.edge) else np.zeros(len(edges), bool)), place

    @cached_property
    def degrees(self) -> tuple[tuple[Ints, Ints], ...]:
        """How many links that stand so well or better each unit of both sides has, for each way in ``SHARED``."""
        return tuple(
            (
                np.bincount(self.pairs.external[up_to], minlength=self.sizes[0]),
                np.bincount(self.pairs.internal[up_to], minlength=self.sizes[1]),
            )
            for up_to in (self.level <= number for number in range(len(SHARED)))
        )

    @cached_property
    def units(self) -> tuple[Ints, Ints]:
        """Which units of each side are linked to any."""
        linked_e, linked_i = (degree > 0 for degree in self.degrees[-1])
        return linked_e, linked_i


def find_links(units: OpenUnits) -> Links:
    """All pairs of units of which one carries or mentions a reference of the other."""
    edges, levels = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for key, name in BY_TEXT.items():
        pairs = sharing(key, units)
        edges.append(units.edges_of(pairs))
        levels.append(np.full(len(pairs), _CLASS[name]))
    edge, level = np.concatenate(edges), np.concatenate(levels)
    order = np.lexsort((level, edge))
    edge, level = edge[order], level[order]
    first = np.r_[True, edge[1:] != edge[:-1]][: len(edge)]
    return Links(edge[first], level[first], units.pairs(edge[first]), units.sizes)


def sharing(key: TextKey, units: OpenUnits) -> Pairs:
    """The pairs of one currency that share a code of a text."""
    position_e, code_e = parts(units.pool.external.texts[key], units.external)
    position_i, code_i = parts(units.pool.internal.texts[key], units.internal)
    external, internal = equal_pairs(code_e, code_i, _COMMON)
    pairs = Pairs(position_e[external], position_i[internal])
    return pairs.only(units.currencies[0][pairs.external] == units.currencies[1][pairs.internal])


def reference_levels(units: OpenUnits, pairs: Pairs, links: Links) -> tuple[Ints, Ints]:
    """How the references of each pair stand, as a number in ``REFERENCES``, and how rare the shared one is."""
    edges = units.edges_of(pairs)
    linked, place = links.among(edges)
    linked_e, linked_i = links.units
    named_e, named_i = linked_e[pairs.external], linked_i[pairs.internal]
    classes = np.full(len(pairs), _CLASS["missing"])
    classes[~linked & (named_e | named_i)] = _CLASS["contradicted"]
    bare = np.flatnonzero(~linked & ~named_e & ~named_i)
    classes[bare] = _unlinked(units, pairs.only(bare))
    rare = np.zeros(len(pairs), np.int64)
    counts = units.counts(pairs)
    classes[linked] = links.level[place[linked]]
    for number in range(len(SHARED)):
        chosen, (degree_e, degree_i) = np.flatnonzero(classes == number), links.degrees[number]
        among_i, among_e = degree_e[pairs.external[chosen]], degree_i[pairs.internal[chosen]]
        rare[chosen] = rarity(among_e, among_i, *(count[chosen] for count in counts))
    return classes, rare


def _unlinked(units: OpenUnits, pairs: Pairs) -> Ints:
    """How references stand of which none is shared: nearly the same, others, or one is missing."""
    pool = units.pool
    pair, code_e, code_i = text_pairs(
        AS_THEY_STAND, pool, units.external[pairs.external], units.internal[pairs.internal]
    )
    classes = np.full(len(pairs), _CLASS["missing"])
    classes[pair] = _CLASS["other"]
    alike = _alike(pool.external.texts[AS_THEY_STAND].values, code_e, code_i)
    classes[pair[alike]] = _CLASS["nearly"]
    classes[pair[code_e == code_i]] = _CLASS["missing"]  # a reference that very many pairs share says nothing
    return classes


def _alike(values: Values, code_e: Ints, code_i: Ints) -> Ints:
    """Pairs of texts whose digits are the same but for one, or two swapped, or where one has some more at its ends."""
    back, combined = pd.factorize(code_e.astype(np.int64) * len(values) + code_i)
    distinct, place = np.unique(np.concatenate(np.divmod(combined, max(len(values), 1))), return_inverse=True)
    digits = ["".join(filter(str.isdigit, text)) for text in values.take(distinct)]
    start = np.r_[0, np.cumsum([len(text) for text in digits], dtype=np.int64)]
    data = np.frombuffer("".join(digits).encode("utf-32-le"), np.uint32)
    return np.asarray(kernels.run(are_alike, 20 * len(combined), data, start, *place.reshape(2, -1)))[back]


def are_alike(data: Ints, start: Ints, left: Ints, right: Ints) -> Ints:
    """Whether two numbers are nearly the same, for pairs of them, as a kernel (see ``kernels``)."""
    alike = np.zeros(len(left), np.bool_)
    for p in range(len(left)):
        one, other = data[start[left[p]] : start[left[p] + 1]], data[start[right[p]] : start[right[p] + 1]]
        short, long = (one, other) if len(one) <= len(other) else (other, one)
        alike[p] = (len(short) >= _MISTYPED and _one_apart(short, long)) or _inside(short, long)
    return alike


@register_jitable
def _one_apart(short: Ints, long: Ints) -> bool:
    """Whether they are the same but for one digit that is another, one more, or two that are swapped."""
    if len(long) - len(short) > 1:
        return False
    begin = 0
    while begin < len(short) and short[begin] == long[begin]:
        begin += 1
    rest, more = len(short), len(long)
    while rest > begin and short[rest - 1] == long[more - 1]:
        rest -= 1
        more -= 1
    swapped = rest - begin == 2 and short[begin] == long[begin + 1] and short[begin + 1] == long[begin]
    return more - begin <= 1 or (more == rest and swapped)


@register_jitable
def _inside(short: Ints, long: Ints) -> bool:
    """Whether the longer number is the shorter one with more digits before it or behind it; or both, if it is long."""
    if len(short) < _CUT:
        return False
    last = len(long) - len(short)
    for begin in range(last + 1):
        if len(short) < _DECORATED and 0 < begin < last:
            continue
        same = 0
        while same < len(short) and short[same] == long[begin + same]:
            same += 1
        if same == len(short):
            return True
    return False
