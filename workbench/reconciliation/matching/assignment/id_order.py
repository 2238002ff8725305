"""The order of ids: of many units at once, by a few letters of each where these tell them apart."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels

_KEY_BYTES = 7  # a signed 64-bit number holds this many bytes


def rank_by_id(ids: pa.Array, units: Ints) -> Ints:
    """For each of ``units`` its rank among them by id, byte by byte, from 0; no unit is given twice.

    >>> rank_by_id(pa.array(["b", "a", "c"]), np.array([0, 2, 1])).tolist()
    [1, 2, 0]
    """
    rank = np.empty(len(units), np.int64)
    rank[order_by_id(ids, units)] = np.arange(len(units))
    return rank


def order_by_id(ids: pa.Array, units: Ints) -> Ints:
    """Positions into ``units`` that sort them by their ids."""
    if len(units) == 0 or not pa.types.is_string(ids.type):
        return pc.array_sort_indices(ids.take(units)).to_numpy().astype(np.int64)
    _, offsets, letters = ids.buffers()
    start = np.frombuffer(offsets, np.int32)[ids.offset :]
    data = np.frombuffer(letters or b"", np.uint8)
    key = kernels.run(_keys, len(units) * 5, data, start, units, _KEY_BYTES)
    order = np.argsort(key)
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.r_[same, False] | np.r_[False, same])
    whole = pc.rank(ids.take(units[order[tied]]), tiebreaker="first").to_numpy(zero_copy_only=False)
    order[tied] = order[tied][np.lexsort((whole, ordered[tied]))]
    return order


def _keys(data: Ints, start: Ints, units: Ints, letters: int) -> Ints:
    """For each unit the first few letters behind those that all ids begin with, as a number."""
    first = units[0]
    shared = start[first + 1] - start[first]
    for unit in units:
        shared = min(shared, start[unit + 1] - start[unit])
        k = 0
        while k < shared and data[start[unit] + k] == data[start[first] + k]:
            k += 1
        shared = k
    keys = np.zeros(len(units), np.int64)
    for j in range(len(units)):
        begin = start[units[j]] + shared
        end = start[units[j] + 1]
        key = 0
        for k in range(begin, begin + letters):
            key = key * 256 + (int(data[k]) if k < end else 0)
        keys[j] = key
    return keys
