"""Walk: the ways of a chain in plain Python, record by record, from the inputs and the pairs of each reconciliation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import workbench as wb


@dataclass(frozen=True)
class Link:
    """One reconciliation on the way: of each match the records before and after it; what is open, and how much."""

    before: dict[str, set[str]]
    after: dict[str, set[str]]
    applied: dict[tuple[str, str], Decimal]  # by match and record before it, where that is not all of the record
    open: dict[str, Decimal]
    excluded: set[str]

    @classmethod
    def of(cls, result: wb.Result, source: str) -> Link:
        target = {"external": "internal", "internal": "external"}[source]
        before, after, applied = defaultdict(set), defaultdict(set), {}
        for row in result.matches.to_dict("records"):
            match, record, other = (
                row[name] for name in ("match_id", *(f"{s}_transaction_id" for s in (source, target)))
            )
            before[match].add(record)
            after[match].add(other)
            if row.get("remainder"):
                applied[match, record] = row["amount"]  # the tests have remainders of single records only
        left, name = getattr(result, f"unmatched_{source}"), "id" if source == "external" else "transaction_id"
        amount = "open_amount" if "open_amount" in left else "counted_amount"
        excluded = result.excluded[result.excluded["side"] == source]
        return cls(
            {match: {record for record in records if isinstance(record, str)} for match, records in before.items()},
            {match: {record for record in records if isinstance(record, str)} for match, records in after.items()},
            applied,
            dict(zip(left[name], left[amount], strict=True)),
            set(excluded["id"]),
        )


def paths(links: list[Link], record: str | None, book: int = 0) -> list[tuple[str, ...]]:
    """Every way onward from a record, and last how it ended."""
    if book == len(links):
        return [(record, "arrived")]
    link, found = links[book], []
    for match, records in link.before.items():
        if record in records:
            onward = link.after[match]
            found += [(record, *path) for other in onward for path in paths(links, other, book + 1)]
            found += [] if onward else [(record, "settled")]
    if record in link.open:
        found.append((record, "open"))
    elif not found:
        found.append((record, "excluded" if record in link.excluded else "rejected"))
    return found


def totals(links: list[Link], amounts: dict[str, tuple[str, Decimal]], book: int) -> dict[tuple[Any, ...], list[Any]]:
    """By currency and part and end: records, debits and credits of those of a book that take part."""
    last, link = len(links), links[book]
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])

    def add(currency: str, end: tuple[int, bool], count: int, amount: Decimal) -> None:
        part = "arrived" if end[0] == last else "stopped" if end[1] else "settled"
        own = sums[currency, part, end[0]]
        own[0] += count
        own[1 if amount < 0 else 2] += abs(amount)

    for record, (currency, amount) in amounts.items():
        matches = [match for match, records in link.before.items() if record in records]
        if not matches and record not in link.open:
            continue
        ends = {match: end_of_match(links, match, book) for match in matches}
        every = [*ends.values(), *([(book, True)] if record in link.open else [])]
        add(currency, min(every, key=rank), 1, Decimal(0))
        in_part = [link.applied[match, record] for match in matches if (match, record) in link.applied]
        rest = amount - link.open.get(record, Decimal(0)) - sum(in_part)  # the last match has what is left
        for match, end in ends.items():
            add(currency, end, 0, link.applied.get((match, record), rest))
        add(currency, (book, True), 0, link.open.get(record, Decimal(0)))
    return {key: own for key, own in sums.items() if any(own)}


def end_of_match(links: list[Link], match: str, book: int) -> tuple[int, bool]:
    """Where what a match has goes on to: the earliest end of all records after it."""
    onward = links[book].after[match]
    if not onward:
        return book, False
    if book + 1 == len(links):
        return len(links), True
    return min((end_of_record(links, record, book + 1) for record in onward), key=rank)


def end_of_record(links: list[Link], record: str, book: int) -> tuple[int, bool]:
    link = links[book]
    ends = [end_of_match(links, match, book) for match, records in link.before.items() if record in records]
    if record in link.open or not ends:
        ends.append((book, True))
    return min(ends, key=rank)


def rank(end: tuple[int, bool]) -> tuple[int, bool]:
    """The earlier end first; at one book what stops before what is settled."""
    return end[0], not end[1]
