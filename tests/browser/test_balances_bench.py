"""The balances bench as an analyst meets it: real JupyterLab, real browser, only what can be seen and clicked."""

from __future__ import annotations

import runpy
from pathlib import Path

from playwright.sync_api import Page, expect

import workbench as wb
from tests.browser.axe import violations
from tests.browser.bench import Opened, fill, go_dark, ready, table

NOTEBOOK = "balances_bench.ipynb"
OUTCOME = "balances differ"


def test_from_the_first_click_to_code_that_gives_the_same(page: Page, opened: Opened, folder: Path, here: Path) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME, "caution")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    books = {
        "balances": wb.read_balances(folder / "data" / "balances" / "balances.csv"),
        "internal": wb.read_internal(folder / "data" / "balances" / "ledger.csv"),
        "snapshots": wb.read_snapshots(folder / "data" / "balances" / "snapshots.csv"),
    }
    instant = "2026-08-15T00:00:00Z"
    expected = wb.reconstruct(**books, as_of=instant)
    found = expected.discrepancies
    field = bench.locator(".wb-scope").get_by_role("textbox").first
    fill(field, instant)
    bench.get_by_role("button", name="Run", exact=True).click()
    expect(bench.locator(".wb-exports")).to_contain_text(instant)
    expect(bench.locator(".wb-run")).to_contain_text(f"{len(found):,} of 40 balances differ from their transactions.")

    largest = str(found.sort_values("currency", kind="stable")["balance_id"].iloc[0])
    first = table(bench, "Balances that differ").locator("tbody tr").first
    expect(first).to_contain_text(largest)
    first.click()
    card = bench.locator(".wb-balance-card")
    expect(card).to_contain_text(f"Balance {largest}")
    expect(card).to_contain_text(expected.explain(largest)[0].sentence)
    expect(table(card, "Transactions of the balance")).to_be_visible()

    bench.get_by_role("button", name="Copy As Python").click()
    expect(bench.locator(".wb-exports")).to_contain_text("Copied.")
    (here / "again.py").write_text(page.evaluate("navigator.clipboard.readText()"))
    again = runpy.run_path(str(here / "again.py"))["rebuilt"]
    assert (
        again.tables["results"]
        .drop_columns(["executed_at"])
        .equals(expected.tables["results"].drop_columns(["executed_at"]))
    )


def test_corrections_are_collected_and_only_listed_and_nothing_is_a_serious_barrier(page: Page, opened: Opened) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME, "caution")
    table(bench, "Balances that differ").locator("tbody tr").first.click()
    bench.get_by_role("button", name="Add to corrections").click()
    expect(bench.locator(".wb-corrections")).to_contain_text("Collected: 1.")
    expect(bench.locator(".wb-corrections")).to_contain_text("workbench reconstruct")
    expect(bench.get_by_role("button", name="Among the corrections")).to_be_disabled()
    expect(bench.locator(".wb-balance-card")).to_contain_text("What may have happened")
    expect(bench.locator(".wb-balance-card .js-plotly-plot .main-svg").first).to_be_attached()
    assert violations(page, ".wb-bench") == []
    go_dark(page, bench)
    assert violations(page, ".wb-bench") == []
