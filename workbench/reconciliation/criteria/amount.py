"""Amount: the external amount beside the internal one, whole numbers at one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.errors import SettingsError
from workbench.exact import Ints, decimals, optional_decimals
from workbench.reconciliation.criteria.drift import DRIFT_DECIMALS, Drift, plain
from workbench.reconciliation.criteria.field import DRIFT, Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.sentences import join, past
from workbench.reconciliation.criteria.tolerance import linear
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
        if not (criterion.allowable_drift or criterion.allowable_amount or criterion.expected):
            return "the amounts are equal"
        if criterion.expected is None and not (criterion.pair or isinstance(criterion.allowable_amount, tuple)):
            drift, money = criterion.allowable_drift, criterion.allowable_amount
            limits = [f"{plain(drift * 100)} % of the internal amount"] if drift else []
            limits += [] if money is None else [plain(money)]
            return f"the amounts differ by at most {' and '.join(limits)}"
        return f"the external less the internal amount is {' and '.join(self._limits(criterion))}"

    def _limits(self, criterion: Criterion) -> list[str]:
        """What the external less the internal amount must be, in words."""
        drift, money = criterion.allowable_drift, criterion.allowable_amount
        expected = criterion.expected or Decimal(0)
        centre = plain(expected) if money is not None else f"{plain(expected * 100)} % of the internal amount"
        limits = []
        if criterion.pair:
            low, high = (plain(bound * 100) for bound in criterion.pair)
            limits.append(f"from {low} % to {high} % of the internal amount")
        elif drift or money is None:
            share = f"{plain(drift * 100)} %"
            limits.append(f"at most {share} of the internal amount off {centre}" if drift else centre)
        if isinstance(money, tuple):
            limits.append(f"from {plain(money[0])} to {plain(money[1])}")
        elif money is not None:
            limits.append(f"at most {plain(money)} off {centre}")
        nearest = criterion.expected is not None and (criterion.pair or isinstance(money, tuple))
        return [*limits[:-1], f"{limits[-1]}, the nearer to {centre} the better"] if nearest else limits

    def check(self, criterion: Criterion) -> None:
        """Bounds in shares of the amount lie between -1 and 1, so that they grow with the amount."""
        if criterion.allowable_amount is None and criterion.expected is not None and not criterion.pair:
            drift, expected = criterion.allowable_drift, criterion.expected
            if not -1 <= expected - drift <= expected + drift <= 1:
                raise SettingsError(
                    f"expected of amount is a fraction of the internal amount: with its drift it reaches from "
                    f"{plain(expected - drift)} to {plain(expected + drift)}, and must stay from -1 to 1"
                )

    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """Bound the external amount."""
        internal = window.internal_amount
        if criterion.operator == "greater_than":
            return replace(window, low=np.maximum(window.low, internal + 1))
        if criterion.operator == "less_than":
            return replace(window, high=np.minimum(window.high, internal - 1))
        exact = not (criterion.allowable_drift or criterion.allowable_amount)
        least, most = _bounds(criterion, internal, window.scale)
        low, high = np.maximum(window.low, internal + least), np.minimum(window.high, internal + most)
        centre = window.centre_amount
        if criterion.expected and centre is None:
            centre = internal + _expected(criterion, internal, window.scale)
        return replace(window, low=low, high=high, amount_equal=window.amount_equal or exact, centre_amount=centre)

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
        low, high = _bounds(criterion, i, scale)
        sign = pa.array(np.where(e > i, "+", ""))
        allowed = [_money(high, scale)] if (low == -high).all() else [_money(low, scale), " to ", _money(high, scale)]
        words = join("amount differs by ", sign, _money(e - i, scale), ", ", *allowed, " allowed")
        return Misses(past("equals", e - i, low, high), scale, _drift_that_would_do(criterion, e, i, scale), words)


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
            stops=tuple(
                Decimal(basis_points).scaleb(-4)
                for basis_points in (0, 1, 5, 10, 25, 50, 100, 150, 200, 250, 300, 500, 1000, 2500, 5000, 10000)
            ),
            signed=True,
        ),
        narrower="an equal amount",
        extras=("allowable_amount", "expected"),
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


def _bounds(criterion: Criterion, amounts: Ints, scale: int) -> tuple[Ints, Ints]:
    """The least and the greatest external less internal amount that are allowed, for each internal amount."""
    drift, money = criterion.allowable_drift, criterion.allowable_amount
    if money is None and criterion.expected is None and not criterion.pair:
        slack = tolerance(Fraction(drift), amounts)
        return -slack, slack
    one, nothing = 10**scale, Fraction(0)
    expected = Fraction(criterion.expected or 0)
    centre = (expected * one, nothing) if money is not None else (nothing, expected)
    limits = []
    if criterion.pair:
        limits.append([(nothing, Fraction(share)) for share in criterion.pair])
    elif drift or money is None:
        limits.append([(centre[0], centre[1] - Fraction(drift)), (centre[0], centre[1] + Fraction(drift))])
    if isinstance(money, tuple):
        limits.append([(Fraction(bound) * one, nothing) for bound in money])
    elif money is not None:
        limits.append([(centre[0] + sign * Fraction(money) * one, nothing) for sign in (-1, 1)])
    sizes = np.abs(amounts)
    low = reduce(np.maximum, [linear(*least, sizes, up=True) for least, _ in limits])
    high = reduce(np.minimum, [linear(*most, sizes, up=False) for _, most in limits])
    return low, high


def _expected(criterion: Criterion, amounts: Ints, scale: int) -> Ints:
    """The external less internal amount that is usual, to the nearest whole number."""
    expected, half = Fraction(criterion.expected or 0), Fraction(1, 2)
    if criterion.allowable_amount is not None:
        return linear(expected * 10**scale + half, Fraction(0), np.abs(amounts), up=False)
    return linear(half, expected, np.abs(amounts), up=False)


def _over(criterion: Criterion, pairs: Pairs) -> Ints:
    if criterion.operator == "equals":
        low, high = _bounds(criterion, pairs.internal_amount, pairs.scale)
    else:
        low = high = np.zeros_like(pairs.internal_amount)
    return past(criterion.operator, pairs.external_amount - pairs.internal_amount, low, high)


def _drift_that_would_do(criterion: Criterion, e: Ints, i: Ints, scale: int) -> pa.Array:
    """The smallest drift around what is expected; null where an amount of money is not kept, which no drift mends."""
    if criterion.allowable_amount is None:
        centre = i if criterion.expected is None or criterion.pair else i + _expected(criterion, i, scale)
        return _smallest_drift(e, i, centre)
    low, high = _bounds(replace(criterion, allowable_drift=0), i, scale)
    centre = i if criterion.pair else i + _expected(criterion, i, scale)
    kept = past("equals", e - i, low, high) == 0
    return pc.if_else(pa.array(kept), _smallest_drift(e, i, centre), pa.scalar(None, DRIFT))


def _smallest_drift(e: Ints, i: Ints, centre: Ints) -> pa.Array:
    sizes = np.abs(i).astype(object)
    with np.errstate(divide="ignore"):
        drift = -(-np.abs(e - centre).astype(object) * 10**DRIFT_DECIMALS // np.where(sizes == 0, 1, sizes))
    drift[(sizes == 0) | (drift > 10**DRIFT_DECIMALS)] = -1  # no drift would do
    return optional_decimals(drift.astype(np.int64), DRIFT_DECIMALS)


def _money(amounts: Ints, scale: int) -> pa.Array:
    """As plain text; of many decimals, without the zeros at their end but for the first two."""
    if scale <= _PLAIN_SCALE:
        return decimals(amounts, scale).cast(pa.string())
    return pa.array([_short(f"{amount:f}") for amount in decimals(amounts, scale).to_pylist()], pa.string())


def _short(amount: str) -> str:
    whole, _, fraction = amount.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
