"""Rules: what is accepted and refused, how they read in words, and Blnk's JSON."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.bench.reconciliation.rules import RulesForm
from workbench.bench.reconciliation.state import start_state
from workbench.errors import SettingsError
from workbench.reconciliation.criteria.field import FIELDS
from workbench.reconciliation.rule_files import parse_rules
from workbench.reconciliation.settings import make_settings

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_the_account_of_a_rule_is_no_word_of_blnk(tmp_path: Path) -> None:
    rule = wb.Rule("Less a fee", [wb.Criterion("amount", "equals", "0.03")], account=" @Fees ")
    assert rule.to_dict()["workbench"] == {"account": "@Fees"}
    assert rule.describe().endswith("What amounts differ by belongs to @Fees.")
    wb.save_rules([rule], tmp_path / "rules.json")
    assert wb.load_rules(tmp_path / "rules.json") == (rule,)
    with pytest.raises(wb.SettingsError, match="rule 'Less a fee': Blnk has no word for account '@Fees'"):
        wb.save_rules([rule], tmp_path / "blnk.json", for_blnk=True)
    with pytest.raises(wb.SettingsError, match="account takes the id or the indicator of a balance, not 7"):
        wb.Rule("Number", [wb.Criterion("amount")], account=7)  # type: ignore[arg-type]
    with pytest.raises(wb.SettingsError, match="rule 'R', workbench: unknown name 'acount'; the names are account"):
        wb.Rule.from_dict({"name": "R", "criteria": [{"field": "amount"}], "workbench": {"acount": "@Fees"}})
    form = RulesForm(start_state({}, make_settings(rules=[rule]), "decisions.jsonl"))
    form.boxes[0].name.value = "Card fee"
    assert form.state.rules == (wb.Rule("Card fee", rule.criteria, account="@Fees"),)
    form.boxes[0].options.fields["account"].value = "@Charges"
    assert form.state.rules[0].account == "@Charges"


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The field that the page for contributors shows."""
    monkeypatch.setitem(FIELDS, "source", FIELDS["reference"])  # so that what the page declares is undone
    block = re.search(r'```python\n("""Source:.*?)```', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    exec(compile(block[1], str(PAGE), "exec"), {})


def test_the_field_of_the_page_is_known_by_its_declaration(source: None, tmp_path: Path) -> None:  # noqa: ARG001
    rule = wb.Rule("Source", [wb.Criterion("source"), wb.Criterion("amount")])
    assert parse_rules(json.dumps(rule.to_dict())) == (rule,)
    paid = [{"id": name, "amount": 5, "currency": "EUR", "date": "2026-01-02", "source": name} for name in ("a", "b")]
    booked = {"transaction_id": "t", "amount": 5, "currency": "EUR", "created_at": "2026-01-02", "status": "APPLIED"}
    sides = wb.read_external(paid), wb.read_internal([{**booked, "source": "B"}])
    assert wb.reconcile(*sides, rules=[rule]).matches["external_transaction_id"].tolist() == ["b"]
    form = RulesForm(start_state({}, make_settings(rules=[rule]), "decisions.jsonl"))
    assert "The sources are the same, and the amounts are equal." in form.boxes[0].sentence.value
    with pytest.raises(wb.SettingsError, match="criterion 1: Blnk has no word for field 'source'"):
        wb.save_rules([rule], tmp_path / "rules.json", for_blnk=True)


def test_every_tolerance_may_be_dragged_within_its_range() -> None:
    for name, kind in FIELDS.items():
        if kind.drift:
            assert kind.drift.stops[0] == 0
            assert list(kind.drift.stops) == sorted(set(kind.drift.stops))
            assert [kind.drift.check(name, stop, stop) for stop in kind.drift.stops]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("colour",), "unknown field 'colour': choose one of amount, currency, date, reference, description"),
        (
            ("amount", "contains"),
            "unknown operator of amount 'contains': choose one of equals, greater_than, less_than",
        ),
        (("currency", "contains"), "unknown operator of currency 'contains': choose one of equals"),
        (("amount", "equals", 1.01), "a fraction of the internal amount, from 0 to 1, not 1.01"),
        (("amount", "equals", -0.1), "a fraction of the internal amount, from 0 to 1, not -0.1"),
        (("date", "equals", -1), "seconds, 0 or more, not -1"),
        (("reference", "contains", 101), "a percentage of the longer text, from 0 to 100, not 101"),
        (("reference", "equals", 5), "allowable_drift does not go with reference equals"),
        (("currency", "equals", 1), "allowable_drift does not go with currency equals"),
        (("date", "after", 60), "allowable_drift does not go with date greater_than"),
        (("amount", "equals", "much"), "allowable_drift of amount takes a number, not 'much'"),
        (("amount", "equals", float("nan")), "takes a number"),
        (("amount", "equals", True), "takes a number, not True"),
        (("amount", "equals", "0.0000000000000000001"), "at most 18 decimals"),
        (("reference", "mentions", 5), "allowable_drift does not go with reference mentions"),
        (("amount", {"external": "fee"}), "external does not go with amount: it goes with reference, description"),
        (("reference", {"internal": " "}), "internal of a criterion takes the name of a column of the internal input"),
        (("reference", {"pattern": ""}), "pattern of a criterion takes a regular expression for both sides, or"),
        (("reference", {"pattern": {"bank": "a"}}), "an object with one for external, internal or both"),
        (("reference", {"pattern": "INV-(?=[0-9])"}), "without look-around and back-references"),
        (("reference", {"pattern": "((a{1000}){1000}){1000}"}), "is no regular expression that the workbench takes"),
        (("reference", {"pattern": "\ud800"}), "it holds half a character"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused(arguments: tuple[Any, ...], says: str) -> None:
    more = arguments[-1] if isinstance(arguments[-1], dict) else {}
    with pytest.raises(wb.SettingsError) as error:
        wb.Criterion(*arguments[: -1 if more else None], **more)
    assert says in str(error.value)


def test_a_drift_counts_at_its_decimal_face_value() -> None:
    assert wb.Criterion("amount", "equals", 0.1).allowable_drift == Decimal("0.1")


def test_a_rule_has_a_name_and_one_to_five_criteria() -> None:
    with pytest.raises(wb.SettingsError, match="a rule needs a name"):
        wb.Rule("  ", [wb.Criterion("amount")])
    with pytest.raises(wb.SettingsError, match="has 0 criteria: give it 1 to 5"):
        wb.Rule("none", [])
    with pytest.raises(wb.SettingsError, match="has 6 criteria"):
        wb.Rule("many", [wb.Criterion("amount")] * 6)
    with pytest.raises(wb.SettingsError, match="criteria takes Criterion values"):
        wb.Rule("single", wb.Criterion("amount"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (wb.Criterion("amount"), "the amounts are equal"),
        (
            wb.Criterion("amount", "equals", "0.005"),
            "the amounts differ by at most 0.5 % of the internal amount",
        ),
        (wb.Criterion("date", "equals", 3 * 86400), "the dates are at most 3 days apart"),
        (wb.Criterion("date", "equals", 5400), "the dates are at most 1 hour 30 minutes apart"),
        (wb.Criterion("date", "equals", "0.5"), "the dates are at most 0.5 seconds apart"),
        (wb.Criterion("date", "before"), "the external date is earlier"),
        (wb.Criterion("reference", "contains"), "one reference holds the other"),
        (wb.Criterion("reference", "mentions"), "one reference mentions the other"),
        (
            wb.Criterion("description", "equals_loosely"),
            "the descriptions are the same but for case, blanks, punctuation and leading zeros",
        ),
        (
            wb.Criterion("reference", external="iban", internal="meta_data.iban"),
            "the external iban and the internal meta_data.iban are the same",
        ),
        (wb.Criterion("reference", external="card", internal="card"), "the texts in card are the same"),
        (
            wb.Criterion("reference", pattern="INV-[0-9]+"),
            "the references are the same, counting only the part that fits 'INV-[0-9]+'",
        ),
        (
            wb.Criterion("reference", "mentions", pattern={"external": "INV.*"}),
            "one reference mentions the other, counting of the external one only the part that fits 'INV.*'",
        ),
    ],
)
def test_a_criterion_reads_in_plain_words(criterion: wb.Criterion, words: str) -> None:
    assert criterion.describe() == words


PATTERNS = st.sampled_from(["INV-[0-9]+", "é(.)", r"\d"])
MONEY = st.decimals(0, 10**6, places=3)
COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "external": st.just("iban"),
        "internal": st.sampled_from(["reference", "meta_data.iban"]),
        "pattern": PATTERNS | st.fixed_dictionaries({"external": PATTERNS}, optional={"internal": PATTERNS}),
    },
)
AMOUNTS = st.fixed_dictionaries(
    {"allowable_amount": MONEY | st.tuples(MONEY.map(lambda money: -money), MONEY)}, optional={"expected": MONEY}
)
DAYS = st.fixed_dictionaries(
    {"business_days": st.integers(0, 9) | st.just((-1, 3)), "allowable_drift": st.just(0)},
    optional={"calendar": st.just(("2026-12-25", "2026-12-26"))},
)
LAGS = st.fixed_dictionaries(
    {"allowable_drift": st.just((Decimal("-1.5"), Decimal(86400)))}, optional={"expected": st.just(Decimal("0.5"))}
)


def own_words(field: str, operator: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a criterion says that Blnk has no word for."""
    if field in ("reference", "description"):
        return COLUMNS
    of_equals = {"amount": AMOUNTS | st.just({}), "date": DAYS | LAGS | st.just({})}
    return of_equals[field] if operator == "equals" and field in of_equals else st.just({})


@st.composite
def rules(draw: st.DrawFn) -> wb.Rule:
    criteria = []
    for _ in range(draw(st.integers(1, 5))):
        field = draw(st.sampled_from(sorted(FIELDS)))
        operator = draw(st.sampled_from(FIELDS[field].operators))
        drifts = st.decimals(0, 1, places=18) if FIELDS[field].takes_drift(operator) else st.just(0)
        own = {"allowable_drift": draw(drifts)} | draw(own_words(field, operator))
        criteria.append(wb.Criterion(field, operator, **own))
    written = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    return wb.Rule(draw(written.filter(str.strip)), criteria, draw(written))


@given(rules())
def test_rules_survive_blnks_json_exactly(rule: wb.Rule) -> None:
    assert wb.Rule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


@given(st.lists(rules(), min_size=1, max_size=3))
def test_rules_survive_a_file(tmp_path_factory: pytest.TempPathFactory, some: list[wb.Rule]) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.json"
    wb.save_rules(some, path)
    assert wb.load_rules(path) == tuple(some)


@pytest.mark.parametrize("damaged", ["a\0b", "a\ud83d"])
def test_a_rule_holds_no_text_that_no_file_can(damaged: str) -> None:
    for rule in (
        lambda: wb.Rule(damaged, [wb.Criterion("amount")]),
        lambda: wb.Rule("Own", [wb.Criterion("reference", external=damaged)]),
        lambda: wb.Rule("Own", [wb.Criterion("amount")], strategy="one_to_many", grouping_criteria=damaged),
    ):
        with pytest.raises(wb.SettingsError, match=r"it holds (a zero byte|half a character)"):
            rule()


def test_rules_for_blnk_hold_nothing_that_blnk_has_no_word_for(tmp_path: Path) -> None:
    known, own = wb.Rule("Known", [wb.Criterion("amount")]), wb.Criterion("reference", "mentions", internal="order")
    wb.save_rules([known], tmp_path / "rules.json", for_blnk=True)
    assert wb.load_rules(tmp_path / "rules.json") == (known,)
    says = "rule 'Own', criterion 2: Blnk has no word for operator 'mentions', internal 'order'"
    with pytest.raises(wb.SettingsError, match=says):
        wb.save_rules([known, wb.Rule("Own", [wb.Criterion("amount"), own])], tmp_path / "own.json", for_blnk=True)
    assert not (tmp_path / "own.json").exists()
    # Without our words it is the strictest that Blnk knows.
    assert own.to_dict()["operator"] == "equals"


def test_what_blnk_adds_to_a_stored_rule_is_accepted() -> None:
    rule = wb.Rule.from_dict(
        {
            "rule_id": "rule_1",
            "created_at": "2024-01-01T00:00:00Z",
            "name": "Exact",
            "criteria": [{"field": "amount", "operator": "equals", "value": "", "pattern": "", "allowable_drift": 0}],
        }
    )
    assert rule == wb.Rule("Exact", [wb.Criterion("amount")])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (f"[{'9' * 5000}]", "is not JSON"),
        ("[]", "holds no rule"),
        ('["amount"]', "a rule is an object with name and criteria"),
        ('{"name": "x"}', "rule 'x': criteria takes a list of objects, not None"),
        ('{"name": "x", "criteria": [{"field": "amnt"}]}', "rule 'x', criterion 1: unknown field 'amnt'"),
        ('{"name": "x", "criteria": [{"field": "amount", "drift": 1}]}', "unknown name 'drift'"),
        ('{"name": "x", "criterias": []}', "unknown name 'criterias'"),
        ('{"name": "x", "criteria": [{"field": "amount", "pattern": "a*"}]}', "'pattern' is not supported here"),
        (
            '{"name": "x", "criteria": [{"field": "amount", "workbench": {"columns": 1}}]}',
            "rule 'x', criterion 1, workbench: unknown name 'columns'",
        ),
        ('{"name": "x", "criteria": [{"field": "amount", "workbench": 1}]}', "workbench takes an object, not 1"),
    ],
)
def test_a_rules_file_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(text)
    with pytest.raises(wb.SettingsError) as error:
        wb.load_rules(path)
    assert str(path) in str(error.value)
    assert says in str(error.value)


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(wb.SettingsError, match=r"rules\.json' cannot be read: No such file"):
        wb.load_rules(tmp_path / "rules.json")


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        ("1e-999999999", "beyond all amounts and times"),
        ("1e9999999", "beyond all amounts and times"),
        ('[0, "1e9999999"]', "beyond all amounts and times"),
        ("[]", "takes a number, or a pair"),
        ("{}", "takes a number"),
    ],
)
def test_a_drift_that_is_no_number_people_write_is_refused(drift: str, said: str) -> None:
    for field in ("amount", "date"):
        text = (
            f'[{{"name": "a", "criteria": [{{"field": "{field}", "operator": "equals", "allowable_drift": {drift}}}]}}]'
        )
        with pytest.raises(SettingsError, match=said):
            parse_rules(text)


def test_a_name_that_stands_twice_in_a_rule_is_refused() -> None:
    with pytest.raises(SettingsError, match="'name' stands twice in one object"):
        parse_rules('[{"name": "a", "name": "b", "criteria": [{"field": "amount", "operator": "equals"}]}]')


def test_half_a_character_in_a_rule_is_refused() -> None:
    with pytest.raises(SettingsError, match="half a character"):
        parse_rules('[{"name": "\\ud800", "criteria": [{"field": "amount", "operator": "equals"}]}]')
