"""Streams: standard output and error that may be closed, full, or read by nobody, without which a run goes on."""

from __future__ import annotations

import io
import os
import sys

from workbench.cli.outcome import say
from workbench.errors import ExitCode

_STANDARD = {1: "stdout", 2: "stderr"}


class Outlet(io.FileIO):
    """A stream that takes whatever is written to it; ``error`` is why it could not pass it on, if it could not."""

    error: OSError | None = None

    def write(self, data: object, /) -> int:
        """Pass the bytes on, as long as that works; returns how many were taken."""
        if self.error is None:
            try:
                return super().write(data)  # type: ignore[arg-type]
            except BlockingIOError:
                raise
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes  # type: ignore[arg-type]


def own_streams() -> dict[str, Outlet]:
    """Make outlets of this process's standard output and error, but where its caller has them, and return them by name.

    One that was closed goes nowhere: the next file that the process opens would take its number otherwise, and get what
    is printed.
    """
    outlets = {}
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    for number, name in _STANDARD.items():
        before = getattr(sys, name)
        if before is not getattr(sys, f"__{name}__"):
            continue
        outlets[name] = Outlet(number, "wb", closefd=False)
        encoding, errors = (before.encoding, before.errors) if before else ("utf-8", "backslashreplace")
        interactive = name == "stderr" or outlets[name].isatty()
        after = io.TextIOWrapper(
            io.BufferedWriter(outlets[name]), encoding=encoding, errors=errors, line_buffering=interactive
        )
        setattr(sys, name, after)
    return outlets


def finished(outlets: dict[str, Outlet], code: int) -> int:
    """The exit code once everything is written out: the run's own, unless what it printed was lost.

    A reader that has gone away, as ``head`` does, has read what it wanted.
    """
    if "stdout" not in outlets:
        return code
    sys.stdout.flush()
    error = outlets["stdout"].error
    if error is None or isinstance(error, BrokenPipeError):
        return code
    say(f"standard output cannot be written: {error.strerror}. What the run wrote elsewhere is whole")
    return int(ExitCode.FAILED)
