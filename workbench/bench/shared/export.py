"""Leaving: what every bench gives along at the end: the data as files, code and command that repeat it, the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import ipywidgets
from jupyter_core.utils import ensure_event_loop

from workbench.bench.shared.code import Code
from workbench.bench.shared.fields import ROOM, ROW, Part, button, text_field, tick_field
from workbench.bench.shared.form_words import REPLACE, in_form_words
from workbench.bench.shared.link import FileLink
from workbench.bench.shared.state import State
from workbench.bench.shared.text import say, words
from workbench.errors import ExitCode, SourceError, WorkbenchError
from workbench.excel import write_workbook
from workbench.reports.execute import run_report
from workbench.runs.folder.run_folder import write_run

LABELS = {"description_width": "14em"}  # every label as wide as the longest, so that fields stand below each other


@dataclass(frozen=True)
class Ways:
    """How a bench's result is repeated: by a command, by a report with its parameters, by code."""

    command: str  # the workbench command: reconcile or reconstruct
    report: str  # the name of the report
    as_python: Callable[[Any], str]
    as_papermill: Callable[[Any], str]
    parameters: Callable[[Any], Mapping[str, Any]]


class Leaving(Part):
    """Export, "as Python", "as papermill command" and the report, of ``state.result``."""

    def __init__(self, state: State, ways: Ways) -> None:
        self.state, self.ways = state, ways
        self.folder = text_field("Folder for CSV and Parquet", "export", style=LABELS, layout=ROOM)
        self.workbook = text_field("File for Excel", "export.xlsx", style=LABELS, layout=ROOM)
        self.report_folder = text_field("Folder for the report", "report", style=LABELS, layout=ROOM)
        self.replace = tick_field(REPLACE)
        self.export_button = button("Export CSV and Parquet", act=self.export)
        self.excel_button = button("Export Excel", act=self.export_excel)
        self.report_button = button("Make the report", act=self.start_report)
        self.python = Code("As Python")
        self.papermill = Code("As papermill command")
        self.message, self.link = words(""), FileLink("Open the report")
        self.link.add_class("wb-link")
        state.observe(lambda _: self.show(), "result")
        super().__init__(
            "exports",
            words("Export and report", "heading"),
            ipywidgets.HBox([self.folder, self.export_button], layout=ROW),
            ipywidgets.HBox([self.workbook, self.excel_button], layout=ROW),
            ipywidgets.HBox([self.report_folder, self.report_button], layout=ROW),
            self.replace,
            self.message,
            self.link,
            self.python,
            self.papermill,
        )
        self.show()

    def show(self) -> None:
        """Show how to repeat the result, where there is one and its inputs can be named."""
        result = self.state.result
        for leaves in (self.export_button, self.excel_button, self.report_button):
            leaves.disabled = result is None
        self.python.value = self.papermill.value = ""
        self.link.clear()  # a report that was made is of the result before
        say(self.message, "" if result else "There is nothing to export yet: choose Run.", "hint")
        if result:
            try:
                self.python.value = self.ways.as_python(result)
                self.papermill.value = self.ways.as_papermill(result)
            except WorkbenchError as error:
                say(self.message, str(error), "problem")

    def export(self) -> None:
        """Write every table of the result as CSV and Parquet, with settings and manifest."""
        self._do(self._exported)

    def export_excel(self) -> None:
        """Write every table of the result into one Excel file."""
        self._do(self._exported_excel)

    def report(self) -> None:
        """Make the report, and return when it is made; it reads the inputs again."""
        say(self.message, "Making the report; it takes some seconds.", "good")
        self._do(self._reported)
        self.report_button.disabled = False

    def start_report(self) -> Thread:
        """Make the report beside the kernel's own thread."""
        self.report_button.disabled = True
        thread = Thread(target=self._report_aside, daemon=True)
        thread.start()
        return thread

    def report_or_link(self) -> None:
        """Make the report; where it is made of this result already, go to its link."""
        if self.link.paths:
            self.link.focus()
        elif not self.report_button.disabled:
            self.start_report()

    def _report_aside(self) -> None:
        with closing(ensure_event_loop()):  # this thread's own event loop, which nobody else would close
            self.report()

    def _do(self, act: Callable[[Any], tuple[str, bool]]) -> None:
        """Say what an act says of its outcome; or why it cannot be done."""
        if self.state.result is None:
            return
        try:
            sentence, good = act(self.state.result)
        except WorkbenchError as error:
            sentence, good = in_form_words(error), False
        except Exception as error:  # noqa: BLE001 - in a thread, the error would be lost otherwise
            sentence, good = f"that failed: {type(error).__name__}: {error}", False
        say(self.message, sentence, "good" if good else "problem")

    def _exported(self, result: Any) -> tuple[str, bool]:
        folder = write_run(result, _named(self.folder), self.replace.value, command=self.ways.command)
        return f"Exported to {folder}: {len(result.tables)} tables as CSV and Parquet.", True

    def _exported_excel(self, result: Any) -> tuple[str, bool]:
        path = Path(_named(self.workbook))
        write_workbook(result.tables, path, force=self.replace.value)
        return f"Exported to {path}: {len(result.tables)} sheets.", True

    def _reported(self, result: Any) -> tuple[str, bool]:
        self.state.check_current()  # the report reads the inputs again, and has to show the same result
        outcome = run_report(
            self.ways.report,
            self.ways.parameters(result),
            _named(self.report_folder),
            force=self.replace.value,
            theme=self.state.theme,
            progress=False,
        )
        self.link.show(outcome.path)
        ended = "" if outcome.exit_code == ExitCode.DONE else f", and says: {outcome.message}"
        return f"The report is {outcome.path}{ended}", outcome.exit_code == ExitCode.DONE


def _named(field: ipywidgets.Text) -> str:
    if not field.value.strip():
        raise SourceError(f"{field.description}: there is no name yet, give one")
    return str(field.value.strip())
