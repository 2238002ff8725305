"""What the tests of all forms share."""

from __future__ import annotations

from typing import Any

import pytest
from ipywidgets.widgets.widget import CallbackDispatcher


@pytest.fixture(autouse=True)
def handlers_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a kernel, ipywidgets swallows what goes wrong in the handler of a click: here it is heard."""

    def call(self: CallbackDispatcher, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            callback(*args, **kwargs)

    monkeypatch.setattr(CallbackDispatcher, "__call__", call)
