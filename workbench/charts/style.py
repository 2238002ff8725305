"""What all charts share: colours that everyone can tell apart, light and dark, and text that stays text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from workbench.errors import one_of

THEMES = ("light", "dark")
# Okabe and Ito (2008), "Color Universal Design"; a pattern goes with each, so that colour is not the only cue.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#8A8A8A"
COLOURS = {"matched": BLUE, "unmatched": ORANGE, "excluded": GREY, "rejected": PURPLE}
PATTERNS = {"matched": "", "unmatched": "/", "excluded": ".", "rejected": "x"}
SERIES = ((BLUE, ""), (ORANGE, "/"), (GREEN, "\\"), (PURPLE, "x"), (GREY, "."))
_INK = {"light": ("#1f2328", "#d0d7de"), "dark": ("#e6edf3", "#444c56")}

# The settings of plotly's page: a chart stays on the machine, so nothing offers to upload it.
CONFIG = {
    "displaylogo": False,
    "typesetMath": False,  # a dollar sign in the data is a dollar sign
    "responsive": True,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
}


def plain(text: object, most: int = 60) -> str:
    """Text from the data as plotly shows it unchanged: plotly reads some HTML in labels and hover.

    >>> plain("<b>Fees</b>")
    '&lt;b&gt;Fees&lt;/b&gt;'
    """
    shown = str(text)
    return escape(shown if len(shown) <= most else f"{shown[: most - 1]}…", quote=False)


def number(value: int | Decimal) -> str:
    """A number as people read it: thousands apart, no exponent.

    >>> number(Decimal("12345.60")), number(Decimal("1E-7"))
    ('12,345.60', '0.0000001')
    """
    return f"{value:,}" if isinstance(value, int) else f"{value:,f}"


def figure(traces: Sequence[go.Bar], title: str, theme: str, *, x: str = "", y: str = "", rows: int = 8) -> go.Figure:
    """A bar chart with a title that says what it answers; without traces it says that there is nothing to show."""
    one_of(theme, THEMES, "theme")
    ink, line = _INK[theme]
    chart = go.Figure(list(traces))
    lying = any(trace.type == "bar" and trace.orientation == "h" for trace in traces)
    axis = {"gridcolor": line, "zerolinecolor": line, "linecolor": line, "automargin": True}
    chart.update_layout(
        template="none",
        title={
            "text": title,
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 12, "l": 10},
            "font": {"size": 15},
        },
        font={"family": "system-ui, sans-serif", "size": 13, "color": ink},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        modebar={"orientation": "h", "bgcolor": "rgba(0,0,0,0)", "color": line, "activecolor": ink},
        barmode="group",
        uniformtext={"mode": "hide", "minsize": 10},  # a figure without room on its bar shows on hovering
        height=170 + 28 * rows,
        margin={"l": 10, "r": 10, "t": 80, "b": 40},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left", "traceorder": "normal"},
        xaxis={**axis, "title": {"text": x}},
        yaxis={**axis, "title": {"text": y}, "showgrid": not lying},  # a grid would strike through figures on bars
    )
    if not traces:
        chart.update_layout(height=150, xaxis={"visible": False}, yaxis={"visible": False})
        chart.add_annotation(text="nothing to show", showarrow=False, font={"size": 14, "color": ink})
    return chart


def bars(
    name: str,
    labels: Sequence[str],
    lengths: Sequence[float],
    texts: Sequence[str],
    style: tuple[str, str],
    *,
    lying: bool = False,
) -> go.Bar:
    """Bars whose exact figures stand on them as text; a length is only drawn, so there a float will do."""
    along = {"x": list(lengths), "y": list(labels)} if lying else {"x": list(labels), "y": list(lengths)}
    colour, pattern = style
    return go.Bar(
        name=plain(name),
        **along,
        orientation="h" if lying else "v",
        text=list(texts),
        textposition="auto",
        textangle=0,
        hovertemplate="%{label}: %{text}<extra>%{fullData.name}</extra>",
        marker={
            "color": colour,
            "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.8)", "size": 6},
        },
        cliponaxis=False,
    )


def beside(
    places: Sequence[float], labels: Sequence[str], texts: Sequence[str], *, left: Sequence[bool] = ()
) -> go.Scatter:
    """Texts beside lying bars: to the right of ``places``, or to the left where ``left`` says so."""
    sides = left or [False] * len(texts)
    return go.Scatter(
        x=list(places),
        y=list(labels),
        text=[f" {text.replace('<br>', ' <br> ')} " for text in texts],
        textposition=["middle left" if to_left else "middle right" for to_left in sides],
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
