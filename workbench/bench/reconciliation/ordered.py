"""Ordered: items below one another that are moved up and down, added and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets


class Ordered(ipywidgets.VBox):
    """``children`` in an order, each with buttons ``up``, ``down`` and ``drop``, and the field ``first``.

    ``changed`` hears of what people change; ``add`` is the button that has the focus where an item is gone.
    """

    children: tuple[Any, ...]

    def __init__(self, changed: Callable[[], None], add: ipywidgets.Button) -> None:
        self._changed, self._add = changed, add
        super().__init__()

    def show(self, items: Iterable[Any]) -> None:
        """Show these items; their buttons act here."""
        before, self.children = self.children, tuple(items)
        for item in self.children:
            item.up.disabled, item.down.disabled = item is self.children[0], item is self.children[-1]
            if item not in before:
                item.up.on_click(lambda _, item=item: self.move(item, -1))
                item.down.on_click(lambda _, item=item: self.move(item, 1))
                item.drop.on_click(lambda _, item=item: self.remove(item))

    def add(self, item: Any) -> None:
        """Add an item after the last."""
        self._arrange([*self.children, item])
        item.first.focus()

    def move(self, item: Any, by: int) -> None:
        """Move an item so many places down, or up if ``by`` is negative; at an end it stays there."""
        rest = [other for other in self.children if other is not item]
        place = min(max(self.children.index(item) + by, 0), len(rest))
        self._arrange([*rest[:place], item, *rest[place:]])
        item.first.focus()

    def remove(self, item: Any) -> None:
        """Remove an item."""
        self._arrange(other for other in self.children if other is not item)
        self._add.focus()

    def _arrange(self, items: Iterable[Any]) -> None:
        self.show(items)
        self._changed()
