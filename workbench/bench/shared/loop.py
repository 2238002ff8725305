"""The loop by which a kernel answers clicks."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop


def kernel_loop() -> AbstractEventLoop | None:
    """The loop of this thread; none outside of a kernel."""
    try:
        return get_running_loop()
    except RuntimeError:
        return None
