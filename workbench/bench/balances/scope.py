"""Scope: the instant up to which transactions count, and the balances to report on."""

from __future__ import annotations

from typing import Any

import ipywidgets

from workbench.balances.rebuild import make_balance_settings
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.layout import WIDE
from workbench.bench.shared.text import say, words
from workbench.errors import SettingsError
from workbench.ledger.balance_names import check_balances

ROOM = {"width": "min(100%, 40em)"}


class ScopeForm(ipywidgets.VBox):
    """Two fields; what fits goes into ``state.as_of`` and ``state.balance_ids``, what does not is said beside them."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        self.as_of = ipywidgets.Text(
            state.as_of,
            description="Count what was created up to",
            placeholder="2026-01-31T12:00:00Z",
            continuous_update=False,
            style=WIDE,
            layout=ROOM,
        )
        self.balance_ids = ipywidgets.Text(
            ", ".join(state.balance_ids),
            description="Balances to report on",
            placeholder="bln_1, bln_2",
            continuous_update=False,
            style=WIDE,
            layout=ROOM,
        )
        self.as_of_problem, self.ids_problem = words(""), words("")
        for field in (self.as_of, self.balance_ids):
            field.observe(self._changed, "value")
        state.observe(self._changed, ["records", "running"])
        self.update_state()
        super().__init__(
            [
                words("What to rebuild", "heading"),
                self.as_of,
                words("An instant in UTC, or with its offset; a bare date is its midnight. Empty: all count.", "hint"),
                self.as_of_problem,
                self.balance_ids,
                words("Ids or indicators, such as @World, separated by commas. Empty: all balances.", "hint"),
                self.ids_problem,
            ]
        )
        self.add_class("wb-scope")

    def update_state(self) -> None:
        """Put what is chosen into the state; say beside each field what is wrong with it."""
        as_of = self.as_of.value.strip()
        ids = tuple(dict.fromkeys(name.strip() for name in self.balance_ids.value.split(",") if name.strip()))
        wrong = {"as_of": _wrong_instant(as_of), "balance_ids": self._unknown(ids)}
        say(self.as_of_problem, wrong["as_of"], "problem")
        say(self.ids_problem, wrong["balance_ids"], "problem")
        first = wrong["as_of"] or wrong["balance_ids"]
        if not first:
            self.state.as_of, self.state.balance_ids = as_of, ids
        self.state.report_problem("scope", first)

    def _changed(self, _change: Any) -> None:
        if not self.state.running:
            self.update_state()

    def _unknown(self, ids: tuple[str, ...]) -> str:
        if not ids or "balances" not in self.state.records:
            return ""
        try:
            self.state.check_idle()
            check_balances(self.state.records["balances"], ids)
        except SettingsError as error:
            return str(error)
        return ""


def _wrong_instant(text: str) -> str:
    try:
        make_balance_settings(as_of=text or None)
    except SettingsError as error:
        return str(error)
    return ""
