"""The reconciliation bench: what is clicked is what the functions would do."""

from __future__ import annotations

import asyncio
import html
import json
import re
import runpy
from decimal import Decimal
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import ipywidgets
import pytest

import workbench as wb
from workbench.bench.reconciliation.bench import ReconcileBench, reconcile_bench
from workbench.bench.reconciliation.charts import MORE
from workbench.bench.reconciliation.results import tiles_of
from workbench.errors import SettingsError
from workbench.reconciliation.decisions.journal import add_decision, decide
from workbench.reconciliation.settings import BY_HAND
from workbench.runs.folder.manifest import verify_run
from workbench.sides import ID_COLUMN

SCRIPT = "<script>alert(1)</script>"
STATEMENT = "id,amount,currency,date,reference\n"
STATEMENT += (
    f"e1,10.00,EUR,2026-01-02,r1\ne2,20.10,EUR,2026-01-02,\ne3,7.00,EUR,2026-01-05,{SCRIPT}\ne4,90,USD,2026-01-05,\n"
)
LEDGER = "transaction_id,amount,currency,created_at,reference\n"
LEDGER += "i1,10.00,EUR,2026-01-02,r1\ni2,20.00,EUR,2026-01-03,\ni3,3.00,EUR,2026-01-05,\ni4,4.00,EUR,2026-01-05,\n"
RULES = [
    wb.Rule("Reference", [wb.Criterion("reference"), wb.Criterion("amount")]),
    wb.Rule("Close", [wb.Criterion("amount", "equals", "0.001"), wb.Criterion("date", "equals", 3600)]),
]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReconcileBench:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statement.csv").write_text(STATEMENT)
    (tmp_path / "ledger.csv").write_text(LEDGER)
    made = reconcile_bench("statement.csv", "ledger.csv", rules=json.dumps([rule.to_dict() for rule in RULES]))
    made.screen.bar.rerun = made.run.run  # here and now, not in a thread
    return made


def said(widget: Any) -> str:
    """All text that `words` says in a widget."""
    inside = [said(each) for each in getattr(widget, "children", ())]
    own = html.unescape(widget.value) if type(widget).__name__ == "HTML" else ""
    return " ".join(each for each in [own, *inside] if each)


def button(widget: Any, label: str) -> ipywidgets.Button:
    """The button of this label in a widget."""
    return next(each for each in every(widget) if isinstance(each, ipywidgets.Button) and each.description == label)


def every(widget: Any) -> list[Any]:
    return [widget, *(found for each in getattr(widget, "children", ()) for found in every(each))]


def choose(bench: ReconcileBench, side: str, *ids: str) -> None:
    """Choose open records in their table."""
    view = bench.screen.sides.tables[side]
    names = view.table[ID_COLUMN[side]].to_pylist()
    view.picked = [names.index(each) for each in ids]


def ticked(bench: ReconcileBench) -> dict[str, list[str]]:
    """The ids of the rows that are ticked in the tables of what is open."""
    return {side: view.chosen(ID_COLUMN[side]) for side, view in bench.screen.sides.tables.items()}


def figures(bench: ReconcileBench) -> list[str]:
    """What the bar says of the sums of what is selected."""
    cells = re.findall(r"<div><span>(.*?)</span> <strong>(.*?)</strong></div>", bench.screen.bar.sums.value)
    return [" ".join(cell) for cell in cells]


def allowed(bench: ReconcileBench) -> list[str]:
    """What can be done with what is selected."""
    return [act for act, shown in bench.screen.bar.buttons.items() if not shown.disabled]


def open_ids(bench: ReconcileBench) -> list[str]:
    return bench.state.result.unmatched_external["id"].tolist()


def test_it_opens_with_the_sample_data_reconciled() -> None:
    bench = reconcile_bench(decisions="")
    assert bench.state.problems == {}
    expected = wb.reconcile(
        wb.read_external("data/cards/statement.csv"),
        wb.read_internal("data/cards/ledger.csv"),
        rules=wb.load_rules("data/cards/rules.json"),
    )
    assert bench.state.result.tables["matches"].equals(expected.tables["matches"])
    assert f"{expected.summary['matched_transactions']} of 116 external records are matched" in said(bench.run)
    assert bench.sources.button.description == "Sources: statement.csv (external), ledger.csv (internal)"
    assert not bench.sources.button.value


def test_without_rules_they_are_proposed_and_then_chosen() -> None:
    files = "data/split_authorisations/authorisations.json", "data/split_authorisations/ledger.xlsx"
    bench = reconcile_bench(*files, rules="", decisions="")
    expected = wb.reconcile(wb.read_external(files[0]), wb.read_internal(files[1]))
    assert bench.state.result.tables["matches"].equals(expected.tables["matches"])
    assert (bench.state.rules, len(bench.rules.boxes)) == (expected.settings.rules, len(expected.settings.rules))
    assert (bench.state.options["strategy"], bench.strategy.fields["strategy"].value) == ("many_to_one", "many_to_one")
    assert bench.state.problems == {}
    assert f"The rules are proposed: {expected.findings[0]}" in html.unescape(said(bench.run))
    bench.run.run()  # by the rules as they now stand
    assert bench.state.result.tables["matches"].equals(expected.tables["matches"])


def test_sources_that_cannot_be_read_are_shown_and_run_waits(tmp_path: Path) -> None:
    bench = reconcile_bench(str(tmp_path / "none.csv"))
    assert bench.sources.button.value
    assert bench.run.start_button.disabled
    assert bench.state.result is None
    assert "none.csv" in said(bench.sources)
    assert "choose Run" in said(bench.results)
    assert "choose Run" in said(bench.what_if)
    assert "Choose an open record" in said(bench.screen.near_misses)
    for act in (bench.run.start, bench.screen.proposals.propose, bench.exports.export):
        act()


def test_settings_that_do_not_fit_are_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="needs a grouping"):
        reconcile_bench(strategy="many_to_one")
    with pytest.raises(SettingsError, match="theme"):
        reconcile_bench(theme="pink")


def test_strategy_and_rules_are_folded_into_their_sentences(bench: ReconcileBench) -> None:
    assert not bench.setup.fold.button.value
    assert "A transaction stays the same" in said(bench.setup.sentences)
    assert f"Close: {RULES[1].describe()}" in said(bench.setup.sentences)
    bench.rules.boxes[1].name.value = " "  # what is wrong opens them
    assert bench.setup.fold.button.value
    assert bench.setup.sentences.layout.display == "none"


def test_the_tiles_say_what_came_out(bench: ReconcileBench) -> None:
    tiles = tiles_of(bench.state.result)
    assert tiles["external records matched"] == "1 of 4 (25.0 %)"
    assert tiles["EUR open, external credits"] == "27.10"
    assert "EUR open, external debits" not in tiles
    assert all(value in said(bench.results.tiles) for value in tiles.values())


def test_it_says_when_nothing_is_open(bench: ReconcileBench) -> None:
    assert "Choose records" in said(bench.screen)
    Path("statement.csv").write_text(STATEMENT.splitlines()[0] + "\ne1,10.00,EUR,2026-01-02,r1\n")
    Path("ledger.csv").write_text("\n".join(LEDGER.splitlines()[:2]) + "\n")
    bench.sources.read()
    bench.run.run()
    assert "Nothing is open" in said(bench.screen)


def test_the_other_charts_are_drawn_when_they_are_wanted(bench: ReconcileBench) -> None:
    assert len(bench.charts.charts.figures) == 2
    assert bench.charts.more_charts.figures == []
    bench.charts.more.button.value = True
    assert len(bench.charts.more_charts.figures) == len(MORE) - 1  # no rule weighs: nothing counts more than others


def test_charts_follow_the_theme(bench: ReconcileBench) -> None:
    before = bench.charts.charts.figures[0]["layout"]["font"]["color"]
    bench.state.theme = "dark"
    assert bench.charts.charts.figures[0]["layout"]["font"]["color"] != before


@pytest.mark.parametrize("name", ["near_misses", "control_totals", "differences", "rejected"])
def test_everything_else_can_be_looked_at(bench: ReconcileBench, name: str) -> None:
    bench.results.others.pick.value = name
    assert len(bench.results.others.view.table) == len(bench.state.result.tables.get(name, []))


def test_a_change_of_strategy_and_grouping_gives_what_the_function_gives(bench: ReconcileBench) -> None:
    bench.strategy.fields["strategy"].value = "many_to_one"
    bench.strategy.groupings["external"]["reference"].value = True
    bench.run.run()
    expected = wb.reconcile(
        wb.read_external("statement.csv"),
        wb.read_internal("ledger.csv"),
        strategy="many_to_one",
        grouping_criteria="reference",
        rules=RULES,
    )
    assert bench.state.result.tables["matches"].equals(expected.tables["matches"])


def test_the_near_miss_card_says_what_failed_and_what_else_would_match(bench: ReconcileBench) -> None:
    choose(bench, "external", "e2")
    card = said(bench.screen.near_misses)
    assert "1. i2: 20.00 EUR, nearly matched by rule 'Close'" in card
    assert "amount differs by +0.10, 0.02 allowed. The smallest tolerance that would match it: 0.5 percent." in card
    assert "date is 1 day earlier, 1 hour allowed. The smallest tolerance that would match it: 1 day." in card
    assert ">20.10 EUR, 2026-01-02<" in card
    assert ">2026-01-03<" in card
    assert "With these tolerances: 1 record, 20.10 EUR would match as well." in card
    button(bench.screen.near_misses, "Take these tolerances").click()
    assert [str(each.allowable_drift) for each in bench.state.rules[1].criteria] == ["0.005000", "86400"]
    assert bench.state.result.settings.rules == tuple(RULES)  # nothing runs by itself
    bench.run.run()
    assert "e2" not in open_ids(bench)
    assert bench.state.chosen == ("external", "e3")  # the next one that is open


def test_an_internal_record_has_a_card_too(bench: ReconcileBench) -> None:
    choose(bench, "internal", "i2")
    assert "Internal record i2" in said(bench.screen.near_misses)
    assert "e2: 20.10 EUR" in said(bench.screen.near_misses)


def test_a_record_that_nothing_comes_close_to_says_so(bench: ReconcileBench) -> None:
    choose(bench, "external", "e4")
    assert "no open internal record comes close" in said(bench.screen.near_misses)


def test_what_no_drift_mends_offers_none(bench: ReconcileBench) -> None:
    bench.state.rules = (wb.Rule("Later", [wb.Criterion("amount"), wb.Criterion("date", "after")]),)
    bench.run.run()
    choose(bench, "external", "e1")
    assert "No tolerance would let it match." in said(bench.screen.near_misses)
    shown = [each.description for each in every(bench.screen.near_misses) if isinstance(each, ipywidgets.Button)]
    assert set(shown) == {"Match these two"}


def test_dragging_a_drift_shows_gained_lost_and_money_at_once(bench: ReconcileBench) -> None:
    form = bench.what_if
    assert form.stop not in every(form)  # nothing is weighed before a drift is chosen
    form.criterion.label = "2. Close: date"
    assert form.stop.label == "1 hour"
    form.stop.value = Decimal(86400)
    assert "With 1 day: nothing would change." in said(form.message)
    form.criterion.label = "2. Close: amount"
    form.take_button.click()
    form.stop.value = Decimal("0.005")
    assert "nothing would change" in said(form.message)
    bench.state.rules = (
        RULES[0],
        wb.Rule("Close", [wb.Criterion("amount", "equals", "0.001"), wb.Criterion("date", "equals", 86400)]),
    )
    bench.run.run()
    assert form.criterion.label == "2. Close: amount"
    form.stop.value = Decimal("0.005")
    assert "With 0.5 percent: 1 record, 20.10 EUR would match as well." in said(form.message)
    assert form.table.table["external_transaction_id"].to_pylist() == ["e2"]
    form.which.value = "lost"
    assert len(form.table.table) == 0
    assert form.curve.figures[0]["data"][0]["text"][-1] == "3 of 4"
    assert open_ids(bench) == ["e2", "e3", "e4"]  # the result stays
    form.take_button.click()
    bench.run.run()
    assert open_ids(bench) == ["e3", "e4"]


def test_what_changes_is_shown_when_nothing_of_the_chosen_kind_does(bench: ReconcileBench) -> None:
    bench.state.rules = (wb.Rule("Close", [wb.Criterion("amount"), wb.Criterion("date", "equals", 86400)]),)
    bench.run.run()
    bench.what_if.criterion.label = "1. Close: amount"
    bench.what_if.which.value = "lost"
    bench.what_if.stop.value = Decimal("0.005")
    assert bench.what_if.which.value == "gained"
    assert bench.what_if.table.table["external_transaction_id"].to_pylist() == ["e2"]
    bench.what_if.which.value = "moved"
    assert len(bench.what_if.table.table) == 0


def test_a_long_name_is_cut_short_in_sentences(bench: ReconcileBench) -> None:
    name = "e" * 5000
    Path("statement.csv").write_text(STATEMENT.replace("e3,", f"{name},"))
    bench.sources.read()
    bench.run.run()
    choose(bench, "external", name)
    button(bench.screen, "Find records that add up to it").click()
    for widget in (bench.screen.near_misses, bench.screen.bar, bench.screen.proposals.proposed):
        assert f"{name[:79]}…" in said(widget)
        assert name[:80] not in said(widget)
    assert bench.state.selected == {"external": (name,)}


def test_rules_without_a_drift_have_nothing_to_drag(bench: ReconcileBench) -> None:
    bench.state.rules = (wb.Rule("Reference", [wb.Criterion("reference")]),)
    bench.run.run()
    assert "No rule that ran allows a tolerance." in said(bench.what_if)


def test_too_broad_a_drift_is_said(bench: ReconcileBench) -> None:
    bench.strategy.fields["max_candidates"].value = 2
    bench.state.rules = (wb.Rule("Close", [wb.Criterion("amount", "equals", "0.001")]),)
    bench.run.run()
    bench.what_if.criterion.label = "1. Close: amount"
    bench.what_if.stop.value = Decimal(1)
    assert "rule 'Close' would weigh" in said(bench.what_if.message)
    assert len(bench.what_if.table.table) == 0
    assert bench.what_if.curve.figures[0]["data"][0]["text"][-1] == "not weighed"
    assert "too broad or long to weigh" in said(bench.what_if.curve_hint)


def test_a_match_by_hand_is_written_marked_and_undone(bench: ReconcileBench) -> None:
    choose(bench, "external", "e3")
    choose(bench, "internal", "i3", "i4")
    assert "Selected, external: e3; internal: i3, i4." in said(bench.screen.bar)
    assert figures(bench) == [
        "External 1 selected: 7.00 EUR",
        "Internal 2 selected: 7.00 EUR",
        "Difference none, equal",
    ]
    button(bench.screen.bar, "Match").click()
    assert "a decision needs a reason" in said(bench.screen.bar)
    assert not Path("decisions.jsonl").exists()
    bench.screen.bar.why.value = "two instalments"
    button(bench.screen.bar, "Match").click()
    [line] = Path("decisions.jsonl").read_text().splitlines()
    assert json.loads(line)["why"] == "two instalments"
    matches = bench.state.result.matches
    assert matches[matches["rule"] == BY_HAND]["internal_transaction_id"].tolist() == ["i3", "i4"]
    assert tiles_of(bench.state.result)["matches by hand"] == "1"
    assert bench.state.selected == {"internal": ("i2",)}  # the next open record of the side that was chosen last
    bench.journal.table.picked = [0]
    button(bench.journal, "Undo the selected decisions").click()
    assert "needs a reason" in said(bench.journal)
    bench.journal.why.value = "they were of another customer"
    button(bench.journal, "Undo the selected decisions").click()
    assert "e3" in open_ids(bench)
    assert bench.journal.table.table["state"].to_pylist() == ["undone", "applied"]


def test_what_is_selected_says_how_far_apart_both_sides_are(bench: ReconcileBench) -> None:
    choose(bench, "external", "e2", "e4")
    assert figures(bench) == ["External 2 selected: 20.10 EUR, 90.00 USD", "Internal none selected"]
    choose(bench, "internal", "i2")
    assert figures(bench)[1:] == ["Internal 1 selected: 20.00 EUR", "Difference 0.10 EUR, 90.00 USD"]
    bench.screen.matches.table.picked = [0]  # of what is matched already, nothing is weighed
    assert figures(bench) == [
        "External 3 selected: not all of them are open",
        "Internal 2 selected: not all of them are open",
    ]


def test_only_what_the_selection_allows_can_be_done(bench: ReconcileBench) -> None:
    assert allowed(bench) == []
    choose(bench, "external", "e3")
    assert allowed(bench) == ["unmatch", "exclude"]
    choose(bench, "internal", "i3")
    assert allowed(bench) == ["differ", "part", "unmatch", "exclude"]
    choose(bench, "internal", "i3", "i4")
    assert allowed(bench) == ["match", "unmatch", "exclude"]
    choose(bench, "external", "e3", "e4")  # in two currencies no side pays a part of the other
    assert allowed(bench) == ["differ", "unmatch", "exclude"]


def test_a_part_payment_leaves_the_rest_to_the_rules(bench: ReconcileBench) -> None:
    choose(bench, "external", "e3")
    choose(bench, "internal", "i3")
    bench.screen.bar.why.value = "the first instalment"
    button(bench.screen.bar, "Part payment").click()
    assert json.loads(Path("decisions.jsonl").read_text())["remainder"] == "open"
    matches = bench.state.result.matches
    own = matches[matches["external_transaction_id"] == "e3"][["internal_transaction_id", "amount", "rule"]]
    assert own.to_numpy().tolist() == [["i3", Decimal("3.00"), BY_HAND], ["i4", Decimal("4.00"), "Close"]]


def test_the_rest_of_a_part_payment_is_paid_in_parts_again(bench: ReconcileBench) -> None:
    for entry, rest in (("i3", "17.10"), ("i4", "13.10")):
        choose(bench, "external", "e2")
        choose(bench, "internal", entry)
        bench.screen.bar.why.value = "an instalment"
        button(bench.screen.bar, "Part payment").click()
        assert bench.result.unmatched_external.set_index("id").loc["e2", "open_amount"] == Decimal(rest)
    assert "13.10 EUR" in bench.screen.bar.sums.value
    assert set(bench.result.decisions["state"]) == {"applied"}


def test_a_decision_by_keys_asks_for_its_reason_and_goes_on_to_the_next_record(bench: ReconcileBench) -> None:
    press = bench.screen.by_key.press
    choose(bench, "external", "e2")
    choose(bench, "internal", "i2")
    press("m")
    assert bench.screen.bar.pending == ""  # the sums differ
    press("d")
    assert "Match with difference: a decision needs a reason. Say why, and press Enter." in said(bench.screen.bar)
    bench.screen.bar.why.value = "rounded"
    press("Enter")
    assert json.loads(Path("decisions.jsonl").read_text())["do"] == "match"
    assert "e2" not in open_ids(bench)
    assert bench.screen.bar.why.options == ("rounded",)
    press("Enter")  # nothing waits
    assert allowed(bench)[-1] == "undo"
    bench.screen.bar.why.value = "not rounded after all"
    press("z")
    assert "e2" in open_ids(bench)
    assert "undo" not in allowed(bench)
    press("Escape")
    assert bench.state.selected == {}


def test_the_closest_record_is_matched_by_a_key_or_its_button(bench: ReconcileBench) -> None:
    choose(bench, "external", "e2")
    bench.screen.by_key.press("n")
    assert bench.state.selected == {"external": ("e2",), "internal": ("i2",)}
    assert bench.screen.bar.pending == "differ"
    bench.screen.bar.why.value = "rounded"
    button(bench.screen.near_misses, "Match these two").click()
    assert "e2" not in open_ids(bench)


def test_suggestions_are_accepted_by_a_key_or_above_a_line_that_says_what_to_expect(bench: ReconcileBench) -> None:
    assert bench.screen.suggestions.children == ()
    likely = wb.Weighed(name="Likely", status="suggested", min_probability="0.1")
    bench.state.rules = (likely, wb.Rule("Amount", [wb.Criterion("amount", "equals", "0.01")], status="suggested"))
    bench.run.run()
    form = bench.screen.suggestions
    first = form.suggestions[0]
    assert form.table.page["rows"][0]["cells"][-3:-1] == [*first.external, *first.internal]
    assert form.accept_all.disabled
    form.line.index = len(form.line.labels) - 1
    wrong = sum(1 - (each.probability or 1) for each in form.suggestions)
    assert f"{len(form.suggestions)} of {len(form.suggestions)} would be accepted; {wrong:.1f} of them" in said(form)
    form.table.picked = [1]
    assert bench.state.selected == {"external": form.suggestions[1].external, "internal": form.suggestions[1].internal}
    choose(bench, "external", "e4")
    assert form.table.picked == []  # what is selected is of nothing that is suggested any more
    bench.screen.by_key.press("y")
    [decision] = bench.state.journal().decisions
    assert (tuple(decision.external), decision.why) == (first.external, first.why)
    form.line.index = len(form.line.labels) - 1
    rest = form.suggestions
    bench.screen.bar.why.value = "all of them seen"
    form.accept_all.click()
    assert [tuple(each.external) for each in bench.state.journal().decisions[1:]] == [each.external for each in rest]
    assert form.children == ()


def test_groups_stand_in_one_line_and_near_misses_are_of_groups(bench: ReconcileBench) -> None:
    Path("ledger.csv").write_text(LEDGER.replace("05,\n", "05,r3\n") + "i5,3.00,EUR,2026-01-05,r3\n")
    bench.sources.read()
    bench.strategy.fields["strategy"].value = "one_to_many"
    bench.strategy.groupings["internal"]["reference"].value = True
    bench.run.run()
    view = bench.screen.sides.tables["internal"]
    assert ["10.00", "i3 and 2 more"] in [[row["cells"][0], row["cells"][4]] for row in view.page["rows"]]
    choose(bench, "external", "e3")
    near = said(bench.screen.near_misses)
    assert "this internal group comes close" in near
    assert "group of i3, 3 records: 10.00 EUR" in near
    assert "i5: 3.00 EUR, 2026-01-05, r3" in near
    place = next(n for n, found in enumerate(bench.screen.near_misses.candidates) if found.internal == "i3")
    bench.screen.near_misses.match_two(bench.screen.near_misses.candidates[place])
    assert bench.state.selected == {"external": ("e3",), "internal": ("i3", "i4", "i5")}
    choose(bench, "internal", "i4")
    assert "Internal record i4, with the 3 records of its group" in said(bench.screen.near_misses)


def test_everything_known_of_a_record_is_one_click_away_from_every_table(bench: ReconcileBench) -> None:
    story, choices = bench.screen.story, bench.screen.story.records
    choose(bench, "external", "e3")
    assert story.story.value == ""  # nothing is read before it is wanted
    bench.screen.by_key.press("i")
    assert ["statement.csv, line 4, record 3", f"e3,7.00,EUR,2026-01-05,{SCRIPT}"] == [
        html.unescape(text) for text in re.findall(r"<li>(.*?)</li>", story.story.value)[:2]
    ]
    bench.screen.matches.table.picked = [0]
    assert "External record e1" in said(story)
    assert "with i1 by rule 'Reference': 10.00 EUR, 0 other pairs possible" in said(story)
    button(choices, "Internal i1").click()
    assert "ledger.csv, line 2, record 1" in said(story)
    story.button.value = False
    bench.results.others.pick.value = "near_misses"
    bench.results.others.view.picked = [0]
    assert story.button.value
    assert "What came close" in said(story)


def test_what_others_decided_meanwhile_is_said_and_no_report_is_made_of_it(bench: ReconcileBench) -> None:
    records = bench.state.ran[1]
    add_decision("decisions.jsonl", decide(records, "exclude", external=["e4"], why="not ours", by="ana"))
    bench.exports.report()
    assert "decisions.jsonl was changed since the run: ana: exclude e4 (not ours); choose Run first" in said(
        bench.exports
    )
    choose(bench, "external", "e2")
    bench.screen.bar.why.value = "of another company"
    bench.screen.bar.act("exclude")
    assert "Decided by others since the last run, and applied now: ana: exclude e4" in said(bench.screen.bar)
    assert ">Excluded. Written to decisions.jsonl. " in said(bench.screen.bar)
    assert open_ids(bench) == ["e3"]


def test_the_keys_are_listed_when_they_are_asked_for(bench: ReconcileBench) -> None:
    assert bench.screen.help.layout.display == "none"
    bench.screen.from_anywhere.press("?")
    assert bench.screen.help.layout.display is None
    assert "m: match what is selected" in said(bench.screen.help)


def test_a_match_of_a_rule_is_unmatched_and_stays_open(bench: ReconcileBench) -> None:
    bench.screen.sides.tables["external"].picked = [0]
    assert not button(bench.screen.bar, "Keep open").disabled
    bench.screen.matches.table.picked = [0]
    bench.state.selected = {"external": ("e1",), "internal": ("i1",)}
    bench.screen.bar.why.value = "wrong customer"
    button(bench.screen.bar, "Unmatch").click()
    reasons = bench.state.result.unmatched_external.set_index("id")["reason"]
    assert reasons["e1"] == "unmatched by hand: wrong customer"


def test_what_is_excluded_is_out(bench: ReconcileBench) -> None:
    choose(bench, "external", "e4")
    bench.screen.bar.why.value = "of another company"
    button(bench.screen.bar, "Exclude").click()
    assert "e4" not in open_ids(bench)
    assert tiles_of(bench.state.result)["external excluded"] == "1"
    assert "1 of 3 external records are matched; 2 stay open. Beside them, 1 is excluded" in said(bench.run)


def test_a_decision_that_would_not_hold_is_not_written(bench: ReconcileBench) -> None:
    choose(bench, "external", "e3", "e4")
    choose(bench, "internal", "i2")
    bench.screen.bar.why.value = "at the rate of the day"
    button(bench.screen.bar, "Match with difference").click()
    assert "the external records are in EUR and USD: a match takes one currency of each side" in said(bench.screen.bar)
    assert not Path("decisions.jsonl").exists()


def test_a_group_that_sums_up_is_proposed_and_never_applied_unasked(bench: ReconcileBench) -> None:
    button(bench.screen, "Find records that add up to it").click()
    assert "Choose an open record first" in said(bench.screen)
    choose(bench, "external", "e3")
    button(bench.screen, "Find records that add up to it").click()
    assert "To e3: 1 set of 2 records, among the 3 open; chance alone" in said(bench.screen)
    button(bench.screen, "Select i3, i4").click()
    assert bench.state.selected == {"external": ("e3",), "internal": ("i3", "i4")}
    assert ticked(bench) == {"external": ["e3"], "internal": ["i3", "i4"]}
    assert "e3" in open_ids(bench)
    button(bench.screen.bar, "Clear").click()
    assert bench.state.selected == {}
    assert ticked(bench) == {"external": [], "internal": []}


def test_after_a_decision_the_next_open_record_is_chosen_and_the_order_stays(bench: ReconcileBench) -> None:
    view = bench.screen.sides.tables["external"]
    view.order = ("counted_amount", True)
    choose(bench, "external", "e2")
    bench.screen.bar.why.value = "of another company"
    button(bench.screen.bar, "Exclude").click()
    assert view.order == ("counted_amount", True)
    assert ticked(bench) == {"external": ["e3"], "internal": []}
    assert bench.state.chosen == ("external", "e3")
    assert "External record e3" in said(bench.screen.near_misses)


def test_a_journal_that_is_none_is_said_beside_its_field(bench: ReconcileBench) -> None:
    Path("notes.txt").write_text("hello\n")
    bench.journal.path.value = "notes.txt"
    assert "line 1 is not JSON" in said(bench.journal)
    assert bench.run.start_button.disabled
    bench.journal.path.value = "other.jsonl"
    assert not bench.run.start_button.disabled


def test_decisions_that_were_not_applied_are_said_after_the_run(bench: ReconcileBench) -> None:
    choose(bench, "external", "e4")
    bench.screen.bar.why.value = "of another company"
    button(bench.screen.bar, "Exclude").click()
    Path("statement.csv").write_text(STATEMENT.replace("e4,90", "e4,91"))
    bench.sources.read()
    bench.run.run()
    assert "Decisions that were not applied: 1 whose records are no longer what they were." in said(bench.run)
    assert "e4" in open_ids(bench)


def test_as_python_gives_the_same_result_with_its_decisions(bench: ReconcileBench, tmp_path: Path) -> None:
    choose(bench, "external", "e3")
    choose(bench, "internal", "i3", "i4")
    bench.screen.bar.why.value = "two instalments"
    button(bench.screen.bar, "Match").click()
    (tmp_path / "again.py").write_text(bench.exports.python.value)
    again = runpy.run_path(str(tmp_path / "again.py"))["result"]
    assert all(again.tables[name].equals(table) for name, table in bench.state.result.tables.items())
    assert "papermill" in bench.exports.papermill.value
    bench.exports.export()
    assert verify_run(tmp_path / "export") == []


def test_an_error_of_a_run_is_a_sentence_and_the_last_result_stays(
    bench: ReconcileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench.state.result
    bench.state.options = {**bench.state.options, "max_candidates": 1}
    bench.state.rules = (wb.Rule("All", [wb.Criterion("amount", "equals", 1), wb.Criterion("date", "equals", 10**7)]),)
    bench.run.run()
    assert "would weigh" in said(bench.run)
    assert bench.state.result is before
    monkeypatch.setattr("workbench.bench.reconciliation.run.reconcile_with", lambda *_, **__: 1 / 0)
    bench.run.run()
    assert "the run failed: ZeroDivisionError" in said(bench.run)
    assert not bench.state.running


def test_a_run_can_be_stopped(bench: ReconcileBench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench.state.result

    def slow(*_: Any, progress: Any, **__: Any) -> None:
        bench.run.stop_button.click()
        progress("rule 1", 1, 4)

    monkeypatch.setattr("workbench.bench.reconciliation.run.reconcile_with", slow)
    thread = bench.run.start()
    assert thread
    thread.join()
    assert "Stopped; the last result stays." in said(bench.run)
    assert bench.state.result is before


def test_what_a_run_gives_is_shown_by_the_thread_that_answers_clicks(
    bench: ReconcileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.run, "_listen", lambda _: None)  # the interrupts of the tests are not the kernel's
    choose(bench, "external", "e3")  # so that there is more to show than the result itself
    heard: list[Thread] = []
    bench.state.observe(lambda _: heard.append(current_thread()), ["running", "result", "chosen", "selected"])

    async def click_run() -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        bench.state.observe(lambda _: loop.call_soon_threadsafe(ended.set), "result")
        assert bench.run.start()
        await ended.wait()

    asyncio.run(click_run())
    assert len(heard) >= 3
    assert set(heard) == {current_thread()}


def test_what_needs_the_records_waits_for_the_end_of_a_run(bench: ReconcileBench) -> None:
    choose(bench, "external", "e3")
    bench.state.running = True
    bench.screen.story.go()
    bench.what_if.criterion.value = bench.what_if.criterion.options[1][1]
    choose(bench, "external", "e4")
    assert "a run goes on" in said(bench.screen.story)
    assert "a run goes on" in said(bench.what_if)
    assert bench.screen.near_misses.candidates == []
    bench.state.running = False
    assert "External record e4" in said(bench.screen.near_misses)


def test_text_of_the_data_is_never_markup(bench: ReconcileBench) -> None:
    bench.state.rules = (wb.Rule("<b>Close</b>", [wb.Criterion("reference"), wb.Criterion("amount", "equals", "0.1")]),)
    bench.run.run()
    choose(bench, "external", "e3")
    for widget in every(bench):
        if isinstance(widget, ipywidgets.HTML):
            assert "<script" not in widget.value
            assert "<b>" not in widget.value


def test_the_sample_opens_from_the_folder_of_the_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2] / "notebooks")
    opened = reconcile_bench()
    assert opened.state.result.summary["matched_transactions"] == 112


def test_a_statement_that_does_not_add_up_is_said_after_a_run(bench: ReconcileBench, tmp_path: Path) -> None:
    head, *lines = STATEMENT.splitlines()
    balances = ("balance", "10.00", "30.10", "99.00", "90")
    (tmp_path / "statement.csv").write_text("\n".join(map(",".join, zip([head, *lines], balances, strict=True))))
    bench.sources.read()
    bench.run.run()
    assert "Statement row 3 of EUR opens with 92.00, which is +61.90 from where" in said(bench.run.doubts)
