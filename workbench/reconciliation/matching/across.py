"""Across currencies: the units of a rule in one currency beside those in another, converted at the rate of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from workbench.exact import Ints, narrow
from workbench.reconciliation.matching.passes import Pass, run_rule
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.rates import Rate, Rates
from workbench.reconciliation.rules import Rule

_LEAST_DIGITS = 4  # converted amounts have this many digits more than records; smaller differences do not count
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Run:
    """The open units of one currency beside those of another."""

    pool: Pool
    external: Ints
    internal: Ints
    rates: dict[int, Rate]  # the rate of each external unit


def run_across(rates: Rates, rule: Rule, pool: Pool, open_external: Ints, open_internal: Ints, limit: int) -> Pass:
    """Apply a rule that may cross currencies: first within each currency, then pair by pair of currencies.

    An external amount is converted into the currency of the internal one at the rate of its date; a unit whose day has
    no rate is no candidate. Pairs of currencies come in the order of their codes, each on what the ones before left.
    """
    parts = [run_rule(rule, pool, open_external, open_internal, limit)]
    crossed: list[Rate | None] = [None] * len(parts[0].external)
    left_e, left_i = _without(open_external, parts[0].external), _without(open_internal, parts[0].internal)
    for run in _runs(rule, rates, pool, left_e, left_i):
        external = run.external[np.isin(run.external, left_e)]
        internal = run.internal[np.isin(run.internal, left_i)]
        rule_pass = run_rule(rule, run.pool, external, internal, limit)
        left_e, left_i = _without(left_e, rule_pass.external), _without(left_i, rule_pass.internal)
        crossed += [run.rates[unit] for unit in rule_pass.external.tolist()]
        parts.append(rule_pass)

    def joined(name: str) -> Ints:
        return np.concatenate([getattr(part, name) for part in parts])

    return Pass(
        rule,
        pool,
        joined("external"),
        joined("internal"),
        joined("alternatives"),
        sum(part.candidates for part in parts),
        np.unique(joined("reached_external")),
        np.unique(joined("reached_internal")),
        rates=tuple(crossed),
    )


def converted(amount: int, scale: int, rate: Rate, currency: str) -> Fraction:
    """An amount of ``currency``, a whole number at ``scale``, in the other currency of the rate."""
    return Fraction(amount, 10**scale) * rate.factor(currency)


def _runs(rule: Rule, rates: Rates, pool: Pool, external: Ints, internal: Ints) -> Iterator[_Run]:
    names = pool.currencies.to_pylist()
    codes = sorted(range(len(names)), key=names.__getitem__)
    of_e = {code: external[pool.external.currency[external] == code] for code in codes}
    of_i = {code: internal[pool.internal.currency[internal] == code] for code in codes}
    finer = _digits(rule, pool.scale) - pool.scale
    internal_amount = narrow(pool.internal.amount.astype(object) * 10 ** (finer + 1))
    for one in codes:
        for other in codes:
            if one == other or not len(of_e[one]) or not len(of_i[other]):
                continue
            rate_of = {
                unit: rate
                for unit in of_e[one].tolist()
                if (rate := rates.find(names[one], names[other], _day(pool, unit))) is not None
            }
            if not rate_of:
                continue
            amount = np.zeros(len(pool.external), object)
            for unit, rate in rate_of.items():
                amount[unit] = _comparable(int(pool.external.amount[unit]), rate.factor(names[one]), finer)
            amounts = narrow(amount), internal_amount
            if object in {column.dtype for column in amounts}:
                amounts = amount, internal_amount.astype(object)
            units = replace(pool.external, amount=amounts[0], currency=np.full(len(pool.external), other))
            compared = replace(
                pool,
                external=units,
                internal=replace(pool.internal, amount=amounts[1]),
                scale=pool.scale + finer + 1,
            )
            yield _Run(compared, np.array(list(rate_of)), of_i[other], rate_of)


def _comparable(amount: int, factor: Fraction, finer: int) -> int:
    """A converted amount in whole numbers that stand to every bound as the fraction itself does.

    Bounds are whole at ``finer`` digits more; a digit after these says 5 where the fraction lies between two of them.
    """
    whole, rest = divmod(amount * factor.numerator * 10**finer, factor.denominator)
    return whole * 10 + (5 if rest else 0)


def _digits(rule: Rule, scale: int) -> int:
    """The decimals at which everything that bounds an amount is whole."""
    amounts = [criterion for criterion in rule.criteria if criterion.field == "amount"]
    shares = [digits for criterion in amounts for digits in _decimals(criterion.allowable_drift, criterion.expected)]
    money = [digits for criterion in amounts for digits in _decimals(criterion.allowable_amount, criterion.expected)]
    return max([scale + max([_LEAST_DIGITS, *shares]), *money])


def _decimals(*values: Decimal | tuple[Decimal, Decimal] | None) -> list[int]:
    numbers = [number for value in values for number in (value if isinstance(value, tuple) else (value,))]
    return [max(0, -int(number.as_tuple().exponent)) for number in numbers if number is not None]


def _day(pool: Pool, unit: int) -> date:
    micros = int(pool.external.date[unit]) * pool.tick + pool.epoch
    return (_EPOCH + timedelta(microseconds=micros)).date()


def _without(units: Ints, matched: Ints) -> Ints:
    return units[~np.isin(units, matched)]
