"""Rates: what a unit of one currency is worth in another, by day, exactly as a table says it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from workbench.engine import own_engine
from workbench.errors import SourceError
from workbench.records import AsRead, Kind, Origin
from workbench.sources.opening import is_typed, open_source
from workbench.sources.options import make_options
from workbench.sources.raw import ROW

RATE_COLUMNS = ("date", "from", "to", "rate")
OLDEST = 7  # days that a rate may be older than the amount it converts: a weekend and holidays
RATES = Kind("rate", dict.fromkeys(RATE_COLUMNS, "text"), required=RATE_COLUMNS, unique=None, money="rate")
RatesSource: TypeAlias = "str | Path | pd.DataFrame | pa.Table | list[dict[str, Any]] | Rates"


@dataclass(frozen=True)
class Rate:
    """A rate as the table says it: a unit of ``base`` is worth ``rate`` of ``quote``, on ``day``."""

    day: date
    base: str
    quote: str
    rate: Decimal

    def factor(self, currency: str) -> Fraction:
        """What an amount of ``currency``, which is one of the two, is multiplied by to be one of the other."""
        return Fraction(self.rate) if currency == self.base else 1 / Fraction(self.rate)


@dataclass(frozen=True)
class Rates:
    """A table of rates: by pair of currencies, those of its days in their order, and where it comes from."""

    of_pairs: Mapping[tuple[str, str], tuple[Rate, ...]]
    origin: Origin

    def find(self, currency: str, into: str, day: date) -> Rate | None:
        """The rate of ``day`` between two currencies, or of the latest day up to ``OLDEST`` days before it.

        That from the one into the other comes first, then the other way round; none where the table has neither.
        """
        for pair in ((currency, into), (into, currency)):
            rates = self.of_pairs.get(pair, ())
            place = bisect_right(rates, day, key=lambda rate: rate.day)
            if place and (day - rates[place - 1].day).days <= OLDEST:
                return rates[place - 1]
        return None


def read_rates(data: RatesSource) -> Rates:
    """Read a table of exchange rates: ``date``, ``from``, ``to`` and ``rate``, for one unit of ``from``.

    ``data`` is a path (CSV, JSON, Parquet, Excel …), a DataFrame, an Arrow table or a list of dicts. Dates are ISO
    8601, rates have a decimal point. A day has one rate of two currencies, or the same one several times.
    Raises ``SourceError`` for a table that cannot be read, with the row, the column and what would be right.

    >>> rates = read_rates([{"date": "2025-12-05", "from": "USD", "to": "AUD", "rate": "1.4185"}])
    >>> rates.find("AUD", "USD", date(2025, 12, 7)).factor("AUD")
    Fraction(2000, 2837)
    """
    if isinstance(data, Rates):
        return data
    engine = own_engine(isolated=is_typed(data))
    raw, origin = open_source(data, RATES, make_options({}), engine)
    places = {str(header).strip().casefold(): place for place, header in enumerate(raw.headers)}
    missing = [name for name in RATE_COLUMNS if name not in places]
    if missing:
        raise SourceError(
            f"{origin.name} has no column {missing[0]!r}: rates have the columns {', '.join(RATE_COLUMNS)}"
        )
    if raw.malformed:
        bad = raw.malformed[0]
        raise SourceError(f"{origin.name}, row {bad.row}: {bad.reason}")
    rows = raw.table.order_by(ROW).drop(ROW)
    read = rows.to_pyarrow()
    columns = [read.column(places[name]).to_pylist() for name in RATE_COLUMNS]
    of_pairs: dict[tuple[str, str], dict[date, Rate]] = {}
    for number, values in enumerate(zip(*columns, strict=True), 1):
        rate = _rate(dict(zip(RATE_COLUMNS, values, strict=True)), f"{origin.name}, row {number}")
        of_days = of_pairs.setdefault((rate.base, rate.quote), {})
        if of_days.setdefault(rate.day, rate) != rate:
            raise SourceError(
                f"{origin.name}, row {number}: {rate.base} to {rate.quote} has two rates on {rate.day}, "
                f"{of_days[rate.day].rate} and {rate.rate}"
            )
    in_memory = AsRead(raw.headers, raw.table.drop(ROW), raw.indicators) if origin.path is None else None
    return Rates(
        {pair: tuple(of_days[day] for day in sorted(of_days)) for pair, of_days in sorted(of_pairs.items())},
        replace(origin, rows=len(read), as_read=in_memory),
    )


def _rate(row: Mapping[str, Any], where: str) -> Rate:
    base, quote = (str(row[name] or "").strip().upper() for name in ("from", "to"))
    for name, currency in (("from", base), ("to", quote)):
        if not currency.isalnum() or currency == (quote if name == "from" else ""):
            raise SourceError(f"{where}, {name}: takes the code of another currency, such as USD, not {row[name]!r}")
    try:
        rate = Decimal(str(row["rate"]).strip())
    except InvalidOperation:
        rate = Decimal(0)
    if not (rate.is_finite() and rate > 0):
        raise SourceError(f"{where}, rate: takes a number above 0, such as 1.4185, not {row['rate']!r}")
    return Rate(_day(row["date"], where), base, quote, rate)


def _day(value: object, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise SourceError(f"{where}, date: takes a day such as 2025-12-05, not {value!r}") from None
