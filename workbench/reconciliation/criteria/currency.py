"""Currency: the same on both sides, as it is by every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.window import Window


@dataclass(frozen=True)
class CurrencyField(Field):
    """Currencies: no pair of two is ever looked at, so that none fails."""

    def words(self, criterion: Criterion) -> str:  # noqa: ARG002
        """The criterion in plain words."""
        return "the currencies are the same"

    def narrow(self, criterion: Criterion, window: Window) -> Window:  # noqa: ARG002
        """Nothing that is not so already."""
        return window

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:  # noqa: ARG002
        """None."""
        return np.zeros(len(pairs), bool)

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:  # noqa: ARG002
        """Nothing."""
        return np.zeros(len(pairs))

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:  # noqa: ARG002
        """No pair fails: there is nothing to say."""
        words = pa.array([""] * len(pairs), pa.string())
        return Misses(np.zeros(len(pairs), np.int64), 0, pa.nulls(len(pairs), DRIFT), words)


CURRENCY = declare(CurrencyField("currency", ("equals",)))
