"""What the matching screen takes: with 100,000 open records a side, and as one works with the sample for long.

``python -m benchmarks.screen`` measures and rewrites ``benchmarks/SCREEN.md``. Reading and matching the many records
are not part of it: that begins with a result.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import median
from typing import Any

import ipywidgets
import pandas as pd

import workbench as wb
from benchmarks.screen_in_browser import measured_in_browser
from workbench.bench.reconciliation.screen import MatchingScreen
from workbench.bench.reconciliation.state import BenchState
from workbench.sides import ID_COLUMN

PAGE = Path(__file__).with_name("SCREEN.md")
RULES = [wb.Rule("Reference", [wb.Criterion("reference"), wb.Criterion("amount")])]
TIMES = 5


def records_of(side: str, count: int) -> pd.DataFrame:
    """Records of which none matches one of the other side; their amounts nearly do."""
    numbers = range(count)
    return pd.DataFrame(
        {
            ID_COLUMN[side]: [f"{side}_{number:08}" for number in numbers],
            "amount": [f"{number * 7919 % 10_000_000 / 100 + (side == 'external'):.2f}" for number in numbers],
            "currency": ["EUR" if number % 5 else "USD" for number in numbers],
            "date" if side == "external" else "created_at": [f"2026-01-{1 + number % 28:02}" for number in numbers],
            "reference": [f"R{number:08}" for number in numbers],
            "description": [f"Payment {number}" for number in numbers],
        }
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="on each side")
    parser.add_argument("--times", type=int, default=200, help="runs, and decisions, in the browser; 0: none")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    rows = measured_in_kernel(options.records)
    options.page.write_text(page_of(options.records, rows, measured_in_browser(options.times) if options.times else []))
    print(options.page.read_text())


def measured_in_kernel(count: int) -> list[tuple[str, float, int]]:
    """What is done with so many open records on each side, processor seconds, and bytes to the page."""
    inputs = {"external": wb.read_external(records_of("external", count))}
    inputs["internal"] = wb.read_internal(records_of("internal", count))
    result = wb.reconcile(**inputs, rules=RULES)
    others = set(ipywidgets.widgets.widget._instances)  # of whoever runs this
    state = BenchState(rules=tuple(RULES))
    screen = MatchingScreen(state, lambda: None, lambda: None)
    state.keep(result, inputs, None)
    rows = [("first paint", *measured(lambda: setattr(state, "result", result), 1, others))]
    view = screen.sides.tables["external"]
    places = iter(range(10, 10_000, 7))
    rows += [("the first click on a record", *measured(lambda: setattr(view, "picked", [next(places)]), 1, others))]
    rows += [
        (what, *measured(act, TIMES, others))
        for what, act in {
            "a click on a record": lambda: setattr(view, "picked", [next(places)]),
            "one more record ticked": lambda: setattr(view, "picked", [*view.picked, next(places)]),
            "a range of 1,000 records": lambda: view.pick_range(next(places), next(places) + 1_000),
            "all records, or none": view.pick_all,
            "a search": lambda: setattr(view, "search", f"payment {next(places)}"),
            "another order": lambda: setattr(view, "order", ("counted_amount", not view.order[1])),
            "the next page": lambda: setattr(view, "first", view.first + 25),
        }.items()
    ]
    return rows


def measured(act: Callable[[], Any], times: int, others: Collection[str]) -> tuple[float, int]:
    """Median processor seconds of an act in the kernel, and how many bytes it sends to the page; not of the others."""
    seconds, sent = [], 0
    for _ in range(times):
        before = states(others)
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
        sent = sum(
            len(json.dumps(value, default=str))
            for model, state in states(others).items()
            for name, value in state.items()
            if before.get(model, {}).get(name) != value
        )
    return median(seconds), sent


def states(others: Collection[str]) -> dict[str, dict[str, Any]]:
    """What the page has of every widget but those of others."""
    widgets = ipywidgets.widgets.widget._instances
    return {name: dict(widget.get_state()) for name, widget in widgets.items() if name not in others}


def page_of(count: int, rows: list[tuple[str, float, int]], in_browser: list[tuple[str, str]]) -> str:
    """The page."""
    working = [f"| {what} | {figure} |" for what, figure in in_browser]
    lines = [f"| {what} | {seconds * 1000:,.0f} ms | {sent / 1000:,.0f} kB |" for what, seconds, sent in rows]
    return f"""# The matching screen

`python -m benchmarks.screen` wrote this page.

## With {count:,} open records on each side

Processor time of the kernel, and what of the widgets' state changed and so goes to the page. Medians of {TIMES};
the first two happen once for a result.

| what is done | kernel | to the page |
|---|---|---|
{chr(10).join(lines)}

## As one works with the sample month

In JupyterLab and Chromium, over the wire of the kernel; every other decision takes the one before back. The heap is
without garbage, and is to stay within 100 MB of its start; a decision is to send less than 300 kB.

| what is measured | |
|---|---|
{chr(10).join(working)}
"""


if __name__ == "__main__":
    main()
