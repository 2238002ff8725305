"""The options of a reader: how to understand an input, and what to do with rows that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal, TypedDict, cast

from workbench.dsn import redact
from workbench.errors import SettingsError, one_of
from workbench.instants import utc_instant

ON_BAD = ("raise", "reject")
DECIMALS = (".", ",")
SELECTING = ("since", "until", "upload_id")  # which records of a database to read


class ReaderOptions(TypedDict, total=False):
    """What every reader takes by keyword; ``Options`` says what each means."""

    mapping: Mapping[str, str] | None
    on_bad: Literal["raise", "reject"]
    date_format: str | None
    decimal: str
    thousands: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    since: datetime | date | str | None
    until: datetime | date | str | None
    upload_id: str | None


@dataclass(frozen=True)
class Options:
    """How to understand an input."""

    mapping: Mapping[str, str] = field(default_factory=dict)  # header in the input: canonical column
    on_bad: str = "raise"  # or "reject": bad rows travel beside the good ones
    date_format: str | None = None  # strptime layout of dates that are text; None is ISO 8601
    decimal: str = "."  # decimal mark of numbers that are text
    thousands: str | None = None  # what separates thousands in them
    encoding: str | None = None  # of text files; None is UTF-8, or what their byte order mark says
    delimiter: str | None = None  # of delimited text; None finds out
    sheet: str | None = None  # of a workbook; None is its only sheet with cells
    since: str | None = None  # of a database: the first instant to read, in UTC
    until: str | None = None  # the first one not to read
    upload_id: str | None = None  # of external records in it: the upload to read; None is all

    def differing(self) -> dict[str, Any]:
        """The options that are not at their default, as plain values; a DSN that strayed here has no password left."""
        plain = Options()
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        chosen = {name: value for name, value in named.items() if value != getattr(plain, name)}
        plain_values = {name: dict(value) if name == "mapping" else value for name, value in chosen.items()}
        return {name: redact(value) if isinstance(value, str) else value for name, value in plain_values.items()}


def make_options(given: ReaderOptions) -> Options:
    """Check what a caller set and return it as ``Options``.

    Raises ``SettingsError`` that names the option and what would be right.

    >>> make_options({"decimal": ",", "since": "2026-01-31"}).differing()
    {'decimal': ',', 'since': '2026-01-31T00:00:00Z'}
    """
    for name in given:
        one_of(name, ReaderOptions.__annotations__, "reader option")
    instants = {name: _instant(name, given.get(name)) for name in ("since", "until")}
    options = Options(**cast(dict[str, Any], {**given, "mapping": given.get("mapping") or {}, **instants}))
    one_of(options.on_bad, ON_BAD, "on_bad")
    one_of(options.decimal, DECIMALS, "decimal")
    _check_mapping(options.mapping)
    _check_mark("thousands", options.thousands)
    _check_mark("delimiter", options.delimiter)
    if options.thousands == options.decimal:
        raise SettingsError(f"decimal and thousands are both {options.decimal!r}: give two different marks")
    _check_encoding(options.encoding)
    _check_selection(options)
    return options


def _check_mapping(mapping: Mapping[str, str]) -> None:
    texts = isinstance(mapping, Mapping) and all(isinstance(text, str) for pair in mapping.items() for text in pair)
    if not texts:
        raise SettingsError(f'mapping takes headers and columns, such as {{"Betrag": "amount"}}, not {mapping!r}')


def _check_mark(name: str, mark: str | None) -> None:
    fits = mark is None or (isinstance(mark, str) and len(mark) == 1 and not mark.isalnum() and mark not in '+-"\r\n')
    if not fits:
        raise SettingsError(f"{name} takes one character that is no letter, digit, sign or quote, not {mark!r}")


def _check_encoding(encoding: str | None) -> None:
    try:
        "".encode(encoding or "utf-8")  # codecs.lookup also knows what is none of text, such as base64
    except (LookupError, TypeError, ValueError):
        raise SettingsError(
            f'unknown encoding {encoding!r}: give one that Python knows, such as "utf-8", "cp1252" or "utf-16"'
        ) from None


def _instant(name: str, value: object) -> str | None:
    """An instant as text in UTC."""
    instant = utc_instant(name, value)
    return instant.replace(tzinfo=None).isoformat() + "Z" if instant else None


def _check_selection(options: Options) -> None:
    since, until = ((text or "").removesuffix("Z") for text in (options.since, options.until))
    # Without the Z, texts of instants are in the order of the instants, fractions of seconds too.
    if since and until and since >= until:
        raise SettingsError(f"since {options.since} is not before until {options.until}: nothing lies between them")
    upload = options.upload_id
    if upload is not None and not (isinstance(upload, str) and upload.strip()):
        raise SettingsError(f'upload_id takes the id of an upload, such as "upload_2f1c", not {upload!r}')


def as_reader_options(options: Mapping[str, Any]) -> ReaderOptions:
    """Options that were kept as plain values, such as in ``Origin.options``, as a reader takes them."""
    return cast(ReaderOptions, dict(options))
