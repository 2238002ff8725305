"""Propose: open records of one side that sum exactly to an open record of the other, for a person to judge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SettingsError
from workbench.exact import whole_amounts
from workbench.reconciliation.matching.sums.words import rarest, words_of
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import money_open
from workbench.sides import ID_COLUMN, OTHER, Side
from workbench.subset import (
    BUDGET,
    KEPT,
    MOST_AMOUNTS,
    MOST_SEARCHED,
    SURE,
    Subsets,
    any_subsets,
    expected_subsets,
)

WITHIN = timedelta(days=7), timedelta(days=31)  # the second where the first has no solution
_TEXTS = ("reference", "description")
_NO_KEYS = {"currency", "status", "reason", *ID_COLUMN.values()}


@dataclass(frozen=True)
class Proposals:
    """Sets of open records of ``side`` that sum to the one asked for: the smallest ones, at most ten, nearest first.

    ``count`` says how many of that size there are, ``considered`` among how many records they were looked for, and
    ``shared`` the word or key that these have in common, if any. ``expected`` is how many sets of up to that size
    chance alone would give among them, an estimate.
    """

    side: Side
    sets: tuple[tuple[str, ...], ...]
    count: int
    complete: bool
    considered: int
    expected: float = 0.0
    shared: str = ""

    @property
    def verdict(self) -> str:
        """How far to trust a proposal: that it sums up is no proof.

        >>> Proposals("internal", (("t1", "t2"),), 1, True, 40).verdict
        'only solution of up to 2 records, among the 40 open'
        >>> Proposals("internal", (("t1", "t2"),), 1, True, 40, expected=0.31).verdict
        '1 set of 2 records, among the 40 open; chance alone would give about 0.31'
        """
        among = f"among the {self.considered:,} open{f' that share {self.shared!r}' if self.shared else ''}"
        if not self.complete:
            so_far = f"{self.count:,} found, " if self.count else ""
            return f"{so_far}search stopped at its budget: there may be others, {among}"
        if not self.count:
            return f"no solution of up to {MOST_AMOUNTS} records, nor of more of the {MOST_SEARCHED} nearest, {among}"
        size = len(self.sets[0])
        records = f"{size} record{'s' * (size > 1)}"
        chance = f"; chance alone would give about {self.expected:.2g}" if self.expected >= SURE else ""
        if self.count == 1:
            return f"1 set of {records}, {among}{chance}" if chance else f"only solution of up to {records}, {among}"
        others = f"{self.count - 1:,} other{'s' * (self.count > 2)}"
        return f"{others} of {records}, {among}{chance}"


def propose(
    result: Result, side: Side, record_id: str, *, within: timedelta | None = None, budget: int = BUDGET
) -> Proposals:
    """Find sets of open records that sum to the open record ``record_id`` of ``side``, in its currency, exactly.

    Looks at records whose date is at most ``within`` away, or a week, and a month where that has no solution: first at
    all of them that share a key, such as the same ``payout_id``; then among those that share a word or a number with
    the record, the rarest first; then among all. Sets have up to four records, or, among the nearest 26, any number.
    Nothing is applied.
    Raises ``SettingsError`` if the record is not open.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "7", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": t, "amount": a, "currency": "EUR", "created_at": "2026-01-01"}
    ...     for t, a in [("t1", 3), ("t2", 4), ("t3", 5)]])
    >>> propose(reconcile(paid, booked), "external", "e").sets
    (('t1', 't2'),)
    """
    other = OTHER[side]
    of_side, others = (result.tables[f"unmatched_{which}"] for which in (side, other))
    chosen = of_side.filter(pc.equal(of_side[ID_COLUMN[side]], record_id))
    if not len(chosen):
        raise SettingsError(f"{record_id!r} is no open {side} record: choose one that is unmatched")
    searches = (_within(other, chosen, others, reach, budget) for reach in ([within] if within else WITHIN))
    first = next(searches)
    return first if first.count else next(searches, first)


def _within(side: Side, chosen: pa.Table, others: pa.Table, reach: timedelta, budget: int) -> Proposals:
    """The sets of records of ``side`` within reach of the chosen one."""
    table = _near(others, side, chosen, reach)
    scale = max(part[money_open(part)].type.scale for part in (chosen, table))
    [target] = whole_amounts(chosen[money_open(chosen)], scale).tolist()
    near = _Near(
        side,
        target,
        table[ID_COLUMN[side]].to_pylist(),
        whole_amounts(table[money_open(table)], scale).tolist(),
        table["apart"].to_pylist(),
        10**scale,
    )
    whole_groups = (near.of_groups(name, table[name].to_pylist()) for name in _key_columns(table))
    by_words = (near.among(places, budget, word) for word, places in _sharing(chosen, table))
    narrowed = (proposals for part in (whole_groups, by_words) for proposals in part if proposals and proposals.count)
    return next(narrowed, None) or near.among(range(len(table)), budget)


@dataclass(frozen=True)
class _Near:
    """The open records of ``side`` that may sum to ``target``, the nearest in date first; amounts in ``unit`` parts."""

    side: Side
    target: int
    ids: list[str]
    amounts: list[int]
    apart: list[int]  # microseconds from the chosen record
    unit: int

    def among(self, places: Sequence[int], budget: int, shared: str = "") -> Proposals:
        """The smallest sets of the records in these places."""
        amounts = [self.amounts[place] for place in places]
        return self._proposals(any_subsets(amounts, self.target, budget=budget), places, amounts, shared)

    def of_groups(self, name: str, values: Sequence[str | None]) -> Proposals | None:
        """The groups of several, and not most, records that share a value and sum to the target, if there are any."""
        groups = defaultdict(list)
        for place, value in enumerate(values):
            if value:
                groups[value].append(place)
        several = {value: places for value, places in groups.items() if 1 < len(places) <= len(values) // 2}
        sums = {value: sum(self.amounts[place] for place in places) for value, places in several.items()}
        fitting = [value for value, total in sums.items() if total == self.target]
        if not fitting:
            return None
        sets = self._nearest(several[value] for value in fitting)
        expected = expected_subsets(list(sums.values()), self.target, 1, self.unit)
        return Proposals(self.side, sets[:KEPT], len(fitting), True, len(values), expected, name)

    def _proposals(self, subsets: Subsets, places: Sequence[int], amounts: Sequence[int], shared: str) -> Proposals:
        sets = self._nearest([places[position] for position in subset] for subset in subsets.sets)
        size = len(subsets.sets[0]) if subsets.sets else 0
        expected = expected_subsets(amounts, self.target, size, self.unit) if size else 0.0
        return Proposals(self.side, sets, subsets.count, subsets.complete, len(amounts), expected, shared)

    def _nearest(self, sets: Iterator[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
        """The ids of each set, that first whose records are nearest."""
        ranked = sorted(
            (sum(self.apart[place] for place in places), sorted(self.ids[place] for place in places)) for places in sets
        )
        return tuple(tuple(ids) for _, ids in ranked)


def _near(others: pa.Table, side: Side, chosen: pa.Table, within: timedelta) -> pa.Table:
    """The open records in the currency of the chosen one whose dates are near, the nearest first."""
    dates = others["compared_date"].cast(pa.int64())
    apart = pc.abs(pc.subtract(dates, chosen["compared_date"][0].cast(pa.int64())))
    table = others.append_column("apart", apart)
    reach = within // timedelta(microseconds=1)
    close = pc.and_(pc.less_equal(apart, reach), pc.equal(others["currency"], chosen["currency"][0]))
    return table.filter(close).sort_by([("apart", "ascending"), (ID_COLUMN[side], "ascending")])


def _key_columns(table: pa.Table) -> list[str]:
    """The columns of text that records may have in common."""
    return [name for name in table.column_names if pa.types.is_string(table[name].type) and name not in _NO_KEYS]


def _sharing(chosen: pa.Table, table: pa.Table) -> Iterator[tuple[str, list[int]]]:
    """The words and numbers that some, and not most, of the records share with the chosen one, the rarest first."""
    words = [words_of(*texts) for texts in zip(*(table[name].to_pylist() for name in _TEXTS), strict=True)]
    chosen_words = words_of(*(chosen[name][0].as_py() for name in _TEXTS))
    counts = Counter(word for of_record in words for word in of_record & chosen_words)
    for word in rarest(counts, len(table)):
        yield word, [place for place, of_record in enumerate(words) if word in of_record]
