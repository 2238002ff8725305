"""Allowed: which sums of records of the one side a rule lets stand beside each record of the other, and which dates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from workbench.exact import Ints, largest
from workbench.reconciliation.criteria.window import Window
from workbench.reconciliation.matching.candidates import Demands, demands
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rules import Rule
from workbench.sides import OTHER, Side


@dataclass(frozen=True)
class Allowed:
    """What a rule allows between records of ``side`` that have to sum, and single records of the other, the targets.

    Amounts are whole numbers at the scale of the pool, dates its ticks.
    """

    rule: Rule
    pool: Pool  # its units are single records
    side: Side
    needs: Demands
    wide: bool  # whether sums need Python's integers

    @property
    def target_side(self) -> Side:
        """The other side."""
        return OTHER[self.side]

    def amounts(self, side: Side, units: Ints) -> Ints:
        """The amounts of ``units``, in integers that hold their sums."""
        amount = self.pool.side(side).amount[units]
        return amount.astype(object) if self.wide else amount

    def sums(self, targets: Ints, most: int) -> tuple[Ints, Ints]:
        """The least and the greatest sum beside each of the ``targets``; no sum is further from 0 than ``most``."""
        amounts = self.amounts(self.target_side, targets)
        if self.side == "external":
            window = self._window(amounts, most)
            return window.low, window.high

        # Both bounds of the external amount rise with the internal one, which is the sum.
        def first_with(bound: str, least: Ints) -> Ints:
            low, high = np.full_like(amounts, -most), np.full_like(amounts, most + 1)
            for _ in range(most.bit_length() + 2):
                middle = (low + high) // 2
                reached = getattr(self._window(middle, 2 * most + largest(amounts)), bound) >= least
                low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
            return low

        return first_with("high", amounts), first_with("low", amounts + 1) - 1

    def apart(self, targets: Ints, sums: Ints, dates: Ints) -> tuple[Ints, Ints]:
        """How far the amounts and dates of pairs are from what the rule expects; ``dates`` are those of the sums.

        Dates are apart in microseconds.
        """
        amounts = self.amounts(self.target_side, targets)
        lags = (self.pool.side(self.target_side).date[targets] - dates) * self.pool.tick
        external, internal = (sums, amounts) if self.side == "external" else (amounts, sums)
        centre = self._window(internal, largest(external) + largest(internal)).centre_amount
        lags = -lags if self.side == "external" else lags
        apart = np.abs(external - (internal if centre is None else centre))
        return apart, np.abs(lags - (self.needs.centre_lag or 0))

    def starts(self, members: Ints, targets: Ints) -> tuple[Ints, Ints]:
        """Of ``members``, in the order of dates, the first that each target may stand beside, and behind the last.

        A set of records has the date of its earliest one.
        """
        dates = self.pool.side(self.side).date[members]
        if self.side == "external":
            first, last = (bound[targets] for bound in self.needs.dates_for(self.pool.internal.date))
            return np.searchsorted(dates, first, "left"), np.searchsorted(dates, last, "right")
        first, last = (bound[members] for bound in self.needs.dates_for(self.pool.internal.date))
        date = self.pool.external.date[targets]
        return np.searchsorted(last, date, "left"), np.searchsorted(first, date, "right")

    def _window(self, internal: Ints, most: int) -> Window:
        """What the criteria on the amount say of the external one beside each ``internal`` one."""
        pool = self.pool
        low, high = np.full_like(internal, -most), np.full_like(internal, most)
        nothing = np.zeros_like(internal)
        window = Window(internal, low, high, 0, 0, pool.tick, pool.scale, nothing, pool.epoch, 1)
        amounts = [criterion for criterion in self.rule.criteria if criterion.field == "amount"]
        return reduce(lambda narrowed, criterion: criterion.kind.narrow(criterion, narrowed), amounts, window)


def allowed_by(rule: Rule, pool: Pool, side: Side) -> Allowed:
    """What ``rule`` allows where records of ``side`` have to sum to one of the other side."""
    amount = pool.side(side).amount
    # Below this bound, sums and their drifts fit 64 bits.
    wide = amount.dtype == object or largest(amount) * max(len(amount), 1) >= 2**57
    return Allowed(rule, pool, side, demands(rule, pool), wide)
