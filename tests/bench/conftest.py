"""What the tests of all forms share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import CallbackDispatcher


@pytest.fixture(autouse=True)
def handlers_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a kernel, ipywidgets swallows what goes wrong in the handler of a click: here it is heard."""

    def call(self: CallbackDispatcher, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            callback(*args, **kwargs)

    monkeypatch.setattr(CallbackDispatcher, "__call__", call)


@pytest.fixture(autouse=True)
def widgets_are_closed() -> Iterator[None]:
    """ipywidgets keeps every widget that is not closed: all benches of all tests would stay in memory."""
    yield
    Widget.close_all()
