"""Charts of a balance reconstruction, each for one question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.balances.history import Timeline
from workbench.balances.money import Money
from workbench.balances.result import Reconstruction
from workbench.charts.style import BLUE, ORANGE, SERIES, bars, beside, figure, number, plain

LARGEST = 15
POINTS = 400  # points of a line, about as many as a browser has pixels for it


def largest_differences(result: Reconstruction, theme: str = "light") -> go.Figure:
    """Which balances are furthest off, in each currency? A bar is a share of the largest difference in its currency."""
    by_currency: dict[str, list[dict[str, Any]]] = {}
    for row in result.tables["discrepancies"].to_pylist():  # the largest first
        by_currency.setdefault(row["currency"], []).append(row)
    most = {currency: abs(rows[0]["difference"]) or Decimal(1) for currency, rows in by_currency.items()}
    ranked = sorted((rank, currency) for currency, rows in by_currency.items() for rank in range(len(rows)))
    rows = [by_currency[currency][rank] for currency, rank in sorted((pair[1], pair[0]) for pair in ranked[:LARGEST])]
    labels = [plain(f"{row['balance_id']} ({row['currency']})") for row in rows]
    shares = [float(100 * row["difference"] / most[row["currency"]]) for row in rows]
    texts = [result.money(row["currency"]).text(int(row["difference"])) for row in rows]
    drawn = bars("difference", labels, shares, texts, SERIES[1], lying=True).update(textposition="none")
    figures = beside([0.0] * len(rows), labels, texts, left=[share >= 0 for share in shares])
    title = "Which balances are furthest off?"
    chart = figure(
        [drawn, figures] if rows else [], title, theme, x="percent of the currency's largest", rows=len(rows)
    )
    return chart.update_layout(showlegend=False).update_yaxes(autorange="reversed").update_xaxes(range=[-105, 105])


def wrong_by_currency(result: Reconstruction, theme: str = "light") -> go.Figure:
    """How many balances of each currency are right, and how many are not?"""
    wrong = result.tables["discrepancies"]["currency"].to_pylist()
    every = result.tables["results"]["currency"].to_pylist()
    currencies = sorted(set(every))
    counts = {
        "as recorded": [every.count(currency) - wrong.count(currency) for currency in currencies],
        "different": [wrong.count(currency) for currency in currencies],
    }
    traces = [
        bars(
            name,
            [plain(currency) for currency in currencies],
            count,
            [number(balances) for balances in count],
            style,
            lying=True,
        )
        for (name, count), style in zip(counts.items(), SERIES, strict=False)
    ]
    chart = figure(traces if every else [], "How many balances are right?", theme, x="balances", rows=len(currencies))
    return chart.update_layout(barmode="stack")


def history(timeline: Timeline, theme: str = "light") -> go.Figure:
    """When did the record of one balance diverge from its transactions?"""
    steps, checks = timeline.steps, timeline.snapshots
    counted = _thinned(steps[steps["part"] == "counted"])
    money = timeline.money
    title = f"When did {plain(timeline.balance_id)} diverge from its transactions?"
    replay = go.Scatter(
        name="replay of the transactions",
        x=counted["created_at"].dt.to_pydatetime().tolist() if len(counted) else [],
        y=_lengths(money, counted["running_balance"]),  # floats are only drawn: the text is exact
        text=_texts(money, counted["running_balance"]),
        customdata=[plain(transaction_id) for transaction_id in counted["transaction_id"]],
        mode="lines",
        line={"shape": "hv", "color": BLUE},
        hovertemplate="%{x}<br>%{customdata}: %{text}<extra></extra>",
    )
    snapshots = _thinned(checks[checks["snapshot_time"].notna()])
    record = go.Scatter(
        name="record: snapshots",
        x=snapshots["snapshot_time"].dt.to_pydatetime().tolist() if len(snapshots) else [],
        y=_lengths(money, snapshots["recorded_balance"]),
        text=_texts(money, snapshots["recorded_balance"]),
        mode="markers",
        marker={
            "symbol": ["x" if diverges else "circle" for diverges in snapshots["diverges"]],
            "size": 11,
            "color": ORANGE,
        },
        hovertemplate="%{x}<br>recorded %{text}<extra></extra>",
    )
    ends = [*replay.x[-1:], *record.x[-1:]]
    now = go.Scatter(
        name="record as it stands",
        x=[max(ends)] if ends else [],
        y=_lengths(money, checks["recorded_balance"][-1:]) if ends else [],
        text=_texts(money, checks["recorded_balance"][-1:]),
        mode="markers",
        marker={"symbol": "diamond-open", "size": 13, "color": ORANGE, "line": {"width": 2}},
        cliponaxis=False,
        hovertemplate="now recorded %{text}<extra></extra>",
    )
    return figure([replay, record, now], title, theme, y=f"balance, {plain(money.unit)}", rows=8)


def _lengths(money: Money, units: pd.Series[Any]) -> list[float]:
    return [float(money.amount(int(balance))) for balance in units]


def _texts(money: Money, units: pd.Series[Any]) -> list[str]:
    return [money.text(int(balance)) for balance in units]


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ``POINTS`` rows or so, evenly taken, with the first, the last and the first that diverges."""
    every = 1 + len(rows) // POINTS
    places = {*range(0, len(rows), every), *range(len(rows))[-1:]}
    if "diverges" in rows:
        places.update(rows["diverges"].to_numpy(bool).nonzero()[0][:1].tolist())
    return rows.iloc[sorted(places)]
