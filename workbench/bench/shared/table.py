"""A table to look through: filter, sort, page and select, over as many rows as there are. A page travels at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from traitlets import Bool, Dict, Int, List, Tuple, Unicode

from workbench.amounts import as_text, decimals_needed, title_of
from workbench.charts.style import number
from workbench.engine import EngineError, query, reason_of

PAGE = 25
ROW = "row"
_AS_SHOWN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_COMPARISON = re.compile(r"\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$")


class TableView(anywidget.AnyWidget):
    """Shows ``table`` under ``label``, and says how many of its rows match what is asked for.

    ``search`` is looked for in every column, whatever its case. ``filters`` narrows single columns, by name: a text is
    looked for, and ``>100``, ``<=2026-01-31`` or ``=EUR`` compare. ``order`` is a column and whether it falls. Numbers
    and dates sort as such, exactly, and what is empty comes last. Where rows are ``selectable``, ``picked`` holds the
    places of the chosen ones, the last chosen last, whatever page they stand on; ``problem`` says what is wrong with a
    filter. The values of the column ``named`` name the rows to who cannot see them; without it, the first column's do.

    >>> view = TableView(pa.table({"id": ["a", "b", "c"], "n": [10, 9, None]}), "Numbers")
    >>> view.order = ("n", False)
    >>> [row["cells"] for row in view.page["rows"]]
    [['b', '9'], ['a', '10'], ['c', '']]
    >>> view.filters = {"n": ">9"}
    >>> view.page["status"]
    'Rows 1 to 1 of 1 (3 in all)'
    """

    _esm = Path(__file__).with_name("table.js")
    _css = Path(__file__).with_name("table.css")
    label = Unicode().tag(sync=True)
    selectable = Bool(False).tag(sync=True)
    search = Unicode().tag(sync=True)
    filters = Dict().tag(sync=True)
    order = Tuple(("", False)).tag(sync=True)
    first = Int(0).tag(sync=True)  # of the rows that match, the one that the page begins with
    page = Dict().tag(sync=True)
    picked: Any = List().tag(sync=True)
    problem = Unicode().tag(sync=True)

    def __init__(
        self, table: pa.Table, label: str, *, selectable: bool = False, page: int = PAGE, named: str = ""
    ) -> None:
        super().__init__(label=label, selectable=selectable)
        self._size, self._named = page, named
        self.observe(self._asked, ["search", "filters", "order"])
        self.observe(lambda _: self._turn(), "first")
        self.on_msg(lambda _view, message, _buffers: self._heard(message))
        self.show(table)

    def show(self, table: pa.Table, label: str | None = None, titles: Mapping[str, str] | None = None) -> None:
        """Show another table. Under the same label, what is searched for, the order and the page stay as they are.

        ``titles`` are what columns are called, where that is not their name.
        """
        anew = label is not None and label != self.label
        names = table.column_names
        self.table, self._titles = table, titles or {}
        columns = [f"c{at}" for at in range(table.num_columns)]  # DuckDB does not tell names apart by case
        self._numbered = pa.table([*table.columns, np.arange(len(table))], [*columns, ROW])
        self._needed = decimals_needed(table)
        self._days = {field.name for field in table.schema if _only_days(field, table)}
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
        shown = np.flatnonzero(np.isin(self._matching, self.picked[:1]))
        if len(shown):
            self.first = int(shown[0]) // self._size * self._size

    def pick_all(self) -> None:
        """Choose all rows that match what is searched for; where all of them are chosen already, none."""
        shown = self._matching.tolist()
        self.picked = [] if set(shown) <= set(self.picked) else list(dict.fromkeys([*self.picked, *shown]))

    def pick_range(self, start: int, end: int) -> None:
        """Choose the rows from one to another, as they are shown, beside those that are chosen."""
        order = np.flatnonzero(np.isin(self._matching, [start, end])).tolist()
        rows = self._matching[order[0] : order[-1] + 1].tolist() if order else []
        between = rows if rows[-1:] == [end] else rows[::-1]
        kept = dict.fromkeys(self.picked)
        self.picked = [*(row for row in kept if row not in set(between)), *between]

    def chosen(self, column: str) -> list[Any]:
        """What the chosen rows have in a column."""
        values: list[Any] = self.table[column].take(self.picked).to_pylist() if self.picked else []
        return values

    def take_focus(self, on: str = "row") -> None:
        """Put the keyboard's focus on the chosen ``row``, or on ``search``."""
        self.send({"focus": on})

    def following(self, column: str, value: Any) -> list[Any]:
        """What stands in a column after this value, as the rows are shown; then what stands before it, backwards."""
        values = self.table[column].take(self._matching).to_pylist()
        place = values.index(value) if value in values else 0
        return [*values[place + 1 :], *reversed(values[:place])]

    def _asked(self, _change: Any) -> None:
        self._find(0)

    def _heard(self, message: dict[str, Any]) -> None:
        """What the page asks for that goes beyond the rows it shows."""
        if message.get("pick") == "all":
            self.pick_all()
        else:
            self.pick_range(*message["pick"])

    def _find(self, first: int) -> None:
        """Find the rows that match, in order, and show the page that begins with row ``first`` of them."""
        try:
            where, values = self._conditions()
            order = self._order()
            if where or order:
                sql = f"SELECT {ROW} FROM shown {where} ORDER BY {order} {ROW}"
                self._matching = query(sql, {"shown": self._numbered}, values)[ROW].to_numpy()
            else:
                self._matching = np.arange(len(self.table))
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
        rows = self._matching[self.first : self.first + self._size]
        found = as_text(self.table.take(rows), self._needed)
        cells = [
            [str(value.date()) if value and name in self._days else _shown(value) for value in found[name].to_pylist()]
            for name in found.column_names
        ]
        last = self.first + len(rows)
        self.page = {
            "columns": [
                {"name": name, "title": self._titles.get(name, title_of(name)), "number": _is_number(kind)}
                for name, kind in zip(self.table.column_names, self.table.schema.types, strict=True)
            ],
            "names": max(self.table.schema.get_field_index(self._named), 0),
            "rows": [
                {"row": int(row), "cells": list(line)} for row, line in zip(rows, zip(*cells, strict=True), strict=True)
            ],
            "last": last,
            "more": last < len(self._matching),
            "size": self._size,
            "all": len(self.table),
            "status": self._status(last),
        }

    def _status(self, last: int) -> str:
        found, every = len(self._matching), len(self.table)
        if not found:
            return f"No row matches ({every:,} in all)" if every else "No rows"
        return f"Rows {self.first + 1:,} to {last:,} of {found:,} ({every:,} in all)"

    def _order(self) -> str:
        name, falls = self.order
        if name not in self.table.column_names:
            return ""
        return f"c{self.table.column_names.index(name)} {'DESC' if falls else 'ASC'} NULLS LAST,"

    def _conditions(self) -> tuple[str, list[Any]]:
        parts, values = [], []
        if self.search.strip():
            held = [_held(f"c{at}", field.type) for at, field in enumerate(self.table.schema)]
            parts.append(f"({' OR '.join(held)})")
            values += [_sought(self.search, field.type) for field in self.table.schema]
        for name, asked in self.filters.items():
            if asked.strip():
                at = self.table.column_names.index(name)
                part, value = _condition(f"c{at}", name, self.table.schema.field(at).type, asked)
                parts.append(part)
                values.append(value)
        return (f"WHERE {' AND '.join(parts)}" if parts else ""), values


def _condition(column: str, name: str, kind: pa.DataType, asked: str) -> tuple[str, Any]:
    """What a filter asks of a column, as SQL and its value."""
    match = _COMPARISON.match(asked)
    if not match:
        return _held(column, kind), _sought(asked, kind)
    operator, text = match.groups()
    if _is_number(kind):
        digits = _digits(text)
        if digits is None:
            raise ValueError(f"{name}: {text!r} is not a number to compare with, such as >1,579.17")
        # As text, and from it as exactly as it is written.
        value = Decimal(digits)
        scale = max(0, -int(value.as_tuple().exponent))
        return f"{column} {operator} CAST(? AS DECIMAL(38, {min(scale, 38)}))", f"{value:f}"
    if pa.types.is_timestamp(kind):
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{name}: {text!r} is not a date to compare with, such as >2026-01-31") from None
        return f"{column} {operator} ?", instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return f"lower({column}::VARCHAR) {operator} lower(?)", text


def _held(column: str, kind: pa.DataType) -> str:
    return f"contains(lower({_text(column, kind)}), lower(?))"


def _text(column: str, kind: pa.DataType) -> str:
    return f"strftime({column}, '%Y-%m-%d %H:%M:%S')" if pa.types.is_timestamp(kind) else f"{column}::VARCHAR"


def _sought(text: str, kind: pa.DataType) -> str:
    digits = _digits(text) if _is_number(kind) else None
    return text.strip() if digits is None else digits


def _digits(text: str) -> str | None:
    """A number as the table shows it, or with a decimal comma, as its plain digits; none where it is neither.

    >>> [_digits(text) for text in ("1,579.17", "1.579,17", "1579,17", "1,579", "1,57,9")]
    ['1579.17', '1579.17', '1579.17', '1579', None]
    """
    text = text.strip()
    if _AS_SHOWN.fullmatch(text):
        return text.replace(",", "")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))


def _only_days(field: pa.Field, table: pa.Table) -> bool:
    """Whether a column holds dates without a time of day."""
    if not pa.types.is_timestamp(field.type) or not len(table):
        return False
    values = table[field.name].cast(pa.timestamp(field.type.unit))
    return bool(pc.all(pc.equal(pc.floor_temporal(values, unit="day"), values)).as_py())


def _shown(value: Any) -> str:
    """A value as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return number(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return str(value)
