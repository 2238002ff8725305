"""Trust: what a file that may come from someone else must not open by itself."""

from __future__ import annotations

from pathlib import Path

from workbench.dsn import is_dsn, redact


def needs_naming(path: str, file: str) -> bool:
    """Whether the user must name a path again that ``file`` names: a database, or what lies outside its folder.

    >>> needs_naming("october/bank.csv", "october/settings.json"), needs_naming("bank.csv", "october/settings.json")
    (False, True)
    """
    return is_dsn(path) or Path(file).resolve().parent not in Path(path).resolve().parents


def is_same_input(one: str, other: str) -> bool:
    """Whether two paths, or the URLs of two databases without their passwords, are the same."""
    if is_dsn(one) or is_dsn(other):
        return redact(one) == redact(other)
    return Path(one).resolve() == Path(other).resolve()
