"""Amounts as people read them: thousands apart, and as many decimals as the records of their currency need.

A table has one scale for all of its amounts, so that a token of 18 decimals would give them to every dollar beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.durations import about
from workbench.exact import whole_amounts
from workbench.sources.currencies import ISO_4217, minor_digits

SECONDS = "_seconds"  # what the name of a column of lengths of time ends with
# Decimals that are no money of the row's currency: times, and numbers whose unit differs from row to row.
_BARE = (SECONDS, "off_by", "smallest_drift")
_CURRENCY = "currency"
NOT_KNOWN = {"null": "not known"}  # says of a column what its nulls mean, to whom they are shown


def amount_text(value: Decimal, currency: str | None = None, decimals: int = 0) -> str:
    """An amount with at least ``decimals``, and those of its currency's smallest unit if it has any; no digit is lost.

    >>> amount_text(Decimal("1234.500000000000000000"), "USD"), amount_text(Decimal("1.500"), "TOKEN")
    ('1,234.50', '1.5')
    """
    whole, mark, fraction = f"{value:,f}".partition(".")
    least = min(len(fraction), max(decimals, minor_digits(currency) if currency in ISO_4217 else 0))
    kept = fraction[:least] + fraction[least:].rstrip("0")
    return f"{whole}{mark}{kept}" if kept else whole


def decimals_needed(table: pa.Table) -> dict[str | None, int]:
    """How many decimals the amounts of each currency need in a table; nothing where it has no currencies.

    >>> amounts = pa.array([Decimal("21.000"), Decimal("0.125")])
    >>> decimals_needed(pa.table({"amount": amounts, "currency": ["USD", "TOKEN"]}))
    {'USD': 0, 'TOKEN': 3}
    """
    if _CURRENCY not in table.column_names or not len(table):
        return {}
    coded = table[_CURRENCY].combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    names = [*coded.dictionary.to_pylist(), None]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    needed = dict.fromkeys((names[code] for code in codes[order][starts].tolist()), 0)
    for column in (table[field.name] for field in table.schema if is_money(field)):
        scale = column.type.scale
        values = np.abs(whole_amounts(pc.fill_null(column, pa.scalar(Decimal(0), column.type)), scale)[order])
        for code, divisor in zip(codes[order][starts].tolist(), np.gcd.reduceat(values, starts).tolist(), strict=True):
            zeros = len(text := str(divisor)) - len(text.rstrip("0")) if divisor else scale
            needed[names[code]] = max(needed[names[code]], scale - zeros)
    return needed


def is_money(field: pa.Field) -> bool:
    """Whether a column holds amounts in the currency of its row."""
    return bool(pa.types.is_decimal(field.type)) and not field.name.endswith(_BARE)


def title_of(name: str) -> str:
    """What a column is called where people read it, whose lengths of time ``as_text`` has put into words.

    >>> title_of("date_difference_seconds"), title_of("smallest_drift")
    ('date difference', 'smallest tolerance')
    """
    return name.removesuffix(SECONDS).replace("_drift", "_tolerance").replace("_", " ")


def as_text(rows: pa.Table, needed: Mapping[str | None, int]) -> pa.Table:
    """The rows with their decimals as people read them, where ``needed`` is that of the table which they are of."""
    currencies = rows[_CURRENCY].to_pylist() if _CURRENCY in rows.column_names else [None] * len(rows)
    for place, field in enumerate(rows.schema):
        if not pa.types.is_decimal(field.type) or not (needed or field.name.endswith(_BARE)):
            continue
        if field.name.endswith(SECONDS):
            texts = [None if value is None else about(value) for value in rows[field.name].to_pylist()]
            rows = rows.set_column(place, field.name, pa.array(texts, pa.string()))
            continue
        known = needed if is_money(field) else {}
        null = NOT_KNOWN["null"] if field.metadata and b"null" in field.metadata else None
        texts = [
            null if value is None else amount_text(value, currency if known else None, known.get(currency, 0))
            for value, currency in zip(rows[field.name].to_pylist(), currencies, strict=True)
        ]
        rows = rows.set_column(place, field.name, pa.array(texts, pa.string()))
    return rows
