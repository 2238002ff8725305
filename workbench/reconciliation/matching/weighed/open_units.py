"""Open units: those that a weighed rule may pair, in the order of their ids, and pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np

from workbench.exact import Ints, largest
from workbench.reconciliation.matching.assignment.id_order import order_by_id
from workbench.reconciliation.matching.samples import LONG, bands
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.weights import ANY_DAY, MILLION, BookingDays

_ROOM = 2**60


@dataclass(frozen=True)
class Pairs:
    """Pairs of open units, as places in the order of ids."""

    external: Ints
    internal: Ints

    def __len__(self) -> int:
        return len(self.external)

    @property
    def both(self) -> tuple[Ints, Ints]:
        """The external and the internal unit of each."""
        return self.external, self.internal

    def only(self, chosen: Ints) -> Pairs:
        """The chosen ones of these."""
        return Pairs(self.external[chosen], self.internal[chosen])


@dataclass(frozen=True)
class OpenUnits:
    """The open units of both sides in the order of their ids, so that nothing depends on how rows come."""

    pool: Pool
    external: Ints
    internal: Ints
    booking: BookingDays = ANY_DAY  # how days are counted between them

    @classmethod
    def of(cls, pool: Pool, external: Ints, internal: Ints, booking: BookingDays = ANY_DAY) -> OpenUnits:
        """These units of a pool, put in order."""
        external, internal = (
            units[order_by_id(side.ids, units)]
            for side, units in ((pool.external, external), (pool.internal, internal))
        )
        return cls(pool, external, internal, booking)

    @property
    def sizes(self) -> tuple[int, int]:
        """How many units each side has."""
        return len(self.external), len(self.internal)

    def places(self, external: Ints, internal: Ints) -> tuple[Ints, Ints]:
        """The places of units of both sides."""
        place_e, place_i = self._places
        return place_e[external], place_i[internal]

    def edges(self, external: Ints, internal: Ints) -> Ints:
        """Pairs of units as single numbers, which ascend by external, then by internal id."""
        place_e, place_i = self.places(external, internal)
        return place_e * self._width + place_i

    def edges_of(self, pairs: Pairs) -> Ints:
        """Pairs of places as single numbers."""
        return pairs.external * self._width + pairs.internal

    def first_edge_behind(self, edges: Ints) -> int:
        """The least that the pairs of external units may be behind the last one of these."""
        return (int(edges.max()) // self._width + 1) * self._width

    def pairs(self, edges: Ints) -> Pairs:
        """The places of the two units of each pair."""
        return Pairs(*np.divmod(edges, self._width))

    def pairs_of(self, pairs: Ints) -> Pairs:
        """The places of pairs of units, a row each; those that are not open are left out."""
        known = np.isin(pairs[:, 0], self.external) & np.isin(pairs[:, 1], self.internal)
        place_e, place_i = self._places
        return Pairs(place_e[pairs[known, 0]], place_i[pairs[known, 1]])

    def amounts(self, pairs: Pairs) -> tuple[Ints, Ints]:
        """The amounts of both units of each pair."""
        external, internal = self.own_amounts
        return external[pairs.external], internal[pairs.internal]

    @cached_property
    def own_amounts(self) -> tuple[Ints, Ints]:
        """The amount of each open unit."""
        return self.pool.external.amount[self.external], self.pool.internal.amount[self.internal]

    def counts(self, pairs: Pairs) -> tuple[Ints, Ints]:
        """How many open units each side has in the currency of each pair."""
        codes = self.currencies[0][pairs.external]
        return self.of_currency[0][codes], self.of_currency[1][codes]

    @cached_property
    def of_currency(self) -> tuple[Ints, Ints]:
        """How many open units each side has in each currency."""
        count_e, count_i = (np.bincount(own, minlength=len(self.pool.currencies)) for own in self.currencies)
        return count_e, count_i

    @cached_property
    def currencies(self) -> tuple[Ints, Ints]:
        """The currency of each open unit."""
        return self.pool.external.currency[self.external], self.pool.internal.currency[self.internal]

    @property
    def _width(self) -> int:
        return max(len(self.internal), 1)

    @cached_property
    def _places(self) -> tuple[Ints, Ints]:
        places = []
        for side, units in ((self.pool.external, self.external), (self.pool.internal, self.internal)):
            place = np.zeros(len(side), np.int64)
            place[units] = np.arange(len(units))
            places.append(place)
        return places[0], places[1]


def some_of(pool: Pool, size: int) -> OpenUnits:
    """About so many units on the larger side, with those of the other that may be their partners.

    They are in the middle of the period. Where that is a short time they are those of some amounts in a longer one:
    most would else have their partner outside.
    """
    sides = (pool.external, pool.internal)
    larger = max(sides, key=len)
    spare = max(len(larger) - size, 0) // 2
    if not spare:
        return OpenUnits.of(pool, np.arange(len(pool.external)), np.arange(len(pool.internal)))
    first, last = np.sort(larger.date)[[spare, -1 - spare]].tolist()
    chosen = [(side.date >= first) & (side.date <= last) for side in sides]
    long = LONG // timedelta(microseconds=pool.tick)
    if last - first < long:
        longer = [np.abs(side.date - (first + last) // 2) <= long // 2 for side in sides]
        within = longer[sides.index(larger)]
        if some := list(bands(larger.amount[within], size)):
            chosen = [near & _in_bands(side.amount, some) for near, side in zip(longer, sides, strict=True)]
    return OpenUnits.of(pool, np.flatnonzero(chosen[0]), np.flatnonzero(chosen[1]))


def _in_bands(amount: Ints, some: Sequence[tuple[int, int]]) -> Ints:
    size = np.abs(amount)
    return np.logical_or.reduce([(size >= low) & (size < high) for low, high in some])


def with_room(amount: Ints, times: int = MILLION, more: int = 0) -> Ints:
    """Amounts that can be multiplied by a million or by ``times``, and then have ``more`` added."""
    return amount.astype(object) if largest(amount) * max(times, MILLION) + more >= _ROOM else amount
