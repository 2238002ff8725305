"""MT940 and MT942 of SWIFT: statements and interim reports of accounts, with or without SWIFT's envelope."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from workbench.errors import SourceError
from workbench.sources.formats.bank_file import (
    BankFile,
    Row,
    comma_amount_of,
    day_of,
    first_given,
    given_reference,
)
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.mt940_details import details_of
from workbench.sources.formats.text import text_of
from workbench.statements import Statement, exact_sum

_TAG = re.compile(r":(\d{2}[A-Z]?|NS):")
_INDENTED = re.compile(r"[ \t]+:(?:20|25P?|28C?|34F|60[FM]|61|62[FM]|86|90[CD]):")
_LINE = re.compile(
    r"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<entry>\d{4}| {4})?"
    r"(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?(?P<amount>[\d.,]+)"
    r"(?P<code>[A-Z][A-Z0-9]{3})?(?P<references>.*)",
    re.ASCII,
)
_FIELD = re.compile(r"^:(?:25P?|28C?|34F|60[FM]|61|62[FM]):", re.MULTILINE)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[\d.,]+)", re.ASCII)
_COUNT = re.compile(r"(?P<count>\d{1,5})(?P<currency>[A-Z]{3})(?P<amount>[\d.,]+)", re.ASCII)
# A reversed credit is a debit, and a reversed debit a credit.
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
OPENING, CLOSING = ("60F", "60M"), ("62F", "62M")
_INTERIM = {"13", "13D", "34F", "90C", "90D"}
_KNOWN = {
    "20",
    "21",
    "25",
    "25P",
    "28",
    "28C",
    "13",
    "13D",
    "34F",
    "60F",
    "60M",
    "61",
    "62F",
    "62M",
    "64",
    "65",
    "86",
    "90C",
    "90D",
}


@dataclass
class _Field:
    tag: str
    line: int
    text: str


@dataclass
class _Message:
    """One statement or report: its fields, and what they say so far."""

    bank: str | None = None
    account: str | None = None
    currency: str | None = None
    sequence: str | None = None
    opening: tuple[date | None, Decimal] | None = None
    closing: tuple[date | None, Decimal] | None = None
    days: list[date] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    records: int = 0
    lines: int = 0  # fields 61, also those that cannot be read
    interim: bool = False  # an MT942, which has no balances
    faults: list[str] = field(default_factory=list)


def read_mt940(text: str, name: str) -> BankFile:
    """Read the text of the file called ``name`` of MT940 and MT942 messages, one after the other.

    Raises ``SourceError`` if there is no message in it.
    """
    bank_file = BankFile()
    for bank, fields in _messages(text, bank_file):
        _read_message(_Message(bank), fields, bank_file)
    if not bank_file.statements:
        raise SourceError(f"{name} has the envelope of MT940 and no message in it: it is cut off; download it again")
    return bank_file


def _messages(text: str, bank_file: BankFile) -> Iterator[tuple[str | None, list[_Field]]]:
    """The fields of each message, and the bank that the envelope names."""
    fields: list[_Field] = []
    bank = None
    for number, line in enumerate(text.splitlines(), 1):
        envelope = re.match(r"\{1:.*?\{2:[IO]\d{3}(?:\d{10})?([A-Z]{6}[A-Z0-9]{2})?|\{[1-5]:", line)
        line = line.lstrip(" \t") if _INDENTED.match(line) else line  # noqa: PLW2901
        start = _TAG.search(line) if envelope else _TAG.match(line)
        if start and start[1] == "20" and fields:
            yield bank, fields
            fields, bank = [], None
        if envelope:
            bank = envelope[1] or bank
        if start:
            fields.append(_Field(start[1], number, line[start.end() :]))
        elif envelope or line.rstrip() == "-" or line.startswith("-}"):
            if fields and not envelope:
                yield bank, fields
                fields, bank = [], None
        elif fields:
            fields[-1].text += f"\n{line}"
        elif line.strip():
            bank_file.leave_out(number, line, "stands before the first field of a message")
    if fields:
        yield bank, fields


def _read_message(message: _Message, fields: list[_Field], bank_file: BankFile) -> None:
    before = len(bank_file.rows)
    message.interim = not _INTERIM.isdisjoint(part.tag for part in fields)
    for part, following in zip(fields, [*fields[1:], None], strict=True):
        if part.tag == "61":
            information = following.text if following and following.tag == "86" else ""
            _read_line(message, part.text.strip(), information, bank_file)
        else:
            _read_field(message, part)
    for tag, part in zip(["", *(part.tag for part in fields)], fields, strict=False):
        if part.tag == "86" and tag != "61":
            bank_file.leave_out(part.line, part.text.strip(), "is information on the statement, not on a record")
        elif part.tag not in _KNOWN:
            bank_file.leave_out(part.line, part.text.strip(), f"is field {part.tag}, which holds no record")
    account, currency = message.account, message.currency
    if account and currency:  # some banks write the currency behind the account
        message.account = re.sub(rf"(?<=\d) ?{currency}$", "", account)
    for row in bank_file.rows[before:]:
        row |= {"account": message.account, "currency": row["currency"] or currency}
    bank_file.statements.append(_statement(message))


def _read_field(message: _Message, part: _Field) -> None:
    """What a field says of the whole statement."""
    text = part.text.strip()
    if part.tag in {"25", "25P"}:
        message.account = text.split("\n")[0].strip().lstrip("/") or None
    elif part.tag in {"28", "28C"}:
        message.sequence = text or None
    elif part.tag == "34F":
        message.currency = message.currency or text[:3]
    elif part.tag in OPENING or part.tag in CLOSING:
        _read_balance(message, part, text)
    elif part.tag in {"90C", "90D"}:
        _check_count(message, part.tag, text)


def _read_balance(message: _Message, part: _Field, text: str) -> None:
    match = _BALANCE.match(text)
    amount = comma_amount_of(match["amount"]) if match else None
    if not match or amount is None:
        message.faults.append(f"has a balance that cannot be read (field {part.tag}, line {part.line}): {text[:40]!r}")
        return
    if message.currency not in {None, match["currency"]}:
        message.faults.append(f"states balances in two currencies: {message.currency} and {match['currency']}")
    if part.tag in OPENING or message.currency is None:
        message.currency = match["currency"]
    balance = _day(match["day"]), amount * SIGNS[match["mark"]]
    if part.tag in OPENING:
        message.opening = balance
    else:
        message.closing = balance


def _read_line(message: _Message, text: str, information: str, bank_file: BankFile) -> None:
    message.lines += 1
    head, _, supplement = text.partition("\n")
    match = _LINE.match(head)
    amount = comma_amount_of(match["amount"]) if match else None
    value_day = _value_day(match) if match else None
    if not match or amount is None or value_day is None:
        bank_file.reject(text, "is a statement line (field 61) without a date, C or D, and an amount that can be read")
        return
    amount *= SIGNS[match["mark"]]
    day = _booked(value_day, match["entry"]) if (match["entry"] or "").strip() else value_day
    if match["mark"] not in {"EC", "ED"}:
        message.amounts.append(amount)
    message.days.append(day)
    message.records += 1
    customer, _, bank = match["references"].partition("//")
    bank_file.rows.append(
        {
            "amount": amount,
            "currency": message.currency,
            "date": day,
            "source": message.bank,
            "status": "PDNG" if match["mark"] in {"EC", "ED"} else None,
            "value_date": value_day,
            "reversal": "true" if match["mark"] in {"RC", "RD"} else None,
            **_described(customer, bank, supplement, information, match["code"]),
        }
    )


def _described(customer: str, bank: str, supplement: str, information: str, code: str | None) -> Row:
    details = details_of(information)
    bank_reference = given_reference(bank)
    return {
        "reference": first_given(
            details.get("end_to_end_id"),
            details.get("customer_reference"),
            details.get("structured_reference"),
            None if re.fullmatch(r"[A-Z]{4}\+", customer.strip()) else customer,  # a word that says where it stands
            bank_reference,
        ),
        "description": details.get("remittance")
        or details.get("text")
        or supplement.replace("\n", " ").strip()
        or None,
        "end_to_end_id": given_reference(details.get("end_to_end_id")),
        "structured_reference": details.get("structured_reference"),
        "remittance": details.get("remittance"),
        "bank_reference": bank_reference,
        "mandate_id": details.get("mandate_id"),
        "counterparty": details.get("counterparty"),
        "counterparty_account": details.get("counterparty_account"),
        "transaction_code": code,
    }


def _value_day(line: re.Match[str]) -> date | None:
    """The day of the value; banks whose months have thirty days write the last of February as its 29th or 30th."""
    day = day_of(line["year"], line["month"], line["day"])
    if day or line["month"] != "02" or line["day"] not in {"29", "30"}:
        return day
    return day_of(line["year"], "02", "29") or day_of(line["year"], "02", "28")


def _booked(value_day: date, entry: str) -> date:
    """The day a line was booked, in the year that brings it nearest to its value date."""
    days = [day_of(str(value_day.year + step), entry[:2], entry[2:]) for step in (-1, 0, 1)]
    return min((day for day in days if day), key=lambda day: abs(day - value_day), default=value_day)


def _check_count(message: _Message, tag: str, text: str) -> None:
    """Fields 90C and 90D say how many credits and debits there are, and their sums."""
    match = _COUNT.match(text)
    total = comma_amount_of(match["amount"]) if match else None
    if not match or total is None:
        message.faults.append(f"has a sum that cannot be read (field {tag}): {text[:40]!r}")
        return
    sign, what = (1, "credits") if tag == "90C" else (-1, "debits")
    amounts = [amount * sign for amount in message.amounts if amount * sign > 0]
    if (int(match["count"]), total) != (len(amounts), exact_sum(amounts)):
        message.faults.append(
            f"says that it has {int(match['count']):,} {what} of {total:,f} in all, but has {len(amounts):,} of "
            f"{exact_sum(amounts):,f}"
        )


def _statement(message: _Message) -> Statement:
    opening, closing = message.opening, message.closing
    if not message.interim and not (opening and closing):
        lacking = " and ".join(name for name, stated in (("opening", opening), ("closing", closing)) if not stated)
        message.faults.append(f"states no {lacking} balance, so that nobody can tell whether it is whole")
    if message.lines > message.records:
        message.faults.append(f"has lines that cannot be read: {message.lines - message.records:,}")
    return Statement(
        account=message.account,
        currency=message.currency,
        first=(opening[0] if opening else None) or min(message.days, default=None),
        last=(closing[0] if closing else None) or max(message.days, default=None),
        opening=opening[1] if opening else None,
        amounts=exact_sum(message.amounts),
        closing=closing[1] if closing else None,
        records=message.records,
        sequence=message.sequence,
        fault="; it ".join(message.faults) or None,
        follows=bool(opening or closing),
    )


def _day(text: str) -> date | None:
    return day_of(text[:2], text[2:4], text[4:6])


def _claims(head: Head) -> bool:
    begins = [line for line in head.lines[:10] if re.match(r"\{1:|:20:", line)]
    return head.text.startswith(("{1:", ":20:")) or bool(begins and _FIELD.search(head.text))


FORMAT = Format(
    "mt940",
    lambda path, options, engine: read_mt940(text_of(path, options.encoding), path.name).raw(engine),
    _claims,
    frozenset({"encoding"}),
    (".sta", ".mta", ".940", ".942", ".mt940", ".mt942", ".mt9", ".swi", ".stm", ".fin"),
)
