"""Looking at a reconstruction: tiles, charts, the balances that differ, and everything else there is."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import pyarrow as pa

from workbench.balances.result import Reconstruction
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.charts import Charts
from workbench.bench.shared.other_tables import OtherTables
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import list_of, show_tiles, words
from workbench.charts.balances import largest_differences, wrong_by_currency
from workbench.charts.style import number
from workbench.tabular import columns_first

FIRST = ("balance_id", "currency", "difference", "most likely", "previous_balance", "recalculated_balance")
OTHERS = {
    "All balances": "results",
    "Right in the balance, though debit and credit are wrong": "offsetting",
    "Transactions that name an unknown balance": "unknown_balances",
    "Transactions in another currency than their balance's": "currency_conflicts",
    "Transactions whose amount is no whole number of units": "problems",
    "Transactions by status, and why they took part or not": "counts",
    "Control totals": "control_totals",
    "Rejected rows": "rejected",
}


class BalancesResults(ipywidgets.VBox):
    """What came out. A row chosen in ``differing`` or in another table opens its balance: ``state.chosen``."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        self.tiles = words("")
        self.remarks = words("")
        self.charts = Charts()
        self.differing = TableView(
            NOTHING, "Balances that differ, the largest difference of each currency first", selectable=True
        )
        self.others = OtherTables(OTHERS, self._table)
        for view in (self.differing, self.others.view):
            view.observe(self._selected, "picked")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._draw(), "theme")
        heading = words("What came out", "heading")
        self.parts = [heading, self.tiles, self.remarks, self.charts, self.differing, self.others]
        super().__init__()
        self.show()

    def show(self) -> None:
        """Show the result, or say that there is none yet."""
        result = self.state.result
        if result is None:
            self.children = [words("Nothing was rebuilt yet: choose Run.", "hint")]
            return
        show_tiles(self.tiles, tiles_of(result))
        list_of(self.remarks, remarks_of(result))
        self._draw()
        self.differing.show(differing_of(result))
        self.others.show()
        self.children = self.parts

    def _draw(self) -> None:
        if self.state.result:
            drawn = (wrong_by_currency, largest_differences)
            self.charts.show([chart(self.state.result, self.state.theme) for chart in drawn])

    def _table(self, name: str) -> pa.Table:
        """A table of the result, its figures in their currencies."""
        return self.state.result.in_currency(name) if self.state.result else NOTHING

    def _selected(self, change: Any) -> None:
        view = change["owner"]
        chosen = view.chosen("balance_id") if "balance_id" in view.table.column_names else []
        balance_ids = [balance_id for balance_id in chosen if balance_id]
        if balance_ids:
            self.state.chosen = str(balance_ids[-1])


def tiles_of(result: Reconstruction) -> dict[str, str]:
    """What stands on the tiles: what is counted, and how much of it there is."""
    summary = result.summary
    unattributed = {row["balance_id"] for row in result.tables["unknown_balances"].select(["balance_id"]).to_pylist()}
    return {
        "balances checked": number(summary["balances"]),
        "balances that differ": number(summary["discrepancies"]),
        "offsetting errors": number(summary["offsetting"]),
        "unknown balances": number(len(unattributed)),
        "transactions counted": f"{number(summary['transactions_counted'])} of {number(summary['transactions_in'])}",
        **{f"{row['currency']}: debits equal credits": "yes" if row["balanced"] else "no" for row in _totals(result)},
    }


def remarks_of(result: Reconstruction) -> tuple[str, ...]:
    """Why the debits of a currency do not equal its credits, where they do not."""
    return tuple(f"{row['currency']}: {row['remark']}." for row in _totals(result) if not row["balanced"])


def _totals(result: Reconstruction) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = result.tables["control_totals"].to_pylist()
    return rows


def differing_of(result: Reconstruction) -> pa.Table:
    """The discrepancies of each currency, the largest first, with the best hypothesis; only the largest have one."""
    hypotheses = result.tables["hypotheses"].to_pylist()
    best = {row["balance_id"]: row["explanation"] for row in hypotheses if row["rank"] == 1}
    largest_first = result.in_currency("discrepancies").drop_columns(["executed_at"])
    table = largest_first.take(np.argsort(largest_first["currency"].to_pylist(), kind="stable"))
    likely = [best.get(balance_id, "") for balance_id in table["balance_id"].to_pylist()]
    table = table.append_column("most likely", pa.array(likely, pa.string()))
    return columns_first(table, *FIRST)
