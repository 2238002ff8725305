"""The options of a reader: how to understand an input, and what to do with rows that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, cast
from zoneinfo import ZoneInfo

from workbench.dsn import redact
from workbench.errors import SettingsError, one_of
from workbench.instants import utc_instant
from workbench.json_text import check_texts
from workbench.layouts.layout import Layout, load_layout
from workbench.sources.currencies import CODE, SYMBOLS

ON_BAD = ("raise", "reject")
DECIMALS = (".", ",")
SIGNS = ("as_is", "inverted")
WAYS = ("in", "out")
REPEATED_IDS = ("refuse", "number")
SELECTING = ("since", "until", "upload_id")  # which records of a database to read
FOUND = "found"  # header= says that the line of the header is looked for
OF_THE_FILE = ("header", "currency")  # options that a layout's own file set, and the next file may set otherwise


class ReaderOptions(TypedDict, total=False):
    """What every reader takes by keyword; ``Options`` says what each means."""

    layout: Layout | str | Path | None
    mapping: Mapping[str | int, str] | None
    on_bad: Literal["raise", "reject"]
    date_format: str | None
    decimal: str | None
    thousands: str | None
    encoding: str | None
    delimiter: str | None
    header: int | str | None
    sheet: str | None
    timezone: str | None
    currency: str | None
    account: str | None
    source: str | None
    sign: Literal["as_is", "inverted"] | None
    minor_units: bool | None
    directions: Mapping[str, str] | None
    only: Mapping[str, str | Collection[str]] | None
    without: Mapping[str, str | Collection[str]] | None
    repeated_ids: Literal["refuse", "number"]
    since: datetime | date | str | None
    until: datetime | date | str | None
    upload_id: str | None


@dataclass(frozen=True)
class Options:
    """How to understand an input; what is ``None`` is found in the input itself."""

    mapping: Mapping[str | int, str] = field(default_factory=dict)  # header or position from 1: column
    on_bad: str = "raise"  # or "reject": bad rows travel beside the good ones
    header: int | str | None = FOUND  # number of its line; None is none
    date_format: str | None = None  # strptime layout of dates that are text, or "unix", "unix_ms"
    decimal: str | None = None  # decimal mark of numbers that are text
    thousands: str | None = None  # what separates thousands in them
    encoding: str | None = None  # of text files
    delimiter: str | None = None  # of delimited text
    sheet: str | None = None  # of a workbook
    timezone: str | None = None  # of dates without an offset; None is UTC
    currency: str | None = None  # the currency of records that name none
    account: str | None = None  # likewise
    source: str | None = None  # likewise
    sign: str | None = None  # "inverted": amounts mean their opposite
    minor_units: bool | None = None  # amounts count the currency's smallest unit
    directions: Mapping[str, str] = field(default_factory=dict)  # word of a flag: "in" or "out"
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column: values with which a row takes part
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column: values with which it does not
    repeated_ids: str = "refuse"  # or "number": a second one is completed
    since: str | None = None  # of a database: the first instant to read, in UTC
    until: str | None = None  # the first one not to read
    layout: Layout | None = None  # the layout whose options are among these
    upload_id: str | None = None  # of external records in it: uploads to read, commas between; None is the only one

    @property
    def mark(self) -> str:
        """The decimal mark of numbers that are text."""
        return self.decimal or "."

    def named(self) -> set[tuple[str, str | int | None]]:
        """The options that are not at their default, and the entries of those that have some."""
        chosen = {name: getattr(self, name) for name in self.differing()}
        entries = {(name, key) for name, value in chosen.items() if isinstance(value, Mapping) for key in value}
        return {*((name, None) for name in chosen), *entries}

    def less(self, option: str, key: str | int | None) -> Options:
        """These but one: an option, or an entry of it."""
        value = getattr(self, option)
        less = getattr(Options(), option) if key is None else {name: value[name] for name in value if name != key}
        return replace(self, **cast(dict[str, Any], {option: less}))

    def differing(self) -> dict[str, Any]:
        """The options that are not at their default, as plain values; a DSN among them has no password left."""
        default = Options()
        named = {option.name: getattr(self, option.name) for option in fields(self) if option.name != "layout"}
        chosen = {name: value for name, value in named.items() if value != getattr(default, name)}
        return {name: _plain(value) for name, value in chosen.items()}


def _plain(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {name: _plain(entry) for name, entry in value.items()}
        case tuple():
            return [_plain(entry) for entry in value]
    return value


def make_options(given: ReaderOptions) -> Options:
    """Check what a caller set and return it as ``Options``; what a layout says is merged under it.

    Raises ``SettingsError`` that names the option and what would be right.

    >>> make_options({"decimal": ",", "since": "2026-01-31"}).differing()
    {'decimal': ',', 'since': '2026-01-31T00:00:00Z'}
    """
    for name in given:
        one_of(name, ReaderOptions.__annotations__, "reader option")
    layout = _layout(given.get("layout"))
    if layout:
        given = cast(ReaderOptions, {**_of_layout(layout), **given, "layout": layout})
    instants = {name: _instant(name, given.get(name)) for name in ("since", "until")}
    pairs = {name: given.get(name) or {} for name in ("mapping", "directions")}
    lists = {name: _lists(name, given.get(name)) for name in ("only", "without")}
    positions = (
        any(isinstance(key, int) for key in pairs["mapping"]) if isinstance(pairs["mapping"], Mapping) else False
    )
    header = {} if "header" in given or not positions else {"header": None}
    chosen = {**given, **pairs, **lists, **instants, **header, "currency": _currency(given.get("currency"))}
    options = Options(**cast(dict[str, Any], chosen))
    for name in ("date_format", "sheet", "account", "source"):
        if not isinstance(getattr(options, name), str | None):
            raise SettingsError(f"{name}= takes a text, not {getattr(options, name)!r}")
    _check_choices(options)
    _check_pairs(options)
    _check_mark("thousands", options.thousands)
    _check_mark("delimiter", options.delimiter)
    if options.thousands == options.mark:
        raise SettingsError(f"decimal= and thousands= are both {options.mark!r}: give two different marks")
    _check_header(options.header)
    _check_encoding(options.encoding)
    _check_timezone(options.timezone)
    _check_selection(options)
    check_texts(options.differing(), "=")
    return options


def _layout(value: object) -> Layout | None:
    if value is None or isinstance(value, Layout):
        return value
    if not isinstance(value, str | Path):
        raise SettingsError(f"layout= takes a layout, or the path of one that was saved, not {value!r}")
    return load_layout(value)


def _of_layout(layout: Layout) -> dict[str, Any]:
    """What a layout says of every file that has its header."""
    for name in layout.options:
        one_of(name, ReaderOptions.__annotations__.keys() - {"layout"}, "reader option of a layout")
    of_its_file = {name for name in OF_THE_FILE if name in layout.found and layout.options.get(name) is not None}
    return {name: value for name, value in layout.options.items() if name not in of_its_file}


def _check_choices(options: Options) -> None:
    _check_one_of("on_bad", options.on_bad, ON_BAD)
    _check_one_of("repeated_ids", options.repeated_ids, REPEATED_IDS)
    if options.decimal is not None:
        _check_one_of("decimal", options.decimal, DECIMALS)
    if options.sign is not None:
        _check_one_of("sign", options.sign, SIGNS)
    if not isinstance(options.minor_units, bool | None):
        raise SettingsError(f"minor_units= takes True or False, not {options.minor_units!r}")


def _check_one_of(name: str, value: object, choices: Collection[str]) -> None:
    if value not in choices:
        raise SettingsError(f"{name}={value!r} is unknown: choose one of {' or '.join(map(repr, choices))}")


def _check_pairs(options: Options) -> None:
    mapping = options.mapping
    if not isinstance(mapping, Mapping) or not all(
        isinstance(key, str | int) and not isinstance(key, bool) and isinstance(column, str)
        for key, column in mapping.items()
    ):
        raise SettingsError(
            f'mapping= takes headers and columns, such as mapping={{"Betrag": "amount"}}, not {mapping!r}'
        )
    directions = options.directions
    if not isinstance(directions, Mapping) or not all(
        isinstance(word, str) and way in WAYS for word, way in directions.items()
    ):
        raise SettingsError(
            f'directions= takes words with "in" or "out", such as directions={{"Af": "out"}}, not {directions!r}'
        )


def _lists(name: str, value: object) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(column, str) for column in value):
        raise SettingsError(f'{name}= takes columns and values, such as {{"State": ["COMPLETED"]}}, not {value!r}')
    return {column: _names(name, values) for column, values in value.items()}


def _names(name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not all(isinstance(text, str) for text in names):
        raise SettingsError(f"{name}= takes texts, not {value!r}")
    return names


def _check_header(header: object) -> None:
    fits = (
        header is None or header == FOUND or (isinstance(header, int) and not isinstance(header, bool) and header > 0)
    )
    if not fits:
        raise SettingsError(
            f"header= takes the number of its line, from 1, or header=None where there is none, not {header!r}"
        )


def _check_mark(name: str, mark: str | None) -> None:
    fits = mark is None or (isinstance(mark, str) and len(mark) == 1 and not mark.isalnum() and mark not in '+-"\r\n')
    if fits and mark is not None and name == "delimiter" and not mark.isascii():
        raise SettingsError(f"delimiter= takes one of the characters of ASCII, such as ; or |, not {mark!r}")
    if not fits:
        raise SettingsError(f"{name}= takes one character that is no letter, digit, sign or quote, not {mark!r}")


def _check_encoding(encoding: str | None) -> None:
    try:
        "".encode(encoding or "utf-8")  # codecs.lookup also knows what is none of text, such as base64
    except (LookupError, TypeError, ValueError):
        raise SettingsError(
            f'encoding={encoding!r} is unknown: give one that Python knows, such as "utf-8", "cp1252" or "utf-16"'
        ) from None


def _currency(given: object) -> str | None:
    """The code of a constant currency; a sign stands for its code, as in a file."""
    if given is None:
        return None
    code = SYMBOLS.get(given.strip(), given.strip()).upper() if isinstance(given, str) else ""
    if not re.fullmatch(CODE, code):
        raise SettingsError(
            f"currency={given!r} is no currency: give a code of 2 to 12 letters or digits, a letter first, such as EUR"
        )
    return code


def _check_timezone(timezone: str | None) -> None:
    try:
        ZoneInfo(timezone or "UTC")
    except (ValueError, OSError, KeyError, TypeError):
        raise SettingsError(f'timezone={timezone!r} is unknown: give one such as "Europe/Berlin" or "UTC"') from None


def _instant(name: str, value: object) -> str | None:
    """An instant as text in UTC."""
    instant = utc_instant(f"{name}=", value)
    return instant.replace(tzinfo=None).isoformat() + "Z" if instant else None


def _check_selection(options: Options) -> None:
    since, until = ((text or "").removesuffix("Z") for text in (options.since, options.until))
    # Without the Z, texts of instants are in the order of the instants, fractions of seconds too.
    if since and until and since >= until:
        raise SettingsError(f"since={options.since!r} is not before until={options.until!r}: nothing lies between them")
    upload = options.upload_id
    if upload is not None and not (isinstance(upload, str) and upload.strip()):
        raise SettingsError(f'upload_id= takes the id of an upload, such as "upload_2f1c", not {upload!r}')


def as_reader_options(options: Mapping[str, Any]) -> ReaderOptions:
    """Options that were kept as plain values, such as in ``Origin.options``, as a reader takes them."""
    return cast(ReaderOptions, dict(options))
