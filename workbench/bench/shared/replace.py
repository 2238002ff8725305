"""Refill: put other widgets into a box, and let go of those that stood in it."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets


def refill(box: ipywidgets.Box, widgets: Iterable[ipywidgets.Widget]) -> None:
    """Show ``widgets`` in ``box``; what it showed before is closed, or the browser would keep it for ever.

    >>> box = ipywidgets.VBox([ipywidgets.Text("old")])
    >>> [gone] = box.children
    >>> refill(box, [ipywidgets.Text("new")])
    >>> box.children[0].value, gone.comm
    ('new', None)
    """
    gone, box.children = box.children, tuple(widgets)
    for widget in gone:
        _close(widget)


def _close(widget: ipywidgets.Widget) -> None:
    for inside in getattr(widget, "children", ()):
        _close(inside)
    for part in ("layout", "style"):
        if hasattr(widget, part):
            getattr(widget, part).close()
    widget.close()
