"""What the shapes of agreement cost beside the plain ones: windows of pairs, business days, groups of any column.

``python benchmarks/shapes.py`` measures and rewrites ``benchmarks/SHAPES.md``. Each run of a shape stands beside a run
of the plain rule that it is compared with, on the same records in the same process, since machines are noisy; the
first of each is not counted, as it compiles.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import workbench as wb
from benchmarks.generate import generate

PAGE = Path(__file__).with_name("SHAPES.md")
DAY = 86400
HOLIDAYS = [f"2025-{day}" for day in ("01-01", "04-18", "04-21", "05-01", "05-29", "06-09", "10-03", "12-25", "12-26")]
ALLOWED = 1.5
AMOUNT, REFERENCE = wb.Criterion("amount"), wb.Criterion("reference")
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """A rule, and the plain one that it is compared with; ``legs`` says which side has two records for each."""

    what: str
    plain: list[wb.Criterion]
    shaped: list[wb.Criterion]
    legs: str = ""
    plain_options: Options = field(default_factory=dict)
    options: Options = field(default_factory=dict)


THREE_DAYS = [AMOUNT, wb.Criterion("date", "equals", 3 * DAY)]
SHAPES = (
    Shape("a pair of days, up to three late", THREE_DAYS, [AMOUNT, wb.Criterion("date", "equals", (0, 3 * DAY))]),
    Shape(
        "a pair of days, a day early to five late",
        THREE_DAYS,
        [AMOUNT, wb.Criterion("date", "equals", (-DAY, 5 * DAY))],
    ),
    Shape("three business days", THREE_DAYS, [AMOUNT, wb.Criterion("date", business_days=3)]),
    Shape(
        "three business days, with holidays",
        THREE_DAYS,
        [AMOUNT, wb.Criterion("date", business_days=(0, 3), calendar=HOLIDAYS)],
    ),
    Shape(
        "a pair of amounts, beside a reference",
        [REFERENCE, wb.Criterion("amount", "equals", "0.03")],
        [REFERENCE, wb.Criterion("amount", "equals", ("-0.03", 0), expected="-0.02")],
    ),
    Shape(
        "a reference in another column",
        [REFERENCE, AMOUNT],
        [wb.Criterion("reference", external="order_no", internal="order_no"), AMOUNT],
    ),
    Shape(
        "one_to_many by another column",
        [AMOUNT, REFERENCE],
        [AMOUNT, REFERENCE],
        "internal",
        {"strategy": "one_to_many", "grouping_criteria": "reference"},
        {"strategy": "one_to_many", "grouping_criteria": "order_no"},
    ),
    Shape(
        "one_to_many by a member of a JSON object",
        [AMOUNT, REFERENCE],
        [AMOUNT, REFERENCE],
        "internal",
        {"strategy": "one_to_many", "grouping_criteria": "reference"},
        {"strategy": "one_to_many", "grouping_criteria": "meta_data.order"},
    ),
    Shape(
        "many_to_one by another column",
        [AMOUNT, REFERENCE],
        [AMOUNT, REFERENCE],
        "external",
        {"strategy": "many_to_one", "grouping_criteria": "reference"},
        {"strategy": "many_to_one", "grouping_criteria": "order_no"},
    ),
    Shape(
        "many_to_many by a key of each side",
        [AMOUNT, REFERENCE],
        [AMOUNT, REFERENCE],
        "internal",
        {"strategy": "one_to_many", "grouping_criteria": "reference"},
        {"strategy": "many_to_many", "grouping_criteria": {"external": "order_no", "internal": "reference"}},
    ),
)
HEAD = f"""# Shapes: what they cost beside the plain ones

`python benchmarks/shapes.py` wrote this page. Each row is a run of one rule beside the plain rule of its kind: three
days either way, amounts within 3 % of an equal reference, groups by `reference`. Both reconcile the same records, which
are read before, and both assemble the whole result. They may cost at most {ALLOWED} times the plain one. Medians.
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--only", default="", help="only shapes that are called so, or in part")
    options = parser.parse_args()
    books = {legs: read(options.records, legs) for legs in ("", "external", "internal")}
    sizes = {legs: f"{len(external):,} x {len(internal):,}" for legs, (external, internal) in books.items()}
    lines = ["| shape | records | plain | shaped | ratio | matches, plain and shaped |", "|---|---|---|---|---|---|"]
    for shape in SHAPES:
        if options.only in shape.what:
            lines.append(row(shape, sizes[shape.legs], measure(shape, books[shape.legs], options.repeat)))
            print(lines[-1], flush=True)
    options.page.write_text(f"{HEAD}\n{chr(10).join(lines)}\n", encoding="utf-8")


def read(records: int, legs: str) -> tuple[wb.Records, wb.Records]:
    """Both sides; those of ``legs`` with two records in place of each."""
    sample = generate(records)
    tables = {"external": with_keys(sample.external), "internal": with_keys(sample.internal)}
    if legs:
        tables[legs] = in_two(tables[legs])
    return wb.read_external(tables["external"]), wb.read_internal(tables["internal"])


def with_keys(table: pa.Table) -> pa.Table:
    """The reference once more, in a column that nobody knows and in a JSON object; its own where a record has none."""
    order = pc.coalesce(table["reference"], table[0])
    table = table.set_column(table.column_names.index("reference"), "reference", order)
    json = pc.binary_join_element_wise('{"order":"', order, '","channel":"web"}', "")
    return table.append_column("order_no", order).append_column("meta_data", json)


def in_two(table: pa.Table) -> pa.Table:
    """Each record as two, of a third of its amount and of the rest."""
    name = "amount" if "amount" in table.column_names else "precise_amount"
    amount = table[name]
    third = pc.divide(amount, 3) if name != "amount" else pc.divide(amount, 3).cast(amount.type, safe=False)
    rest = pc.subtract(amount, third).cast(amount.type)
    place = table.column_names.index(name)
    halves = [
        table.set_column(place, name, part).set_column(
            0, table.column_names[0], pc.binary_join_element_wise(table[0], ending, "-")
        )
        for part, ending in ((third, "1"), (rest, "2"))
    ]
    return pa.concat_tables(halves)


def measure(shape: Shape, books: tuple[wb.Records, wb.Records], repeat: int) -> list[tuple[float, float, int, int]]:
    """Seconds of the plain rule and of the shape beside it, and how many matches each makes."""
    found = []
    for _ in range(repeat + 1):
        plain = timed(books, shape.plain, shape.plain_options)
        shaped = timed(books, shape.shaped, shape.options)
        found.append((plain[0], shaped[0], plain[1], shaped[1]))
    return found[1:]


def timed(books: tuple[wb.Records, wb.Records], criteria: list[wb.Criterion], options: Options) -> tuple[float, int]:
    """Seconds of a reconciliation by one rule, and its matches."""
    start = time.perf_counter()
    result = wb.reconcile(*books, rules=[wb.Rule("Rule", criteria)], **options)
    return time.perf_counter() - start, result.summary.rules[0].matches


def row(shape: Shape, size: str, runs: list[tuple[float, float, int, int]]) -> str:
    """A line of the table."""
    plain, shaped = (median(run[place] for run in runs) for place in (0, 1))
    ratio = median(run[1] / run[0] for run in runs)
    matches = f"{runs[0][2]:,}, {runs[0][3]:,}"
    return f"| {shape.what} | {size} | {plain * 1000:.0f} ms | {shaped * 1000:.0f} ms | {ratio:.2f} | {matches} |"


if __name__ == "__main__":
    main()
