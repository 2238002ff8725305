"""Tables in reports: a bounded number of rows as accessible HTML, and where the others are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd
import pyarrow as pa
from IPython.display import HTML
from pandas.io.formats.style import Styler

from workbench.amounts import as_text, decimals_needed, title_of
from workbench.charts.style import number

MAX_ROWS = 200
LONG = 40  # letters in a cell, from which it wraps
WIDE = 12  # columns, from which headings may break on paper too
BRIEF = 12  # rows, up to which a table is not broken on paper
PAPER = 150  # letters that fit beside one another on an upright page
SHORT = 20  # letters in a number, up to which it stays in one line on paper too


def show(
    table: pa.Table, caption: str, *, file: str = "", most: int = MAX_ROWS, of: int = 0, figures: Sequence[str] = ()
) -> HTML:
    """The first rows of ``table``, with a caption that says how many of how many they are and where the rest is.

    ``of`` is how many there are in all, where ``table`` itself has only the first ones; ``figures`` are columns whose
    texts are numbers.
    Amounts are exact, with thousands apart and the decimals that their currency needs, instants UTC. Text is only text,
    whatever markup it holds.
    """
    rows = as_text(table.slice(0, most), decimals_needed(table)).to_pandas(types_mapper=pd.ArrowDtype)
    total = of or len(table)
    shown = f"{len(rows):,} of {total:,} shown" if total > len(rows) else f"{total:,} in all"
    rest = f"; all in {file}" if file and total > len(rows) else ""
    titles = [_title(field) for field in table.schema]
    words = f"{caption} ({shown}{rest})"
    return HTML(_styled(rows.astype(object).map(_text), titles, words, _numeric(table, figures), file))


def facts(pairs: dict[str, object], caption: str) -> HTML:
    """A table of two columns: what, and its value."""
    rows = pd.DataFrame({"what": list(pairs), "value": [_text(value) for value in pairs.values()]})
    return HTML(_styled(rows, ["what", "value"], caption, []))


def _styled(rows: pd.DataFrame, titles: list[str], caption: str, numeric: list[Hashable], file: str = "") -> str:
    """Columns go by their position: the titles are the data's own, so two may be alike, and any may hold markup."""
    cells = rows.set_axis(range(len(titles)), axis="columns")
    style = Styler(cells, escape="html").hide(axis="index").set_caption(_linked(escape(caption), file))
    style = style.format_index(lambda place: escape(titles[int(str(place))]), axis="columns")
    style = style.set_table_styles({place: [{"selector": "", "props": "text-align: right"}] for place in numeric})
    style = style.set_td_classes(
        cells.apply(lambda column: column.map(lambda text: _class(text, column.name in numeric)))
    )
    if len(titles) > WIDE or _letters(cells, titles) > PAPER:
        style = style.set_table_attributes('class="wide"')
    # Every column heading says that it is one.
    table = style.to_html(sparse_index=False).replace('<th id="', '<th scope="col" id="')
    name = "scroll brief" if len(rows) <= BRIEF else "scroll"
    return f'<div class="{name}" tabindex="0" role="region" aria-label="{escape(caption)}">{table}</div>'


def _letters(cells: pd.DataFrame, titles: list[str]) -> int:
    """How wide a table would like to be, in letters; a cell that wraps takes no more than others."""
    widest = (max(map(len, [*cells[place], *title.split()]), default=0) for place, title in enumerate(titles))
    return sum(min(width, LONG) + 2 for width in widest)


def _linked(caption: str, file: str) -> str:
    """The caption with the file that it names as a link; the whole of it where it names none."""
    if not file:
        return caption
    link = f'<a href="{escape(file)}">'
    return caption.replace(f"in {file}", f"in {link}{file}</a>") if f"in {file}" in caption else f"{link}{caption}</a>"


def _class(text: str, numeric: bool) -> str:
    if len(text) > LONG:
        return "long"
    # A number or an id is not broken, nor is a date.
    return "short" if text and len(text) <= SHORT and (numeric or " " not in text) else ""


def _numeric(table: pa.Table, figures: Sequence[str]) -> list[Hashable]:
    return [
        place
        for place, field in enumerate(table.schema)
        if pa.types.is_decimal(field.type) or pa.types.is_integer(field.type) or field.name in figures
    ]


def _title(field: pa.Field) -> str:
    title = title_of(field.name)
    return f"{title} (UTC)" if pa.types.is_timestamp(field.type) and field.type.tz else title


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Decimal)):
        return number(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ").removesuffix(" 00:00:00")
    return str(value)
