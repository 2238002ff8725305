"""What a box showed before: closed, but not before a page that still draws it is done."""

from __future__ import annotations

import asyncio

import ipywidgets
import pytest

from workbench.bench.shared import replace


def test_what_was_shown_is_closed_once_a_page_has_had_time_to_draw_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_a_kernel(seconds: float) -> tuple[bool, bool]:
        monkeypatch.setattr(replace, "_DRAWN", seconds)
        box = ipywidgets.VBox([ipywidgets.Text("old")])
        [gone] = box.children
        replace.refill(box, [ipywidgets.Text("new")])
        at_once = gone.comm is None
        await asyncio.sleep(0.05)
        return at_once, gone.comm is None

    assert asyncio.run(in_a_kernel(0)) == (False, True)
    assert asyncio.run(in_a_kernel(60)) == (False, False)
