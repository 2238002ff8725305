"""Summary: what a reconciliation did in a few figures, by name or like a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any


class Figures(Mapping[str, Any]):
    """A frozen dataclass that also reads like a mapping of its fields; those that are none are not in it.

    Read like a mapping, its values are what JSON knows: a tuple is a list.
    """

    def __getitem__(self, name: str) -> Any:
        value = getattr(self, name, None) if name in {field.name for field in fields(self)} else None  # type: ignore[arg-type]
        if value is None:
            raise KeyError(name)
        return list(value) if isinstance(value, tuple) else value

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self) if getattr(self, field.name) is not None)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as they are written to JSON."""
        return {name: _plain(value) for name, value in self.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.to_dict() if isinstance(value, Figures) else value


@dataclass(frozen=True, eq=False)
class RuleSummary(Figures):
    """A rule as it was written, and what it did: matches, and the records of each side in them.

    ``candidates`` counts the pairs of units that it allowed. ``expected_by_chance`` is how many matches and suggestions
    it makes of displaced dates, where it bounds dates and the period is long enough to displace them; of subsets, how
    many its searches would find by chance. ``strategy`` and ``grouping_criteria`` are there where the rule has its own,
    ``suggested`` where some of its matches are suggestions.
    """

    name: str
    description: str
    criteria: tuple[Mapping[str, Any], ...]
    matches: int
    matched_external: int
    matched_internal: int
    candidates: int
    expected_by_chance: int | None = None
    suggested: int | None = None
    strategy: str | None = None
    grouping_criteria: tuple[str, ...] | None = None

    @property
    def doubt(self) -> str:
        """What to know of a rule of which chance alone would give a tenth of the matches; empty for others."""
        chance, made = self.expected_by_chance or 0, self.matches + (self.suggested or 0)
        if 10 * chance < made or not chance:
            return ""
        what = "matches and suggestions" if self.suggested else "matches"
        return (
            f"chance alone would give {min(chance, made):,} of these {made:,} {what}: compare a reference as well, or "
            "allow fewer days"
        )


@dataclass(frozen=True, eq=False)
class DecisionCounts(Figures):
    """How many decisions of the journal are in each state."""

    applied: int
    undone: int
    stale: int
    conflicting: int
    doubled: int


@dataclass(frozen=True, eq=False)
class Summary(Figures):
    """What was reconciled, how, when, and how many records of each side matched.

    ``matched_transactions`` and ``unmatched_transactions`` count external records. ``findings`` are there only where
    the rules are proposed: what was seen in the records. ``decisions`` and ``matches_by_hand`` are there only where a
    journal was given.

    >>> counts = DecisionCounts(applied=2, undone=0, stale=1, conflicting=0, doubled=0)
    >>> counts.stale, counts["stale"], dict(counts)["applied"]
    (1, 1, 2)
    """

    reconciliation_id: str
    strategy: str
    grouping_criteria: tuple[str, ...]
    status: str
    is_dry_run: bool
    started_at: str  # instants in UTC, ISO 8601
    completed_at: str
    matched_transactions: int
    unmatched_transactions: int
    matched_internal_transactions: int
    unmatched_internal_transactions: int
    rules: tuple[RuleSummary, ...]
    findings: tuple[str, ...] | None = None
    decisions: DecisionCounts | None = None
    matches_by_hand: int | None = None
