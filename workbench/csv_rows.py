"""The rows of CSV, however long their cells are."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

_LONGEST = 2**31 - 1  # as a C long holds it on every system


def csv_rows(lines: Iterable[str], delimiter: str = ",", *, strict: bool = False) -> Reader:
    """Read rows as ``csv.reader`` does, which by itself refuses cells of more than 131,072 characters.

    That is a limit of the whole process, and any library may set it, so it is lifted each time.

    >>> [len(cell) for row in csv_rows(["a," + "b" * 200_000]) for cell in row]
    [1, 200000]
    """
    csv.field_size_limit(_LONGEST)
    return csv.reader(lines, delimiter=delimiter, strict=strict)
