"""Take the pictures of the README and of docs/ from the running thing: ``python docs/take_pictures.py``.

Starts JupyterLab as a user does, opens each bench in Chromium, and runs a report. Needs the ``test`` extra.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.notebook import run_notebook  # noqa: E402
from tests.browser.server import Lab, running_lab  # noqa: E402
from tests.conftest import FLAGS  # noqa: E402
from workbench.reports.execute import run_report  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
CARDS = ROOT / "data" / "cards"
SETTLED = 4_000  # milliseconds that charts may take to find their room


def main() -> None:
    """Take them all."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        served = Path(folder) / "books"
        for name in ("notebooks", "data"):
            shutil.copytree(ROOT / name, served / name)
        with running_lab(served, Path(folder) / "home") as lab:
            take_reconcile_bench(browser, lab)
            take_balances_bench(browser, lab)
        take_report(browser, Path(folder) / "report")


def take_reconcile_bench(browser: Browser, lab: Lab) -> None:
    """The whole bench light and dark, and what an analyst looks at most."""
    for theme in ("light", "dark"):
        page = opened(browser, lab, "notebooks/reconcile_bench.ipynb", theme)
        table = page.locator(".wb-table", has=page.locator("caption", has_text="Unmatched external"))
        table.locator("tbody tr").first.click()
        page.locator(".wb-near .wb-card").first.wait_for()
        slider = page.get_by_role("slider", name="What if it were")
        page.get_by_label("Tolerance of").select_option(label="3. Amount within 3 days: date")
        slider.press("ArrowLeft")
        page.wait_for_timeout(SETTLED)
        if theme == "light":
            page.get_by_role("button", name="Strategy and rules").click()
            save(page.locator(".wb-rules"), "rules")
            page.get_by_role("button", name="Strategy and rules").click()
            save(page.locator(".wb-near"), "near_misses")
            save(page.locator(".wb-what-if"), "what_if")
            save(page.locator(".wb-screen"), "decide")
        page.set_viewport_size({"width": 1280, "height": 1000})
        page.locator(".wb-run").scroll_into_view_if_needed()
        page.locator(".wb-run").evaluate("element => element.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=PICTURES / f"bench_{theme}.png")
        page.close()


def take_balances_bench(browser: Browser, lab: Lab) -> None:
    """A balance that differs, opened."""
    page = opened(browser, lab, "notebooks/balances_bench.ipynb", "light")
    table = page.locator(".wb-table", has=page.locator("caption", has_text="Balances that differ"))
    table.locator("tbody tr").first.click()
    page.locator(".wb-balance-card").get_by_role("heading", name="What may have happened").wait_for()
    page.wait_for_timeout(SETTLED)
    save(page.locator(".wb-balance-card"), "balance")
    page.close()


def take_report(browser: Browser, folder: Path) -> None:
    """The top of the report of the sample month."""
    parameters = {name: str(CARDS / file) for name, file in (("external", "statement.csv"), ("internal", "ledger.csv"))}
    outcome = run_report("reconciliation", {**parameters, "rules": str(CARDS / "rules.json")}, folder, progress=False)
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(outcome.path.absolute().as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=PICTURES / "report.png")
    page.close()


def opened(browser: Browser, lab: Lab, notebook: str, theme: str) -> Page:
    """A bench that has run, with nothing else on the page."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    run_notebook(page, lab, notebook, theme)
    page.locator(".wb-bench .wb-run :is(.wb-good, .wb-caution)").first.wait_for(timeout=120_000)
    page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
    return page


def save(what: Locator, name: str) -> None:
    """Save a picture of one part of a page, all of which is in view."""
    what.page.set_viewport_size({"width": 1280, "height": 2200})
    what.page.wait_for_timeout(SETTLED)
    what.page.mouse.move(0, 0)
    what.scroll_into_view_if_needed()
    # The bar that stays in sight lies over what is at the foot of the window: over its own screen only.
    style = "" if name == "decide" else ".wb-bar { visibility: hidden !important }"
    what.screenshot(path=PICTURES / f"{name}.png", style=style)


if __name__ == "__main__":
    main()
