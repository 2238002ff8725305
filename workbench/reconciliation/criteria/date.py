"""Date: the external date beside the internal one, to the microsecond."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workbench.exact import decimals
from workbench.reconciliation.criteria.drift import Drift
from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.sentences import join, past
from workbench.reconciliation.criteria.window import Window

DAY = 86_400_000_000  # microseconds
_LONGEST = 2**62


@dataclass(frozen=True)
class DateField(Field):
    """Dates, whose drift is in seconds."""

    def number(self, value: object) -> Decimal | None:
        """The seconds that a drift is given as; a ``timedelta`` is as many as it is long, to the nanosecond."""
        if isinstance(value, timedelta):
            seconds = Decimal(value.days * 86_400 + value.seconds)
            finer = value.microseconds * 1000 + int(getattr(value, "nanoseconds", 0))  # of pandas
            return seconds + Decimal(finer).scaleb(-9)
        return super().number(value)

    def words(self, criterion: Criterion) -> str:
        """The criterion in plain words."""
        if criterion.operator != "equals":
            return f"the external date is {'later' if criterion.operator == 'greater_than' else 'earlier'}"
        if not criterion.allowable_drift:
            return "the dates are the same instant"
        return f"the dates are at most {SECONDS.say(criterion.allowable_drift)} apart"

    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """Bound the external minus the internal date."""
        if criterion.operator == "greater_than":
            return replace(window, after=max(window.after, 1))
        if criterion.operator == "less_than":
            return replace(window, before=min(window.before, -1))
        ticks = int(Fraction(criterion.allowable_drift) * 1_000_000 / window.tick)
        return replace(window, after=max(window.after, -ticks), before=min(window.before, ticks))

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """Which of the pairs do not meet the criterion."""
        return past(criterion.operator, pairs.lag, _micros_allowed(criterion)) > 0

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """As a share of a month."""
        return past(criterion.operator, pairs.lag, _micros_allowed(criterion)).astype(float) / (30 * DAY)

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:
        """By how much time."""
        spans = pa.array([_span(int(micros)) for micros in pairs.lag], pa.string())
        if criterion.operator != "equals":
            wanted = "later" if criterion.operator == "greater_than" else "earlier"
            words = join(f"date is not {wanted}, but ", spans)
            return Misses(np.abs(pairs.lag), 6, pa.nulls(len(pairs), DRIFT), words)
        allowed = _micros_allowed(criterion)
        drift = decimals(np.abs(pairs.lag), 6).cast(DRIFT)
        words = join("date is ", spans, f", {_length(allowed)} allowed")
        return Misses(np.abs(pairs.lag) - allowed, 6, drift, words)


SECONDS = Drift(
    "equals",
    most=None,
    range="seconds, 0 or more",
    units={"days": Decimal(86400), "hours": Decimal(3600), "minutes": Decimal(60), "seconds": Decimal(1)},
    exponent=0,
)
DATE = declare(
    DateField(
        "date",
        ("equals", "greater_than", "less_than"),
        SECONDS,
        aliases={"after": "greater_than", "before": "less_than"},
        narrower="a date within a few days",
    )
)


def _micros_allowed(criterion: Criterion) -> int:
    """In microseconds; a drift may be longer than any two dates are apart, and than 64 bits hold."""
    return min(int(Fraction(criterion.allowable_drift) * 1_000_000), _LONGEST)


def _span(micros: int) -> str:
    return "the same" if micros == 0 else f"{_length(abs(micros))} {'later' if micros > 0 else 'earlier'}"


def _length(micros: int) -> str:
    for unit, size in (("days", DAY), ("hours", DAY // 24), ("minutes", DAY // 1440)):
        if micros >= 2 * size:
            return f"{_tenths(micros * 10 // size)} {unit}"
    seconds = f"{micros // 1_000_000}{f'.{micros % 1_000_000:06}'.rstrip('0').rstrip('.')}"
    return f"{seconds} second" if seconds == "1" else f"{seconds} seconds"


def _tenths(count: int) -> str:
    return f"{count // 10:,}.{count % 10}".removesuffix(".0")
