"""Charts: figures in the page that are kept and drawn anew in place; plotly's code is sent once for a bench."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import plotly.graph_objects as go
import plotly.offline
from traitlets import Dict, List, Unicode, default

from workbench.charts.style import CONFIG


class Plotly(anywidget.AnyWidget):
    """Brings plotly's own code into the page, for all charts of a bench: it is 5 MB.

    The code is no module of the widget's own: a widget that takes two seconds to load is given up, and with it all
    that stands beside it.
    """

    _esm = Path(__file__).with_name("plotly.js")
    source = Unicode().tag(sync=True)

    @default("source")
    def _library(self) -> str:
        source: str = plotly.offline.get_plotlyjs()
        return source


class Charts(anywidget.AnyWidget):
    """Shows ``figures`` beneath one another or side by side, as there is room; other figures are drawn in their place.

    >>> shown = Charts()
    >>> shown.show([go.Figure(layout={"title": {"text": "How many?"}})])
    >>> shown.figures[0]["layout"]["title"]["text"]
    'How many?'
    """

    _esm = Path(__file__).with_name("charts.js")
    figures: Any = List().tag(sync=True)  # the figures in plotly's JSON form
    config: Any = Dict(CONFIG).tag(sync=True)

    def show(self, figures: Sequence[go.Figure]) -> None:
        """Show these figures instead of those before."""
        self.figures = [json.loads(figure.to_json()) for figure in figures]
