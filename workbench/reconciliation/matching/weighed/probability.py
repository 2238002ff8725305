"""Probability: how likely each candidate pair is to belong together, beside all others of its units."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.weighed.open_units import Pairs
from workbench.reconciliation.matching.weighed.walks import follow, send, stay_open
from workbench.reconciliation.weights import BIT

ROUNDS = 40
SETTLED = 1e-6  # messages that change by less have settled
MODEST_ROUNDS = 15
LEAST = 0.01  # a walk is followed if its end matters by this much
DEEPEST = 40  # a walk has at most this many units
MOST = 20_000  # at most this many pairs are looked at for a unit
_MOST_ODDS = 60 * BIT  # odds of more bits are as good as certain
_ROOTS = np.array([float(Decimal(2) ** (Decimal(part) / BIT)) for part in range(BIT)])

Shares = NDArray[np.float64]


def probabilities(pairs: Pairs, weight: Ints, counts: tuple[int, int]) -> Shares:
    """For each candidate pair, of so many units on both sides, the probability that it is a match.

    Staying open has odds of 1; pairs are in the order of their external units. Each unit sends its pairs a message,
    how likely it is that all its other pairs leave it open, until nothing changes (belief propagation, which converges
    for matchings: Bayati, Gamarnik, Katz, Nair and Tetali 2007). Where units go round in circles that is much too sure
    of itself: of two pairs that could as well be crossed the better one takes all. So the walks that matter are
    followed from each unit without coming back to one, which is exact as far as they go, and the messages stand at
    their ends.
    """
    external, internal = pairs.external, pairs.internal
    odds = _odds(weight)
    message_i, message_e = np.ones(len(pairs)), np.ones(len(pairs))  # to the internal unit, and to the external one
    open_e, open_i = np.ones(counts[0]), np.ones(counts[1])
    steps = 4 * len(pairs)
    for _ in range(ROUNDS):
        kernels.run(send, steps, external, odds, message_e, message_i, open_e)
        if kernels.run(send, steps, internal, odds, message_i, message_e, open_i) < SETTLED:
            break
    # Counting all pairs of a unit is too modest where messages are too sure: its shares say which walks matter.
    open_i[:] = 1
    for _ in range(MODEST_ROUNDS):
        kernels.run(stay_open, steps, external, internal, odds, open_i, open_e)
        kernels.run(stay_open, steps, internal, external, odds, open_e, open_i)
    share = odds * open_e[external] * open_i[internal]
    back = np.argsort(internal, kind="stable")
    degrees = [np.bincount(own, minlength=count) for own, count in zip((external, internal), counts, strict=True)]
    start = np.r_[0, np.cumsum(np.concatenate(degrees))]
    to = np.r_[internal + counts[0], external[back]].astype(np.int32)
    ways = (np.r_[odds, odds[back]], np.r_[message_e, message_i[back]], np.r_[share, share[back]])
    probability, worth, been = np.zeros(len(pairs)), np.zeros(len(to)), np.zeros(len(start), bool)
    root = 0
    while start[root] < len(pairs):  # in slices, so that a run can be stopped
        state = worth, been, probability, root
        root = kernels.run(follow, 10 * len(pairs), start, to, *ways, *state, LEAST, DEEPEST, MOST, kernels.SLICE)
    return probability


def _odds(weight: Ints) -> Shares:
    """What hundredths of a bit are as odds; of products and roots of 2 that every machine rounds alike."""
    whole, part = np.divmod(np.clip(weight, -_MOST_ODDS, _MOST_ODDS), BIT)
    return np.asarray(np.ldexp(_ROOTS[part], whole.astype(np.int32)))
