"""Headings: what the text above a column says of it: its meaning, and the currency of its amounts."""

from __future__ import annotations

import re
from functools import cache

from workbench.records import Kind
from workbench.sources.currencies import ISO_4217, SPELLED, SYMBOLS, WRITTEN
from workbench.sources.detection.words import balance_words, column_words, fold, plain

_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_IN_BRACKETS = re.compile(r"[(\[{][^)\]}]{0,100}[)\]}]")  # bounded: a file may be nothing but brackets
_SIGNED = re.compile(r"\[?([+-])\]?(?:\s+[A-Za-z]{3})?")  # a column that is called ``[+] EUR`` or ``-``
_WORD = re.compile(r"[^\W\d_]+")
# The signs that are safe to look for within other text, the longest first.
_SIGNS = sorted((sign for sign in WRITTEN if not sign.isalpha() and "/" not in sign), key=len, reverse=True)
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_HALVES = {"debit", "credit", "into", "out_of"}
_FOREIGN = {"original", "foreign", "instructed", "local", "converted", "fremd"}
# What comes into an account of ours is credited to us by the bank, and debited to the account in our own books.
_OF_BANKS = {"into": "credit", "out_of": "debit"}
_OF_LEDGERS = {"id": "transaction_id", "date": "created_at", "into": "debit", "out_of": "credit"}


def meanings_of(header: str, kind: Kind) -> tuple[tuple[str, int], ...]:
    """What a header may mean for records of ``kind``, each with its rank: 0 is the column's own name.

    >>> from workbench.records import EXTERNAL, INTERNAL
    >>> meanings_of("Betrag (EUR)", EXTERNAL), meanings_of("Buchungstag", INTERNAL)
    ((('amount', 1),), (('created_at', 1),))
    """
    own = _own_names((*kind.columns, *kind.optional)).get(fold(header))
    if own:
        return ((own, 0),)
    names = _OF_LEDGERS if kind.name == "internal" else _OF_BANKS
    return tuple((names.get(meaning, meaning), rank) for meaning, rank in _looked_up(header))


@cache
def _own_names(columns: tuple[str, ...]) -> dict[str, str]:
    return {fold(column): column for column in columns}


@cache
def _looked_up(header: str) -> tuple[tuple[str, int], ...]:
    words = column_words()
    signed = _SIGNED.fullmatch(header.strip())
    if signed:
        return (("into" if signed[1] == "+" else "out_of", 1),)
    outside = _IN_BRACKETS.sub(" ", header)
    for inside in _IN_BRACKETS.findall(header) if plain(header) not in words else ():
        if halves := [part for part in words.get(plain(inside), ()) if part[0] in _HALVES]:
            return (halves[0],)  # such as Amount (Debit)
    bare = " ".join(word for word in outside.split() if not _is_currency(word))
    without_in = re.sub(r"\s(?:in|en|em|w|v|i|po)\s*$", "", bare)
    for text in (header, outside, bare, without_in):
        if plain(text) in words:
            # The "in" of "Amount in EUR" is that of a currency, or of money that came in, beside "Amount out EUR".
            both = plain(without_in) in words and text == bare != without_in
            return (*(words[plain(without_in)] if both else ()), *words[plain(text)])
    return _by_last_words(outside) or _by_balance_word(outside)


def _by_last_words(header: str) -> tuple[tuple[str, int], ...]:
    """``AmazonTransactionId`` is a transaction id of somebody: the last words tell."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", header)
    if {part.lower() for part in parts} & _FOREIGN:
        return (("other", 1),)
    words = column_words()
    for start in range(1, len(parts) - 1):
        phrase = plain(" ".join(parts[start:]))
        if phrase in words:
            return tuple((meaning, rank + 5) for meaning, rank in words[phrase])
    return ()


def _by_balance_word(header: str) -> tuple[tuple[str, int], ...]:
    """``Boeksaldo`` and ``Saldo po transakcji kartą`` are balances, whatever stands before or behind the word."""
    return (("balance", 6),) if any(word in plain(header) for word in balance_words()) else ()


def currency_in(text: str) -> str | None:
    """The one currency that a text names, by its code or its sign.

    >>> currency_in("Amount (EUR)"), currency_in("Betrag in €"), currency_in("Amount")
    ('EUR', 'EUR', None)
    >>> currency_in("Valor (R$)"), currency_in("CAD$"), currency_in("Montant(EUROS)"), currency_in("Amount (RM)")
    ('BRL', 'CAD', 'EUR', 'MYR')
    """
    coded = {code for code in _CODE.findall(text) if code in ISO_4217}
    spelled = {SPELLED[word] for word in _WORD.findall(text.casefold()) if word in SPELLED}
    # A sign such as $ is that of several currencies, a code is that of one.
    in_brackets = {WRITTEN[sign] for part in _IN_BRACKETS.findall(text) if (sign := part[1:-1].strip()) in WRITTEN}
    named = coded or in_brackets or spelled | {WRITTEN[sign] for sign in _SIGN.findall(text)}
    return next(iter(named)) if len(named) == 1 else None


def _is_currency(word: str) -> bool:
    return word.strip(".:") in ISO_4217 or word in SYMBOLS or word.casefold() in SPELLED
