"""Amount: the external amount beside the internal one, whole numbers at one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workbench.exact import Ints, decimals, optional_decimals
from workbench.reconciliation.criteria.drift import DRIFT_DECIMALS, Drift, plain
from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.sentences import join, past
from workbench.reconciliation.criteria.window import Window

_PLAIN_SCALE = 6  # Arrow writes smaller decimals with an exponent


@dataclass(frozen=True)
class AmountField(Field):
    """Amounts, whose drift is a fraction of the internal one."""

    def words(self, criterion: Criterion) -> str:
        """The criterion in plain words."""
        if criterion.operator == "greater_than":
            return "the external amount is greater"
        if criterion.operator == "less_than":
            return "the external amount is smaller"
        if not criterion.allowable_drift:
            return "the amounts are equal"
        return f"the amounts differ by at most {plain(criterion.allowable_drift * 100)} % of the internal amount"

    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """Bound the external amount."""
        own = window.internal_amount
        if criterion.operator == "greater_than":
            return replace(window, low=np.maximum(window.low, own + 1))
        if criterion.operator == "less_than":
            return replace(window, high=np.minimum(window.high, own - 1))
        exact = not criterion.allowable_drift
        slack = 0 if exact else tolerance(Fraction(criterion.allowable_drift), own)
        low, high = np.maximum(window.low, own - slack), np.minimum(window.high, own + slack)
        return replace(window, low=low, high=high, amount_equal=window.amount_equal or exact)

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """Which of the pairs do not meet the criterion."""
        return _over(criterion, pairs) > 0

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """As a share of the internal amount."""
        sizes = np.maximum(np.abs(pairs.internal_amount), 1)
        return _over(criterion, pairs).astype(float) / sizes.astype(float)

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:
        """By how much money."""
        e, i, scale = pairs.external_amount, pairs.internal_amount, pairs.scale
        if criterion.operator != "equals":
            wanted = " is not greater than " if criterion.operator == "greater_than" else " is not smaller than "
            words = join("amount ", _money(e, scale), wanted, _money(i, scale))
            return Misses(np.abs(e - i), scale, pa.nulls(len(e), DRIFT), words)
        allowed = tolerance(Fraction(criterion.allowable_drift), i)
        sign = pa.array(np.where(e > i, "+", ""))
        words = join("amount differs by ", sign, _money(e - i, scale), ", ", _money(allowed, scale), " allowed")
        return Misses(np.abs(e - i) - allowed, scale, _smallest_drift(e, i), words)


AMOUNT = declare(
    AmountField(
        "amount",
        ("equals", "greater_than", "less_than"),
        Drift(
            "equals",
            most=Decimal(1),
            range="a fraction of the internal amount, from 0 to 1",
            units={"percent": Decimal("0.01")},
            exponent=-6,
        ),
        narrower="an equal amount",
    )
)


def tolerance(drift: Fraction, amounts: Ints) -> Ints:
    """The largest whole difference within ``drift`` of each amount, without a product that overflows."""
    if drift == 0:
        return np.zeros_like(amounts)
    sizes = np.abs(amounts)
    if sizes.dtype != object and drift.denominator > 2**30:
        sizes = sizes.astype(object)
    whole, rest = sizes // drift.denominator, sizes % drift.denominator
    return whole * drift.numerator + rest * drift.numerator // drift.denominator


def _over(criterion: Criterion, pairs: Pairs) -> Ints:
    allowed = tolerance(Fraction(criterion.allowable_drift), pairs.internal_amount)
    return past(criterion.operator, pairs.external_amount - pairs.internal_amount, allowed)


def _smallest_drift(e: Ints, i: Ints) -> pa.Array:
    sizes = np.abs(i).astype(object)
    with np.errstate(divide="ignore"):
        drift = -(-np.abs(e - i).astype(object) * 10**DRIFT_DECIMALS // np.where(sizes == 0, 1, sizes))
    drift[(sizes == 0) | (drift > 10**DRIFT_DECIMALS)] = -1  # no drift would do
    return optional_decimals(drift.astype(np.int64), DRIFT_DECIMALS)


def _money(amounts: Ints, scale: int) -> pa.Array:
    """As plain text; of many decimals, without the noughts at their end but for the first two."""
    if scale <= _PLAIN_SCALE:
        return decimals(amounts, scale).cast(pa.string())
    return pa.array([_short(f"{amount:f}") for amount in decimals(amounts, scale).to_pylist()], pa.string())


def _short(amount: str) -> str:
    whole, _, fraction = amount.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
