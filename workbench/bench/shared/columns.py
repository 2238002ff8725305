"""Columns: what each header of an input is taken for, to be said otherwise by choosing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import FIT, ROW
from workbench.bench.shared.text import words
from workbench.sources.detection.words import fold
from workbench.sources.headers import PARTS, understood
from workbench.sources.preview import KINDS, Preview

KEPT = ("kept as it is", "")


class ColumnsFold(Fold):
    """A dropdown for each header of an input. ``changed`` hears of every choice; ``mapping`` is what was chosen."""

    def __init__(self, side: str, mapping: Mapping[str | int, str], changed: Callable[[], None]) -> None:
        self.kind = KINDS[side]
        self.mapping = dict(mapping)
        self.changed = changed
        self.choices: dict[str, ipywidgets.Dropdown] = {}
        self._filling = False
        super().__init__("Columns", [])
        self.inside.layout = {"flex_flow": "row wrap", "grid_gap": "0 16px", "display": "none"}

    def show(self, preview: Preview) -> None:
        """Show what each header is taken for."""
        self._filling = True
        if tuple(preview.columns) != tuple(self.choices):
            self.choices = {header: self._choice(header) for header in preview.columns}
            self.inside.children = tuple(
                ipywidgets.HBox([words(header), choice], layout=ROW) for header, choice in self.choices.items()
            )
        for header, column in preview.columns.items():
            self.choices[header].value = column or ""
        self._filling = False
        understood_headers = sum(1 for column in preview.columns.values() if column)
        others = len(preview.columns) - understood_headers
        self.button.description = f"Columns: {understood_headers} understood, {others} kept as they are"
        if preview.missing and not preview.layout.questions:
            self.button.value = True

    def clear(self) -> None:
        """Show no header; what was chosen stays chosen."""
        self.choices, self.inside.children = {}, ()
        self.button.description = "Columns"

    def replace_mapping(self, before: Mapping[str | int, str], now: Mapping[str | int, str]) -> None:
        """Take back what ``before`` says of headers, and take what ``now`` says."""
        kept = {header: column for header, column in self.mapping.items() if before.get(header) != column}
        self.mapping = {**kept, **now}

    def keep_for(self, headers: Mapping[str, Any]) -> None:
        """Of what was chosen for another input, keep what this one has headers for."""
        folded = {fold(header) for header in headers}
        self.mapping = {header: column for header, column in self.mapping.items() if fold(str(header)) in folded}

    def _choice(self, header: str) -> ipywidgets.Dropdown:
        # A header that is a column's name can mean another column, but not none.
        kept = [] if self._named_by(header) else [KEPT]
        choice = ipywidgets.Dropdown(
            options=[*kept, *((column, column) for column in (*self.kind.all_columns, *PARTS))],
            tooltip=header,  # the header's name; a description would typeset text between dollars as a formula
            layout=FIT,
        )
        choice.observe(self._chosen, "value")
        return choice

    def _chosen(self, _change: Any) -> None:
        if not self._filling:
            chosen = {header: choice.value for header, choice in self.choices.items()}
            self.mapping = {
                header: column for header, column in chosen.items() if column not in ("", self._named_by(header))
            }
            self.changed()

    def _named_by(self, header: str) -> str | None:
        return understood([header], self.kind, {})[header]
