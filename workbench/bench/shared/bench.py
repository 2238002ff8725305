"""Bench: all forms on one page, and beside them the last result as HTML, for when no kernel runs the forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import plotly.offline
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display
from traitlets import Unicode, link

from workbench.bench.shared.fields import Part
from workbench.bench.shared.replace import close_later, with_parts
from workbench.bench.shared.state import State

# Hides the output before the HTML where the forms did not load: it only says so, as the HTML does, too.
ALONE = (
    "<style>.jp-OutputArea-child:not(:has(.wb-bench)):has(+ .jp-OutputArea-child .wb-last) { display: none; }</style>"
)

_SHOWN: dict[str, Bench] = {}  # by the cell that shows it


def _running_cell() -> str | None:
    """The id of the cell that runs; none outside of a notebook."""
    shell: Any = get_ipython  # IPython has no type hints
    parent = getattr(shell(), "parent_header", None) or {}
    return (parent.get("metadata") or {}).get("cellId")


class Page(anywidget.AnyWidget):
    """Brings the style sheet of all forms and plotly's code, and keeps ``state.theme`` as JupyterLab's own.

    The code is 5 MB, and no module of a widget: one that takes two seconds to load is given up, and all beside it.
    """

    _esm = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("bench.css").read_text(encoding="utf-8")
    theme = Unicode("light").tag(sync=True)
    plotly = Unicode().tag(sync=True)

    def __init__(self, state: State) -> None:
        super().__init__(theme=state.theme, plotly=plotly.offline.get_plotlyjs())
        link((state, "theme"), (self, "theme"))


class Bench(Part):
    """``forms`` below one another, on one ``state``."""

    def __init__(self, state: State, forms: Sequence[ipywidgets.Widget]) -> None:
        self._last: Any = None  # the display of the HTML
        super().__init__("bench", Page(state), *forms)
        state.observe(lambda _: self._show_last(), "result")

    def last_result(self) -> str:
        """The result as HTML."""
        return "<p>Nothing was run yet.</p>"

    def _ipython_display_(self, **_options: Any) -> None:
        """Show the forms, and below them the result as HTML, which their style sheet hides while they are there."""
        self._take_cell()
        show: Any = display  # IPython's display has no type hints
        show(self._repr_mimebundle_(), raw=True)
        self._last = show(self._note(), display_id=True)

    def _take_cell(self) -> None:
        """Close the bench that its cell showed before, or kernel and page would keep both; not if another cell does."""
        if cell := _running_cell():
            before, _SHOWN[cell] = _SHOWN.get(cell), self
            if before and before not in _SHOWN.values():
                close_later(with_parts(before).values())

    def _show_last(self) -> None:
        if self._last:
            self._last.update(self._note())

    def _note(self) -> Any:
        page: Any = HTML
        what = "The last result of the bench. Run the cell above (Shift+Enter) to work on it again."
        return page(f'<div class="wb-last">{ALONE}<p>{what}</p>{self.last_result()}</div>')
