"""Standings: how far a journal says that the corrections of balances have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.blnk.journal import CORRECTIONS, read_lines

Figures = Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """How far a journal says one correction has come."""

    asked: int = 0  # how often the ledger was asked to rebuild the balance
    pending: bool = False  # asked, and what came of it is not known
    stood: str | None = None  # when the balance had last been rebuilt before the ledger was asked
    proven: str = ""  # when it was seen to be corrected


def read_standings(path: Path, ledger: str) -> dict[tuple[str, frozenset[tuple[str, str]]], Standing]:
    """How far each correction of one ledger has come, by balance and expected figures; empty if there is no journal.

    Raises ``SourceError`` for a file that is not a journal.

    >>> read_standings(Path("none.ndjson"), "https://ledger.example")
    {}
    """
    standings: dict[tuple[str, frozenset[tuple[str, str]]], Standing] = {}
    for line in read_lines(path, ledger, CORRECTIONS):
        if "expected" in line:
            case = identify(line["balance_id"], line["expected"])
            standings[case] = _follow(standings.get(case, Standing()), line)
    return standings


def identify(balance_id: str, expected: Figures) -> tuple[str, frozenset[tuple[str, str]]]:
    """What makes a correction the same one in a later run: the balance, and the figures that are expected of it."""
    return balance_id, frozenset(expected.items())


def _follow(standing: Standing, line: Mapping[str, Any]) -> Standing:
    if line["event"] == "ask":
        return replace(standing, asked=standing.asked + 1, pending=True, stood=line["stood"])
    if line["state"] == "corrected":
        return replace(standing, proven=line["at"])
    # What differs was rebuilt: that asking has had its answer, and the next is a new one.
    return replace(standing, pending=standing.pending and line["state"] != "differs")
