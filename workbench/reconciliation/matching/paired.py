"""Paired: what the rules of a run matched, seen from the single records, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints, decimals
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.units import Pool

OPEN = -1
_SETTLED = -2


@dataclass(frozen=True)
class Paired:
    """For each record, by its row, in which unit it was matched; -1 where it is open."""

    records: Pool  # each record is a unit of its own
    passes: Sequence[Pass]
    rule: Ints  # for each external record, the pass that matched it
    pair: Ints  # for each external record, its pair's position in that pass
    partner: Ints  # the row of the first record of the internal unit; below -1 for what settled an external record
    first: Ints  # for each internal record, the row of the first record of its unit
    size: Ints  # for each internal record, how many records its unit has

    @property
    def matched(self) -> Ints:
        """Whether each external record is matched."""
        return self.rule != OPEN

    def moved(self, before: Paired) -> Ints:
        """The external records that are matched in both, with other internal records than ``before``."""
        changed = (self.first != before.first) | (self.size != before.size)
        regrouped = np.zeros(len(changed) + 1, bool)  # by the first record of a unit; the last entry stands for no unit
        regrouped[self.first[changed]] = True
        other = (self.partner != before.partner) | regrouped[np.maximum(self.partner, OPEN)]
        return self.matched & before.matched & other

    def one_of_each(self, records: Ints) -> Ints:
        """The rows of the ``records`` that are chosen, but only the first of those in one unit."""
        rows = np.flatnonzero(records)
        pairs = np.column_stack([self.rule[rows], self.pair[rows]])
        return rows[np.sort(np.unique(pairs, axis=0, return_index=True)[1])]

    def table(self, rows: Ints) -> pa.Table:
        """The pairs of units that the external records in ``rows`` are part of, a row for each."""
        order, parts = [], []
        for number, rule_pass in enumerate(self.passes):
            places = np.flatnonzero(self.rule[rows] == number)
            order.append(places)
            parts.append(_pairs(rule_pass, self.pair[rows[places]]))
        table = pa.concat_tables(parts).take(np.argsort(np.concatenate(order)))
        if any(rule_pass.rates is not None for rule_pass in self.passes):
            return _without_differences_across(table)
        return table.drop(["internal_currency"])


def pair_up(records: Pool, passes: Sequence[Pass]) -> Paired:
    """What ``passes`` matched of ``records``."""
    rule, pair, partner = (np.full(len(records.external), OPEN) for _ in range(3))
    first, size = (np.full(len(records.internal), OPEN) for _ in range(2))
    for number, rule_pass in enumerate(passes):
        e, i = rule_pass.pool.external, rule_pass.pool.internal
        (of_e, place_e), (of_i, place_i) = e.records_of(rule_pass.external), i.records_of(rule_pass.internal)
        row_e, row_i = e.row[place_e], i.row[place_i]
        first_e, first_i = e.first[rule_pass.external], i.first[rule_pass.internal]
        if rule_pass.within is None:
            rule[row_e], pair[row_e], partner[row_e] = number, of_e, first_i[of_e]
            first[row_i], size[row_i] = first_i[of_i], i.sizes[rule_pass.internal][of_i]
        elif rule_pass.within == "external":
            rule[row_e], pair[row_e], partner[row_e] = number, of_e, _SETTLED - first_i[of_e]
            rule[row_i], pair[row_i], partner[row_i] = number, of_i, _SETTLED - first_e[of_i]
    return Paired(records, passes, rule, pair, partner, first, size)


def _without_differences_across(table: pa.Table) -> pa.Table:
    """What is not of one currency differs by no amount."""
    same = pc.equal(table["currency"], table["internal_currency"])
    place = table.column_names.index("amount_difference")
    differences = table["amount_difference"]
    return table.set_column(
        place, "amount_difference", pc.if_else(same, differences, pa.scalar(None, differences.type))
    )


def _pairs(rule_pass: Pass, pairs: Ints) -> pa.Table:
    """Some of the pairs of a pass; of records that settled each other, what is left of them is nothing."""
    pool, external, internal = rule_pass.pool, rule_pass.external[pairs], rule_pass.internal[pairs]
    e, i = pool.external, pool.internal
    amount_e, amount_i = e.amount[external], i.amount[internal]
    left = 0 if rule_pass.within else 1
    return pa.table(
        {
            "external_transaction_id": e.ids.take(external),
            "internal_transaction_id": i.ids.take(
                pa.array(internal, mask=np.full(len(pairs), rule_pass.within is not None))
            ),
            "currency": e.records["currency"].take(e.first[external]),
            "external_amount": decimals(amount_e * left, pool.scale),
            "internal_currency": i.records["currency"].take(i.first[internal]),
            "internal_amount": decimals(amount_i * left, pool.scale),
            "amount_difference": decimals(amount_e - amount_i, pool.scale),
            "date_difference_seconds": decimals((e.date[external] - i.date[internal]) * pool.tick, 6),
        }
    )
