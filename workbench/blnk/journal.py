"""Journal: what was asked of a ledger and what it answered, a line of JSON each, on disk before the next step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from workbench.errors import SourceError
from workbench.instants import rfc3339
from workbench.text_files import append_whole, check_target

CORRECTIONS = "corrections"  # what a journal is about that does not say so: older ones are all about balances


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
            append_whole(self.stream, json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise SourceError(f"{self.stream.name!s}: cannot write the journal ({error.strerror})") from None


@contextmanager
def open_journal(path: Path, ledger: str) -> Iterator[Journal]:
    """Open a journal to append to, and create it if there is none. Raises ``SourceError``."""
    try:
        check_target(path)
        stream = path.open("ab", buffering=0)
    except OSError as error:
        raise SourceError(f"{path}: cannot open the journal ({error.strerror})") from None
    with stream:
        if _ends_within_line(path):
            append_whole(stream, b"\n")
        yield Journal(stream, ledger)


def read_lines(path: Path, ledger: str, what: str) -> Iterator[dict[str, Any]]:
    """The lines of a journal of ``what`` about one ledger; none if there is no journal.

    A line that a kill cut short is left out: what it would have told is looked up again.
    Raises ``SourceError`` for a file that is no such journal.
    """
    try:
        check_target(path)
        if not path.exists():
            return
        with path.open("rb") as stream:
            for number, text in enumerate(stream):
                line = _parse(text)
                if number == 0 and (line.get("event") != "begin" or line.get("what", CORRECTIONS) != what):
                    raise SourceError(f"{path} is not a journal of {what}: name a new file, or an earlier journal")
                if line.get("ledger") == ledger:
                    yield line
    except OSError as error:
        raise SourceError(f"{path}: cannot read the journal ({error.strerror})") from None


def _parse(text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _ends_within_line(path: Path) -> bool:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 1, 0))
        return size > 0 and stream.read(1) != b"\n"
