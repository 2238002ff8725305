"""Disclosure: what stands behind a button until it is wanted. The headers of ipywidgets' Accordion no key can reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets


class Fold(ipywidgets.VBox):
    """A button that shows and hides ``children``; ``button.value`` says whether they are shown.

    >>> fold = Fold("More settings", [ipywidgets.Text()])
    >>> fold.inside.layout.display
    'none'
    >>> fold.button.value = True
    >>> fold.inside.layout.display
    'flex'
    """

    def __init__(self, title: str, children: Sequence[ipywidgets.Widget]) -> None:
        self.button = ipywidgets.ToggleButton(description=title, layout={"width": "max-content"})
        self.inside = ipywidgets.VBox(children)
        self.button.observe(self._turn, "value")
        self._turn()
        super().__init__([self.button, self.inside])

    def _turn(self, _change: Any = None) -> None:
        self.button.icon = "caret-down" if self.button.value else "caret-right"
        self.inside.layout.display = "flex" if self.button.value else "none"
