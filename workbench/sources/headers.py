"""Headers: which column of an input is which canonical column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from workbench.errors import SettingsError, SourceError
from workbench.records import INTERNAL, Kind


@dataclass(frozen=True)
class Headers:
    """Where in the input each column stands: those of the kind by their canonical names, the others by their own."""

    known: Mapping[str, int]
    unknown: Mapping[str, int]


def match_headers(headers: Sequence[str], kind: Kind, mapping: Mapping[str, str], name: str) -> Headers:
    """Find the canonical columns of ``kind`` under the headers of the input called ``name``.

    Case, spaces, ``-`` and ``_`` do not count; ``mapping`` names what is called otherwise.
    Raises ``SettingsError`` for a column in ``mapping`` that ``kind`` has not, and ``SourceError`` for a header in
    it that the input has not, for headers that mean the same column, and for required columns that are missing.
    """
    named = named_headers(headers)
    targets = {fold(column): column for column in kind.columns} | _mapped(named, kind, mapping, name)
    meaning = [targets.get(fold(header), header) for header in named]
    _check_doubled(headers, meaning, name)
    at = {column: position for position, column in enumerate(meaning)}
    found = Headers(
        {column: at[column] for column in kind.columns if column in at},
        {column: position for column, position in at.items() if column not in kind.columns},
    )
    _check_missing(headers, found, kind, name)
    return found


def understood(headers: Sequence[str], kind: Kind, mapping: Mapping[str, str]) -> dict[str, str | None]:
    """What each header is taken for, whether or not all is there; ``None`` for columns nobody knows.

    Of ``mapping`` counts what fits the input and ``kind``; ``match_headers`` refuses the rest.

    >>> from workbench.records import EXTERNAL
    >>> understood(["ID", "Betrag", "Saldo"], EXTERNAL, {"Betrag": "amount"})
    {'ID': 'id', 'Betrag': 'amount', 'Saldo': None}
    """
    columns = {fold(column): column for column in kind.columns}
    mapped = {fold(header): columns[fold(column)] for header, column in mapping.items() if fold(column) in columns}
    return {header: (columns | mapped).get(fold(header)) for header in named_headers(headers)}


def named_headers(headers: Sequence[str]) -> list[str]:
    """The headers; those that are blank by where they stand.

    >>> named_headers(["id", ""])
    ['id', 'column_2']
    """
    return [header if header.strip() else f"column_{position}" for position, header in enumerate(headers, 1)]


def fold(header: str) -> str:
    """A header without what does not count in it.

    >>> fold("Transaction ID") == fold("transaction_id")
    True
    """
    return re.sub(r"[\s_\-\ufeff]+", "", header).casefold()


def _mapped(headers: Sequence[str], kind: Kind, mapping: Mapping[str, str], name: str) -> dict[str, str]:
    columns = {fold(column): column for column in kind.columns}
    for header, column in mapping.items():
        if fold(column) not in columns:
            raise SettingsError(
                f"mapping: {column!r} is no column of {kind.name} records; these are {', '.join(kind.columns)}"
            )
        if fold(header) not in map(fold, headers):
            raise SourceError(f"{name} has no header {header!r}, which mapping names; it has {_listed(headers)}")
    return {fold(header): columns[fold(column)] for header, column in mapping.items()}


def _check_doubled(headers: Sequence[str], meaning: Sequence[str], name: str) -> None:
    first: dict[str, str] = {}
    for header, column in zip(headers, meaning, strict=True):
        # Engines do not tell columns by their case.
        if column.casefold() in first:
            raise SourceError(
                f"{name} has column {column!r} twice, under the headers {first[column.casefold()]!r} and {header!r}: "
                "rename or remove one"
            )
        first[column.casefold()] = header


def _check_missing(headers: Sequence[str], found: Headers, kind: Kind, name: str) -> None:
    missing = missing_columns(found.known, kind)
    if missing:
        # Any header will do to show how a mapping is written; the ones that nobody knows are the likely ones.
        spare = chain(found.unknown, (f"header of {column}" for column in missing[len(found.unknown) :]))
        example = dict(zip(spare, missing, strict=False))
        raise SourceError(
            f"{name} has no column {', '.join(missing)}; its headers are {_listed(headers)}; "
            f"say which is which, such as mapping={example}"
        )


def missing_columns(found: Collection[str], kind: Kind) -> list[str]:
    """What records of ``kind`` need and ``found``, the canonical columns that are there, lacks.

    >>> missing_columns(["transaction_id", "created_at", "precise_amount"], INTERNAL)
    ['currency', 'precision']
    """
    missing = [column for column in kind.required if column not in found]
    if kind is INTERNAL and "precise_amount" in found:
        return missing + [column for column in ("precision",) if column not in found]
    return missing + [column for column in ("amount",) if kind is INTERNAL and column not in found]


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(repr(header) for header in headers) or "none"
