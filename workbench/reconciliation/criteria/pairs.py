"""Pairs: what criteria get to see of pairs of units, whatever the units are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from workbench.exact import Ints


@dataclass(frozen=True)
class TextPairs:
    """Every text of the one unit beside every text of the other, for many pairs of units.

    ``pair`` is the position of the pair that the texts are of, ``distance`` their Levenshtein distance, ``longer`` the
    length of the longer one.
    """

    pair: Ints
    distance: Ints
    longer: Ints
    texts: Callable[[], tuple[list[str], list[str]]]


@dataclass(frozen=True)
class Pairs:
    """Pairs of units: their amounts as whole numbers at ``scale``, external minus internal date in microseconds.

    ``internal_date`` is in microseconds since 1970; currencies are positions in ``currencies``.

    ``meets_text`` and ``text_pairs`` compare the texts of a criterion, or measure how far they are apart as they stand.
    """

    external_amount: Ints
    internal_amount: Ints
    scale: int
    external_currency: Ints
    internal_currency: Ints
    currencies: pa.Array
    lag: Ints
    internal_date: Ints
    meets_text: Callable[[Any], NDArray[Any]]
    text_pairs: Callable[[Any], TextPairs]

    def __len__(self) -> int:
        return len(self.lag)
