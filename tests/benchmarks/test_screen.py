"""The measurement of the matching screen runs and writes its page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import screen


def test_every_act_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "SCREEN.md"
    monkeypatch.setattr(sys, "argv", ["screen.py", "--records", "200", "--times", "0", "--page", str(page)])
    screen.main()
    assert page.read_text().count(" ms |") == 9
