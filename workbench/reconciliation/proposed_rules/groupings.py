"""Groupings: the columns of the records that may make groups of them, worth being tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.exact import whole_amounts
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.strategies import CANONICAL, GROUPING_ALONE
from workbench.records import Records
from workbench.sides import OTHER, SIDES, Side

LARGEST = 200  # records that a group has on average, at most
_MOST = 2  # unknown columns of a side that are tried
_USUAL: dict[Side, tuple[str, ...]] = {
    "internal": ("parent_transaction", "reference"),
    "external": ("reference", "description"),
}


class Way(NamedTuple):
    """How records may correspond."""

    strategy: str
    criteria: tuple[str, ...]


def other_ways(external: Records, internal: Records, settings: Settings) -> Iterator[Way]:
    """The ways to group one side, by usual columns and by those of whose groups the other side has totals."""
    records: dict[Side, Records] = {"external": external, "internal": internal}
    amounts = {side: taking_part(records[side], side, settings, ())["amount"] for side in SIDES}
    for side in SIDES:
        for name in _columns(records[side], side, settings, amounts[OTHER[side]]):
            yield Way(GROUPING_ALONE[side], (name,))


def _columns(records: Records, side: Side, settings: Settings, totals: pa.ChunkedArray) -> Iterator[str]:
    """The columns that may make groups of a side: of those that nobody knows the ones with the most known totals."""
    names = [name for name in records.table.columns if name in _USUAL[side] or name not in CANONICAL]
    rows = taking_part(records, side, settings, tuple(names))
    hits = {name: _known_totals(rows["amount"], rows[name], totals) for name in names}
    yield from (name for name in _USUAL[side] if hits.get(name) is not None)
    others = [name for name in names if name not in _USUAL[side] and hits[name]]
    yield from sorted(others, key=lambda name: (-(hits[name] or 0), name))[:_MOST]


def _known_totals(amounts: pa.ChunkedArray, keys: pa.ChunkedArray, totals: pa.ChunkedArray) -> int | None:
    """How many groups of several records have a total that the other side has; none where keys make no groups."""
    codes = pc.dictionary_encode(keys.combine_chunks())
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    known = codes.is_valid().to_numpy(zero_copy_only=False)
    group = codes.indices.to_numpy(zero_copy_only=False)[known].astype(np.int64)
    groups = len(codes.dictionary)
    if not groups or not 10 * len(group) >= 11 * groups or len(group) > LARGEST * groups:
        return None
    scale = max(amounts.type.scale, totals.type.scale)
    amount = whole_amounts(amounts, scale)[known]
    summed = np.zeros(groups, amount.dtype)
    np.add.at(summed, group, amount)
    several = np.bincount(group, minlength=groups) > 1
    shared = int(np.isin(summed[several], whole_amounts(totals, scale)).sum())
    return shared if 10 * shared >= several.sum() else 0


def taking_part(records: Records, side: Side, settings: Settings, names: tuple[str, ...]) -> pa.Table:
    """What the records that take part count as, and some of their columns as texts, null where they are empty."""
    counted = settings.counted(side, records)
    texts = {name: records.table[name].cast("string").nullif("") for name in names}
    return fetch(records.table.filter(counted.takes_part).select(amount=counted.amount, **texts))
