"""A tally: what became of so many trials, kept in a file, so that a run can be stopped and go on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hostile.trials import FAULTS, TRIALS

COLUMNS = ("refused", "read", "read exactly", *FAULTS)


@dataclass
class Tally:
    """The trials of a seed from number 0 up to ``done``: counts by kind and outcome, and the faults with their number.

    A fault is the number of its trial, its kind, what it was, and more about it.
    """

    seed: int
    done: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in TRIALS})
    faults: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(self, number: int, kind: str, outcome: str, more: str) -> None:
        """Count a trial."""
        self.counts[kind][outcome] += 1
        if outcome in FAULTS:
            self.faults.append((number, kind, outcome, more))

    def save(self, path: Path) -> None:
        """Write the tally whole or not at all."""
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(json.dumps({**self.__dict__, "faults": self.faults}, indent=1) + "\n", "utf-8")
        beside.replace(path)


def load(path: Path) -> Tally:
    """The tally that ``save`` wrote."""
    kept = json.loads(path.read_text("utf-8"))
    counts = {kind: Counter(kept["counts"].get(kind, {})) for kind in TRIALS}
    return Tally(kept["seed"], kept["done"], counts, [tuple(fault) for fault in kept["faults"]])


def table(tallies: Iterable[Tally]) -> list[str]:
    """What became of all trials, as lines of Markdown."""
    total = {kind: sum((tally.counts[kind] for tally in tallies), Counter()) for kind in TRIALS}
    rows = {**total, "all": sum(total.values(), Counter())}
    return [
        f"| what | tried | {' | '.join(COLUMNS)} |",
        f"| --- |{' ---: |' * (len(COLUMNS) + 1)}",
        *(
            f"| {kind} | {sum(counts.values()):,} | {' | '.join(f'{counts[name]:,}' for name in COLUMNS)} |"
            for kind, counts in rows.items()
        ),
    ]
