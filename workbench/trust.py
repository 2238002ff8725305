"""Trust: what a file that may come from someone else must not open by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn, redact
from workbench.errors import SettingsError


def needs_naming(path: str, file: str) -> bool:
    """Whether the user must name a path again that ``file`` names: a database, or what lies outside its folder.

    >>> needs_naming("october/bank.csv", "october/settings.json"), needs_naming("bank.csv", "october/settings.json")
    (False, True)
    """
    return is_dsn(path) or Path(file).resolve().parent not in Path(path).resolve().parents


def refuse_more_files(values: Mapping[str, Any], path: str) -> None:
    """Refuse a settings.json that names a layout or a control file: a run writes what they said, never where they are.

    Raises ``SettingsError`` that says what to name on the command line.
    """
    for side, read in dict(values.get("inputs") or {}).items():
        if isinstance(read, Mapping) and "layout" in dict(read.get("options") or {}):
            raise SettingsError(f"{path} names a layout for {side}, which no run does: give --{side}-layout instead")
    for side, given in dict(values.get("expect") or {}).items():
        if not isinstance(given, Mapping) or "control" in given:
            raise SettingsError(
                f"{path} expects of {side} what no run writes, such as a control file: give --expect-{side} instead"
            )


def is_same_input(one: str, other: str) -> bool:
    """Whether two paths, or the URLs of two databases without their passwords, are the same."""
    if is_dsn(one) or is_dsn(other):
        return redact(one) == redact(other)
    return Path(one).resolve() == Path(other).resolve()
