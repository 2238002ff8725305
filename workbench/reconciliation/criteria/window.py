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

    Amounts are whole numbers at ``scale``, dates steps from ``epoch`` (in microseconds since 1970) on; ``reach`` is
    more than any of them. ``low_date`` and ``high_date`` bound the external date for each internal unit, where a lag
    alone does not say it. ``centre_amount`` is the external amount that is usual for each internal unit, ``centre_lag``
    the lag that is, in microseconds.
    """

    internal_amount: Ints
    low: Ints
    high: Ints
    after: int
    before: int
    tick: int
    scale: int
    internal_date: Ints
    epoch: int
    reach: int
    low_date: Ints | None = None
    high_date: Ints | None = None
    centre_amount: Ints | None = None
    centre_lag: int | None = None
    amount_equal: bool = False
    texts: tuple[Any, ...] = ()
