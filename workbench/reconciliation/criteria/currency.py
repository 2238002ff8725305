"""Currency: the same on both sides, as it is by every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.sentences import join
from workbench.reconciliation.criteria.window import Window


@dataclass(frozen=True)
class CurrencyField(Field):
    """Currencies: a rule only looks at pairs of one, so that none fails but as a near miss."""

    def words(self, criterion: Criterion) -> str:  # noqa: ARG002
        """The criterion in plain words."""
        return "the currencies are the same"

    def narrow(self, criterion: Criterion, window: Window) -> Window:  # noqa: ARG002
        """Nothing that is not so already."""
        return window

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:  # noqa: ARG002
        """Which of the pairs are of two currencies."""
        return pairs.external_currency != pairs.internal_currency

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """The whole, where the currencies differ."""
        return self.fails(criterion, pairs).astype(float)

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:  # noqa: ARG002
        """Which currencies: no drift would do."""
        external, internal = (
            pairs.currencies.take(pa.array(codes)) for codes in (pairs.external_currency, pairs.internal_currency)
        )
        words = join("currency is ", external, ", not ", internal)
        return Misses(np.full(len(pairs), -1), 0, pa.nulls(len(pairs), DRIFT), words)


CURRENCY = declare(CurrencyField("currency", ("equals",)))
