"""Other tables: all tables of a result that stand nowhere else, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import choice_field
from workbench.bench.shared.table import NOTHING, TableView


class OtherTables(Fold):
    """Shows one of the tables whose names ``titles`` has by title; ``table_of`` gives the table of a name.

    >>> tables = OtherTables({"Numbers": "numbers", "Letters": "letters"}, lambda name: pa.table({name: ["x"]}))
    >>> tables.pick.value = "letters"
    >>> tables.view.label, tables.view.table.column_names
    ('Letters', ['letters'])
    """

    def __init__(self, titles: Mapping[str, str], table_of: Callable[[str], pa.Table]) -> None:
        self._titles, self._table_of = {name: title for title, name in titles.items()}, table_of
        self.pick = choice_field("Look at", tuple(titles.items()))
        self.view = TableView(NOTHING, next(iter(titles)), selectable=True)
        self.pick.observe(lambda _: self.show(), "value")
        super().__init__("All other tables", [self.pick, self.view])

    def show(self) -> None:
        """Show the table that is picked as it is now."""
        self.view.show(self._table_of(self.pick.value), self._titles[self.pick.value])
