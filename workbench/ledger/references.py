"""The references by which others know a transaction: those of its ancestors, and what Blnk added taken off."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.engine import fetch
from workbench.ledger.ancestry import Ancestry, Places
from workbench.records import Records

_SUFFIX = "_q"  # of Blnk's queue
_LEG = r"^(?P<stem>.+)[_-](?P<number>[0-9]{1,5})$"  # such as ref_1, ref-2
_MOST_ANCESTORS = 20  # for each transaction on average: deeper chains are cut there, so that time stays linear
_FEW = 1_000_000  # ancestors that are followed in any case


def other_references(internal: Records, ancestry: Ancestry, rows: Places) -> tuple[Places, pa.Array]:
    """References beside its own by which each of ``rows`` is known: the position in ``rows``, and the reference.

    These are its ancestors' references, and of a leg of a split the reference without the leg's number. A leg is one
    of several transactions of one root whose references differ in that number alone. The trailing ``_q`` of Blnk's
    queue is taken off.
    """
    position, ancestor = _ancestors(ancestry.parent, rows)
    if not len(position) and ancestry.root.null_count == len(ancestry.root):
        return position, pa.array([], pa.string())
    reference = _without_suffix(fetch(internal.table.select("reference"))["reference"].combine_chunks())
    stem = _stems(reference, ancestry)
    of_ancestor = reference.take(pa.array(ancestor))
    news = pc.not_equal(of_ancestor, reference.take(pa.array(rows[position]))).fill_null(True)
    is_new = np.asarray(pc.and_(news, of_ancestor.is_valid()).to_numpy(zero_copy_only=False), bool)
    known_by = np.concatenate([np.arange(len(rows)), position])
    stems = stem.take(pa.array(np.concatenate([rows, ancestor])))
    is_leg = np.asarray(stems.is_valid().to_numpy(zero_copy_only=False), bool)
    positions = np.concatenate([position[is_new], known_by[is_leg]])
    return positions, pa.concat_arrays([of_ancestor.filter(pa.array(is_new)), stems.filter(pa.array(is_leg))])


def _without_suffix(reference: pa.Array) -> pa.Array:
    """References without the queue's suffix; an empty one becomes null."""
    bare = pc.utf8_trim_whitespace(reference)
    without = pc.if_else(pc.ends_with(bare, _SUFFIX), pc.utf8_slice_codeunits(bare, 0, -len(_SUFFIX)), bare)
    return pc.if_else(pc.equal(without, ""), None, without)


def _stems(reference: pa.Array, ancestry: Ancestry) -> pa.Array:
    """The reference of what each leg is a leg of; null for a transaction that is none."""
    numbered = pc.match_substring_regex(reference, _LEG).fill_null(False)
    legs = np.flatnonzero(pc.and_(numbered, ancestry.root.is_valid()).to_numpy(zero_copy_only=False))
    stem, number = pc.extract_regex(reference.take(pa.array(legs)), _LEG).flatten()
    whole = np.column_stack([_codes(column) for column in (ancestry.root.take(pa.array(legs)), stem, number)])
    group = np.unique(whole[:, :2], axis=0, return_inverse=True)[1].reshape(-1) if len(legs) else legs
    numbers = np.unique(np.column_stack([group, whole[:, 2]]), axis=0)
    several = np.bincount(numbers[:, 0], minlength=int(group.max(initial=-1)) + 1) > 1
    is_leg = np.zeros(len(reference), bool)
    is_leg[legs[several[group]]] = True
    return pc.replace_with_mask(pa.nulls(len(reference), pa.string()), is_leg, stem.filter(pa.array(several[group])))


def _codes(column: pa.Array) -> NDArray[np.int32]:
    return np.asarray(column.dictionary_encode().indices.to_numpy(zero_copy_only=False), np.int32)


def _ancestors(parent: Places, rows: Places) -> tuple[Places, Places]:
    """Every ancestor of each of ``rows``: the position in ``rows``, and the ancestor's row; the nearest first."""
    position, ancestor = np.arange(len(rows)), parent[rows]
    positions, ancestors, room = [position[:0]], [ancestor[:0]], max(_FEW, _MOST_ANCESTORS * len(rows))
    while room > 0:
        there = ancestor >= 0
        position, ancestor = position[there], ancestor[there]
        if not len(position):
            break
        positions.append(position)
        ancestors.append(ancestor)
        room -= len(position)
        ancestor = parent[ancestor]
    return np.concatenate(positions), np.concatenate(ancestors)
