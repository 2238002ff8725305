"""Where transactions come from: the parent of each, its ancestors, and the root that its group goes by.

Blnk books a queued payment as two rows: a QUEUED one, and the APPLIED one, whose parent is the QUEUED one. So a parent
in Blnk's column may be no more than a record's own place in the queue; what it belongs to stands further up.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.engine import fetch, json_member
from workbench.records import Records

Places = NDArray[np.int64]
_KEPT_PARENT = "QUEUED_PARENT_TRANSACTION"  # where Blnk's queue keeps the id of what was split, or sent in bulk
_NO_ID = r'^(\{["}]|\[|(true|false)$)'  # an object, a list or a truth value there: whatever it says, it is no id
_WAITING = ("QUEUED", "SCHEDULED")  # the row that a transaction has while it waits, and keeps when it is applied
_NONE = -1


CIRCULAR = "are their own ancestors, so each counts as having none in the ledger"
ABSENT = "have a parent that is not in the ledger, whose id alone is known, as that of a split always is"
EXAMPLES = 3


@dataclass(frozen=True)
class ParentFinding:
    """Something to know of the parents of ``transactions`` rows, with the first of them as ``examples``."""

    finding: str  # CIRCULAR or ABSENT
    transactions: int
    examples: str


@dataclass(frozen=True)
class Ancestry:
    """What stands above each transaction of a ledger, all in the order of its rows.

    ``root`` is the id of the first ancestor that is not the transaction's own row in the queue, null where there is
    none; it need not be in the ledger. ``parent`` is the row of the next ancestor, -1 where none is in the ledger.
    ``findings`` tell of the rows that are their own ancestors (they are taken to have none in the ledger), and of those
    whose parent is not in the ledger.
    """

    root: pa.Array
    parent: Places
    findings: tuple[ParentFinding, ...]


def has_ancestry(internal: Records) -> bool:
    """Whether a ledger has a column that names the parents of its transactions."""
    return bool({"parent_transaction", "meta_data"} & set(internal.given))


def read_ancestry(internal: Records) -> Ancestry:
    """Find the parent and the root of each transaction, whatever its status.

    The time it takes goes with the number of transactions; chains may be of any depth.

    >>> from workbench.sources import read_internal
    >>> booked = read_internal([
    ...     {"transaction_id": name, "parent_transaction": parent, "status": status, "amount": 1, "currency": "EUR",
    ...      "created_at": "2026-01-01"} for name, parent, status in [("q", "split", "QUEUED"), ("a", "q", "APPLIED")]])
    >>> read_ancestry(booked).root.to_pylist()
    ['split', 'split']
    """
    rows = fetch(_links(internal))
    ids = rows["id"].combine_chunks()
    named, kept = _trimmed(rows["parent"].combine_chunks()), rows["kept"].combine_chunks()
    kept = pc.if_else(pc.match_substring_regex(kept, _NO_ID), None, kept)
    queued = rows["queued"].to_numpy()
    place = _places_of(named, ids)
    # What the queue keeps helps where the parent is not there: a row of the queue that was not exported, say.
    is_other = pc.and_(kept.is_valid(), pc.not_equal(kept, named).fill_null(True)).to_numpy(zero_copy_only=False)
    missing = np.flatnonzero((place < 0) & is_other)
    instead = pc.coalesce(_trimmed(kept.take(pa.array(missing))), named.take(pa.array(missing)))
    above = _replaced(named, missing, instead)
    parent = place
    parent[missing] = _places_of(instead, ids)
    on_circle = _on_circle(parent)
    parent[on_circle] = _NONE
    top = _climb(np.where(queued[parent] & (parent >= 0), parent, _NONE))
    root = above.take(pa.array(top))
    rootless = np.flatnonzero(root.is_null().to_numpy(zero_copy_only=False))
    of_queue = _replaced(ids.take(pa.array(top[rootless])), np.flatnonzero(top[rootless] == rootless), None)
    root = _replaced(root, rootless, pc.coalesce(_trimmed(kept.take(pa.array(rootless))), of_queue))
    is_absent = np.array(above.is_valid().to_numpy(zero_copy_only=False)) & (parent < 0)
    is_absent[on_circle] = False
    absent = np.flatnonzero(is_absent)
    findings = [_finding(what, places, ids, above) for what, places in ((CIRCULAR, on_circle), (ABSENT, absent))]
    return Ancestry(root, parent, tuple(finding for finding in findings if finding.transactions))


def _finding(what: str, places: Places, ids: pa.Array, parents: pa.Array) -> ParentFinding:
    first = pa.array(places[:EXAMPLES])
    pairs = zip(ids.take(first).to_pylist(), parents.take(first).to_pylist(), strict=True)
    return ParentFinding(what, len(places), ", ".join(f"{name} (parent {parent})" for name, parent in pairs))


def _links(internal: Records) -> ir.Table:
    """Each transaction's id, its parent's id, the parent that the queue keeps, and whether the transaction waits."""
    table = internal.table
    status = table.status.upper()
    waits = ibis.or_(*(status.contains(name) for name in _WAITING))
    # To take blanks off takes the engine longer than all the rest: Arrow does that, or nobody where it need not be.
    return table.select(
        id=table.transaction_id,
        parent=table.parent_transaction,
        kept=json_member(table.meta_data.cast("string"), _KEPT_PARENT).nullif(table.transaction_id),
        queued=ibis.ifelse(waits, status.strip().isin(_WAITING), False).fill_null(False),
    )


def _trimmed(ids: pa.Array) -> pa.Array:
    """Ids without blanks around them; empty ones become null."""
    bare = pc.ascii_trim_whitespace(ids)
    return _replaced(bare, np.flatnonzero(pc.equal(pc.binary_length(bare), 0).fill_null(False).to_numpy(False)), None)


def _replaced(column: pa.Array, places: Places, values: pa.Array | None) -> pa.Array:
    """The column with other values, or none, at some places."""
    if not len(places):
        return column
    mask = np.zeros(len(column), bool)
    mask[places] = True
    return pc.replace_with_mask(column, mask, pa.scalar(None, pa.string()) if values is None else values)


def _places_of(names: pa.Array, ids: pa.Array) -> Places:
    """The row that each name is the id of, or -1."""
    if names.null_count == len(names):  # to look at the ids takes longer
        return np.full(len(names), _NONE, np.int64)
    return (
        pc.index_in(names, ids, skip_nulls=True).fill_null(_NONE).cast(pa.int64()).to_numpy(zero_copy_only=False).copy()
    )


def _on_circle(parent: Places) -> Places:
    """The rows that are their own ancestors."""
    active = np.flatnonzero(parent >= 0)
    jump, length = parent.copy(), 1
    while len(active) and length <= len(parent):
        further = jump[jump[active]]  # of before this round: twice as far as the last one
        jump[active] = further
        active, length = active[further >= 0], 2 * length
    return np.unique(jump[active])  # after as many steps as there are rows, what still goes on goes round


def _climb(upward: Places) -> Places:
    """The last row that is reached from each by going upward, which is its own where there is nothing above it."""
    reached = np.where(upward >= 0, upward, np.arange(len(upward)))
    while not np.array_equal(further := reached[reached], reached):
        reached = further
    return reached
