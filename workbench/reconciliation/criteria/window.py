"""Window: what a rule demands of amounts, dates and texts, narrowed by one criterion after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.exact import Ints


@dataclass(frozen=True)
class Window:
    """What an external unit must have to pair with each internal unit; both bounds are in.

    ``low`` and ``high`` bound the external amount for each internal unit, ``after`` and ``before`` the external minus
    the internal date in steps of ``tick`` microseconds. ``texts`` are the criteria that compare texts.
    """

    internal_amount: Ints
    low: Ints
    high: Ints
    after: int
    before: int
    tick: int
    amount_equal: bool = False
    texts: tuple[Any, ...] = ()
