"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

# No test is timed: on a busy machine a slow example is not a wrong one.
settings.register_profile("workbench", deadline=None, print_blob=True, max_examples=15)
settings.load_profile("workbench")

# A kernel, a server and a browser on a busy machine.
expect.set_options(timeout=30_000)

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file: while it runs, nothing else can run an event loop of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()
