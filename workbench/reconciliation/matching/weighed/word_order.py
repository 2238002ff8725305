"""The order of words: which of equally probable pairs say what they have in common in the same order."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.weighed.open_units import Pairs
from workbench.reconciliation.matching.weighed.words import Words

MOST = 15  # a pair has no more words in another order than this, so that sums over all pairs stay small


def disorder(pairs: Pairs, words: Words) -> Ints:
    """For each pair how many times two words of both texts stand the one way here and the other way there."""
    side_e, side_i = words.sides
    shared = np.empty((2, int(np.diff(side_e.start).max(initial=0))), np.int64)
    return np.asarray(kernels.run(inversions, 6 * len(pairs), *pairs.both, *side_e, *side_i, shared, MOST))


def inversions(
    external: Ints,
    internal: Ints,
    start_e: Ints,
    word_e: Ints,
    place_e: Ints,
    start_i: Ints,
    word_i: Ints,
    place_i: Ints,
    shared: Ints,
    most: int,
) -> Ints:
    """The same as a kernel (see ``kernels``), up to ``most``.

    ``shared`` has room for the places of as many words as a unit has, in both its texts.
    """
    count = np.zeros(len(external), np.int64)
    for j in range(len(external)):
        e, i = start_e[external[j]], start_i[internal[j]]
        size = 0
        while e < start_e[external[j] + 1] and i < start_i[internal[j] + 1]:
            if word_e[e] == word_i[i]:
                shared[0, size], shared[1, size] = place_e[e], place_i[i]
                for k in range(size):
                    if (place_e[e] - shared[0, k]) * (place_i[i] - shared[1, k]) < 0:
                        count[j] += 1
                size += 1
                e += 1
                i += 1
            elif word_e[e] < word_i[i]:
                e += 1
            else:
                i += 1
        count[j] = min(count[j], most)
    return count
