"""Groups that sum up to the chosen record: proposed, selected when one takes them, and never applied unasked."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from workbench.bench.reconciliation.decisions import named
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import button
from workbench.bench.shared.replace import refill
from workbench.bench.shared.text import short, words
from workbench.errors import WorkbenchError
from workbench.reconciliation.proposals import Proposals, propose


class ProposalsForm(ipywidgets.VBox):
    """Looks for open records that sum to ``state.chosen``."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        tooltip = "Look for open records that sum to the chosen one exactly (p)"
        self.find = button("Find records that add up to it", tooltip, self.propose)
        self.proposed = ipywidgets.VBox()
        state.observe(lambda _: refill(self.proposed, []), ["chosen", "result"])
        super().__init__([self.find, self.proposed])

    def propose(self) -> None:
        """Look for groups of open records that sum to the chosen one; taking one only selects its records."""
        side, name = self.state.chosen
        if self.state.running or not name:
            refill(self.proposed, [words("Choose an open record first: groups are looked for that sum to it.", "hint")])
            return
        try:
            proposals = propose(self.state.result, side, name)
        except WorkbenchError as error:
            refill(self.proposed, [words(str(error), "problem")])
            return
        choices = [self._choice(side, name, proposals, group) for group in proposals.sets]
        refill(self.proposed, [words(f"To {short(name)}: {proposals.verdict}."), *choices])

    def _choice(self, side: str, name: str, proposals: Proposals, group: Sequence[str]) -> ipywidgets.Button:
        selected = {side: (name,), proposals.side: tuple(group)}
        tooltip = "Select these records; nothing is matched yet"
        return button(f"Select {named(group)}", tooltip, lambda: self._select(selected))

    def _select(self, selected: dict[str, tuple[str, ...]]) -> None:
        self.state.selected = selected
