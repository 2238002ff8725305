"""Fixtures of the tests of correcting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.balances.corrections.blnk_server import RESULT, Book, Ledger, serving
from tests.balances.corrections.correcting import DUE, HELD, STOOD


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger with one balance that is wrong, and that was rebuilt once before."""
    with serving({"bln_1": Book(HELD, DUE, {"owner": "Ann", RESULT: dict(STOOD)})}) as running:
        yield running


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a journal may be written, while the environment holds no key and sends nothing through a proxy."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("WORKBENCH_BLNK_KEY", raising=False)
    return tmp_path / "corrections.ndjson"
