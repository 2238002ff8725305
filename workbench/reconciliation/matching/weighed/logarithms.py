"""Logarithms to base 2 in hundredths, as whole numbers: the same on every machine."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints, distinct
from workbench.reconciliation.weights import BIT

_NEAR = 1e-6  # in hundredths; floating point is far more exact than this


def log2(values: Ints) -> Ints:
    """The logarithm of whole numbers of at least 1, in hundredths, rounded down.

    >>> log2(np.array([1, 2, 3, 1024])).tolist()
    [0, 100, 158, 1000]
    """
    hundredths = np.log2(values.astype(np.float64)) * BIT
    whole = np.floor(hundredths).astype(np.int64)
    # Machines may round differently next to a whole hundredth: such logarithms are worked out in whole numbers.
    near = np.flatnonzero(np.abs(hundredths - np.rint(hundredths)) < _NEAR)
    known = distinct(values[near])
    exact = np.array([_log2(int(value)) for value in known.tolist()], np.int64)
    whole[near] = exact[np.searchsorted(known, values[near])]
    return whole


def log_ratio(part: int, whole: int) -> int:
    """The logarithm of a ratio, of which neither part is less than 1."""
    return _log2(max(part, 1)) - _log2(max(whole, 1))


def _log2(value: int) -> int:
    """The number of binary digits of the hundredth power is the logarithm, found without a rounding error."""
    return (value**BIT).bit_length() - 1
