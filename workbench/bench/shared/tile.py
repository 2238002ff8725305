"""Tile: one figure of the summary, and what it counts."""

from __future__ import annotations

import ipywidgets

from workbench.bench.shared.layout import BOX
from workbench.bench.shared.text import words


def tile(what: str, value: str) -> ipywidgets.VBox:
    """A figure above what it counts."""
    box = ipywidgets.VBox([words(value), words(what, "hint")], layout={**BOX, "margin": "4px 8px 4px 0"})
    box.add_class("wb-tile")
    return box
