"""Open records: what passes on from rule to rule, and the units that each rule makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints, whole
from workbench.reconciliation.matching.books import Books
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.texts.loose_texts import in_form
from workbench.reconciliation.matching.units import Pool, Units, grouped, groups_of
from workbench.reconciliation.strategies import Grouping
from workbench.sides import SIDES, Side

RECORDS = Grouping("one_to_one")  # every record is a unit of its own


@dataclass(frozen=True)
class OpenRecords:
    """The records that are open between two rules, and ``pool``: the units that the last ``grouping`` made of them.

    ``still_open`` and ``held`` say of each record whether it is open, and whether no rule may have it; ``records`` are
    those of ``books``, each a unit of its own, with what is open of the amounts of those that are.
    """

    books: Books
    records: Pool
    still_open: Mapping[Side, Ints]
    held: Mapping[Side, Ints]
    grouping: Grouping
    pool: Pool

    def by(self, grouping: Grouping) -> OpenRecords:
        """The same records in the units that ``grouping`` makes of them."""
        if grouping == self.grouping:  # units match whole, so that the open ones are unchanged
            return self
        if grouping.within:
            external, internal = self._opposites(grouping.within, grouping.of(grouping.within))
        else:
            external, internal = (
                self.pool.side(side)
                if grouping.groups(side) == self.grouping.groups(side) and not self.grouping.within
                else self._units(side, grouping.groups(side))
                for side in SIDES
            )
        return replace(self, grouping=grouping, pool=replace(self.pool, external=external, internal=internal))

    def after(self, rule_pass: Pass) -> OpenRecords:
        """What is open after a rule that worked on the units of this."""
        if rule_pass.remainder is not None:
            return self._less(rule_pass.pool, {"external": rule_pass.external, "internal": rule_pass.internal})
        left: dict[Side, Ints] = {side: still_open.copy() for side, still_open in self.still_open.items()}
        for side, units in zip(SIDES, (rule_pass.external, rule_pass.internal), strict=True):
            left[self.grouping.compared_side(side)][rule_pass.pool.side(side).rows_of(units)] = False
        return replace(self, still_open=left)

    def _less(self, applied: Pool, matched: Mapping[Side, Ints]) -> OpenRecords:
        """What is open when of the units that matched only what is ``applied`` is not."""
        left: dict[Side, Ints] = {}
        lowered: dict[Side, Units] = {}
        for side in SIDES:
            units, singles = applied.side(side), self.records.side(side)
            chosen = np.zeros(len(units), bool)
            chosen[matched[side]] = True
            places = np.flatnonzero(chosen[units.unit_of])
            rows = units.row[places]
            amount, left[side] = singles.amount.copy(), self.still_open[side].copy()
            amount[rows] -= units.record_amount[places]
            left[side][rows] = amount[rows] != 0
            lowered[side] = replace(singles, amount=amount, record_amount=amount)
        pool = replace(self.records, external=lowered["external"], internal=lowered["internal"])
        # Units no longer match whole here, so that they are made anew from records.
        return replace(self, still_open=left, records=pool, pool=pool, grouping=RECORDS)

    def _units(self, side: Side, criteria: tuple[str, ...]) -> Units:
        """Units of the open records of a side; of all of them, where each is a record."""
        singles = self.records.side(side)
        if not criteria:
            return singles
        rows = np.flatnonzero(self.still_open[side])
        group, _ = groups_of(singles, rows, (self.books.keys[side][name] for name in criteria))
        return grouped(singles, rows, group)

    def _opposites(self, side: Side, criteria: tuple[str, ...]) -> tuple[Units, Units]:
        """The open debits of a side without their sign, and its open credits.

        Each is a record, or all that a group has of them, with the number of the group in place of the currency: so
        that what makes a pair sums to nothing within its group.
        """
        singles = self.records.side(side)
        rows = np.flatnonzero(self.still_open[side] & ((singles.amount != 0) | bool(criteria)))
        group, alone = groups_of(singles, rows, (self.books.keys[side][name] for name in criteria))
        rows, group = rows[~alone], group[~alone]
        unit = group if criteria else np.arange(len(rows))
        debit = singles.amount[rows] < 0
        out, back = (
            replace(grouped(records, rows[of_sign], unit[of_sign]), currency=_of_first(group[of_sign], unit[of_sign]))
            for records, of_sign in zip(_mentioning_each_other(singles), (debit, ~debit), strict=True)
        )
        return replace(out, amount=-out.amount), back

    def units(self, side: Side) -> Ints:
        """The open units that stand for a side."""
        return np.flatnonzero(self.still_open[self.grouping.compared_side(side)][self.pool.side(side).first])

    def to_match(self, side: Side) -> Ints:
        """Those of them that a rule may match: those of which no record is held."""
        stands_for = self.grouping.compared_side(side)
        units, held = self.pool.side(side), self.held[stands_for]
        if not held.any():
            return self.units(side)
        free = self.still_open[stands_for][units.first]
        free[units.unit_of[held[units.row]]] = False
        return np.flatnonzero(free)


def all_open(
    books: Books, held: Mapping[Side, Ints], grouping: Grouping, rest: Mapping[Side, Mapping[str, Decimal]]
) -> OpenRecords:
    """All records of ``books``, before any rule has run; of some, by id, only a ``rest`` is open."""
    still_open: dict[Side, Ints] = {side: np.ones(len(books.pool.side(side)), bool) for side in SIDES}
    records = books.pool
    if any(rest.values()):
        external, internal = (_lowered(records.side(side), rest[side], records.scale) for side in SIDES)
        records = replace(records, external=external, internal=internal)
    return OpenRecords(books, records, still_open, held, RECORDS, records).by(grouping)


def _lowered(records: Units, rest: Mapping[str, Decimal], scale: int) -> Units:
    """The records, of which those in ``rest`` have only that."""
    amount = records.amount.copy()
    ids = pa.array(list(rest), pa.string())
    places = pc.index_in(records.ids, ids).fill_null(-1).to_numpy()
    for row in np.flatnonzero(places >= 0).tolist():
        amount[row] = whole(rest[ids[int(places[row])].as_py()], scale)
    return replace(records, amount=amount, record_amount=amount)


def _mentioning_each_other(singles: Units) -> tuple[Units, Units]:
    """The records of one side as debits and as credits: the texts of both hold what mentions what within that side."""
    texts = {role: dict(singles.texts) for role in SIDES}
    for key in singles.texts:
        if key.form == "mentions":
            for role, texts_of_side in in_form(key.form, dict.fromkeys(SIDES, singles.texts[key.folded])).items():
                texts[role][key] = texts_of_side
    return replace(singles, texts=texts["external"]), replace(singles, texts=texts["internal"])


def _of_first(value: Ints, unit: Ints) -> Ints:
    """The value of the first record of each unit, in the order of units."""
    return value[np.unique(unit, return_index=True)[1]]
