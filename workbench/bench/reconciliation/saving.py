"""Saving: what is set is kept in the file of the reconciliation as one works, and said beside its name."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.saved import ENDING, Saved, journal_beside, load, save
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import ROW, text_field
from workbench.bench.shared.table import TableView
from workbench.bench.shared.text import say, words
from workbench.errors import SourceError, WorkbenchError

SEEN = ("search", "filters", "order")  # the traits of a table that are kept


class SavingForm(ipywidgets.VBox):
    """The name of a reconciliation. Once ``begin`` was called, every change of ``state`` and ``tables`` is saved."""

    def __init__(self, state: BenchState, path: str, tables: Mapping[str, TableView]) -> None:
        self.state, self.path, self.tables = state, path, tables
        example = "a name keeps what you set, such as october"
        name = path.removesuffix(ENDING)
        self.name = text_field("Reconciliation", name, placeholder=example, layout={"width": "34em"})
        self.message = words("")
        super().__init__([ipywidgets.HBox([self.name, self.message], layout=ROW)])

    def begin(self, *, opened: bool) -> None:
        """Save from now on, where there is a name; ``opened`` says that the file was there."""
        self.name.observe(lambda _: self._named(), "value")
        self.state.observe(lambda _: self.save(), ["inputs", "options", "rules", "decisions", "rates"])
        for table in self.tables.values():
            table.observe(lambda _: self.save(), list(SEEN))
        if not opened:
            self.save()
        elif self.path:
            say(self.message, f"Opened as it was left in {self.path}; kept there as you work.", "hint")

    def save(self) -> None:
        """Save what is set; what is wrong is said beside the name."""
        if not self.path:
            return
        views = {name: {trait: getattr(table, trait) for trait in SEEN} for name, table in self.tables.items()}
        try:
            state = self.state
            save(Saved(state.inputs, state.settings(), state.decisions, views, state.rates), self.path)
        except WorkbenchError as error:
            say(self.message, f"Not saved: {error}", "problem")
        else:
            say(self.message, f"Kept in {self.path} as you work.", "hint")

    def restore_views(self, views: Mapping[str, Any]) -> None:
        """Look at the tables as they were looked at."""
        for name, view in views.items():
            for trait, value in view.items() if name in self.tables else ():
                setattr(self.tables[name], trait, tuple(value) if trait == "order" else value)

    def _named(self) -> None:
        """Keep the reconciliation under another name; its decisions go along into a journal of its own."""
        name = self.name.value.strip().removesuffix(ENDING)
        path = f"{name}{ENDING}" if name else ""
        if path == self.path:
            return
        try:
            if path and Path(path).exists():
                opens = f"wb.reconcile_bench(file={path!r}) opens it"
                say(self.message, f"{path} is there already: {opens}, or choose another name.", "problem")
                return
            takes_along = bool(path) and not Path(journal_beside(path)).exists()
            if takes_along and Path(self.state.decisions).is_file():
                shutil.copyfile(self.state.decisions, journal_beside(path))
        except OSError as error:
            say(self.message, f"{path} cannot be written: {error.strerror}", "problem")
            return
        self.path = path  # before the journal changes, which saves what is set
        if takes_along:
            self.state.decisions = journal_beside(path)
        say(self.message, "" if path else "Nothing is kept without a name.", "hint")
        self.save()


def opened(path: str) -> Saved | None:
    """The reconciliation of a file; none where there is no such file yet. Raises as ``load`` does."""
    try:
        return load(path) if path and Path(path).exists() else None
    except OSError as error:  # of a name that is too long
        raise SourceError(f"{path} cannot be opened: {error.strerror}") from None
