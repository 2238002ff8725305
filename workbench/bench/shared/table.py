"""A table to look through: filter, sort, page and select, over as many rows as there are. A page travels at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from traitlets import Bool, Dict, Int, List, Tuple, Unicode

from workbench.amounts import as_text, decimals_needed, title_of
from workbench.bench.shared.filters import condition, example, held, is_instant, is_number, sought, with_lengths
from workbench.bench.shared.groups import Groups, make_groups
from workbench.charts.style import number
from workbench.engine import EngineError, query, reason_of
from workbench.exact import Ints

NOTHING = pa.table({"id": pa.array([], pa.string())})
PAGE = 25
ROW = "row"


class TableView(anywidget.AnyWidget):
    """Shows ``table`` under ``label``, and says how many of its rows match what is asked for.

    ``search`` is looked for in every column, whatever its case. ``filters`` narrows single columns, by name: a text is
    looked for, and ``>100``, ``<=2026-01-31`` or ``=EUR`` compare. ``order`` is a column and whether it falls. Numbers
    and dates sort as such, exactly, and what is empty comes last. Where rows are ``selectable``, ``picked`` holds the
    places of the chosen ones, the last chosen last, whatever page they stand on, and ``marked`` those of them that the
    page shows, or has in its groups; ``problem`` says what is wrong with a filter. The values of the column ``named``
    name the rows to who cannot see them; without it, the first column's do. Rows that are shown in groups stand in
    one line for each group, which opens to show them; what is looked for may stand in any of them.

    >>> view = TableView(pa.table({"id": ["a", "b", "c"], "n": [10, 9, None]}), "Numbers")
    >>> view.order = ("n", False)
    >>> [row["cells"] for row in view.page["rows"]]
    [['b', '9'], ['a', '10'], ['c', '']]
    >>> view.filters = {"n": ">9"}
    >>> view.page["status"]
    'Rows 1 to 1 of 1 (3 in all)'
    """

    _esm = Path(__file__).with_name("table.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("table.css").read_text(encoding="utf-8")
    label = Unicode().tag(sync=True)
    selectable = Bool(False).tag(sync=True)
    search = Unicode().tag(sync=True)
    filters = Dict().tag(sync=True)
    order = Tuple(("", False)).tag(sync=True)
    first = Int(0).tag(sync=True)  # position, among the matching rows, of the one that the page begins with
    page = Dict().tag(sync=True)
    picked: Any = List()  # the browser is not told of rows that it does not show: there may be a million
    marked: Any = List().tag(sync=True)
    problem = Unicode().tag(sync=True)

    def __init__(
        self, table: pa.Table, label: str, *, selectable: bool = False, page: int = PAGE, named: str = ""
    ) -> None:
        super().__init__(label=label, selectable=selectable)
        self._size, self._named = page, named
        self._opened: set[str] = set()  # names of the groups whose rows are shown
        self.observe(lambda _: self._find(0), ["search", "filters", "order"])
        self.observe(lambda _: self._turn(), "first")
        self.observe(lambda _: self._mark(), ["picked", "page"])
        self.on_msg(lambda _view, message, _buffers: self._heard(message))
        self.show(table)

    def show(
        self,
        table: pa.Table,
        label: str | None = None,
        titles: Mapping[str, str] | None = None,
        *,
        groups: pa.ChunkedArray | None = None,
        summed: Collection[str] = (),
    ) -> None:
        """Show another table. Under the same label, what is searched for, the order and the page stay as they are.

        ``titles`` are what columns are called, where that is not their name. ``groups`` names the group of each row;
        the line of a group sums the columns ``summed``.
        """
        anew = label is not None and label != self.label
        names = table.column_names
        self.table, self._titles = table, titles or {}
        several = groups is not None and len(pc.unique(groups)) < len(groups)
        self._groups = make_groups(table, groups, summed) if several else None
        self._lines = self._groups.lines if self._groups else table
        self._numbered = {"shown": _numbered(self._lines, np.arange(len(self._lines)))}
        if self._groups:
            self._numbered["members"] = _numbered(table, self._groups.of)
        self._needed = decimals_needed(table)
        self._instants = {field.name: _layout(table[field.name]) for field in table.schema if is_instant(field.type)}
        with self.hold_sync():
            self.label = self.label if label is None else label
            self.picked = []
            if anew:
                self.search, self.filters, self.order = "", {}, ("", False)
            self.filters = {name: asked for name, asked in self.filters.items() if name in names}
            self._find(0 if anew else self.first)

    def pick(self, column: str, values: Iterable[Any]) -> None:
        """Choose the rows that have these values in a column, and show the page of the first of them."""
        places = pc.index_in(pa.array(list(values), self.table.schema.field(column).type), self.table[column])
        self.picked = sorted(place for place in places.to_pylist() if place is not None)
        shown = np.flatnonzero(np.isin(self._matching, self._lines_of(self.picked[:1])))
        if len(shown):
            self.first = int(shown[0]) // self._size * self._size

    def pick_all(self) -> None:
        """Choose all rows that match what is searched for; where all of them are chosen already, none."""
        shown = np.sort(self._rows_of(self._matching)).tolist()
        self.picked = [] if set(shown) <= set(self.picked) else list(dict.fromkeys([*self.picked, *shown]))

    def pick_or_drop(self, rows: Sequence[int], *, chosen: bool) -> None:
        """Choose these rows beside the others, or no longer."""
        changed = set(rows)
        others = [row for row in self.picked if row not in changed]
        self.picked = [*others, *rows] if chosen else others

    def pick_range(self, start: int, end: int) -> None:
        """Choose the rows from one to another, as they are shown, beside those that are chosen."""
        first, last = self._lines_of([start, end]).tolist()
        shown = self._rows_of([first]) if first == last else self._matching
        bounds = [start, end] if first == last else [first, last]
        order = np.flatnonzero(np.isin(shown, bounds)).tolist()
        between = shown[order[0] : order[-1] + 1] if order else shown[:0]
        between = between if between[-1:].tolist() == bounds[-1:] else between[::-1]
        between = between.tolist() if first == last else self._rows_of(between).tolist()
        in_range = set(between)
        self.picked = [*(row for row in dict.fromkeys(self.picked) if row not in in_range), *between]

    def chosen(self, column: str) -> list[Any]:
        """What the chosen rows have in a column."""
        values: list[Any] = self.table[column].take(self.picked).to_pylist() if self.picked else []
        return values

    def take_focus(self) -> None:
        """Put the keyboard's focus on the chosen row."""
        self.send({"focus": True})

    def following(self, column: str, value: Any) -> list[Any]:
        """What stands in a column after this value, as the rows are shown; then what stands before it, backwards."""
        values = self.table[column].take(self._rows_of(self._matching)).to_pylist()
        place = values.index(value) if value in values else 0
        return [*values[place + 1 :], *reversed(values[:place])]

    def open_or_close(self, row: int) -> None:
        """Show the rows of the group that a row is of, or its line alone."""
        if self._groups:
            self._opened ^= {self._groups.names[self._groups.of[row]]}
            self._turn()

    def _lines_of(self, rows: Sequence[int]) -> Ints:
        """The lines in which rows stand: their own, or those of their groups."""
        numbers = np.array(rows, np.int64)
        return self._groups.of[numbers] if self._groups else numbers

    def _rows_of(self, lines: Iterable[int]) -> Ints:
        """The rows that stand in lines."""
        return self._groups.rows(lines) if self._groups else np.array(lines, np.int64)

    def _heard(self, message: dict[str, Any]) -> None:
        """What the page asks for that goes beyond the rows it shows."""
        match message:
            case {"pick": "all"}:
                self.pick_all()
            case {"pick": rows, "chosen": chosen}:
                self.pick_or_drop(rows, chosen=chosen)
            case {"pick": rows}:
                self.picked = rows
            case {"from": start, "to": end}:
                self.pick_range(start, end)
            case {"open": row}:
                self.open_or_close(row)

    def _find(self, first: int) -> None:
        """Find the rows that match, in order, and show the page that begins with row ``first`` of them."""
        try:
            where, values = self._conditions()
            order = self._order()
            if where:  # only what is looked for is compared with what the table shows of lengths of time
                self._numbered = {name: with_lengths(rows, self.table.schema) for name, rows in self._numbered.items()}
            if where or order:
                sql = f"SELECT {ROW} FROM shown {where} ORDER BY {order} {ROW}"
                self._matching = query(sql, self._numbered, values)[ROW].to_numpy()
            else:
                self._matching = np.arange(len(self._lines))
            self.problem = ""
        except (ValueError, EngineError) as error:
            self.problem = reason_of(error)
        last_page = max(len(self._matching) - 1, 0) // self._size * self._size
        first = min(first, last_page)
        if self.first != first:
            self.first = first
        else:
            self._turn()

    def _turn(self) -> None:
        lines = self._matching[self.first : self.first + self._size]
        last = self.first + len(lines)
        page = {
            "columns": [
                {
                    "name": field.name,
                    "title": self._titles.get(field.name, title_of(field.name)),
                    "number": is_number(field.type),
                    "example": example(field),
                }
                for field in self.table.schema
            ],
            "names": max(self.table.schema.get_field_index(self._named), 0),
            "rows": self._grouped(self._groups, lines) if self._groups else self._shown(self.table, lines),
            "last": last,
            "more": last < len(self._matching),
            "size": self._size,
            "all": len(self._lines),
            "status": self._status(last),
        }
        with self.hold_sync():  # the page looks for what is chosen when it shows its rows
            self.page = page

    def _mark(self) -> None:
        shown = np.array(
            [row for line in self.page.get("rows", ()) for row in line.get("members", [line["row"]])], np.int64
        )
        self.marked = shown[np.isin(shown, self.picked)].tolist()

    def _grouped(self, groups: Groups, lines: Ints) -> list[dict[str, Any]]:
        """Lines of groups; those of several rows with what they are of, and below them these rows, if they are open."""
        page = []
        for group, line in zip(lines.tolist(), self._shown(groups.lines, lines), strict=True):
            rows, opened = groups.rows([group]), groups.names[group] in self._opened
            several = {"members": rows.tolist(), "open": opened} if len(rows) > 1 else {}
            page.append(line | {"row": int(rows[0])} | several)
            if several and opened:
                page += [row | {"inside": True} for row in self._shown(self.table, rows)]
        return page

    def _shown(self, table: pa.Table, rows: Ints) -> list[dict[str, Any]]:
        """Rows of a table as the page shows them."""
        texts = as_text(table.take(rows), self._needed)
        cells = [
            [_shown(value, self._instants.get(name, "")) for value in texts[name].to_pylist()]
            for name in texts.column_names
        ]
        lines = zip(*cells, strict=True) if cells else ()
        return [{"row": int(row), "cells": list(line)} for row, line in zip(rows, lines, strict=True)]

    def _status(self, last: int) -> str:
        matching, every = len(self._matching), len(self._lines)
        records = f" of {len(self.table):,} records" if self._groups else ""
        beside = f" ({every:,}{records} in all)" if records or matching < every else ""
        if not matching:
            return f"No row matches{beside}" if every else "No rows"
        return f"Rows {self.first + 1:,} to {last:,} of {matching:,}{beside}"

    def _order(self) -> str:
        name, falls = self.order
        if name not in self.table.column_names:
            return ""
        return f"c{self.table.column_names.index(name)} {'DESC' if falls else 'ASC'} NULLS LAST,"

    def _conditions(self) -> tuple[str, list[Any]]:
        parts, values = [], []
        if self.search.strip():
            holding = [held(f"c{position}", field) for position, field in enumerate(self.table.schema)]
            parts.append(self._of_any(f"({' OR '.join(holding)})"))
            values += [sought(self.search, field) for field in self.table.schema] * self._values_each
        for name, asked in self.filters.items():
            if asked.strip():
                position = self.table.column_names.index(name)
                part, value = condition(f"c{position}", self.table.schema.field(position), asked)
                parts.append(self._of_any(part))
                values += [value] * self._values_each
        return (f"WHERE {' AND '.join(parts)}" if parts else ""), values

    def _of_any(self, asked: str) -> str:
        """A condition that the line meets, or any row of its group."""
        members = f"{ROW} IN (SELECT {ROW} FROM members WHERE {asked})"
        return f"({asked} OR {members})" if self._groups else asked

    @property
    def _values_each(self) -> int:
        """How often a condition is asked of each line."""
        return 2 if self._groups else 1


def _numbered(table: pa.Table, numbers: Ints) -> pa.Table:
    """A table with numbered columns, since DuckDB does not tell names apart by case, and the line of each row."""
    return pa.table([*table.columns, numbers], [*(f"c{position}" for position in range(table.num_columns)), ROW])


def _layout(instants: pa.ChunkedArray) -> str:
    """How a column of instants is shown: by the day or the minute, where none has more."""
    values = instants.cast(pa.timestamp(instants.type.unit))
    layouts = {"day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%M"}
    whole = (unit for unit in layouts if pc.all(pc.equal(pc.floor_temporal(values, unit=unit), values)).as_py())
    return layouts.get(next(whole, ""), "%Y-%m-%d %H:%M:%S")


def _shown(value: Any, layout: str) -> str:
    """A value as people read it; ``layout`` is that of instants."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return number(value)
        case datetime():
            return value.strftime(layout)
        case _:
            return str(value)
