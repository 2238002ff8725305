"""Words: what a word in a statement means, such as a header or a flag; ``vocabulary.txt`` has them all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"})


@lru_cache(1 << 16)
def fold(header: str) -> str:
    """A header without what does not count in it.

    >>> fold("Transaction ID") == fold("transaction_id")
    True
    """
    return re.sub(r"[\s_\-\ufeff]+", "", header).casefold()


@cache
def plain(text: str) -> str:
    """A phrase without what does not count in it: case, accents, blanks, punctuation.

    >>> plain("Libellé de l'opération"), plain("Währung")
    ('libelledeloperation', 'wahrung')
    """
    spelled = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return re.sub(r"[\W_]+", "", "".join(letter for letter in spelled if not unicodedata.combining(letter)))


@cache
def _vocabulary() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The headings of the vocabulary, each with the phrases below it."""
    headings: list[tuple[str, list[str]]] = []
    for line in files("workbench.sources.detection").joinpath("vocabulary.txt").read_text("utf-8").splitlines():
        if line.startswith(" "):
            headings[-1][1].extend(phrase.strip() for phrase in line.split(",") if phrase.strip())
        elif line and not line.startswith("#"):
            headings.append((line.strip(), []))
    return tuple((heading, tuple(phrases)) for heading, phrases in headings)


@cache
def column_words() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """What each phrase may mean, as meaning and rank; the first heading that has a phrase counts first."""
    meanings: dict[str, dict[str, int]] = {}
    for heading, phrases in _vocabulary():
        meaning, _, rank = heading.partition(" ")
        for phrase in map(plain, phrases) if rank else ():
            meanings.setdefault(phrase, {}).setdefault(meaning, int(rank))
    return {phrase: tuple(known.items()) for phrase, known in meanings.items()}


@cache
def direction_words() -> Mapping[str, str]:
    """The words of a flag, each with ``in`` or ``out``; one that stands for both is none."""
    into, out = (set(map(_sign_or_plain, _below(heading))) for heading in ("in", "out"))
    return {**dict.fromkeys(into - out, "in"), **dict.fromkeys(out - into, "out")}


@cache
def book_words() -> frozenset[str]:
    """The words of a flag that are of bookkeeping: debit and credit, in full or by their letters."""
    letters = {"d", "c", "s", "h", "dr", "cr", "借", "贷"}
    named = {plain(phrase) for heading in ("debit 1", "credit 1") for phrase in _below(heading)}
    return frozenset(direction_words().keys() & (letters | named))


@cache
def total_words() -> frozenset[str]:
    """What begins a line that sums up or states a balance."""
    return frozenset(map(plain, _below("total")))


@cache
def stating_words() -> frozenset[str]:
    """What a cell says in a row that states a balance or a turnover."""
    return frozenset(map(plain, _below("states")))


@cache
def balance_words() -> tuple[str, ...]:
    """What a header has in it that is a balance, whatever else it says."""
    return tuple(map(plain, _below("balance_within")))


@cache
def not_booked_words() -> frozenset[str]:
    """Statuses of records that are not, or no longer, booked."""
    return frozenset(map(plain, _below("not_booked")))


@cache
def against_words() -> frozenset[str]:
    """Types of records that go against the others, such as refunds."""
    return frozenset(map(plain, _below("against")))


@cache
def is_purchase(text: str) -> bool:
    """Whether a text is what the statement of a card calls the type of a purchase."""
    return plain(_type_in(text)) in map(plain, _below("purchase"))


@cache
def is_paid(text: str) -> bool:
    """Whether a text is what the statement of a card calls the type of a payment to it, or is thanks for one."""
    return plain(_type_in(text)) in map(plain, _below("paid")) or is_thanks(text)


def _type_in(text: str) -> str:
    """The type that some statements put into brackets before the text, as in [Purchase] Shop; else the text."""
    bracketed = re.match(r"[(（[【]([^)）\]】]+)[)）\]】]", text)  # noqa: RUF001 - as wide as Chinese letters
    return bracketed[1] if bracketed else text


@cache
def _thanks() -> tuple[str, ...]:
    return tuple(map(plain, _below("thanks")))


@cache
def is_thanks(text: str) -> bool:
    """Whether a text is what the statement of a card calls a payment to it.

    >>> is_thanks("PAYMENT RECEIVED - THANK YOU"), is_thanks("Payment of invoice 7")
    (True, False)
    """
    folded = plain(text)
    return any(phrase in folded for phrase in _thanks())


def _below(heading: str) -> tuple[str, ...]:
    return dict(_vocabulary())[heading]


def flag_word(text: str) -> str:
    """A word of a flag as it is looked up: signs count, and of several words that say the same the first one.

    >>> flag_word(" Débit. "), flag_word("+"), flag_word("(+) Salary"), flag_word("贷 Cr"), flag_word("Credit card")
    ('debit', '+', '+', '贷', 'creditcard')
    """
    word, parts = _sign_or_plain(text), [plain(part) for part in re.split(r"[\s/()]+", text.strip())]
    ways = {direction_words().get(part) for part in parts}
    return parts[0] if word not in direction_words() and len(ways) == 1 and None not in ways else word


def _sign_or_plain(text: str) -> str:
    sign = re.match(r"([+-])$|\(([+-])\)", text.strip())
    return sign[1] or sign[2] if sign else plain(text)
