"""Run: reconcile what is chosen."""

from __future__ import annotations

from typing import Any

from workbench.bench.reconciliation.results import STATEMENTS
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.running import Running
from workbench.bench.shared.text import Tone
from workbench.reconciliation.reconcile import reconcile_with
from workbench.reconciliation.result import Result
from workbench.statements import findings

NOT_APPLIED = {
    "stale": "whose records are no longer what they were",
    "conflicting": "in conflict with others",
    "doubled": "that others say already",
}


class RunForm(Running):
    """Run and Stop of a reconciliation."""

    state: BenchState

    def __init__(self, state: BenchState) -> None:
        super().__init__(
            state, "Match the external records with the ledger's", ["records", "inputs", "options", "rules", "rates"]
        )

    def make(self) -> Result:
        """Reconcile the records that were read by the settings that are chosen; rules that they propose are taken."""
        records, journal, rates = self.state.records, self.state.journal(), self.state.exchange_rates()
        result = reconcile_with(self.state.settings(), **records, decisions=journal, rates=rates, progress=self.tell)
        if not self.state.rules:
            self.state.apply_settings(result.settings)
        self.state.keep(result, records, journal, rates)
        return result

    def outcome(self, result: Result) -> str:
        """How many external records are matched, how many stay open, and which decisions were not applied."""
        summary = result.summary
        matched, unmatched = summary["matched_transactions"], summary["unmatched_transactions"]
        stay = "stays" if unmatched == 1 else "stay"
        sentence = f"{matched:,} of {matched + unmatched:,} external records are matched; {unmatched:,} {stay} open."
        sentence = sentence if matched + unmatched else "There are no external records to match."
        out = sum(row["records_excluded"] + row["records_rejected"] for row in _external(result))
        sentence += f" Beside them, {out:,} {'is' if out == 1 else 'are'} excluded or rejected." if out else ""
        late = [(why, summary.get("decisions", {}).get(state, 0)) for state, why in NOT_APPLIED.items()]
        not_applied = ", ".join(f"{count:,} {why}" for why, count in late if count)
        sentence += f" Decisions that were not applied: {not_applied}." if not_applied else ""
        return " ".join([sentence, *(["The rules are proposed:", *result.findings] if result.findings else [])])

    def doubt(self, result: Result) -> str:
        """The statements that do not add up, and the rules of which chance alone would match many."""
        named = zip(result.settings.rule_names, result.summary.rules, strict=True)
        doubts = [f"{name}: {rule.doubt}" for name, rule in named if rule.doubt]
        return " ".join(f"{doubt}." for doubt in [*_statements_in_words(result), *doubts])

    def tone(self, result: Result) -> Tone:
        """Nothing matched is no good news."""
        return "good" if result.summary["matched_transactions"] else "problem"


def _external(result: Result) -> list[dict[str, Any]]:
    return [row for row in result.tables["control_totals"].to_pylist() if row["side"] == "external"]


def _statements_in_words(result: Result) -> list[str]:
    """What is wrong with the first account statement of which something is, and of how many something is."""
    wrong = findings(result.tables["statements"]) if "statements" in result.tables else []
    others = [f"{STATEMENTS} with such a finding: {len(wrong):,}"] if len(wrong) > 1 else []
    return [f"{finding[:1].upper()}{finding[1:]}" for finding in wrong[:1]] + others
