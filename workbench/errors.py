"""The errors of the workbench; each message says what is wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable


class WorkbenchError(Exception):
    """Root of every error that the workbench raises on purpose."""


class SettingsError(WorkbenchError):
    """A setting is unknown, does not fit the others, or is out of range."""


class SourceError(WorkbenchError):
    """An input or output cannot be opened, decoded, understood or written as a whole."""


class BadRecords(WorkbenchError):
    """Some rows of an input cannot be used; the message names the file and the first twenty."""


class RuleTooBroad(WorkbenchError):
    """A rule would weigh more pairs than ``max_candidates`` allows."""


class ControlTotalsError(WorkbenchError):
    """Totals that must tie out do not; the result is withheld."""


def one_of(value: object, choices: Iterable[str], what: str) -> str:
    """Return ``value`` if it is one of ``choices``; otherwise raise ``SettingsError`` that lists them.

    >>> one_of("equals", ["equals", "contains"], "operator")
    'equals'
    """
    known = list(choices)
    if isinstance(value, str) and value in known:
        return value
    raise SettingsError(f"unknown {what} {value!r}: choose one of {', '.join(known)}")
