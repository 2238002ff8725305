"""The page of a notebook that failed, and what is left of a page on paper."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import nbformat
import plotly.graph_objects as go
import pyarrow as pa
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser

from workbench.charts.style import SERIES, bars, figure
from workbench.reports.html import PLOTLY, render
from workbench.reports.tables import show

MESSAGE = "bank.csv: 2 records are bad\n  row 1 is <b>empty</b>\n  row 2 is empty"


def failed_notebook() -> nbformat.NotebookNode:
    """As papermill leaves it: with its own banners, and with the cells that it did not come to."""
    error = new_output("error", ename="BadRecords", evalue=MESSAGE, traceback=["File secret.py"])
    return new_notebook(
        cells=[
            new_markdown_cell("An Exception was encountered", metadata={"tags": ["papermill-error-cell-tag"]}),
            new_markdown_cell("# Report"),
            new_code_cell("read()", outputs=[error]),
            new_markdown_cell("## Totals that tie out"),
        ]
    )


def chart() -> nbformat.NotebookNode:
    drawn: go.Figure = figure([bars("open", ["EUR"], [1.0], ["1.00"], SERIES[0])], "How much?", "dark")
    shown = new_output("display_data", data={PLOTLY: drawn.to_plotly_json()})
    return new_notebook(cells=[new_markdown_cell("# Report"), new_code_cell("draw()", outputs=[shown])])


def test_a_failed_notebook_shows_its_error_and_promises_nothing_after_it(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(render(failed_notebook(), "Report", failure=MESSAGE))
    assert MESSAGE in page.get_by_role("alert").inner_text()  # line by line, and as text
    shown = page.locator("main").inner_text()
    assert shown.count("row 2 is empty") == 2  # in the banner, and where it failed
    assert "Exception was encountered" not in shown
    assert "Totals that tie out" not in shown
    assert "secret.py" not in page.content()
    assert [heading.inner_text() for heading in page.get_by_role("heading").all()] == ["Report"]
    page.close()


def test_a_dark_page_has_dark_ink_on_paper(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(render(chart(), "Report", "dark"), "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    title = page.locator(".gtitle")
    title.wait_for()
    assert brightness(title.evaluate("each => getComputedStyle(each).fill")) > 600
    page.emulate_media(media="print")
    assert brightness(title.evaluate("each => getComputedStyle(each).fill")) < 200
    assert brightness(page.locator("h1").evaluate("each => getComputedStyle(each).color")) < 200
    page.close()


def brightness(colour: str) -> int:
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


def test_nothing_on_a_chart_offers_to_upload_it(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(render(chart(), "Report"), "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(".modebar-btn").first.wait_for(state="attached")
    offers = [button.get_attribute("aria-label") for button in page.locator(".modebar-btn").all()]
    assert "Download plot as a PNG" in offers
    assert "Share chart..." not in offers
    page.close()


def test_a_chart_fits_on_paper_and_gets_its_width_back(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(render(chart(), "Report"), "utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto((tmp_path / "page.html").as_uri())
    drawn = page.locator(".main-svg").first
    drawn.wait_for()
    before = int(drawn.get_attribute("width") or 0)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.querySelector('.main-svg').getAttribute('width') === '640'")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"document.querySelector('.main-svg').getAttribute('width') === '{before}'")
    assert before > 1000
    page.close()


def test_on_paper_an_amount_stays_in_one_line_and_nothing_is_cut_off(browser: Browser) -> None:
    texts = {f"column_{at}": ["some_long_text_without_a_blank"] for at in range(15)}
    table = pa.table({**texts, "amount": [Decimal("123456.78")], "token": [Decimal("12345678901234567890.12")]})
    shown = new_output("display_data", data={"text/html": show(table, "Open").data})
    page = browser.new_page(viewport={"width": 688, "height": 900})  # A4 without its margins
    page.set_content(render(new_notebook(cells=[new_code_cell("show()", outputs=[shown])]), "Report"))
    page.emulate_media(media="print")
    lines = "each => { const text = document.createRange(); text.selectNodeContents(each); return new Set("
    lines += "[...text.getClientRects()].map(line => line.y)).size }"
    assert page.get_by_role("cell", name="123,456.78").evaluate(lines) == 1
    assert page.get_by_role("cell", name="some_long").first.evaluate(lines) > 1
    assert page.evaluate("document.documentElement.scrollWidth") == 688
    page.close()
