"""Sets of records that sum to a record of the other side, by trying all of them; read off the documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import oracle

Row = dict[str, Any]


@dataclass(frozen=True)
class Stretch:
    """Consecutive records of one key, from one place to another."""

    key: object
    begin: int
    end: int
    unit: oracle.Unit

    def overlaps(self, other: Stretch) -> bool:
        return self.key == other.key and self.begin < other.end and other.begin < self.end


Chain = list[tuple[oracle.Unit, Stretch]]
Score = tuple[int, Fraction, Fraction, int]


def by_time(units: list[oracle.Unit]) -> list[oracle.Unit]:
    return sorted(units, key=lambda unit: (unit.date, min(unit.ids)))


def stretches(rows: list[Row], side: str, keys: tuple[str, ...], names: dict[str, set[object]]) -> list[Stretch]:
    """Every stretch of records of one key; a record with an empty part of its key is alone."""
    lines: dict[object, list[oracle.Unit]] = {}
    for unit in by_time(oracle.units(rows, side, ())):
        key = tuple(unit.rows[0].get(name) or None for name in keys)
        lines.setdefault(key if None not in key else min(unit.ids), []).append(unit)
    found = []
    for key, line in lines.items():
        for begin in range(len(line)):
            for end in range(begin + 1, len(line) + 1):
                members = [row for unit in line[begin:end] for row in unit.rows]
                [whole] = oracle.with_names([together(members, side)], names)
                found.append(Stretch(key, begin, end, whole))
    return found


def together(rows: list[Row], side: str) -> oracle.Unit:
    """Records as one unit."""
    [unit] = oracle.units([row | {"one": "group"} for row in rows], side, ("one",))
    return unit


def options(rule: Row, targets: list[oracle.Unit], found: list[Stretch], side: str) -> list[list[Stretch]]:
    """The stretches that a rule allows for each target."""
    return [
        [
            own
            for own in found
            if oracle.allowed(rule, *((own.unit, target) if side == "external" else (target, own.unit)))
        ]
        for target in targets
    ]


def best(
    rule: Row, targets: list[oracle.Unit], allowed: list[list[Stretch]], side: str, records: int, digits: int
) -> Score:
    """The score of the best choice of stretches, by trying all of them."""
    chains = _chains(targets, allowed, 0, [])
    return min(made(rule, chain, side, records, digits) for chain in chains)


def made(rule: Row, chain: Chain, side: str, records: int, digits: int) -> Score:
    """Of so many records how many stay open, the differences to so many decimals, and where stretches begin."""
    apart = [
        oracle.difference(rule, *((own.unit, target) if side == "external" else (target, own.unit)), digits)
        for target, own in chain
    ]
    return (
        records - sum(1 + own.end - own.begin for _, own in chain),
        sum((money for money, _ in apart), Fraction(0)),
        sum((time for _, time in apart), Fraction(0)),
        sum(own.begin for _, own in chain),
    )


def fits(chain: Chain) -> bool:
    """Whether stretches do not overlap, and those of later targets come later."""
    for number, (target, own) in enumerate(chain):
        for other_target, other in chain[:number] + chain[number + 1 :]:
            if own.overlaps(other):
                return False
            if target.date < other_target.date and own.key == other.key and own.begin > other.begin:
                return False
    return True


def alternatives(chain: Chain, targets: list[oracle.Unit], allowed: list[list[Stretch]]) -> list[int]:
    """For each pair how many other pairs are allowed that have its target or a record of its stretch."""
    every = [(target.ids, own) for target, of_target in zip(targets, allowed, strict=True) for own in of_target]
    return [sum(1 for ids, other in every if ids == target.ids or other.overlaps(own)) - 1 for target, own in chain]


def _chains(targets: list[oracle.Unit], allowed: list[list[Stretch]], number: int, chain: Chain) -> Iterator[Chain]:
    if number == len(targets):
        yield chain
        return
    yield from _chains(targets, allowed, number + 1, chain)
    for own in allowed[number]:
        longer = [*chain, (targets[number], own)]
        if fits(longer):
            yield from _chains(targets, allowed, number + 1, longer)


def only_sets(
    rule: Row, rows: list[Row], targets: list[oracle.Unit], side: str, names: dict[str, set[object]]
) -> dict[str, frozenset[str]]:
    """For each target the only records that sum to it.

    First of those that each meet what the rule says of texts, which is all where it says nothing of dates; then within
    a word, then at all. Amounts are such that chance would give none. Records of sets that meet are left alone.
    """
    used: set[str] = set()
    chosen: dict[str, frozenset[str]] = {}
    dates = {"criteria": [criterion for criterion in rule["criteria"] if criterion["field"] == "date"]}
    dates["workbench"] = {"ignore_references": True}
    texts = {"criteria": [own for own in rule["criteria"] if own["field"] in ("reference", "description")]}
    texts["workbench"] = {"ignore_references": True}
    heeds = not (texts["criteria"] or rule.get("workbench"))

    def whole(own: list[Row]) -> oracle.Unit:
        return oracle.with_names([together(own, side)], names)[0]

    stages: list[Callable[[list[Row], oracle.Unit], list[list[Row]]]] = [
        lambda near, target: [[row for row in near if oracle.allowed(texts, *_pair(side, whole([row]), target))]],
        _sharing,
        lambda near, _target: [near],
    ]
    named_only = not dates["criteria"] and any(own["operator"] != "contains" for own in texts["criteria"])
    for parts in stages[:1] if named_only else stages if texts["criteria"] else stages[1:]:
        stage: dict[str, list[Row]] = {}
        for target in targets:
            name = min(target.ids)
            near = [
                row
                for row in rows
                if oracle.row_id(row) not in used
                and oracle.allowed(dates, *_pair(side, whole([row]), target))
                and (target.names or not heeds or not names[oracle.row_id(row)])
            ]
            if name in chosen:
                continue
            for part in parts(near, target):
                sets = _smallest_sets(part, target.amount)
                if len(sets) == 1 and oracle.allowed(rule, *_pair(side, whole(sets[0]), target)):
                    stage[name] = sets[0]
                if sets:
                    break
        for name, own in stage.items():
            others = [oracle.row_id(row) for other, rows_of in stage.items() if other != name for row in rows_of]
            if not {oracle.row_id(row) for row in own} & set(others):
                chosen[name] = frozenset(oracle.row_id(row) for row in own)
        used = set().union(*chosen.values())
    return chosen


def _pair(side: str, own: oracle.Unit, target: oracle.Unit) -> tuple[oracle.Unit, oracle.Unit]:
    return (own, target) if side == "external" else (target, own)


def _words(row: Row) -> set[str]:
    texts = f"{row.get('reference') or ''} {row.get('description') or ''}".casefold()
    return set(re.findall(r"[^\W\d_]{3,}|\d{3,}", texts))


def _sharing(near: list[Row], target: oracle.Unit) -> list[list[Row]]:
    """The records that share a word with the target, the rarest word first; words that most have tell nothing."""
    having = {word: [row for row in near if word in _words(row)] for word in _words(target.rows[0])}
    telling = [(len(own), word) for word, own in having.items() if own and 2 * len(own) <= len(near)]
    return [having[word] for _, word in sorted(telling)]


def _smallest_sets(rows: list[Row], amount: Fraction) -> list[list[Row]]:
    for size in range(1, len(rows) + 1):
        sets = [list(own) for own in combinations(rows, size) if sum(Fraction(row["amount"]) for row in own) == amount]
        if sets:
            return sets
    return []
