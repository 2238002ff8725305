"""Reading: the options of a reader as fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from workbench.bench.shared.layout import FIT, WIDE
from workbench.bench.shared.text import words
from workbench.dsn import is_dsn
from workbench.sources.options import SELECTING

MARKS = {
    "delimiter": {"found in the file": "", "comma": ",", "semicolon": ";", "tab": "\t", "bar |": "|"},
    "decimal": {"point, as in 0.50": "", "comma, as in 0,50": ","},
    "thousands": {
        "nothing, as in 1234": "",
        "comma, as in 1,234": ",",
        "point, as in 1.234": ".",
        "blank, as in 1 234": " ",
        "apostrophe, as in 1'234": "'",
    },
}
TEXTS = {
    "date_format": "Layout of dates, such as %d.%m.%Y; empty for ISO 8601",
    "encoding": "Of a text file, such as cp1252; empty for UTF-8, or what its byte order mark says",
    "sheet": "Of an Excel workbook that has several",
    "since": "The first instant to read, such as 2026-01-31",
    "until": "The first instant not to read",
    "upload_id": "The upload to read; empty for all",
    "source": "What to call the source of records that name none, such as Stripe",
}
ONLY_EXTERNAL = {"upload_id", "source"}
ANY_INPUT = {"source"}


class ReaderFields(ipywidgets.VBox):
    """A field for each option of a reader but ``mapping`` and ``on_bad``, which have their own places."""

    def __init__(self, side: str, options: Mapping[str, Any]) -> None:
        texts = {name: hint for name, hint in TEXTS.items() if side == "external" or name not in ONLY_EXTERNAL}
        self.fields = {name: _marks(name, options.get(name)) for name in MARKS}
        self.fields |= {name: _text(name, options.get(name)) for name in texts}
        self.rows = {
            name: ipywidgets.VBox([field, words(texts.get(name, ""), "hint")]) for name, field in self.fields.items()
        }
        super().__init__(tuple(self.rows.values()), layout={"flex_flow": "row wrap", "grid_gap": "0 16px"})

    def options(self, path: str) -> dict[str, Any]:
        """What is set of what fits the input at ``path``."""
        chosen = {name: field.value for name, field in self.fields.items() if fits(name, path)}
        return {name: value for name, value in chosen.items() if value}

    def show_for(self, path: str) -> None:
        """Show what fits the input at ``path``."""
        for name, row in self.rows.items():
            row.layout.display = None if fits(name, path) else "none"


def fits(option: str, path: str) -> bool:
    """Whether a reader's option says something about the input at ``path``.

    >>> fits("delimiter", "a.csv"), fits("since", "a.csv"), fits("since", "postgresql://db.example/books")
    (True, False, True)
    """
    return option in ANY_INPUT or is_dsn(path) == (option in SELECTING)


def label_of(name: str) -> str:
    """What a field is called.

    >>> label_of("date_format")
    'Date format'
    """
    return name.replace("_", " ").capitalize()


def _marks(name: str, value: str | None) -> ipywidgets.Dropdown:
    choices = MARKS[name]
    chosen = "" if value is None or (name, value) == ("decimal", ".") else value
    if chosen not in choices.values():
        choices = {**choices, repr(chosen): chosen}
    return ipywidgets.Dropdown(
        options=tuple(choices.items()),
        value=chosen,
        description=label_of(name),
        style=WIDE,
        layout=FIT,
    )


def _text(name: str, value: Any) -> ipywidgets.Text:
    return ipywidgets.Text(
        "" if value is None else str(value), description=label_of(name), continuous_update=False, style=WIDE
    )
