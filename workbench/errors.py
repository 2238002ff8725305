"""The errors of the workbench, and the exit code that each ends a command with.

Each message says what is wrong, where, and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; a scheduler decides by it what to do next."""

    DONE = 0
    WRONG_BOOKS = 1  # done, and something is wrong with the books
    WRONG_INPUT = 2  # the input or the settings are wrong: mend them, then run again
    FAILED = 3  # the program failed
    NOT_THERE_YET = 4  # an input is missing or still changing: run again later
    INTERRUPTED = 130  # by Ctrl-C
    TERMINATED = 143  # by SIGTERM


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM; like Ctrl-C it is no error that anything may swallow."""


class WorkbenchError(Exception):
    """Root of every error that the workbench raises on purpose."""

    exit_code = ExitCode.WRONG_INPUT

    def __init__(self, message: str = "", with_flags: str = "") -> None:
        """Keep the message, and how it is said on the command line where that is otherwise."""
        self.with_flags = with_flags
        super().__init__(message)

    def message(self, *, flags: bool = False) -> str:
        """The message, in terms of Python's options, or of the command line's flags."""
        return (flags and self.with_flags) or str(self)


class SettingsError(WorkbenchError):
    """A setting is unknown, does not fit the others, or is out of range."""


class SourceError(WorkbenchError):
    """An input or output cannot be opened, decoded, understood or written as a whole."""


class Unfit(WorkbenchError):
    """An option, or its entry ``key``, does not fit an input; of several files, it may fit another."""

    def __init__(self, message: str, option: str, key: str | int | None = None) -> None:
        """Keep what does not fit."""
        self.option, self.key = option, key
        super().__init__(message)


class UselessOption(Unfit, SettingsError):
    """The format of a file has no use for an option."""


class UnknownHeader(Unfit, SourceError):
    """An option names a header that the input has not."""


class NotThereYet(SourceError):
    """An input is missing or is still being written: the same command may succeed later."""

    exit_code = ExitCode.NOT_THERE_YET


class BadRecords(WorkbenchError):
    """Some rows of an input cannot be used; the message names the file and the first twenty."""


class RuleTooBroad(WorkbenchError):
    """A rule would weigh more pairs than ``max_candidates`` allows."""

    def __init__(self, message: str = "") -> None:
        """Keep the message, which names ``max_candidates``."""
        super().__init__(message, message.replace("max_candidates", "--max-candidates"))


class GateBroken(WorkbenchError):
    """The work is done and its outcome is written, but a gate is broken; the message says which."""

    exit_code = ExitCode.WRONG_BOOKS


class ControlTotalsError(WorkbenchError):
    """Totals that must tie out do not; the result is withheld."""

    exit_code = ExitCode.FAILED


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code of a command that an error ends.

    >>> exit_code_of(SettingsError("unknown rule")), exit_code_of(ZeroDivisionError())
    (<ExitCode.WRONG_INPUT: 2>, <ExitCode.FAILED: 3>)
    """
    if isinstance(error, Terminated):
        return ExitCode.TERMINATED
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    return error.exit_code if isinstance(error, WorkbenchError) else ExitCode.FAILED


def one_of(value: object, choices: Iterable[str], what: str) -> str:
    """Return ``value`` if it is one of ``choices``; otherwise raise ``SettingsError`` that lists them.

    >>> one_of("equals", ["equals", "contains"], "operator")
    'equals'
    """
    known = list(choices)
    if isinstance(value, str) and value in known:
        return value
    raise SettingsError(f"unknown {what} {value!r}: choose one of {', '.join(known)}")
