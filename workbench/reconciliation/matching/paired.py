"""Paired: what the rules of a run matched, seen from the single records, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.exact import Ints, decimals
from workbench.reconciliation.matching.assignment import Pass
from workbench.reconciliation.matching.units import Pool

OPEN = -1


@dataclass(frozen=True)
class Paired:
    """For each record, by its row, in which unit it was matched; -1 where it is open."""

    records: Pool  # each a unit of its own
    passes: Sequence[Pass]
    rule: Ints  # of each external record, the pass that matched it
    pair: Ints  # and which of its pairs that was
    partner: Ints  # the row of the first record of the internal unit
    first: Ints  # of each internal record, the row of the first record of its unit
    size: Ints  # and how many records that unit has

    @property
    def matched(self) -> Ints:
        """Whether each external record is matched."""
        return self.partner != OPEN

    def moved(self, before: Paired) -> Ints:
        """The external records that are matched in both, with other internal records than ``before``."""
        changed = (self.first != before.first) | (self.size != before.size)
        regrouped = np.zeros(len(changed) + 1, bool)  # by the first record of a unit; the last is that of none
        regrouped[self.first[changed]] = True
        other = (self.partner != before.partner) | regrouped[self.partner]
        return self.matched & before.matched & other

    def one_of_each(self, records: Ints) -> Ints:
        """The rows of the ``records`` that are chosen, but only the first of those in one unit."""
        rows = np.flatnonzero(records)
        pairs = np.column_stack([self.rule[rows], self.pair[rows]])
        return rows[np.sort(np.unique(pairs, axis=0, return_index=True)[1])]

    def table(self, rows: Ints) -> pa.Table:
        """The pairs of units that the external records in ``rows`` are part of, a row for each."""
        order, parts = [], [_pairs(self.records, np.zeros(0, int), np.zeros(0, int))]
        for number, done in enumerate(self.passes):
            places = np.flatnonzero(self.rule[rows] == number)
            pair = self.pair[rows[places]]
            order.append(places)
            parts.append(_pairs(done.pool, done.external[pair], done.internal[pair]))
        return pa.concat_tables(parts).take(np.argsort(np.concatenate([np.zeros(0, int), *order])))


def pair_up(records: Pool, passes: Sequence[Pass]) -> Paired:
    """What ``passes`` matched of ``records``."""
    rule, pair, partner = (np.full(len(records.external), OPEN) for _ in range(3))
    first, size = (np.full(len(records.internal), OPEN) for _ in range(2))
    for number, done in enumerate(passes):
        external, internal = done.pool.external, done.pool.internal
        of_unit = np.full(len(external), OPEN)
        of_unit[done.external] = np.arange(len(done.external))
        own = of_unit[external.unit_of]
        row, own = external.row[own != OPEN], own[own != OPEN]
        rule[row], pair[row], partner[row] = number, own, internal.first[done.internal[own]]
        row = internal.rows_of(done.internal)
        unit = np.sort(done.internal)
        first[row], size[row] = (np.repeat(of[unit], internal.sizes[unit]) for of in (internal.first, internal.sizes))
    return Paired(records, passes, rule, pair, partner, first, size)


def _pairs(pool: Pool, external: Ints, internal: Ints) -> pa.Table:
    e, i = pool.external, pool.internal
    return pa.table(
        {
            "external_transaction_id": e.ids.take(external),
            "internal_transaction_id": i.ids.take(internal),
            "currency": pool.currencies.take(e.currency[external]),
            "external_amount": decimals(e.amount[external], pool.scale),
            "internal_amount": decimals(i.amount[internal], pool.scale),
            "amount_difference": decimals(e.amount[external] - i.amount[internal], pool.scale),
            "date_difference_seconds": decimals((e.date[external] - i.date[internal]) * pool.tick, 6),
        }
    )
