"""The month with every shape of agreement: one run finds all of it and nothing else, as its truth says."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

import workbench as wb

MONTH = Path(__file__).parent.parent / "data" / "month"
OPEN = {  # planted, and out of reach: by what the records say
    "external": {"Account fee October", "INVOICE INV5014", "Collection"},
    "internal": {"INV-5013", "INV-5302", "COLL-04"},
}
Agreement = frozenset[tuple[str, str]]


@pytest.fixture(scope="module")
def month() -> wb.Result:
    return wb.reconcile(
        wb.read_external(MONTH / "bank.csv"),
        wb.read_internal(MONTH / "ledger.csv"),
        rules=wb.load_rules(MONTH / "rules.json"),
        rates=MONTH / "rates.csv",
    )


def rows(name: str) -> list[dict[str, str]]:
    with (MONTH / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truth() -> set[Agreement]:
    agreements = defaultdict(set)
    for row in rows("truth.csv"):
        agreements[row["agreement"]].add((row["side"], row["id"]))
    return {frozenset(records) for records in agreements.values()}


def found(month: wb.Result) -> dict[Agreement, str]:
    """The rule of each match, those that share a record of which a part is matched together."""
    of_match: dict[str, set[tuple[str, str]]] = defaultdict(set)
    rule = dict(zip(month.matches["match_id"], month.matches["rule"], strict=True))
    for side in ("external", "internal"):
        for match, record in month.matches[["match_id", f"{side}_transaction_id"]].dropna().itertuples(index=False):
            of_match[match].add((side, record))
    agreements: dict[Agreement, str] = {}
    for match, records in of_match.items():
        shared = {other for other in agreements if other & records}
        names = [*(agreements.pop(other) for other in shared), rule[match]]
        agreements[frozenset(records.union(*shared))] = " + ".join(names)
    return agreements


def test_one_run_finds_all_that_is_true_and_nothing_else(month: wb.Result) -> None:
    assert set(found(month)) == truth()
    assert {side for agreement in truth() for side, _ in agreement} == {"external", "internal"}


def test_every_rule_has_its_own_kind_of_agreement(month: wb.Result) -> None:
    by_rule: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for agreement, rule in found(month).items():
        sides = [side for side, _ in agreement]
        by_rule[rule].append((sides.count("external"), sides.count("internal")))
    assert {rule: sorted(set(sizes)) for rule, sizes in by_rule.items()} == {
        "Order number": [(1, 1)],
        "Invoice in the text": [(1, 1)],
        "Returned debit": [(2, 0)],
        "Reversed entry": [(0, 2)],
        "Parts of one transaction": [(1, 2), (1, 3)],
        "Payout of the terminal": [(2, 1), (3, 1), (4, 1), (5, 1)],
        "Collection": [(2, 1), (2, 2), (3, 2)],
        "Less the bank's fee": [(1, 1)],
        "Part payment": [(1, 1)],
        "Part payment + The rest of it": [(2, 1)],
        "Abroad, at the day's rate": [(1, 1)],
        "Amount within 3 business days": [(1, 1)],
    }
    strategies = {rule.strategy or "one_to_one" for rule in month.settings.rules}
    assert strategies == {
        *("one_to_one", "one_to_many", "many_to_one", "many_to_many", "within_external", "within_internal")
    }


def test_what_stays_open_was_planted(month: wb.Result) -> None:
    assert set(month.unmatched_external["description"]) == OPEN["external"]
    assert set(month.unmatched_internal["reference"]) == OPEN["internal"]
    part = month.unmatched_internal.set_index("reference").loc["INV-5302"]
    assert (part["counted_amount"], part["open_amount"]) == (Decimal("250.00"), Decimal("74.50"))


def test_differences_are_the_fees_and_what_exchange_cost(month: wb.Result) -> None:
    paid, booked = ({row[name]: Decimal(row["amount"]) for row in rows(file)} for name, file in (
        ("id", "bank.csv"), ("transaction_id", "ledger.csv")))  # fmt: skip
    matches = month.matches[month.matches["rule"] == "Less the bank's fee"]
    fees = sum(paid[row.external_transaction_id] - booked[row.internal_transaction_id] for row in matches.itertuples())
    listed = month.differences[month.differences["account"] == "@BankFees"]
    assert (listed["difference"].sum(), fees) == (Decimal("-4.75"), Decimal("-4.75"))
    assert set(month.conversions["internal_currency"]) == {"USD", "AUD"}
    for row in month.conversions.itertuples():
        exact = row.external_amount / Decimal(row.rate)
        assert abs(row.converted_amount - exact) <= Decimal("0.005")


def test_the_run_does_not_depend_on_the_order_of_its_rows(month: wb.Result, tmp_path: Path) -> None:
    for name in ("bank.csv", "ledger.csv"):
        header, *lines = (MONTH / name).read_text("utf-8").splitlines(keepends=True)
        (tmp_path / name).write_text("".join([header, *reversed(lines)]), "utf-8")
    turned = wb.reconcile(
        wb.read_external(tmp_path / "bank.csv"),
        wb.read_internal(tmp_path / "ledger.csv"),
        rules=wb.load_rules(MONTH / "rules.json"),
        rates=MONTH / "rates.csv",
    )
    assert turned.matches.equals(month.matches)
