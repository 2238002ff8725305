"""Headers: which column of an input is which canonical column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from workbench.errors import SettingsError, SourceError, UnknownHeader
from workbench.records import INTERNAL, Kind
from workbench.sources.detection.words import fold

# What a column can mean that is none of a record, but that one is made from.
PARTS = ("debit", "credit", "direction", "time", "timezone", "fee")
HALVES = {"debit", "credit"}
SHOWN = 50  # headers in a message


@dataclass(frozen=True)
class Headers:
    """Where in the input each column stands: those of the kind by their canonical names, the others by their own."""

    known: Mapping[str, int]
    unknown: Mapping[str, int]


def match_headers(
    headers: Sequence[str], kind: Kind, mapping: Mapping[str | int, str], name: str, made: Collection[str] = ()
) -> Headers:
    """Find the canonical columns of ``kind`` under the headers of the input called ``name``.

    Case, spaces, ``-`` and ``_`` do not count; ``mapping`` names what is called otherwise, by its header or by its
    position from 1. ``made`` are the columns that no header has to be there for. Two headers that nobody knows and
    that are called alike get numbers.
    Raises ``SettingsError`` for a column in ``mapping`` that ``kind`` has not, and ``SourceError`` for a header in
    it that the input has not, for headers that mean the same column, and for required columns that are missing.
    """
    named = named_headers(headers)
    mapped = _mapped(named, kind, mapping, name)
    own = _own_names(kind, mapping)
    meaning = [mapped.get(place) or own.get(fold(header)) for place, header in enumerate(named)]
    # Whoever names a column by its position means that one, and not another that is called so.
    folded = {fold(header) for header in named}
    named_by_position = {column for key, column in mapping.items() if isinstance(key, int) or fold(key) not in folded}
    meaning = [
        column if place in mapped or column not in named_by_position else None for place, column in enumerate(meaning)
    ]
    _check_doubled(headers, meaning, name)
    known = {column: place for place, column in enumerate(meaning) if column}
    order = (*kind.columns, *kind.optional, *PARTS)
    matched = Headers(
        {column: known[column] for column in order if column in known},
        _unknown(named, {place for column, place in known.items() if column not in PARTS}, kind),
    )
    _check_missing(headers, matched, kind, name, made)
    return matched


def _own_names(kind: Kind, mapping: Mapping[str | int, str]) -> dict[str, str]:
    """The columns of ``kind`` by their folded names; no amount where ``mapping`` makes it of debits and credits."""
    names = {fold(column): column for column in (*kind.columns, *kind.optional)}
    if HALVES & {fold(column) for column in mapping.values()}:
        names.pop("amount", None)
    return names


def _unknown(named: Sequence[str], known: Collection[int], kind: Kind) -> dict[str, int]:
    """The columns that come out as they came, under names that no other column has."""
    unknown: dict[str, int] = {}
    taken_names = {column.casefold() for column in (*kind.columns, *kind.optional)}
    for place, header in enumerate(named):
        if place in known:
            continue
        # Engines do not tell columns by their case.
        name, number = header, 1
        while name.casefold() in taken_names:
            number += 1
            name = f"{header} ({number})"
        taken_names.add(name.casefold())
        unknown[name] = place
    return unknown


def understood(headers: Sequence[str], kind: Kind, mapping: Mapping[str | int, str]) -> dict[str, str | None]:
    """What each header is taken for, whether or not all is there; ``None`` for columns nobody knows.

    Of ``mapping`` counts what fits the input and ``kind``; ``match_headers`` refuses the rest.

    >>> from workbench.records import EXTERNAL
    >>> understood(["ID", "Betrag", "Saldo"], EXTERNAL, {"Betrag": "amount"})
    {'ID': 'id', 'Betrag': 'amount', 'Saldo': None}
    """
    named = named_headers(headers)
    columns = _own_names(kind, mapping)
    targets = {fold(column): column for column in (*kind.columns, *kind.optional, *PARTS)}
    places = {fold(header): place for place, header in reversed(list(enumerate(named)))}
    mapped = {
        place: targets[fold(column)]
        for header, column in mapping.items()
        if fold(column) in targets and (place := _place(header, places, len(named))) is not None
    }
    meaning: dict[str, str | None] = {}
    for place, header in enumerate(named):
        meaning.setdefault(header, mapped.get(place) or columns.get(fold(header)))
    return meaning


def named_headers(headers: Sequence[str]) -> list[str]:
    """The headers; those that are blank by where they stand.

    >>> named_headers(["id", ""])
    ['id', 'column_2']
    """
    return [header if header.strip() else f"column_{position}" for position, header in enumerate(headers, 1)]


def _mapped(headers: Sequence[str], kind: Kind, mapping: Mapping[str | int, str], name: str) -> dict[int, str]:
    """The column that ``mapping`` says for each place."""
    columns = {fold(column): column for column in (*kind.columns, *kind.optional, *PARTS)}
    places = {fold(header): place for place, header in reversed(list(enumerate(headers)))}
    mapped = {}
    for header, column in mapping.items():
        if fold(column) not in columns:
            pair = {header: column}
            raise SettingsError(
                f"mapping={pair}: {column!r} is no column of {kind.name} records; these are {', '.join(kind.columns)}"
            )
        place = _place(header, places, len(headers))
        if place is None:
            message = f"{name} has no header {header!r}, which mapping= names; it has {_listed(headers)}"
            raise UnknownHeader(message, "mapping", header)
        mapped[place] = columns[fold(column)]
    return mapped


def _place(key: str | int, places: Mapping[str, int], width: int) -> int | None:
    """Where a header stands, or a position from 1."""
    if isinstance(key, str) and fold(key) in places:
        return places[fold(key)]
    position = int(key) if isinstance(key, int) or key.isdecimal() else 0
    return position - 1 if 1 <= position <= width else None


def _check_doubled(headers: Sequence[str], meaning: Sequence[str | None], name: str) -> None:
    first: dict[str, str] = {}
    for header, column in zip(headers, meaning, strict=True):
        if column in first:
            raise SourceError(
                f"{name} has column {column!r} twice, under the headers {first[column]!r} and {header!r}: "
                "rename or remove one"
            )
        if column:
            first[column] = header


def _check_missing(headers: Sequence[str], matched: Headers, kind: Kind, name: str, made: Collection[str]) -> None:
    missing = [column for column in missing_columns(matched.known, kind) if column not in made]
    if missing:
        # Any header will do to show how a mapping is written; the ones that nobody knows are the likely ones.
        spare = chain(matched.unknown, (f"header of {column}" for column in missing[len(matched.unknown) :]))
        example = dict(zip(spare, missing, strict=False))
        raise SourceError(
            f"{name} has no column {', '.join(missing)}; its headers are {_listed(headers)}; "
            f"say which is which, such as mapping={example}"
        )


def missing_columns(present: Collection[str], kind: Kind) -> list[str]:
    """What records of ``kind`` need and ``present``, the canonical columns that are there, lacks.

    >>> missing_columns(["transaction_id", "created_at", "precise_amount"], INTERNAL)
    ['currency', 'precision']
    """
    halves = {"amount"} if HALVES & set(present) else set()
    missing = [column for column in kind.required if column not in {*present, *halves}]
    if kind is INTERNAL and "precise_amount" in present:
        return missing + [column for column in ("precision",) if column not in present]
    return missing + [column for column in ("amount",) if kind is INTERNAL and column not in {*present, *halves}]


def _listed(headers: Sequence[str]) -> str:
    first = ", ".join(repr(header) for header in headers[:SHOWN]) or "none"
    return f"{first} and {len(headers) - SHOWN:,} others" if len(headers) > SHOWN else first
