"""The matching screen in a real browser: suggestions, groups, the story of a record, payments in parts."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

import workbench as wb
from tests.browser.bench import OpenedCell, fill, ready, table

LIKELY = wb.Weighed(name="Likely", status="suggested", min_probability="0.1")
NUMBERS = range(8)
STATEMENT = "id,amount,currency,date,reference\n"
LEDGER = "transaction_id,amount,currency,created_at,reference\n"


def test_suggestions_are_accepted_by_a_key_or_all_above_a_line(page: Page, opened_cell: OpenedCell, here: Path) -> None:
    paid = [f"e{n},{10 + n},EUR,2026-03-01,{f'INV-10{n}' if n % 2 else ''}\n" for n in NUMBERS]
    booked = [f"t{n},{10 + n},EUR,2026-03-01,INV-10{n}\n" for n in NUMBERS]
    (here / "statement.csv").write_text("".join([STATEMENT, *paid]))
    (here / "ledger.csv").write_text("".join([LEDGER, *booked]))
    rules = json.dumps([LIKELY.to_dict()])
    opened_cell(f"import workbench as wb\nwb.reconcile_bench('statement.csv', 'ledger.csv', rules={rules!r})")
    bench = ready(page, "are matched", tone="problem")
    suggestions = bench.locator(".wb-suggestions")
    expect(suggestions).to_contain_text("of 8")
    table(bench, "Unmatched external records").get_by_role("checkbox").first.focus()
    page.keyboard.press("s")
    expect(table(bench, "Suggestions").get_by_role("checkbox").first).to_be_focused()
    page.keyboard.press("y")
    expect(suggestions).to_contain_text("of 7")
    expect(bench.locator(".wb-journal")).to_contain_text("Likely")
    line = suggestions.get_by_role("slider")
    line.focus()
    line.press("End")
    expect(suggestions).to_contain_text(
        re.compile(r"7 of 7 would be accepted; \d\.\d of them are expected to be wrong")
    )
    suggestions.get_by_role("button", name="Accept all above the line").click()
    expect(table(bench, "Unmatched external records")).to_contain_text("No rows")
    expect(suggestions.get_by_role("button")).to_have_count(0)
    assert len(wb.read_decisions(here / "decisions.jsonl").decisions) == 8


def test_groups_open_records_tell_their_story_and_payments_come_in_parts(
    page: Page, opened_cell: OpenedCell, here: Path
) -> None:
    paid = ["e1,5.00,EUR,2026-03-01,r9\n", "e2,6.00,EUR,2026-03-02,r9\n", "e3,30.00,EUR,2026-03-03,\n"]
    booked = ["i1,50.00,EUR,2026-03-01,bill\n", "i2,7.00,EUR,2026-03-01,other\n"]
    (here / "statement.csv").write_text("".join([STATEMENT, *paid, "e4,20.00,EUR,2026-03-04,\n"]))
    (here / "ledger.csv").write_text("".join([LEDGER, *booked]))
    rules = json.dumps([wb.Rule("Whole", [wb.Criterion("reference"), wb.Criterion("amount")]).to_dict()])
    opened_cell(
        "import workbench as wb\nwb.reconcile_bench('statement.csv', 'ledger.csv', "
        f"'many_to_one', ['reference'], rules={rules!r})"
    )
    bench = ready(page, "are matched", tone="problem")
    external, internal = (table(bench, f"Unmatched {side} records") for side in ("external", "internal"))
    expect(external.locator("tbody tr")).to_have_count(3)
    group = external.locator("tbody tr", has_text="11.00")
    group.get_by_role("button").click()
    expect(external.locator("tbody tr.wb-inside")).to_have_count(2)
    group.get_by_role("button").click()
    expect(external.locator("tbody tr")).to_have_count(3)

    external.locator("tbody tr", has_text="30.00").click()
    bench.get_by_role("button", name="Everything known of the record").click()
    story = bench.locator(".wb-story")
    expect(story).to_contain_text("External record e3")
    expect(story).to_contain_text("statement.csv, line 4")
    expect(story).to_contain_text("e3,30.00,EUR,2026-03-03,")

    bar = bench.locator(".wb-bar")
    for payment, left in (("30.00", "20.00"), ("20.00", None)):
        external.locator("tbody tr", has_text=payment).get_by_role("checkbox").check()
        internal.locator("tbody tr", has_text="bill").get_by_role("checkbox").check()
        fill(bar.get_by_label("Reason"), "paid in parts")
        bar.get_by_role("button", name="Part payment" if left else "Match", exact=True, disabled=False).click()
        if left:
            expect(internal.locator("tbody tr", has_text="bill")).to_contain_text(left)
    expect(internal).to_contain_text("of 1")
    expect(external.locator("tbody tr")).to_have_count(1)
    assert [decision.remainder for decision in wb.read_decisions(here / "decisions.jsonl").decisions] == ["open", None]
