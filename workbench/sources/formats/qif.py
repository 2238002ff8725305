"""QIF: what Quicken writes: a line for each field, a ^ after each record, dates and marks as its user had them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.detection.words import plain, stating_words
from workbench.sources.formats.bank_file import BankFile, Row, amount_of, day_of, first_given
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.text import text_of
from workbench.sources.options import Options
from workbench.sources.raw import Raw
from workbench.statements import Statement, exact_sum

MONEY = {"bank", "cash", "ccard", "oth a", "oth l", "invoice"}  # the types that hold transactions of an account
# Other sections: lists of Quicken's own, and transactions in securities.
LISTS = {"cat", "class", "memorized", "security", "prices", "budget", "invitem", "template", "tag", "bill", "invst"}
SECTIONS = MONEY | LISTS | {"account", "option", "clear"}
_DATE = re.compile(r"(\d{1,4})\s*[/.\-']\s*(\d{1,2})\s*[/.\-']\s*(\d{1,4})", re.ASCII)
# How three numbers can be a date: where year, month and day stand.
DAY_FIRST = "%d/%m/%Y"
ORDERS = {"%m/%d/%Y": (2, 0, 1), DAY_FIRST: (2, 1, 0), "%Y/%m/%d": (0, 1, 2)}
MARKS = {".": ",", ",": "."}  # decimal mark, and the mark of thousands that goes with it


@dataclass
class _Entry:
    """A record as it stands in the file: its first line, and its fields by letter."""

    line: int
    account: str | None = None
    lines: list[str] = field(default_factory=list)
    ended: bool = False

    def value(self, letter: str) -> str | None:
        return next((line[1:].strip() for line in self.lines if line[0] == letter and line[1:].strip()), None)


def read_qif(text: str, name: str, date_format: str | None, decimal: str | None, thousands: str | None) -> BankFile:
    """Read the transactions in the text of the file called ``name``.

    Dates and amounts are read the one way that fits all of them. Raises ``SourceError`` where two ways fit and give
    different values, naming ``date_format`` or ``decimal``.
    """
    bank_file = BankFile()
    entries = _entries(text, name, bank_file)
    dates = [entry.value("D") or "" for entry in entries]
    amounts = [entry.value("T") or entry.value("U") or "" for entry in entries]
    day_in = _dates(dates, name, date_format)
    amount_in = _amounts(amounts, name, decimal, thousands)
    sums: dict[str | None, list[Row]] = {}
    for entry, day, amount in zip(entries, dates, amounts, strict=True):
        letters = [line[0] for line in entry.lines]
        if not entry.ended or letters.count("D") > 1 or letters.count("T") > 1:
            why = (
                "has two dates or amounts: a ^ is missing" if entry.ended else "has no ^ at its end: it may be cut off"
            )
            bank_file.reject("\n".join(entry.lines), why)
            continue
        row = _record(entry, day_in(day), amount_in(amount))
        wrong = [text for text, value in ((day, row["date"]), (amount, row["amount"])) if value is None]
        if wrong:
            bank_file.reject(
                "\n".join(entry.lines), f"has a date (D) or an amount (T) that cannot be read: {wrong[0]!r}"
            )
            continue
        if (other := entry.value("U")) and amount_in(other) != row["amount"]:
            bank_file.reject("\n".join(entry.lines), f"has two amounts: {amount!r} (T) and {other!r} (U)")
            continue
        if plain(entry.value("P") or "") in stating_words() and re.fullmatch(r"\[.*\]", entry.value("L") or ""):
            bank_file.leave_out(entry.line, " ".join(entry.lines), "states a balance")
            continue
        bank_file.rows.append(row)
        sums.setdefault(entry.account, []).append(row)
    bank_file.statements += [_statement(account, rows) for account, rows in sums.items()]
    return bank_file


def _entries(text: str, name: str, bank_file: BankFile) -> list[_Entry]:
    """The records of transactions; lists of accounts, categories and the like are left out."""
    entries: list[_Entry] = []
    account: str | None = None
    skipped: dict[str, list[int]] = {}  # the lines in which records of other sections begin
    for section, entry in _blocks(text, name):
        if section == "account":
            account = entry.value("N")
        elif section in MONEY:
            entry.account = account
            entries.append(entry)
        else:
            skipped.setdefault(section, []).append(entry.line)
    for kind, places in skipped.items():
        why = f"is a list of {len(places):,} that are no transactions of an account"
        bank_file.leave_out(places[0], f"!Type:{kind}", why)
    return entries


def _blocks(text: str, name: str) -> Iterator[tuple[str, _Entry]]:
    """The records of every section that have a field, each with its section; ``^`` ends one."""
    section, entry = "bank", _Entry(1)
    for number, line in enumerate([*text.splitlines(), "!Clear"], 1):
        content = line.strip()
        if content == "^" or content.startswith("!"):
            entry.ended = content == "^"
            if entry.lines:
                yield section, entry
            entry = _Entry(number + 1)
        elif content:
            entry.lines.append(content)
        if content.startswith("!"):
            section = _section(content, number, name)


def _section(content: str, number: int, name: str) -> str:
    section = re.sub(r"^!(type:)?", "", content, flags=re.IGNORECASE).strip().lower()
    if section.partition(":")[0] not in SECTIONS:
        raise SourceError(f"{name} has a section {content[:40]} (line {number}), which QIF does not have")
    return section.partition(":")[0]


def _record(entry: _Entry, day: date | None, amount: Decimal | None) -> Row:
    payee, memo, number = entry.value("P"), entry.value("M"), entry.value("N")
    category = entry.value("L") or ", ".join(line[1:].strip() for line in entry.lines if line[0] == "S")
    return {
        "amount": amount,
        "date": day,
        "account": entry.account,
        "reference": first_given(number),
        "description": " ".join(filter(None, [payee, memo if memo != payee else None])) or None,
        "remittance": memo,
        "counterparty": payee,
        "category": category or None,
    }


def _dates(texts: Iterable[str], name: str, date_format: str | None) -> Callable[[str], date | None]:
    """What reads a date: the one order of day, month and year that fits the dates."""
    if date_format:
        parts = re.findall(r"%([dmyY])", date_format)
        wanted = [part.lower() for part in parts]
        if sorted(wanted) == ["d", "m", "y"]:
            given = wanted.index("y"), wanted.index("m"), wanted.index("d")
            return lambda text: _ordered(text, given)
        return lambda text: _by_format(text, date_format)
    texts = [text for text in texts if _DATE.fullmatch(text)]
    fitting = {layout: [_ordered(text, order) for text in texts] for layout, order in ORDERS.items()}
    if texts and all("." in text for text in texts) and None not in fitting[DAY_FIRST]:
        fitting = {DAY_FIRST: fitting[DAY_FIRST]}  # with points between numbers the day comes first
    fewest = min(days.count(None) for days in fitting.values())
    possible = {layout: days for layout, days in fitting.items() if days.count(None) == fewest}
    if texts and len({tuple(days) for days in possible.values()}) > 1:
        first = next(text for text, *days in zip(texts, *possible.values(), strict=True) if len(set(days)) > 1)
        choices = " or ".join(f'date_format="{layout}"' for layout in possible)
        raise SourceError(f"{name}: its dates, such as {first!r}, fit two layouts: give {choices}")
    order = ORDERS[next(iter(possible))]
    return lambda text: _ordered(text, order)


def _ordered(text: str, order: tuple[int, int, int]) -> date | None:
    """The day that the three numbers of a text are in this order; a year has two or four digits, the others two."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = (match[position + 1] for position in order)
    if len(year) not in {2, 4} or len(month) > 2 or len(day) > 2:
        # Quicken writes 1/ 5' 7 for 2007.
        if len(year) != 1 or "'" not in text:
            return None
        year = f"0{year}"
    return day_of(year, month, day)


def _by_format(text: str, date_format: str) -> date | None:
    try:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _amounts(
    texts: Iterable[str], name: str, decimal: str | None, thousands: str | None
) -> Callable[[str], Decimal | None]:
    """What reads an amount: by the one decimal mark with which most are numbers, whatever the others are."""
    marks = {decimal: thousands or MARKS[decimal]} if decimal else MARKS
    texts = [text for text in texts if text]
    readings = {mark: [_number(text, mark, group) for text in texts] for mark, group in marks.items()}
    fewest = min(numbers.count(None) for numbers in readings.values())
    possible = {mark: numbers for mark, numbers in readings.items() if numbers.count(None) == fewest}
    if len({tuple(numbers) for numbers in possible.values()}) > 1:
        first = next(text for text, *values in zip(texts, *possible.values(), strict=True) if len(set(values)) > 1)
        raise SourceError(
            f"{name}: its amounts, such as {first!r}, can be read with a decimal point or a decimal comma: "
            'give decimal="," or, where the comma separates thousands, thousands=","'
        )
    mark = next(iter(possible))
    return lambda text: _number(text, mark, marks[mark])


def _number(text: str, decimal: str, thousands: str) -> Decimal | None:
    group, mark = re.escape(thousands), re.escape(decimal)
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({mark}\d*)?|[+-]?{mark}\d+", text, re.ASCII):
        return None
    return amount_of(text.replace(thousands, "").replace(decimal, "."))


def _statement(account: str | None, rows: list[Row]) -> Statement:
    days = [row["date"] for row in rows if isinstance(row["date"], date)]
    amounts = [row["amount"] for row in rows if isinstance(row["amount"], Decimal)]
    return Statement(
        account,
        None,
        min(days, default=None),
        max(days, default=None),
        None,
        exact_sum(amounts),
        None,
        len(rows),
        follows=False,
    )


def _claims(head: Head) -> bool:
    return bool(re.match(r"!(type|account|option|clear)\b", head.text, re.IGNORECASE))


def _read(path: Path, options: Options, engine: Engine) -> Raw:
    text = text_of(path, options.encoding)
    # The option is a point where its caller gave none.
    decimal = None if options.decimal == "." and options.thousands is None else options.decimal
    return read_qif(text, path.name, options.date_format, decimal, options.thousands).raw(engine)


FORMAT = Format("qif", _read, _claims, frozenset({"encoding", "date_format", "decimal", "thousands"}), (".qif",))
