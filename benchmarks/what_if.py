"""How long dragging a drift takes at 100,000 x 100,000 records, beside one ``pandas.merge`` of the same records.

``python benchmarks/what_if.py`` measures and rewrites ``benchmarks/WHAT_IF.md``. Every figure is a ratio to a merge
that runs right beside it, since machines are noisy.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

import workbench as wb
from benchmarks.generate import generate
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.what_if import WhatIf, with_drift

PAGE = Path(__file__).with_name("WHAT_IF.md")
DAY = 86400
RULES = (
    wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")]),
    wb.Rule("Reference, less a fee", [wb.Criterion("reference"), wb.Criterion("amount", "equals", "0.03")]),
    wb.Rule("Amount within 3 days", [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * DAY)]),
    wb.Rule(
        "Nearly the amount, nearly the day",
        [wb.Criterion("amount", "equals", "0.001"), wb.Criterion("date", "equals", DAY)],
    ),
)


@dataclass(frozen=True)
class Drag:
    """A criterion whose drift is dragged, and the stops on the way."""

    what: str
    rule: int
    criterion: int
    stops: tuple[Decimal, ...]


HOURS = tuple(Decimal(3600 * each) for each in (1, 6, 12, 24, 36, 48, 60, 96, 120, 168))
DRAGS = (
    Drag("amount of the first rule: everything anew", 0, 1, tuple(Decimal(each) / 1000 for each in (5, 10, 20, 40))),
    Drag("amount, beside an equal reference", 1, 1, tuple(Decimal(each) / 1000 for each in (0, 5, 10, 15, 20, 25, 40))),
    Drag("date, beside an equal amount", 2, 1, HOURS),
    Drag("amount, beside a drift of the date", 3, 0, tuple(Decimal(each) / 10000 for each in (0, 1, 2, 5, 15, 20, 50))),
    Drag("date, beside a drift of the amount", 3, 1, HOURS),
)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    sample = generate(options.records)
    external, internal = wb.read_external(sample.external), wb.read_internal(sample.internal)
    left, right = external.to_pandas(), internal.to_pandas()
    seconds, what_if = timed(lambda: WhatIf(make_settings(rules=RULES), external, internal))
    lines = [f"Prepared in {seconds:.2f} s, {len(left):,} x {len(right):,} records.", ""]
    lines += ["| dragged | stops | a re-run | one pandas.merge | ratio |", "|---|---|---|---|---|"]
    every: list[tuple[float, float]] = []
    for drag in DRAGS:
        pairs = [measure(what_if, drag, stop, left, right) for stop in drag.stops]
        every += pairs
        lines.append(row(drag.what, pairs))
    lines.append(row("**all**", every))
    print("\n".join(lines))
    options.page.write_text(f"{HEAD}\n{chr(10).join(lines)}\n", encoding="utf-8")


HEAD = """# What if: the median re-run beside one pandas.merge

`python benchmarks/what_if.py` wrote this page. A re-run matches the records again from the first rule that changed on,
and compares: gained, lost and paired differently, in count and money. The merge joins the same records, as the readers
give them, on reference, currency and amount; it runs right before each re-run. Medians.
"""


def measure(what_if: WhatIf, drag: Drag, stop: Decimal, left: pd.DataFrame, right: pd.DataFrame) -> tuple[float, float]:
    """Seconds of a re-run, and of a merge beside it."""
    rules = with_drift(RULES, drag.rule, drag.criterion, stop)
    merge, _ = timed(lambda: left.merge(right, on=["reference", "currency", "amount"]))
    rerun, _ = timed(lambda: what_if.compare(rules))
    return rerun, merge


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what was made."""
    start = time.perf_counter()
    made = act()
    return time.perf_counter() - start, made


def row(what: str, pairs: list[tuple[float, float]]) -> str:
    """A line of the table."""
    rerun, merge = (median(each) for each in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    return f"| {what} | {len(pairs)} | {rerun * 1000:.0f} ms | {merge * 1000:.0f} ms | {ratio:.2f} |"


if __name__ == "__main__":
    main()
