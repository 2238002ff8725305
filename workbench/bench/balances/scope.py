"""Scope: the instant up to which transactions count, and the balances to report on."""

from __future__ import annotations

from typing import Any

from workbench.balances.rebuild import make_balance_settings
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.fields import ROOM, Part, text_field
from workbench.bench.shared.text import problem_of, say, words
from workbench.ledger.balance_names import check_balances


class ScopeForm(Part):
    """Two fields; what fits goes into ``state.as_of`` and ``state.balance_ids``, what does not is said beside them."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        instant, ids = "2026-01-31T12:00:00Z", ", ".join(state.balance_ids)
        self.as_of = text_field("Count what was effective up to", state.as_of, placeholder=instant, layout=ROOM)
        self.balance_ids = text_field("Balances to report on", ids, placeholder="bln_1, bln_2", layout=ROOM)
        self.as_of_problem, self.ids_problem = words(""), words("")
        for field in (self.as_of, self.balance_ids):
            field.observe(self._changed, "value")
        state.observe(self._changed, ["records", "running"])
        self.update_state()
        super().__init__(
            "scope",
            words("What to rebuild", "heading"),
            self.as_of,
            words("A time in UTC, or with its offset; a date is its beginning. Empty: everything counts.", "hint"),
            self.as_of_problem,
            self.balance_ids,
            words("Ids or indicators, such as @World, separated by commas. Empty: all balances.", "hint"),
            self.ids_problem,
        )

    def update_state(self) -> None:
        """Put what is chosen into the state; say beside each field what is wrong with it."""
        as_of = self.as_of.value.strip()
        ids = tuple(dict.fromkeys(name.strip() for name in self.balance_ids.value.split(",") if name.strip()))
        wrong_instant = problem_of(lambda: make_balance_settings(as_of=as_of or None))
        unknown = problem_of(lambda: self._check_balances(ids))
        say(self.as_of_problem, wrong_instant, "problem")
        say(self.ids_problem, unknown, "problem")
        if not (wrong_instant or unknown):
            self.state.as_of, self.state.balance_ids = as_of, ids
        self.state.report_problem("scope", wrong_instant or unknown)

    def _changed(self, _change: Any) -> None:
        if not self.state.running:
            self.update_state()

    def _check_balances(self, ids: tuple[str, ...]) -> None:
        if ids and "balances" in self.state.records:
            self.state.check_idle()
            check_balances(self.state.records["balances"], ids)
