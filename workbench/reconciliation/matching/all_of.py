"""Several rules as one: what all of them demand."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.rules import Rule


@dataclass(frozen=True)
class AllOf:
    """Several rules as one, which allows the pairs that all of them allow."""

    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """The names of all."""
        return " and ".join(rule.name for rule in self.rules)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria of all."""
        return tuple(criterion for rule in self.rules for criterion in rule.criteria)

    @property
    def remainder(self) -> str:
        """That of one that leaves one."""
        return max(rule.remainder for rule in self.rules)

    @property
    def heeds_references(self) -> bool:
        """Whether one of them does."""
        return any(rule.heeds_references for rule in self.rules)
