"""What counts how much in a rule that weighs, for whoever has to believe its matches."""

from __future__ import annotations

import plotly.graph_objects as go

from workbench.charts.style import SERIES, bars, figure, plain
from workbench.reconciliation.result import Result
from workbench.reconciliation.weights import BIT
from workbench.reconciliation.weights_in_words import Counted, what_counts


def weights(result: Result, theme: str = "light") -> go.Figure:
    """What counts how much? A bar for each piece of evidence of the last rule that weighs, for or against a pair.

    Lengths are bits: 1 doubles the odds that a pair belongs together, -1 halves them. What is rare counts more, so that
    amounts and shared texts stand as they counted on average of the matches.
    """
    counted = [of_rule for of_rule in what_counts(result) if of_rule.rows]
    rows = counted[-1].rows if counted else ()
    of = f" ({plain(counted[-1].rule)})" if counted else ""
    labels = [_label(row) for row in rows]
    traces = [
        bars(
            name,
            [label for label, row in zip(labels, rows, strict=True) if row.on_average == averaged],
            [row.weight / BIT for row in rows if row.on_average == averaged],
            [f"{row.weight / BIT:+.1f}" for row in rows if row.on_average == averaged],
            style,
            lying=True,
        )
        for name, averaged, style in (("the weight", False, SERIES[0]), ("on average of the matches", True, SERIES[1]))
    ]
    chart = figure(
        traces if rows else [], f"What counts how much?{of}", theme, x="bits: 1 doubles the odds", rows=len(rows)
    )
    chart.update_layout(barmode="overlay")
    return chart.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=labels)


def _label(row: Counted) -> str:
    return plain(f"{row.evidence}: {row.level}")
