"""Refill: put other widgets into a box, and let go of those that stood in it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Iterable, Mapping

import ipywidgets

_DRAWN = 30  # seconds after which a page is done with what it was told to draw, or has been told of something else


def refill(box: ipywidgets.Box, widgets: Iterable[ipywidgets.Widget]) -> None:
    """Show ``widgets`` in ``box``; what it showed before is closed later, or the browser would keep it for ever.

    At once would be too early: a page that has not drawn the box yet would look for what is closed, and draw nothing.

    >>> box = ipywidgets.VBox([ipywidgets.Text("old")])
    >>> [gone] = box.children
    >>> refill(box, [ipywidgets.Text("new")])
    >>> box.children[0].value, gone.comm
    ('new', None)
    """
    gone, box.children = box.children, tuple(widgets)
    close_later(gone)


def close_later(widgets: Iterable[ipywidgets.Widget]) -> None:
    """Close ``widgets`` and all inside them once the page is done with drawing; outside of a kernel at once."""
    if loop := kernel_loop():
        loop.call_later(_DRAWN, _close_all, widgets)
    else:
        _close_all(widgets)


def kernel_loop() -> AbstractEventLoop | None:
    """The loop of this thread, by which a kernel answers clicks; none outside of a kernel."""
    try:
        return get_running_loop()
    except RuntimeError:
        return None


def with_parts(value: object, known: dict[int, ipywidgets.Widget] | None = None) -> dict[int, ipywidgets.Widget]:
    """A widget and all that it has, shown or not, by ``id``: nothing else may use them."""
    known = {} if known is None else known
    if isinstance(value, ipywidgets.Widget) and id(value) not in known:
        known[id(value)] = value
        with_parts(vars(value), known)
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            with_parts(part, known)
    return known


def _close_all(widgets: Iterable[ipywidgets.Widget]) -> None:
    for widget in widgets:
        _close(widget)


def _close(widget: ipywidgets.Widget) -> None:
    for inside in getattr(widget, "children", ()):
        _close(inside)
    for part in ("layout", "style"):
        if hasattr(widget, part):
            getattr(widget, part).close()
    widget.close()
