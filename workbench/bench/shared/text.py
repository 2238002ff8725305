"""Words: text on the bench. Whatever comes from data, files or errors is shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Literal
from unicodedata import bidirectional

import ipywidgets

from workbench.errors import WorkbenchError

Tone = Literal["plain", "heading", "hint", "problem", "caution", "good"]
_RIGHT_TO_LEFT = {"R", "AL"}  # Hebrew and Arabic letters, as Unicode calls them


def short(text: str, most: int = 80) -> str:
    """A text from the data as part of a sentence, whose order it leaves alone if it runs from right to left.

    >>> short("a" * 9, 5)
    'aaaa…'
    >>> short("חשבונית 1")[0], short("חשבונית 1")[-1]
    ('\u2068', '\u2069')
    """
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    runs_left = not cut.isascii() and _RIGHT_TO_LEFT & set(map(bidirectional, cut))
    return f"\N{FIRST STRONG ISOLATE}{cut}\N{POP DIRECTIONAL ISOLATE}" if runs_left else cut


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
    widget.value = line(text, tone)


def say_outcome(widget: ipywidgets.HTML, act: Callable[[], str]) -> None:
    """Have a widget of ``words`` say what ``act`` returns, or why it could not be done."""
    try:
        say(widget, act(), "good")
    except WorkbenchError as error:
        say(widget, str(error), "problem")


def problem_of(check: Callable[[], object]) -> str:
    """What a check says is wrong; empty where it raises no error of the workbench."""
    try:
        check()
    except WorkbenchError as error:
        return str(error)
    return ""


def line(text: str, tone: Tone = "plain") -> str:
    """A text as HTML; nothing where there is none."""
    role = {"problem": ' role="alert"', "good": ' role="status"'}.get(tone, "")
    tag = "h3" if tone == "heading" else "div"
    return f'<{tag} class="wb-{tone}"{role}>{escape(text)}</{tag}>' if text else ""


def list_of(widget: ipywidgets.HTML, sentences: Iterable[str]) -> None:
    """Have a widget of ``words`` list sentences.

    >>> widget = words("")
    >>> list_of(widget, ["a < b"])
    >>> widget.value
    '<ul class="wb-plain"><li>a &lt; b</li></ul>'
    """
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    widget.value = f'<ul class="wb-plain">{items}</ul>' if items else ""


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
