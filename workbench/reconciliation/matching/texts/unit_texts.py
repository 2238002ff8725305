"""The texts of units, as codes: a record may have several, and a group has those of all its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import TextKey, part_of
from workbench.reconciliation.matching.texts.text_codes import Values, encode_folded
from workbench.sides import Side

SEPARATOR = " | "  # the text between several texts in one cell, as Blnk joins them
OtherTexts = tuple[Ints, pa.Array]  # the position of a record, and a text that it has beside its own; row by row


@dataclass(frozen=True)
class Texts:
    """The distinct folded texts of a field, and which units of a side carry which.

    Those of unit ``u`` are ``code[start[u]:start[u + 1]]``, which point into ``values``; both sides share these.
    Where no unit has more than one there may be no ``start``: theirs is ``code[u]``, or none where that is -1. Codes of
    texts in another form (see ``loose_texts``) only say which are alike: they need not point into ``values``.
    """

    code: Ints
    values: Values
    start: Ints | None = None

    @cached_property
    def single(self) -> bool:
        """Whether no unit has more than one."""
        return self.start is None or bool((np.diff(self.start) <= 1).all())

    @cached_property
    def filled(self) -> Ints:
        """Which units have any."""
        return self.code >= 0 if self.start is None else np.diff(self.start) > 0

    def __len__(self) -> int:
        return len(self.code) if self.start is None else len(self.start) - 1

    def by_unit(self, unit_of: Ints, units: int) -> Texts:
        """The same for so many groups, where ``unit_of`` is the group of each record, or -1 for those in none."""
        if self.start is None:
            owner, code = unit_of, self.code
        else:
            owner, code = np.repeat(unit_of, np.diff(self.start)), self.code
        in_a_group = np.flatnonzero((owner >= 0) & (code >= 0))
        return collected(owner[in_a_group], code[in_a_group], self.values, units)


def text_column(column: str) -> str:
    """What the column that texts are taken of is called in a table of records."""
    return f"text {column}"


def texts_of_records(
    key: TextKey, sides: Mapping[Side, pa.Table], others: Mapping[Side, Mapping[str, OtherTexts]]
) -> dict[Side, Texts]:
    """The folded texts of ``key`` on both sides: each record's own, those it is made of, and its ``others``.

    ``others`` are by the column that they stand beside.
    """
    columns: list[pa.ChunkedArray] = []
    more: list[OtherTexts] = []
    for side, table in sides.items():
        column, parts = _taken_apart(table[text_column(key.column(side))])
        position, text = others[side].get(key.column(side), (np.zeros(0, np.int64), pa.array([], pa.string())))
        columns.append(part_of(column, key.pattern(side)))
        besides = part_of(pa.chunked_array([parts[1], text], pa.string()), key.pattern(side))
        more.append((np.concatenate([parts[0], position]), besides))
    cut = [(side, key.column(side)) == ("internal", "reference") for side in sides]
    codes, values = encode_folded([*columns, *(text for _, text in more)], [*cut, *cut])
    return {
        side: _joined(code, position, extra, values)
        for side, code, (position, _), extra in zip(sides, codes, more, codes[len(columns) :], strict=False)
    }


def _taken_apart(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, OtherTexts]:
    """The column without the cells that hold several texts, and these texts."""
    several = pc.match_substring(column, SEPARATOR).fill_null(False)
    if not pc.any(several, min_count=0).as_py():
        return column, (np.zeros(0, np.int64), pa.array([], pa.string()))
    parts = pc.split_pattern(column.filter(several), SEPARATOR).combine_chunks()
    counts = pc.list_value_length(parts).to_numpy(zero_copy_only=False)
    position = np.repeat(np.flatnonzero(several.to_numpy()), counts)
    return pc.if_else(several, pa.scalar(None, column.type), column), (position, pc.list_flatten(parts))


def _joined(code: Ints, position: Ints, more: Ints, values: Values) -> Texts:
    """One set of texts for each record: its own, if it has one, and the others."""
    if not len(position):
        return Texts(code, values)
    with_text, with_more = np.flatnonzero(code >= 0), np.flatnonzero(more >= 0)
    owners = np.concatenate([with_text, position[with_more]])
    return collected(owners, np.concatenate([code[with_text], more[with_more]]), values, len(code))


def parts(texts: Texts, units: Ints) -> tuple[Ints, Ints]:
    """The texts of ``units``: positions into ``units``, each repeated for every text it has, and the texts' codes."""
    if texts.start is None:
        code = texts.code[units]
        position = np.flatnonzero(code >= 0)
        return position, code[position]
    left = texts.start[units]
    counts = texts.start[units + 1] - left
    position = np.repeat(np.arange(len(units)), counts)
    within = np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)
    return position, texts.code[left[position] + within]


def pairs_by_code(left: Ints, right: Ints) -> Ints:
    """How many pairs have each code, one of ``left`` and one of ``right``."""
    size = int(max(left.max(initial=0), right.max(initial=0))) + 1
    pairs: Ints = np.bincount(left, minlength=size) * np.bincount(right, minlength=size)
    return pairs


def equal_pairs(left: Ints, right: Ints, common: int | None = None) -> tuple[Ints, Ints]:
    """Places of equal codes in ``left`` and ``right``; without codes that more than ``common`` pairs have."""
    pairs = pairs_by_code(left, right)
    telling = pairs > 0 if common is None else (pairs > 0) & (pairs <= common)
    order = np.argsort(right, kind="stable")
    chosen = np.flatnonzero(telling[left])
    first = np.searchsorted(right[order], left[chosen])
    counts = np.bincount(right, minlength=len(pairs))[left[chosen]]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(chosen, counts), order[np.repeat(first, counts) + within]


def collected(owner: Ints, code: Ints, values: Values, owners: int) -> Texts:
    """The texts of so many owners: each pair of an owner and the code of a text counts once."""
    width = int(code.max(initial=0)) + 1
    # Stable sorting makes use of stretches that ascend already; np.unique would take several times as long.
    pairs = np.sort(owner.astype(np.int64) * width + code, kind="stable")
    owner, code = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], width)
    return Texts(code, values, np.r_[0, np.cumsum(np.bincount(owner, minlength=owners))])
