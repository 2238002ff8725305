"""Columns that only these books have, such as an account or a customer, and that say the same things on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.reconciliation.matching.columns import find_column
from workbench.reconciliation.strategies import CANONICAL
from workbench.records import Records

LOOKED_AT = 20_000  # this many rows of each side are looked at
_FEW = 5  # columns share at least this many values: fewer may be equal by chance
_OBJECT = "meta_data"
_MEMBERS_OF = 100  # the objects of this many rows say what members there are


def shared_columns(external: Records, internal: Records) -> tuple[tuple[str, str], ...]:
    """Pairs of an external and an internal column of which one has most of its values in the other.

    Columns with a meaning of their own take no part; members of objects in ``meta_data`` do, as ``meta_data.iban``.
    """
    sides = [_values(records) for records in (external, internal)]
    return tuple(
        (own_e, own_i)
        for own_e, values_e in sides[0].items()
        for own_i, values_i in sides[1].items()
        if _are_alike(values_e, values_i)
    )


def _values(records: Records) -> dict[str, pa.Array]:
    """The distinct values of each column that may say something, without case and blanks around them."""
    columns = {name: column for name in _names(records) if (column := find_column(records, name)) is not None}
    if not columns:
        return {}
    texts = {f"c{number}": column.cast("string") for number, column in enumerate(columns.values())}
    table = fetch(records.table.select(**texts).limit(LOOKED_AT))
    distinct = {}
    for name, column in zip(columns, table.columns, strict=True):
        values = pc.utf8_lower(
            pc.utf8_trim_whitespace(pc.unique(column.combine_chunks().cast(pa.string())).drop_null())
        )
        distinct[name] = pc.unique(values.filter(pc.not_equal(values, "")))
    return distinct


def _names(records: Records) -> Iterator[str]:
    yield from sorted(name for name in records.table.columns if name not in CANONICAL)
    if _OBJECT in records.table.columns:
        members = set()
        for text in fetch(records.table.select(_OBJECT).limit(_MEMBERS_OF))[_OBJECT].to_pylist():
            members |= set(_members(text))
        yield from (f"{_OBJECT}.{name}" for name in sorted(members))


def _members(text: str | None) -> Iterator[str]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return
    if isinstance(value, dict):
        yield from (name for name, own in value.items() if isinstance(own, (str, int)) and not name.startswith("_"))


def _are_alike(external: pa.Array, internal: pa.Array) -> bool:
    both = pc.sum(pc.is_in(external, internal)).as_py() or 0
    return both >= _FEW and 2 * both >= min(len(external), len(internal))
