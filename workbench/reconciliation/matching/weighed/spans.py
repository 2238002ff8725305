"""Spans: which of a weight's spans holds a value."""

from __future__ import annotations

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.weights import Span

OUTSIDE = -1  # the number of a value that no span holds


def span_of(spans: tuple[Span, ...], values: Ints) -> Ints:
    """The number of the span that holds each value, or ``OUTSIDE``; spans ascend."""
    low, high = (np.array([getattr(span, name) for span in spans]) for name in ("low", "high"))
    number = np.searchsorted(low, values, side="right") - 1
    return np.where((number >= 0) & (values <= high[number]), number, OUTSIDE)
