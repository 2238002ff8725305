"""The balances bench: its forms, put together on one state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.balances.result import Reconstruction
from workbench.bench.balances.balance_card import BalanceCard
from workbench.bench.balances.corrections import CorrectionsForm
from workbench.bench.balances.results import BalancesResults
from workbench.bench.balances.run import BalancesRun
from workbench.bench.balances.scope import ScopeForm
from workbench.bench.balances.state import SIDES, BalancesState
from workbench.bench.shared.bench import Bench
from workbench.bench.shared.export import Leaving, Ways
from workbench.bench.shared.files import resolved_path
from workbench.bench.shared.sources import SourceForms
from workbench.bench.shared.state import Input
from workbench.charts.style import THEMES
from workbench.errors import one_of
from workbench.reports.repeat_balances import as_papermill, as_python, parameters_of

WAYS = Ways("reconstruct", "balances", as_python, as_papermill, parameters_of)


class BalancesBench(Bench):
    """All forms of the balances bench, each under its name."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        self.sources = SourceForms(state, SIDES, optional=("snapshots",))
        self.scope = ScopeForm(state)
        self.run = BalancesRun(state)
        self.results = BalancesResults(state)
        self.card = BalanceCard(state)
        self.corrections = CorrectionsForm(state)
        self.exports = Leaving(state, WAYS)
        forms = (self.sources, self.scope, self.run, self.results, self.card, self.corrections, self.exports)
        super().__init__(state, forms)

    @property
    def result(self) -> Reconstruction | None:
        """The result of the last run; none before the first."""
        result: Reconstruction | None = self.state.result
        return result

    def last_result(self) -> str:
        """The result as HTML, for whoever opens the notebook without a kernel."""
        return super().last_result() if self.result is None else self.result._repr_html_()


def balances_bench(
    balances: str = "data/balances/balances.csv",
    internal: str = "data/balances/ledger.csv",
    snapshots: str = "data/balances/snapshots.csv",
    as_of: str = "",
    balance_ids: Sequence[str] = (),
    *,
    balances_options: Mapping[str, Any] | None = None,
    internal_options: Mapping[str, Any] | None = None,
    snapshots_options: Mapping[str, Any] | None = None,
    theme: str = "light",
) -> BalancesBench:
    """The balances bench with these inputs read and, if nothing is wrong with them, the balances rebuilt.

    Each input is a file, or the URL of a PostgreSQL ledger without its password; ``snapshots`` may be empty. Each of
    the ``*_options`` goes to its input's reader. What is wrong with an input is said in the bench.
    Raises ``SettingsError`` for a theme that is none.

    >>> len(balances_bench().result.discrepancies)
    19
    """
    options = {"balances": balances_options, "internal": internal_options, "snapshots": snapshots_options}
    paths = {"balances": balances, "internal": internal, "snapshots": snapshots}
    state = BalancesState(
        inputs={
            side: Input(resolved_path(path) if path else "", dict(options[side] or {})) for side, path in paths.items()
        },
        as_of=as_of,
        balance_ids=tuple(balance_ids),
        theme=one_of(theme, THEMES, "theme"),
    )
    bench = BalancesBench(state)
    bench.sources.read()
    bench.run.run()
    return bench
