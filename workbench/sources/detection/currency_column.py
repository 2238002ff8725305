"""The currency of a record: from a column, a header, beside the amounts, from the lines before the header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from workbench.layouts.questions import OR_ANOTHER, Choice, Question
from workbench.sources.currencies import SHARED_SIGNS, currency_called
from workbench.sources.detection.headings import currency_in
from workbench.sources.detection.look import LOOKED_AT, Column, Findings, Look, called
from workbench.sources.detection.notation import read_amount
from workbench.sources.detection.proof import moved_by
from workbench.sources.detection.words import plain

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{1,11}")
MONEY = ("amount", "debit", "credit")


def find_currency(look: Look, findings: Findings) -> None:
    """Find the column or the text that states the currency."""
    if "currency" in look.mapped:
        findings.meaning["currency"] = look.mapped["currency"]
    elif "currency" not in look.given and not (_ask_of_halves(look, findings) or _column(look, findings)):
        ways = (_in_headers, _beside_amounts, _beside_totals, _before_header)
        code = next((code for way in ways if (code := way(look, findings)) is not None), None)
        if code:
            findings.options["currency"] = code
        elif code is None and look.has_rows and not _comes_with_answer(look, findings):
            choices = (Choice({"currency": "EUR"}, OR_ANOTHER),)
            findings.questions.append(Question("currency", "no column, header or amount says the currency", choices))


def _comes_with_answer(look: Look, findings: Findings) -> bool:
    """Whether each column that may be chosen as the amount says its currency in its header."""
    choices = [choice.options.get("mapping", {}) for question in findings.questions for choice in question.choices]
    amounts = [look.column(key) for mapping in choices for key, meaning in mapping.items() if meaning in MONEY]
    return bool(amounts) and all(column and currency_in(column.header) for column in amounts)


def _column(look: Look, findings: Findings) -> bool:
    """Whether a column has the currency: by its header, or because nothing else than codes stands in it."""
    named = [(rank, column) for rank, column in look.named("currency") if rank == 0 or _could_be_codes(column)]
    taken_places = {column.place for column in findings.meaning.values()}
    coded = [
        column
        for column in look.free
        if _has_codes(column) and column.place not in taken_places and not _means_other(column)
    ]
    sharing = [column for _, column in named if _share_a_word(findings, column)]
    best = [column for rank, column in named if rank == named[0][0]]
    candidates = (sharing or best) if named and named[0][0] else best if named else coded
    candidates = [column for column in candidates if not _is_run_over(findings, column)]
    if not candidates:
        return False
    column = _beside(findings, candidates)
    codes = set(column.filled)
    # Where most rows leave it out, it stands for all of them; where few do, these rows lack it.
    if len(codes) == 1 and 2 * len(column.filled) <= len(column.texts) and column.typed is None:
        code = _code(column.filled[0])
        findings.options["currency"] = code
        findings.evidence.append(f"the currency is {code}: {called(column)} says no other")
        return True
    if contradicted := _contradicted_by(findings, column):
        _ask_which(look, findings, column, contradicted)
        return True
    findings.meaning["currency"] = column
    if not named or named[0][0] or len(candidates) > 1:
        findings.evidence.append(f"{called(column)} is the currency: {', '.join(sorted(set(column.filled))[:5])}")
    return True


def _is_run_over(findings: Findings, column: Column) -> bool:
    """Whether one balance runs along with all amounts, over rows that a column says are of several currencies."""
    amount, balance = findings.meaning.get("amount"), findings.meaning.get("balance")
    if amount is None or balance is None or len(set(column.filled)) < 2:
        return False
    return moved_by(amount.values[:LOOKED_AT], balance.values[:LOOKED_AT]) is not None


def _means_other(column: Column) -> bool:
    """Whether a header says that codes are something else; above two columns, it may be that of the amount."""
    return any(name not in {*MONEY, "balance"} for name, _ in column.meanings)


def _contradicted_by(findings: Findings, column: Column) -> Column | None:
    """The column of amounts whose header names another currency than a column of currencies has in some row."""
    codes = set(map(_code, column.filled))
    for amounts in (findings.meaning[name] for name in MONEY if name in findings.meaning):
        code = currency_in(amounts.header)
        if code and not codes <= {code, *SHARED_SIGNS.get(code, ())}:
            return amounts
    return None


def _ask_which(look: Look, findings: Findings, column: Column, amounts: Column) -> None:
    """What was paid abroad may have its own currency in one column, and the account's in the header of the amount."""
    code = currency_in(amounts.header)
    other = next(text for text in column.filled if _code(text) != code)
    choices = (
        Choice({"currency": code}, f"as {called(amounts)} says"),
        Choice({"mapping": {look.key_of(column): "currency"}}, f"as {called(column)} says"),
    )
    findings.questions.append(
        Question("currency", f"the header of {called(amounts)} says {code}, {called(column)} {other}", choices)
    )


def _code(text: str) -> str:
    return currency_called(text) or text.upper()


def _has_codes(column: Column) -> bool:
    return bool(column.filled) and all(map(currency_called, column.filled))


def _could_be_codes(column: Column) -> bool:
    """Whether a column that is called currency has nothing but what can be one; no list has all, such as BTC."""
    return bool(column.filled) and all(_CODE.fullmatch(text) or currency_called(text) for text in column.filled)


def _beside(findings: Findings, candidates: Sequence[Column]) -> Column:
    """Of several, the one that shares a word with the header of the amount, else the nearest, best behind it."""
    amounts = [findings.meaning[name] for name in MONEY if name in findings.meaning]
    if not amounts:
        return candidates[0]
    place = amounts[-1].place

    def distance(column: Column) -> tuple[bool, int, bool]:
        return not _share_a_word(findings, column), abs(column.place - place), column.place < place

    return min(candidates, key=distance)


def _share_a_word(findings: Findings, column: Column) -> bool:
    """Whether a header shares a word with that of the amount, as Net Currency does with Net Amount."""
    return any(_words(findings.meaning[name]) & _words(column) for name in MONEY if name in findings.meaning)


def _words(column: Column) -> set[str]:
    return {word.lower() for word in column.header.split()} - {"amount", "currency"}


def _ask_of_halves(look: Look, findings: Findings) -> bool:
    """Ask which half counts where debits and credits have a currency each, and a row has both: they have no sum."""
    halves = [findings.meaning[name] for name in ("debit", "credit") if name in findings.meaning]
    own = [
        next((one for one in look.free if _could_be_codes(one) and _words(one) & _words(half)), None) for half in halves
    ]
    if len(halves) < 2 or own[0] is None or own[1] is None or own[0] is own[1]:
        return False
    if not any(one and two and one != two for one, two in zip(own[0].texts, own[1].texts, strict=True)):
        return False
    keys = [{look.key_of(half): name} for half, name in zip(halves, ("debit", "credit"), strict=True)]
    choices = tuple(
        Choice({"mapping": {**key, look.key_of(code): "currency"}}) for key, code in zip(keys, own, strict=True) if code
    )
    text = f"{called(halves[0])} and {called(halves[1])} are in two currencies in some rows"
    findings.questions.append(Question("mapping", text, choices))
    return True


def _in_headers(look: Look, findings: Findings) -> str | None:
    columns = [findings.meaning[name] for name in MONEY if name in findings.meaning]
    codes = {code for column in columns if (code := currency_in(column.header))}
    if len(codes) == 1:
        code = codes.pop()
        where = next(column.header for column in columns if currency_in(column.header))
        findings.evidence.append(f"the currency is {code}: header {where!r}")
        return code
    proven = findings.meaning.get("balance")
    balances = [column for column in look.columns if column.means("balance") is not None or column is proven]
    others = {code for column in balances if (code := currency_in(column.header))}
    if len(others) == 1:
        code = others.pop()
        findings.evidence.append(f"the currency is {code}: the header of the balance says so")
        return code
    return None


def _beside_amounts(look: Look, findings: Findings) -> str | None:
    """The currency that stands beside each amount; an empty text where each row says its own."""
    columns = [findings.meaning[name] for name in MONEY if name in findings.meaning]
    alike = [own for own in look.free if own not in columns and any(map(partial(_say_the_same, own), columns))]
    codes = (_named_beside(look, findings, own) for own in (columns, *([column] for column in alike)))
    return next((code for code in codes if code is not None), None)


def _beside_totals(look: Look, findings: Findings) -> str | None:
    """The one currency that stands beside amounts of rows that are no records, as where only totals have a sign."""
    columns = [findings.meaning[name] for name in (*MONEY, "balance") if name in findings.meaning]
    amounts = {text: read_amount(text, ".") or read_amount(text, ",") for column in columns for text in column.others}
    named = {text: amount.currency for text, amount in amounts.items() if amount and amount.currency}
    if len(set(named.values())) != 1:
        return None
    text, code = next(iter(named.items()))
    shared = SHARED_SIGNS.get(code, frozenset()) - {code}
    if {currency_in(line) for line in look.before} & shared or _may_be_pesos(look, findings, code, [*named]):
        return None
    findings.evidence.append(f"the currency is {code}: totals such as {text!r} say so")
    return code


def _say_the_same(one: Column, other: Column) -> bool:
    """Whether two columns have the same amounts, as where one has them with a sign of the currency."""
    return one.is_number and bool(one.filled) and one.values == other.values


def _named_beside(look: Look, findings: Findings, columns: Sequence[Column]) -> str | None:
    texts = [text for column in columns for text in column.filled]
    amounts = [read_amount(text, ".") or read_amount(text, ",") for text in texts]
    codes = {amount.currency for amount in amounts if amount}
    if not codes or None in codes:
        return None
    if len(codes) == 1:
        code = codes.pop() or ""
        if {named for line in look.before if (named := currency_in(line))} & (
            SHARED_SIGNS.get(code, frozenset()) - {code}
        ):
            return None  # such as MXN in a line above amounts with a $
        if _may_be_pesos(look, findings, code, texts):
            return None
        findings.evidence.append(f"the currency is {code}: amounts such as {texts[0]!r} say so")
        return code
    findings.evidence.append(f"each amount says its currency: {', '.join(sorted(filter(None, codes)))}")
    return ""


def _may_be_pesos(look: Look, findings: Findings, code: str, texts: Sequence[str]) -> bool:
    """Whether a sign that currencies share stands beside amounts such as 15.320,50, or under headers in Spanish."""
    is_sign = code == "USD" and not any(code in text for text in texts)
    return is_sign and (findings.options.get("decimal") == "," or any(map(_is_spanish, look.columns)))


def _is_spanish(column: Column) -> bool:
    return plain(column.header).startswith("fecha")


def _before_header(look: Look, findings: Findings) -> str | None:
    codes = {code: line for line in look.before if (code := currency_in(line))}
    if len(codes) != 1:
        return None
    [(code, line)] = codes.items()
    if _may_be_pesos(look, findings, code, [line]):
        return None
    findings.evidence.append(f"the currency is {code}: a line before the header says {line.strip()!r}")
    return code
