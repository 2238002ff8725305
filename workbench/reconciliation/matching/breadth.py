"""Breadth: how many pairs a rule weighs, whether that is too many, and what so many may take."""

from __future__ import annotations

from workbench.errors import RuleTooBroad
from workbench.progress import announce
from workbench.reconciliation.criteria.field import FIELDS
from workbench.reconciliation.matching.all_of import AllOf
from workbench.reconciliation.rules import Rule

_MANY = 5_000_000  # this many pairs take some seconds
_NANOSECONDS, _BYTES = 4_000, 12  # the most that a pair takes, as benchmarks/breadth.py measures


def check_breadth(rule: Rule | AllOf, weighed: int, limit: int) -> None:
    """Raise ``RuleTooBroad`` if ``rule`` would weigh more than ``limit`` pairs."""
    if weighed <= limit:
        return
    exact = {criterion.field for criterion in rule.criteria if criterion.exact}
    missing = [kind.narrower for name, kind in FIELDS.items() if kind.narrower and name not in exact]
    raise RuleTooBroad(
        f"rule {rule.name!r} would weigh {weighed:,} pairs, more than the {limit:,} that max_candidates allows: "
        f"add a narrower criterion, such as {' or '.join(missing) or 'a grouping'}, or raise max_candidates"
    )


def announce_breadth(weighed: int) -> None:
    """Say what so many pairs may take, where that is long or large."""
    if weighed >= _MANY:
        seconds, megabytes = -(-weighed * _NANOSECONDS // 10**9), -(-weighed * _BYTES // 10**6)
        announce(f"{weighed:,} pairs, up to about {seconds:,} s and {megabytes:,} MB")
