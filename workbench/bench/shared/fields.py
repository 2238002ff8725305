"""Fields: what forms are made of, alike in every form, and how it is laid out, so that it fits a narrow page too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

WIDE = {"description_width": "initial"}  # the style of a field: its label is as wide as its words
FIT = {"width": "max-content"}
ROOM = {"width": "min(100%, 40em)"}
ROW = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "0 8px"}
TO_THE_RIGHT = "2px 2px 2px auto"  # the margin that pushes a widget, and all that follow it, to the end of the row


class Part(ipywidgets.VBox):
    """A part of a bench: ``children`` below one another, in the class ``wb-NAME``."""

    def __init__(self, name: str, *children: ipywidgets.Widget) -> None:
        super().__init__(children)
        self.add_class(f"wb-{name}")


def button(label: str, tooltip: str | None = None, act: Callable[[], Any] | None = None) -> ipywidgets.Button:
    """A button as wide as its label; a click calls ``act``.

    >>> button("Say hello", act=lambda: print("hello")).click()
    hello
    """
    made = ipywidgets.Button(description=label, tooltip=tooltip, layout=FIT)
    if act:
        made.on_click(lambda _: act())
    return made


def choice_field(label: str, choices: Sequence[Any], **attributes: Any) -> ipywidgets.Dropdown:
    """A field for one of ``choices``, values or pairs of a label and a value."""
    return ipywidgets.Dropdown(**{"options": choices, "description": label, "style": WIDE, "layout": FIT, **attributes})


def tick_field(label: str, *, value: bool = False) -> ipywidgets.Checkbox:
    """A box to tick."""
    return ipywidgets.Checkbox(value, description=label, indent=False, style=WIDE, layout=FIT)


def text_field(label: str, value: str = "", **attributes: Any) -> ipywidgets.Text:
    """A field for a text, which is heard of when it is typed whole; ``attributes`` are those of the widget.

    >>> text_field("Journal", "corrections.ndjson", placeholder="a file").value
    'corrections.ndjson'
    """
    return ipywidgets.Text(value, **{"description": label, "continuous_update": False, "style": WIDE, **attributes})
