"""The other columns of a record: its id, texts, account and status."""

from __future__ import annotations

import re

from workbench.layouts.questions import Choice, Question
from workbench.sources.currencies import minor_digits
from workbench.sources.detection.dates import EPOCH
from workbench.sources.detection.look import Column, Findings, Look, called
from workbench.sources.detection.words import not_booked_words, plain

TEXTS = ("reference", "description", "account", "status")
MOST_TYPES = 12  # different texts of a column of types


def find_id(look: Look, findings: Findings) -> None:
    """The column of the id: one so called that has a value in each row and none twice; without it, ids are made."""
    name = look.kind.unique or ""
    if name in look.mapped:
        findings.meaning[name] = look.mapped[name]
        return
    named = look.named(name)
    for rank, column in named:
        if rank == 0 or look.whole.is_key(column.place):
            findings.meaning[name] = column
            if rank:
                findings.evidence.append(f"{called(column)} is the id: no two rows have the same")
            return
    why = f": {called(named[0][1])} is empty or doubled in some rows" if named else ""
    findings.evidence.append(f"ids are made from what each row says{why}")


def find_texts(look: Look, findings: Findings) -> None:
    """Reference, description, account and status, by their headers."""
    for name in TEXTS:
        if name in look.mapped:
            findings.meaning[name] = look.mapped[name]
            continue
        taken_places = {column.place for column in findings.meaning.values()}
        for rank, column in look.named(name):
            if rank and look.is_plain:
                break
            if column.place not in taken_places and (rank == 0 or column.filled) and not _is_money(column):
                findings.meaning[name] = column
                break
    if not any(column.header.strip() for column in look.columns):
        _by_content(look, findings)


def _by_content(look: Look, findings: Findings) -> None:
    """Without a header, the description is the column with the most words, the account one that has one IBAN only."""
    taken_places = {column.place for column in findings.meaning.values()}
    texts = [
        column
        for column in look.free
        if column.place not in taken_places and not column.is_number and not column.is_date
    ]
    accounts = [column for column in texts if len(set(column.texts)) == 1 and is_iban(column.texts[0])]
    words = [column for column in texts if len(set(column.filled)) > 1 and _letters(column) > 2 * len(column.texts)]
    if len(accounts) == 1 and "account" not in findings.meaning:
        findings.meaning["account"] = accounts[0]
        findings.evidence.append(f"{called(accounts[0])} is the account: all rows have its IBAN")
    if words and "description" not in findings.meaning:
        findings.meaning["description"] = max(words, key=_letters)
        findings.evidence.append(f"{called(findings.meaning['description'])} is the description: it has the most words")


def _letters(column: Column) -> int:
    return sum(map(str.isalpha, "".join(column.texts)))


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN with right check digits.

    >>> is_iban("AT61 1904 3002 3457 3201"), is_iban("AT61 1904 3002 3457 3202")
    (True, False)
    """
    compact = text.replace(" ", "").upper()
    shape = 15 <= len(compact) <= 34 and compact.isascii() and compact.isalnum() and compact[:2].isalpha()
    return shape and int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def _is_money(column: Column) -> bool:
    return column.typed == "number" and column.means("amount") is not None


def ask_status(look: Look, findings: Findings) -> None:
    """Ask whether rows take part that say of themselves that they are not, or no longer, booked."""
    status = findings.meaning.get("status") or next((column for _, column in look.named("status")), None)
    if look.kind.name != "external" or {"only", "without"} & look.given.keys():
        return
    if look.is_plain and (status is None or status.means("status") == 0):
        return  # written for the workbench, by someone who knows which records take part
    types = [column for column in look.columns if "" not in column.texts and len(set(column.texts)) <= MOST_TYPES]
    for column in [status, *types] if status else types:
        ways = sorted(set(column.filled))
        unbooked = [text for text in ways if plain(text) in not_booked_words()]
        if unbooked:
            ways = [] if "" in column.texts else ways
            findings.questions.append(unbooked_question(called(column), look.key_of(column), unbooked, ways))
            return


def unbooked_question(column: str, header: str, unbooked: list[str], ways: list[str]) -> Question:
    """Ask whether rows take part that are not booked; ``ways`` are all statuses, none where some rows have none."""
    sentence = f"{column} says {', '.join(map(repr, unbooked))} of some rows"
    choices = [Choice({"without": {header: unbooked}}, "they take no part")]
    choices += [Choice({"only": {header: ways}}, "they take part too")] if ways else []
    return Question("without", sentence, tuple(choices))


def find_minor_units(look: Look, findings: Findings) -> None:
    """Whole amounts may count the smallest unit: beside a precision, or beside seconds, as programs write them."""
    amount = findings.meaning.get("amount")
    if look.kind.name != "external" or "minor_units" in look.given or amount is None or not _is_whole(amount):
        return
    precision = next((column for column in look.columns if plain(column.header) == "precision"), None)
    if precision is not None and set(precision.filled) == {"100"}:
        why = f"{called(precision)} says 100"
    elif amount.typed == "number" and findings.options.get("date_format") in EPOCH and not _has_no_decimals(findings):
        why = "dates are counted from 1970, as where a program writes for a program"
    elif (
        "direction" in findings.meaning  # as processors write amounts, for programs
        and (fee := _fee(look)) is not None
        and (_is_whole(fee) or not fee.filled)
        and not _has_no_decimals(findings)
    ):
        why = f"no fee in {called(fee)} has decimals"
    else:
        return
    choices = (Choice({"minor_units": True}, "they count the smallest unit"), Choice({"minor_units": False}))
    text = f"amounts such as {amount.filled[0]} are whole, and {why}"
    findings.questions.append(Question("minor_units", text, choices))


def _fee(look: Look) -> Column | None:
    named = (column for _, column in look.named("fee") if column.is_number or not column.filled)
    return next(named, look.mapped.get("fee"))


def _is_whole(amount: Column) -> bool:
    """Whether all amounts are written without decimals: ``22.00`` counts no smallest unit."""
    return bool(amount.filled) and all(re.fullmatch(r"[+-]?\d+", text) for text in amount.filled)


def _has_no_decimals(findings: Findings) -> bool:
    """Whether all currencies are without a smaller unit, such as yen."""
    column = findings.meaning.get("currency")
    codes = {text.upper() for text in column.filled} if column else {findings.options.get("currency", "")}
    return all(minor_digits(code) == 0 for code in codes)
