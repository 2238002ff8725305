"""The candidate pairs of a rule as a graph, in four bytes a pair, and four more where their texts are compared."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.exact import Ints
from workbench.reconciliation.matching.all_of import AllOf
from workbench.reconciliation.matching.assignment.id_order import order_by_id
from workbench.reconciliation.matching.candidates import Demands, Entries, pairs
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule

_COUNTED = 1_000_000  # units of this many pairs are counted together, which bounds memory


@dataclass(frozen=True)
class Graph:
    """Units of both sides in the order of their ids, so that ties fall to the lowest, and which may pair.

    ``adjacent[start[j]:start[j + 1]]`` are the places of the internal units that external unit ``j`` may pair with,
    ascending, and ``apart`` how many letters their texts are apart. Every external unit has one; ``degree`` says how
    many each internal unit has, which may be none.
    """

    external: Ints
    internal: Ints
    start: Ints
    adjacent: Ints
    apart: Ints
    degree: Ints


def candidate_graph(
    rule: Rule | AllOf, needs: Demands, pool: Pool, external: Entries, internal: Entries, limit: int
) -> Graph:
    """All pairs that a rule allows, each once. Raises ``RuleTooBroad`` if that means weighing more than ``limit``."""
    units_e, place_e = _in_order(external.unit, pool.external.ids)
    units_i, place_i = _in_order(internal.unit, pool.internal.ids)
    order = np.argsort(place_e[external.unit], kind="stable")
    ordered = Entries(external.unit[order], external.block[order])
    adjacent, apart, degree_e = array("i"), array("i"), np.zeros(len(units_e), np.int64)
    for pair_e, pair_i, letters in pairs(rule, needs, pool, ordered, internal, limit):
        edges = place_e[pair_e].astype(np.int64) * max(len(units_i), 1) + place_i[pair_i]
        # A unit stands once for each of its texts, so that a pair may come several times: it is kept once.
        edges, places = np.unique(edges, return_index=True)
        edge_e, edge_i = np.divmod(edges, max(len(units_i), 1))
        adjacent.frombytes(edge_i.astype(np.int32).tobytes())
        if needs.filters:
            apart.frombytes(letters[places].astype(np.int32).tobytes())
        present, counts = np.unique(edge_e, return_counts=True)
        degree_e[present] = counts  # all pairs of a unit come in one chunk
    paired = np.flatnonzero(degree_e)
    whole = np.frombuffer(adjacent, np.int32) if adjacent else np.zeros(0, np.int32)
    return Graph(
        units_e[paired],
        units_i,
        np.r_[0, np.cumsum(degree_e[paired])],
        whole,
        np.frombuffer(apart, np.int32) if apart else np.zeros(len(whole), np.int32),
        _degrees(whole, len(units_i)),
    )


def _in_order(units: Ints, ids: pa.Array) -> tuple[Ints, Ints]:
    """The distinct units in the order of their ids, and the place of each unit in it."""
    distinct = np.unique(units)
    ordered = distinct[order_by_id(ids, distinct)]
    place = np.zeros(len(ids), np.int32)
    place[ordered] = np.arange(len(ordered), dtype=np.int32)
    return ordered, place


def _degrees(adjacent: Ints, count: int) -> Ints:
    degree = np.zeros(count, np.int64)
    for begin in range(0, len(adjacent), _COUNTED):
        degree += np.bincount(adjacent[begin : begin + _COUNTED], minlength=count)
    return degree
