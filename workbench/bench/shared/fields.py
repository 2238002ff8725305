"""Fields: the buttons and the texts that forms are made of, alike in every form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from workbench.bench.shared.layout import FIT, WIDE


def button(label: str, tooltip: str | None = None, act: Callable[[], Any] | None = None) -> ipywidgets.Button:
    """A button as wide as its label; a click calls ``act``.

    >>> button("Say hello", act=lambda: print("hello")).click()
    hello
    """
    made = ipywidgets.Button(description=label, tooltip=tooltip, layout=FIT)
    if act:
        made.on_click(lambda _: act())
    return made


def text_field(label: str, value: str = "", **attributes: Any) -> ipywidgets.Text:
    """A field for a text, which is heard of when it is typed whole; ``attributes`` are those of the widget.

    >>> text_field("Journal", "corrections.ndjson", placeholder="a file").value
    'corrections.ndjson'
    """
    return ipywidgets.Text(value, **{"description": label, "continuous_update": False, "style": WIDE, **attributes})
