"""Cells: what a column says and what that means, as expressions for the engine. Numbers are in ``exact``."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.engine import Engine, EngineError, last_character, try_strptime
from workbench.errors import SettingsError
from workbench.sources.options import Options

INSTANT = dt.Timestamp("UTC", scale=6)
_ISO = (
    r"^\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$"
)


@dataclass(frozen=True)
class Said:
    """What an input says in a column: as it came, as text, and, where a number belongs, as a number."""

    column: ir.Value
    text: ir.StringValue
    number: ir.Value

    @property
    def present(self) -> ir.BooleanValue:
        """Whether it says anything."""
        if not self.column.type().is_string():
            return self.column.notnull()
        # A text is blank or empty only if it begins so: looking at that first is several times faster.
        return self.column.notnull() & ((self.column >= "!") | self.text.notnull())


@dataclass(frozen=True)
class Cell:
    """What a column means: its value, null where it has none, and what to say where it should have one.

    ``sure`` says that whatever the column says is a value, so that nobody has to look at each.
    """

    said: Said
    value: ir.Value
    reason: str | ir.StringValue = "is empty"  # why what it says is no value
    sure: bool = False


@dataclass(frozen=True)
class Fault:
    """Where a column makes a record bad, with what, and why."""

    column: str
    bad: ir.BooleanValue
    text: ir.StringValue
    reason: ir.StringValue


def faults_of(name: str, cell: Cell, *, required: bool) -> list[Fault]:
    """A cell is bad if it says something that is no value and, where a value is required, if it says nothing."""
    if cell.sure:
        return [Fault(name, ~cell.said.present, cell.said.text, ibis.literal("is empty"))] if required else []
    bad = cell.value.isnull() if required else cell.value.isnull() & cell.said.present
    return [Fault(name, bad, cell.said.text, ibis.ifelse(cell.said.present, cell.reason, "is empty"))]


def text_cell(said: Said, _options: Options) -> Cell:
    """Text as it came, or without blanks around it; empty text is none."""
    return Cell(said, said.text, sure=True)


def currency_cell(said: Said, _options: Options) -> Cell:
    """Text in capitals."""
    return Cell(said, said.text.upper(), sure=True)


def instant_cell(said: Said, options: Options) -> Cell:
    """An instant in UTC, to the microsecond. What has no offset is UTC; a bare date is its midnight."""
    kind = said.column.type()
    if kind.is_date() or (kind.is_timestamp() and kind.scale <= INSTANT.scale):
        return Cell(said, said.column.cast(INSTANT), sure=True)
    if options.date_format and kind.is_string():
        value = try_strptime(said.text, options.date_format).cast(INSTANT)
        return Cell(said, value, f"is not a date like {options.date_format!r}")
    # By way of text, nanoseconds are cut off; the engine's own cast would round them.
    value = ibis.ifelse(said.text.re_search(_ISO), said.text, None).try_cast(INSTANT)
    return Cell(said, value, "is not an ISO 8601 date")


def check_date_format(date_format: str, engine: Engine) -> None:
    """Raise ``SettingsError`` if ``date_format`` is no layout that the engine knows."""
    try:
        engine.to_pyarrow(try_strptime(ibis.literal(""), date_format))
    except EngineError:
        raise SettingsError(f'date_format {date_format!r} is no strptime layout, such as "%d.%m.%Y"') from None


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
