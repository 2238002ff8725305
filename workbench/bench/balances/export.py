"""Leaving the balances bench: files, code, command and report of the reconstruction."""

from __future__ import annotations

from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.export import Leaving, Ways
from workbench.reports.repeat_balances import as_papermill, as_python, parameters_of

WAYS = Ways("reconstruct", "balances", as_python, as_papermill, parameters_of)


class BalancesExport(Leaving):
    """Takes the reconstruction along."""

    def __init__(self, state: BalancesState) -> None:
        super().__init__(state, WAYS)
