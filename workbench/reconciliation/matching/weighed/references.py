"""References as evidence: how those of a pair stand, and how rare it is that two share one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.text_codes import Values
from workbench.reconciliation.matching.texts import text_pairs
from workbench.reconciliation.matching.unit_texts import parts
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
    standing: Ints

    def among(self, edges: Ints) -> tuple[Ints, Ints]:
        """Which of these edges are among them, and the place of each that is."""
        place = np.minimum(np.searchsorted(self.edge, edges), max(len(self.edge) - 1, 0))
        return (self.edge[place] == edges if len(self.edge) else np.zeros(len(edges), bool)), place

    def units(self, units: OpenUnits) -> tuple[Ints, Ints]:
        """Which units of each side are linked to any."""
        linked_e, linked_i = (
            np.bincount(own, minlength=size) > 0
            for own, size in zip(units.pairs(self.edge).both, units.sizes, strict=True)
        )
        return linked_e, linked_i


def find_links(units: OpenUnits) -> Links:
    """All pairs of units of which one carries or mentions a reference of the other."""
    edges, standings = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for key, name in BY_TEXT.items():
        pairs = sharing(key, units)
        edges.append(units.edges_of(pairs))
        standings.append(np.full(len(pairs), _CLASS[name]))
    edge, standing = np.concatenate(edges), np.concatenate(standings)
    order = np.lexsort((standing, edge))
    edge, standing = edge[order], standing[order]
    first = np.r_[True, edge[1:] != edge[:-1]][: len(edge)]
    return Links(edge[first], standing[first])


def sharing(key: TextKey, units: OpenUnits) -> Pairs:
    """The pairs of one currency that share a code of a text."""
    position_e, code_e = parts(units.pool.external.texts[key], units.external)
    position_i, code_i = parts(units.pool.internal.texts[key], units.internal)
    external, internal = _joined(code_e, code_i)
    pairs = Pairs(position_e[external], position_i[internal])
    return pairs.only(units.currencies[0][pairs.external] == units.currencies[1][pairs.internal])


def standing(units: OpenUnits, pairs: Pairs, links: Links) -> tuple[Ints, Ints]:
    """How the references of each pair stand, as a number in ``REFERENCES``, and how rare the shared one is."""
    edges = units.edges_of(pairs)
    linked, place = links.among(edges)
    linked_pairs = units.pairs(links.edge)
    linked_e, linked_i = links.units(units)
    named_e, named_i = linked_e[pairs.external], linked_i[pairs.internal]
    classes = np.full(len(pairs), _CLASS["missing"])
    classes[~linked & (named_e | named_i)] = _CLASS["contradicted"]
    bare = np.flatnonzero(~linked & ~named_e & ~named_i)
    classes[bare] = _unlinked(units, pairs.only(bare))
    rare = np.zeros(len(pairs), np.int64)
    counts = units.counts(pairs)
    classes[linked] = links.standing[place[linked]]
    for number in range(len(SHARED)):
        chosen, up_to = classes == number, links.standing <= number
        among_i = np.bincount(linked_pairs.external[up_to], minlength=units.sizes[0])[pairs.external[chosen]]
        among_e = np.bincount(linked_pairs.internal[up_to], minlength=units.sizes[1])[pairs.internal[chosen]]
        rare[chosen] = rarity(among_e, among_i, *(count[chosen] for count in counts))
    return classes, rare


def _joined(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Places of equal codes on both sides, but for those of codes that very many pairs share."""
    size = int(max(left.max(initial=0), right.max(initial=0))) + 1
    per_left, per_right = np.bincount(left, minlength=size), np.bincount(right, minlength=size)
    telling = per_left * per_right <= _COMMON
    order = np.argsort(right, kind="stable")
    chosen = np.flatnonzero(telling[left])
    first = np.searchsorted(right[order], left[chosen])
    counts = per_right[left[chosen]]
    positions = np.repeat(chosen, counts)
    within = np.arange(len(positions)) - np.repeat(np.cumsum(counts) - counts, counts)
    return positions, order[np.repeat(first, counts) + within]


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
    left, right = ([digits[number] for number in half.tolist()] for half in place.reshape(2, -1))
    apart = cpdist(left, right, scorer=OSA.distance, score_cutoff=1, dtype=np.int64)
    shorter = np.array([min(len(a), len(b)) for a, b in zip(left, right, strict=True)], np.int64)
    inside = np.array([_inside(a, b) or _inside(b, a) for a, b in zip(left, right, strict=True)], bool)
    return np.asarray((((apart <= 1) & (shorter >= _MISTYPED)) | inside)[back])


def _inside(short: str, long: str) -> bool:
    """Whether the longer number is the shorter one with more digits before it or behind it; or both, if it is long."""
    if len(short) < _DECORATED:
        return len(short) >= _CUT and (long.startswith(short) or long.endswith(short))
    return short in long
