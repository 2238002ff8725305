"""Dates: the layouts in which statements write an instant, and which of them fit a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workbench.sources.detection.months import month_of, without_words

ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?"
)
SECONDS, MILLISECONDS = "unix", "unix_ms"  # instants that are counted from 1970
EPOCH = {SECONDS: re.compile(r"[1-4]\d{9}"), MILLISECONDS: re.compile(r"[1-4]\d{12}")}
FIRST_YEAR, LAST_YEAR = 1900, 2100
_CLOCK = (
    r"(?:(?P<gap>[T ,]{1,2}|\. | - |-(?=\d{1,2}[:.]\d{2}[:.]\d{2}))(?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d{2})"
    r"(?:(?P=colon)(?P<second>\d{2})(?:(?P<point>[.,])(?P<fraction>\d{1,6}))?)?(?P<half> ?[AaPp][Mm])?)?"
    r"(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[A-Z]{3,4}))?"
)
_NUMBERS = re.compile(
    rf"(?P<a>\d{{1,4}})(?P<mark>\. ?|[-/ ]|(?<=\d{{4}}):)(?P<b>\d{{1,2}})(?P=mark)(?P<c>\d{{1,4}})\.?{_CLOCK}"
)
AS_OF = re.compile(r" as of [\d/]+$")  # a second date, as of which the first is booked
_DIGITS = re.compile(rf"(?P<digits>\d{{8}}|\d{{6}}){_CLOCK}")
_NAMED = re.compile(
    rf"(?:(?P<b>[^\W\d]{{3,10}})\.?(?P<mark> )(?P<a>\d{{1,2}})(?P<comma>,? )(?P<c>\d{{4}})"
    rf"|(?P<d>\d{{1,2}})(?P<mark2>\. | de |[-/ .]?)(?P<e>[^\W\d]{{3,10}})\.?(?P<mark3> de |[-/ ,.]{{0,2}})"
    rf"(?P<f>\d{{4}}|\d{{2}})){_CLOCK}"
)
ORDERS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


@dataclass(frozen=True)
class DateReading:
    """A layout and the instants, without zone, that the texts say in it."""

    layout: str
    values: tuple[datetime | None, ...]
    order: str = ""

    @property
    def fits(self) -> bool:
        """Whether every text is a date in this layout."""
        return None not in self.values


def is_iso(text: str) -> bool:
    """Whether a text is a date as ISO 8601 writes it.

    >>> is_iso("2026-01-31T09:30:00Z"), is_iso("31.01.2026")
    (True, False)
    """
    return ISO.fullmatch(text.strip()) is not None


def is_run_of_digits(text: str) -> bool:
    """Whether a text is a date without marks, the year first: eight digits of a day in this or the last decades.

    >>> is_run_of_digits("20260131"), is_run_of_digits("12345678")
    (True, False)
    """
    match = re.fullmatch(r"(19[7-9]\d|20[0-6]\d)(\d\d)(\d\d)", text)
    return match is not None and _instant(int(match[1]), int(match[2]), int(match[3]), (0, 0, 0)) is not None


def is_date(text: str) -> bool:
    """Whether a text is a date in any layout that statements have; a bare number is none."""
    text = text.strip()
    if not 6 <= len(text) <= 40 or text.isdigit():
        return False
    return is_iso(text) or any(reading.fits for reading in date_readings([text]))


def date_readings(texts: Sequence[str], *, numbers: bool = False) -> list[DateReading]:
    """The layouts that fit most of the texts; ``numbers`` says that bare numbers may be dates too.

    Where one layout fits all texts, only such are returned.

    >>> [reading.layout for reading in date_readings(["31.01.2026", "01.02.2026"])]
    ['%d.%m.%Y']
    >>> [reading.layout for reading in date_readings(["01/02/2026"])]
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    layouts: dict[tuple[str, str], None] = {}
    for text in texts:
        layouts.update(dict.fromkeys(_layouts(text.strip(), numbers)))
    readings = [
        DateReading(layout, tuple(_value(text.strip(), layout, numbers) for text in texts), order)
        for layout, order in layouts
    ]
    whole = [reading for reading in readings if reading.fits]
    if whole or not readings:
        return whole
    most = max(_count(reading) for reading in readings)
    return [reading for reading in readings if most and _count(reading) == most]


def _count(reading: DateReading) -> int:
    return sum(value is not None for value in reading.values)


def _layouts(text: str, numbers: bool) -> Iterator[tuple[str, str]]:
    """The layouts that one text can be in, with the order of their parts."""
    if numbers:
        yield from ((name, name) for name, shape in EPOCH.items() if shape.fullmatch(text))
    for layout, order, _ in _read(text, numbers):
        yield layout, order


def _value(text: str, layout: str, numbers: bool) -> datetime | None:
    if layout in EPOCH:
        return _counted(text, layout)
    return next((value for fitting, _, value in _read(text, numbers) if fitting == layout), None)


def _counted(text: str, layout: str) -> datetime | None:
    if not EPOCH[layout].fullmatch(text):
        return None
    milliseconds = int(text) * (1000 if layout == SECONDS else 1)
    return datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)  # noqa: DTZ001 - in UTC, as all without zone


def _read(text: str, numbers: bool) -> Iterator[tuple[str, str, datetime]]:
    """Each way in which a text is a date: its layout, the order of its parts, and the instant."""
    text = without_words(AS_OF.sub("", text)) if not text.isascii() or any(map(str.isalpha, text)) else text
    for shape, parts_of in ((_NUMBERS, _numbered), (_NAMED, _named), (_DIGITS, _run_of_digits)):
        match = shape.fullmatch(text)
        if match and (shape is not _DIGITS or numbers or match["hour"]):
            clock, time = _clock(match)
            for layout, order, year, month, day in parts_of(match):
                instant = _instant(year, month, day, time)
                if instant:
                    yield layout + clock, order, instant


def _numbered(match: re.Match[str]) -> Iterator[tuple[str, str, int, int, int]]:
    a, b, c, mark = match["a"], match["b"], match["c"], match["mark"]
    tail = "." if match.string[match.end("c") : match.end("c") + 1] == "." and mark.startswith(".") else ""
    if len(a) == 4 and len(c) <= 2:
        yield f"%Y{mark}%m{mark}%d{tail}", "ymd", int(a), int(b), int(c)
    elif len(a) <= 2 and len(c) in {2, 4}:
        year, letter = (int(c), "%Y") if len(c) == 4 else (_century(int(c)), "%y")
        yield f"%d{mark}%m{mark}{letter}{tail}", "dmy", year, int(b), int(a)
        yield f"%m{mark}%d{mark}{letter}{tail}", "mdy", year, int(a), int(b)
        if len(c) == 2 and mark == "-":
            yield f"%y{mark}%m{mark}%d", "ymd", _century(int(a)), int(b), int(c)


def _named(match: re.Match[str]) -> Iterator[tuple[str, str, int, int, int]]:
    month, letter = month_of(match["b"] or match["e"]), "%b"
    if month is None:
        return
    if match["b"]:
        yield f"{letter} %d{match['comma']}%Y", "mdy", int(match["c"]), month, int(match["a"])
    else:
        year = int(match["f"]) if len(match["f"]) == 4 else _century(int(match["f"]))
        of_year = "%Y" if len(match["f"]) == 4 else "%y"
        yield f"%d{match['mark2']}{letter}{match['mark3']}{of_year}", "dmy", year, month, int(match["d"])


def _run_of_digits(match: re.Match[str]) -> Iterator[tuple[str, str, int, int, int]]:
    digits = match["digits"]
    if len(digits) == 8:
        yield "%Y%m%d", "ymd", int(digits[:4]), int(digits[4:6]), int(digits[6:])
        yield "%d%m%Y", "dmy", int(digits[4:]), int(digits[2:4]), int(digits[:2])
        yield "%m%d%Y", "mdy", int(digits[4:]), int(digits[:2]), int(digits[2:4])
    else:
        yield "%y%m%d", "ymd", _century(int(digits[:2])), int(digits[2:4]), int(digits[4:])
        yield "%d%m%y", "dmy", _century(int(digits[4:])), int(digits[2:4]), int(digits[:2])


def _clock(match: re.Match[str]) -> tuple[str, tuple[int, int, int] | None]:
    """The layout of the time behind a date, and the time; ``None`` if it is none."""
    layout, time = "", (0, 0, 0)
    if match["hour"]:
        hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
        layout = f"{match['gap']}{'%I' if match['half'] else '%H'}{match['colon']}%M"
        layout += f"{match['colon']}%S" if match["second"] else ""
        layout += f"{match['point']}%f" if match["fraction"] else ""
        if match["half"]:
            layout += " %p" if match["half"].startswith(" ") else "%p"
            if not 1 <= hour <= 12:
                return layout, None
            hour = hour % 12 + (12 if match["half"].strip()[0] in "pP" else 0)
        time = hour, minute, second
        if hour > 23 or minute > 59 or second > 59:
            return layout, None
    if match["zone"]:
        blank, name = " " * match["zone"].startswith(" "), match["zone"].strip()
        layout += blank + (name if name in {"Z", "UTC", "GMT"} else "%z" if name[0] in "+-" else "%Z")
    return layout, time


def _instant(year: int, month: int, day: int, time: tuple[int, int, int] | None) -> datetime | None:
    if time is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, *time)  # noqa: DTZ001 - its zone is another question
    except ValueError:
        return None


def _century(year: int) -> int:
    return year + (1900 if year >= 69 else 2000)


def differing(readings: Iterable[DateReading]) -> list[DateReading]:
    """Of readings, one for each different list of instants: which of two that say the same is taken does not matter.

    With points between numbers the day comes first: no country writes it otherwise.
    """
    distinct: dict[tuple[datetime | None, ...], DateReading] = {}
    for reading in readings:
        distinct.setdefault(reading.values, reading)
    different = list(distinct.values())
    points = [reading for reading in different if reading.order == "dmy" and reading.layout.startswith("%d.")]
    return points if points and all(reading.layout[2:3] == "." for reading in different) else different
