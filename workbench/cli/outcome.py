"""How a command ends: with an exit code, and if something is wrong with a sentence on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from workbench.dsn import private
from workbench.errors import ExitCode, Terminated, WorkbenchError
from workbench.runs.folder.saved import manifest_hash
from workbench.runs.folder.telling import shown_url


def ended(message: str, code: ExitCode) -> ExitCode:
    """Say what is wrong, if anything is, and return the exit code; with WORKBENCH_DEBUG=1, say where in the program."""
    if sys.exception() and os.environ.get("WORKBENCH_DEBUG") == "1":
        say(traceback.format_exc().rstrip())
    if message:
        say(message)
    return code


def sentence_of(error: BaseException) -> str:
    """What an error says to a user; one that nobody foresaw in a line, since a traceback would tell a user nothing."""
    if isinstance(error, click.UsageError):
        return error.format_message()
    if isinstance(error, Terminated):
        return "terminated"
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return "interrupted"
    if isinstance(error, WorkbenchError):
        return error.message(flags=True)
    return f"workbench failed: {type(error).__name__}: {str(error).split(chr(10))[0][:200]}"


def shown_words(args: Sequence[str]) -> tuple[str, ...]:
    """A command line as it may be written down: without secrets, and of --notify only the host."""
    words = ["workbench"]
    for previous, word in zip(["", *args], args, strict=False):
        flag, equals, value = word.partition("=")
        if previous == "--notify":
            words.append(shown_url(word))
        elif flag == "--notify" and equals:
            words.append(f"--notify={shown_url(value)}")
        else:
            words.append(visible(private(word)))
    return tuple(words)


def say(message: str) -> None:
    """Say something on stderr, without passwords."""
    lines = [visible(private(line)) for line in message.split("\n")]
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201


def written(out: Path | None) -> str:
    """Where a run was written, and the hash to note so that nobody can make it anew unseen."""
    return f"Manifest SHA-256 {manifest_hash(out)}\nWritten to {out}" if out else "Dry run: nothing was written"


def visible(text: object) -> str:
    r"""The text in one line, with what would steer a terminal or hide letters made visible.

    >>> visible("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
