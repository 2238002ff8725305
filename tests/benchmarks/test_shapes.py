"""The benchmark of shapes runs, and says what it compares."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import shapes


def test_it_writes_a_row_for_each_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    chosen = [shape for shape in shapes.SHAPES if "JSON" in shape.what or "key of each" in shape.what]
    monkeypatch.setattr(shapes, "SHAPES", chosen)
    monkeypatch.setattr(sys, "argv", ["shapes.py", "--records", "200", "--repeat", "1", "--page", str(page)])
    shapes.main()
    rows = page.read_text("utf-8").splitlines()[-2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [shape.what for shape in chosen]
    for row in rows:  # both rules find the same
        plain, shaped = row.rstrip(" |").split(" | ")[-1].split(", ")
        assert plain == shaped != "0"
