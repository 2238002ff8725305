"""Overlaps: of the rows of several files, those that are the same record, and those that contradict one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workbench.errors import SourceError
from workbench.records import Kind
from workbench.sources.bad_rows import FILE
from workbench.sources.detection.words import not_booked_words, plain
from workbench.sources.formats.in_memory import as_text
from workbench.sources.raw import ROW

DIGITS = 38
# What may change from one export to the next, and so does not make another record.
CHANGING = frozenset({"status", "meta_data", "source"})
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The rows of several files, one file after the other; ``files`` and ``numbers`` say where each stands.

    Columns: those of the files, and the name of the file.
    """

    table: pa.Table
    files: Ints
    numbers: Ints

    def place(self, row: int, names: Sequence[str]) -> str:
        """The place of a row, in words: its number and its file."""
        return f"row {self.numbers[row]} of {names[self.files[row]]}"


@dataclass(frozen=True)
class Overlaps:
    """What the files have in common.

    ``table`` has all rows, with ids that tell them apart. ``kept`` says which count; ``doubled`` are the others that
    are the same record as a kept one, ``contradicted`` those that have the id of another with other content, with that
    one and the column that differs.
    """

    table: pa.Table
    kept: npt.NDArray[np.bool_]
    doubled: tuple[tuple[int, int], ...]
    contradicted: tuple[tuple[int, int, str], ...]


def in_one(tables: Sequence[pa.Table], names: Sequence[str]) -> Rows:
    """The rows of tables that have their numbers in ``ROW``, with a column that names their file."""
    whole = unified([table.drop_columns(ROW) for table in tables])
    taken_names = {column.casefold() for column in whole.column_names}
    name = next(name for name in (FILE, f"{FILE} (2)", f"{FILE} (3)") if name not in taken_names)
    files = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    numbers = np.concatenate([table[ROW].to_numpy() for table in tables]).astype(np.int64)
    named = pa.array(np.array(names, dtype=object)[files], pa.string())
    reason = whole.column_names[-1:] == ["reason"]  # stays the last
    position = whole.num_columns - int(reason)
    return Rows(whole.add_column(position, name, named), files, numbers)


def unified(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of tables whose columns are called alike, in types that hold the values of all."""
    spelled: dict[str, str] = {}
    for table in tables:
        for name in table.column_names:
            spelled.setdefault(name.casefold(), name)
    by_name = [{name.casefold(): table[name] for name in table.column_names} for table in tables]
    columns = {}
    for folded, name in spelled.items():
        kinds = [columns_of[folded].type for columns_of in by_name if folded in columns_of]
        kind = _common(kinds)
        columns[name] = pa.chunked_array(
            [
                chunk
                for table, columns_of in zip(tables, by_name, strict=True)
                for chunk in _cast(columns_of.get(folded), kind, len(table)).chunks
            ],
            kind,
        )
    return pa.table(columns)


def _common(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """The type that holds all values: of decimals the widest, of others that differ text."""
    distinct = list(dict.fromkeys(kind for kind in kinds if not pa.types.is_null(kind)))
    if len(distinct) <= 1:
        return distinct[0] if distinct else pa.string()
    if not all(map(pa.types.is_decimal, distinct)):
        return pa.string()
    scale = max(kind.scale for kind in distinct)
    whole = max(kind.precision - kind.scale for kind in distinct)
    narrow = whole + scale <= 18 and all(kind.precision <= 18 for kind in distinct)
    return pa.decimal128(18 if narrow else DIGITS, scale)


def _cast(column: pa.ChunkedArray | None, kind: pa.DataType, rows: int) -> pa.ChunkedArray:
    if column is None:
        return pa.chunked_array([pa.nulls(rows, kind)])
    if column.type == kind:
        return column
    if pa.types.is_string(kind):
        return pa.chunked_array([pa.array([as_text(value) for value in column.to_pylist()], kind)])
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        raise SourceError(
            f"numbers of the files need more than {DIGITS} digits together, as one has {kind.scale} decimals: read "
            "them apart"
        ) from None


def find_overlaps(rows: Rows, kind: Kind, given: Sequence[Collection[str]]) -> Overlaps:
    """Find the records that stand in several files; ``given`` names the canonical columns that each file has.

    Ids that are made from content tell no more than that: of records with the same made id, a balance tells those of
    one file apart from those of the other, so that their numbers are given anew.
    """
    table, kept = rows.table, np.ones(len(rows.table), bool)
    if kind.unique is None:
        return Overlaps(table, kept, (), ())
    ids = table[kind.unique].to_pylist()
    made = np.array([kind.unique not in names for names in given])
    keys = [text.rpartition("-")[0] if made[file] else text for text, file in zip(ids, rows.files, strict=True)]
    in_all = [name for name in (*kind.columns, *kind.optional) if all(name in names for names in given)]
    finding = _Finding(rows, kind, in_all)
    for places in _shared(keys, rows.files):
        finding.groups += 1
        if made[rows.files[places[0]]]:
            finding.made(places, keys[places[0]], ids)
        else:
            finding.add(places)
    if not finding.groups:
        return Overlaps(table, kept, (), ())
    kept[np.array([row for row, *_ in (*finding.doubled, *finding.contradicted)], np.int64)] = False
    column = table.column_names.index(kind.unique)
    table = table.set_column(column, kind.unique, pa.array(ids, table[kind.unique].type))
    return Overlaps(table, kept, tuple(sorted(finding.doubled)), tuple(sorted(finding.contradicted)))


def _shared(keys: Sequence[str], files: Ints) -> Iterator[list[int]]:
    """The places of the rows of each key that more than one file has."""
    codes, _ = pd.factorize(pd.Series(keys, dtype=object))
    pairs = np.unique(np.stack([codes, files]), axis=1)[0]
    several = np.flatnonzero(np.bincount(pairs) > 1)
    places = np.flatnonzero(np.isin(codes, several))
    groups: dict[int, list[int]] = {}
    for row in places.tolist():
        groups.setdefault(int(codes[row]), []).append(row)
    yield from groups.values()


class _Finding:
    """Goes through the groups of rows that share an id, and notes which are doubled and which contradict another."""

    def __init__(self, rows: Rows, kind: Kind, in_all: Sequence[str]) -> None:
        self._rows = rows
        skipped = {kind.unique, *CHANGING, *({"balance"} & kind.optional.keys())}
        self._content = {name: rows.table[name] for name in in_all if name not in skipped}
        self._balance = rows.table["balance"] if "balance" in in_all else None
        self._status = rows.table["status"] if "status" in rows.table.column_names else None
        self.groups = 0
        self.doubled: list[tuple[int, int]] = []
        self.contradicted: list[tuple[int, int, str]] = []

    def add(self, places: Sequence[int]) -> None:
        """Rows with an id of their own: the same record, or a contradiction."""
        contents = {row: [column[row].as_py() for column in self._content.values()] for row in places}
        first = contents[places[0]]
        if all(content == first for content in contents.values()):
            self._count_once(places)
            return
        for row in places:
            other = next(place for place in places if contents[place] != contents[row])
            differing = zip(self._content, contents[row], contents[other], strict=True)
            self.contradicted.append((row, other, next(name for name, one, two in differing if one != two)))

    def made(self, places: Sequence[int], key: str, ids: list[str]) -> None:
        """Rows of the same content: as many records as one file has, or as there are balances."""
        balances = [self._balance[row].as_py() if self._balance is not None else None for row in places]
        if None in balances:
            balances = [None] * len(places)
        same: dict[tuple[Any, int], list[int]] = {}
        seen: Counter[tuple[int, Any]] = Counter()
        for row, balance in zip(places, balances, strict=True):
            of_file = int(self._rows.files[row]), balance
            seen[of_file] += 1
            same.setdefault((balance, seen[of_file]), []).append(row)
        for number, group in enumerate(same.values(), 1):
            for row in group:
                ids[row] = f"{key}-{number}"
            self._count_once(group)

    def _count_once(self, places: Sequence[int]) -> None:
        """Of one record, keep the first row that says it is booked, or else the first."""
        keep = next((row for row in places if not self._is_pending(row)), places[0])
        self.doubled += [(row, keep) for row in places if row != keep]

    def _is_pending(self, row: int) -> bool:
        return self._status is not None and plain(self._status[row].as_py() or "") in not_booked_words()
