"""A guard around one trial: how much time of the processor it may take, and how much memory."""

from __future__ import annotations

import faulthandler
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS, MEMORY = 10.0, 1 << 30
_HUNG = 900  # seconds, of a busy machine too, after which the process itself ends, and shows where it was


class TooLong(BaseException):
    """A trial took longer than it may; not an ``Exception``, so that nothing under trial swallows it."""


@contextmanager
def guarded(seconds: float = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Raise ``TooLong`` or ``MemoryError`` where what is done within takes more than it may."""
    before = _resident()
    limit = resource.getrlimit(resource.RLIMIT_DATA)
    handler = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    faulthandler.dump_traceback_later(_HUNG, exit=True, file=sys.__stderr__ or sys.stderr)
    resource.setrlimit(
        resource.RLIMIT_DATA, (_data() + 4 * memory, limit[1])
    )  # the engine reserves what it may not use
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, handler)
        resource.setrlimit(resource.RLIMIT_DATA, limit)
    if _resident() - before > memory:
        raise MemoryError


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _data() -> int:
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
