"""The chain of a journal: each line carries the SHA-256 of the line before it, so that none changes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import SourceError

START = "0" * 64  # what the first line of a journal carries


@dataclass(frozen=True)
class Link:
    """A line of a journal; ``previous`` is the hash that it carries, ``None`` in lines of older versions."""

    number: int
    text: str
    previous: str | None
    made_at: str

    @property
    def sha256(self) -> str:
        """What the next line has to carry."""
        return line_hash(self.text)


def line_hash(text: str) -> str:
    """The SHA-256 of a line, without its end."""
    return hashlib.sha256(text.encode()).hexdigest()


def head_of(links: Sequence[Link]) -> str:
    """What the next line of a journal has to carry."""
    return links[-1].sha256 if links else START


def check_chain(links: Sequence[Link], name: str) -> int:
    """How many lines at the beginning carry no hash: those of older versions.

    Raises ``SourceError`` that names the first line that does not follow from the one before it.
    """
    unchained = 0
    before: Link | None = None
    for link in links:
        where = f"{name}, line {link.number}"
        chained = before is not None and before.previous is not None
        if link.previous is None:
            if chained:
                raise SourceError(f"{where} carries no hash, but the line before does: it was put in. {_WAY}")
            unchained += 1
        elif link.previous != (before.sha256 if before else START):
            raise SourceError(f"{where} does not follow: a line before it was changed, removed or put in. {_WAY}")
        elif before and chained and link.made_at < before.made_at:
            raise SourceError(f"{where} is dated before the line above it: it was dated back. {_WAY}")
        before = link
    return unchained


_WAY = "Take the journal from the folder of the last good run (inputs/decisions), and decide again what came later"
