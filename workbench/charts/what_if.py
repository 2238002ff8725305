"""What-if: how many records would match at each drift."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from workbench.charts.style import BLUE, ORANGE, figure, plain


def match_rate(
    stops: Sequence[str], matched: Sequence[int | None], total: int, *, now: int, theme: str = "light"
) -> go.Figure:
    """How many external records would be matched at each drift? ``now`` is the stop that is in use.

    ``stops`` name the drifts in order; ``matched`` is none where nobody has weighed it.
    """
    labels = [plain(stop) for stop in stops]
    shares = [None if count is None else 100 * count / total if total else 0.0 for count in matched]
    texts = ["not weighed" if count is None else f"{count:,} of {total:,}" for count in matched]
    hover = "%{x}: %{text}<extra></extra>"
    line = go.Scatter(
        name="matched",
        x=labels,
        y=shares,
        text=texts,
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 7},
        hovertemplate=hover,
    )
    chosen = go.Scatter(
        name="in use",
        x=[labels[now]],
        y=[shares[now]],
        text=[texts[now]],
        mode="markers",
        marker={"size": 13, "color": ORANGE, "symbol": "diamond"},
        hovertemplate=hover,
    )
    chart = figure(
        [line, chosen], "How many would match at which tolerance?", theme, x="tolerance", y="percent matched", rows=6
    )
    chart.update_yaxes(autorangeoptions={"clipmin": 0, "clipmax": 100})  # also where nothing matches at any stop
    return chart.update_xaxes(type="category", categoryarray=labels, tickangle=-40)
