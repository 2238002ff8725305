"""Tables for people: as a DataFrame, as a cell of a notebook shows them, and all of a result's as an Excel file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from workbench.errors import one_of

Money = Literal["decimal", "float"]
MONEY = ("decimal", "float")


def columns_first(table: pa.Table, *first: str) -> pa.Table:
    """The table with those of its columns that are named before the others.

    >>> columns_first(pa.table({"id": ["a"], "amount": [1]}), "amount", "currency").column_names
    ['amount', 'id']
    """
    leading = [name for name in first if name in table.column_names]
    return table.select([*leading, *(name for name in table.column_names if name not in leading)])


def filled(table: pa.Table) -> pa.Table:
    """The columns in which anything stands; all of them if there is no row, for a table has a heading."""
    return table.select([name for name in table.column_names if table[name].null_count < len(table) or not len(table)])


def frame(table: pa.Table, money: str = "decimal") -> pd.DataFrame:
    """An Arrow table as a DataFrame; raises ``SettingsError`` for another ``money`` than ``decimal`` and ``float``.

    ``decimal`` keeps every digit. ``float`` makes 64-bit binary floats of decimals, which are not exact: for libraries
    that can draw or fit nothing else.

    >>> from decimal import Decimal
    >>> amounts = pa.table({"amount": pa.array([Decimal("0.10"), Decimal("0.20")])})
    >>> frame(amounts)["amount"].sum(), frame(amounts, "float")["amount"].sum()
    (Decimal('0.30'), np.float64(0.30000000000000004))
    """
    one_of(money, MONEY, "money")
    rows = table.to_pandas(types_mapper=pd.ArrowDtype)
    if money == "decimal":
        return rows
    decimals = [field.name for field in table.schema if pa.types.is_decimal(field.type)]
    return rows.astype(dict.fromkeys(decimals, "float64"))


def html_of(heading: str, *tables: pd.DataFrame) -> str:
    """A heading and tables as HTML in which every text is only text, whatever markup it holds.

    >>> html_of("<2> rows", pd.DataFrame({"note": ["<b>"]})).count("&lt;")
    2
    """
    shown = "".join(table.to_html(escape=True, index=False, na_rep="", border=0) for table in tables)
    return f"<p>{escape(heading)}</p>{shown}"


class Tabular:
    """What results have in common: Arrow ``tables`` by name, and a sentence and tables to show in a cell."""

    tables: Mapping[str, pa.Table]

    def to_pandas(self, table: str | None = None, *, money: Money = "decimal") -> pd.DataFrame:
        """One of ``tables`` as a DataFrame, the first of them where none is named.

        Decimals stay exact with ``money="decimal"``. ``money="float"`` makes binary floats of them, for plotting: these
        are not exact, and sums of them are wrong in the last digits.
        Raises ``SettingsError`` for a table that is not there and for any other ``money``.

        >>> from workbench import read_external, read_internal, reconcile
        >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
        >>> booked = read_internal([
        ...     {"transaction_id": "t", "amount": "9.90", "currency": "EUR", "created_at": "2026-01-01"}])
        >>> reconcile(paid, booked).to_pandas("matches", money="float")["amount"].tolist()
        [9.9]
        """
        return frame(self.tables[one_of(table or next(iter(self.tables)), self.tables, "table")], money)

    def to_excel(self, path: str | Path, *, force: bool = False) -> None:
        """Write all tables into one Excel file, a sheet for each; ``force`` replaces a file that is there.

        Numbers with more digits than Excel keeps are written as text, so nothing is rounded. Raises ``SourceError`` if
        the file is there already, cannot be written, or a table does not fit a sheet.
        """
        from workbench.excel import write_workbook  # noqa: PLC0415 - its library is loaded when it is needed

        write_workbook(self.tables, Path(path), force=force)

    def headline(self) -> str:
        """What came out, in a sentence."""
        raise NotImplementedError

    def shown(self) -> tuple[pd.DataFrame, ...]:
        """The tables that a cell of a notebook shows below the sentence."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return html_of(self.headline(), *self.shown())


def count_of(number: Any, noun: str) -> str:
    """A number with its noun.

    >>> count_of(1, "record"), count_of(1200, "record")
    ('1 record', '1,200 records')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def first_of(names: Sequence[str], most: int) -> str:
    """The first of some names in a line, and how many more there are.

    >>> first_of(["t1", "t2", "t3"], 2)
    't1, t2 and 1 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
