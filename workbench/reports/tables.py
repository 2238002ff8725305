"""Tables in reports: a bounded number of rows as accessible HTML, and where the others are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd
import pyarrow as pa
from IPython.display import HTML
from pandas.io.formats.style import Styler

from workbench.charts.style import number

MAX_ROWS = 200
LONG = 40  # letters in a cell, from which it wraps


def show(table: pa.Table, caption: str, *, file: str = "", most: int = MAX_ROWS) -> HTML:
    """The first rows of ``table``, with a caption that says how many of how many they are and where the rest is.

    Amounts are exact decimals with thousands apart, instants UTC. Text is only text, whatever markup it holds.
    """
    rows = table.slice(0, most).to_pandas(types_mapper=pd.ArrowDtype)
    shown = f"{len(rows):,} of {len(table):,} shown" if len(table) > len(rows) else f"{len(table):,} in all"
    rest = f"; all in {file}" if file and len(table) > len(rows) else ""
    return HTML(_styled(rows.astype(object).map(_text), f"{caption} ({shown}{rest})", _numeric(table)))


def facts(pairs: dict[str, object], caption: str) -> HTML:
    """A table of two columns: what, and its value."""
    rows = pd.DataFrame({"what": list(pairs), "value": [_text(value) for value in pairs.values()]})
    return HTML(_styled(rows, caption, []))


def _styled(rows: pd.DataFrame, caption: str, numeric: list[str]) -> str:
    style = Styler(rows.rename(columns=_title), escape="html").hide(axis="index").set_caption(escape(caption))
    style = style.set_properties(subset=[_title(name) for name in numeric], **{"text-align": "right"})
    style = style.set_td_classes(rows.rename(columns=_title).map(lambda text: "long" if len(text) > LONG else ""))
    # Every column heading says that it is one.
    table = style.to_html(sparse_index=False).replace('<th id="', '<th scope="col" id="')
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">{table}</div>'


def _numeric(table: pa.Table) -> list[str]:
    return [field.name for field in table.schema if pa.types.is_decimal(field.type) or pa.types.is_integer(field.type)]


def _title(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Decimal)):
        return number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
    return str(value)
