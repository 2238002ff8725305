"""A bench in its cell: what it leaves behind when the cell runs again."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import ipywidgets
import pytest

from workbench.bench.shared import bench as benches
from workbench.bench.shared.bench import Bench
from workbench.bench.shared.state import State


def bench() -> Any:
    made: Any = Bench(State(), [ipywidgets.Text("a form")])
    made.hidden = {"later": [ipywidgets.Text("not shown yet")]}
    return made


def show(one: Any, cell: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Show a bench as a cell of a notebook does."""
    parent = {"metadata": {"cellId": cell}} if cell else {}
    monkeypatch.setattr(benches, "get_ipython", lambda: SimpleNamespace(parent_header=parent))
    one._ipython_display_()


def test_a_cell_that_runs_again_closes_the_bench_it_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = bench(), bench()
    show(first, "a", monkeypatch)
    show(second, "a", monkeypatch)
    assert first.comm is None
    assert first.children[1].comm is None
    assert first.hidden["later"][0].comm is None
    assert second.comm is not None


@pytest.mark.parametrize("cells", [("a", "b", "a"), (None, None, None)], ids=["another cell", "no notebook"])
def test_a_bench_that_is_shown_elsewhere_stays_open(
    cells: tuple[str | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bench()
    show(first, cells[0], monkeypatch)
    show(first, cells[1], monkeypatch)
    show(bench(), cells[2], monkeypatch)
    assert first.comm is not None


def test_a_closed_bench_is_let_go() -> None:
    closed = bench()
    gone = weakref.ref(closed)
    del closed
    ipywidgets.Widget.close_all()
    gc.collect()
    assert gone() is None
