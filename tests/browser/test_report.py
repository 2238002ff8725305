"""The report that is handed on: opened from its file, by anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import violations
from workbench.reports.execute import run_report

DATA = Path(__file__).parents[2] / "data"
CARDS = {
    "external": str(DATA / "cards" / "statement_with_bad_rows.csv"),
    "internal": str(DATA / "cards" / "ledger.csv"),
    "external_options": {"on_bad": "reject"},
}
BALANCES = {"balances": str(DATA / "balances" / "balances.csv"), "internal": str(DATA / "balances" / "ledger.csv")}


@pytest.mark.parametrize(
    ("name", "parameters", "theme"),
    [("reconciliation", CARDS, "light"), ("reconciliation", CARDS, "dark"), ("balances", BALANCES, "dark")],
)
def test_a_report_has_no_serious_barrier(
    page: Page, tmp_path: Path, name: str, parameters: dict[str, object], theme: str
) -> None:
    outcome = run_report(name, parameters, tmp_path / "report", theme=theme, progress=False)
    page.goto(outcome.path.as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert violations(page) == []


# The lines that each figure takes: a cell is one line if all boxes of its text begin at one height.
BROKEN = """() => [...document.querySelectorAll("td")].filter(cell => getComputedStyle(cell).textAlign === "right")
    .filter(cell => { const text = document.createRange(); text.selectNodeContents(cell);
        return new Set([...text.getClientRects()].map(box => box.top)).size > 1; }).map(cell => cell.textContent)"""


def test_on_paper_no_figure_is_broken_over_two_lines(page: Page, tmp_path: Path) -> None:
    outcome = run_report("balances", BALANCES, tmp_path / "report", progress=False)
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    page.goto(outcome.path.as_uri())
    page.locator("td", has_text="-662,779.385928").first.wait_for()
    assert page.evaluate(BROKEN) == []


def test_a_page_with_a_barrier_is_found_out(page: Page) -> None:
    page.set_content("<html lang=en><title>Page</title><main><h1>Page</h1><button></button></main></html>")
    assert [each.split(" <")[0] for each in violations(page)] == ["critical button-name:"]
