"""Progress: how a long job says what it is doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


def quiet(_stage: str, _done: int, _steps: int) -> None:
    """Say nothing."""
