"""Instants: dates, with the time and the zone that stand beside them, as instants in UTC."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.engine import Engine, in_zone, try_strptime, zones
from workbench.sources.detection.dates import AS_OF, EPOCH, MILLISECONDS
from workbench.sources.detection.months import BESIDE_MONTHS, SIGNED, month_patterns
from workbench.sources.options import Options
from workbench.sources.typing.cells import INSTANT, Cell, Fault, Stated, trimmed
from workbench.sources.typing.zones import ABBREVIATIONS, zone_called

LOCAL = dt.Timestamp(scale=6)
_ISO = (
    r"^\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$"
)
_HAS_OFFSET = r":\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_FIRST = ibis.literal("0001-01-01T00:00:00+00:00").cast(INSTANT)
_PAST_LAST = ibis.literal("10000-01-01T00:00:00+00:00").cast(INSTANT)
_OUTSIDE = "lies outside the years 1 to 9999 (in UTC)"
_ABBREVIATED = r" *([A-Z]{3,4})$"
_FIRST_YEAR = 1000  # the first year with four digits


def instant_cell(
    stated: Stated, options: Options, time: Stated | None = None, zone: ir.StringValue | None = None
) -> Cell:
    """An instant in UTC, to the microsecond, of the years 1 to 9999, which are all that every later step knows.

    What has no offset is of ``zone``, or UTC, and a bare date its midnight; ``time`` is the column of the time of day.
    """
    cell = _instant_cell(stated, options, time, zone)
    outside = _is_outside(cell.value, INSTANT)
    reason = ibis.ifelse(outside, _OUTSIDE, cell.reason)
    return Cell(cell.stated, ibis.ifelse(outside, None, cell.value), reason)


def outside_faults(table: ir.Table, places: Mapping[str, int]) -> list[Fault]:
    """A fault for dates outside of the years 1 to 9999 in the columns at ``places`` that nobody knows.

    What counts nanoseconds ends in 2262.
    """
    columns = {name: table[table.columns[place]] for name, place in places.items()}
    return [
        Fault(name, _is_outside(column, column.type()), column.year().cast("string"), ibis.literal(_OUTSIDE))
        for name, column in columns.items()
        if column.type().is_date() or (column.type().is_timestamp() and column.type().scale <= INSTANT.scale)
    ]


def _is_outside(value: ir.Value, kind: dt.DataType) -> ir.BooleanValue:
    bounds = INSTANT if kind.is_timestamp() and kind.timezone else dt.date if kind.is_date() else LOCAL
    return ibis.coalesce((value < _FIRST.cast(bounds)) | (value >= _PAST_LAST.cast(bounds)), False)


def _instant_cell(stated: Stated, options: Options, time: Stated | None, zone: ir.StringValue | None) -> Cell:
    kind = stated.column.type()
    if time is None and (kind.is_date() or (kind.is_timestamp() and kind.scale <= INSTANT.scale)):
        naive = kind.is_date() or kind.timezone is None
        value = stated.column.cast(INSTANT) if zone is None or not naive else in_zone(zone, stated.column.cast(LOCAL))
        return Cell(stated, value.cast(INSTANT))
    text = stated.text if time is None else stated.text + ibis.coalesce(ibis.literal(" ") + trimmed(time.text), "")
    if options.date_format and (kind.is_string() or options.date_format in EPOCH):
        value = _in_layout(text, options.date_format, time is not None, zone)
        return Cell(stated, value, f"is not a date like {options.date_format!r}")
    text = text if time is None else text.re_replace(r" (\d:)", r" 0\1")
    # By way of text, nanoseconds are cut off; the engine's own cast would round them.
    iso = ibis.ifelse(text.re_search(_ISO), text, None)
    value = iso.try_cast(INSTANT)
    if zone is not None:
        local = in_zone(zone, iso.try_cast(LOCAL)).cast(INSTANT)
        value = ibis.ifelse(text.re_search(_HAS_OFFSET), value, local)
    return Cell(stated, value, "is not an ISO 8601 date")


def _in_layout(text: ir.StringValue, layout: str, timed: bool, zone: ir.StringValue | None) -> ir.TimestampValue:
    if layout in EPOCH:
        number = ibis.ifelse(text.re_search(f"^{EPOCH[layout].pattern}$"), text, None).try_cast("int64")
        return number.as_timestamp("ms" if layout == MILLISECONDS else "s").cast(INSTANT)
    text = _plain(text, layout)
    layouts = [f"{layout} %H:%M:%S", f"{layout} %H:%M", layout] if timed else [layout]
    if layout.endswith("%Z"):  # the engine means other zones by the same abbreviations
        zone = text.re_extract(_ABBREVIATED, 1).cases(*ABBREVIATIONS.items(), else_=ibis.null("string"))
        text, layouts = text.re_replace(_ABBREVIATED, ""), [layout.removesuffix("%Z").rstrip()]
    local = ibis.coalesce(*(try_strptime(text, variant) for variant in layouts))
    if "%Y" in layout:  # the engine reads 25 as the year 25
        local = ibis.ifelse(local.year() >= _FIRST_YEAR, local, None)
    if zone is None or "%z" in layout:
        return local.cast(INSTANT)
    return in_zone(zone, local).cast(INSTANT)


def _plain(text: ir.StringValue, layout: str) -> ir.StringValue:
    """Dates as the engine reads them: in English, without days of the week, ordinals and second dates."""
    if "/" in layout:
        text = text.re_replace(AS_OF.pattern, "")
    if layout.startswith("%Y-%m-%d"):
        text = text.re_replace(*SIGNED)
    if "%b" in layout:
        for pattern, plain in (*(BESIDE_MONTHS if "%a" not in layout.lower() else ()), *month_patterns()):
            text = text.re_replace(pattern, plain)
    return text


def zone_of(stated: Stated | None, options: Options, table: ir.Table, engine: Engine) -> ir.StringValue | None:
    """The zone of dates that name none: that of a column, else the option's; a column's unknown zones are null."""
    given = ibis.literal(options.timezone) if options.timezone else None
    if stated is None:
        return given
    names = {*zones(engine)}
    used = table.select(zone=stated.text).distinct().limit(len(names)).to_pyarrow()["zone"].to_pylist()
    known = {text: zone for text in sorted(filter(None, used)) if (zone := zone_called(text, names))}
    zone = stated.text.cases(*known.items(), else_=ibis.null("string")) if known else ibis.null("string")
    return ibis.ifelse(stated.text.isnull(), given or "UTC", zone)
