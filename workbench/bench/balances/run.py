"""Run: rebuild the balances."""

from __future__ import annotations

from workbench.balances.explained import explained
from workbench.balances.rebuild import STEPS, reconstruct
from workbench.balances.result import Reconstruction
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.running import Running
from workbench.bench.shared.text import Tone


class BalancesRun(Running):
    """Run and Stop of a reconstruction."""

    state: BalancesState

    def __init__(self, state: BalancesState) -> None:
        super().__init__(
            state, "Rebuild the balances from their transactions", ["records", "inputs", "as_of", "balance_ids"]
        )

    def make(self) -> Reconstruction:
        """Rebuild what is chosen, and explain what differs."""
        rebuilt = reconstruct(
            **self.state.records,
            as_of=self.state.as_of or None,
            balance_ids=self.state.balance_ids or None,
            progress=lambda stage, done, _: self._tell(stage, done) if done < STEPS else None,
        )
        self._tell("explaining the largest differences", STEPS)
        result = explained(rebuilt)
        self._tell("done", STEPS + 1)
        return result

    def outcome(self, result: Reconstruction) -> str:
        """How many balances differ."""
        summary = result.summary
        return f"{summary['discrepancies']:,} of {summary['balances']:,} balances differ from their transactions."

    def tone(self, result: Reconstruction) -> Tone:
        """Balances that differ are no good news."""
        return "caution" if result.summary["discrepancies"] else "good"

    def _tell(self, stage: str, done: int) -> None:
        self.tell(stage, done, STEPS + 1)
