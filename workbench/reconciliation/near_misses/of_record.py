"""The near misses of one record, and the rules under which they would match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import pyarrow.compute as pc

from workbench.reconciliation.criteria.field import FIELDS
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Rule, shown_names
from workbench.sides import Side


@dataclass(frozen=True)
class Failure:
    """A criterion that a near miss fails: by how much in words, and the smallest drift that would do, if any."""

    field: str
    operator: str
    explanation: str
    smallest_drift: Decimal | None
    later: bool = False  # whether the external value is the greater one

    @property
    def drift(self) -> Decimal | None:
        """A drift with few digits that would do."""
        drift = FIELDS[self.field].drift
        return None if drift is None or self.smallest_drift is None else drift.handy(self.smallest_drift)


@dataclass(frozen=True)
class Candidate:
    """A pair of open units that almost matched, each named by its first record, and what of ``rule`` it fails."""

    external: str
    internal: str
    rank: int
    rule: str  # the rule's name in a result
    currency: str
    external_amount: Decimal
    internal_currency: str
    internal_amount: Decimal
    failures: tuple[Failure, ...]

    @property
    def mendable(self) -> bool:
        """Whether drifts alone would let it match."""
        return all(failure.drift is not None for failure in self.failures)

    def widened(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """``rules`` with the drifts that let this pair pass; those that are wide enough already stay."""
        names = shown_names(rules)
        return tuple(self._widen(rule) if name == self.rule else rule for rule, name in zip(rules, names, strict=True))

    def _widen(self, rule: Rule) -> Rule:
        wanted = {
            (failure.field, failure.operator): (failure.drift, failure.later)
            for failure in self.failures
            if failure.drift is not None
        }
        criteria = [
            criterion.widened(*wanted[criterion.field, criterion.operator])
            if (criterion.field, criterion.operator) in wanted
            else criterion
            for criterion in rule.criteria
        ]
        return replace(rule, criteria=tuple(criteria))


def near_misses_of(result: Result, side: Side, unit: str) -> list[Candidate]:
    """The near misses of the open unit of ``side`` that ``unit`` is the first record of, the closest first.

    >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t", "amount": "10", "currency": "EUR", "created_at": "2026-01-02"}])
    >>> result = reconcile(paid, booked, rules=[Rule("Amount", [Criterion("amount")])])
    >>> [candidate] = near_misses_of(result, "external", "e")
    >>> candidate.failures[0].explanation, candidate.failures[0].drift
    ('amount differs by -0.10, 0.00 allowed', Decimal('0.010000'))
    """
    table = result.tables["near_misses"]
    rows = table.filter(pc.equal(table[f"{side}_transaction_id"], unit)).to_pylist()
    rows.sort(key=lambda row: (row["rank"], row["external_transaction_id"], row["internal_transaction_id"]))
    pairs = groupby(rows, key=lambda row: (row["external_transaction_id"], row["internal_transaction_id"]))
    return [_candidate(list(of_pair)) for _, of_pair in pairs]


def _candidate(rows: list[dict[str, Any]]) -> Candidate:
    first = rows[0]
    failures = [
        Failure(
            row["field"],
            row["operator"],
            row["explanation"],
            row["smallest_drift"],
            (row["date_difference_seconds" if row["field"] == "date" else "amount_difference"] or 0) > 0,
        )
        for row in rows
    ]
    return Candidate(
        first["external_transaction_id"],
        first["internal_transaction_id"],
        first["rank"],
        first["rule"],
        first["currency"],
        first["external_amount"],
        first["internal_currency"],
        first["internal_amount"],
        tuple(failures),
    )
