"""What came out of a reconciliation: tiles, and every table that has no place of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from workbench.amounts import amount_text
from workbench.bench.reconciliation.column_order import in_order
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import Part
from workbench.bench.shared.other_tables import OtherTables
from workbench.bench.shared.table import NOTHING
from workbench.bench.shared.text import show_tiles, words
from workbench.charts.style import number
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import PARTS
from workbench.sides import ID_COLUMN, SIDES

STATEMENTS = "Account statements"
OTHERS = {
    "Near misses": "near_misses",
    "Suggestions": "suggestions",
    "Control totals": "control_totals",
    STATEMENTS: "statements",
    "Differences": "differences",
    "Adjustments": "adjustments",
    "Conversions": "conversions",
    "Excluded records": "excluded",
    "Rejected rows": "rejected",
}
MOST_CURRENCIES = 3  # currencies that a tile shows


class ResultsForm(Part):
    """What came out, in a few figures and in all tables that stand nowhere else.

    Of a row that is chosen in these, ``open_story`` shows everything that is known of its records.
    """

    def __init__(self, state: BenchState, open_story: Callable[[], None]) -> None:
        self.state, self.open_story = state, open_story
        self.tiles = words("")
        self.others = OtherTables(OTHERS, self._table)
        self.others.view.observe(lambda _: self._pick(), "picked")
        self.parts = [words("What came out", "heading"), self.tiles, self.others]
        state.observe(lambda _: self.show(), "result")
        super().__init__("results")
        self.show()

    def show(self) -> None:
        """Show the result, or say that there is none yet."""
        result = self.state.result
        if result is None:
            self.children = [words("Nothing was reconciled yet: choose Run.", "hint")]
            return
        show_tiles(self.tiles, tiles_of(result))
        self.others.show()
        self.children = self.parts

    def _table(self, name: str) -> pa.Table:
        return in_order(self.state.result, name) if self.state.result else NOTHING

    def _pick(self) -> None:
        """Have everything told that is known of the records of the row that was chosen last."""
        view = self.others.view
        names = view.table.column_names
        row = view.table.take(view.picked[-1:]).to_pylist()
        if row and "id" in names and "side" in names:
            self.state.story_records = ((row[0]["side"], row[0]["id"]),)
        elif row:
            ids = [(side, row[0].get(f"{side}_transaction_id")) for side in SIDES]
            self.state.story_records = tuple((side, name) for side, name in ids if name)
        if row:
            self.open_story()


def tiles_of(result: Result) -> dict[str, str]:
    """What stands on the tiles: what is counted, and how much of it there is."""
    summary, totals = result.summary, result.tables["control_totals"].to_pylist()
    sums = {
        (side, part): sum(row[f"records_{part}"] for row in totals if row["side"] == side)
        for side in ID_COLUMN
        for part in PARTS
    }
    matched, all_in = summary["matched_transactions"], sum(sums["external", part] for part in PARTS)
    rate = f" ({100 * matched / all_in:.1f} %)" if all_in else ""
    return {
        "external records matched": f"{number(matched)} of {number(all_in)}{rate}",
        "external records open": number(summary["unmatched_transactions"]),
        "internal records open": number(summary["unmatched_internal_transactions"]),
        **_open_money(totals),
        **({"matches by hand": number(summary["matches_by_hand"])} if "matches_by_hand" in summary else {}),
        **{
            f"{side} {part}": number(sums[side, part])
            for part in ("excluded", "rejected")
            for side in ID_COLUMN
            if sums[side, part]
        },
        "control totals": "tie out",
    }


def _open_money(totals: list[dict[str, Any]]) -> dict[str, str]:
    """The external money that is open, debits and credits apart, in the currencies with the most records."""
    rows = [row for row in totals if row["side"] == "external" and row["records_unmatched"]]
    largest = sorted(rows, key=lambda row: (-row["records_unmatched"], row["currency"]))[:MOST_CURRENCIES]
    others = len({row["currency"] for row in rows}) - len(largest)
    money = {
        f"{row['currency']} open, external {part}s": amount_text(row[f"amount_unmatched_{part}"], row["currency"])
        for row in largest
        for part in ("debit", "credit")
        if row[f"amount_unmatched_{part}"]
    }
    return money | ({"other currencies with open external records": number(others)} if others else {})
