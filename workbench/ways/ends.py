"""Ends: how far the way of each record leads, where it is as long as the shortest of all that it was matched with.

The end of a way is a whole number: twice the number of the book that it ends at, and one more where records of that
book settled each other. So the lower number is the earlier end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.exact import Ints
from workbench.ways.books import Leg, Way

NOWHERE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Ends:
    """Where the ways of a book's records end: of each record, and of each match of the step that leads on."""

    record: Ints
    match: Ints


def ends(way: Way) -> list[Ends]:
    """The ends of each book's records but the last one's, which have all arrived."""
    last = len(way.books) - 1
    beyond = np.full(len(way.books[last].ids), 2 * last)
    of_books: list[Ends] = []
    for number in reversed(range(last)):
        of_book = _ends(way.legs[number], number, beyond, len(way.books[number].ids))
        beyond = of_book.record
        of_books.append(of_book)
    return of_books[::-1]


def _ends(leg: Leg, number: int, beyond: Ints, records: int) -> Ends:
    match = np.full(len(leg.rule), NOWHERE)
    np.minimum.at(match, leg.target.match, beyond[leg.target.record])
    match[~leg.goes_on] = 2 * number + 1
    record = np.full(records, NOWHERE)
    np.minimum.at(record, leg.source.record, match[leg.source.match])
    record[leg.source.is_open | ~leg.source.takes_part] = 2 * number
    return Ends(record, match)
