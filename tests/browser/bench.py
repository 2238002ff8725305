"""What the tests of both benches do alike."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

Opened = Callable[..., Locator]
OpenedCell = Callable[[str], Locator]


def ready(page: Page, outcome: str, tone: str = "good") -> Locator:
    """The bench, once it has run and says so; nothing matched is no good news."""
    bench = page.locator(".wb-bench")
    expect(bench.locator(f".wb-run .wb-{tone}").first).to_contain_text(outcome, timeout=120_000)
    return bench


def table(within: Locator, caption: str) -> Locator:
    """The table whose caption begins so."""
    return within.locator(".wb-table", has=within.page.locator("caption", has_text=re.compile(f"^{caption}")))


def fill(field: Locator, text: str) -> None:
    """Type into a field and leave it."""
    field.fill(text)
    field.press("Tab")


def go_dark(page: Page, bench: Locator) -> None:
    """Change to the dark theme, and wait until the charts have followed."""
    title = bench.locator(".gtitle").first
    ink = title.evaluate("text => getComputedStyle(text).fill")
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    expect(title).not_to_have_css("fill", ink)
