"""Breadth: how many pairs a rule weighs, whether that is too many, and what so many take."""

from __future__ import annotations

from typing import NamedTuple

from workbench.errors import RuleTooBroad
from workbench.progress import announce
from workbench.reconciliation.criteria.field import FIELDS
from workbench.reconciliation.matching.all_of import AllOf
from workbench.reconciliation.rules import Rule

FOR_ONE = 5  # so many pairs that are sorted or counted stand for one that is listed: they take far less
_MANY = 5_000_000  # this many listed pairs take some seconds
_BYTES_OF_A_UNIT = 500


class Cost(NamedTuple):
    """What a pair takes of the processor and of memory, as benchmarks/breadth.py measures.

    ``for_one`` is how many stand for one that is listed, ``fewer`` how to have fewer of them.
    """

    nanoseconds: int
    bytes: int
    for_one: int = 1
    fewer: str = ""


SORTED = Cost(10, 1, FOR_ONE)
LISTED = Cost(500, 6)
LISTED_EVEN = Cost(2_000, 6)  # where no side has units to spare, the best assignment takes longer to find
LETTERS = Cost(1_200, 10)  # where texts are compared letter by letter
# Of a million records, evidence is on tens of millions of pairs: that takes a gigabyte, and is no reason to refuse.
EVIDENCE = Cost(1_000, 60, FOR_ONE, "let a narrower rule run before it")
NOT_LEARNED = EVIDENCE._replace(
    fewer="its weights are the usual ones, for any records: give it those that wb.learn finds in these, "
    "which mostly allow far fewer pairs, or let a narrower rule run before it"
)


def cost_of(external: int, internal: int, *, letters: bool) -> Cost:
    """What listed pairs of so many units of both sides take."""
    even = 201 * min(external, internal) >= 200 * max(external, internal)
    return LETTERS if letters else LISTED_EVEN if even else LISTED


def check_breadth(rule: Rule | AllOf, weighed: int, limit: int, cost: Cost, units: int) -> None:
    """Raise ``RuleTooBroad`` if ``rule`` would weigh pairs of so many units that stand for more than ``limit``."""
    most = limit * cost.for_one
    if weighed <= most:
        return
    exact = {criterion.field for criterion in rule.criteria if criterion.exact}
    missing = [kind.narrower for name, kind in FIELDS.items() if kind.narrower and name not in exact]
    fewer = cost.fewer or f"add a narrower criterion, such as {' or '.join(missing) or 'a grouping'}"
    raise RuleTooBroad(
        f"rule {rule.name!r} would weigh {weighed:,} pairs, more than the {most:,} that max_candidates allows, "
        f"in {_taken(weighed, cost, units)}: {fewer}, or raise max_candidates"
    )


def announce_breadth(weighed: int, cost: Cost, units: int) -> None:
    """Say what so many pairs may take, where that is long or large."""
    if weighed >= _MANY:
        announce(f"{weighed:,} pairs, {_taken(weighed, cost, units)}")


def _taken(weighed: int, cost: Cost, units: int) -> str:
    seconds = -(-weighed * cost.nanoseconds // 10**9)
    megabytes = -(-(weighed * cost.bytes + units * _BYTES_OF_A_UNIT) // 10**6)
    time = f"{seconds:,} s" if seconds < 120 else f"{seconds // 60:,} min"
    return f"about {time} and {megabytes:,} MB"
