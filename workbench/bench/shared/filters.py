"""Filters of tables: what people type to narrow a column, as SQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from workbench.amounts import title_of
from workbench.bench.shared.lengths import SCALE, as_shown, compared_seconds, is_length

ROUNDED, SHOWN = "_rounded", "_shown"  # how a length of time is rounded in the table, and what is shown of it
_AS_SHOWN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_COMPARISON = re.compile(r"\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$")


def condition(column: str, field: pa.Field, asked: str) -> tuple[str, Any]:
    """What a filter asks of a column, as SQL and its value."""
    match = _COMPARISON.match(asked)
    if not match:
        return held(column, field), sought(asked, field)
    operator, text = match.groups()
    name, kind = title_of(field.name), field.type
    if is_length(field):
        seconds = compared_seconds(text)
        if seconds is None:
            raise ValueError(
                f"{name}: {text!r} is no length of time to compare with, such as > 2 days 3 hours or <= 36 h"
            )
        return f"{column}{ROUNDED} {operator} CAST(? AS DECIMAL(38, {SCALE}))", f"{seconds:f}"
    if is_number(kind):
        digits = _digits(text)
        if digits is None:
            raise ValueError(f"{name}: {text!r} is not a number to compare with, such as >1,579.17")
        # A number is cast by way of its text, so that it stays as exact as it is written.
        value = Decimal(digits)
        scale = max(0, -int(value.as_tuple().exponent))
        return f"{column} {operator} CAST(? AS DECIMAL(38, {min(scale, 38)}))", f"{value:f}"
    if is_instant(kind):
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{name}: {text!r} is not a date to compare with, such as >2026-01-31") from None
        return f"{column} {operator} ?", instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return f"lower({column}::VARCHAR) {operator} lower(?)", text


def held(column: str, field: pa.Field) -> str:
    """What a text that is looked for asks of a column, as SQL; its value is ``sought``."""
    return f"contains(lower({_text(column, field)}), lower(?))"


def _text(column: str, field: pa.Field) -> str:
    if is_length(field):
        return f"{column}{SHOWN}"
    return f"strftime({column}, '%Y-%m-%d %H:%M:%S')" if is_instant(field.type) else f"{column}::VARCHAR"


def sought(text: str, field: pa.Field) -> str:
    """What is looked for in a column: a number by its plain digits."""
    digits = _digits(text) if is_number(field.type) and not is_length(field) else None
    return text.strip() if digits is None else digits


def _digits(text: str) -> str | None:
    """A number as the table shows it, or with a decimal comma, as its plain digits; none where it is neither.

    >>> [_digits(text) for text in ("1,579.17", "1.579,17", "1579,17", "1,579", "1,57,9")]
    ['1579.17', '1579.17', '1579.17', '1579', None]
    """
    text = text.strip()
    if _AS_SHOWN.fullmatch(text):
        return text.replace(",", "")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return None


def with_lengths(columns: pa.Table, schema: pa.Schema) -> pa.Table:
    """Columns ``c0`` and on, and beside those of ``schema`` that hold lengths of time how these are shown."""
    for position, field in enumerate(schema):
        if is_length(field) and f"c{position}{SHOWN}" not in columns.column_names:
            rounded, shown = as_shown(columns[f"c{position}"])
            columns = columns.append_column(f"c{position}{ROUNDED}", rounded)
            columns = columns.append_column(f"c{position}{SHOWN}", shown)
    return columns


def example(field: pa.Field) -> str:
    """A filter that goes with a column."""
    if is_length(field):
        return "> 2 days"
    return "> 100" if is_number(field.type) else ""


def is_instant(kind: pa.DataType) -> bool:
    """Whether a column of this type holds instants."""
    return bool(pa.types.is_timestamp(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))
