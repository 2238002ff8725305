"""Probability: how likely each candidate pair is to belong together, beside all others of its units."""

from __future__ import annotations

from collections.abc import Sequence
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
MOST_SINGLY = 400_000  # at most so many pairs send messages, of which each round takes as long
_MOST_ODDS = 60 * BIT  # odds of more bits are as good as certain
_ROOTS = np.array([float(Decimal(2) ** (Decimal(part) / BIT)) for part in range(BIT)])

Shares = NDArray[np.float64]


def probabilities(pairs: Pairs, weight: Ints, counts: tuple[int, int]) -> Shares:
    """For each candidate pair, of so many units on both sides, the probability that it is a match.

    Staying open has odds of 1; pairs are in the order of their external units. Where there are more than
    ``MOST_SINGLY`` those with the least odds count together: each adds to the odds that its units stay open to the
    others what it is likely to take, and its probability is that.
    """
    odds = _odds(weight)
    # Counting all pairs of a unit is too modest where messages are too sure: its shares say which walks matter.
    open_e, open_i = np.ones(counts[0]), np.ones(counts[1])
    for _ in range(MODEST_ROUNDS):
        kernels.run(stay_open, 4 * len(pairs), pairs.external, pairs.internal, odds, open_i, open_e)
        kernels.run(stay_open, 4 * len(pairs), pairs.internal, pairs.external, odds, open_e, open_i)
    share = odds * open_e[pairs.external]
    share *= open_i[pairs.internal]
    if len(pairs) <= MOST_SINGLY:
        return _followed(pairs, odds, share, [np.ones(count) for count in counts])
    least = min(int(np.partition(weight, -MOST_SINGLY)[-MOST_SINGLY]), 0)
    singly = np.flatnonzero(weight > least)
    taken = np.where(weight > least, 0, share)
    spare = [
        1 + np.bincount(unit, taken, count) / own_open
        for unit, count, own_open in zip(pairs.both, counts, (open_e, open_i), strict=True)
    ]
    share[singly] = _followed(pairs.only(singly), odds[singly], share[singly], spare)
    return share


def _followed(pairs: Pairs, odds: Shares, share: Shares, spare: Sequence[Shares]) -> Shares:
    """The probabilities of pairs of which each counts by itself; ``spare`` are the odds that units stay open.

    Each unit sends its pairs a message, how likely it is that all its other pairs leave it open, until nothing changes
    (belief propagation, which converges for matchings: Bayati, Gamarnik, Katz, Nair and Tetali 2007). Where units go
    round in circles that is much too sure of itself: of two pairs that could as well be crossed the better one takes
    all. So the walks that matter are followed from each unit without coming back to one, which is exact as far as they
    go, and the messages stand at their ends.
    """
    external, internal = pairs.both
    message_i, message_e = np.ones(len(pairs)), np.ones(len(pairs))  # to the internal unit, and to the external one
    room_e, room_i = (np.empty(len(own)) for own in spare)
    steps = 4 * len(pairs)
    for _ in range(ROUNDS):
        kernels.run(send, steps, external, odds, message_e, message_i, room_e, spare[0])
        if kernels.run(send, steps, internal, odds, message_i, message_e, room_i, spare[1]) < SETTLED:
            break
    back = np.argsort(internal, kind="stable")
    degrees = [np.bincount(own, minlength=len(room)) for own, room in zip(pairs.both, spare, strict=True)]
    start = np.r_[0, np.cumsum(np.concatenate(degrees))]
    to = np.r_[internal + len(spare[0]), external[back]].astype(np.int32)
    ways = (np.r_[odds, odds[back]], np.r_[message_e, message_i[back]], np.r_[share, share[back]])
    probability, worth, been = np.zeros(len(pairs)), np.zeros(len(to)), np.zeros(len(start), bool)
    root = 0
    while start[root] < len(pairs):  # in slices, so that a run can be stopped
        state = np.concatenate(spare), worth, been, probability, root
        root = kernels.run(follow, 10 * len(pairs), start, to, *ways, *state, LEAST, DEEPEST, MOST, kernels.SLICE)
    return probability


def _odds(weight: Ints) -> Shares:
    """What hundredths of a bit are as odds; of products and roots of 2 that every machine rounds alike."""
    whole, part = np.divmod(np.clip(weight, -_MOST_ODDS, _MOST_ODDS), BIT)
    return np.asarray(np.ldexp(_ROOTS[part], whole.astype(np.int32)))
