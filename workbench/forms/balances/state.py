"""The state of the balances bench: what is chosen, what came out of it, and what is collected for correction."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Instance, Tuple, Unicode

from workbench.balances import Reconstruction
from workbench.forms.state import FormState

REQUIRED = ("balances", "internal")
SIDES = (*REQUIRED, "snapshots")


class BalancesState(FormState):
    """What the forms of the balances bench share."""

    as_of = Unicode("")  # an instant as ISO 8601; empty: all transactions count
    balance_ids = Tuple()  # empty: all balances
    running = Bool(False)  # the engine is busy: whoever needs it waits for the end
    result: Any = Instance(Reconstruction, allow_none=True)
    chosen = Unicode("")  # id of the balance whose card is open
    corrections = Tuple()  # ids of the balances that are collected

    @property
    def ready(self) -> bool:
        """Whether Run can start: what has to be read is, nothing is wrong, and nothing runs."""
        return not self.running and not self.problems and set(REQUIRED) <= set(self.records)
