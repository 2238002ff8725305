"""Rows in memory: DataFrames and lists of dicts, and what JSON and Excel files hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any

import pandas as pd
import pyarrow as pa

from workbench.errors import SourceError

LONGEST = 100  # zeros that are written rather than an exponent: no amount has as many


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def frame_table(frame: pd.DataFrame, decimal: str) -> pa.Table:
    """A DataFrame as an Arrow table; its index is no column."""
    columns = [_series(frame.iloc[:, position], decimal) for position in range(frame.shape[1])]
    return pa.table(columns, [str(name) for name in frame.columns])


def rows_table(rows: Sequence[Mapping[str, Any]], decimal: str) -> pa.Table:
    """Dicts as an Arrow table: the keys of all of them are its columns."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [column_of([row.get(name) for row in rows], decimal) for name in names]
    try:
        return pa.table(columns, [str(name) for name in names])
    except UnicodeEncodeError as error:
        raise _half_a_character(error) from None


def column_of(values: Sequence[Any], decimal: str) -> pa.Array:
    """Python values as an Arrow column: typed if all are of one type, otherwise text with this decimal mark.

    >>> column_of([Decimal("1.5"), None], ".").type
    Decimal128Type(decimal128(2, 1))
    >>> column_of([Decimal("1.5"), 7, "a"], ",").to_pylist()
    ['1,5', '7', 'a']
    """
    types = {type(value) for value in values} - {NoneType}
    if len(types) == 1 and not types & {Number, dict, list, tuple}:
        try:
            return pa.array(values)
        except (pa.ArrowException, ArithmeticError, TypeError, UnicodeEncodeError):
            pass  # a whole number of more than 64 bits, a decimal that is not finite, an object unknown to Arrow
    try:
        return pa.array([as_text(value, decimal) for value in values], pa.string())
    except UnicodeEncodeError as error:
        raise _half_a_character(error) from None


def _half_a_character(error: UnicodeEncodeError) -> SourceError:
    return SourceError(f"the text {error.object!r} holds half a character, which no file can")


def as_text(value: Any, decimal: str = ".") -> str | None:
    """A value as a text file would have it.

    >>> as_text(Decimal("1E+3")), as_text(1.5, ","), as_text({"fee": Number("0.10")})
    ('1000', '1,5', '{"fee": 0.10}')
    """
    match value:
        case None:
            text = None
        case Number():
            text = value.replace(".", decimal)
        case bool():
            text = str(value).lower()
        case float():
            text = repr(float(value)).removesuffix(".0").replace(".", decimal)
        case int() if value.bit_length() > 64 * LONGEST:
            text = hex(value)  # what is written in decimal has at most a few thousand digits
        case Decimal():
            text = (f"{value:f}" if _is_short(value) else str(value)).replace(".", decimal)
        case date():
            text = value.isoformat()
        case dict() | list() | tuple():
            text = as_json(value)
        case _:
            text = str(value)
    return text


def _is_short(number: Decimal) -> bool:
    """Whether a number can be written without an exponent; ``1E+999999999`` would take a gigabyte."""
    exponent = number.as_tuple().exponent
    return not isinstance(exponent, int) or abs(exponent) <= LONGEST


def as_json(value: Any) -> str:
    """A value as JSON that keeps numbers as they are written."""
    match value:
        case dict():
            return "{" + ", ".join(f"{as_json(str(name))}: {as_json(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(as_json(item) for item in value) + "]"
        case Number() | bool() | int() | float() | Decimal():
            return str(as_text(value))
        case _:
            return json.dumps(as_text(value), ensure_ascii=False)


def _series(series: pd.Series[Any], decimal: str) -> pa.Array:
    if series.dtype != object:
        try:
            return pa.array(series, from_pandas=True)
        except UnicodeEncodeError as error:
            raise _half_a_character(error) from None
        except (pa.ArrowException, TypeError):
            pass  # complex numbers, columns that leave out what is zero
    return column_of([None if _is_missing(value) else value for value in series.tolist()], decimal)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
