"""Drawing: a chart as a widget, as wide as there is room."""

from __future__ import annotations

import plotly.graph_objects as go

from workbench.charts.style import CONFIG


def drawing(chart: go.Figure) -> go.FigureWidget:
    """The chart, live; nothing in it leads to the network."""
    widget = go.FigureWidget(chart.update_layout(autosize=True))
    widget._config = CONFIG
    return widget
