"""Tiles: figures of a summary, each above what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import ipywidgets


def show_tiles(widget: ipywidgets.HTML, figures: Mapping[str, str]) -> None:
    """Have a widget of ``words`` show what is counted and how much of it there is: one widget, however many tiles.

    >>> widget = ipywidgets.HTML()
    >>> show_tiles(widget, {"open": "4"})
    >>> widget.value
    '<div class="wb-tiles"><div class="wb-tile"><strong>4</strong><span>open</span></div></div>'
    """
    tiles = (
        f'<div class="wb-tile"><strong>{escape(figure)}</strong><span>{escape(what)}</span></div>'
        for what, figure in figures.items()
    )
    widget.value = f'<div class="wb-tiles">{"".join(tiles)}</div>' if figures else ""
