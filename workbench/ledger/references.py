"""The references by which others know a transaction: those of its ancestors, and what Blnk added taken off."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.engine import fetch
from workbench.ledger.ancestry import Ancestry, Places
from workbench.records import Records

_LEG = r"^(.+)[_-]([0-9]{1,5})$"  # such as ref_1, ref-2
_MOST_ANCESTORS = 20  # for each transaction on average: deeper chains are cut there, so that time stays linear
_FEW = 1_000_000  # ancestors that are followed in any case


def other_references(internal: Records, ancestry: Ancestry, rows: Places) -> tuple[Places, pa.Array]:
    """References beside its own by which each of ``rows`` is known: the position in ``rows``, and the reference.

    These are its ancestors' references, and of a leg of a split the reference without the leg's number. A leg is one
    of several transactions of one root whose references differ in that number alone. The trailing ``_q`` of Blnk's
    queue is taken off.
    """
    names = fetch(_names(internal))
    own, stem = names["own"].combine_chunks(), _stems(names, ancestry)
    position, ancestor = _ancestors(ancestry.parent, rows)
    of_ancestor = own.take(pa.array(ancestor))
    news = pc.not_equal(of_ancestor, own.take(pa.array(rows[position]))).fill_null(True)
    is_new = np.asarray(pc.and_(news, of_ancestor.is_valid()).to_numpy(zero_copy_only=False), bool)
    known_by = np.concatenate([np.arange(len(rows)), position])
    stems = stem.take(pa.array(np.concatenate([rows, ancestor])))
    is_leg = np.asarray(stems.is_valid().to_numpy(zero_copy_only=False), bool)
    positions = np.concatenate([position[is_new], known_by[is_leg]])
    return positions, pa.concat_arrays([of_ancestor.filter(pa.array(is_new)), stems.filter(pa.array(is_leg))])


def _names(internal: Records) -> ir.Table:
    """Each transaction's reference without the queue's suffix; and split at what may be the number of a leg."""
    reference = internal.table.reference.strip()
    own = ibis.ifelse(reference.endswith("_q"), reference.left(reference.length() - 2), reference).nullif("")
    return internal.table.select(
        own=own,
        stem=own.re_extract(_LEG, 1).nullif(""),
        number=own.re_extract(_LEG, 2).nullif(""),
    )


def _stems(names: pa.Table, ancestry: Ancestry) -> pa.Array:
    """The reference of what each leg is a leg of; null for a transaction that is none."""
    stem, number = names["stem"].combine_chunks(), names["number"].combine_chunks()
    legs = np.flatnonzero(pc.and_(stem.is_valid(), ancestry.root.is_valid()).to_numpy(zero_copy_only=False))
    whole = np.column_stack([_codes(column.take(pa.array(legs))) for column in (ancestry.root, stem, number)])
    group = np.unique(whole[:, :2], axis=0, return_inverse=True)[1].reshape(-1) if len(legs) else legs
    numbers = np.unique(np.column_stack([group, whole[:, 2]]), axis=0)
    several = np.bincount(numbers[:, 0], minlength=int(group.max(initial=-1)) + 1) > 1
    is_leg = np.zeros(len(stem), bool)
    is_leg[legs[several[group]]] = True
    return pc.if_else(pa.array(is_leg), stem, pa.scalar(None, pa.string()))


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
