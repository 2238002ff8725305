"""Words: text on the bench. Whatever comes from data, files or errors is shown as text, never as markup."""

from __future__ import annotations

from html import escape
from typing import Literal

import ipywidgets

Tone = Literal["plain", "heading", "hint", "problem", "good"]


def short(text: str, most: int = 80) -> str:
    """A text from the data as part of a sentence.

    >>> short("a" * 9, 5)
    'aaaa…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def words(text: str, tone: Tone = "plain") -> ipywidgets.HTML:
    """A widget that says ``text``.

    >>> words("<b>Fees</b>").value
    '<div class="wb-plain">&lt;b&gt;Fees&lt;/b&gt;</div>'
    """
    widget = ipywidgets.HTML()
    say(widget, text, tone)
    return widget


def say(widget: ipywidgets.HTML, text: str, tone: Tone = "plain") -> None:
    """Have a widget of ``words`` say something else; problems and progress are read out by screen readers."""
    role = {"problem": ' role="alert"', "good": ' role="status"'}.get(tone, "")
    tag = "h3" if tone == "heading" else "div"
    widget.value = f'<{tag} class="wb-{tone}"{role}>{escape(text)}</{tag}>' if text else ""
