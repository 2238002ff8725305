"""Filters of tables: what people type to narrow a column, as SQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

_AS_SHOWN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_COMPARISON = re.compile(r"\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$")


def condition(column: str, name: str, kind: pa.DataType, asked: str) -> tuple[str, Any]:
    """What a filter asks of a column, as SQL and its value."""
    match = _COMPARISON.match(asked)
    if not match:
        return held(column, kind), sought(asked, kind)
    operator, text = match.groups()
    if is_number(kind):
        digits = _digits(text)
        if digits is None:
            raise ValueError(f"{name}: {text!r} is not a number to compare with, such as >1,579.17")
        # A number is cast by way of its text, so that it stays as exact as it is written.
        value = Decimal(digits)
        scale = max(0, -int(value.as_tuple().exponent))
        return f"{column} {operator} CAST(? AS DECIMAL(38, {min(scale, 38)}))", f"{value:f}"
    if pa.types.is_timestamp(kind):
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{name}: {text!r} is not a date to compare with, such as >2026-01-31") from None
        return f"{column} {operator} ?", instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return f"lower({column}::VARCHAR) {operator} lower(?)", text


def held(column: str, kind: pa.DataType) -> str:
    """What a text that is looked for asks of a column, as SQL; its value is ``sought``."""
    return f"contains(lower({_text(column, kind)}), lower(?))"


def _text(column: str, kind: pa.DataType) -> str:
    return f"strftime({column}, '%Y-%m-%d %H:%M:%S')" if pa.types.is_timestamp(kind) else f"{column}::VARCHAR"


def sought(text: str, kind: pa.DataType) -> str:
    """What is looked for in a column of this type: a number by its plain digits."""
    digits = _digits(text) if is_number(kind) else None
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


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))
