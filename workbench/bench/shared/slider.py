"""Stops: a slider over named values, that the mouse drags and the arrow keys move."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Any as AnyValue
from traitlets import Int, List, Unicode


class Stops(anywidget.AnyWidget):
    """``value`` is the one of the ``options`` (label and value) at which the slider stands.

    >>> stops = Stops("Drift", [("none", 0), ("1 day", 86400)])
    >>> stops.index = 1
    >>> stops.label, stops.value
    ('1 day', 86400)
    """

    _esm = Path(__file__).with_name("slider.js").read_text(encoding="utf-8")
    description = Unicode().tag(sync=True)
    labels = List(Unicode()).tag(sync=True)
    index = Int(0).tag(sync=True)
    value = AnyValue()

    def __init__(self, description: str, options: Sequence[tuple[str, Any]]) -> None:
        super().__init__(description=description)
        self.observe(lambda _: self._moved(), "index")
        self.observe(lambda change: self._place(change["new"]), "value")
        self.offer(options, options[0][1])

    @property
    def label(self) -> str:
        """What the stop is called at which the slider stands."""
        return self.labels[self.index]

    def offer(self, options: Sequence[tuple[str, Any]], value: Any) -> None:
        """Offer other stops, and stand at ``value``, which is one of them."""
        self.options = tuple(options)
        with self.hold_sync():
            self.labels = [label for label, _ in options]
            self.value = value
            self._place(value)

    def _moved(self) -> None:
        self.value = self.options[self.index][1]

    def _place(self, value: Any) -> None:
        self.index = next(place for place, (_, offered) in enumerate(self.options) if offered == value)
