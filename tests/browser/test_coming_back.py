"""What stays of a bench: after Stop, a restart of its kernel, and a day later without one."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import workbench as wb
from tests.browser.bench import Opened, OpenedCell, fill, ready, table
from tests.browser.notebook import RUN_ALL
from tests.browser.server import Lab

NOTEBOOK = "reconcile_bench.ipynb"
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
SLOW = wb.Rule("Words", [wb.Criterion("description", "contains", 30)])
RECORDS = 4_400  # on each side: nearly as many pairs of texts as a rule may compare by default


# JupyterLab gives up what it asked the kernel that is restarted. A saved notebook that is opened without its kernel
# names a widget that is nowhere: the renderer of ipywidgets (WidgetRenderer.renderModel) looks for it for two seconds
# and logs that it is not found, as it does for a notebook with nothing but ipywidgets' own buttons.
@pytest.mark.forgives("before replies were done", "widget model not found")
def test_a_reconciliation_stands_as_it_was_after_a_restart_and_shows_its_result_without_a_kernel(
    page: Page, lab: Lab, opened: Opened, here: Path
) -> None:
    opened(NOTEBOOK)
    bench = ready(page, "are matched")
    external = table(bench, "Unmatched external records")
    external.locator("tbody tr", has_text="-25.00").click()
    fill(bench.locator(".wb-bar").get_by_label("Reason"), "booked by the landlord")
    bench.get_by_role("button", name="Exclude", exact=True, disabled=False).click()
    expect(external).to_contain_text("of 3")
    external.get_by_role("searchbox").fill("EUR")
    expect(external.locator("tbody tr")).to_have_count(2)

    page.evaluate(f"{KERNEL}.restart()")
    expect(bench.locator(".wb-run")).to_contain_text("The kernel was restarted: run the cell of the bench again")
    page.evaluate(RUN_ALL)
    bench = ready(page, "are matched")
    external = table(bench, "Unmatched external records")
    expect(external.get_by_role("searchbox")).to_have_value("EUR")
    expect(external.locator("tbody tr")).to_have_count(2)
    expect(bench.locator(".wb-journal")).to_contain_text("booked by the landlord")

    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    page.goto(f"{lab.base}/lab/tree/{here.name}/{NOTEBOOK}?reset&token={lab.token}")
    last = page.locator(".wb-last")
    expect(last).to_contain_text("The last result of the bench. Run the cell above (Shift+Enter) to work on it again.")
    expect(last).to_contain_text("Open, external")
    expect(last.locator("table").last).to_be_visible()
    expect(page.locator(".jp-OutputArea-output", has_text="odel not found")).to_be_hidden()
    expect(page.locator(".jp-OutputArea-output", has_text="Loading widget")).to_be_hidden()


def test_stop_and_interrupt_kernel_end_a_long_rule(page: Page, opened_cell: OpenedCell, here: Path) -> None:
    chance = random.Random(1)
    texts = [["".join(chance.choices("abcdefgh ", k=60)) for _ in range(RECORDS)] for _ in range(2)]
    header = "amount,currency,description"
    for name, own, lines in (("statement", "id,date", texts[0]), ("ledger", "transaction_id,created_at", texts[1])):
        rows = [f"r{place},2026-01-02,{place},EUR,{text}" for place, text in enumerate(lines)]
        (here / f"{name}.csv").write_text("\n".join([f"{own},{header}", *rows]))
    quick = json.dumps([wb.Rule("Ids", [wb.Criterion("reference")]).to_dict()])
    wb.save_rules([SLOW], here / "slow.json")
    opened_cell(
        f"import workbench as wb\nbench = wb.reconcile_bench('statement.csv', 'ledger.csv', rules={quick!r})\n"
        "bench.state.rules = wb.load_rules('slow.json')\nbench"
    )
    run = page.locator(".wb-run")
    for stop in (
        lambda: run.get_by_role("button", name="Stop").click(),
        lambda: page.evaluate(f"{KERNEL}.interrupt()"),
    ):
        run.get_by_role("button", name="Run").click()
        expect(run).to_contain_text("Words")
        page.wait_for_timeout(1_000)  # nobody is faster, and a kernel hears interrupts only once it has answered
        stop()
        expect(run).to_contain_text("Stopped; the last result stays.")
