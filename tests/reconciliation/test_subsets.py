"""Subsets: the only records that sum to one of the other side, against trying all sets."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import oracle
import pytest
import sums_oracle

import workbench as wb

WORDS = ["", "", "ACME", "Acme rent", "rent 2026", "northwind 117", "for northwind"]
TEXTS = [
    {"field": "reference", "operator": "equals", "allowable_drift": 0},
    {"field": "description", "operator": "equals", "allowable_drift": 0, "workbench": {"operator": "mentions"}},
    {"field": "description", "operator": "contains", "allowable_drift": 30},
]
AMOUNTS = [7_919_317, 15_485_863, 32_452_843, 49_979_687, 67_867_967, 86_028_121, -2_750_159]  # none sums to another


def check_random_case(seed: int) -> None:
    rnd = random.Random(seed)
    side = rnd.choice(["external", "internal"])
    other = "internal" if side == "external" else "external"

    def row(own: str, label: str, amount: int, day: int, text: str) -> dict[str, Any]:
        ids, date = ("id", "date") if own == "external" else ("transaction_id", "created_at")
        moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
        reference = rnd.choice(["", "", "", "", "", "", "", "INV-77"])
        common = {ids: label, "amount": f"{amount // 100}.{amount % 100:02}", "currency": "EUR", date: moment}
        if amount < 0:
            common["amount"] = f"-{-amount // 100}.{-amount % 100:02}"
        return common | {"description": text, "reference": reference, "source": rnd.choice("ab")}

    count = rnd.randint(2, 8)
    amounts = [rnd.choice(AMOUNTS) for _ in range(count)]
    days = [rnd.randint(0, 5) for _ in range(count)]
    texts = [rnd.choice(WORDS) for _ in range(count)]
    labels = [f"{side[0]}{n}" for n in rnd.sample(range(10), count)]
    rows = [row(side, *own) for own in zip(labels, amounts, days, texts, strict=True)]
    others = []
    for number in range(rnd.randint(1, 3)):
        part = rnd.sample(range(count), rnd.randint(1, min(count, 6)))
        day = max(days[own] for own in part) + rnd.randint(-1, 2)
        text = rnd.choice([texts[part[0]], rnd.choice(WORDS)])
        others.append(row(other, f"{other[0]}{number}", sum(amounts[own] for own in part), day, text))
    criteria = [{"field": "amount", "operator": "equals", "allowable_drift": 0}]
    if rnd.random() < 0.6:
        criteria.append({"field": "date", "operator": "equals", "allowable_drift": rnd.choice([100_000, 300_000])})
    if rnd.random() < 0.5:
        criteria.append(rnd.choice(TEXTS))
    rule: dict[str, Any] = {"name": "Subset", "criteria": criteria}
    if rnd.random() < 0.5 and criteria[-1] not in TEXTS:
        rule["workbench"] = {"ignore_references": True}
    sides = {side: rows, other: others}
    result = wb.reconcile(
        wb.read_external(rnd.sample(sides["external"], len(sides["external"]))),
        wb.read_internal(rnd.sample(sides["internal"], len(sides["internal"]))),
        strategy="many_to_one" if side == "external" else "one_to_many",
        grouping_criteria="subset",
        statuses=None,
        rules=[wb.Rule.from_dict(rule)],
    )
    names = oracle.names(sides["external"], sides["internal"])
    targets = sums_oracle.by_time(oracle.with_names(oracle.units(others, other, ()), names))
    groups: dict[str, set[str]] = {}
    columns = [f"{own}_transaction_id" for own in (other, side)]
    for target, member in result.matches[columns].to_numpy().tolist():
        groups.setdefault(target, set()).add(member)
    assert groups == sums_oracle.only_sets(rule, rows, targets, side, names)


@pytest.mark.parametrize("seed", range(30))
def test_subsets_are_the_only_sets_there_are(seed: int) -> None:
    check_random_case(seed)


DAY = 86400
RULE = wb.Rule("Part", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 10 * DAY))])


def booked(*rows: tuple[Any, ...]) -> wb.Records:
    """Ledger transactions: id, amount, day of May, description."""
    common = {"currency": "EUR", "status": "APPLIED"}
    names = ("transaction_id", "amount", "created_at", "description")
    return wb.read_internal(
        [
            common | dict(zip(names, (name, amount, f"2026-05-{day:02}", *text), strict=False))
            for name, amount, day, *text in rows
        ]
    )


def paid(*rows: tuple[Any, ...]) -> wb.Records:
    names = ("id", "amount", "date", "description")
    return wb.read_external(
        [
            {"currency": "EUR"} | dict(zip(names, (name, amount, f"2026-05-{day:02}", *text), strict=False))
            for name, amount, day, *text in rows
        ]
    )


def subsets(external: wb.Records, internal: wb.Records, **more: Any) -> tuple[dict[str, list[str]], wb.Result]:
    chosen = {"strategy": "one_to_many", "grouping_criteria": "subset", "rules": [RULE]} | more
    result = wb.reconcile(external, internal, **chosen)
    groups: dict[str, list[str]] = {}
    columns = ["external_transaction_id", "internal_transaction_id"]
    for own, other in result.matches[columns].to_numpy().tolist():
        groups.setdefault(own, []).append(other)
    return groups, result


ENTRIES = [
    ("t1", "912.31", 1),
    ("t2", "644.07", 2),
    ("t3", "381.90", 3),
    ("t4", "1205.66", 3),
    ("t5", "77.12", 4),
    ("t6", "530.48", 5),
]


def test_the_only_records_that_sum_are_matched_and_tie_out() -> None:
    found, result = subsets(paid(("p", "1926.85", 6)), booked(*ENTRIES))  # which are not next to one another
    assert found == {"p": ["t2", "t4", "t5"]}
    assert set(result.matches["match_id"]) == {"match_1"}
    assert set(result.matches["alternatives"]) == {0}
    assert result.summary.rules[0].expected_by_chance == 0
    assert set(result.control_totals["records_matched"]) == {1, 3}


def test_six_of_seven_without_anything_in_common() -> None:
    entries = [*ENTRIES, ("t7", "58.03", 6)]
    total = "3751.54"  # of all but t7
    found, _ = subsets(paid(("p", total, 9)), booked(*entries))
    assert found == {"p": ["t1", "t2", "t3", "t4", "t5", "t6"]}


def test_two_ways_to_sum_are_no_match() -> None:
    entries = [*ENTRIES, ("t7", "644.07", 6)]
    assert subsets(paid(("p", "1926.85", 6)), booked(*entries))[0] == {}


def test_what_chance_explains_as_well_is_no_match() -> None:
    entries = [(f"t{n}", str(n + 3), 1 + n % 5) for n in range(30)]
    found, result = subsets(paid(("p", "30", 6)), booked(*entries))
    assert found == {}
    assert list(result.unmatched_external["reason"]) == ["nothing open on the internal side met any rule"]


def test_within_a_word_that_both_share_the_rest_is_no_matter() -> None:
    entries = [(f"t{n:02}", str(n + 3), 1 + n % 5, "ACME invoice" if n in (4, 9, 20) else "other") for n in range(30)]
    found, result = subsets(paid(("p", "19", 6, "from Acme")), booked(*entries))
    assert found == {"p": ["t04", "t09"]}
    assert set(result.matches["alternatives"]) <= {0, 1}


def test_records_that_each_meet_the_rules_text_come_first() -> None:
    # A word that most of the few records have tells nothing; that the rule asks for it does.
    parts = paid(("b1", "14.05", 3, "payout 1"), ("b2", "5.00", 2, "part 1 ORD-9"), ("b3", "6.00", 3, "part 2 ORD-9"))
    mentions = wb.Rule("Parts", [wb.Criterion("amount"), wb.Criterion("description", "mentions")])
    by_parts = {"strategy": "many_to_one", "rules": [mentions]}
    _, result = subsets(parts, booked(("t9", "11.00", 1, "ORD-9")), **by_parts)
    assert result.matches["external_transaction_id"].tolist() == ["b2", "b3"]
    # Two sets of those that meet it are in doubt; one that does not meet it makes no doubt.
    more = booked(*[(f"t{n}", amount, n, "ORD-9") for n, amount in enumerate(["4", "7", "5", "6", "30"], 1)])
    assert subsets(paid(("p", "11", 6, "ORD-9")), more, rules=[mentions])[0] == {}
    others = booked(
        *[(f"t{n}", amount, n, "ORD-9" if n < 4 else "") for n, amount in enumerate(["4", "7", "5", "6"], 1)]
    )
    assert subsets(paid(("p", "11", 6, "ORD-9")), others, rules=[mentions])[0] == {"p": ["t1", "t2"]}


def test_a_rule_that_compares_texts_and_no_dates_takes_what_each_meets_them_whenever_it_was_booked() -> None:
    named = wb.Rule("Named", [wb.Criterion("reference", "mentions", external="description"), wb.Criterion("amount")])
    booked_in = [("t1", "40.00", 1), ("t2", "60.00", 28), ("t3", "25.00", 3), ("t4", "35.00", 30)]
    ledger = wb.read_internal(
        [
            {"transaction_id": name, "amount": amount, "currency": currency, "status": "APPLIED"}
            | {"created_at": f"2026-05-{day:02}", "reference": f"INV-{name}", "source": "ab"[day > 5]}
            for name, amount, day in booked_in
            for currency in ["USD" if name == "t4" else "EUR"]
        ]
    )

    def found(*payments: tuple[str, str, int, str], **more: Any) -> dict[str, list[str]]:
        return subsets(paid(*payments), ledger, rules=[named], **more)[0]

    assert found(("p", "100.00", 2, "inv t1, INV-T2")) == {"p": ["t1", "t2"]}
    assert found(("p", "60.00", 2, "INV-t1 INV-t2 INV-t4")) == {"p": ["t2"]}  # not all that is named is paid
    assert found(("p", "65.00", 2, "INV-t1")) == {}  # t3 would do, and is not named
    assert found(("p", "135.00", 2, "INV-t1 INV-t2 INV-t4")) == {}  # which is of another currency
    assert found(("p", "100.00", 2, "INV-t1 INV-t2"), grouping_criteria=("source", "subset")) == {}
    assert found(("p", "100.00", 2, "INV-t1 INV-t2"), ("q", "100.00", 2, "INV-t2 INV-t1")) == {}  # who paid it?
    with pytest.raises(wb.RuleTooBroad, match="look at 2 sets"):
        found(("p", "1.00", 2, "INV-t1 INV-t2"), max_candidates=1)


def test_sets_of_two_targets_that_have_a_record_in_common_are_left_open() -> None:
    statement = paid(("p1", "1556.38", 6), ("p2", "1026.00", 6))  # t1 + t2; t2 + t3 - 0.03
    assert subsets(statement, booked(*ENTRIES[:3]))[0] == {"p1": ["t1", "t2"]}
    statement = paid(("p1", "1556.38", 6), ("p2", "1025.97", 6))
    assert subsets(statement, booked(*ENTRIES[:3]))[0] == {}


def test_a_key_beside_it_and_a_strategy_of_a_rule() -> None:
    rule = wb.Rule("Part", RULE.criteria, strategy="one_to_many", grouping_criteria=("description", "subset"))
    assert "with the only internal records of one description that sum to it" in rule.describe()
    assert wb.Rule.from_dict(rule.to_dict()) == rule
    with pytest.raises(wb.SettingsError, match=r"choose one of transaction_id, parent_transaction, .*, batch, subset"):
        subsets(paid(("p", "1", 1)), booked(*ENTRIES), rules=[rule])


def test_amounts_are_exact() -> None:
    rule = wb.Rule("Part", [wb.Criterion("amount", "equals", "0.01")])
    with pytest.raises(
        wb.SettingsError, match=r"the records of a subset sum to .* exactly: amount takes equals, withou"
    ):
        subsets(paid(("p", "1", 1)), booked(*ENTRIES), rules=[rule])


def test_a_rule_that_is_too_broad_says_so_at_once() -> None:
    with pytest.raises(
        wb.RuleTooBroad, match=r"'Part' would look for sets .* forms 20,015 sums of two, and max_candid"
    ):
        subsets(paid(("p", "1", 6)), booked(*ENTRIES), max_candidates=4_002)
