"""DATEV: a batch of bookings (Buchungsstapel): CSV below a line that says the period, whose years the dates lack."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from workbench.csv_rows import csv_rows
from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.records import LeftOut
from workbench.sources.detection.words import fold
from workbench.sources.formats.bank_file import NO_CURRENCY, Row, comma_amount_of, day_of
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.in_memory import rows_table
from workbench.sources.formats.text import text_of
from workbench.sources.made_ids import made_ids
from workbench.sources.options import Options
from workbench.sources.raw import FileFacts, MalformedRow, Raw, raw_arrow

BATCH = "21"  # the category of files that hold bookings
# Where the first line has the beginning of the business year, the period of the batch, and its currency.
YEAR, FIRST, LAST, CURRENCY = 12, 14, 15, 21
AMOUNT, SIDE, REVERSED = "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "Generalumkehr (GU)"
CURRENCY_OF, ACCOUNT, CONTRA = "WKZ Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)"
DAY, REFERENCE, TEXT = "Belegdatum", "Belegfeld 1", "Buchungstext"
NEEDED = (AMOUNT, SIDE, ACCOUNT, CONTRA, DAY)
SAID = (
    "each booking moves its amount from the account credited (source) to the one debited (destination): "
    "to reconcile an account, choose its balance, as that of {}, which most bookings name"
)


def read_datev(path: Path, encoding: str | None, engine: Engine) -> Raw:
    """Read each booking as a transaction of a ledger.

    Raises ``SourceError`` for a batch without its usual columns, or with a text that does not end in its line.
    """
    text = text_of(path, encoding)
    head, headers, *lines = _fields(text, path.name)
    places = {fold(header): place for place, header in enumerate(headers)}
    missing = [name for name in NEEDED if fold(name) not in places]
    if missing:
        raise SourceError(f"{path.name} is a batch of bookings of DATEV without {', '.join(missing)}: export it again")
    used = {fold(name) for name in (*NEEDED, REVERSED, CURRENCY_OF, REFERENCE, TEXT)}
    if twice := next((header for header in headers if fold(header) in used and headers.count(header) > 1), None):
        raise SourceError(f"{path.name} has the column {twice!r} twice: export it again")
    rows: list[Row] = []
    bad: list[MalformedRow] = []
    unfinished = lines[-1] if lines and not text.endswith(("\r", "\n")) else None
    for line in filter(any, lines):
        cells = {name: line[place].strip() if place < len(line) else "" for name, place in places.items()}
        row = _booking(cells, head)
        cut = line is unfinished and len(line) < len(headers)
        if cut or None in row.values() or len(line) > len(headers):
            without = "an amount, S or H, day and accounts that can be read"
            why = "is cut off: the file ends in it" if cut else f"is a booking without {without}"
            bad.append(MalformedRow(len(rows) + len(bad) + 1, ";".join(line).rstrip(";"), why))
        else:
            shown = used - {fold(REVERSED)}
            others = {headers[places[name]]: cell for name, cell in cells.items() if cell and name not in shown}
            rows.append(row | others)
    asked = () if any(row["currency"] for row in rows) or not rows else (NO_CURRENCY,)
    rows = [{name: value for name, value in row.items() if name != "currency"} for row in rows] if asked else rows
    ids = made_ids(tuple(row.values()) for row in rows)
    table = rows_table([{"transaction_id": made} | row for made, row in zip(ids, rows, strict=True)], ".")
    named = Counter(row[side] for row in rows for side in ("source", "destination")).most_common(1)
    evidence = tuple(SAID.format(account) for account, _ in named)
    left_out = (LeftOut(1, ";".join(head), "stands before the header"),)
    return replace(raw_arrow(engine, table, bad, FileFacts(evidence=evidence, questions=asked)), left_out=left_out)


def _fields(text: str, name: str) -> list[list[str]]:
    """The fields of each line; a text of a batch never goes over several, as one does that has lost its quote."""
    try:
        lines = [*csv_rows(io.StringIO(text, newline=""), delimiter=";", strict=True)]
    except csv.Error as error:
        raise SourceError(f'{name} has a quote (") too few or too many: {error}; export it again') from None
    broken = next((cell for line in lines for cell in line if "\n" in cell), None)
    if broken is not None:
        raise SourceError(f'{name} has a quote (") too few before {broken[:60]!r}; export it again')
    return lines if len(lines) > 1 else [*lines, []]


def _booking(cells: Mapping[str, str], head: Sequence[str]) -> dict[str, Any]:
    """A booking as a transaction; what cannot be read of it is ``None``."""

    def cell(name: str) -> str:
        return cells.get(fold(name), "")

    debited, credited = cell(ACCOUNT) or None, cell(CONTRA) or None
    # What undoes a booking has its side, and counts the other way.
    way = {("S", False): True, ("H", True): True, ("H", False): False, ("S", True): False}
    forth = way.get((cell(SIDE).upper(), cell(REVERSED) in {"1", "G"}))
    amount = comma_amount_of(cell(AMOUNT))
    return {
        "amount": amount if amount is not None and amount >= 0 and forth is not None else None,
        "currency": cell(CURRENCY_OF) or _at(head, CURRENCY),
        "created_at": _day(cell(DAY), head),
        "source": credited if forth else debited,
        "destination": debited if forth else credited,
        "reference": cell(REFERENCE),
        "description": cell(TEXT),
    }


def _day(text: str, head: Sequence[str]) -> date | None:
    """The day of a date such as 3101, in the year in which it lies within the period of the batch or its year."""
    if not re.fullmatch(r"\d{3,4}", text, re.ASCII):
        return None
    first, last = _date(_at(head, FIRST)) or _date(_at(head, YEAR)), _date(_at(head, LAST))
    if first is None:
        return None
    last = last or date(first.year + 1, first.month, min(first.day, 28))
    padded = text.zfill(4)
    years = range(first.year, last.year + 1)
    days = [day for year in years if (day := day_of(str(year), padded[2:], padded[:2])) and first <= day <= last]
    return days[0] if len(days) == 1 else None


def _date(text: str) -> date | None:
    return day_of(text[:4], text[4:6], text[6:]) if re.fullmatch(r"\d{8}", text, re.ASCII) else None


def _at(fields: Sequence[str], place: int) -> str:
    return fields[place].strip() if place < len(fields) else ""


def _read(path: Path, options: Options, engine: Engine) -> Raw:
    return read_datev(path, options.encoding, engine)


def _claims(head: Head) -> bool:
    return re.match(rf'"?(EXTF|DTVF)"?;\d+;{BATCH};', head.text) is not None


FORMAT = Format("datev", _read, _claims, frozenset({"encoding"}), (".csv",))
