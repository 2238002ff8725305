"""The state of the balances bench: what is chosen, what came out of it, and what is collected for correction."""

from __future__ import annotations

from typing import Any

from traitlets import Instance, Tuple, Unicode

from workbench.balances.result import Reconstruction
from workbench.bench.shared.state import State

SIDES = ("balances", "internal", "snapshots")


class BalancesState(State):
    """What the forms of the balances bench share."""

    required = ("balances", "internal")
    as_of = Unicode("")  # an instant as ISO 8601; empty: all transactions count
    balance_ids = Tuple()  # the balances to rebuild; empty for all
    result: Any = Instance(Reconstruction, allow_none=True)
    chosen = Unicode("")  # id of the balance whose card is open
    corrections = Tuple()  # ids of the balances that are collected
