"""Control totals in the report: what became of what came in, and the bridge from one side's total to the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
from IPython.display import HTML

from workbench.reconciliation.result import Result
from workbench.reconciliation.result_tables.differences import differences_in_words
from workbench.reconciliation.tables import PARTS
from workbench.reports.shared import file
from workbench.reports.tables import show
from workbench.tabular import filled

Row = Mapping[str, Any]
Step = tuple[str, str, Decimal | None]  # currency, what it is, and the amount, with the sign that it counts with
NOTHING = Decimal(0)


def control_totals(result: Result) -> HTML:
    """What came in and what became of it, in count and in amount."""
    return HTML("".join(_totals(result, measure) for measure in ("records", "amount")))


def bridge(result: Result) -> HTML:
    """From the external total to the internal one of each currency: all that lies between, to the last digit."""
    totals = result.tables["control_totals"]
    steps = list(steps_between(totals.to_pylist(), result.tables["differences"].to_pylist()))
    currencies, words, amounts = (list(column) for column in zip(*steps, strict=True)) if steps else ([], [], [])
    money = pa.array(amounts, totals["amount_in"].type)
    field = pa.field("amount", money.type, metadata=totals.schema.field("amount_in").metadata)
    schema = pa.schema([("currency", pa.string()), ("from the external to the internal total", pa.string()), field])
    rows = pa.Table.from_arrays([pa.array(currencies, pa.string()), pa.array(words, pa.string()), money], schema=schema)
    differ = differences_in_words(result.tables["differences"])
    shown = show(rows, "From the external to the internal total", most=max(len(rows), 1)).data
    return HTML(f"<p>{differ[0].upper()}{differ[1:]}.</p>{shown}{_details(result)}")


def _details(result: Result) -> str:
    """At which rates currencies were crossed, and the entries that a ledger can post of what matches differ by."""
    shown = ""
    if "conversions" in result.tables:
        shown += show(result.tables["conversions"], "Conversions", file=file("conversions")).data
    if "adjustments" in result.tables:
        table = result.tables["adjustments"].drop(["precise_amount", "precision"])
        shown += show(filled(table), "Adjustments", file=file("adjustments")).data
    return shown


def steps_between(totals: list[Row], differences: list[Row]) -> Iterator[Step]:
    """The steps from the external to the internal total of each currency; all but the last sum to the last.

    Of a part that nobody knows, because an amount cannot be read, the amount is none.
    """
    for currency in sorted({row["currency"] for row in totals}):
        sides = {row["side"]: row for row in totals if row["currency"] == currency}
        external, internal = sides.get("external", {}), sides.get("internal", {})
        yield currency, "external records", external.get("amount_in", NOTHING)
        for part in PARTS[1:]:
            if external.get(f"records_{part}"):
                yield currency, f"less external records {part}", _negative(external[f"amount_{part}"])
        for row in differences:
            if row["currency"] == currency:
                account = f", {row['account']}" if row["account"] else ""
                yield currency, f"less what matches differ by: {row['rule']}{account}", _negative(row["difference"])
        for part in PARTS[1:]:
            if internal.get(f"records_{part}"):
                yield currency, f"plus internal records {part}", internal[f"amount_{part}"]
        yield currency, "internal records", internal.get("amount_in", NOTHING)


def _negative(amount: Decimal | None) -> Decimal | None:
    """The other sign, with every digit: arithmetic would round to its context's."""
    return None if amount is None else amount.copy_negate() if amount else amount


def _totals(result: Result, measure: str) -> str:
    parts = [f"{measure}_{part}" for part in ("in", *PARTS)]
    table = result.tables["control_totals"].select(["side", "currency", *parts])
    named = table.rename_columns(["side", "currency", "in", *PARTS])
    return show(named, f"Control totals: {measure}", file=file("control_totals")).data
