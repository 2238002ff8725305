"""Logarithms to base 2 in hundredths, as whole numbers: the same on every machine."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.weights import BIT


def log2(values: Ints) -> Ints:
    """The logarithm of whole numbers of at least 1, in hundredths, rounded down.

    >>> log2(np.array([1, 2, 3, 1024])).tolist()
    [0, 100, 158, 1000]
    """
    distinct, back = np.unique(values, return_inverse=True)
    # The number of binary digits of the hundredth power is its logarithm, found without a rounding error.
    found = [(int(value) ** BIT).bit_length() - 1 for value in distinct.tolist()]
    return np.array(found, np.int64)[back.reshape(-1)]


def log_ratio(part: int, whole: int) -> int:
    """The logarithm of a ratio, of which neither part is less than 1."""
    over, under = log2(np.array([max(part, 1), max(whole, 1)])).tolist()
    return int(over - under)
