"""What criteria on numbers share: how far a difference is past what is allowed, and sentences for many pairs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints


def past(operator: str, difference: Ints, low: Ints | int, high: Ints | int) -> Ints:
    """How much each difference, external minus internal, is past what is allowed; 0 where it is allowed."""
    if operator == "equals":
        return np.maximum(np.maximum(low - difference, difference - high), 0)
    return np.maximum((1 - difference) if operator == "greater_than" else (1 + difference), 0)


def join(*pieces: str | pa.Array) -> pa.Array:
    """A sentence for each pair."""
    return pc.binary_join_element_wise(*pieces, "")
