"""Run: reconcile what is chosen."""

from __future__ import annotations

from workbench.forms.running import Running
from workbench.forms.state import BenchState
from workbench.matching.reconcile import reconcile_with
from workbench.result import Result


class RunForm(Running):
    """Run and Stop of a reconciliation."""

    state: BenchState

    def __init__(self, state: BenchState) -> None:
        super().__init__(
            state, "Match the external records with the ledger's", ["records", "inputs", "options", "rules"]
        )

    def make(self) -> Result:
        """Reconcile the records that were read by the settings that are chosen."""
        return reconcile_with(self.state.settings(), **self.state.records, progress=self.tell)

    def told(self, result: Result) -> str:
        """How many external records are matched, and how many stay open."""
        summary = result.summary
        matched, unmatched = summary["matched_transactions"], summary["unmatched_transactions"]
        return f"{matched:,} of {matched + unmatched:,} external records are matched; {unmatched:,} stay open."
