"""CAMT.052, 053 and 054 of ISO 20022: reports, statements and notifications of banks, in every version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from workbench.errors import SourceError
from workbench.sources.formats.bank_file import BankFile, Row, amount_of, first_given, given_reference
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.xml_tree import Element, parse_xml
from workbench.statements import Statement, exact_sum

# What holds the entries of an account in each of the three messages.
ACCOUNTS = {"Stmt", "Rpt", "Ntfctn"}
MESSAGES = ("camt.052", "camt.053", "camt.054")
MESSAGE_ELEMENTS = {"BkToCstmrAcctRpt", "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
# Entries of these states are announced: no booked balance has them.
NOT_BOOKED = frozenset({"PDNG", "FUTR", "INFO"})
SIGNS = {"CRDT": 1, "DBIT": -1}


@dataclass
class _Account:
    """The counts of the entries of one account's statement."""

    amounts: list[tuple[str | None, Decimal, bool]] = field(default_factory=list)  # currency, signed, whether booked
    records: int = 0
    unread: int = 0  # entries whose amount cannot be read

    def of(self, currency: str | None, *, booked: bool) -> list[Decimal]:
        """The amounts in a currency: the booked ones, or all."""
        return [amount for own, amount, is_booked in self.amounts if own == currency and (is_booked or not booked)]


def read_camt(path: Path) -> BankFile:
    """Read every entry of every account in the file.

    A batch whose details sum exactly to its entry becomes its details, with the entry's reference as ``parent``.
    Raises ``SourceError`` for XML that is not whole, or not CAMT.
    """
    bank_file = BankFile(unbooked=NOT_BOOKED)
    accounts: dict[int, _Account] = {}
    known = False

    def whole(element: Element, ancestors: list[Element]) -> bool:
        nonlocal known
        known = known or _is_camt(element)
        holder = ancestors[-1]
        if element.name == "Ntry":
            if holder.name in ACCOUNTS:
                _read_entry(element, holder, accounts.setdefault(id(holder), _Account()), bank_file)
            else:
                bank_file.reject(_short(element), f"is an entry of no account: it stands in <{holder.name}>")
            return True
        if element.name in ACCOUNTS:
            bank_file.statements.append(_statement(element, accounts.pop(id(element), _Account())))
            return True
        return False

    with path.open("rb") as file:
        root = parse_xml(file, path.name, whole)
    if not (known or _is_camt(root)):
        raise SourceError(f"{path.name} is XML but no CAMT.052, CAMT.053 or CAMT.054: its root is <{root.name}>")
    return bank_file


def _is_camt(element: Element) -> bool:
    spaces = " ".join(element.attributes.values())
    return element.name in MESSAGE_ELEMENTS or any(message in spaces for message in MESSAGES)


def _read_entry(entry: Element, holder: Element, account: _Account, bank_file: BankFile) -> None:
    amount, currency = _amount(entry)
    if amount is None:
        account.unread += 1
        bank_file.reject(_short(entry), "is an entry without an amount and a CRDT or DBIT that can be read")
        return
    common = _of_entry(entry, holder, currency)
    account.amounts.append((currency, amount, common["status"] not in NOT_BOOKED))
    rows = _details(entry, amount, currency, common) or [_whole_entry(entry, amount, common)]
    account.records += len(rows)
    bank_file.rows += rows
    if len(rows) == 1:
        for detail in _transactions(entry)[1:]:
            why = "is one of the details of an entry that they do not sum to: the entry counts"
            bank_file.leave_out(detail.line, _short(detail), why)


def _amount(element: Element) -> tuple[Decimal | None, str | None]:
    """The signed amount and its currency. A reversal's indicator already has the direction of its own booking.

    An amount that has a sign of its own beside the indicator may mean either, and so may one that is stated twice.
    """
    stated = element.first("Amt")
    if any(len([*element.all(name)]) > 1 for name in ("Amt", "CdtDbtInd")):
        return None, None
    amount = amount_of(stated.text) if stated else None
    sign = SIGNS.get(element.value("CdtDbtInd") or "")
    currency = stated.attributes.get("Ccy") if stated else None
    return (amount * sign if amount is not None and amount >= 0 and sign else None), currency


def _of_entry(entry: Element, holder: Element, currency: str | None) -> Row:
    """The columns that every record of an entry has."""
    return {
        "currency": currency,
        "date": _date(entry, "BookgDt") or _date(entry, "ValDt"),
        "value_date": _date(entry, "ValDt"),
        "account": holder.value("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id"),
        "source": holder.value(*(f"Acct/Svcr/FinInstnId/{name}" for name in ("BICFI", "BIC", "Nm"))),
        "status": entry.value("Sts/Cd", "Sts/Prtry", "Sts") or None,
        "transaction_code": _code(entry),
        "reversal": "true" if (entry.value("RvslInd") or "").lower() in {"true", "1"} else None,
    }


def _whole_entry(entry: Element, amount: Decimal, common: Row) -> Row:
    """An entry as one record, with what its only detail says beside it."""
    transactions = _transactions(entry)
    detail = transactions[0] if len(transactions) == 1 else Element("TxDtls", entry.line)
    bank_reference = given_reference(entry.value("AcctSvcrRef"))
    described = _described(detail, entry, common, amount, bank_reference)
    return {**common, "amount": amount, "id": bank_reference, **described}


def _details(entry: Element, amount: Decimal, currency: str | None, common: Row) -> list[Row] | None:
    """The records that a batch holds; ``None`` if there are not several that sum exactly to the entry."""
    transactions = _transactions(entry)
    parts = [_detail_amount(detail, currency, amount) for detail in transactions]
    parts_stated = [part for part in parts if part is not None]
    if len(transactions) < 2 or len(parts_stated) < len(parts) or exact_sum(parts_stated) != amount:
        return None
    batch = entry.value("AcctSvcrRef", "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId", "NtryRef")
    rows = []
    for detail, part in zip(transactions, parts_stated, strict=True):
        given_id = given_reference(detail.value("Refs/AcctSvcrRef"))
        given_id = None if given_id == given_reference(entry.value("AcctSvcrRef")) else given_id
        described = _described(detail, entry, common, part, given_id)
        rows.append({**common, "amount": part, "id": given_id, "parent": batch, **described})
    return rows


def _transactions(entry: Element) -> list[Element]:
    return list(entry.all("NtryDtls/TxDtls"))


def _detail_amount(detail: Element, currency: str | None, entry: Decimal) -> Decimal | None:
    """The signed amount of a detail in the currency of its entry; it has the entry's direction if it names none."""
    paths = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    stated = next(
        (amount for path in paths for amount in detail.all(path) if amount.attributes.get("Ccy") == currency), None
    )
    amount = amount_of(stated.text) if stated else None
    sign = SIGNS.get(detail.value("CdtDbtInd") or "", 1 if entry >= 0 else -1)
    return None if amount is None or amount < 0 else amount * sign


def _described(detail: Element, entry: Element, common: Row, amount: Decimal, bank_reference: str | None) -> Row:
    """Each of the references in a column of its own, and the ones that people go by."""
    end_to_end = given_reference(detail.value("Refs/EndToEndId"))
    structured = given_reference(detail.value("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef"))
    remittance = (
        " ".join(
            part.text for path in ("RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf") for part in detail.all(path) if part.text
        )
        or None
    )
    bank_reference = bank_reference or first_given(detail.value("Refs/AcctSvcrRef"), entry.value("AcctSvcrRef"))
    # Of a reversal, the parties are those of the payment that is reversed.
    other = "Dbtr" if (amount >= 0) != bool(common["reversal"]) else "Cdtr"
    return {
        "reference": first_given(end_to_end, structured, bank_reference),
        "description": remittance or detail.value("AddtlTxInf") or entry.value("AddtlNtryInf"),
        "end_to_end_id": end_to_end,
        "structured_reference": structured,
        "remittance": remittance,
        "bank_reference": bank_reference,
        "mandate_id": given_reference(detail.value("Refs/MndtId")),
        "counterparty": detail.value(f"RltdPties/{other}/Nm", f"RltdPties/{other}/Pty/Nm"),
        "counterparty_account": detail.value(f"RltdPties/{other}Acct/Id/IBAN", f"RltdPties/{other}Acct/Id/Othr/Id"),
    }


def _code(entry: Element) -> str | None:
    codes = [entry.value(f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(filter(None, codes)) or entry.value("BkTxCd/Prtry/Cd")


def _date(element: Element, name: str) -> date | None:
    """The day of a date, or of an instant as the bank's own clock has it."""
    text = element.value(f"{name}/Dt", f"{name}/DtTm")
    match = re.match(r"\d{4}-\d{2}-\d{2}", text or "")
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def _statement(holder: Element, account: _Account) -> Statement:
    stated = [amount.attributes.get("Ccy") for amount in holder.all("Bal/Amt")]
    currency = holder.value("Acct/Ccy") or next(iter([*stated, *(own for own, _, _ in account.amounts)]), None)
    opening, closing = _balance(holder, OPENING, currency), _balance(holder, CLOSING, currency)
    return Statement(
        account=holder.value("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id"),
        currency=currency,
        first=_moment(holder, "FrToDt/FrDtTm") or (opening[1] if opening else None),
        last=_moment(holder, "FrToDt/ToDtTm") or (closing[1] if closing else None),
        opening=opening[0] if opening else None,
        amounts=exact_sum(account.of(currency, booked=True)),
        closing=closing[0] if closing else None,
        records=account.records,
        sequence=holder.value("ElctrncSeqNb", "LglSeqNb"),
        fault="; it ".join(_faults(holder, account, currency, bool(opening and not closing))) or None,
        follows=holder.name == "Stmt",
    )


def _balance(holder: Element, codes: tuple[str, ...], currency: str | None) -> tuple[Decimal, date | None] | None:
    for code in codes:
        for balance in holder.all("Bal"):
            amount, own = _amount(balance)
            if balance.value("Tp/CdOrPrtry/Cd") == code and own == currency and amount is not None:
                return amount, _date(balance, "Dt") or _moment(balance, "Dt")
    return None


def _moment(element: Element, path: str) -> date | None:
    try:
        return datetime.fromisoformat(element.value(path) or "").date()
    except ValueError:
        return None


def _faults(holder: Element, account: _Account, currency: str | None, unclosed: bool) -> Iterator[str]:
    """What, besides its balances, the statement says otherwise than its entries."""
    counted, entries = holder.value("TxsSummry/TtlNtries/NbOfNtries") or "", len(account.amounts) + account.unread
    if counted.isdecimal() and int(counted) != entries:
        yield f"says that it has {int(counted):,} entries, but has {entries:,}"
    for name, what, sign in (("TtlCdtNtries", "credits", 1), ("TtlDbtNtries", "debits", -1)):
        total = amount_of(holder.value(f"TxsSummry/{name}/Sum"))
        booked, every = (
            exact_sum(amount * sign for amount in account.of(currency, booked=only) if amount * sign > 0)
            for only in (True, False)
        )
        if total is not None and total not in {booked, every}:  # banks sum with or without what is only announced
            yield f"says that its {what} sum to {total:,f}, but they sum to {booked:,f}"
    if unclosed and holder.name == "Stmt":
        yield "states an opening balance and no closing balance, so that nobody can tell whether it is whole"
    if account.unread:
        yield f"has entries that cannot be read: {account.unread:,}"
    others = {own for own, _, _ in account.amounts} - {currency}
    if others:
        yield f"has entries in other currencies than its own: {', '.join(sorted(map(str, others)))}"


def _short(element: Element) -> str:
    """The texts of an element in one line."""
    texts = [element.text, *(_short(child) for child in element.children)]
    return " ".join(filter(None, texts))[:200]


def _claims(head: Head) -> bool:
    named = any(word in head.text for word in (*MESSAGES, *MESSAGE_ELEMENTS))
    return head.text.startswith("<") and named


FORMAT = Format("camt", lambda path, _options, engine: read_camt(path).raw(engine), _claims, endings=(".xml",))
