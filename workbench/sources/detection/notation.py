"""Notation: the ways in which statements write an amount, and what each can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from workbench.sources.currencies import SHARED, WRITTEN, currency_of

_LONGEST_FIRST = sorted([*WRITTEN, *SHARED], key=len, reverse=True)
_CURRENCY = f"(?:[A-Za-z]{{3}}|{'|'.join(map(re.escape, _LONGEST_FIRST))})"
_IN, _OUT = ("CR", "Cr", "cr", "Cr.", "C", "H"), ("DR", "Dr", "dr", "Dr.", "D", "S")
# Dashes, signs of Japanese books and blanks that statements write, and what they stand for.
_DASHES = {"\u2212": "-", "\u2013": "-", "\u2012": "-", "▲": "-", "△": "-"}
_BLANKS = {"\u00a0": " ", "\u202f": " ", "\u2009": " "}
_WAYS_TO_WRITE = {"\u200e": "", "\u200f": ""}  # marks for the direction of Hebrew and Arabic, which nobody sees
DASHES_AND_BLANKS = {**_DASHES, **_BLANKS, **_WAYS_TO_WRITE, "\u2019": "'", "\u02bc": "'"}
GROUPING = {".": (",", " ", "'"), ",": (".", " ", "'")}
POSITIVE = ("9", "+9", "9+", "(+9)", *(f"9{word}" for word in _IN), *(f"+9{word}" for word in _IN))
NEGATIVE = ("-9", "9-", "(9)", "(-9)", *(f"9{word}" for word in _OUT))
# The groups of a pattern; the engine knows no more than nine.
PARTS = (1, 2, 4, 7, 8)  # what makes the skeleton of an amount, before and behind the number
NUMBER = 5
CURRENCIES = (3, 6, 9)


@dataclass(frozen=True)
class Amount:
    """An amount, and the currency written beside it."""

    value: Decimal
    currency: str | None = None


@cache
def pattern(decimal: str, thousands: tuple[str, ...]) -> str:
    """What an amount looks like with these marks, for Python and for the engine."""
    groups = [_grouped(re.escape(mark)) for mark in thousands]
    whole = "|".join([*groups, r"\d+"])
    mark = re.escape(decimal)
    number = rf"(?:(?:{whole})(?:{mark}\d+)?|{mark}\d+)"
    direction = "|".join(sorted(map(re.escape, (*_IN, *_OUT)), key=len, reverse=True))
    return (
        rf"^\s*(\()?\s*([+-])?\s*({_CURRENCY})?\s*([+-])?\s*({number})\s*({_CURRENCY})?\s*"
        rf"([+-]|{direction})?\s*(\))?\s*({_CURRENCY})?\s*$"
    )


def _grouped(mark: str) -> str:
    """Thousands, or lakhs and crores."""
    return rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|[1-9]\d?(?:{mark}\d{{2}})+{mark}\d{{3}}"


def tidy(text: str) -> str:
    r"""A text with plain dashes, blanks and apostrophes.

    >>> tidy("5\u00a0000")
    '5 000'
    """
    return text.translate(_TIDY)


_TIDY = str.maketrans(DASHES_AND_BLANKS)


def read_amount(text: str, decimal: str, thousands: tuple[str, ...] | None = None) -> Amount | None:
    """The amount that a text says with this decimal mark; ``None`` if it says none, or none that is sure.

    >>> read_amount("$1,036.47", ".").value, read_amount("(100.00)", ".").value, read_amount("50.00-", ".").value
    (Decimal('1036.47'), Decimal('-100.00'), Decimal('-50.00'))
    >>> read_amount("-9,13 €", ","), read_amount("1,23,456.78", ".").value, read_amount("--5", ".")
    (Amount(value=Decimal('-9.13'), currency='EUR'), Decimal('123456.78'), None)
    """
    match = re.match(pattern(decimal, GROUPING[decimal] if thousands is None else thousands), tidy(text))
    if not match:
        return None
    skeleton = "".join(match[part] or "" for part in PARTS[:3]) + "9" + "".join(match[part] or "" for part in PARTS[3:])
    named = [match[part] for part in CURRENCIES if match[part]]
    if any(len(word) == 3 and currency_of(word) is None and word not in SHARED for word in named):
        return None
    if skeleton not in POSITIVE + NEGATIVE or len(named) > 1:
        return None
    digits = re.sub(rf"[^\d{re.escape(decimal)}]", "", match[NUMBER]).replace(decimal, ".")
    value = Decimal(digits)
    return Amount(-value if skeleton in NEGATIVE else value, currency_of(named[0]) if named else None)


@dataclass(frozen=True)
class Marks:
    """The decimal marks with which all texts are amounts, and whether it matters which."""

    decimals: tuple[str, ...]
    thousands: str | None  # what separates thousands in them, where the decimal mark is sure
    example: str | None = None  # a text that shows the mark, or that means one thing with each


def find_marks(texts: Iterable[str]) -> Marks:
    """Which decimal marks fit all texts that are amounts with any.

    Where both fit and it matters, every amount has three digits behind one mark, and ``example`` is one.

    >>> find_marks(["1.234,50", "7,00"]).decimals, find_marks(["350.000", "12"])
    ((',',), Marks(decimals=('.', ','), thousands=None, example='350.000'))
    """
    readings = [(text, read_amount(text, "."), read_amount(text, ",")) for text in texts]
    readings = [reading for reading in readings if reading[1] or reading[2]]
    fits = {".": all(reading[1] for reading in readings), ",": all(reading[2] for reading in readings)}
    decimals = tuple(mark for mark in (".", ",") if fits[mark])
    telling = [text for text, point, comma in readings if not (point and comma and point.value == comma.value)]
    if not telling:
        return Marks((".", ","), None)
    if len(decimals) == 1:
        grouped = {mark for text in telling for mark in GROUPING[decimals[0]] if _has_group(text, mark)}
        shown = next(text for text, point, comma in readings if not (point and comma))
        return Marks(decimals, min(grouped) if len(grouped) == 1 else None, shown)
    return Marks(decimals, None, telling[0])


def _has_group(text: str, mark: str) -> bool:
    return re.search(rf"\d{re.escape(mark)}\d", tidy(text)) is not None
