"""Probability: how likely each candidate pair is to belong together, beside all others of its units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.exact import Ints
from workbench.reconciliation.matching.weighed.open_units import Pairs
from workbench.reconciliation.weights import BIT

ROUNDS = 40
_MOST = 60 * BIT  # bits beyond which odds are as good as certain

Shares = NDArray[np.float64]


def probabilities(at: Pairs, weight: Ints, counts: tuple[int, int]) -> Shares:
    """For each candidate pair, of so many units on both sides, the probability that it is a match.

    Staying open has odds of 1. Each unit tells its pairs how likely it is that all its other pairs leave it open, until
    nothing changes (belief propagation, which converges for matchings: Bayati, Gamarnik, Katz, Nair and Tetali 2007).
    Where units do not go round in circles that is exact, elsewhere it is close.
    """
    external, internal = at.external, at.internal
    odds = np.exp2(np.clip(weight, -_MOST, _MOST) / BIT)
    from_e, from_i = np.ones(len(at)), np.ones(len(at))
    for _ in range(ROUNDS):
        from_e = _left_open(external, odds * from_i, counts[0])
        from_i = _left_open(internal, odds * from_e, counts[1])
    from_e = _left_open(external, odds * from_i, counts[0])
    both = odds * from_e * from_i
    return np.asarray(both / (1 + both))


def _left_open(unit: Ints, odds: Shares, count: int) -> Shares:
    """For each pair the probability that its unit is left open by all others that it is part of."""
    others = np.bincount(unit, odds, count)[unit] - odds
    return np.asarray(1 / (1 + np.maximum(others, 0)))
