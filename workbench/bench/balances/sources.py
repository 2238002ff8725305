"""Sources of the balances bench: the ledger's balances and transactions, and snapshots where there are some."""

from __future__ import annotations

from workbench.bench.balances.state import SIDES, BalancesState
from workbench.bench.shared.sources import SourceForms


class BalancesSources(SourceForms):
    """The inputs of a reconstruction."""

    def __init__(self, state: BalancesState) -> None:
        super().__init__(state, SIDES, optional=("snapshots",))
        self.balances, self.internal, self.snapshots = self.sides.values()
