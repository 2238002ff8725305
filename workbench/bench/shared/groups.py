"""Groups of rows as lines of a table: which rows are of one group, and a line that says what they come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.engine import query
from workbench.exact import Ints, in_one_piece

OF = "of_group"


@dataclass(frozen=True)
class Groups:
    """The ``names`` of groups, ``of`` each row of a table its group, and ``lines``, a row for each group."""

    names: list[str]
    of: Ints
    lines: pa.Table

    @property
    def sizes(self) -> Ints:
        """How many rows each group has."""
        return np.bincount(self.of, minlength=len(self.lines))

    def rows(self, groups: Iterable[int]) -> Ints:
        """The rows of these groups, group by group."""
        by_group, ends = np.argsort(self.of, kind="stable"), np.cumsum(self.sizes)
        parts = [by_group[end - size : end] for end, size in ((ends[n], self.sizes[n]) for n in groups)]
        return np.concatenate([np.zeros(0, np.int64), *parts])


def make_groups(table: pa.Table, names: pa.ChunkedArray, summed: Collection[str]) -> Groups:
    """Groups of rows that bear the same name; their lines sum the columns ``summed``, and have the earliest instants.

    Of other columns a line has what its rows agree on; of texts on which they do not, the first, and how many more.

    >>> table = pa.table({"id": ["a", "b", "c"], "n": [1, 2, 4], "day": ["mon", "mon", "tue"]})
    >>> groups = make_groups(table, pa.chunked_array([["x", "y", "x"]]), ["n"])
    >>> groups.lines.to_pylist()
    [{'id': 'a and 1 more', 'n': 5, 'day': 'mon and 1 more'}, {'id': 'b', 'n': 2, 'day': 'mon'}]
    >>> groups.rows([0]).tolist()
    [0, 2]
    """
    encoded = in_one_piece(names).dictionary_encode()  # numbers the names in the order in which they first appear
    of = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    columns = [f"c{number}" for number in range(table.num_columns)]
    rows = pa.table([*table.columns, of, np.arange(len(table))], [*columns, OF, "row"])
    parts = [
        _line(column, field.type, field.name in summed) for column, field in zip(columns, table.schema, strict=True)
    ]
    lines = query(f"SELECT {', '.join(parts)} FROM rows GROUP BY {OF} ORDER BY {OF}", {"rows": rows})
    return Groups(encoded.dictionary.to_pylist(), of, lines.rename_columns(table.column_names))


def _line(column: str, kind: pa.DataType, summed: bool) -> str:
    """What a line has of a column, as SQL."""
    agreed = f"count(DISTINCT {column}) = 1 AND count({column}) = count(*)"
    if summed:
        total = f"sum({column})"
        return f"{total}::BIGINT AS {column}" if pa.types.is_integer(kind) else f"{total} AS {column}"
    if pa.types.is_timestamp(kind):
        return f"min({column}) AS {column}"
    if pa.types.is_string(kind):
        more = f"arg_min({column}, row) || ' and ' || (count(DISTINCT {column}) - 1) || ' more'"
        return f"CASE WHEN count(DISTINCT {column}) < 2 THEN min({column}) ELSE {more} END AS {column}"
    return f"CASE WHEN {agreed} THEN min({column}) END AS {column}"
