"""The sign of an amount: its own, that of a flag beside it, or the opposite of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

from workbench.layouts.questions import Choice, Question
from workbench.sources.detection.date_column import days_of
from workbench.sources.detection.look import LOOKED_AT, Column, Findings, Look, called
from workbench.sources.detection.proof import moved_by, movement_of, order_of
from workbench.sources.detection.words import (
    against_words,
    book_words,
    direction_words,
    flag_word,
    is_paid,
    is_purchase,
    is_thanks,
    plain,
)

LETTERS = 3  # of a flag that says in or out whatever its header is, such as D, Cr or Bij
MOST_WORDS = 5  # different ones that a flag of direction says
MOST_TYPES = 12  # different ones that a column of types says


def find_sign(look: Look, findings: Findings) -> None:
    """Find a flag that says whether an amount is in or out, and whether a running balance contradicts the sign."""
    amount = findings.meaning.get("amount")
    if amount is None or "sign" in look.given or look.kind.name not in {"external", "internal"}:
        return
    if "direction" in look.mapped:
        flag = findings.meaning["direction"] = look.mapped["direction"]
        _check_words(look, findings, flag)
        if _is_of_books(look, flag):
            _ask_of_books(look, findings, amount, flag)
        return
    flags = _flags(look, findings)
    unknown = None if flags else _unknown_flag(look, findings, amount)
    if unknown is not None:
        findings.meaning["direction"] = unknown
        _check_words(look, findings, unknown)
    elif flags:
        _by_flag(look, findings, amount, flags[0])
    elif "balance" in findings.meaning:
        if not _by_balance(look, findings, amount):
            _ask_of_type(look, findings, amount)
    elif not look.is_plain:  # what is written for the workbench has the signs that are meant
        _ask_of_card(look, findings, amount)
        _ask_of_empty_column(look, findings, amount)
        _ask_of_type(look, findings, amount)


def _ask_of_card(look: Look, findings: Findings, amount: Column) -> None:
    """Ask for the sign where an amount that is out is called a payment received: statements of cards are inverted."""
    values = amount.values
    buys = any(value and value > 0 and _says(look, row, is_purchase) for row, value in enumerate(values))
    for row, value in enumerate(values):
        is_payment = is_paid if buys else is_thanks  # beside purchases that are in, any payment that is out
        if value and value < 0 and (payment := _says(look, row, is_payment)):
            choices = (
                Choice({"sign": "inverted"}, "charges are positive"),
                Choice({"sign": "as_is"}, "it is money out"),
            )
            findings.questions.append(Question("sign", f"{payment!r} has the amount {amount.texts[row]}", choices))
            return


def _says(look: Look, row: int, means: Callable[[str], bool]) -> str | None:
    """The text of a row that means something."""
    return next((column.texts[row] for column in look.columns if means(column.texts[row])), None)


def _ask_of_type(look: Look, findings: Findings, amount: Column) -> None:
    """Ask which way amounts go where none has a sign, and a type says of some that they are refunds or credits."""
    if any(value is not None and value < 0 for value in amount.values):
        return
    for column in (column for _, column in look.named("direction")):
        known = {
            text: "out" if plain(text) in against_words() else _known(look).get(flag_word(text), "")
            for text in sorted(set(column.filled))
        }
        if 1 < len(known) <= MOST_TYPES and any(known.values()):
            others = "in" if "out" in known.values() else "out"
            guess = {text: way or others for text, way in known.items()}
            ways = (
                [guess]
                if len(guess) > 2
                else [dict(zip(guess, way, strict=True)) for way in permutations(("in", "out"))]
            )
            key = look.key_of(column)
            choices = [Choice({"mapping": {key: "direction"}, "directions": way}) for way in ways]
            choices.append(Choice({"sign": "as_is"}, "all amounts are in"))
            text = f"no amount has a sign, and {called(column)} says {', '.join(list(known)[:MOST_WORDS])}"
            findings.questions.append(Question("directions", text, tuple(choices)))
            return


def _ask_of_empty_column(look: Look, findings: Findings, amount: Column) -> None:
    """Ask which way amounts go where none has a sign or a header, and an empty column may be for the other way."""
    values = [value for value in amount.values if value]
    empty = [column for column in look.columns if not column.filled]
    if _has_headers(look) or not empty or not values or min(values) < 0:
        return
    text = f"amounts have no sign, and {called(empty[0])} is empty in every row: it may be for those of the other way"
    choices = (
        Choice({"mapping": {look.key_of(amount): look.out_and_in[0]}}, "all amounts are out"),
        Choice({"sign": "as_is"}, "all are in"),
    )
    findings.questions.append(Question("mapping", text, choices))


def _has_headers(look: Look) -> bool:
    return any(column.header.strip() for column in look.columns)


def _known(look: Look) -> dict[str, str]:
    given = {flag_word(word): way for word, way in (look.given.get("directions") or {}).items()}
    return {**direction_words(), **given}


def _flags(look: Look, findings: Findings) -> list[Column]:
    """The columns that say nothing but in or out, in every row that has an amount; headers that say so first."""
    words, taken_places = _known(look), {column.place for column in findings.meaning.values()}
    named = [column for _, column in look.named("direction")]
    others = [column for column in look.free if column not in named and not column.meanings]
    return [
        column
        for column in (*named, *others)
        if column.place not in taken_places
        and column.filled
        and all(flag_word(text) in words for text in column.filled)
    ]


def _unknown_flag(look: Look, findings: Findings, amount: Column) -> Column | None:
    """A column that is called a flag of direction and says words that nobody knows, beside amounts without a sign."""
    taken_places = {column.place for column in findings.meaning.values()}
    called_so = [column for rank, column in look.named("direction") if rank == 1 and column.place not in taken_places]
    values = amount.values
    if look.is_plain or any(value is not None and value < 0 for value in values) or not any(values):
        return None
    few = [column for column in called_so if column.filled and len(set(column.filled)) <= MOST_WORDS]
    # Without such a header, two words of which one is known to be of a flag.
    known = _known(look)
    bare = [column for column in look.free if not column.meanings and column.place not in taken_places]
    pairs = [
        column
        for column in bare
        if len(set(column.texts)) == 2
        and (
            any(flag_word(text) in known for text in column.texts)
            or (not _has_headers(look) and all(len(text) == 1 and text.isalpha() for text in column.texts))
        )
    ]
    return next(iter([*few, *pairs]), None)


def _check_words(look: Look, findings: Findings, flag: Column) -> None:
    out = {text.casefold() for text in (look.given.get("without") or {}).get(look.key_of(flag), ())}
    unknown = sorted(
        {text for text in flag.filled if flag_word(text) not in _known(look) and text.casefold() not in out}
    )
    if unknown:
        words = sorted(set(flag.filled) - {text for text in flag.filled if text.casefold() in out})
        if len(words) == 2 and any(len(word) == 1 for word in words):
            unknown = words  # C is credit beside D, and cargo beside A: a word that nobody knows makes the other unsure
        ways = list(permutations(("in", "out"))) if len(unknown) == 2 else [("in",), ("out",)]
        choices = [Choice({"directions": dict(zip(unknown, way, strict=False))}) for way in ways]
        if len(unknown) < len(set(flag.filled)):
            choices.append(Choice({"without": {look.key_of(flag): unknown}}, "they are neither, and take no part"))
        findings.questions.append(
            Question("directions", f"{called(flag)} says {', '.join(unknown[:5])}", tuple(choices))
        )


def _by_flag(look: Look, findings: Findings, amount: Column, flag: Column) -> None:
    words = _known(look)
    rows = [
        (value, words.get(flag_word(way)) if way else None)
        for value, way in zip(amount.values, flag.texts, strict=True)
        if value
    ]
    ways = sorted(set(flag.filled))
    if all(value > 0 for value, _ in rows) and _is_called_otherwise(flag):
        choices = (
            Choice({"mapping": {look.key_of(flag): "direction"}}, "it does"),
            Choice({"sign": "as_is"}, "it says something else, and all amounts are in"),
        )
        text = f"amounts have no sign, and {called(flag)} may say which are in or out: {', '.join(ways[:MOST_WORDS])}"
        findings.questions.append(Question("mapping", text, choices))
    elif all(value > 0 for value, _ in rows) and _is_of_books(look, flag):
        findings.meaning["direction"] = flag
        _ask_of_books(look, findings, amount, flag)
    elif all(value > 0 for value, _ in rows):
        findings.meaning["direction"] = flag
        if len({words[flag_word(text)] for text in ways}) == 1 and any(way is None for _, way in rows):
            _mark_others(look, findings, flag, words[flag_word(ways[0])])
            return
        outs = [text for text in ways if words[flag_word(text)] == "out"]
        meaning = f"{', '.join(map(repr, outs))} is out" if outs else "all is in"
        findings.evidence.append(f"{called(flag)} says whether an amount is in or out: {meaning}")
    elif all(way is None or (value > 0) == (way == "in") for value, way in rows):
        findings.evidence.append(f"amounts have their own sign, which {called(flag)} agrees with")
    elif all(way is None or (value > 0) == (way == "out") for value, way in rows):
        findings.options["sign"] = "inverted"
        findings.evidence.append(f"amounts are inverted: {called(flag)} says out where they are positive")
    elif flag.means("direction") is not None or (len(ways) > 1 and not _is_called_otherwise(flag)):
        choices = (Choice({"sign": "as_is"}, "the amounts' own"), Choice({"mapping": {look.key_of(flag): "direction"}}))
        text = f"the signs of {called(amount)} and {called(flag)} contradict each other"
        findings.questions.append(Question("sign", text, choices))


def _is_of_books(look: Look, flag: Column) -> bool:
    """Whether a flag in a ledger says debit and credit, which are the other way round at a bank."""
    known = look.kind.name != "internal" or "directions" in look.given
    return not known and {*map(flag_word, flag.filled)} <= book_words()


def _ask_of_books(look: Look, findings: Findings, amount: Column, flag: Column) -> None:
    """In the books of who holds an account, what is debited to it comes in: its balance tells, or nobody does."""
    banks = {text: _known(look)[flag_word(text)] for text in sorted(set(flag.filled))}
    own = {text: "in" if way == "out" else "out" for text, way in banks.items()}
    signed = [
        -value if value is not None and banks.get(text) == "out" else value
        for value, text in zip(amount.values, flag.texts, strict=True)
    ]
    balances = findings.meaning["balance"].values if "balance" in findings.meaning else ()
    if moved := balances and moved_by(signed[:LOOKED_AT], balances[:LOOKED_AT]):
        findings.options["directions"] = banks if moved == 1 else own
        text = f"{called(flag)} says whether an amount is in or out: each balance is the one before plus it"
        findings.evidence.append(text)
        return
    choices = (
        Choice({"directions": own}, "in the books of the account's holder, debit is in"),
        Choice({"directions": banks}, "as a bank sees it, debit is out"),
    )
    findings.questions.append(Question("directions", f"{called(flag)} says {', '.join(banks)}", choices))


def _is_called_otherwise(flag: Column) -> bool:
    """Whether a column of whole words has a header that nobody knows: beside cards, credit is a kind of card."""
    letters = max(map(len, flag.filled))
    return bool(flag.header.strip()) and flag.means("direction") is None and letters > LETTERS


def _mark_others(look: Look, findings: Findings, flag: Column, way: str) -> None:
    """Where a flag stands beside some amounts only, as CR on statements of cards, the others are the opposite."""
    opposite = {"in": "out", "out": "in"}[way]
    findings.options["directions"] = {**(look.given.get("directions") or {}), "": opposite}
    marks = ", ".join(sorted(set(flag.filled)))
    findings.evidence.append(f"{called(flag)} marks with {marks} what is {way}: the other amounts are {opposite}")


def _by_balance(look: Look, findings: Findings, amount: Column) -> bool:
    """Whether balances move with the amounts; against them, these are inverted, or each balance is that before."""
    rows, balance = slice(0, LOOKED_AT), findings.meaning["balance"]
    amounts = amount.values[rows]
    moved = movement_of(amounts, balance.values[rows]) if len(amounts) > 2 else None
    if moved is None or moved[0] == 1:
        return moved is not None
    order = order_of(days_of(findings)[rows])
    if order == moved[1]:
        findings.options["sign"] = "inverted"
        findings.evidence.append("amounts are inverted: each balance is the one before minus the amount")
    elif order:
        if "balance" not in look.mapped:
            findings.meaning.pop("balance")
        findings.evidence.append(f"{called(balance)} has the balance before each record: with it, the next one")
    else:
        text = f"{called(balance)} moves against the amounts, and dates do not tell which row is the first"
        choices = (Choice({"sign": "inverted"}, "amounts are inverted"), Choice({"sign": "as_is"}, "they are not"))
        findings.questions.append(Question("sign", text, choices))
    return True
