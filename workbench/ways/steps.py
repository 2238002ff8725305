"""Steps: reconciliations put in a row, of which each shares the records of one side with the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.errors import SettingsError
from workbench.reconciliation.settings import Settings
from workbench.sides import OTHER, SIDES, Side


@dataclass(frozen=True)
class Reconciled:
    """What a chain needs to know of a reconciliation: what its inputs are called, their SHA-256, and its tables."""

    run_id: str
    settings: Settings
    names: Mapping[Side, str]
    hashes: Mapping[Side, str | None]
    tables: Mapping[str, pa.Table]

    @property
    def sentence(self) -> str:
        """Such as: compares statement.csv with ledger.csv."""
        return f"compares {self.names['external']} with {self.names['internal']}"


@dataclass(frozen=True)
class Step:
    """A reconciliation of a chain, with the side that ways come from and the side that they lead to."""

    reconciled: Reconciled
    source: Side
    target: Side

    def back(self) -> Step:
        """The same step in the other direction."""
        return Step(self.reconciled, self.target, self.source)


def in_a_row(reconciled: Sequence[Reconciled]) -> tuple[Step, ...]:
    """The reconciliations as steps, each from the records that the one before leads to.

    Raises ``SettingsError`` if there are fewer than two, or if two neighbours do not share exactly one side.
    """
    if len(reconciled) < 2:
        raise SettingsError(f"a chain takes two reconciliations or more that share a side, not {len(reconciled)}")
    joints = [_shared(number, *pair) for number, pair in enumerate(pairwise(reconciled), 1)]
    sources = [OTHER[joints[0][0]], *(into for _, into in joints)]
    targets = [*(out for out, _ in joints), OTHER[joints[-1][1]]]
    for number, (one, source, target) in enumerate(zip(reconciled, sources, targets, strict=True), 1):
        if source == target:
            raise SettingsError(
                f"reconciliation {number} shares {one.names[source]} with both the one before and the one after it: "
                "put them in the order of the way, so that each leads on to other records"
            )
    return tuple(Step(*parts) for parts in zip(reconciled, sources, targets, strict=True))


def _shared(number: int, one: Reconciled, other: Reconciled) -> tuple[Side, Side]:
    """The side of each of two neighbours that has the same input."""
    shared = [
        (of_one, of_other)
        for of_one in SIDES
        for of_other in SIDES
        if one.hashes[of_one] is not None and one.hashes[of_one] == other.hashes[of_other]
    ]
    if len(shared) == 1:
        return shared[0]
    what = "share both sides" if shared else "share no side"
    raise SettingsError(
        f"reconciliations {number} and {number + 1} {what}: one {one.sentence}, the next {other.sentence}; each has to "
        "have one input in common with the next, the same file or table by its SHA-256"
    )


def book_names(steps: Sequence[Step], given: Iterable[str] | None) -> tuple[str, ...]:
    """What the records along the way are called: as ``given``, else by their files."""
    origins = [steps[0].reconciled.names[steps[0].source], *(step.reconciled.names[step.target] for step in steps)]
    if given is None:
        return _unlike([_stem(name) or f"book_{number}" for number, name in enumerate(origins, 1)])
    names: list[Any] = [given] if isinstance(given, str) else list(given)
    if len(names) != len(origins) or not all(isinstance(name, str) and name.strip() for name in names):
        raise SettingsError(f"names takes a name for each of {', '.join(origins)} in this order, not {names!r}")
    if len({name.casefold() for name in names}) < len(names):
        raise SettingsError(f"names calls two of the books the same: {', '.join(names)}")
    return tuple(names)


def _stem(name: str) -> str:
    return "" if name.startswith("<") else Path(name).stem


def _unlike(names: list[str]) -> tuple[str, ...]:
    folded = [name.casefold() for name in names]
    return tuple(
        name if folded.count(name.casefold()) == 1 else f"{name}_{number}" for number, name in enumerate(names, 1)
    )
