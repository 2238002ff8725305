"""The what-if benchmark runs, and says what it compares."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import what_if


def test_it_writes_a_row_for_each_drag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(sys, "argv", ["what_if.py", "--records", "500", "--page", str(page)])
    what_if.main()
    text = page.read_text("utf-8")
    assert all(drag.what in text for drag in what_if.DRAGS)
    assert "| **all** |" in text
