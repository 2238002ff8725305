"""Looking at a reconciliation: tiles, charts that answer a question each, what is open, and everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import pyarrow as pa

from workbench.amounts import amount_text
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.charts import Charts
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.layout import FIT, WIDE
from workbench.bench.shared.replace import refill
from workbench.bench.shared.table import TableView
from workbench.bench.shared.text import words
from workbench.bench.shared.tile import tile
from workbench.charts import reconciliation as charts
from workbench.charts.style import number
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import PARTS
from workbench.sides import ID_COLUMN, Side

FIRST = (charts.outcome_by_count, charts.outcome_by_amount)
MORE = (
    charts.by_rule,
    charts.flow,
    charts.open_by_age,
    charts.open_by_amount,
    charts.amount_differences,
    charts.date_differences,
)
OTHERS = {
    "Near misses": "near_misses",
    "Control totals": "control_totals",
    "Differences": "differences",
    "Adjustments": "adjustments",
    "Excluded records": "excluded",
    "Rejected rows": "rejected",
    "Decisions": "decisions",
}
NOTHING = pa.table({"id": pa.array([], pa.string())})
CHOOSE = "Choose a row to see what comes closest to it, or to settle it by hand."
NOTHING_OPEN = "Nothing is open: every record that takes part is matched."
FIRST_COLUMNS = ("counted_amount", "currency", "compared_date", "reference", "description", "reason")
MOST_CURRENCIES = 3  # on tiles


class ResultsForm(ipywidgets.VBox):
    """What came out. Chosen rows are ``state.selected``; the last one of those that are open is ``state.chosen``."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.tiles = ipywidgets.HBox(layout={"flex_flow": "row wrap"})
        self.charts, self.more_charts = Charts(), Charts()
        self.more = Fold("More charts", [self.more_charts])
        self.unmatched = {
            "external": TableView(NOTHING, "Unmatched external records", selectable=True),
            "internal": TableView(NOTHING, "Unmatched internal records", selectable=True),
        }
        self.matches = TableView(NOTHING, "Matches", selectable=True)
        self.pick = ipywidgets.Dropdown(options=tuple(OTHERS.items()), description="Look at", style=WIDE, layout=FIT)
        self.other = TableView(NOTHING, "Near misses")
        self.matched = Fold("What matched", [self.matches])
        self.everything = Fold("Everything else there is", [self.pick, self.other])
        for side, view in self.unmatched.items():
            view.observe(lambda change, side=side: self._open_chosen(side, change["new"]), "selected")
        self.matches.observe(lambda _: self._select(), "selected")
        self.pick.observe(lambda change: self.look_at(change["new"]), "value")
        self.more.button.observe(lambda _: self._draw_more(), "value")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._show_selected(), "selected")
        state.observe(lambda _: self._draw(), "theme")
        super().__init__()
        self.add_class("wb-results")
        self.show()

    def show(self) -> None:
        """Show the result, or say that there is none yet."""
        result = self.state.result
        if result is None:
            self.children = [words("Nothing was reconciled yet: choose Run.", "hint")]
            return
        refill(self.tiles, [tile(what, value) for what, value in tiles_of(result).items()])
        side, name = self.state.chosen
        next_names = [name, *self.unmatched[side].following(ID_COLUMN[side], name)] if name else []
        for side_shown, view in self.unmatched.items():
            view.show(_money_first(result.tables[f"unmatched_{side_shown}"]))
        self.matches.show(result.tables["matches"])
        self.matched.button.description = f"What matched: {len(result.tables['matches']):,} pairs of records"
        self.look_at(self.pick.value)
        self._choose(side, next_names)
        self.children = [
            words("What came out", "heading"),
            self.tiles,
            self.charts,
            self.more,
            words("What is open", "heading"),
            words(CHOOSE if any(len(view.table) for view in self.unmatched.values()) else NOTHING_OPEN, "hint"),
            *self.unmatched.values(),
            self.matched,
            self.everything,
        ]
        self._draw()

    def look_at(self, name: str) -> None:
        """Show another table of the result."""
        if self.state.result:
            titles = {table: title for title, table in OTHERS.items()}
            self.other.show(self.state.result.tables.get(name, NOTHING), titles[name])

    def _draw(self) -> None:
        if self.state.result:
            self.charts.show([chart(self.state.result, self.state.theme) for chart in FIRST])
            self._draw_more()

    def _draw_more(self) -> None:
        """Draw the other charts while they are shown; hidden ones would cost as much."""
        wanted = MORE if self.more.button.value and self.state.result else ()
        self.more_charts.show([chart(self.state.result, self.state.theme) for chart in wanted])

    def _choose(self, side: Side, names: Sequence[str]) -> None:
        """Choose the first of these records that is open: the one that was chosen, or one that stood near it."""
        still_open = set(self.unmatched[side].table[ID_COLUMN[side]].to_pylist())
        chosen = next((name for name in names if name in still_open), "")
        self.state.selected = {side: (chosen,)} if chosen else {}
        self.state.chosen = (side, chosen)

    def _show_selected(self) -> None:
        """Tick what is selected, whoever selected it."""
        selected = {side: set(names) for side, names in self.state.selected.items()}
        for side, view in self.unmatched.items():
            ticked = {row[ID_COLUMN[side]] for row in view.selected}
            wanted = selected.get(side, set()) & set(view.table[ID_COLUMN[side]].to_pylist())
            if ticked != wanted:
                view.pick(ID_COLUMN[side], wanted)
        if any(
            not selected.get(side, set()) >= {row[MATCHED[side]] for row in self.matches.selected} for side in MATCHED
        ):
            self.matches.picked = []

    def _open_chosen(self, side: str, rows: tuple[dict[str, Any], ...]) -> None:
        self._select()
        if rows:
            self.state.chosen = (side, rows[-1][ID_COLUMN[side]])

    def _select(self) -> None:
        """Gather what is chosen in all tables; of a match, all of its records."""
        names = {side: [row[ID_COLUMN[side]] for row in view.selected] for side, view in self.unmatched.items()}
        matches = {row["match_id"] for row in self.matches.selected}
        if matches:
            rows = self.matches.table.select(["match_id", *MATCHED.values()]).to_pylist()
            for side, column in MATCHED.items():
                names[side] += [row[column] for row in rows if row["match_id"] in matches]
        self.state.selected = {side: tuple(dict.fromkeys(ids)) for side, ids in names.items() if ids}


MATCHED = {side: f"{side}_transaction_id" for side in ID_COLUMN}


def tiles_of(result: Result) -> dict[str, str]:
    """What stands on the tiles: what is counted, and how much of it there is."""
    summary, totals = result.summary, result.tables["control_totals"].to_pylist()
    sums = {
        (side, part): sum(row[f"records_{part}"] for row in totals if row["side"] == side)
        for side in ID_COLUMN
        for part in PARTS
    }
    matched, all_in = summary["matched_transactions"], sum(sums["external", part] for part in PARTS)
    rate = f"{100 * matched / all_in:.1f} %" if all_in else "none"
    return {
        "of the external records are matched": rate,
        "external records matched": f"{number(matched)} of {number(all_in)}",
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
    return {
        f"{row['currency']} open, external {part}s": amount_text(row[f"amount_unmatched_{part}"], row["currency"])
        for row in largest
        for part in ("debit", "credit")
        if row[f"amount_unmatched_{part}"]
    }


def _money_first(table: pa.Table) -> pa.Table:
    """The columns in which anything stands: what a record is, its money and its date, then all the rest."""
    filled = [name for name in table.column_names if table[name].null_count < len(table) or not len(table)]
    first = [name for name in (table.column_names[0], *FIRST_COLUMNS) if name in filled]
    return table.select([*first, *(name for name in filled if name not in first)])
