"""Options: what a user can set, described once for all places where it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Option:
    """One setting as every surface shows it: its name, its kind, its default, its choices and a sentence.

    ``label`` is what a form calls it, where its name does not say it; ``example`` is what one writes there.

    >>> Option("day_starts", "text", "00:00", "When the days start.").title
    'Day starts'
    """

    name: str
    kind: Literal["choice", "names", "text", "integer", "yes"]
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    label: str = ""
    example: str = ""

    @property
    def title(self) -> str:
        """What a form calls it."""
        return self.label or self.name.replace("_", " ").capitalize()
