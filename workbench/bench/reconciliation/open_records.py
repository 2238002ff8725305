"""What is open: both sides beside each other, and what of them is selected."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from workbench.bench.reconciliation.column_order import open_first
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import Part
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, words
from workbench.reconciliation.tables import GROUP, OPEN_AMOUNT
from workbench.sides import DATE_COLUMN, ID_COLUMN, SIDES, Side

CHOOSE = "Choose records to match or exclude them, or to see what comes closest. Press ? for the keys."
NOTHING_OPEN = "Nothing is open: every record that takes part is matched."
TITLES = {"counted_amount": "amount", "compared_date": "date"}  # titles where both columns are the record's own
SIDE_BY_SIDE = {"grid_template_columns": "repeat(auto-fit, minmax(min(100%, 30em), 1fr))", "grid_gap": "0 16px"}


class OpenRecords(Part):
    """A table for each side, each group in a line that opens.

    Ticked rows are ``state.selected``; the last one that was ticked is ``state.chosen``.
    """

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.hint = words("")
        self.tables: dict[str, TableView] = {
            side: TableView(NOTHING, f"Unmatched {side} records", selectable=True, named=ID_COLUMN[side])
            for side in SIDES
        }
        self._open: dict[str, set[str]] = {side: set() for side in SIDES}
        self._filling = False
        for side, view in self.tables.items():
            view.observe(lambda _, side=side: self._ticked(side), "picked")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._show_selected(), "selected")
        super().__init__("open", self.hint, ipywidgets.GridBox(list(self.tables.values()), layout=SIDE_BY_SIDE))

    def show(self) -> None:
        """Show what the result left open; of the side that was chosen last, the next open record is chosen."""
        result = self.state.result
        side, name = self.state.chosen
        names = [name, *self.tables[side].following(ID_COLUMN[side], name)] if name else []
        self._filling = True
        for shown in SIDES:
            view = self.tables[shown]
            table = result.tables[f"unmatched_{shown}"]
            self._open[shown] = set(table[ID_COLUMN[shown]].to_pylist())
            named = {"counted_amount": "amount", "compared_date": DATE_COLUMN[shown]}
            same = {counted: name for counted, name in named.items() if table[counted] == table[name]}
            view.show(
                open_first(table.drop_columns(list(same.values())), shown),
                titles={counted: TITLES[counted] for counted in same},
                groups=table[GROUP] if GROUP in table.column_names else None,
                summed=(OPEN_AMOUNT, "counted_amount", "amount"),
            )
        self._filling = False
        say(self.hint, CHOOSE if any(len(view.table) for view in self.tables.values()) else NOTHING_OPEN, "hint")
        self._choose(side, names)

    def _choose(self, side: Side, names: Sequence[str]) -> None:
        """Choose the first of these records that is open: the one that was chosen, or one that stood near it."""
        chosen = next((name for name in names if name in self._open[side]), "")
        self.state.selected = {side: (chosen,)} if chosen else {}
        self.state.chosen = (side, chosen)

    def _show_selected(self) -> None:
        """Tick what is selected, whoever selected it."""
        self._filling = True
        for side, view in self.tables.items():
            wanted = self._open[side].intersection(self.state.selected.get(side, ()))
            if set(view.chosen(ID_COLUMN[side])) != wanted:
                view.pick(ID_COLUMN[side], wanted)
        self._filling = False

    def _ticked(self, side: Side) -> None:
        if self._filling:
            return
        ticked = self.tables[side].chosen(ID_COLUMN[side])
        self.state.select(side, self._open[side], ticked)
        if ticked:
            self.state.chosen = (side, ticked[-1])
