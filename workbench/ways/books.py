"""Books: the records along the way, each once, with what both reconciliations that share them say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SettingsError
from workbench.exact import Ints, exact, in_one_piece
from workbench.ways.members import TEXT, Members, Part, codes, members
from workbench.ways.steps import Step


@dataclass(frozen=True)
class Outcome:
    """How the records of a book stand in one reconciliation: numbered as the book has them.

    ``record``, ``match`` and ``applied`` have a row for each record in each match. Of each record of the book,
    ``open`` is what is not matched, ``is_open`` whether it is open at all, ``takes_part`` whether it was neither
    excluded nor rejected, and ``reason`` why it is open or excluded.
    """

    record: Ints
    match: Ints
    applied: Ints
    open: Ints
    is_open: Ints
    takes_part: Ints
    is_excluded: Ints
    reason: pa.Array
    excluded: Part  # every row that took no part, also the second one of a record


@dataclass(frozen=True)
class Leg:
    """A step in numbers: how the records of the book that it comes from stand in it, and those that it leads to."""

    step: Step
    source: Outcome
    target: Outcome
    rule: pa.Array  # the rule of each match
    match_id: pa.Array

    @property
    def goes_on(self) -> Ints:
        """Of each match whether it has records of the book that the step leads to."""
        return np.bincount(self.target.match, minlength=len(self.rule)) > 0

    def back(self) -> Leg:
        """The same in the other direction."""
        return replace(self, step=self.step.back(), source=self.target, target=self.source)


@dataclass(frozen=True)
class Book:
    """The records of one input: ids in order, currencies as numbers, amounts at the chain's scale."""

    name: str
    ids: pa.Array
    currency: Ints
    amount: Ints


@dataclass(frozen=True)
class Way:
    """Books, the legs between them, and the currencies that the numbers stand for."""

    books: tuple[Book, ...]
    legs: tuple[Leg, ...]
    currencies: tuple[str, ...]
    scale: int

    def back(self) -> Way:
        """The same from the last book to the first."""
        return replace(self, books=self.books[::-1], legs=tuple(leg.back() for leg in reversed(self.legs)))


def way_of(steps: Sequence[Step], names: Sequence[str]) -> Way:
    """Number the records of all books; raises ``SettingsError`` if a shared one counts otherwise in its two steps."""
    scale = max(column.type.scale for step in steps for column in _money(step))
    both = [(members(s.reconciled, s.source, scale), members(s.reconciled, s.target, scale)) for s in steps]
    by_book = [[both[0][0]], *([one[1], other[0]] for one, other in pairwise(both)), [both[-1][1]]]
    parts = [part for sides in by_book for side in sides for part in (side.matched, side.open, side.excluded)]
    totals = [name for step in steps for name in step.reconciled.tables["control_totals"]["currency"].to_pylist()]
    currencies = sorted({*totals, *(name for part in parts for name in pc.unique(part.currency).to_pylist())})
    books, outcomes = [], []
    for name, sides in zip(names, by_book, strict=True):
        ids = _ids(sides)
        facts = [_facts(side, ids, currencies) for side in sides]
        _check_same(name, ids, facts, currencies, scale)
        books.append(_book(name, ids, facts[0], facts[-1]))
        outcomes.append([_outcome(side, ids) for side in sides])
    legs = []
    for number, step in enumerate(steps):
        matches = step.reconciled.tables["matches"]
        first = np.unique(codes(matches["match_id"]), return_index=True)[1]
        rule, match_id = (in_one_piece(matches[text].take(pa.array(first))) for text in ("rule", "match_id"))
        legs.append(Leg(step, outcomes[number][-1], outcomes[number + 1][0], rule, match_id))
    return Way(tuple(books), tuple(legs), tuple(currencies), scale)


def _money(step: Step) -> Iterator[pa.ChunkedArray]:
    """Every column of exact amounts that a chain reads."""
    for name, table in step.reconciled.tables.items():
        if name in {"matches", "unmatched_external", "unmatched_internal", "excluded", "control_totals", "differences"}:
            amounts = [field.name for field in table.schema if pa.types.is_decimal(field.type)]
            yield from (table[column] for column in amounts if "amount" in column or column.startswith("difference"))


def _ids(sides: Sequence[Members]) -> pa.Array:
    parts = [part.ids for side in sides for part in (side.matched, side.open, side.excluded)]
    every = pc.unique(pa.chunked_array(parts, TEXT))
    return every.take(pc.array_sort_indices(every))


@dataclass(frozen=True)
class _Facts:
    """What one reconciliation knows of the records of a book: whether they are there and take part, what they count."""

    is_there: Ints
    takes_part: Ints
    currency: Ints
    amount: Ints
    rejected: int  # how many records the reconciliation does not know by their ids


def _facts(side: Members, ids: pa.Array, currencies: Sequence[str]) -> _Facts:
    amount, currency = np.zeros(len(ids), object), np.full(len(ids), -1)
    takes_part, is_there = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    for part in (side.excluded, side.matched, side.open):
        places = places_of(part.ids, ids)
        if part is side.excluded:
            amount[places] = part.amount
        else:
            amount[places[~takes_part[places]]] = 0  # the amount of an excluded double does not count
            takes_part[places] = True
            np.add.at(amount, places, part.amount.astype(object))
        currency[places] = currency_numbers(part.currency, currencies)
        is_there[places] = True
    return _Facts(is_there, takes_part, currency, amount, side.rejected)


def _check_same(name: str, ids: pa.Array, facts: Sequence[_Facts], currencies: Sequence[str], scale: int) -> None:
    """Raise ``SettingsError`` unless both reconciliations of a book have the same records, which count the same."""
    before, after = facts[0], facts[-1]
    both = before.takes_part & after.takes_part
    odd = np.flatnonzero(both & ((before.amount != after.amount) | (before.currency != after.currency)))
    if len(odd):
        place = int(odd[0])
        here, there = (
            f"{exact(side.amount[place], scale)} {currencies[side.currency[place]]}" for side in (before, after)
        )
        raise SettingsError(
            f"{name}: record {ids[place].as_py()} counts {here} in one reconciliation and {there} in the next; "
            "read the input the same way for both, so that they share its records"
        )
    for side, other_side in ((before, after), (after, before)):
        missing = np.flatnonzero(other_side.is_there & ~side.is_there)
        if len(missing) > side.rejected:
            raise SettingsError(
                f"{name}: only one of two reconciliations has record {ids[int(missing[0])].as_py()}; "
                "read the input the same way for both, so that they share its records"
            )


def _book(name: str, ids: pa.Array, before: _Facts, after: _Facts) -> Book:
    """Each record as it counts where it takes part, else as it was excluded."""
    first = before.takes_part | (before.is_there & ~after.takes_part)
    return Book(
        name, ids, np.where(first, before.currency, after.currency), np.where(first, before.amount, after.amount)
    )


def _outcome(side: Members, ids: pa.Array) -> Outcome:
    matched, still_open = places_of(side.matched.ids, ids), places_of(side.open.ids, ids)
    amount, is_open, takes_part = np.zeros(len(ids), object), np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    amount[still_open] = side.open.amount
    is_open[still_open] = True
    takes_part[matched] = takes_part[still_open] = True
    excluded = np.zeros(len(ids), bool)
    excluded[places_of(side.excluded.ids, ids)] = True
    excluded &= ~takes_part
    reasons: Mapping[str, Part] = {"open": side.open, "excluded": side.excluded}
    texts = [part.reason for part in reasons.values()]
    place = np.full(len(ids), -1)
    place[places_of(side.excluded.ids, ids)] = len(side.open.ids) + np.arange(len(side.excluded.ids))
    place[matched] = -1
    place[still_open] = np.arange(len(still_open))
    reason = in_one_piece(pa.chunked_array(texts, TEXT)).take(pa.array(place, mask=place < 0))
    return Outcome(
        matched, side.match, side.matched.amount, amount, is_open, takes_part, excluded, reason, side.excluded
    )


def currency_numbers(names: pa.Array, currencies: Sequence[str]) -> Ints:
    """Currencies as their places in the list."""
    numbers: Ints = pc.index_in(names, pa.array(currencies, TEXT)).to_numpy()
    return numbers


def places_of(ids: pa.Array, every: pa.Array) -> Ints:
    """Where each id stands among all of a book."""
    places: Ints = pc.index_in(ids, every).to_numpy()
    return places
