"""Sense: what a person sees at once in two records that do not match, such as a swapped digit or a shared reference."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import NAMED, REFERENCES
from workbench.reconciliation.matching import texts
from workbench.reconciliation.matching.units import Pool


def nearness(pool: Pool, external: Ints, internal: Ints) -> tuple[Ints, Ints]:
    """For pairs of units 0 where they share a reference, 1 where they are equal but for sign or currency, 2 for others.

    Of these others, which are far apart: one amount is more than twice the other, or has the other sign.
    """
    amount_e, amount_i = pool.external.amount[external], pool.internal.amount[internal]
    of_two = pool.external.currency[external] != pool.internal.currency[internal]
    alike = np.where(of_two, amount_e == amount_i, amount_e == -amount_i)
    near = np.where(alike.astype(bool) & (amount_e != 0), 1, 2)
    for key in (REFERENCES, NAMED):
        if key in pool.external.texts:
            pair, code_e, code_i = texts.text_pairs(key, pool, external, internal)
            near[pair[code_e == code_i]] = 0
    apart = 2 * abs(amount_e - amount_i) > np.maximum(abs(amount_e), abs(amount_i))
    return near, (near == 2) & apart.astype(bool)


def in_amounts(external: Ints, internal: Ints) -> pa.Array:
    """What makes two amounts differ, behind a sentence that says by how much; empty where there is nothing to see.

    >>> in_amounts(np.array([5400, 5400, 550, 7]), np.array([-5400, 4500, 50, 9])).to_pylist()
    [': it has the other sign', ': two digits are swapped', ': a digit is doubled', '']
    """
    seen = np.full(len(external), "", object)
    small, large = np.minimum(abs(external), abs(internal)), np.maximum(abs(external), abs(internal))
    alike = (small != large) & ((external > 0) == (internal > 0))
    # What is swapped differs by a multiple of 9; what is doubled is 6 to 11 times as much (1199 of 199, 99 of 9).
    for place in np.flatnonzero(alike & ((large - small) % 9 == 0)).tolist():
        seen[place] = ": two digits are swapped" if _swapped(str(small[place]), str(large[place])) else ""
    for place in np.flatnonzero(alike & (large >= 6 * small) & (large <= 11 * small)).tolist():
        seen[place] = ": a digit is doubled" if _doubled(str(small[place]), str(large[place])) else seen[place]
    seen[(external == -internal) & (external != 0)] = ": it has the other sign"
    return pa.array(seen, pa.string())


def _swapped(one: str, other: str) -> bool:
    """Whether two digits that stand beside each other are the other way round."""
    one = one.zfill(len(other))
    places = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    return len(places) == 2 and places[1] == places[0] + 1 and one[places[0]] == other[places[1]]


def _doubled(short: str, long: str) -> bool:
    """Whether the longer number is the shorter one with one of its digits twice."""
    return any(short[: place + 1] + short[place:] == long for place in range(len(short)))
