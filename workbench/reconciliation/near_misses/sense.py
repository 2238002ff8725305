"""Sense: what a person sees at once in two records that do not match, such as a swapped digit or a shared reference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.exact import Ints
from workbench.reconciliation.criteria.text_key import NAMED, REFERENCES
from workbench.reconciliation.matching import text_criteria
from workbench.reconciliation.matching.units import Pool

_PLACES = 16  # digits of amounts that 64 bits hold with one digit more, and one place to look at


def nearness(pool: Pool, external: Ints, internal: Ints) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
    """For pairs of units 0 where they share a reference, 1 where they are equal but for sign or currency, 2 for others.

    Then which amounts are equal but for a mistyped digit, and which of the others are far apart: one amount is more
    than twice the other, or has the other sign.
    """
    amount_e, amount_i = pool.external.amount[external], pool.internal.amount[internal]
    of_two = pool.external.currency[external] != pool.internal.currency[internal]
    alike = np.where(of_two, amount_e == amount_i, amount_e == -amount_i)
    near = np.where(alike.astype(bool) & (amount_e != 0), 1, 2)
    for key in (REFERENCES, NAMED):
        if key in pool.external.texts:
            pair, code_e, code_i = text_criteria.text_pairs(key, pool, external, internal)
            near[pair[code_e == code_i]] = 0
    apart = 2 * abs(amount_e - amount_i) > np.maximum(abs(amount_e), abs(amount_i))
    mistyped = ~of_two & (in_amounts(amount_e, amount_i) != "")
    return near, mistyped, (near == 2) & apart.astype(bool) & ~mistyped


def slips(amounts: Ints) -> Iterator[tuple[str, Ints]]:
    """Each mistake in typing that people make, and what ``amounts``, in smallest units, were with it or without it.

    Two digits that stand beside each other are swapped, a digit is doubled, or a doubled one stands only once: an array
    for each place. An amount that a mistake does not change stays as it is.
    """
    size, sign = abs(amounts), np.where(amounts < 0, -1, 1)
    places = len(str(size.max(initial=0)))
    size = size.astype(object if places > _PLACES else np.int64)
    digits = [size // 10**place % 10 for place in range(places + 1)]
    for place, (digit, before) in enumerate(pairwise(digits)):
        yield "two digits are swapped", sign * (size + 9 * 10**place * (digit - before))
    for place, (digit, before) in enumerate(pairwise(digits)):
        unit = 10**place
        yield "a digit is doubled", sign * (size // unit * (10 * unit) + digit * unit + size % unit)
        once = size // (10 * unit) * unit + size % unit
        yield "a digit is doubled", sign * np.where(digit == before, once, size)


def in_amounts(external: Ints, internal: Ints) -> NDArray[np.object_]:
    """What makes two amounts differ: words for each pair, empty where there is nothing to see.

    >>> in_amounts(np.array([5400, 5400, 550, 7]), np.array([-5400, 4500, 50, 9])).tolist()
    ['it has the other sign', 'two digits are swapped', 'a digit is doubled', '']
    """
    seen = np.full(len(external), "", object)
    differ = external != internal
    for mistake, amounts in slips(external):
        seen[(differ & (amounts == internal)).astype(bool)] = mistake
    seen[(differ & (external == -internal)).astype(bool)] = "it has the other sign"
    return seen
