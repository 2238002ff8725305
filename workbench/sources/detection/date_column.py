"""The date of a record: which column has it, and in which layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from workbench.layouts.questions import Choice, Question
from workbench.sources.detection.dates import (
    EPOCH,
    ORDERS,
    DateReading,
    date_readings,
    differing,
    is_iso,
    is_run_of_digits,
)
from workbench.sources.detection.look import Column, Findings, Look, called

MANY, FEW = 6, 2  # years, or days of the month, that a list of records is in
_DATE_IN_TEXT = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


def find_date(look: Look, findings: Findings) -> None:
    """Find the column of the date and the layout of all dates."""
    name = "created_at" if look.kind.name == "internal" else "date"
    column = look.mapped.get(name) or _choose(look, findings, name)
    if column is None:
        return
    findings.meaning[name] = column
    for other in ("time", "timezone"):
        _find_beside(look, findings, other, column)
    columns = [column, *(mapped for meaning, mapped in look.mapped.items() if meaning == "effective_date")]
    _find_layout(look, findings, columns)


def _choose(look: Look, findings: Findings, name: str) -> Column | None:
    """The column of the date, by its header; without such a header, the one that has dates."""
    named = [(rank, column) for rank, column in look.named(name) if rank == 0 or column.is_date or _counts(column)]
    if named:
        best = [column for rank, column in named if rank == named[0][0]]
        whole = [column for _, column in named if len(column.filled) == len(column.texts)]
        if named[0][0] and best[0] not in whole and whole:
            best = whole[:1]
        others = [column for column in best[1:] if column.texts != best[0].texts and not _same_days(best[0], column)]
        if not others or named[0][0] == 0:
            _note_column(findings, best[0], name, named[0][0])
            return best[0]
        _ask(look, findings, name, [best[0], *others])
        return None
    dated = [column for column in look.free if column.is_date] or [column for column in look.free if _is_run(column)]
    if dated and all(column.texts == dated[0].texts for column in dated):
        findings.evidence.append(f"{called(dated[0])} is the date: no other column has dates")
        return dated[0]
    if dated:
        _ask(look, findings, name, dated)
    return None


def days_of(findings: Findings) -> list[datetime | None]:
    """The instants of the records that are looked at, as far as their layout is sure."""
    column = next((findings.meaning[name] for name in ("date", "created_at") if name in findings.meaning), None)
    layout = findings.options.get("date_format")
    readings = date_readings(column.texts, numbers=True) if column else []
    sure = [reading for reading in readings if layout in {None, reading.layout}]
    return list(sure[0].values) if len(sure) == 1 else []


def _same_days(one: Column, other: Column) -> bool:
    """Whether two columns say the same day in every row, as a date and a time stamp do."""
    if one.typed or other.typed or len(one.filled) < len(one.texts) or len(other.filled) < len(other.texts):
        return False
    days = [
        {
            (reading.order, *(value and value.date() for value in reading.values))
            for reading in date_readings(column.texts)
        }
        for column in (one, other)
    ]
    return bool(days[0] & days[1])


def _is_run(column: Column) -> bool:
    """Whether a column has nothing but dates without marks, such as 20260131."""
    return bool(column.filled) and all(map(is_run_of_digits, column.filled))


def _counts(column: Column) -> bool:
    """Whether a column named for a date has numbers that are dates."""
    return bool(column.filled) and any(reading.fits for reading in date_readings(column.filled, numbers=True))


def _ask(look: Look, findings: Findings, name: str, columns: Sequence[Column]) -> None:
    names = " and ".join(map(called, columns))
    choices = tuple(Choice({"mapping": {look.key_of(column): name}}) for column in columns)
    findings.questions.append(Question("mapping", f"{names} could each be the date of a record", choices))
    of_layout = Findings()  # what is open whichever column it is, so that one answer settles all
    _find_layout(look, of_layout, columns)
    findings.questions += of_layout.questions


def _find_beside(look: Look, findings: Findings, meaning: str, date: Column) -> None:
    """The column of the time, or of its zone, where dates have none themselves."""
    if meaning in look.mapped:
        findings.meaning[meaning] = look.mapped[meaning]
        return
    if look.is_plain or (meaning == "time" and any(":" in text for text in date.filled)):
        return
    fits = re.compile(
        r"\d{1,2}:\d{2}(:\d{2})?"
        if meaning == "time"
        else r"[A-Za-z_]+(/[A-Za-z_]+)?|(UTC|GMT)? ?[+-]\d{1,2}(:?\d{2})?"
    )
    for rank, column in look.named(meaning):
        if column.filled and all(map(fits.fullmatch, column.filled)):
            findings.meaning[meaning] = column
            _note_column(findings, column, meaning, rank)
            return


def _find_layout(look: Look, findings: Findings, columns: Sequence[Column]) -> None:
    """The layout of dates, certain when no other fits all of them."""
    texts = [text for column in columns if column.typed != "date" for text in column.filled]
    if "date_format" in look.given or not texts or all(map(is_iso, texts)):
        return
    readings = differing(date_readings(texts, numbers=True))
    if len(readings) > 1:
        readings = _settled_by_all(look, findings, columns, readings)
    readings = _without_far_years(readings)
    if len(readings) > 1:
        readings = _settled_elsewhere(look, findings, columns, readings)
    if len(readings) == 1:
        findings.options["date_format"] = readings[0].layout
        if len(columns) and not any("dates are" in sentence for sentence in findings.evidence):
            findings.evidence.append(_sentence(readings[0], texts))
    elif readings:
        choices = tuple(Choice({"date_format": reading.layout}, _meaning(reading)) for reading in readings)
        text = f"dates such as {texts[0]!r} fit {len(readings)} layouts"
        findings.questions.append(Question("date_format", text, choices))


def _settled_by_all(
    look: Look, findings: Findings, columns: Sequence[Column], readings: list[DateReading]
) -> list[DateReading]:
    """Those layouts that fit all rows, where more than one fits the rows that were looked at."""
    against = {
        reading.layout: [text for column in columns for text in look.whole.not_in_layout(column.place, reading.layout)]
        for reading in readings
    }
    fewest = min(map(len, against.values()))
    kept = [reading for reading in readings if len(against[reading.layout]) == fewest]
    if len(kept) == 1 and len(readings) > 1:
        other = next(text for layout, others in against.items() if layout != kept[0].layout for text in others)
        findings.evidence.append(f"dates are {_order(kept[0])}: {other!r} is a date in no other layout")
    return kept


def _without_far_years(readings: list[DateReading]) -> list[DateReading]:
    """Those that are no list of years on one or two days of the month, as 26 is in ``14-01-26``, where others are."""
    days = [[value for value in reading.values if value] for reading in readings]
    far = [len({day.year for day in some}) >= MANY and len({day.day for day in some}) <= FEW for some in days]
    near = [len({day.year for day in some}) <= FEW for some in days]
    kept = [reading for reading, is_far in zip(readings, far, strict=True) if not is_far]
    return kept if any(near) and kept else readings


def _settled_elsewhere(
    look: Look, findings: Findings, columns: Sequence[Column], readings: list[DateReading]
) -> list[DateReading]:
    """Other dates of the file that are written alike, in another column or before the header, settle the layout."""
    places = {column.place for column in columns}
    others = [column for column in look.columns if column.place not in places and not column.typed and column.is_date]
    before = [match.group() for line in look.before for match in _DATE_IN_TEXT.finditer(line)]
    for where, texts in [*((called(column), column.filled) for column in others), ("a line before the header", before)]:
        orders = {reading.order for text in [texts] if text for reading in date_readings(text)}
        alike = {reading.layout.split(" ")[0][2:3] for reading in date_readings(texts)} if texts else set()
        kept = [reading for reading in readings if reading.order in orders and reading.layout[2:3] in alike]
        if len(orders) == 1 and len(kept) == 1:
            findings.evidence.append(f"dates are {_order(kept[0])}: so are those of {where}, such as {texts[0]!r}")
            return kept
    return readings


def _order(reading: DateReading) -> str:
    return ORDERS.get(reading.order, "").replace(", ", ".") or "seconds since 1970"


def _meaning(reading: DateReading) -> str:
    first = next(value for value in reading.values if value)
    return f"{ORDERS.get(reading.order, 'counted from 1970')}: {first:%Y-%m-%d}"


def _sentence(reading: DateReading, texts: Sequence[str]) -> str:
    if reading.layout in EPOCH:
        unit = "seconds" if reading.layout == "unix" else "milliseconds"
        return f"dates are {unit} since 1970: {texts[0]!r} is {reading.values[0]}"
    place = {"dmy": 0, "mdy": 1}.get(reading.order)
    numbers = [re.findall(r"\d+", text) for text in texts]
    telling = sum(len(parts) > 1 and int(parts[place]) > 12 for parts in numbers) if place is not None else 0
    if telling and "%b" not in reading.layout.lower() and len(numbers[0]) > 2:
        which = "first" if place == 0 else "second"
        return f"dates are {_order(reading)}: {telling} rows have a {which} number over 12"
    return f"dates are {_order(reading)}, such as {texts[0]!r}"


def _note_column(findings: Findings, column: Column, name: str, rank: int) -> None:
    if rank:
        findings.evidence.append(f"{called(column)} is the {name}")
