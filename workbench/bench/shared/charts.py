"""Charts: figures in the page that are kept and drawn anew in place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import plotly.graph_objects as go
from traitlets import Dict, List

from workbench.charts.style import CONFIG


class Charts(anywidget.AnyWidget):
    """Shows ``figures`` beneath one another or side by side, as there is room; other figures are drawn in their place.

    >>> shown = Charts()
    >>> shown.show([go.Figure(layout={"title": {"text": "How many?"}})])
    >>> shown.figures[0]["layout"]["title"]["text"]
    'How many?'
    """

    _esm = Path(__file__).with_name("charts.js").read_text(encoding="utf-8")
    figures: Any = List().tag(sync=True)  # the figures in plotly's JSON form
    config: Any = Dict(CONFIG).tag(sync=True)

    def show(self, figures: Sequence[go.Figure]) -> None:
        """Show these figures instead of those before."""
        self.figures = [json.loads(figure.to_json()) for figure in figures]
