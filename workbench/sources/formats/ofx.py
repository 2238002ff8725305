"""OFX and QFX: statements of banks and cards as Quicken and Money take them, in SGML (1.x) or XML (2.x)."""

from __future__ import annotations

import codecs
import html
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from workbench.errors import SourceError
from workbench.layouts.questions import Choice, Question
from workbench.sources.formats.bank_file import BankFile, Row, amount_of, day_of, first_given, given_reference
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.xml_tree import MAX_DEPTH, MAX_HELD, Element, parse_xml
from workbench.statements import Statement, exact_sum

_TOKEN = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w.\-]*)\s*(?P<empty>/?)>(?P<text>(?:[^<]|<(?![A-Za-z/!]))*)")
_LITERAL = re.compile(r"<!\[CDATA\[((?:(?!\]\]>|</?STMTTRN>).)*)\]\]>", re.DOTALL | re.IGNORECASE)
_HEADER_LINE = re.compile(r"\s*(?:<[?!].*|-->|[A-Z]+:.*)?\s*")
_DATE = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:\.(?P<fraction>\d{1,6}))?)?"
    r"\s*(?:\[(?P<offset>[+-]?\d{1,2}(?:\.\d{1,2})?)(?::[^\]]*)?\])?",
    re.ASCII,
)
# The statements of bank accounts, cards and, for the money in them, of investments.
_OF = {"TRNAMT": "amount", "DTPOSTED": "date"}
STATEMENTS = {"STMTRS": "BANKACCTFROM", "CCSTMTRS": "CCACCTFROM", "INVSTMTRS": "INVACCTFROM"}
# Elements that hold others: one of them without its end is no empty element.
_AGGREGATES = {*STATEMENTS, *STATEMENTS.values(), "OFX", "BANKTRANLIST", "STMTTRN", "LEDGERBAL", "STMTTRNRS"}
_AGGREGATES |= {"CCSTMTTRNRS", "BANKMSGSRSV1", "CREDITCARDMSGSRSV1", "INVSTMTMSGSRSV1", "INVTRANLIST", "INVBANKTRAN"}

_BEHIND_LIST = {"LEDGERBAL", "AVAILBAL"}


def read_ofx(content: bytes, name: str, encoding: str | None) -> BankFile:
    """Read every transaction of every statement in the content of the file called ``name``.

    Raises ``SourceError`` if it is not whole, or its encoding cannot be told.
    """
    root = _tree(content, name, encoding)
    bank_file = BankFile()
    bank = root.value("SIGNONMSGSRSV1/SONRS/FI/ORG")
    for element in _every(root, {*STATEMENTS, "STMTTRN"}):
        if element.name == "STMTTRN":
            bank_file.reject(
                element.value("FITID") or "", "is a transaction of no statement: it stands outside of them"
            )
        else:
            _read_statement(element, bank, bank_file)
    bank_file.questions += _ask_direction(bank_file.rows)
    return bank_file


def _tree(content: bytes, name: str, encoding: str | None) -> Element:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content, encoding = content.decode("utf-16", "replace").encode(), "utf-8"
    start = re.search(rb"<OFX\s*>", content, re.IGNORECASE)
    head = content[: start.start()] if start else content[:1000]
    if not start:
        raise SourceError(f"{name} has the beginning of an OFX file and no <OFX>: download it again")
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise SourceError(f"{name} has a document type (<!DOCTYPE …>), which no statement needs: take that part out")
    if re.search(rb"<STMTTRN", head, re.IGNORECASE):
        raise SourceError(f"{name} has a transaction before its <OFX>: it is damaged; download it again")
    if b"<?xml" not in head.lower() or encoding is not None:
        return _sgml(_decoded(content[start.start() :], head, name, encoding), name)
    try:
        return parse_xml(io.BytesIO(content.lstrip()), name)
    except SourceError:
        # Some banks write the header of XML above SGML, whose elements need no end.
        with suppress(SourceError):
            return _sgml(_decoded(content[start.start() :], head, name, encoding), name)
        raise


def _decoded(content: bytes, head: bytes, name: str, encoding: str | None) -> str:
    """Many files say USASCII, or 1252, and are UTF-8: what decodes as that and is no plain ASCII is that."""
    named = re.search(rb"CHARSET:\s*([\w-]+)", head)
    charset = named[1].decode("ascii") if named else ""
    spare = {"1252": "cp1252", "NONE": "cp1252", "": "cp1252"}.get(charset.upper(), charset.lower())
    for chosen in [encoding] if encoding else ["utf-8-sig", spare, "latin-1"]:
        try:
            return content.decode(chosen)
        except (UnicodeDecodeError, LookupError):
            continue
    raise SourceError(f"{name} is not in {encoding}: name the encoding that it is in, or none")


def _sgml(text: str, name: str) -> Element:
    """The tree of elements; an element with a text ends with it, whether or not a closing tag follows."""
    root = Element("", 0)
    stack = [root]
    count = 0
    for token in _TOKEN.finditer(_LITERAL.sub(lambda literal: html.escape(literal[1]), text)):
        tag, value = token["name"].upper(), html.unescape(token["text"]).strip()
        count += 1
        if len(stack) > MAX_DEPTH * 4 or count > MAX_HELD * 10:
            raise SourceError(f"{name} unfolds to more than a statement has")
        if token["close"]:
            _close(stack, tag, name)
            continue
        if tag in _BEHIND_LIST and stack[-1].name == "BANKTRANLIST":
            stack.pop()  # some banks leave its end out
        element = Element(tag, 0, pieces=[value])
        stack[-1].children.append(element)
        if not value and not token["empty"]:
            stack.append(element)
    if len(stack) > 1 or not root.children:
        raise SourceError(f"{name} ends before its </{stack[-1].name or 'OFX'}>: it is cut off; download it again")
    first, *behind = root.children
    first.children += behind  # what stands behind </OFX> is read too, so that nothing of it is lost
    return first


def _close(stack: list[Element], tag: str, name: str) -> None:
    """Close the innermost element of that name; those in it that have no text and no end are empty."""
    position = max((place for place, element in enumerate(stack) if element.name == tag), default=0)
    if not position and tag == "BANKTRANLIST" and any(element.name in STATEMENTS for element in stack):
        return  # a second end of the list: what stands behind the first is of the same statement
    if not position and tag in _AGGREGATES:
        raise SourceError(f"{name} has a </{tag}> without its beginning: it is damaged; download it again")
    if not position:  # the end of an element with a text
        return
    lost = [element.name for element in stack[position + 1 :] if element.name in _AGGREGATES]
    if lost:
        raise SourceError(f"{name} has no </{lost[0]}> where it should: it is damaged; download it again")
    for empty in reversed(stack[position + 1 :]):
        parent = stack[stack.index(empty) - 1]
        parent.children += empty.children
        empty.children = []
        stack.pop()
    stack.pop()


def _every(element: Element, names: set[str]) -> Iterator[Element]:
    """The elements of these names, wherever they stand."""
    for child in element.children:
        if child.name in names:
            yield child
        else:
            yield from _every(child, names)


def _read_statement(statement: Element, bank: str | None, bank_file: BankFile) -> None:
    account = statement.value(f"{STATEMENTS[statement.name]}/ACCTID")
    currency = statement.value("CURDEF")
    listed = statement.first("BANKTRANLIST", "INVTRANLIST")
    amounts: list[Decimal] = []
    records = unread = 0
    transactions = [*_every(statement, {"STMTTRN"})]
    corrected = _corrected(transactions)
    for transaction in transactions:
        if why := corrected.get(id(transaction)):
            bank_file.leave_out(transaction.line, transaction.value("FITID") or "", why)
            continue
        if doubled := _doubled(transaction):
            bank_file.reject(
                transaction.value("FITID") or "", f"is a transaction with {doubled} twice: an end is missing"
            )
            unread += 1
            continue
        row = _record(transaction, account, currency, bank)
        wrong = [
            name for name, kind in (("TRNAMT", Decimal), ("DTPOSTED", date)) if not isinstance(row[_OF[name]], kind)
        ]
        if wrong:
            stated = ", ".join(f"{name} {transaction.value(name)!r}" for name in wrong)
            bank_file.reject(transaction.value("FITID") or "", f"is a transaction whose {stated} cannot be read")
            unread += 1
            continue
        records += 1
        if isinstance(row["amount"], Decimal) and row["currency"] == currency:
            amounts.append(row["amount"])
        bank_file.rows.append(row)
    for other in listed.children if listed else []:
        if other.name in {"DTSTART", "DTEND", "STMTTRN", "INVBANKTRAN"}:
            continue
        if statement.name == "INVSTMTRS":
            bank_file.leave_out(other.line, other.name, "is about securities, not money in the account")
        else:
            bank_file.reject(other.name, "stands among the transactions and is none")
            unread += 1
    bank_file.statements.append(
        Statement(
            account=account,
            currency=currency,
            first=_day(listed.value("DTSTART") if listed else None),
            last=_day(listed.value("DTEND") if listed else None),
            opening=None,
            amounts=exact_sum(amounts),
            closing=_amount(statement.value("LEDGERBAL/BALAMT")) if statement.value("LEDGERBAL/BALAMT") else None,
            records=records,
            fault=f"has transactions that cannot be read: {unread:,}" if unread else None,
            follows=False,
        )
    )


def _corrected(transactions: Sequence[Element]) -> dict[int, str]:
    """Transactions that others of the statement replace or delete, and those that delete one, each with why."""
    known = {fitid: transaction for transaction in transactions if (fitid := transaction.value("FITID"))}
    left_out = {}
    for transaction in transactions:
        earlier = known.get(transaction.value("CORRECTFITID") or "")
        if earlier is None or earlier is transaction:
            continue
        deletes = transaction.value("CORRECTACTION") == "DELETE"
        named = transaction.value("FITID")
        left_out[id(earlier)] = f"is {'deleted' if deletes else 'replaced'} by transaction {named}, which corrects it"
        if deletes:
            left_out[id(transaction)] = f"deletes transaction {earlier.value('FITID')}"
    return left_out


def _ask_direction(rows: Sequence[Row]) -> list[Question]:
    """Ask whether amounts without a sign have the direction that their types say."""
    signed = any(isinstance(row["amount"], Decimal) and row["amount"] < 0 for row in rows)
    if signed or {row["transaction_code"] for row in rows} != {"CREDIT", "DEBIT"}:
        return []
    by_type = Choice({"mapping": {"transaction_code": "direction"}}, "the types say the direction")
    as_they_are = Choice({"sign": "as_is"}, "all came in")
    return [Question("mapping", "no amount is negative, and some are of type DEBIT", (by_type, as_they_are))]


def _doubled(transaction: Element) -> str | None:
    """A part that a transaction has once at most, and this one twice, or a transaction within it."""
    names = [child.name for child in transaction.children]
    once = next((name for name in ("TRNAMT", "DTPOSTED", "FITID") if names.count(name) > 1), None)
    return once or next((name for name in names if name == "STMTTRN"), None)


def _record(transaction: Element, account: str | None, currency: str | None, bank: str | None) -> Row:
    name, memo = transaction.value("NAME", "PAYEE/NAME"), transaction.value("MEMO")
    check, reference = given_reference(transaction.value("CHECKNUM")), given_reference(transaction.value("REFNUM"))
    return {
        "id": transaction.value("FITID"),
        "amount": _amount(transaction.value("TRNAMT")),
        "currency": transaction.value("CURRENCY/CURSYM") or currency,
        "reference": first_given(reference, check),
        "description": " ".join(filter(None, [name, memo if memo != name else None])) or None,
        "date": _instant(transaction.value("DTPOSTED")),
        "source": bank,
        "account": account,
        "value_date": _day(transaction.value("DTAVAIL")),
        "remittance": memo,
        "counterparty": name,
        "counterparty_account": transaction.value("BANKACCTTO/ACCTID", "CCACCTTO/ACCTID"),
        "transaction_code": transaction.value("TRNTYPE"),
    }


def _amount(text: str | None) -> Decimal | None:
    """A number with a point or a comma before its decimals; three digits after a comma may as well be thousands."""
    number = (text or "").strip()
    if "," in number and ("." in number or re.search(r",\d{3}$", number)):
        return None
    return amount_of(number.replace(",", "."))


def _instant(text: str | None) -> date | None:
    """A day, or an instant in UTC where there is a time."""
    match = _DATE.fullmatch((text or "").strip())
    day = day_of(match["year"], match["month"], match["day"]) if match else None
    if not match or not day:
        return None
    if not match["hour"]:
        return day
    clock = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    fraction = int((match["fraction"] or "0").ljust(6, "0"))
    try:
        zone = timezone(timedelta(minutes=round(float(match["offset"] or 0) * 60)))
        moment = datetime(day.year, day.month, day.day, *clock, fraction, tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str | None) -> date | None:
    """The day of a date as the bank's own clock has it."""
    match = _DATE.fullmatch((text or "").strip())
    return day_of(match["year"], match["month"], match["day"]) if match else None


def _claims(head: Head) -> bool:
    before, mark, _ = head.text[:4000].upper().partition("<OFX>")
    # Programs that write these files leave lines of their header out, or put it into a comment.
    return before.startswith("OFXHEADER") or (mark != "" and all(map(_HEADER_LINE.fullmatch, before.splitlines())))


FORMAT = Format(
    "ofx",
    lambda path, options, engine: read_ofx(path.read_bytes(), path.name, options.encoding).raw(engine),
    _claims,
    frozenset({"encoding"}),
    (".ofx", ".qfx", ".qbo"),
)
