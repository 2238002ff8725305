"""Months: what statements call them, in the languages of the words that detection knows."""

from __future__ import annotations

from functools import cache

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# How the names of a month begin, in any language. July and November come first: the Czech červenec begins like červen,
# the Finnish marraskuu like March.
_BEGINNINGS = {
    7: "jul júl juil lug lip červenc cervenc červenec cervenec čvc cvc heinä tem",
    11: "nov lis marras kas",
    1: "jan ján ene gen jän sty led tammi oca",
    2: "feb fév fev lut úno uno helmi şub",
    3: "mar már mär mrz mrt maa bře bre",
    4: "apr ápr avr abr kwi dub huhti nis",
    5: "may máj mai maj mag mei kvě kve touko",
    6: "jun jún juin giu cze červ cerv čvn cvn kesä haz",
    8: "aug aoû aou ago sie srp elo ağu",
    9: "sep szep set wrz zář zar syys eyl",
    10: "oct okt ott out paź paz říj rij loka eki",
    12: "dec déc dez dic des gru pro joulu ara",
}
_LETTER = r"[^\x00-\x40\x5b-\x60\x7b-\x7f]"


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
