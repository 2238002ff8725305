"""BAI2: balance reports of North American banks, with control totals for each account, each group and the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from workbench.sources.currencies import minor_digits
from workbench.sources.formats.bank_file import BankFile, day_of, first_given, given_reference
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.text import text_of
from workbench.statements import Statement, exact_sum

OPENING, CLOSING = "010", "015"


@dataclass
class _Record:
    """A logical record: its lines joined, and how many they were."""

    line: int
    lines: int
    fields: list[str]
    texts: list[str]  # the text of each continuation line, for the end of a transaction

    @property
    def code(self) -> str:
        return self.fields[0]


@dataclass
class _Totals:
    """What an account, a group or the file sums to, and how many lines it has."""

    amount: int = 0
    lines: int = 0
    parts: int = 0


@dataclass
class _Account:
    name: str | None
    currency: str
    day: date | None
    bank: str | None
    balances: dict[str, Decimal] = field(default_factory=dict)
    amounts: list[Decimal] = field(default_factory=list)
    totals: _Totals = field(default_factory=_Totals)
    records: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class _State:
    """Where the reader is: in which file, group and account."""

    bank_file: BankFile
    file: _Totals = field(default_factory=_Totals)
    group: _Totals = field(default_factory=_Totals)
    faults: list[str] = field(default_factory=list)
    account: _Account | None = None
    day: date | None = None
    currency: str = "USD"
    bank: str | None = None
    open: list[str] = field(default_factory=list)  # headers whose trailers have not come yet


def read_bai2(text: str) -> BankFile:
    """Read every transaction of every account, and hold all control totals against what was read."""
    state = _State(BankFile())
    for record in _records(text, state.bank_file):
        for totals in (state.file, state.group, *([state.account.totals] if state.account else [])):
            totals.lines += record.lines
        _HANDLERS.get(record.code, _other)(state, record)
    _close_account(state)
    if state.open:
        state.faults.append("ends before its last trailer (record 99): it is cut off")
    if state.faults:
        fault = "; it ".join(state.faults)
        whole = Statement(None, None, None, None, None, Decimal(0), None, 0, None, fault, follows=False)
        state.bank_file.statements.append(whole)
    return state.bank_file


def _records(text: str, bank_file: BankFile) -> Iterator[_Record]:
    """The logical records: a line, and the continuations (88) that follow it."""
    record: _Record | None = None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content:
            continue
        ended = content.removesuffix("/")
        if content.startswith("88,") and record:
            record.lines += 1
            record.texts.append(ended[3:])
            if record.code != "16":  # a transaction may go on with its text, which may hold commas
                record.fields += ended[3:].split(",")
            continue
        if record:
            yield record
        record = None
        if re.match(r"(01|02|03|16|49|98|99)\b", content):
            record = _Record(number, 1, ended.split(","), [])
        else:
            bank_file.leave_out(number, content, "is of no record type of BAI2")
    if record:
        yield record


def _file_header(state: _State, _record: _Record) -> None:
    state.file = _Totals(lines=1)
    state.open.append("01")


def _group_header(state: _State, record: _Record) -> None:
    """The group's bank, day and currency."""
    _close_account(state)
    state.group = _Totals(lines=1)
    state.bank = _at(record.fields, 2) or None
    text = _at(record.fields, 4)
    state.day = day_of(text[:2], text[2:4], text[4:]) if re.fullmatch(r"\d{6}", text, re.ASCII) else None
    state.currency = _at(record.fields, 6) or "USD"
    state.open.append("02")


def _account_header(state: _State, record: _Record) -> None:
    """The account, and its balances: type, amount, count and funds type, again and again."""
    _close_account(state)
    currency = _at(record.fields, 2) or state.currency
    account = _Account(_at(record.fields, 1) or None, currency, state.day, state.bank)
    account.totals.lines = record.lines
    state.account = account
    state.group.parts += 1
    position = 3
    while position < len(record.fields):
        code, text = _at(record.fields, position), _at(record.fields, position + 1)
        amount = _whole(text)
        if text and amount is None:
            account.faults.append(f"has an amount that cannot be read (type {code}, line {record.line}): {text[:40]!r}")
        elif amount is not None:
            account.totals.amount += amount
            account.balances[code] = _money(amount, currency)
        position += 3
        position += _funds(record.fields, position)


def _transaction(state: _State, record: _Record) -> None:
    """A transaction: type, amount, funds, the bank's and the customer's references, text."""
    account, fields = state.account, record.fields
    text, amount = _at(fields, 2), _whole(_at(fields, 2))
    sign = _sign(_at(fields, 1))
    if account:
        account.totals.amount += amount or 0
    # The type says the direction: a sign beside it may mean either.
    if account is None or amount is None or amount < 0 or not sign or account.day is None:
        why = (
            "stands in no account"
            if account is None
            else "is a transaction without a type, day and amount that can be read"
        )
        if account and sign == 0 and text in {"", "0"}:
            state.bank_file.leave_out(record.line, ",".join(fields), "is information without an amount")
            return
        state.bank_file.reject(",".join(fields), f"{why} (line {record.line})")
        return
    value = _money(amount * sign, account.currency)
    fields, texts = _continued(record)
    position = 3 + _funds(fields, 3)
    bank, customer = given_reference(_at(fields, position)), given_reference(_at(fields, position + 1))
    words = " ".join([",".join(fields[position + 2 :]), *texts]).split()
    account.amounts.append(value)
    account.records += 1
    state.bank_file.rows.append(
        {
            "amount": value,
            "currency": account.currency,
            "date": account.day,
            "source": account.bank,
            "account": account.name,
            "value_date": _value_day(fields),
            "reference": first_given(customer, bank),
            "description": " ".join(words) or None,
            "bank_reference": bank,
            "transaction_code": _at(fields, 1),
        }
    )


def _continued(record: _Record) -> tuple[list[str], list[str]]:
    """The fields up to the text, wherever they stand, and the lines of text that go on after it."""
    fields, texts = list(record.fields), list(record.texts)
    while texts and len(fields) <= 5 + _funds(fields, 3):
        fields += texts.pop(0).split(",")
    return fields, texts


def _account_trailer(state: _State, record: _Record) -> None:
    if not state.account:
        return
    state.group.amount += state.account.totals.amount
    _check(state.account.faults, record, state.account.totals, 1, 2)
    _close_account(state)


def _group_trailer(state: _State, record: _Record) -> None:
    _close_account(state)
    _check(state.faults, record, state.group, 1, 3, 2)
    state.file.amount += state.group.amount
    state.file.parts += 1
    if "02" in state.open:
        state.open.remove("02")


def _file_trailer(state: _State, record: _Record) -> None:
    _close_account(state)
    _check(state.faults, record, state.file, 1, 3, 2)
    state.open.clear()


def _other(_state: _State, _record: _Record) -> None:
    """A record that holds nothing to read."""


_HANDLERS = {
    "01": _file_header,
    "02": _group_header,
    "03": _account_header,
    "16": _transaction,
    "49": _account_trailer,
    "98": _group_trailer,
    "99": _file_trailer,
}
_WHAT = {"49": "account", "98": "group", "99": "file"}


def _check(
    faults: list[str], record: _Record, totals: _Totals, total: int, lines: int, parts: int | None = None
) -> None:
    """Hold the control totals of a trailer against what was read."""
    wanted = [
        ("total", _at(record.fields, total), totals.amount),
        ("number of records", _at(record.fields, lines), totals.lines),
    ]
    if parts is not None:
        wanted.append(("number of parts", _at(record.fields, parts), totals.parts))
    faults += [
        f"has the control {what} {stated} in the trailer of its {_WHAT[record.code]} (line {record.line}), but what "
        f"was read gives {actual}"
        for what, stated, actual in wanted
        if stated and _whole(stated) != actual
    ]


def _close_account(state: _State) -> None:
    account, state.account = state.account, None
    if account is None:
        return
    opening, closing = account.balances.get(OPENING), account.balances.get(CLOSING)
    state.bank_file.statements.append(
        Statement(
            account=account.name,
            currency=account.currency,
            first=account.day,
            last=account.day,
            opening=opening,
            amounts=exact_sum(account.amounts),
            closing=closing,
            records=account.records,
            fault="; it ".join(account.faults) or None,
            follows=opening is not None,
        )
    )


def _sign(code: str) -> int:
    """Types 100 to 399 are credits, 400 to 699 debits; of loans 760 is paid out; 920 and 960 on are the bank's own."""
    number = int(code) if re.fullmatch(r"\d{3}", code, re.ASCII) else 0
    credit = 100 <= number <= 399 or 700 <= number <= 759 or 920 <= number <= 959
    debit = 400 <= number <= 699 or 760 <= number <= 799 or 960 <= number <= 999
    return 1 if credit else -1 if debit else 0


def _funds(fields: list[str], position: int) -> int:
    """How many fields the funds type at this position and what belongs to it take."""
    kind = _at(fields, position).upper()
    if kind == "S":
        return 4
    if kind == "V":
        return 3
    if kind == "D":
        pairs = _whole(_at(fields, position + 1)) or 0
        return 2 + 2 * max(0, min(pairs, len(fields)))
    return 1


def _value_day(fields: list[str]) -> date | None:
    text = _at(fields, 4) if _at(fields, 3).upper() == "V" else ""
    return day_of(text[:2], text[2:4], text[4:]) if re.fullmatch(r"\d{6}", text, re.ASCII) else None


def _money(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-minor_digits(currency))


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?\d{1,30}", text.strip(), re.ASCII) else None


def _at(fields: list[str], position: int) -> str:
    return fields[position].strip() if position < len(fields) else ""


def _claims(head: Head) -> bool:
    # Sender, receiver, day, time, number of the file, lengths of lines and blocks, and the version.
    return (
        bool(re.match(r"01,[^,\n]*,[^,\n]*,\d{6},\d{0,4},[^,\n]*,\d*,\d*,\d\s*/?\s*$", head.lines[0], re.ASCII))
        if head.lines
        else False
    )


FORMAT = Format(
    "bai2",
    lambda path, options, engine: read_bai2(text_of(path, options.encoding)).raw(engine),
    _claims,
    frozenset({"encoding"}),
    (".bai", ".bai2"),
)
