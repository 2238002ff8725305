"""Expectations: what an input must hold, so that the right data, and all of it, was reconciled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from workbench.errors import NotThereYet, SettingsError, SourceError, one_of
from workbench.instants import utc_instant
from workbench.json_text import read_json
from workbench.text_files import read_whole

_DURATION = re.compile(r"(\d{1,5})\s*(d|h|m)", re.ASCII)  # 99,999 days ago there was a date still
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MONEY = re.compile(r"([+-]?\d+(?:,\d{3})*(?:\.\d+)?)\s*([A-Za-z][A-Za-z0-9]{1,11})", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{64}")
DATED = ("external", "internal")
EXAMPLES = {
    "rows": "117",
    "total": "1234.50 EUR",
    "opening_balance": "100.00 EUR",
    "closing_balance": "1334.50 EUR",
    "period": "2026-01-01..2026-01-31",
    "newest": "2d, or an instant such as 2026-01-31",
    "sha256": "64 hexadecimal digits",
    "control": "a JSON file of these, or one that begins with the SHA-256",
}


@dataclass(frozen=True)
class Expectation:
    """What one input must hold; what is not said is not checked."""

    rows: int | None = None
    total: Mapping[str, Decimal] = field(default_factory=dict)
    opening_balance: Mapping[str, Decimal] = field(default_factory=dict)
    closing_balance: Mapping[str, Decimal] = field(default_factory=dict)
    period: tuple[datetime, datetime] | None = None  # the first instant in it, and the first one after it
    newest: timedelta | datetime | None = None  # how old the newest record may be, or when it must be at the earliest
    sha256: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, str]:
        """What was said, as plain JSON values; ``make_expectation`` reads it back."""
        return dict(self.given)


def make_expectation(side: str, expected: Mapping[str, Any] | Iterable[str] | None) -> Expectation:
    """Check what a user expects of a side: a mapping, or texts such as ``rows=117``.

    A control file is read at once, and what it says is checked like the rest.
    Raises ``SettingsError`` that names what is wrong, ``NotThereYet`` for a control file that is not there.

    >>> make_expectation("external", ["rows=117", "total=1,234.50 EUR"]).total
    {'EUR': Decimal('1234.50')}
    """
    values_of = expected if isinstance(expected, Mapping) else dict(_pair(side, text) for text in expected or ())
    texts = {one_of(name, EXAMPLES, f"expectation of {side}"): str(value).strip() for name, value in values_of.items()}
    texts = {name: text for name, text in texts.items() if text}
    every = {**(_control(texts["control"], side) if "control" in texts else {}), **texts}
    every.pop("control", None)
    others = [name for name in every if side not in DATED and name not in ("rows", "sha256")]
    if others:
        raise SettingsError(
            f"expect_{side}: {others[0]} is of dated records with amounts: give rows, sha256 or control"
        )
    balances = [name for name in ("opening_balance", "closing_balance") if name in every]
    if len(balances) == 1:
        raise SettingsError(f"expect_{side}: {balances[0]} is held against the other balance: give both")
    values: dict[str, Any] = {name: _READ[name](f"expect_{side}: {name}", text) for name, text in every.items()}
    return Expectation(**values, given=every)


def outside_period(period: tuple[datetime, datetime], side: str, table: Any, names: tuple[str, str]) -> pa.Table:
    """The records of an Ibis table that lie outside a period, by date; ``names`` are its id and its date."""
    name, date = names
    first, after = period
    outside = table.filter((table[date] < first) | (table[date] >= after))
    rows = outside.select(id=name, amount="amount", currency="currency", date=date).order_by("date", "id").to_pyarrow()
    return rows.add_column(0, "side", pa.array([side] * len(rows), pa.string()))


OUTSIDE = pa.schema(
    [
        ("side", pa.string()),
        ("id", pa.string()),
        ("amount", pa.decimal128(38, 2)),
        ("currency", pa.string()),
        ("date", pa.timestamp("us", "UTC")),
    ]
)


def _pair(side: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise SettingsError(f"--expect-{side} takes WHAT=VALUE, such as rows=117, not {text!r}")
    return name.strip().replace("-", "_"), value


def _control(path: str, side: str) -> dict[str, str]:
    """What a control file says: JSON, or the line of a checksum program."""
    try:
        text = read_whole(path)
    except FileNotFoundError:
        raise NotThereYet(f"control file {path} of {side} is not there yet") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"control file {path} of {side} cannot be read: {error}") from None
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    if _HASH.fullmatch(first):
        return {"sha256": first}
    try:
        content = read_json(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise SettingsError(f"control file {path} of {side} is {EXAMPLES['control']}; this is neither")
    return {
        one_of(name, EXAMPLES.keys() - {"control"}, "entry of a control file"): str(content[name]) for name in content
    }


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\d+(,\d{3})*", text, re.ASCII):
        raise SettingsError(f"{name} takes a number of records such as {EXAMPLES['rows']}, not {text!r}")
    return int(text.replace(",", ""))


def _moneys(name: str, text: str) -> dict[str, Decimal]:
    parts = [part.strip() for part in re.split(r";|,\s", text) if part.strip()]
    amounts = [_MONEY.fullmatch(part) for part in parts]
    if not amounts or None in amounts:
        raise SettingsError(f"{name} takes money such as {EXAMPLES['total']}, not {text!r}")
    return {money[2].upper(): Decimal(money[1].replace(",", "")) for money in amounts if money}


def _period(name: str, text: str) -> tuple[datetime, datetime]:
    begin, dots, end = text.partition("..")
    first, last = (_instant(name, part.strip()) for part in (begin, end or begin))
    bare = re.fullmatch(r"\d{4}-\d{2}-\d{2}", end.strip() or begin.strip(), re.ASCII)
    try:
        after = last + (timedelta(days=1) if bare else timedelta(microseconds=1))  # a bare date is the whole day
    except OverflowError:  # the end of the last day there is
        after = datetime.max.replace(tzinfo=UTC)
    if not dots or first >= after:
        raise SettingsError(f"{name} takes its first and last day such as {EXAMPLES['period']}, not {text!r}")
    return first, after


def _newest(name: str, text: str) -> timedelta | datetime:
    duration = _DURATION.fullmatch(text)
    return timedelta(**{_UNITS[duration[2]]: int(duration[1])}) if duration else _instant(name, text)


def _instant(name: str, text: str) -> datetime:
    instant = utc_instant(name, text)
    if instant is None:
        raise SettingsError(f"{name} takes an instant, not {text!r}")
    return instant.astimezone(UTC)


def _digest(name: str, text: str) -> str:
    if not _HASH.fullmatch(text):
        raise SettingsError(f"{name} takes {EXAMPLES['sha256']}, not {text!r}")
    return text.lower()


_READ: dict[str, Callable[[str, str], object]] = {
    "rows": _whole,
    "total": _moneys,
    "opening_balance": _moneys,
    "closing_balance": _moneys,
    "period": _period,
    "newest": _newest,
    "sha256": _digest,
}
