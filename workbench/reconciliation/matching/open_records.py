"""Open records: what passes on from rule to rule, and the units that each rule makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.assignment import Pass
from workbench.reconciliation.matching.books import Books
from workbench.reconciliation.matching.units import Pool, Units, grouped
from workbench.reconciliation.strategies import Grouping
from workbench.sides import SIDES, Side


@dataclass(frozen=True)
class OpenRecords:
    """The records that are open between two rules, and ``pool``: the units that the last ``grouping`` made of them.

    ``still_open`` and ``held`` say of each record whether it is open, and whether no rule may have it.
    """

    books: Books
    still_open: Mapping[Side, Ints]
    held: Mapping[Side, Ints]
    grouping: Grouping
    pool: Pool

    def by(self, grouping: Grouping) -> OpenRecords:
        """The same records in the units that ``grouping`` makes of them."""
        if grouping == self.grouping:  # units match whole, so those that are left are what they were
            return self
        external, internal = (
            self.pool.side(side)
            if grouping.of(side) == self.grouping.of(side)
            else _units(self.books, side, self.still_open[side], grouping.of(side))
            for side in SIDES
        )
        return replace(self, grouping=grouping, pool=replace(self.pool, external=external, internal=internal))

    def after(self, done: Pass) -> OpenRecords:
        """What is open after a rule that worked on the units of this."""
        left: dict[Side, Ints] = {}
        for side, units in zip(SIDES, (done.external, done.internal), strict=True):
            left[side] = self.still_open[side].copy()
            left[side][self.pool.side(side).rows_of(units)] = False
        return replace(self, still_open=left)

    def units(self, side: Side) -> Ints:
        """The open units of a side."""
        return np.flatnonzero(self.still_open[side][self.pool.side(side).first])

    def to_match(self, side: Side) -> Ints:
        """The open units of a side that a rule may match: those of which no record is held."""
        units, held = self.pool.side(side), self.held[side]
        if not held.any():
            return self.units(side)
        free = self.still_open[side][units.first]
        free[units.unit_of[held[units.row]]] = False
        return np.flatnonzero(free)


def all_open(books: Books, held: Mapping[Side, Ints], grouping: Grouping) -> OpenRecords:
    """All records of ``books``, before any rule has run."""
    still_open: dict[Side, Ints] = {side: np.ones(len(books.pool.side(side)), bool) for side in SIDES}
    return OpenRecords(books, still_open, held, Grouping("one_to_one"), books.pool).by(grouping)


def _units(books: Books, side: Side, still_open: Ints, criteria: tuple[str, ...]) -> Units:
    """Units of the open records of a side; of all of them, where each is a record."""
    singles = books.pool.side(side)
    if not criteria:
        return singles
    return grouped(singles, np.flatnonzero(still_open), (books.keys[side][name] for name in criteria))
