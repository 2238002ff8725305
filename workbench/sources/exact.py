"""Exact numbers: from whatever a column holds to decimals, without a binary float on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.sources.cells import Cell, as_string, trimmed
from workbench.sources.functions import multiply
from workbench.sources.options import Options

DIGITS = 38
FAST_DIGITS = 18  # as many as the engine keeps in 64 bits
WHOLE = dt.Decimal(DIGITS, 0)
MOST_PLACES = 18  # of a precision, which is a 64-bit whole number


@dataclass(frozen=True)
class Size:
    """How many digits numbers have at most, before and behind the decimal point."""

    integers: int = 0
    decimals: int = 0

    @property
    def dtype(self) -> dt.Decimal:
        """The decimal type that holds them: of 18 digits where that is enough, as it is fastest, otherwise of 38."""
        return dt.Decimal(FAST_DIGITS if self.integers + self.decimals <= FAST_DIGITS else DIGITS, self.decimals)

    def __or__(self, other: Size) -> Size:
        """The size that holds both."""
        return Size(max(self.integers, other.integers), max(self.decimals, other.decimals))


def numbers(column: ir.Value, options: Options) -> ir.Value:
    """The numbers of a column, as they are or as text like ``-12.50``; null where there is none."""
    kind = column.type()
    if kind.is_integer() or kind.is_decimal():
        return column
    decimal, thousands = _marks(column, options)
    text = trimmed(column.cast("string"))  # a binary float counts at its shortest decimal form
    token = ibis.ifelse(text.re_search(_pattern(decimal, thousands, str(DIGITS))), text, None)
    if thousands:
        token = token.replace(thousands, "")
    return token if decimal == "." else token.replace(decimal, ".")


def wholes(column: ir.Value, options: Options) -> ir.Value:
    """The ``numbers`` of a column that are whole."""
    found = numbers(column, options)
    kind = found.type()
    if kind.is_integer() or (kind.is_decimal() and kind.scale == 0):
        return found
    text = found.cast("string")
    fraction = ibis.ifelse(_has_exponent(text), _behind(text) > 0, text.re_search(r"\.0*[1-9]"))
    return ibis.ifelse(fraction, None, text)


def measure(table: ir.Table, columns: Mapping[str, ir.Value]) -> dict[str, Size]:
    """The sizes of columns of ``numbers``, found in one pass."""
    asked = {f"{name} {part}": each for name, column in columns.items() for part, each in _digits(column).items()}
    told = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {name: Size(*(max(0, told[f"{name} {part}"] or 0) for part in ("integers", "decimals"))) for name in columns}


def number_cell(column: ir.Value, found: ir.Value, dtype: dt.Decimal, options: Options) -> Cell:
    """The ``numbers`` found in a column, as decimals of one type."""
    text = trimmed(as_string(column))
    reason = ibis.cases(
        (found.notnull(), too_long(dtype)),
        (text.re_search(_pattern(*_marks(column, options), "")), f"has more than {DIGITS} digits"),
        else_="is not a number",
    )
    return Cell(found.try_cast(dtype), text.notnull() if column.type().is_string() else column.notnull(), text, reason)


def too_long(dtype: dt.Decimal) -> str:
    """What is wrong with a number that ``dtype`` cannot hold."""
    beside = f" beside the {dtype.scale} decimals of its column" if dtype.scale else ""
    return f"has more than {DIGITS} digits{beside}"


def whole_cell(column: ir.Value, found: ir.Value, dtype: dt.Decimal, options: Options) -> Cell:
    """The ``wholes`` found in a column, as decimals of one type."""
    cell = number_cell(column, found, dtype, options)
    fraction = numbers(column, options).notnull() & found.isnull()
    return replace(cell, reason=ibis.ifelse(fraction, "is not a whole number", cell.reason))


def precision_cell(column: ir.Value, options: Options) -> Cell:
    """The powers of ten in a column, as 64-bit whole numbers."""
    found = wholes(column, options).try_cast("int64")
    cell = number_cell(column, found, WHOLE, options)
    value = ibis.ifelse(found.isin([10**places for places in range(MOST_PLACES + 1)]), found, None)
    return replace(cell, value=value, reason="is not a power of ten")


def divided(whole: ir.Value, precision: ir.IntegerValue, dtype: dt.Decimal) -> ir.DecimalValue:
    """``whole`` by ``precision``, exactly; null where that does not fit ``dtype``."""
    places = range(dtype.scale + 1)
    parts = ibis.cases(*[(precision == 10**n, _constant(f"1e-{n}", dtype.scale + 1, dtype.scale)) for n in places])
    value = whole.try_cast(dt.Decimal(dtype.precision, 0))
    if dtype.precision == DIGITS:
        # Too large a product would stop the engine.
        limits = [(precision == 10**n, _constant("9" * (DIGITS - dtype.scale + n), DIGITS, 0)) for n in places]
        value = ibis.ifelse(value.abs() <= ibis.cases(*limits), value, None)
    return multiply(value, parts).cast(dtype)


def _marks(column: ir.Value, options: Options) -> tuple[str, str | None]:
    """The marks of the numbers in a column: the options are about text."""
    return (options.decimal, options.thousands) if column.type().is_string() else (".", None)


def _pattern(decimal: str, thousands: str | None, decimals: str) -> str:
    """What a number looks like that has at most so many decimals."""
    mark = re.escape(decimal)
    whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+)" if thousands else r"\d+"
    return rf"^[+-]?(?:{whole}(?:{mark}\d{{0,{decimals}}})?|{mark}\d{{1,{decimals}}})(?:[eE][+-]?\d{{1,3}})?$"


def _digits(column: ir.Value) -> dict[str, ir.IntegerValue]:
    """How many digits the numbers of a column have at most; a sign and leading zeros may count as some."""
    kind = column.type()
    if kind.is_string():
        return {"integers": _before(column).max(), "decimals": _behind(column).max()}
    integers = ibis.greatest(_before(column.max().cast("string")), _before(column.min().cast("string")))
    if kind.is_integer() or kind.precision <= FAST_DIGITS or kind.scale == 0:
        return {"integers": integers, "decimals": ibis.literal(kind.scale if kind.is_decimal() else 0)}
    # A wide type says little about what is in it.
    return {"integers": integers, "decimals": _behind(column.cast("string").re_replace("0+$", "")).max()}


def _before(token: ir.StringValue) -> ir.IntegerValue:
    mantissa, exponent = _mantissa(token), _exponent(token)
    point = mantissa.find(".")
    return ibis.ifelse(point < 0, mantissa.length(), point) + exponent


def _behind(token: ir.StringValue) -> ir.IntegerValue:
    mantissa, exponent = _mantissa(token), _exponent(token)
    point = mantissa.find(".")
    return ibis.ifelse(point < 0, 0, mantissa.length() - point - 1) - exponent


def _mantissa(token: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(_has_exponent(token), token.re_replace("[eE].*$", ""), token)


def _exponent(token: ir.StringValue) -> ir.IntegerValue:
    return ibis.ifelse(_has_exponent(token), token.re_extract("[eE](.+)$", 1).try_cast("int64"), 0)


def _has_exponent(token: ir.StringValue) -> ir.BooleanValue:
    return token.contains("e") | token.contains("E")


def _constant(value: str, precision: int, scale: int) -> ir.DecimalScalar:
    # As text: the SQL writer would make a binary float of a number.
    return ibis.literal(f"{Decimal(value):f}").cast(dt.Decimal(precision, scale))
