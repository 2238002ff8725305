"""What matched: the pairs, behind a button; those that are chosen are selected with all their records."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from workbench.bench.reconciliation.column_order import in_order
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.table import NOTHING, TableView
from workbench.sides import ID_COLUMN

COLUMN = {side: f"{side}_transaction_id" for side in ID_COLUMN}


class MatchesFold(Fold):
    """The matches of the result. The records of those that are chosen are among ``state.selected``."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.table = TableView(NOTHING, "Matches", selectable=True, named="match_id")
        self._picked: dict[str, list[str]] = {side: [] for side in ID_COLUMN}  # the records of the chosen matches
        self.table.observe(lambda _: self._pick(), "picked")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._show_selected(), "selected")
        super().__init__("What matched", [self.table])

    def show(self) -> None:
        """Show the matches of the result."""
        matches = in_order(self.state.result, "matches")
        # Where groups match groups, each record stands in as many rows as the other side has records.
        summed = () if "internal_amount" in matches.column_names else ("amount",)
        self.table.show(matches, groups=matches["match_id"], summed=summed)
        self.button.description = f"What matched: {len(matches):,} pairs of records"

    def _show_selected(self) -> None:
        """Whoever selects anything else than the records of the chosen matches chooses no match."""
        if any(not set(self._picked[side]) <= set(self.state.selected.get(side, ())) for side in COLUMN):
            self.table.picked = []

    def _pick(self) -> None:
        """Select all records of the matches that are chosen."""
        matches = pa.array(set(self.table.chosen("match_id")), pa.string())
        rows = self.table.table.filter(pc.is_in(self.table.table["match_id"], matches))
        before, self._picked = self._picked, {side: [] for side in COLUMN}
        now = {side: rows[column].drop_null().to_pylist() if len(matches) else [] for side, column in COLUMN.items()}
        for side, names in now.items():
            self.state.select(side, set(before[side]), names)
        self._picked = now
        if any(now.values()):
            self.state.story_records = tuple(
                (side, name) for side, names in now.items() for name in dict.fromkeys(names)
            )
