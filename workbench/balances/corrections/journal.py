"""Journal: what was asked of a ledger and what it answered, a line of JSON each, on disk before the next step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from workbench.balances.ledger import rfc3339
from workbench.errors import SourceError

Figures = Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """How far a journal says one correction has come."""

    asked: int = 0  # how often the ledger was asked to rebuild the balance
    pending: bool = False  # asked, and what came of it is not known
    stood: str | None = None  # when the balance had last been rebuilt before the ledger was asked
    proven: str = ""  # when it was seen to be corrected


@dataclass(frozen=True)
class Journal:
    """A file open for appending, and the ledger that its new lines are about."""

    stream: FileIO
    ledger: str

    def note(self, event: str, **facts: Any) -> None:
        """Append one line; when this returns it is on disk, so that a kill at any time leaves what was asked.

        Raises ``SourceError`` if it cannot be written: nothing may be asked that is not on record.
        """
        line = {"at": rfc3339(datetime.now(UTC)), "event": event, "ledger": self.ledger} | facts
        try:
            _write_through(self.stream, json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise SourceError(f"{self.stream.name!s}: cannot write the journal ({error.strerror})") from None


@contextmanager
def open_journal(path: Path, ledger: str) -> Iterator[Journal]:
    """Open a journal to append to, and create it if there is none. Raises ``SourceError``."""
    try:
        stream = path.open("ab", buffering=0)
    except OSError as error:
        raise SourceError(f"{path}: cannot open the journal ({error.strerror})") from None
    with stream:
        if _ends_torn(path):
            _write_through(stream, b"\n")
        yield Journal(stream, ledger)


def read_standings(path: Path, ledger: str) -> dict[tuple[str, frozenset[tuple[str, str]]], Standing]:
    """How far each correction of one ledger has come, by balance and expected figures; empty if there is no journal.

    Raises ``SourceError`` for a file that is not a journal.

    >>> read_standings(Path("none.ndjson"), "https://ledger.example")
    {}
    """
    standings: dict[tuple[str, frozenset[tuple[str, str]]], Standing] = {}
    for line in _read_lines(path):
        if line.get("ledger") == ledger and "expected" in line:
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


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal. One that a kill cut short is left out: what it would have told is looked up again."""
    if not path.exists():
        return
    try:
        with path.open("rb") as stream:
            for number, text in enumerate(stream):
                line = _parse(text)
                if number == 0 and line.get("event") != "begin":
                    raise SourceError(f"{path} is not a journal of corrections: name a new file, or an earlier journal")
                yield line
    except OSError as error:
        raise SourceError(f"{path}: cannot read the journal ({error.strerror})") from None


def _parse(text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _ends_torn(path: Path) -> bool:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 1, 0))
        return size > 0 and stream.read(1) != b"\n"


def _write_through(stream: FileIO, data: bytes) -> None:
    """Write all of it and wait until it is on disk; one write to a raw file may take only a part."""
    while data:
        data = data[stream.write(data) or 0 :]
    os.fsync(stream.fileno())
