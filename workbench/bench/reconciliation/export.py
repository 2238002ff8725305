"""Leaving the reconciliation bench: files, code, command and report of the reconciliation."""

from __future__ import annotations

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.export import Leaving, Ways
from workbench.reports.repeat_reconciliation import as_papermill, as_python, parameters_of

WAYS = Ways("reconcile", "reconciliation", as_python, as_papermill, parameters_of)


class ExportForm(Leaving):
    """Takes the reconciliation along."""

    def __init__(self, state: BenchState) -> None:
        super().__init__(state, WAYS)
