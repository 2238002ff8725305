"""Earlier runs: how far a journal says that they have come with the correction of each balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.blnk.journal import CORRECTIONS, read_lines

Figures = Mapping[str, str]


@dataclass(frozen=True)
class EarlierRuns:
    """How far earlier runs have come with one correction, as the journal says."""

    asked: int = 0  # how often the ledger was asked to rebuild the balance
    pending: bool = False  # asked, and what came of it is not known
    rebuilt_before: str | None = None  # when the balance had last been rebuilt before the ledger was asked
    proven: str = ""  # when it was seen to be corrected


def read_earlier_runs(path: Path, ledger: str) -> dict[tuple[str, frozenset[tuple[str, str]]], EarlierRuns]:
    """How far each correction of one ledger has come, by balance and expected figures; empty if there is no journal.

    Raises ``SourceError`` for a file that is not a journal.

    >>> read_earlier_runs(Path("none.ndjson"), "https://ledger.example")
    {}
    """
    earlier_runs: dict[tuple[str, frozenset[tuple[str, str]]], EarlierRuns] = {}
    for line in read_lines(path, ledger, CORRECTIONS):
        if "expected" in line:
            case = identify(line["balance_id"], line["expected"])
            earlier_runs[case] = _follow(earlier_runs.get(case, EarlierRuns()), line)
    return earlier_runs


def identify(balance_id: str, expected: Figures) -> tuple[str, frozenset[tuple[str, str]]]:
    """What makes a correction the same one in a later run: the balance, and the figures that are expected of it."""
    return balance_id, frozenset(expected.items())


def _follow(earlier: EarlierRuns, line: Mapping[str, Any]) -> EarlierRuns:
    if line["event"] == "ask":
        return replace(earlier, asked=earlier.asked + 1, pending=True, rebuilt_before=line["stood"])
    if line["state"] == "corrected":
        return replace(earlier, proven=line["at"])
    # What differs was rebuilt: that request has had its answer, and the next is a new one.
    return replace(earlier, pending=earlier.pending and line["state"] != "differs")
