"""Differences: what the matches of each rule differ by in each currency, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import amount_text
from workbench.errors import ControlTotalsError
from workbench.exact import Ints, whole
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.matching.kernels import sums_by
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.settings import BY_HAND, Settings
from workbench.reconciliation.tables import DIFFERENCES
from workbench.sides import SIDES


@dataclass(frozen=True)
class Difference:
    """What some matches of a currency differ by: how many they are, and their amounts as whole numbers.

    ``debit`` is by how much external amounts are less, without sign, ``credit`` by how much they are more.
    """

    matches: int = 0
    external: int = 0
    internal: int = 0
    debit: int = 0
    credit: int = 0

    @classmethod
    def of(cls, external: int, internal: int) -> Difference:
        """That of one match."""
        apart = external - internal
        return cls(1, external, internal, max(-apart, 0), max(apart, 0))

    def __add__(self, other: Difference) -> Difference:
        return Difference(
            self.matches + other.matches,
            self.external + other.external,
            self.internal + other.internal,
            self.debit + other.debit,
            self.credit + other.credit,
        )


def differences(settings: Settings, scale: int, passes: Sequence[Pass], decided: Decided) -> pa.Table:
    """A row for each rule, and each currency in which any of its matches differ; those by hand come first."""
    ran = zip(settings.rule_names, passes, strict=True)
    of_rules = [
        (BY_HAND, "", _by_hand(decided, scale)),
        *((name, rule_pass.rule.account, _by_rule(rule_pass)) for name, rule_pass in ran),
    ]
    rows = [
        (
            name,
            currency,
            difference.matches,
            difference.external,
            difference.internal,
            difference.credit - difference.debit,
            difference.debit,
            difference.credit,
            account or None,
        )
        for name, account, by_currency in of_rules
        for currency, difference in sorted(by_currency.items())
    ]
    return DIFFERENCES.of_rows(rows, scale)


def check_differences(totals: pa.Table, table: pa.Table) -> None:
    """Raise ``ControlTotalsError`` unless what is matched on both sides differs by exactly what the matches differ by.

    ``table`` is that of the differences; the error names the first currency.
    """
    matched, apart = _matched_apart(totals.to_pylist()), _sums(table.to_pylist())
    for currency in sorted({*matched, *apart}):
        of_sides, of_matches = matched.get(currency, Fraction(0)), apart.get(currency, Fraction(0))
        if of_sides != of_matches:
            raise ControlTotalsError(
                f"{currency}: the matched amounts of both sides differ by {of_sides}, but the matches by {of_matches}; "
                "the result is withheld"
            )


def unlike(tables: Mapping[str, pa.Table]) -> pa.Table:
    """The rows of matches that differ; of those of two currencies a row for each, in which one amount stands alone.

    Columns: ``match_id``, ``rule``, ``currency``, ``amount_difference``, and the ids of both records.
    """
    names = ["match_id", "rule", "currency", "amount_difference", *(f"{side}_transaction_id" for side in SIDES)]
    matches = tables["matches"].select(names)
    rows = matches.filter(pc.not_equal(matches["amount_difference"], 0))
    if "conversions" not in tables:
        return rows
    of_match = {row["match_id"]: row for row in tables["conversions"].to_pylist()}
    crossing = matches.filter(pc.is_in(matches["match_id"], pa.array(list(of_match), pa.string()))).to_pylist()
    alone = []
    for row in crossing:
        conversion = of_match[row["match_id"]]
        apart = {"external": conversion["external_amount"], "internal": conversion["internal_amount"].copy_negate()}
        alone += [
            row | {"currency": conversion[f"{side}_currency"], "amount_difference": apart[side]}
            for side in SIDES
            if apart[side]
        ]
    return pa.concat_tables([rows, pa.Table.from_pylist(alone, rows.schema)])


def differences_in_words(table: pa.Table) -> str:
    """How many matches differ and by how much, debits and credits apart, in one line.

    >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e1", "amount": "97", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t1", "amount": "100", "currency": "EUR", "created_at": "2026-01-01"}])
    >>> rules = [Rule("Less a fee", [Criterion("amount", "equals", "0.05")])]
    >>> differences_in_words(reconcile(paid, booked, rules=rules).tables["differences"])
    '1 match differs: external 3 EUR less than internal'
    """
    rows = table.to_pylist()
    if not rows:
        return "the amounts of all matches agree"
    money = []
    for currency in sorted({row["currency"] for row in rows}):
        of_currency = [row for row in rows if row["currency"] == currency]
        less, more = (_total(row[f"difference_{way}"] for row in of_currency) for way in ("debit", "credit"))
        money += [f"{amount_text(less, currency)} {currency} less"] if less else []
        money += [f"{amount_text(more, currency)} {currency} more"] if more else []
    count = sum(row["matches"] for row in rows)
    return f"{count:,} match{'es' * (count > 1)} differ{'s' * (count == 1)}: external {', '.join(money)} than internal"


def _by_rule(rule_pass: Pass) -> dict[str, Difference]:
    """By currency, what the matches of a rule differ by."""
    pool = rule_pass.pool
    external, internal = pool.external.amount[rule_pass.external], pool.internal.amount[rule_pass.internal]
    currency, other = pool.external.currency[rule_pass.external], pool.internal.currency[rule_pass.internal]
    crosses = currency != other
    if crosses.any():  # in its own currency, each of the two amounts stands alone
        nothing = np.zeros_like(internal[crosses])
        internal, alone = np.where(crosses, 0, internal), internal[crosses]
        external, internal = np.concatenate([external, nothing]), np.concatenate([internal, alone])
        currency = np.concatenate([currency, other[crosses]])
    differing = np.flatnonzero(external != internal)
    if not len(differing):
        return {}
    external, internal, currency = external[differing], internal[differing], currency[differing]
    places = len(pool.currencies)

    def summed(amounts: Ints) -> list[int]:
        return sums_by(currency, amounts, places)

    apart = external - internal
    sums = zip(
        np.bincount(currency, minlength=places).tolist(),
        summed(external),
        summed(internal),
        summed(np.maximum(-apart, 0)),
        summed(np.maximum(apart, 0)),
        strict=True,
    )
    by_currency = zip(pool.currencies.to_pylist(), (Difference(*figures) for figures in sums), strict=True)
    return {currency: difference for currency, difference in by_currency if difference.matches}


def _by_hand(decided: Decided, scale: int) -> dict[str, Difference]:
    """By currency, what the matches of people differ by."""
    by_currency: dict[str, Difference] = {}
    for decision in decided.matches:
        external, internal = (sum(decided.applied(decision, side, scale).values()) for side in SIDES)
        currency, other = (decided.currency(decision, side) for side in SIDES)
        # In its own currency, each of two amounts stands alone.
        parts = (
            [(currency, external, internal)] if currency == other else [(currency, external, 0), (other, 0, internal)]
        )
        for name, own_external, own_internal in parts:
            if own_external != own_internal:
                by_currency[name] = by_currency.get(name, Difference()) + Difference.of(own_external, own_internal)
    return by_currency


def _matched_apart(totals: Iterable[Mapping[str, Any]]) -> dict[str, Fraction]:
    """By currency, what is matched of the external side less what is of the internal one."""
    apart: dict[str, Fraction] = {}
    for row in totals:
        signed = Fraction(row["amount_matched"]) * (1 if row["side"] == "external" else -1)
        apart[row["currency"]] = apart.get(row["currency"], Fraction(0)) + signed
    return apart


def _sums(rows: Iterable[Mapping[str, Any]]) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], Fraction(0)) + Fraction(row["difference"])
    return sums


def _total(amounts: Iterable[Decimal]) -> Decimal:
    """Exactly, at any number of digits."""
    parts = list(amounts)
    scale = -int(parts[0].as_tuple().exponent)
    return Decimal(f"{sum(whole(amount, scale) for amount in parts)}E-{scale}")
