"""A month's whole job without a mouse: from the notebook that has run to the report, key by key."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

import workbench as wb
from tests.browser.bench import Opened, ready, table

NOTEBOOK = "reconcile_bench.ipynb"


class Typist:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.letters = page, 0, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def reason(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.letters += len(text)
        self.press("Enter")


def test_the_sample_month_goes_from_open_to_report_by_keys_alone(page: Page, opened: Opened, here: Path) -> None:
    opened(NOTEBOOK)
    bench = ready(page, "are matched")
    typist = Typist(page)
    external, internal = (table(bench, f"Unmatched {side} records") for side in ("external", "internal"))
    bench.get_by_role("textbox", name="Reconciliation").focus()  # where Tab leads first
    typist.press("Tab", "ArrowLeft")
    expect(external.get_by_role("checkbox").first).to_be_focused()
    typist.press("Enter", "n")
    expect(bench.locator(".wb-bar").get_by_label("Reason")).to_be_focused()
    typist.reason("two digits are swapped")
    expect(external).to_contain_text("of 3")
    expect(internal).to_contain_text("of 3")
    expect(external.get_by_role("checkbox", checked=True)).to_be_focused()
    typist.press("End", "Enter", "e")
    expect(bench.locator(".wb-bar").get_by_label("Reason")).to_be_focused()
    typist.reason("booked by the landlord")
    expect(external).to_contain_text("of 2")
    expect(external.get_by_role("checkbox", checked=True)).to_be_focused()
    typist.press("l")
    link = bench.get_by_role("link", name="Open the report")
    expect(link).to_be_attached(timeout=240_000)
    typist.press("l")
    expect(link).to_be_focused()
    with page.context.expect_page() as opening:
        typist.press("Enter")
    report = opening.value
    expect(report.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    expect(report.locator("body")).to_contain_text("two digits are swapped")
    report.close()
    journal = wb.read_decisions(here / "reconciliation.decisions.jsonl")
    assert [decision.action for decision in journal.decisions] == ["match", "exclude"]
    assert typist.keys == 12
