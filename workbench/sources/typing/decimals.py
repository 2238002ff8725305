"""Exact numbers: from whatever a column holds to decimals, without a binary float on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import extracted, multiply
from workbench.sources.options import Options
from workbench.sources.typing.cells import Cell, Stated

DIGITS = 38
FAST_DIGITS = 18  # digits that the engine keeps in 64 bits
POWERS = tuple(10**places for places in range(19))  # what a precision, of 64 bits, can be


@dataclass(frozen=True)
class Size:
    """How many digits numbers have at most, before and behind the decimal point."""

    integers: int = 0
    decimals: int = 0

    @property
    def dtype(self) -> dt.Decimal:
        """The decimal type that holds them: of 18 digits where that is enough, as it is fastest, otherwise of 38."""
        return dt.Decimal(FAST_DIGITS if self.integers + self.decimals <= FAST_DIGITS else DIGITS, self.decimals)

    @property
    def fits(self) -> bool:
        """Whether there is a type that holds them."""
        return self.integers + self.decimals <= DIGITS

    def __or__(self, other: Size) -> Size:
        """The size that holds both."""
        return Size(max(self.integers, other.integers), max(self.decimals, other.decimals))

    def divided_by(self, powers: Sequence[int]) -> Size:
        """The size of whole numbers of this size after a division by any of these powers of ten."""
        places = [_places(power) for power in powers]
        return Size(self.integers - min(places), max(places)) if places else Size()


def is_exact(column: ir.Value) -> bool:
    """Whether the type of a column holds exact numbers."""
    return column.type().is_integer() or column.type().is_decimal()


def tokens(column: ir.Value, text: ir.StringValue, options: Options) -> ir.StringValue:
    """The texts of a column that are numbers, with a point for a decimal mark and nothing between thousands."""
    decimal, thousands = _marks(column, options)
    token = ibis.ifelse(text.re_search(f"^{_pattern(decimal, thousands, str(DIGITS))}$"), text, None)
    if thousands:
        token = token.replace(thousands, "")
    return token if decimal == "." else token.replace(decimal, ".")


def are_plain(column: pa.ChunkedArray, options: Options) -> bool:
    """Whether all texts of a column in memory are numbers with these marks, and none has an exponent."""
    number = _pattern(options.mark, options.thousands, str(DIGITS), exponent="")
    return bool(pc.all(pc.match_substring_regex(column, rf"^\s*(?:{number})?\s*$"), min_count=0).as_py())


def scientific(token: ir.StringValue) -> ir.StructValue:
    """The parts of numbers such as ``-1.5E-7``; null for others."""
    parts = extracted(token, r"^([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d+)$", ("sign", "whole", "fraction", "exponent"))
    return ibis.ifelse(token.contains("e") | token.contains("E"), parts, None)


def plain(token: ir.StringValue, parts: ir.StructValue) -> ir.StringValue:
    """``-1.5E-7`` as ``-0.00000015``; null past 38 decimals. The engine's own cast stops at less."""
    sign, whole, fraction, exponent = (parts[name] for name in parts.names)
    digits = whole + fraction
    point = whole.length() + exponent.try_cast("int64")
    after = digits.length() - point
    zero = ibis.literal("0")
    spelled = ibis.cases(
        (after > DIGITS, ibis.null("string")),
        (after <= 0, digits + zero.repeat(-after)),
        (point <= 0, "0." + zero.repeat(-point) + digits),
        else_=digits.left(point) + "." + digits.right(after),
    )
    return ibis.ifelse(parts.isnull(), token, sign + spelled)


def wholes(number: ir.Value) -> ir.Value:
    """The numbers that are whole, others as null."""
    kind = number.type()
    if kind.is_integer() or (kind.is_decimal() and kind.scale == 0):
        return number
    text = number.cast("string")
    return ibis.ifelse(text.re_search(r"\.0*[1-9]"), None, text)


def measure(table: ir.Table, columns: Mapping[str, ir.Value]) -> dict[str, Size]:
    """The sizes of columns of numbers, found in one pass."""
    most = {f"{name} {part}": count for name, column in columns.items() for part, count in _digits(column).items()}
    facts = table.aggregate(**most).to_pyarrow().to_pylist()[0]
    sizes = {
        name: Size(*(max(0, facts[f"{name} {part}"] or 0) for part in ("integers", "decimals"))) for name in columns
    }
    return {name: size if size.fits else _usual_size(table, columns[name]) for name, size in sizes.items()}


def _usual_size(table: ir.Table, column: ir.Value) -> Size:
    """The size that holds the most numbers of a column, where none holds all; of several that of the shortest numbers.

    So a number with uncommonly many digits is bad, and not those beside it. Zeros at the end need no room.
    """
    text = column.cast("string").re_replace(r"^[+-]?0*", "")
    digits = table.select(integers=_before(text), needed=_behind(_short(text)), written=_behind(text)).drop_null()
    rows = digits.group_by(digits.columns).agg(numbers=digits.count()).to_pyarrow().to_pylist()

    def fitting(decimals: int) -> list[dict[str, int]]:
        return [row for row in rows if row["needed"] <= decimals and row["integers"] + decimals <= DIGITS]

    def preferred(decimals: int) -> tuple[int, int]:
        kept = fitting(decimals)
        return sum(row["numbers"] for row in kept), -sum(row["integers"] + row["needed"] for row in kept)

    decimals = max((row["needed"] for row in rows), key=preferred, default=0)
    room = DIGITS - max((row["integers"] for row in fitting(decimals)), default=0)
    written = max((row["written"] for row in fitting(decimals) if row["written"] <= room), default=0)
    return Size(DIGITS - max(decimals, written), max(decimals, written))


def _short(text: ir.StringValue) -> ir.StringValue:
    """The number without zeros at the end of its decimals."""
    return text.re_replace(r"(\.\d*?)0+$", r"\1")


def number_cell(stated: Stated, size: Size, options: Options) -> Cell:
    """The numbers of a column, which are of this size at most, as decimals of one type."""
    dtype = size.dtype
    if is_exact(stated.column) and size.fits:
        return Cell(stated, stated.number.cast(dtype), sure=True)
    long_number = stated.text.re_search(f"^{_pattern(*_marks(stated.column, options), '')}$")
    reason = ibis.cases(
        (stated.number.notnull(), too_long(dtype)),
        (long_number, f"has more than {DIGITS} digits"),
        else_="is not a number",
    )
    value = stated.number.try_cast(dtype)
    if size.integers + size.decimals == DIGITS:  # the engine would round those with more decimals
        value = ibis.ifelse(_behind(_short(stated.number.cast("string"))) <= size.decimals, value, None)
    return Cell(stated, value, reason)


def whole_cell(stated: Stated, size: Size, options: Options) -> Cell:
    """The whole numbers of a column, which are of this size at most, as decimals of one type."""
    cell, whole = number_cell(stated, size, options), wholes(stated.number)
    if whole is stated.number:
        return cell
    broken = stated.number.notnull() & whole.isnull()
    return Cell(stated, whole.try_cast(size.dtype), ibis.ifelse(broken, "is not a whole number", cell.reason))


@dataclass(frozen=True)
class Powers:
    """The powers of ten that occur in a column: all, and those that divide; and whether anything else does."""

    all: tuple[int, ...]
    divisors: tuple[int, ...]
    others: bool  # some value is no power of ten, or is missing beside what it should divide
    undivided: bool  # some record has nothing to divide


def occurring(table: ir.Table, stated: Stated, beside: Stated) -> Powers:
    """The powers of ten that occur in a column, and those of them that divide a value ``beside`` them."""
    rows = _occurring_rows(table, stated, beside)
    known = [row for row in rows if row["power"] in POWERS]
    return Powers(
        tuple(sorted({row["power"] for row in known})),
        tuple(sorted({row["power"] for row in known if row["beside"]})),
        any(row["present"] or row["beside"] for row in rows if row not in known),
        not all(row["beside"] for row in rows),
    )


def _occurring_rows(table: ir.Table, stated: Stated, beside: Stated) -> list[dict[str, Any]]:
    """Every power, with whether the column has a value and whether there is a value to divide."""
    power = wholes(stated.number).try_cast("int64")
    rows = table.select(power=power, present=stated.present, beside=beside.present)
    if is_exact(stated.column) and is_exact(beside.column):
        # Files say how many nulls they hold, the least and the most: often there is little left to look at.
        facts = table.aggregate(
            rows=table.count(),
            present=stated.column.count(),
            beside=beside.column.count(),
            least=stated.column.min(),
            most=stated.column.max(),
        )
        [counts] = facts.to_pyarrow().to_pylist()
        if counts["rows"] == counts["present"] == counts["beside"]:
            rows = table.select(power=power, present=True, beside=True)
            rows = rows.limit(1) if counts["least"] == counts["most"] else rows
    return rows.distinct().to_pyarrow().to_pylist()


def precision_cell(stated: Stated, powers: Sequence[int] = POWERS) -> Cell:
    """The numbers of a column that are among these powers of ten, as 64-bit whole numbers."""
    whole = wholes(stated.number).try_cast("int64")
    return Cell(stated, ibis.ifelse(whole.isin(powers), whole, None), "is not a power of ten up to 10^18")


def too_long(dtype: dt.Decimal) -> str:
    """What is wrong with a number that ``dtype`` cannot hold."""
    beside = f" beside the {dtype.scale} decimals of its column" if dtype.scale else ""
    return f"has more than {DIGITS} digits{beside}"


def divided(whole: ir.Value, precision: ir.Value, powers: Sequence[int], dtype: dt.Decimal) -> ir.DecimalValue:
    """``whole`` by ``precision``, which is one of ``powers``; exact, and null where that does not fit ``dtype``."""
    if not powers:
        return ibis.null(dtype)
    parts = [(power, _constant(f"1e-{_places(power)}", dtype.scale + 1, dtype.scale)) for power in powers]
    value = whole.try_cast(dt.Decimal(dtype.precision, 0))
    if dtype.precision == DIGITS:
        # Too large a product would stop the engine.
        limits = [(power, _constant("9" * (DIGITS - dtype.scale + _places(power)), DIGITS, 0)) for power in powers]
        value = ibis.ifelse(value.abs() <= precision.cases(*limits), value, None)
    return multiply(value, precision.cases(*parts)).cast(dtype)


def _places(power: int) -> int:
    return len(str(power)) - 1


def _marks(column: ir.Value, options: Options) -> tuple[str, str | None]:
    """The marks of the numbers in a column: the options are about text."""
    return (options.mark, options.thousands) if column.type().is_string() else (".", None)


def _pattern(decimal: str, thousands: str | None, decimals: str, *, exponent: str = r"(?:[eE][+-]?\d{1,3})?") -> str:
    """What a number looks like that has at most so many decimals."""
    mark = re.escape(decimal)
    whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+)" if thousands else r"\d+"
    return rf"[+-]?(?:{whole}(?:{mark}\d{{0,{decimals}}})?|{mark}\d{{1,{decimals}}}){exponent}"


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


def _before(number: ir.StringValue) -> ir.IntegerValue:
    point = number.find(".")
    return ibis.ifelse(point < 0, number.length(), point)


def _behind(number: ir.StringValue) -> ir.IntegerValue:
    point = number.find(".")
    return ibis.ifelse(point < 0, 0, number.length() - point - 1)


def _constant(value: str, precision: int, scale: int) -> ir.DecimalScalar:
    # As text: the SQL writer would make a binary float of a number.
    return ibis.literal(f"{Decimal(value):f}").cast(dt.Decimal(precision, scale))
