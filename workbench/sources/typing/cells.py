"""Cells: what a column states and what that means, as expressions for the engine. Numbers are in ``exact``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.engine import Engine, EngineError, last_character, try_strptime
from workbench.errors import SettingsError
from workbench.sources.currencies import CODE, currency_called
from workbench.sources.detection.dates import EPOCH
from workbench.sources.options import Options

INSTANT = dt.Timestamp("UTC", scale=6)


@dataclass(frozen=True)
class Stated:
    """What an input states in a column: as it came, as text, and, where a number belongs, as a number."""

    column: ir.Value
    text: ir.StringValue
    number: ir.Value

    @property
    def present(self) -> ir.BooleanValue:
        """Whether the column has a value."""
        if not self.column.type().is_string():
            return self.column.notnull()
        # A text is blank or empty only if it begins so: looking at that first is several times faster.
        return self.column.notnull() & ((self.column >= "!") | self.text.notnull())


@dataclass(frozen=True)
class Cell:
    """What a column means: its value, null where it has none, and which fault it is where it should have one.

    ``sure`` says that whatever the column states is a value, so that nobody has to look at each.
    """

    stated: Stated
    value: ir.Value
    reason: str | ir.StringValue = "is empty"  # why what it states is no value
    sure: bool = False


@dataclass(frozen=True)
class Fault:
    """Where a column makes a record bad, with what, and why."""

    column: str
    bad: ir.BooleanValue
    text: ir.StringValue
    reason: ir.StringValue


def faults_of(name: str, cell: Cell, *, required: bool) -> list[Fault]:
    """A cell is bad if it states something that is no value and, where a value is required, if it is empty."""
    if cell.sure:
        return [Fault(name, ~cell.stated.present, cell.stated.text, ibis.literal("is empty"))] if required else []
    bad = cell.value.isnull() if required else cell.value.isnull() & cell.stated.present
    return [Fault(name, bad, cell.stated.text, ibis.ifelse(cell.stated.present, cell.reason, "is empty"))]


def text_cell(stated: Stated, _options: Options) -> Cell:
    """Text as it came, or without blanks around it; empty text is none."""
    return Cell(stated, stated.text, sure=True)


def currency_cell(stated: Stated, used: Collection[str | None]) -> Cell:
    """A currency's code in capitals; signs and words stand for theirs. ``used`` are all texts of the column."""
    code = stated.text.upper()
    if all(text is None or re.fullmatch(CODE, text.upper()) for text in used):
        return Cell(stated, code, sure=True)  # nobody has to look at each row
    if known := {text.upper(): name for text in used if text and (name := currency_called(text))}:
        code = code.substitute(known)
    return Cell(stated, ibis.ifelse(code.re_search(f"^{CODE}$"), code, None), "is not a currency")


def check_date_format(date_format: str, engine: Engine) -> None:
    """Raise ``SettingsError`` if ``date_format`` is no layout that the engine knows."""
    if date_format in EPOCH:
        return
    try:
        engine.to_pyarrow(try_strptime(ibis.literal(""), date_format))
    except EngineError:
        raise SettingsError(f'date_format={date_format!r} is no strptime layout, such as "%d.%m.%Y"') from None
    if not re.search("%-?[YyGcx]", date_format):
        raise SettingsError(f'date_format={date_format!r} has no year, and dates have one, such as in "%d.%m.%Y"')


def as_string(column: ir.Value) -> ir.StringValue:
    """A column as text: whole binary floats without a point, nested values as JSON."""
    kind = column.type()
    if kind.is_nested():
        return column.cast("json").cast("string")
    text = column.cast("string")
    return text.re_replace(r"\.0$", "") if kind.is_floating() else text


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """Text without blanks around it; null if there is nothing else."""
    # Looking at both ends first is several times faster: hardly any text has such blanks.
    return ibis.ifelse((text < "!") | (last_character(text) < "!"), text.strip(), text).nullif("")
