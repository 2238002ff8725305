"""United: what a rule did whose groups are found by what they sum to, with these groups as units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.matching.sums.allowed import Allowed
from workbench.reconciliation.matching.units import grouped


def united(
    allowed: Allowed,
    targets: Ints,
    number: Ints,
    members: Ints,
    *,
    reached_targets: Ints,
    reached_members: Ints,
) -> Pass:
    """Pairs of ``targets`` with groups, in their order; ``members`` are units of one record, each of a ``number``."""
    singles = allowed.pool.side(allowed.side)
    group = len(targets) + np.arange(len(singles))  # a record in no group is a unit of its own, behind the groups
    group[members] = number
    units = grouped(singles, np.arange(len(singles)), group)
    unit_of_record = np.empty(len(singles), np.int64)
    unit_of_record[units.row] = units.unit_of
    groups, reached = np.arange(len(targets)), np.unique(unit_of_record[reached_members])
    of_sides = (groups, reached), (targets, reached_targets)
    (external, reached_e), (internal, reached_i) = of_sides if allowed.side == "external" else of_sides[::-1]
    pool = allowed.pool
    pool = replace(pool, external=units) if allowed.side == "external" else replace(pool, internal=units)
    nothing = np.zeros(len(targets), np.int64)
    return Pass(allowed.rule, pool, external, internal, nothing, len(targets), reached_e, reached_i)
