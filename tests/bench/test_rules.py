"""The rules form: rules to form and back are the same rules, and what is wrong is said beside its field."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.bench.reconciliation.criterion import CriterionRow
from workbench.bench.reconciliation.rules import RuleBox, RulesForm
from workbench.bench.reconciliation.state import start_state
from workbench.reconciliation.criteria.field import FIELDS
from workbench.reconciliation.rules import MAX_CRITERIA
from workbench.reconciliation.settings import BY_HAND, make_settings
from workbench.reconciliation.weights import START

MODIFIED = datetime(2026, 1, 31, tzinfo=UTC)
EXACT = wb.Rule("Exact", [wb.Criterion("reference"), wb.Criterion("amount")])
CLOSE = wb.Rule("Close", [wb.Criterion("amount", "equals", "0.01"), wb.Criterion("date", "equals", 5400)])
LOOSE = wb.Rule("Loose", [wb.Criterion("description", "contains", 20)], "when all else fails")
DRIFTS = {
    "amount": st.decimals(0, 1, places=18) | st.just((Decimal("-0.03"), Decimal("0.015"))),
    "date": st.sampled_from([(-86400, 259200), (Decimal("-0.5"), 60)])
    | st.decimals(0, 10**25, places=6)
    | st.integers(0, 10**30).map(Decimal),
    "reference": st.decimals(0, 100, places=16),
    "description": st.integers(0, 100).map(Decimal),
}
# Of a field that is none of these.
NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})
ZERO = st.just(Decimal(0))
PATTERNS = st.sampled_from(["INV-[0-9]+", r"(\d+)\s"])
COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "external": st.just("iban"),
        "internal": st.just("meta_data.iban"),
        "pattern": PATTERNS | st.fixed_dictionaries({"internal": PATTERNS}),
    },
)
OWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "amount": st.sampled_from([{}, {"allowable_amount": "0.5"}, {"allowable_amount": (-1, "2.5"), "expected": "0.1"}]),
    "date": st.sampled_from([{}, {"expected": -60}, {"business_days": (0, 3), "calendar": ["2026-12-25"]}]),
    "reference": COLUMNS,
    "description": COLUMNS,
}


@st.composite
def criteria(draw: st.DrawFn) -> wb.Criterion:
    field = draw(st.sampled_from(list(FIELDS)))
    operator = draw(st.sampled_from(FIELDS[field].operators))
    own = draw(OWN.get(field, NOTHING)) if operator == "equals" or field not in ("amount", "date") else {}
    drift = draw(DRIFTS.get(field, ZERO)) if FIELDS[field].takes_drift(operator) else 0
    return wb.Criterion(field, operator, 0 if {"business_days", "expected"} & set(own) else drift, **own)


WRITABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(WRITABLE, min_size=1, max_size=20).filter(lambda name: name.strip() not in {"", BY_HAND})
GROUPINGS = st.sampled_from(
    [
        {},
        {"strategy": "one_to_one"},
        {"strategy": "many_to_one", "grouping_criteria": ("reference", "a, b")},
        {"strategy": "many_to_many", "grouping_criteria": {"external": "payout_id", "internal": "meta_data.order"}},
    ]
)
DOUBTS = st.sampled_from([{}, {"status": "suggested"}, {"max_alternatives": 0}, {"account": "@Fees"}])
AMOUNTS = st.sampled_from(
    [{}, {"remainder": "open", "max_alternatives": None, "status": ""}, {"across_currencies": True}]
)


@st.composite
def rules_of_any_kind(draw: st.DrawFn) -> wb.Rule:
    own: dict[str, Any] = draw(GROUPINGS) | draw(DOUBTS)
    if draw(st.integers(0, 3)) == 0:
        weights = replace(START, prior=draw(st.integers(-900, 900)), learned_from=draw(st.integers(0, 50)))
        return wb.Weighed(weights, draw(NAMES), min_probability=draw(st.sampled_from(["0", "0.95"])), **own)
    chosen = draw(st.lists(criteria(), min_size=1, max_size=MAX_CRITERIA))
    if not any(criterion.text_key for criterion in chosen):
        own["ignore_references"] = draw(st.booleans())
    return wb.Rule(draw(NAMES), chosen, draw(st.text(WRITABLE, max_size=20)), **own | draw(AMOUNTS))


RULES = st.lists(
    rules_of_any_kind(),
    min_size=1,
    max_size=3,
    unique_by=lambda rule: rule.name,
)


def a_form(*rules: wb.Rule) -> RulesForm:
    return RulesForm(start_state({}, make_settings(rules=rules or (EXACT, CLOSE, LOOSE)), "decisions.jsonl"))


def names(form: RulesForm) -> list[str]:
    assert [box.name.value for box in form.boxes] == [rule.name for rule in form.state.rules]
    return [rule.name for rule in form.state.rules]


def said(box: RuleBox) -> str:
    return html.unescape(box.sentence.value + "".join(row.problem.value for row in box.rows))


@settings(max_examples=25)  # each builds a whole form
@given(RULES)
def test_rules_to_form_and_back_are_the_same(rules: list[wb.Rule]) -> None:
    form = a_form(*rules)
    sound: list[wb.Rule] = []
    assert [box.check(sound) for box in form.boxes] == [""] * len(rules)
    assert sound == rules
    assert form.state.problems == {}
    assert [rule.describe() in said(box) for rule, box in zip(rules, form.boxes, strict=True)] == [True] * len(rules)


@settings(max_examples=15)
@given(criteria())
def test_what_a_criterion_says_can_be_written_anew(criterion: wb.Criterion) -> None:
    row = CriterionRow(criterion, lambda: None)
    row._untouched = []  # as if every field had been written by hand
    assert row.criterion == criterion


@pytest.mark.parametrize("field", FIELDS)
def test_only_what_fits_the_field_is_offered(field: str) -> None:
    row = a_form(EXACT).boxes[0].rows[0]
    row.field.value = field
    assert tuple(value for _, value in row.operator.options) == FIELDS[field].operators
    assert tuple(value for _, value in row.unit.options) == tuple(
        FIELDS[field].drift.units if FIELDS[field].drift else ()
    )
    for operator in FIELDS[field].operators:
        row.operator.value = operator
        drifts = FIELDS[field].takes_drift(operator)
        assert [widget.layout.display for widget in (row.drift, row.unit)] == [None if drifts else "none"] * 2


def test_a_drift_has_a_unit_when_the_field_and_the_operator_are_chosen() -> None:
    row = CriterionRow(wb.Criterion("reference"), lambda: None)
    row.field.value, row.operator.value, row.drift.value = "description", "contains", "30"
    assert row.criterion == wb.Criterion("description", "contains", 30)


def test_every_field_has_a_label() -> None:
    form = a_form()
    rows = [row for box in form.boxes for row in box.rows]
    fields = [field for row in rows for field in (row.field, row.operator, row.drift, row.unit)]
    texts = [text for box in form.boxes for text in (box.name, box.description)]
    assert all(widget.description for widget in [*fields, *texts, form.path, form.upload])


@pytest.mark.parametrize(
    ("field", "drift", "unit", "counted"),
    [
        ("amount", "2.5", "percent", "0.025"),
        ("amount", "0.1", "percent", "0.001"),
        ("date", "3", "days", "259200"),
        ("date", "1.5", "hours", "5400"),
        ("date", "20", "minutes", "1200"),
        ("date", "0.000001", "seconds", "0.000001"),
        ("reference", "12.5", "percent", "12.5"),
    ],
)
def test_drifts_are_exact_in_the_units_people_think_in(field: str, drift: str, unit: str, counted: str) -> None:
    form = a_form(wb.Rule("One", [wb.Criterion(field, FIELDS[field].drift.operator)]))
    row = form.boxes[0].rows[0]
    row.unit.value, row.drift.value = unit, drift
    assert form.state.rules[0].criteria[0].allowable_drift == Decimal(counted)


@pytest.mark.parametrize(
    ("field", "drift", "sentence"),
    [
        ("amount", "101", "the tolerance of amount is from 0 to 100 percent, not 101"),
        ("amount", "1,5", "the tolerance of amount takes a number of percent, such as 1.5, not '1,5'"),
        ("amount", "NaN", "the tolerance of amount takes a number of percent, such as 1.5, not 'NaN'"),
        ("date", "-1", "the tolerance of date is 0 days or more, not -1"),
        ("description", "", "the tolerance of description takes a number of percent, such as 1.5, not ''"),
        ("amount", "0.0000000000000000001", "allowable_drift of amount takes at most 18 decimals"),
    ],
)
def test_a_wrong_drift_is_said_beside_it_and_run_waits(field: str, drift: str, sentence: str) -> None:
    form = a_form(EXACT, wb.Rule("Two", [wb.Criterion(field, FIELDS[field].drift.operator)]))
    row = form.boxes[1].rows[0]
    before = form.state.rules
    row.drift.value = drift
    assert sentence in html.unescape(row.problem.value)
    assert form.state.problems["rules"].startswith(f"rule 'Two': {sentence}")
    assert not form.state.ready
    assert form.state.rules == before
    row.drift.value = "0"
    assert form.state.problems == {}
    assert row.problem.value == ""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "a rule needs a name, not ''"),
        ("by hand", "a rule is called 'by hand', as the matches of people are: give it another name"),
    ],
)
def test_a_wrong_name_is_said_beside_its_rule(name: str, sentence: str) -> None:
    form = a_form()
    form.boxes[1].name.value = name
    assert sentence in said(form.boxes[1])
    assert form.state.problems == {"rules": sentence}
    assert "alert" not in said(form.boxes[2])


def test_rules_are_added_removed_and_reordered() -> None:
    form = a_form()
    form.list.move(form.boxes[2], -1)
    assert names(form) == ["Exact", "Loose", "Close"]
    form.list.move(form.boxes[0], -1)
    form.list.move(form.boxes[2], 1)
    assert names(form) == ["Exact", "Loose", "Close"]
    form.list.remove(form.boxes[1])
    assert names(form) == ["Exact", "Close"]
    form.add_rule()
    form.add_rule()
    assert names(form) == ["Exact", "Close", "Rule 3", "Rule 4"]
    form.boxes[2].up.click()
    assert names(form) == ["Exact", "Rule 3", "Close", "Rule 4"]
    assert [box.up.disabled for box in form.boxes] == [True, False, False, False]
    assert [box.down.disabled for box in form.boxes] == [False, False, False, True]


def test_criteria_are_added_removed_and_reordered() -> None:
    form = a_form(EXACT)
    box = form.boxes[0]
    box.add_criterion()
    assert [each.field for each in form.state.rules[0].criteria] == ["reference", "amount", "currency"]
    box.list.move(box.rows[2], -2)
    assert [each.field for each in form.state.rules[0].criteria] == ["currency", "reference", "amount"]
    box.rows[1].drop.click()
    assert [each.field for each in form.state.rules[0].criteria] == ["currency", "amount"]
    for _ in range(MAX_CRITERIA):
        box.add_criterion()
    assert len(form.state.rules[0].criteria) == MAX_CRITERIA
    assert box.add.disabled


def test_a_rule_without_criteria_is_said_and_without_rules_they_are_proposed() -> None:
    form = a_form(EXACT)
    box = form.boxes[0]
    for row in box.rows:
        box.list.remove(row)
    assert form.state.problems == {"rules": "rule 'Exact' has 0 criteria: give it 1 to 5"}
    box.add_criterion()
    assert form.state.problems == {}
    form.list.remove(box)
    assert (form.state.rules, form.state.problems) == ((), {})
    assert "Run proposes them from the records" in form.empty.value
    form.save_file()
    assert "there is no rule to save" in form.notice.value


def test_changing_the_field_keeps_an_operator_and_a_drift_that_still_fit() -> None:
    row = a_form(LOOSE).boxes[0].rows[0]
    row.field.value = "reference"
    assert row.criterion == wb.Criterion("reference", "contains", 20)
    row.field.value = "amount"
    assert row.criterion == wb.Criterion("amount", "equals", 0)


def test_rules_are_saved_and_loaded_as_blnk_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    form = a_form()
    form.path.value = str(path)
    form.save_file()
    assert wb.load_rules(path) == (EXACT, CLOSE, LOOSE)
    other = a_form(EXACT)
    other.path.value = str(path)
    other.load_file()
    assert other.state.rules == (EXACT, CLOSE, LOOSE)
    assert f"Loaded 3 rules from {path}." in other.notice.value


def test_what_is_no_rules_file_is_neither_loaded_nor_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("id,amount\n")
    form = a_form()
    form.path.value = str(path)
    form.save_file()
    assert "is not JSON" in form.notice.value
    form.load_file()
    assert "is not JSON" in form.notice.value
    assert path.read_text() == "id,amount\n"
    assert form.state.rules == (EXACT, CLOSE, LOOSE)


def test_other_rules_are_overwritten_only_when_asked_twice(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    wb.save_rules([CLOSE], path)
    form = a_form(EXACT)
    form.path.value = str(path)
    form.save_file()
    assert "holds other rules: choose Save again" in form.notice.value
    assert wb.load_rules(path) == (CLOSE,)
    form.save_file()
    assert wb.load_rules(path) == (EXACT,)


def test_rules_are_removed_to_be_proposed_only_when_asked_twice() -> None:
    form = a_form(EXACT)
    form.start_over()
    assert form.state.rules == (EXACT,)
    assert "choose Propose rules again" in form.notice.value
    form.start_over()
    assert (form.state.rules, form.boxes) == ((), ())


def test_wrong_rules_are_not_saved(tmp_path: Path) -> None:
    form = a_form(EXACT)
    form.path.value = str(tmp_path / "rules.json")
    form.boxes[0].name.value = ""
    form.save_file()
    assert "not saved: a rule needs a name" in html.unescape(form.notice.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    form = a_form(EXACT)
    form.path.value = str(tmp_path / "none" / "rules.json")
    form.save_file()
    assert "cannot be written: No such file or directory" in form.notice.value


def test_uploaded_rules_are_kept_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    form = a_form(EXACT)
    form.upload.value = an_upload("mine.json", json.dumps([CLOSE.to_dict()]))
    assert form.state.rules == (CLOSE,)
    assert form.path.value == "uploads/mine.json"
    assert form.upload.value == ()
    form.upload.value = an_upload("mine.json", "no rules")
    assert "&#x27;uploads/mine-2.json&#x27; is not JSON" in form.notice.value
    assert form.state.rules == (CLOSE,)


def an_upload(name: str, text: str) -> tuple[dict[str, Any], ...]:
    content = text.encode()
    return (
        {"name": name, "type": "", "size": len(content), "content": memoryview(content), "last_modified": MODIFIED},
    )


def test_it_follows_the_state() -> None:
    form = a_form()
    form.state.rules = (LOOSE,)
    assert names(form) == ["Loose"]


def test_text_of_a_rules_file_is_no_markup() -> None:
    row = a_form(wb.Rule("One", [wb.Criterion("amount")])).boxes[0].rows[0]
    row.drift.value = "<img src=x>"
    assert "<img" not in row.problem.value
    assert "&lt;img" in row.problem.value


def test_what_a_rule_ignores_and_suggests_is_part_of_it() -> None:
    form = a_form(wb.Rule("One", [wb.Criterion("amount")]))
    box = form.boxes[0]
    fields = box.options.fields
    assert not box.more.button.value
    fields["ignore_references"].value, fields["status"].value, fields["max_alternatives"].value = True, "suggested", "0"
    [rule] = form.state.rules
    assert (rule.ignore_references, rule.status, rule.max_alternatives) == (True, "suggested", 0)
    fields["status"].value, fields["max_alternatives"].value = "", "few"
    assert "max_alternatives takes a whole number of at least 0, not &#x27;few&#x27;" in box.sentence.value
    fields["max_alternatives"].value = ""
    box.rows[0].field.value = "reference"  # a rule that compares texts has nothing to ignore
    [rule] = form.state.rules
    assert (rule.ignore_references, rule.status, rule.max_alternatives) == (False, "", None)
    assert fields["ignore_references"].disabled


def test_a_rule_has_a_strategy_and_a_grouping_of_its_own() -> None:
    form = a_form(wb.Rule("Payouts", [wb.Criterion("amount")]))
    fields = form.boxes[0].options.fields
    fields["strategy"].value = "many_to_many"
    assert "many_to_many needs a grouping of external records" in said(form.boxes[0])
    fields["grouping_criteria"].value = "external=payout_id, internal=reference"
    [rule] = form.state.rules
    assert (rule.strategy, rule.grouping_criteria) == ("many_to_many", ("external=payout_id", "internal=reference"))
    assert "A group of external records by payout_id with a group of internal records by reference" in said(
        form.boxes[0]
    )
    fields["account"].value, fields["remainder"].value = "@Fees", "open"
    assert (form.state.rules[0].account, form.state.rules[0].remainder) == ("@Fees", "open")
    fields["across_currencies"].value = True
    assert "across_currencies goes without a remainder" in said(form.boxes[0])
    fields["remainder"].value = ""
    assert form.state.rules[0].across_currencies


@pytest.mark.parametrize(
    ("field", "written", "criterion"),
    [
        ("amount", {"allowable_amount": "-0.50 to 1"}, wb.Criterion("amount", allowable_amount=("-0.50", 1))),
        ("amount", {"expected": "-2.9 %"}, wb.Criterion("amount", expected="-0.029")),
        (
            "amount",
            {"expected": "-0.30", "allowable_amount": "5"},
            wb.Criterion("amount", expected="-0.30", allowable_amount=5),
        ),
        ("date", {"expected": "1 day 6 hours"}, wb.Criterion("date", expected=108_000)),
        ("date", {"business_days": "0 to 3"}, wb.Criterion("date", business_days=(0, 3))),
        (
            "date",
            {"business_days": "2", "calendar": "2026-12-25, 2026-12-26"},
            wb.Criterion("date", business_days=2, calendar=["2026-12-25", "2026-12-26"]),
        ),
        ("reference", {"external": "description"}, wb.Criterion("reference", external="description")),
    ],
)
def test_what_a_criterion_takes_is_written_as_people_do(
    field: str, written: dict[str, str], criterion: wb.Criterion
) -> None:
    form = a_form(wb.Rule("One", [wb.Criterion(field)]))
    row = form.boxes[0].rows[0]
    for name, text in written.items():
        row.extras[name].value = text
    assert form.state.rules[0].criteria == (criterion,)


def test_a_rule_that_weighs_learns_its_weights_from_the_records() -> None:
    form = a_form(wb.Weighed())
    [box] = form.boxes
    assert "the weights are the usual ones" in said(box)
    box.learn_weights()
    assert "Nothing was learned: there are no records of both sides yet" in box.notice.value
    days = [f"2026-01-{day:02}" for day in range(1, 31)]
    form.state.records = {
        "external": wb.read_external(
            [{"id": f"e{n}", "amount": n + 7, "currency": "EUR", "date": day} for n, day in enumerate(days)]
        ),
        "internal": wb.read_internal(
            [
                {"transaction_id": f"t{n}", "amount": n + 7, "currency": "EUR", "created_at": day}
                for n, day in enumerate(days)
            ]
        ),
    }
    box.learn_weights()
    [rule] = form.state.rules
    assert isinstance(rule, wb.Weighed)
    assert rule.weights.learned_from > 20
    assert f"learned from {rule.weights.learned_from} matches" in said(form.boxes[0])
    form.boxes[0].options.fields["min_probability"].value = "0.9"
    assert form.state.rules == (wb.Weighed(rule.weights, min_probability="0.9"),)
    form.weigh.click()
    assert form.state.rules[1] == wb.Weighed(name="By evidence 2")
