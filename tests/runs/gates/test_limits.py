"""Gates: what is allowed to stay open, in records and in gross money, on either side; and what an input must hold."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pytest

import workbench as wb
from workbench import cli
from workbench.errors import NotThereYet, SettingsError
from workbench.reports.execute import find_notebook, kinds_of
from workbench.runs.folder.terms import Judgement, judge, make_terms
from workbench.runs.gates.checks import Verdict, check_gates
from workbench.runs.gates.limits import GATES, gates_of, make_gates

DATA = Path(__file__).parents[3] / "data"
EXACT = [wb.Rule("Same reference", [wb.Criterion("reference"), wb.Criterion("amount")])]
NOW = datetime(2026, 2, 2, tzinfo=UTC)


def external(*lines: str) -> wb.Records:
    """Each line is a record: id, amount, currency, reference and date."""
    names = ("id", "amount", "currency", "reference", "date")
    return wb.read_external([dict(zip(names, line.split(), strict=True)) for line in lines], on_bad="reject")


def internal(*lines: str) -> wb.Records:
    names = ("transaction_id", "amount", "currency", "reference", "created_at")
    return wb.read_internal([dict(zip(names, line.split(), strict=True)) for line in lines])


PAID = external(
    "e1 5000 EUR r1 2026-01-03", "e2 -5000 EUR r2 2026-01-04", "e3 7 USD r3 2026-01-31", "e4 1 EUR r4 2026-02-01"
)
BOOKED = internal("i1 5000 EUR x1 2026-01-03", "i3 7 USD r3 2026-01-31", "i4 1 EUR r4 2026-02-01")


@pytest.fixture(scope="module")
def result() -> wb.Result:
    """Open are +5,000 and -5,000 of the external side, 0 in sum, and 5,000 of the internal side."""
    return wb.reconcile(PAID, BOOKED, rules=EXACT)


@pytest.mark.parametrize(
    ("gate", "limit", "broken"),
    [
        ("max_open", "2", []),
        ("max_open", "1", ["external"]),
        ("max_open", "internal 0", ["internal"]),
        ("max_open", "external 50%; internal 33%", ["internal"]),
        ("max_open", "10,000 EUR", []),
        ("max_open_amount", "9999.99 EUR", ["external"]),
        ("max_open_amount", "external 10000 EUR, internal 4999 EUR", ["internal"]),
        ("max_open_amount", "100 USD", ["external", "internal"]),  # of euros, nothing is allowed then
        ("max_open_amount", "100%", []),
        ("max_open_amount", "internal 99%", ["internal"]),
    ],
)
def test_open_records_and_gross_money_of_both_sides(
    result: wb.Result, gate: str, limit: str, broken: list[str]
) -> None:
    checks = check_gates(result, {gate: limit})
    assert [check.side for check in checks.broken] == broken
    assert checks.exit_code == bool(broken)


def test_a_share_of_many_records_hides_no_large_amount() -> None:
    """One open 5,000,000 among a hundred records is 1 % of them."""
    lines = [f"{n} 1 EUR r{n} 2026-01-01" for n in range(99)]
    books = external(*(f"e{line}" for line in lines), "e99 5000000 EUR big 2026-01-01"), internal(*lines)
    checks = check_gates(wb.reconcile(*books, rules=EXACT), {"max_open": "1%", "max_open_amount": "100 EUR"})
    assert checks.message == (
        "5,000,000 EUR of external records is open (1 unmatched, 0 rejected), more than the 100 EUR allowed "
        "(max_open_amount)"
    )


def test_open_records_of_the_ledger_alone_break_a_gate() -> None:
    books = external("e1 1 EUR r1 2026-01-01"), internal("i1 1 EUR r1 2026-01-01", "i2 3 EUR r2 2026-01-01")
    checks = check_gates(wb.reconcile(*books, rules=EXACT), {"max_open": 0})
    assert checks.message == (
        "1 of 2 internal records is open (1 unmatched, 0 rejected), more than the 0 allowed (max_open)"
    )


def test_levels_make_a_verdict(result: wb.Result) -> None:
    verdicts = {
        limit: check_gates(result, {"max_open": limit}).verdict for limit in ("2", "warn 1; fail 2", "warn 1, 1")
    }
    assert verdicts == {"2": Verdict.GREEN, "warn 1; fail 2": Verdict.AMBER, "warn 1, 1": Verdict.RED}
    assert check_gates(result).verdict == Verdict.AMBER  # nobody said what may stay open, and something does
    settled = external("e3 7 USD r3 2026-01-31"), internal("i3 7 USD r3 2026-01-31")
    assert check_gates(wb.reconcile(*settled, rules=EXACT)).verdict == Verdict.GREEN


def test_a_rejected_record_is_open_and_its_money_is_not_known() -> None:
    books = external("e1 much EUR r1 2026-01-01", "e3 7 USD r3 2026-01-31"), internal("i3 7 USD r3 2026-01-31")
    result = wb.reconcile(*books, rules=EXACT)
    assert [check.gate for check in check_gates(result, {"max_open": 0, "max_rejected": 0}).broken] == [
        "max_open",
        "max_rejected",
    ]
    [check] = check_gates(result, {"max_open_amount": "external 1,000,000 EUR"}).broken
    assert "0 EUR, and 1 rejected records of unknown amount of external records is open" in check.sentence


def test_what_people_settle_has_a_gate_of_its_own(tmp_path: Path) -> None:
    journal = tmp_path / "decisions.jsonl"
    books = {"external": PAID, "internal": BOOKED}
    wb.add_decision(journal, wb.decide(books, "match", external=["e1"], internal=["i1"], why="the same"))
    wb.add_decision(journal, wb.decide(books, "exclude", external=["e2"], why="a wire"))
    result = wb.reconcile(PAID, BOOKED, rules=EXACT, decisions=journal)
    figures = {
        (check.gate, check.side): check.figure
        for check in check_gates(result, {"max_by_hand": 0, "max_excluded": "4999 EUR", "max_open": 0}).checks
    }
    assert figures["max_by_hand", "external"] == "2 of 4"
    assert figures["max_by_hand", "internal"] == "1 of 3"
    assert figures["max_excluded", "external"] == "5,000 EUR"
    assert figures["max_open", "external"] == "0 of 4"


def test_doubt_and_differences_are_counted_by_match() -> None:
    near = [wb.Rule("Near", [wb.Criterion("amount", "equals", "0.1"), wb.Criterion("date", "equals", 86400)])]
    books = (
        external("e1 100 EUR - 2026-01-01", "e2 100 EUR - 2026-01-01"),
        internal("i1 99 EUR - 2026-01-01", "i2 100 EUR - 2026-01-01"),
    )
    checks = check_gates(wb.reconcile(*books, rules=near), {"max_in_doubt": 1, "max_differences": "0.50 EUR"})
    assert {check.gate: check.figure for check in checks.broken} == {
        "max_in_doubt": "2 of 2",
        "max_differences": "1 EUR",
    }


@pytest.mark.parametrize(
    ("gate", "limit", "says"),
    [
        ("max_unmatched", "1", "unknown gate 'max_unmatched': choose one of max_open, max_open_amount"),
        ("max_open", "few", "max_open takes a number of records, a share such as 1%, or money such as 100 EUR"),
        ("max_open", "-1", "max_open takes a number"),
        ("max_open", "1e3", "max_open takes a number"),
        ("max_open", "٣", "max_open takes a number"),
        ("max_open", "1.5", "a share has a %, money its currency"),
        ("max_open", "101%", "a share of up to 100%"),
        ("max_open", True, "max_open takes a number"),
        ("max_open_amount", "5", "max_open_amount takes money such as 100 EUR"),
        ("max_in_doubt", "external 5", "is of both sides together"),
    ],
)
def test_a_limit_that_is_none_is_refused(gate: str, limit: Any, says: str) -> None:
    with pytest.raises(SettingsError) as error:
        make_gates(given={gate: limit})
    assert says in str(error.value)


def test_balances_have_no_money_of_one_scale() -> None:
    with pytest.raises(SettingsError, match="max_differences of balances takes a number or a share"):
        make_gates("reconstruct", {"max_differences": "100 EUR"})


SAMPLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "cards": ("statement.csv", "ledger.csv", {}),
    "practice": ("stripe.csv", "ledger.csv", {}),
    "processor": (
        "umsaetze.csv",
        "ledger.ndjson",
        {"strategy": "one_to_many", "grouping_criteria": "parent_transaction"},
    ),
    "split_authorisations": (
        "authorisations.json",
        "ledger.xlsx",
        {"strategy": "many_to_one", "grouping_criteria": "reference"},
    ),
}


@pytest.mark.parametrize(
    ("folder", "limits", "broken"),
    [
        ("cards", {"max_open": "external 4; internal 4"}, []),
        ("cards", {"max_open": "3"}, ["4 of 116 external", "4 of 117 internal"]),
        ("cards", {"max_open_amount": "external 147.58 EUR; external 86.12 USD"}, []),
        (
            "cards",
            {"max_open_amount": "external 147.57 EUR; external 86.12 USD"},
            ["147.58 EUR of external"],
        ),  # 97.58 net
        ("cards", {"max_open_amount": "internal 348.29 EUR; internal 52.97 USD"}, ["348.30 EUR of internal"]),
        ("cards", {"max_excluded": "0"}, ["1 of 117 internal"]),
        ("practice", {"max_open": "80 %", "max_excluded": "0"}, []),
        ("practice", {"max_open": "external 7"}, ["8 of 10 external"]),
        ("processor", {"max_open": "external 3; internal 5", "max_excluded": "internal 41"}, []),
        ("processor", {"max_open": "2", "max_excluded": "40"}, ["3 of 40 ext", "5 of 119 int", "41 of 119 int"]),
        ("processor", {"max_open_amount": "external 147.86 EUR; external 246.63 USD"}, ["147.87 EUR of external"]),
        ("split_authorisations", {"max_open": "external 10; internal 4"}, []),
        ("split_authorisations", {"max_open_amount": "internal 221.66 EUR; internal 85.65 USD"}, ["221.67 EUR of int"]),
    ],
)
def test_the_gates_on_a_sample_month(folder: str, limits: dict[str, str], broken: list[str]) -> None:
    external, internal, way = SAMPLES[folder]
    books = wb.read_external(DATA / folder / external), wb.read_internal(DATA / folder / internal)
    checks = check_gates(wb.reconcile(*books, rules=wb.load_rules(DATA / folder / "rules.json"), **way), limits)
    assert [check.sentence.startswith(start) for check, start in zip(checks.broken, broken, strict=True)] == [
        True for _ in broken
    ]


# One table drives the command line and the notebooks


@pytest.mark.parametrize(("command", "report"), [("reconcile", "reconciliation"), ("reconstruct", "balances")])
def test_flags_parameters_and_gates_do_not_drift_apart(command: str, report: str) -> None:
    gates = {gate.name for gate in gates_of(command)}
    flags = {flag.name for flag in cli.commands.commands[command].params if getattr(flag, "section", "") == "Gates"}
    kinds = kinds_of(find_notebook(report))
    assert {name for name in flags if name and not name.startswith("expect_")} == gates
    assert {name for name in kinds if name.startswith("max_")} - {"max_candidates"} == gates
    assert {name for name in flags if name and name.startswith("expect_")} == {
        name for name in kinds if name.startswith("expect_")
    }
    source = next(cell.source for cell in nbformat.read(find_notebook(report), 4).cells if "report.run(" in cell.source)
    assert set(re.findall(r'"(max_\w+)": \1', source)) == gates
    assert {name for gate in GATES for name in [gate.name]} >= gates


# What an input must hold


def expecting(**expected: str) -> Judgement:
    result = wb.reconcile(PAID, BOOKED, rules=EXACT)
    return judge(make_terms(expect={"external": expected}), result, {"external": PAID, "internal": BOOKED}, NOW)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"rows": "4"}, ""),
        ({"rows": "5"}, "<list of dicts> has 4 records, not 5 as expected"),
        ({"total": "1 EUR, 7 USD"}, ""),
        ({"total": "1 EUR"}, "sums to 7 USD, not 0 USD as expected"),
        ({"total": "2 EUR; 7.00 USD"}, "sums to 1 EUR, not 2 EUR as expected"),
        ({"opening_balance": "100 EUR", "closing_balance": "101.00 EUR"}, ""),
        ({"opening_balance": "100 EUR", "closing_balance": "102 EUR"}, "leads from 100 EUR to 101 EUR, not 102 EUR"),
        ({"period": "2026-01-03..2026-02-01"}, ""),
        (
            {"period": "2026-01-01..2026-01-31"},
            "1 of 4 records of <list of dicts> lie outside the period 2026-01-01 to",
        ),
        ({"period": "2026-01-01..2026-01-31T00:00"}, "1 of 4 records"),
        ({"newest": "1d"}, ""),
        ({"period": "2026-01-03..9999-12-31"}, ""),
        ({"newest": "2026-02-01"}, ""),
        (
            {"newest": "23h"},
            "the newest record of <list of dicts> is of 2026-02-01T00:00:00Z, not 2026-02-01T01:00:00Z",
        ),
        ({"sha256": "0" * 64}, "has the SHA-256"),
    ],
)
def test_what_an_input_must_hold_is_a_gate_too(expected: dict[str, str], says: str) -> None:
    checks = expecting(**expected).checks
    assert [says in check.sentence for check in checks.broken] == ([True] if says else [])


def test_records_outside_the_period_are_shown_apart() -> None:
    outside = expecting(period="2026-01-04..2026-01-31").outside.to_pylist()
    assert [(row["side"], row["id"], row["amount"]) for row in outside] == [
        ("external", "e1", Decimal(5000)),
        ("external", "e4", Decimal(1)),
    ]


def test_a_total_that_holds_unreadable_rows_is_not_known() -> None:
    paid = external("e1 7 EUR r 2026-01-01", "e2 much EUR r 2026-01-01")
    records = {"external": paid, "internal": BOOKED}
    with pytest.raises(SettingsError, match="'balances': choose one of external, internal"):
        make_terms(expect={"balances": {"rows": 1}})
    terms = make_terms(expect={"external": {"total": "7 EUR"}})
    checks = judge(terms, wb.reconcile(paid, BOOKED), records).checks
    assert "sums to 7 EUR and 1 rejected records of unknown amount, not 7 EUR" in checks.message


def test_a_control_file_that_says_two_things_is_none(tmp_path: Path) -> None:
    (tmp_path / "control").write_text('{"rows": 1, "rows": 2}')
    with pytest.raises(SettingsError, match="this is neither"):
        make_terms(expect={"external": {"control": str(tmp_path / "control")}})


@pytest.mark.parametrize("as_json", [True, False])
def test_a_control_file_says_what_the_statement_holds(tmp_path: Path, as_json: bool) -> None:
    statement = tmp_path / "statement.csv"
    statement.write_text("id,amount,currency,date\ne1,5,EUR,2026-01-01\n")
    digest = hashlib.sha256(statement.read_bytes()).hexdigest()
    control = tmp_path / "control"
    control.write_text(json.dumps({"rows": 1, "sha256": digest}) if as_json else f"{digest}  statement.csv\n")
    terms = make_terms(expect={"external": {"control": str(control)}})
    for cut, broken in ((False, 0), (True, 1)):
        if cut:
            statement.write_text(statement.read_text() + "e2,5,EUR,2026-01-01\n")
        records = {"external": wb.read_external(statement), "internal": BOOKED}
        checks = judge(terms, wb.reconcile(*records.values()), records).checks
        assert len([check for check in checks.broken if check.gate == "expect_sha256"]) == broken
    control.unlink()
    with pytest.raises(NotThereYet, match="is not there yet"):
        make_terms(expect={"external": {"control": str(control)}})


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"weather": "fine"}, "unknown expectation of external 'weather': choose one of rows, total"),
        ({"rows": "some"}, "expect_external: rows takes a number of records such as 117, not 'some'"),
        ({"total": "12"}, "expect_external: total takes money such as 1234.50 EUR"),
        ({"opening_balance": "1 EUR"}, "opening_balance is held against the other balance: give both"),
        ({"period": "2026-01-01"}, "takes its first and last day such as 2026-01-01..2026-01-31"),
        ({"period": "2026-02-01..2026-01-01"}, "takes its first and last day"),
        ({"newest": "soon"}, "newest takes an instant"),
        ({"newest": "99999999999999d"}, "newest takes an instant"),
        ({"newest": "9999-12-31T23:59:59-14:00"}, "newest takes an instant of the years 1 to 9999 in UTC"),
        ({"sha256": "abc"}, "sha256 takes 64 hexadecimal digits"),
    ],
)
def test_an_expectation_that_is_none_is_refused(expected: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as error:
        make_terms(expect={"external": expected})
    assert says in str(error.value)
