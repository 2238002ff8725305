"""Excluding: rows that take no part because of what a column of theirs says."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from workbench.errors import UnknownHeader
from workbench.sources.detection.words import fold
from workbench.sources.headers import Headers
from workbench.sources.options import Options
from workbench.sources.typing.cells import as_string


def out_reason(
    table: ir.Table, names: Sequence[str], headers: Headers, options: Options, name: str
) -> ir.StringValue | None:
    """Why a row takes no part, null where it does; ``None`` if every row does.

    ``only`` and ``without`` name columns by their header or by what they mean; case and blanks around values do not
    count. Raises ``SourceError`` for a column that the input called ``name`` has not.
    """
    reasons = []
    for option in ("only", "without"):
        for column, values in getattr(options, option).items():
            place = _place(column, names, headers)
            if place is None:
                listed = ", ".join(map(repr, names))
                message = f"{name} has no column {column!r}, which {option}= names; its headers are {listed}"
                raise UnknownHeader(message, option, column)
            text = as_string(table[table.columns[place]]).fill_null("").strip()
            has_value = text.lower().isin([value.strip().casefold() for value in values])
            out = ~has_value if option == "only" else has_value
            reasons.append(
                ibis.ifelse(out, ibis.literal(f"{column} is ") + ibis.coalesce(text.nullif(""), "empty"), None)
            )
    return ibis.coalesce(*reasons) if reasons else None


def _place(column: str, names: Sequence[str], headers: Headers) -> int | None:
    """The position of a column that is named by its header, by what it means, or by its position from 1."""
    for place, header in enumerate(names):
        if fold(header) == fold(column):
            return place
    if column in headers.known:
        return headers.known[column]
    position = int(column) if column.isdecimal() else 0
    return position - 1 if 1 <= position <= len(names) else None
