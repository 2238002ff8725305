"""Charts of a reconciliation, each for one question. They draw what a result says and compute nothing beyond counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import amount_text, decimals_needed
from workbench.charts.style import COLOURS, GREY, PATTERNS, SERIES, bars, beside, figure, number, plain
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import PARTS, money_open
from workbench.runs.gates.ages import BOUNDS, BUCKETS, cut_off, with_ages
from workbench.sides import SIDES, Side

DAY = 86_400
MAX_CURRENCIES = 6
LETTER = 7.5  # pixels, of a font of 13
MAX_DIGITS = 60  # digits of a sum of two sums, which have 38 each at most
# Upper bounds, each in its own bar; a value larger than the last bound falls into the bar after it.
AGES = (BOUNDS, [*BUCKETS])
SIZES = ([10, 100, 1000, 10_000], ["up to 10", "up to 100", "up to 1,000", "up to 10,000", "over 10,000"])
GAPS = (
    [Decimal(0), Decimal("0.1"), 1, 10, 100],
    ["equal", "up to 0.10", "up to 1", "up to 10", "up to 100", "over 100"],
)
LAGS = (
    [0, 3600, DAY, 3 * DAY, 7 * DAY],
    ["same instant", "up to 1 hour", "up to 1 day", "up to 3 days", "up to 7 days", "over 7 days"],
)


def outcome_by_count(result: Result, theme: str = "light") -> go.Figure:
    """How many records of each side and currency were matched, and what became of the others?"""
    return _outcome(result, "records", "How many records were matched?", theme)


def outcome_by_amount(result: Result, theme: str = "light") -> go.Figure:
    """How much money of each side and currency was matched? Debits and credits are added up, never netted.

    Bars are shares, since currencies do not compare.
    """
    return _outcome(result, "amount", "How much money was matched, gross?", theme)


def by_rule(result: Result, theme: str = "light") -> go.Figure:
    """Which rule matched how much, and how much did people match by hand?"""
    rules, by_hand = result.summary["rules"], result.summary.get("matches_by_hand", 0)
    labels = [plain(f"{number}. {rule['name']}") for number, rule in enumerate(rules, 1)]
    counts = [rule["matches"] for rule in rules]
    if by_hand:
        labels, counts = [BY_HAND, *labels], [by_hand, *counts]
    trace = bars("matches", labels, counts, [f"{count:,}" for count in counts], SERIES[0], lying=True)
    chart = figure([trace], "Which rule matched how much?", theme, x="matches", rows=len(labels))
    return chart.update_xaxes(_ticks(counts)).update_yaxes(autorange="reversed")


def open_by_age(result: Result, theme: str = "light", until: datetime | None = None) -> go.Figure:
    """How old are the open records, counted back from ``until``, by default the latest date in the data?

    What is dated later has no age.
    """
    latest = until or cut_off(result.tables, None)
    days = {side: with_ages(_open(result, side), latest)["age_days"] for side in SIDES}
    ages = {side: days_of_side.filter(pc.greater_equal(days_of_side, 0)) for side, days_of_side in days.items()}
    return _counted(ages, AGES, "How old is what is open?", "open records", theme)


def open_by_amount(result: Result, theme: str = "light") -> go.Figure:
    """How large are the open records?"""
    rows = {side: _open(result, side) for side in SIDES}
    sizes = {side: pc.abs(open_records[money_open(open_records)]) for side, open_records in rows.items()}
    return _counted(sizes, SIZES, "How large is what is open?", "open records", theme)


def amount_differences(result: Result, theme: str = "light") -> go.Figure:
    """How far apart are the amounts of the matches?"""
    gaps = {"matches": pc.abs(_one_row_each(result)["amount_difference"])}
    return _counted(gaps, GAPS, "How far apart are the matched amounts?", "matches", theme)


def date_differences(result: Result, theme: str = "light") -> go.Figure:
    """How far apart are the dates of the matches?"""
    lags = {"matches": pc.abs(_one_row_each(result)["date_difference_seconds"])}
    return _counted(lags, LAGS, "How far apart are the matched dates?", "matches", theme)


def flow(result: Result, theme: str = "light") -> go.Figure:
    """What flows where: from the records of each side to the rule that matched them, or to what else became of them."""
    rows = [(f"{side} records", target, count, part) for side in SIDES for target, count, part in _became(result, side)]
    names = list(dict.fromkeys([f"{side} records" for side in SIDES] + [target for _, target, _, _ in rows]))
    trace = go.Sankey(
        node={"label": [plain(name) for name in names], "color": GREY, "pad": 14, "thickness": 14},
        link={
            "source": [names.index(source) for source, _, _, _ in rows],
            "target": [names.index(target) for _, target, _, _ in rows],
            "value": [count for _, _, count, _ in rows],
            "color": [f"{COLOURS[part]}80" for _, _, _, part in rows],
        },
        valueformat=",",
        arrangement="fixed",
    )
    chart = figure([trace] if rows else [], "What flows where?", theme, rows=max(6, len(names)))
    return chart.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, margin={"r": 30, "b": 20})


def _became(result: Result, side: Side) -> list[tuple[str, int, str]]:
    """For the records of a side: what took them, how many, and which part of the control totals that is."""
    rules, totals = result.summary["rules"], result.tables["control_totals"].to_pylist()
    counts = {part: sum(row[f"records_{part}"] for row in totals if row["side"] == side) for part in PARTS}
    by_rule = [(f"{place}. {rule['name']}", rule[f"matched_{side}"], "matched") for place, rule in enumerate(rules, 1)]
    by_hand = counts["matched"] - sum(count for _, count, _ in by_rule)
    others = [(part, counts[part], part) for part in PARTS if part != "matched"]
    flows = [(BY_HAND, by_hand, "matched"), *by_rule, *others]
    return [(target, count, part) for target, count, part in flows if count]


def _figure(value: int | Decimal, currency: str, needed: Mapping[str | None, int]) -> str:
    return number(value) if isinstance(value, int) else amount_text(value, currency, needed[currency])


def _outcome(result: Result, measure: str, title: str, theme: str) -> go.Figure:
    """A bar for each side and currency, cut into what became of it; the largest currencies where there are many."""
    totals = result.tables["control_totals"].to_pylist()
    currencies = Counter({row["currency"]: 0 for row in totals})
    for row in totals:
        currencies[row["currency"]] += row["records_in"]
    largest = [currency for currency, _ in currencies.most_common(MAX_CURRENCIES)]
    title += f" The {len(largest)} largest of {len(currencies):,} currencies" if len(currencies) > len(largest) else ""
    rows = [row for row in totals if row["currency"] in largest]
    rows = sorted(rows, key=lambda row: (row["currency"], row["side"]))
    labels = [plain(f"{row['currency'] or '(no currency)'} {row['side']}") for row in rows]
    needed = decimals_needed(result.tables["control_totals"])
    values = {part: [_gross(row, measure, part) for row in rows] for part in PARTS}
    values = {part: of_rows for part, of_rows in values.items() if any(of_rows) or part == PARTS[0]}
    sums = [sum(of_row) for of_row in zip(*values.values(), strict=True)]
    traces = []
    for part, of_rows in values.items():
        shares = [float(100 * value / total) if total else 0.0 for value, total in zip(of_rows, sums, strict=True)]
        texts = [
            _figure(value, row["currency"], needed) if value else "" for value, row in zip(of_rows, rows, strict=True)
        ]
        traces.append(bars(part, labels, shares, texts, (COLOURS[part], PATTERNS[part]), lying=True))
    # What is not matched is what a reader looks for, and its bar may be thin: its figure stands behind the bar.
    for trace in traces[1:]:
        trace.update(textposition="none")
    parts = [
        [f"{part} {_figure(of_rows[k], row['currency'], needed)}" for part, of_rows in values.items() if of_rows[k]]
        for k, row in enumerate(rows)
    ]
    behind = [[text for text in texts if not text.startswith("matched")] for texts in parts]
    for texts, row in zip(behind, rows, strict=True):
        if measure == "amount" and row["amount_rejected"] is None:
            texts.append("rejected: not known")
    lines = max((len(texts) for texts in behind), default=0)
    longest = max((len(text) for texts in behind for text in texts), default=0)
    traces.append(beside([100.0] * len(rows), labels, ["<br>".join(texts) for texts in behind]))
    chart = figure(traces if rows else [], title, theme, x="percent", rows=len(rows) + len(rows) * lines // 2)
    chart.update_xaxes(range=[0, 100], tickvals=[0, 20, 40, 60, 80, 100])
    # However narrow the page is: room for the figures, and above the bars for a line of the legend for each part.
    chart.update_layout(margin={"r": 10 + round(LETTER * (longest + 2)), "t": 45 + 20 * len(values)})
    chart.update_layout(height=chart.layout.height + 20 * (len(values) - 2))
    return chart.update_layout(barmode="stack").update_yaxes(autorange="reversed")


def _gross(row: Mapping[str, Any], measure: str, part: str) -> Decimal | int:
    """What a row of the control totals says of a part: its records, or its debits and credits together."""
    if measure == "records":
        return int(row[f"records_{part}"])
    with localcontext(prec=MAX_DIGITS):
        # A rejected amount that cannot be read has no length; that it is not known stands in the control totals.
        return Decimal((row[f"amount_{part}_debit"] or 0) + (row[f"amount_{part}_credit"] or 0))


def _counted(
    values: Mapping[Any, pa.ChunkedArray],
    scale: tuple[Sequence[Any], list[str]],
    title: str,
    what: str,
    theme: str,
) -> go.Figure:
    """Bars of how many values fall between the bounds of ``scale``."""
    bounds, labels = scale
    traces, highest = [], 0
    for (name, column), style in zip(values.items(), SERIES, strict=False):
        within = [pc.sum(pc.less_equal(column, _bound(bound, column.type))).as_py() or 0 for bound in bounds]
        counts = [upper - lower for lower, upper in zip([0, *within], [*within, len(column)], strict=True)]
        traces.append(bars(name, labels, counts, [f"{count:,}" for count in counts], style))
        highest = max(highest, *counts)
    chart = figure(traces if highest else [], title, theme, y=what)
    return chart.update_yaxes(_ticks([highest]))


def _ticks(counts: Sequence[int]) -> dict[str, int]:
    """Few records are counted one by one: there is no half a record."""
    return {"dtick": 1} if max(counts, default=0) <= 5 else {}


def _bound(bound: int | Decimal, kind: pa.DataType) -> pa.Scalar:
    """The largest value of a column's type that is not above ``bound``."""
    if not pa.types.is_decimal(kind):
        return pa.scalar(int(bound), kind)
    whole = min(int(bound * 10**kind.scale), 10**38 - 1)
    return pa.scalar(Decimal(f"{whole}E-{kind.scale}"), kind)


def _open(result: Result, side: Side) -> pa.Table:
    return result.tables[f"unmatched_{side}"]


def _one_row_each(result: Result) -> pa.Table:
    """The first row of each match: a grouped match repeats its differences on every row."""
    matches = result.tables["matches"]
    ids = matches["match_id"].combine_chunks() if len(matches) else pa.array([], pa.string())
    fresh = pc.not_equal(ids[1:], ids[:-1]) if len(ids) > 1 else pa.array([], pa.bool_())
    return matches.filter(pa.concat_arrays([pa.array([True] * min(len(ids), 1), pa.bool_()), fresh]))
