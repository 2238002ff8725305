"""Progress: how a long job says what it is doing, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Event
from typing import Any

from workbench.errors import WorkbenchError

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


class Stopped(WorkbenchError):
    """A job was stopped by whoever runs it."""


_asked: ContextVar[Callable[[], bool]] = ContextVar("_asked", default=lambda: False)


def quiet(_stage: str, _done: int, _steps: int) -> None:
    """Say nothing."""


@contextmanager
def stoppable(asked: Callable[[], bool]) -> Iterator[None]:
    """Within this, ``check_stop`` raises ``Stopped`` once ``asked``, or that of a ``stoppable`` around it, says so.

    >>> with stoppable(lambda: True):
    ...     check_stop()
    Traceback (most recent call last):
    workbench.progress.Stopped: the run was stopped
    """
    outer = _asked.get()
    token = _asked.set(lambda: asked() or outer())
    try:
        yield
    finally:
        _asked.reset(token)


def check_stop() -> None:
    """Raise ``Stopped`` if the job that this is part of shall not go on: called often by what takes long."""
    if _asked.get()():
        raise Stopped("the run was stopped")


_listening: ContextVar[Callable[[str], None]] = ContextVar("_listening", default=lambda _what: None)


@contextmanager
def listening(tell: Callable[[str], None]) -> Iterator[None]:
    """Within this, ``tell`` is told what is about to take long.

    >>> with listening(print):
    ...     announce("20,000,000 pairs")
    20,000,000 pairs
    """
    token = _listening.set(tell)
    try:
        yield
    finally:
        _listening.reset(token)


def announce(what: str) -> None:
    """Tell whoever listens what is about to take long, and how long about; ``Progress`` is told of each step."""
    _listening.get()(what)


class Threads(ThreadPoolExecutor):
    """Threads that are part of the job which starts them: they stop with it, and where it fails or is interrupted."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._failed = Event()

    def submit(self, act: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Call ``act`` in a thread."""
        with stoppable(self._failed.is_set):
            return super().submit(copy_context().run, act, *arguments, **named)

    def __exit__(self, kind: Any, *rest: Any) -> Any:
        """Wait for the threads, which stop first where there is an error."""
        if kind:
            self._failed.set()
        return super().__exit__(kind, *rest)
