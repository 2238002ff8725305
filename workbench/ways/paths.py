"""Paths: from each record to those that it was matched with, book by book, until a way ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import RuleTooBroad
from workbench.exact import Ints, decimals
from workbench.reconciliation.settings import DEFAULT_MAX_CANDIDATES
from workbench.ways.books import Leg, Outcome, Way

ARRIVED, SETTLED, OPEN, EXCLUDED, REJECTED = range(5)
STATES = ("arrived", "settled", "open", "excluded", "rejected")
SETTLES = "records of this book that sum to nothing settle each other"
REJECTS = "its row was rejected"


@dataclass(frozen=True)
class Edges:
    """Where the records of a book go by one step: a row for each next record, or for what does not go on (-1).

    ``amount`` is what of the record is in the match, or open; ``reached`` what of the next one is in the match.
    """

    record: Ints
    amount: Ints
    match: Ints
    to: Ints
    reached: Ints
    state: Ints

    def from_each(self, records: int) -> tuple[Ints, Ints]:
        """Where the rows of each record start, and how many they are."""
        counts = np.bincount(self.record, minlength=records)
        return np.cumsum(counts) - counts, counts


def edges(leg: Leg, amounts: Ints) -> Edges:
    """The edges of a step, by record; ``amounts`` are those of the book's records."""
    source, destination = leg.source, leg.target
    sizes = np.bincount(destination.match, minlength=len(leg.rule))
    by_match = np.argsort(destination.match, kind="stable")
    starts = np.cumsum(sizes) - sizes
    wide = np.maximum(sizes[source.match], 1)
    piece = np.repeat(np.arange(len(source.record)), wide)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(wide) - wide, wide)
    goes = sizes[source.match[piece]] > 0
    to_row = np.full(len(piece), -1)
    to_row[goes] = by_match[starts[source.match[piece[goes]]] + within[goes]]
    ending = np.flatnonzero(source.is_open | ~source.takes_part)
    nowhere = np.full(len(ending), -1)
    state = np.where(source.is_open, OPEN, np.where(source.is_excluded, EXCLUDED, REJECTED))[ending]
    made = Edges(
        np.concatenate([source.record[piece], ending]),
        np.concatenate([source.applied[piece], np.where(source.is_open, source.open, amounts)[ending]]),
        np.concatenate([source.match[piece], nowhere]),
        np.concatenate(
            [np.where(goes, destination.record[to_row], -1) if len(destination.record) else to_row, nowhere]
        ),
        np.concatenate(
            [np.where(goes, destination.applied[to_row], 0) if len(destination.record) else to_row, nowhere]
        ),
        np.concatenate([np.where(goes, ARRIVED, SETTLED), state]),
    )
    order = np.lexsort((made.to, made.match == -1, made.record))
    return Edges(*(getattr(made, name)[order] for name in Edges.__dataclass_fields__))


def ways_table(way: Way) -> pa.Table:
    """A row for each path, in the order of the book that it begins at and of ids."""
    last = len(way.books) - 1
    onward = [edges(leg, book.amount) for leg, book in zip(way.legs, way.books, strict=False)]
    parts = [_begin_at(way, onward, number) for number in range(last + 1)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort([_last_if_none(columns[f"edge_{n}"]) for n in reversed(range(last))])
    order = order[np.lexsort([_last_if_none(columns[f"record_{n}"][order]) for n in reversed(range(last + 1))])]
    order = order[np.argsort(columns["begins"][order], kind="stable")]
    return _table(way, onward, {name: column[order] for name, column in columns.items()})


def _last_if_none(numbers: Ints) -> Ints:
    return np.where(numbers < 0, np.iinfo(np.int64).max, numbers)


def _begin_at(way: Way, onward: Sequence[Edges], number: int) -> dict[str, Ints]:
    """The paths that begin at a book: of its records that none of the book before leads to."""
    last = len(way.books) - 1
    records = _beginning(way, onward, number)
    rows: dict[str, Ints] = {"begins": np.full(len(records), number), "ends": np.full(len(records), number)}
    for book in range(last + 1):
        rows[f"record_{book}"] = records if book == number else np.full(len(records), -1)
        rows[f"edge_{book}"] = np.full(len(records), -1)
    for book in range(number, last):
        rows = _one_step(rows, onward[book], book, len(way.books[book].ids))
    return rows


def _beginning(way: Way, onward: Sequence[Edges], number: int) -> Ints:
    book, last = way.books[number], len(way.books) - 1
    takes_part = np.zeros(len(book.ids), bool)
    if number < last:
        takes_part |= way.legs[number].source.takes_part
    if number:
        takes_part |= way.legs[number - 1].target.takes_part
        reached = onward[number - 1].to
        takes_part[reached[reached >= 0]] = False
    return np.flatnonzero(takes_part)


def _one_step(rows: dict[str, Ints], edge: Edges, book: int, records: int) -> dict[str, Ints]:
    """Each path once for each edge of the record that it has reached; those that ended before stay."""
    starts, counts = edge.from_each(records)
    here = rows[f"record_{book}"]
    wide = np.where(here >= 0, counts[here], 1)
    if wide.sum() > DEFAULT_MAX_CANDIDATES:
        raise RuleTooBroad(
            f"groups that match groups make {int(wide.sum()):,} ways: more than {DEFAULT_MAX_CANDIDATES:,}. Reconcile "
            "with a grouping that is narrower"
        )
    row = np.repeat(np.arange(len(here)), wide)
    within = np.arange(len(row)) - np.repeat(np.cumsum(wide) - wide, wide)
    rows = {name: column[row] for name, column in rows.items()}
    alive = rows[f"record_{book}"] >= 0
    chosen = starts[rows[f"record_{book}"][alive]] + within[alive]
    rows[f"edge_{book}"][alive] = chosen
    rows[f"record_{book + 1}"][alive] = edge.to[chosen]
    rows["ends"] = np.where(rows[f"record_{book + 1}"] >= 0, book + 1, rows["ends"])
    return rows


def _table(way: Way, onward: Sequence[Edges], rows: dict[str, Ints]) -> pa.Table:
    names, last = [book.name for book in way.books], len(way.books) - 1
    columns: dict[str, pa.Array] = {}
    for number, book in enumerate(way.books):
        record = rows[f"record_{number}"]
        none = record < 0
        columns[book.name] = book.ids.take(pa.array(record, mask=none))
        columns[f"{book.name}_amount"] = _amount(way, onward, rows, number)
        currency = pa.array(way.currencies, pa.string()).take(pa.array(book.currency))
        columns[f"{book.name}_currency"] = currency.take(pa.array(record, mask=none))
        if number < last:
            edge, leg = rows[f"edge_{number}"], way.legs[number]
            match = np.where(edge >= 0, onward[number].match[edge] if len(onward[number].match) else -1, -1)
            match_rows = pa.array(match, mask=match < 0)
            columns[f"match_{number + 1}"] = leg.match_id.take(match_rows)
            columns[f"rule_{number + 1}"] = leg.rule.take(match_rows)
    state, reason = _endings(way, onward, rows)
    columns["begins_at"] = pa.array(names, pa.string()).take(pa.array(rows["begins"]))
    columns["ends_at"] = pa.array(names, pa.string()).take(pa.array(rows["ends"]))
    columns["state"] = pa.array(STATES, pa.string()).take(pa.array(state))
    columns["reason"] = reason
    columns["reason_of_beginning"] = _beginnings(way, rows)
    return pa.table(columns)


def _amount(way: Way, onward: Sequence[Edges], rows: dict[str, Ints], number: int) -> pa.Array:
    """Of the record of a book what is in the match by which the way goes on, or ends there."""
    last, record = len(way.books) - 1, rows[f"record_{number}"]
    edge, amounts = (
        (rows[f"edge_{number}"], onward[number].amount)
        if number < last
        else (rows[f"edge_{last - 1}"], onward[-1].reached)
    )
    by_edge = np.where(edge >= 0, amounts[edge] if len(amounts) else 0, 0)
    if number == last:  # no edge leads to a path that begins at the last book
        outcome = way.legs[-1].target
        at_end = np.where(outcome.is_open, outcome.open, way.books[last].amount)
        by_edge = np.where(edge >= 0, by_edge, at_end[record] if len(at_end) else 0)
    is_there = pa.array(record >= 0)
    column = decimals(np.where(record >= 0, by_edge, 0), way.scale)
    return pc.if_else(is_there, column, pa.scalar(None, column.type))


def _endings(way: Way, onward: Sequence[Edges], rows: dict[str, Ints]) -> tuple[Ints, pa.Array]:
    """Of each path its state, and why it ends where it does."""
    last = len(way.books) - 1
    state = np.full(len(rows["ends"]), ARRIVED)
    reason = pa.nulls(len(state), pa.string())
    for number in range(last + 1):
        ends_here = rows["ends"] == number
        if number < last:
            outcome = way.legs[number].source
            state[ends_here] = onward[number].state[rows[f"edge_{number}"][ends_here]]
        else:
            outcome = way.legs[-1].target
            ends_here &= rows["begins"] == last
            state[ends_here] = _state(outcome, rows[f"record_{last}"][ends_here])
        reason = _reasons(outcome, rows[f"record_{number}"], ends_here, state, reason)
    return state, reason


def _beginnings(way: Way, rows: dict[str, Ints]) -> pa.Array:
    """Why no way of the book before leads to where a path begins; null where it begins at the first book."""
    reason = pa.nulls(len(rows["begins"]), pa.string())
    for number in range(1, len(way.books)):
        begins_here, outcome = rows["begins"] == number, way.legs[number - 1].target
        state = np.zeros(len(begins_here), np.int64)
        state[begins_here] = _state(outcome, rows[f"record_{number}"][begins_here])
        reason = _reasons(outcome, rows[f"record_{number}"], begins_here, state, reason)
    return reason


def _state(outcome: Outcome, record: Ints) -> Ints:
    """How records stand that are not matched with the other book."""
    excluded = np.where(outcome.is_excluded, EXCLUDED, REJECTED)
    states: Ints = np.where(outcome.is_open, OPEN, np.where(outcome.takes_part, SETTLED, excluded))
    return states[record]


def _reasons(outcome: Outcome, record: Ints, chosen: Ints, state: Ints, reason: pa.Array) -> pa.Array:
    """``reason`` with that of the paths that are the book's ``chosen``."""
    reason_of_chosen = outcome.reason.take(pa.array(np.where(chosen, record, 0), mask=~chosen))
    for alike, words in ((SETTLED, SETTLES), (REJECTED, REJECTS)):
        reason_of_chosen = pc.if_else(pa.array(chosen & (state == alike)), words, reason_of_chosen)
    return pc.if_else(pa.array(chosen), reason_of_chosen, reason)
