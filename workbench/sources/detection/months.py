"""Months: what statements call them, in the languages of the words that detection knows."""

from __future__ import annotations

import re
from functools import cache

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# How the names of a month begin, in any language. July and November come first: the Czech červenec begins like červen,
# the Finnish marraskuu like March.
_BEGINNINGS = {
    7: "jul júl juil jūl juuli iul lug lip červenc cervenc červenec cervenec čvc cvc heinä tem ιούλ ιουλ июл",
    11: "nov nóv noi noe lis marras kas νοέ νοε ноя",
    1: "jan ján ene gen jän jaan ian sty led tammi oca ιαν янв",  # noqa: RUF001 - Greek, Cyrillic
    2: "feb fév fev febr veebr lut úno uno helmi şub φεβ фев",
    3: "mar már mär mac mrz mrt maa bře bre μάρ μαρ мар",
    4: "apr ápr avr abr kwi dub huhti nis απρ апр",
    5: "may máj maí mai maj mag mei kvě kve touko μάι μαΐ μαϊ май мая",
    6: "jun jún juin jūn juuni iun giu cze červ cerv čvn cvn kesä haz ιούν ιουν июн",  # noqa: RUF001 - Greek, Cyrillic
    8: "aug ágú avg aoû aou ago agu ogos sie srp elo ağu αύγ αυγ авг",  # noqa: RUF001 - Greek, Cyrillic
    9: "sep szep set wrz zář zar syys eyl σεπ сен",
    10: "oct okt ott out paź paz říj rij loka eki οκτ окт",
    12: "dec déc dez dic dis det des gru pro joulu ara δεκ дек",
}
_LETTER = r"[^\x00-\x40\x5b-\x60\x7b-\x7f]"
# What stands in dates beside numbers and months, for Python and for the engine: days of the week, ordinals, and the
# signs of year, month and day in Chinese, Japanese and Korean.
BESIDE_MONTHS = (
    (rf"^{_LETTER}{{2,12}}\.?,? (\d{{1,2}}(?:st|nd|rd|th|\.)?,? (?:de )?{_LETTER}{{3}}|{_LETTER}{{3,}}\.? \d)", r"\1"),
    (r"^(\D*\d{1,2})(?:st|nd|rd|th)([ ,])", r"\1\2"),
)
SIGNED = (r"^(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]", r"\1-\2-\3")


@cache
def month_of(name: str) -> int | None:
    """The month that a name means, cut short or not; ``None`` if it means none.

    >>> month_of("Dec"), month_of("décembre"), month_of("červenec"), month_of("června"), month_of("Monday")
    (12, 12, 7, 6, None)
    """
    folded = name.casefold()
    return next((month for month, words in _BEGINNINGS.items() if folded.startswith(tuple(words.split()))), None)


def month_patterns() -> tuple[tuple[str, str], ...]:
    """For the engine: a pattern that finds the name of a month in a date, and its English name, in their order."""
    return tuple(
        (rf"(?i)(^|[\x00-\x40])(?:{'|'.join(words.split())}){_LETTER}*\.?", rf"\1{ENGLISH[month - 1]}")
        for month, words in _BEGINNINGS.items()
    )


def without_words(text: str) -> str:
    """A date without its day of the week, as a cardinal number, with dashes for signs of year, month and day.

    >>> without_words("Monday, January 12, 2026"), without_words("12th January 2026"), without_words("2026年1月12日")
    ('January 12, 2026', '12 January 2026', '2026-1-12')
    """
    for pattern, plain in (*BESIDE_MONTHS, SIGNED):
        text = re.sub(pattern, plain, text)
    return text
