"""The reconciliation bench as an analyst meets it: real JupyterLab, real browser, only what can be seen and clicked."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from playwright.sync_api import Page, expect

import workbench as wb
from tests.browser.axe import violations
from tests.browser.bench import Opened, fill, go_dark, ready, table
from workbench.reconciliation.settings import BY_HAND

NOTEBOOK = "reconcile_bench.ipynb"
OUTCOME = "are matched"


def test_from_the_first_click_to_code_that_gives_the_same(page: Page, opened: Opened, folder: Path, here: Path) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    samples = folder / "data" / "split_authorisations"

    bench.get_by_role("button", name="Sources:").click()
    fill(bench.get_by_label("External path or database URL"), "../data/split_authorisations/authorisations.json")
    fill(bench.get_by_label("Internal path or database URL"), "../data/split_authorisations/ledger.xlsx")
    expect(bench.locator(".wb-sources")).to_contain_text("ledger.xlsx: ")
    bench.get_by_role("button", name="Strategy and rules").click()
    bench.get_by_label("Many to one").check()
    bench.locator(".wb-strategy").get_by_label("Reference").check()
    drift = bench.locator(".wb-rule").nth(2).locator(".wb-criterion").nth(1).get_by_label("Tolerance")
    fill(drift, "5")
    expect(bench.locator(".wb-rule").nth(2)).to_contain_text("at most 5 days apart")
    bench.get_by_role("button", name="Run", exact=True).click()

    rules = [*wb.load_rules(folder / "data" / "cards" / "rules.json")]
    rules[2] = wb.Rule(rules[2].name, [wb.Criterion("amount"), wb.Criterion("date", "equals", 5 * 86400)])
    expected = wb.reconcile(
        wb.read_external(samples / "authorisations.json"),
        wb.read_internal(samples / "ledger.xlsx"),
        strategy="many_to_one",
        grouping_criteria="reference",
        rules=rules,
    )
    matched, still_open = (expected.summary[f"{what}_transactions"] for what in ("matched", "unmatched"))
    expect(bench.locator(".wb-run")).to_contain_text(
        f"{matched:,} of {matched + still_open:,} external records are matched; {still_open:,} stay open."
    )

    unmatched = table(bench, "Unmatched external records")
    expect(unmatched).to_contain_text(f"of {still_open:,} records in all)")
    left = expected.unmatched_external
    missed = left[left["group"] == expected.near_misses["external_transaction_id"].iloc[0]]["id"].tolist()
    unmatched.get_by_role("searchbox").fill(missed[-1])
    expect(unmatched.locator("tbody tr")).to_have_count(1)
    unmatched.locator("tbody tr").click()
    near = bench.locator(".wb-near")
    expect(near).to_contain_text(f"with the {len(missed)} records of its group")
    expect(near).to_contain_text(expected.near_misses["explanation"].iloc[0])

    entry = table(bench, "Unmatched internal records").locator("tbody tr").first
    entry.get_by_role("checkbox").check()
    bar = bench.locator(".wb-bar")
    expect(bar).to_contain_text(f"external: {', '.join(missed)}; internal: ")
    expect(bar).to_be_in_viewport()
    fill(bar.get_by_label("Reason"), "agreed by phone")
    bar.get_by_role("button", name=re.compile("^Match"), disabled=False).click()
    expect(bench.locator(".wb-journal")).to_contain_text("agreed by phone")
    expect(bench.locator(".wb-results")).to_contain_text("matches by hand")
    expect(bench.locator(".wb-exports")).to_contain_text("decisions=")

    bench.get_by_role("button", name="Copy As Python").click()
    expect(bench.locator(".wb-exports")).to_contain_text("Copied.")
    code = page.evaluate("navigator.clipboard.readText()")
    (here / "again.py").write_text(code)
    again = runpy.run_path(str(here / "again.py"))["result"]
    by_hand = again.matches[again.matches["rule"] == BY_HAND]
    assert sorted(by_hand["external_transaction_id"]) == sorted(missed)
    expect(bench.locator(".wb-run")).to_contain_text(f"{again.summary['matched_transactions']:,} of ")


def test_dragging_a_drift_with_the_keyboard_shows_what_it_would_gain(page: Page, opened: Opened) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME)
    what_if = bench.locator(".wb-what-if")
    what_if.get_by_label("Tolerance of").select_option(label="3. Amount within 3 days: date")
    expect(what_if).to_contain_text("With 3 days: nothing would change.")
    handle = what_if.get_by_role("slider")
    handle.focus()
    handle.press("ArrowLeft")
    expect(what_if).to_contain_text("With 2 days: ")
    expect(what_if).to_contain_text("would match no longer")
    what_if.get_by_role("button", name="Take this tolerance").click()
    expect(bench.locator(".wb-rule").nth(2)).to_contain_text("at most 2 days apart")


def test_records_are_settled_by_keys_alone_and_the_focus_stays_in_the_table(page: Page, opened: Opened) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME)
    bar, external = bench.locator(".wb-bar"), table(bench, "Unmatched external records")
    external.get_by_role("checkbox").first.focus()
    for key, selected in (
        ("Enter", "1 selected: 45.00 EUR"),
        ("Shift+ArrowDown", "2 selected: 45.00 EUR, 86.12 USD"),
        ("a", "4 selected: 97.58 EUR, 86.12 USD"),
        ("a", "none selected"),
        ("Enter", "1 selected: 86.12 USD"),
    ):
        page.keyboard.press(key)
        expect(bar.locator(".wb-sums > div").first).to_contain_text(selected)
    page.keyboard.press("?")
    expect(bench.locator(".wb-screen")).to_contain_text("e: exclude what is selected")
    page.keyboard.press("e")
    expect(bar).to_contain_text("a decision needs a reason")
    expect(bar.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("of another company")
    page.keyboard.press("Enter")
    expect(bench.locator(".wb-journal")).to_contain_text("of another company")
    expect(external).to_contain_text("of 3")
    expect(external.get_by_role("checkbox", checked=True)).to_be_focused()
    expect(bar.get_by_label("Reason")).to_have_value("")
    page.keyboard.press("ArrowRight")
    internal = table(bench, "Unmatched internal records")
    expect(internal.get_by_role("checkbox").first).to_be_focused()
    for key, kept in (("Control+b", False), ("x", True)):  # notebooks have commands for both: x would cut the cell
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.hasAttribute('data-lm-suppress-shortcuts')") == kept
    expect(bench).to_be_visible()
    page.keyboard.press("d")
    expect(external.get_by_role("checkbox", checked=True)).to_be_focused()  # one side alone is no match
    page.keyboard.press("z")
    page.keyboard.type("no company")  # at once: no letter of it may be taken for a key
    page.keyboard.press("Enter")
    expect(bench.locator(".wb-journal")).to_contain_text("no company")
    expect(external).to_contain_text("of 4")
    page.keyboard.press("a")
    page.keyboard.press("e")
    page.keyboard.type("none of ours")
    page.keyboard.press("Enter")
    expect(bench.locator(".wb-open")).to_contain_text("No rows")
    expect(bench.locator(".wb-open .wb-table-scroll:focus, .wb-open input:focus")).to_have_count(1)


def test_everything_is_reached_by_keyboard_and_nothing_is_a_serious_barrier(page: Page, opened: Opened) -> None:
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME)
    table(bench, "Unmatched external records").locator("tbody tr").first.click()
    expect(bench.locator(".wb-near")).to_contain_text("come")
    wanted = page.evaluate(
        """() => {
            const fields = [...document.querySelectorAll(
                '.wb-bench :is(button, input, select, textarea, [role=slider])')];
            const shown = fields.filter(each => each.checkVisibility() && !each.disabled
                && each.type !== 'file' && each.name !== 'hidden');
            // Of the buttons of a radio group, Tab reaches the one that is chosen; of the rows of a table, one.
            const reached = shown.filter(each => (each.type !== 'radio' || each.checked)
                && (!each.closest('.wb-table tbody') || each.tabIndex === 0));
            reached.forEach((each, at) => each.dataset.place = at);
            reached[0].focus();
            return reached.length;
        }"""
    )
    reached = set()
    for _ in range(wanted + 80):
        reached.add(page.evaluate("document.activeElement?.dataset.place ?? ''"))
        page.keyboard.press("Tab")
    missing = page.evaluate(
        """reached => [...document.querySelectorAll('.wb-bench [data-place]')]
            .filter(each => !reached.includes(each.dataset.place)).map(each => each.outerHTML.slice(0, 200))""",
        sorted(reached),
    )
    assert wanted > 40
    assert missing == []
    for name in ("Sources:", "Strategy and rules", "More charts"):
        bench.get_by_role("button", name=name).click()
    expect(bench.locator(".js-plotly-plot .main-svg").nth(8)).to_be_attached()
    assert violations(page, ".wb-bench") == []
    go_dark(page, bench)
    assert violations(page, ".wb-bench") == []


def test_text_of_the_data_never_becomes_markup(page: Page, opened: Opened, here: Path) -> None:
    bad = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
    (here / "statement.csv").write_text(
        f"id,amount,currency,date,reference,description,{bad}\n"
        f"{bad},7.00,EUR,2026-01-02,{bad},{bad},{bad}\n{bad}2,8,EUR,2026-01-02,,,\nx,{bad},EUR,2026-01-02,,,\n"
    )
    (here / "ledger.csv").write_text(
        "transaction_id,amount,currency,created_at,reference\n"
        f"{bad}i,3.00,EUR,2026-01-02,{bad}\n{bad}j,4.00,EUR,2026-01-03,\n"
    )
    opened(NOTEBOOK)
    bench = ready(page, OUTCOME)
    bench.get_by_role("button", name="Sources:").click()
    fill(bench.get_by_label("External path or database URL"), "statement.csv")
    bench.get_by_label("Go on without the bad rows").first.check()
    fill(bench.get_by_label("Internal path or database URL"), "ledger.csv")
    bench.get_by_role("button", name="Strategy and rules").click()
    fill(bench.locator(".wb-rule").first.get_by_label("Name"), bad)
    bench.get_by_role("button", name="Run", exact=True).click()
    expect(bench.locator(".wb-run")).to_contain_text("0 of 2 external records are matched")
    expect(table(bench, "Unmatched external records")).to_contain_text("of 2")
    bench.get_by_role("button", name="More charts").click()
    bench.get_by_role("button", name="All other tables").click()
    table(bench, "Unmatched external records").locator("tbody tr").first.click()
    expect(bench.locator(".wb-near")).to_contain_text(bad)
    bench.get_by_role("button", name="Find records that add up to it").click()
    expect(bench.locator(".wb-screen")).to_contain_text("2 records, among the 2 open")
    bench.get_by_role("button", name=re.compile("^Select <img")).click()
    fill(bench.locator(".wb-bar").get_by_label("Reason"), bad)
    bench.get_by_role("button", name="Match", exact=True).click()
    expect(bench.locator(".wb-journal tbody")).to_contain_text(bad)
    for chart in bench.locator(".js-plotly-plot").all():
        chart.hover(force=True)
    assert page.evaluate("window.hacked") is None
    assert bench.locator("img, script").count() == 0
