"""Batches: consecutive records that sum to one of the other side, against trying every choice of stretches."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle
import pytest
import sums_oracle

import workbench as wb
from workbench.reconciliation.matching.sums import chain
from workbench.reconciliation.matching.sums.chain import Candidate, best_chain

AMOUNTS = [
    {},
    {},
    {"allowable_drift": 0.25},
    {"workbench": {"allowable_drift": ["-0.25", "0.1"]}},
    {"workbench": {"allowable_amount": "1"}},
    {"workbench": {"allowable_amount": ["-2", "0.01"], "allowable_drift": "0.5"}},
    {"workbench": {"expected": "-0.25", "allowable_drift": "0.1"}},
    {"workbench": {"allowable_amount": "1", "expected": "-1.005"}},
]
DATES = [
    {"allowable_drift": 90000},
    {"allowable_drift": 200000},
    {"workbench": {"allowable_drift": [-3600, 90000]}},
    {"workbench": {"expected": 86400, "allowable_drift": 90000}},
    {"workbench": {"business_days": [0, 1], "calendar": ["2026-03-03"]}},
    {"operator": "after"},
    {"operator": "before"},
]
TEXTS = [
    {"field": "description", "operator": "equals"},
    {"field": "description", "operator": "contains", "allowable_drift": 25},
    {"field": "reference", "operator": "mentions", "workbench": {"external": "description"}},
]


def random_rule(rnd: random.Random) -> dict[str, Any]:
    criteria = [{"field": "amount", "operator": "equals", "allowable_drift": 0} | rnd.choice(AMOUNTS)]
    if rnd.random() < 0.6:
        criteria.append({"field": "date", "operator": "equals", "allowable_drift": 0} | rnd.choice(DATES))
    if rnd.random() < 0.25:
        criteria.append({"allowable_drift": 0} | rnd.choice(TEXTS))
    return {"name": "Batch", "criteria": criteria}


def random_rows(rnd: random.Random, side: str, most: int, factor: Decimal) -> list[dict[str, Any]]:
    ids, date = ("id", "date") if side == "external" else ("transaction_id", "created_at")
    refund = rnd.random() < 0.4
    rows = []
    for label in rnd.sample(range(100), rnd.randint(1, most)):
        amount = rnd.choice([1, 2, 2, 3, 5, Decimal("2.5"), *([-1, 0] if refund else [])])
        moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=rnd.randint(0, 3), hours=rnd.choice([0, 0, 23]))
        rows.append(
            {
                ids: f"{side[0]}{label:02}",
                "amount": str(amount * factor),
                "currency": "EUR",
                "reference": rnd.choice(["", "", "", "", "inv1", "INV-2"]),
                "description": rnd.choice(["", "Coffee", "coffee shop", "pays inv 1"]),
                "source": rnd.choice(["a", "b", ""]),
                date: moment,
            }
        )
        if side == "internal":
            rows[-1]["status"] = "APPLIED"
    return rows


def of_stretches(rnd: random.Random, rows: list[dict[str, Any]], target: str) -> list[dict[str, Any]]:
    """Some records that are the sums of stretches, so that there is something to find."""
    ids, date = ("id", "date") if target == "external" else ("transaction_id", "created_at")
    [own] = [name for name in ("date", "created_at") if name in rows[0]]
    line = sorted(rows, key=lambda row: (row[own], oracle.row_id(row)))
    sums = []
    for number in range(rnd.randint(0, 3)):
        begin = rnd.randrange(len(line))
        part = line[begin : begin + rnd.randint(1, 4)]
        sums.append(
            {
                ids: f"{target[0]}sum{number}",
                "amount": str(sum(Decimal(row["amount"]) for row in part)),
                "currency": "EUR",
                "reference": rnd.choice(["", "", "inv1"]),
                "description": part[0]["description"],
                date: part[-1][own] + timedelta(days=rnd.randint(0, 1)),
            }
            | ({"status": "APPLIED"} if target == "internal" else {})
        )
    return sums


def check_random_case(seed: int) -> None:
    rnd = random.Random(seed)
    side = rnd.choice(["external", "internal"])
    other = "internal" if side == "external" else "external"
    factor = rnd.choice([Decimal(1), Decimal(1), Decimal(10) ** 20])
    rows = random_rows(rnd, side, 7, factor)
    others = [*random_rows(rnd, other, 2, factor), *of_stretches(rnd, rows, other)]
    keys = rnd.choice([(), (), ("source",)])
    rule = random_rule(rnd)
    sides = {side: rows, other: others}

    def in_random_order() -> wb.Result:
        return wb.reconcile(
            wb.read_external(rnd.sample(sides["external"], len(sides["external"]))),
            wb.read_internal(rnd.sample(sides["internal"], len(sides["internal"]))),
            strategy="many_to_one" if side == "external" else "one_to_many",
            grouping_criteria=(*keys, "batch"),
            rules=[wb.Rule.from_dict(rule)],
        )

    result = in_random_order()
    if len(result.matches):
        assert in_random_order().matches.equals(result.matches)
    names = oracle.names(sides["external"], sides["internal"])
    targets = sums_oracle.by_time(oracle.with_names(oracle.units(others, other, ()), names))
    every = sums_oracle.stretches(rows, side, keys, names)
    allowed = sums_oracle.options(rule, targets, every, side)

    columns = [f"{own}_transaction_id" for own in (other, side)]
    groups: dict[str, set[str]] = {}
    for _, of_match in result.matches.groupby("match_id"):
        [target] = set(of_match[columns[0]])
        groups[target] = set(of_match[columns[1]])
    of_ids = {frozenset(own.unit.ids): own for own in every}
    ids = {min(target.ids): target for target in targets}
    chain = [(target, of_ids[frozenset(groups[name])]) for name, target in ids.items() if name in groups]
    assert len(chain) == len(groups)
    for target, own in chain:
        assert own in allowed[targets.index(target)]
    assert sums_oracle.fits(chain)
    contested = any(len({own.key for own in of_target}) > 1 for of_target in allowed)
    if not contested:
        of = side, len(rows) + len(targets), max(len(row["amount"].partition(".")[2]) for row in [*rows, *others])
        assert sums_oracle.made(rule, chain, *of) == sums_oracle.best(rule, targets, allowed, *of)
    said = result.matches.groupby(columns[0])["alternatives"].first()
    counted = sums_oracle.alternatives(chain, targets, allowed)
    for (target, _), count in zip(chain, counted, strict=True):
        assert said[min(target.ids)] - count in (0, 1)  # one more where it may be chance


@pytest.mark.parametrize("seed", range(40))
def test_batches_are_the_best_choice_of_stretches(seed: int) -> None:
    check_random_case(seed)


DAY = 86400
WITHIN = wb.Criterion("date", allowable_drift=(0, 7 * DAY))
PAYOUT = wb.Rule("Payout", [wb.Criterion("amount"), WITHIN])


def booked(*rows: tuple[Any, ...]) -> wb.Records:
    """Ledger transactions: id, amount, day of December, and more of them."""
    common = {"currency": "EUR", "status": "APPLIED"}
    return wb.read_internal(
        [
            common | {"transaction_id": name, "amount": amount, "created_at": f"2025-12-{day:02}"} | dict(*more)
            for name, amount, day, *more in rows
        ]
    )


def paid(*rows: tuple[Any, ...]) -> wb.Records:
    return wb.read_external(
        [
            {"id": name, "amount": amount, "currency": "EUR", "date": f"2025-12-{day:02}"} | dict(*more)
            for name, amount, day, *more in rows
        ]
    )


def batches(external: wb.Records, internal: wb.Records, *rules: wb.Rule, **more: Any) -> dict[str, list[str]]:
    chosen = {"strategy": "one_to_many", "grouping_criteria": "batch"} | more
    result = wb.reconcile(external, internal, rules=rules or [PAYOUT], **chosen)
    return of_groups(result, "external" if chosen["strategy"] == "one_to_many" else "internal")


def of_groups(result: wb.Result, one: str) -> dict[str, list[str]]:
    several = "internal" if one == "external" else "external"
    groups: dict[str, list[str]] = {}
    columns = [f"{side}_transaction_id" for side in (one, several)]
    for own, other in result.matches[columns].to_numpy().tolist():
        groups.setdefault(own, []).append(other)
    return groups


DEPOSITS = [
    ("t1", "84.13", 1),
    ("t2", "120.75", 2),
    ("t3", "91.08", 3),
    ("t4", "66.40", 4),
    ("t5", "150.29", 5),
    ("t6", "73.95", 6),
    ("t7", "64.00", 7),
]


def test_a_deposit_without_a_key_is_the_stretch_that_sums_to_it() -> None:
    deposit = paid(("b1", "586.60", 10))
    rule = wb.Rule("Deposit", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=10 * DAY)])
    result = wb.reconcile(deposit, booked(*DEPOSITS), strategy="one_to_many", grouping_criteria="batch", rules=[rule])
    assert of_groups(result, "external") == {"b1": ["t1", "t2", "t3", "t4", "t5", "t6"]}
    assert set(result.matches["match_id"]) == {"match_1"}
    assert set(result.matches["alternatives"]) == {0}
    assert list(result.unmatched_internal["transaction_id"]) == ["t7"]
    [of_external, of_internal] = result.control_totals.to_dict("records")
    assert of_external["amount_matched"] == of_internal["amount_matched"] == Decimal("586.60")
    assert batches(deposit, booked(*DEPOSITS)) == {}  # the first of them is nine days older


def test_payouts_of_a_processor_with_refunds_a_missing_payout_and_an_incomplete_last_batch() -> None:
    ledger = booked(
        ("c1", "25.00", 1),
        ("c2", "40.10", 1),
        ("r1", "-10.00", 2),  # refunded before it was paid out
        ("c3", "18.37", 3),
        ("c4", "52.99", 3),
        ("c5", "31.45", 4),
        ("c6", "12.08", 5),
        ("c7", "77.30", 6),
    )
    statement = paid(("p1", "55.10", 3), ("p3", "43.53", 6))
    assert batches(statement, ledger) == {"p1": ["c1", "c2", "r1"], "p3": ["c5", "c6"]}


def test_the_strategy_turned_round() -> None:
    captures = paid(("e1", "5.00", 1), ("e2", "7.25", 2), ("e3", "9.10", 3))
    settled = booked(("t", "16.35", 3))
    rule = wb.Rule("Settlement", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(-3 * DAY, 0))])
    assert batches(captures, settled, rule, strategy="many_to_one") == {"t": ["e2", "e3"]}


def test_fees_are_a_tolerance() -> None:
    net = paid(("p1", "97.05", 3), ("p2", "48.30", 5))
    ledger = booked(("c1", "60", 1), ("c2", "40", 2), ("c3", "30", 3), ("c4", "19.80", 4))
    fee = wb.Criterion("amount", "equals", "0.005", expected="-0.029")
    rule = wb.Rule("Less a fee", [fee, WITHIN], account="@Fees")
    result = wb.reconcile(net, ledger, strategy="one_to_many", grouping_criteria="batch", rules=[rule])
    assert of_groups(result, "external") == {"p1": ["c1", "c2"], "p2": ["c3", "c4"]}
    assert set(result.matches["amount_difference"]) == {Decimal("-2.95"), Decimal("-1.50")}
    assert set(result.differences["account"]) == {"@Fees"}


def test_a_key_beside_it_keeps_batches_within_one_key() -> None:
    ledger = booked(*((f"t{n}", str(10 * n + 1), n, {"source": "@a" if n % 2 else "@b"}) for n in range(1, 7)))
    statement = paid(("pa", "93", 7), ("pb", "62", 7))
    keyed = {"grouping_criteria": ("source", "batch")}
    assert batches(statement, ledger, **keyed) == {"pa": ["t1", "t3", "t5"], "pb": ["t2", "t4"]}
    assert batches(statement, ledger) == {"pa": ["t2", "t3", "t4"]}


def test_a_record_that_two_keys_claim_goes_to_the_longer_stretch() -> None:
    ledger = booked(
        ("a1", "3", 1, {"source": "@a"}),
        ("a2", "4", 2, {"source": "@a"}),
        ("b1", "7", 1, {"source": "@b"}),
        ("b2", "9", 2, {"source": "@b"}),
    )
    statement = paid(("p7", "7", 4), ("p16", "16", 5))
    found = batches(statement, ledger, grouping_criteria=["source", "batch"])
    assert found == {"p7": ["a1", "a2"], "p16": ["b1", "b2"]}


def test_payouts_of_one_day_come_in_any_order_and_others_as_they_are_dated() -> None:
    ledger = booked(("t1", "10", 1), ("t2", "25", 2), ("t3", "31", 3))
    assert batches(paid(("p1", "56", 5), ("p2", "10", 5)), ledger) == {"p1": ["t2", "t3"], "p2": ["t1"]}
    assert batches(paid(("p1", "56", 4), ("p2", "10", 5)), ledger) == {"p1": ["t2", "t3"]}


def test_equal_payouts_and_equal_records_fall_to_the_lowest_ids_in_whatever_order_rows_come() -> None:
    rows = [(f"t{n}", "5", 1) for n in range(7)]
    outs = [("p3", "10", 2), ("p1", "10", 2), ("p2", "10", 2)]
    expected = {"p1": ["t0", "t1"], "p2": ["t2", "t3"], "p3": ["t4", "t5"]}
    for seed in range(5):
        rnd = random.Random(seed)
        assert batches(paid(*rnd.sample(outs, 3)), booked(*rnd.sample(rows, 7))) == expected


def test_what_the_records_could_have_been_otherwise_is_told() -> None:
    ledger = booked(("t1", "30", 1), ("t2", "10", 2), ("t3", "20", 3))
    result = wb.reconcile(
        paid(("p", "30", 4)), ledger, strategy="one_to_many", grouping_criteria="batch", rules=[PAYOUT]
    )
    assert of_groups(result, "external") == {"p": ["t2", "t3"]}
    assert result.matches["alternatives"].min() >= 1
    narrow = wb.Rule("Narrow", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=2 * DAY)])
    chosen = {"strategy": "one_to_many", "grouping_criteria": "batch"}
    result = wb.reconcile(paid(("p", "30", 4)), ledger, rules=[narrow, PAYOUT], **chosen)
    assert result.matches["alternatives"].min() >= 1  # a later rule would have allowed t1


def test_a_stretch_that_chance_explains_has_an_alternative_unless_it_borders_on_another() -> None:
    rnd = random.Random(1)
    amounts = [rnd.randrange(1, 30) for _ in range(60)]
    ledger = booked(*((f"t{n:02}", str(amount), 1 + n // 10) for n, amount in enumerate(amounts)))
    alone = wb.reconcile(
        paid(("p", str(sum(amounts[20:29])), 6)),
        ledger,
        strategy="one_to_many",
        grouping_criteria="batch",
        rules=[wb.Rule("Suggest", [wb.Criterion("amount"), WITHIN], max_alternatives=0)],
    )
    assert len(alone.matches) == 0
    assert len(set(alone.suggestions["match_id"])) == 1
    assert alone.suggestions["alternatives"].min() >= 1


def test_where_it_takes_too_long_to_tell_what_chance_gives_there_is_doubt() -> None:
    chosen = {"strategy": "one_to_many", "grouping_criteria": "batch"}
    rule = wb.Rule("Deposit", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=10 * DAY)])
    books = paid(("b1", "586.60", 10)), booked(*DEPOSITS)
    for most, alternatives in ((100, {0}), (2, {1})):
        result = wb.reconcile(*books, rules=[rule], max_candidates=most, **chosen)
        assert set(result.matches["alternatives"]) == alternatives


def test_two_rules_of_a_run_by_record_and_by_batch() -> None:
    ledger = booked(("t1", "30", 1), ("t2", "11", 2), ("t3", "20", 3), ("t4", "5", 4))
    rules = [
        wb.Rule("One", [wb.Criterion("amount"), WITHIN]),
        wb.Rule("Batch", [wb.Criterion("amount"), WITHIN], strategy="one_to_many", grouping_criteria="batch"),
        wb.Rule("Again", [wb.Criterion("amount")]),
    ]
    statement = paid(("p1", "31", 4), ("p2", "30", 4), ("p3", "5", 1))
    result = wb.reconcile(statement, ledger, rules=rules)
    assert of_groups(result, "external") == {"p1": ["t2", "t3"], "p2": ["t1"], "p3": ["t4"]}
    assert [rule.matches for rule in result.summary.rules] == [1, 1, 1]
    assert wb.Rule.from_dict(rules[1].to_dict()) == rules[1]
    assert "the stretch of consecutive internal records that sums to it: the amounts" in rules[1].describe()


def test_a_contradicting_reference_is_in_no_batch() -> None:
    ledger = booked(("t1", "10", 1), ("t2", "20.20", 2, {"reference": "INV-2026-7"}))
    statement = paid(("p1", "30.20", 3), ("p2", "99", 3, {"reference": "INV-2026-7"}))
    assert batches(statement, ledger) == {}
    ignoring = wb.Rule("Payout", [wb.Criterion("amount"), WITHIN], ignore_references=True)
    assert batches(statement, ledger, ignoring) == {"p1": ["t1", "t2"]}


def test_what_is_unmatched_by_hand_is_in_no_batch(tmp_path: Path) -> None:
    ledger = booked(("t1", "10", 1), ("t2", "7", 2), ("t3", "20", 3))
    statement = paid(("p1", "30", 4))
    decisions = tmp_path / "decisions.jsonl"
    books = {"external": statement, "internal": ledger}
    wb.add_decision(decisions, wb.decide(books, "unmatch", internal=["t2"], why="another shop's", by="ada"))
    assert batches(statement, ledger, decisions=decisions) == {"p1": ["t1", "t3"]}


def test_what_if_takes_batches_too() -> None:
    ledger, statement = booked(("t1", "10", 1), ("t2", "20", 2)), paid(("p1", "30", 4))
    rule = wb.Rule("Payout", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=DAY)])
    result = wb.reconcile(statement, ledger, strategy="one_to_many", grouping_criteria="batch", rules=[rule])
    assert len(result.matches) == 0
    changed = wb.what_if(result, statement, ledger, [PAYOUT])
    assert changed.gained.records == 1


@pytest.mark.parametrize(
    ("criterion", "more", "says"),
    [
        (wb.Criterion("amount", "greater_than"), {}, "amount takes equals"),
        (wb.Criterion("amount"), {"remainder": "open"}, "sum to a record of the other side, and leave no remainder"),
        (wb.Criterion("amount"), {"across_currencies": True}, "are of one currency: leave out across_currencies"),
    ],
)
def test_rules_that_do_not_fit_batches_are_refused(criterion: wb.Criterion, more: dict[str, Any], says: str) -> None:
    with pytest.raises(wb.SettingsError, match=f"rule 'Payout': the records of a batch .*{says}"):
        batches(paid(("p", "1", 1)), booked(*DEPOSITS), wb.Rule("Payout", [criterion], **more))


def test_a_rule_that_weighs_takes_no_batches() -> None:
    with pytest.raises(wb.SettingsError, match="batch does not go with it"):
        batches(paid(("p", "1", 1)), booked(*DEPOSITS), wb.Weighed())


def test_a_rule_that_is_too_broad_says_what_to_add() -> None:
    rule = wb.Rule("Payout", [wb.Criterion("amount")])
    with pytest.raises(wb.RuleTooBroad, match="rule 'Payout' would look at 16 sets of internal records or more"):
        batches(paid(("p1", "1", 9), ("p2", "2", 9)), booked(*DEPOSITS), rule, max_candidates=3)


def test_a_processors_own_report_against_the_bank_entries_by_its_payout_and_without_it() -> None:
    columns = ("txn", "source_id", "created", "currency", "net", "reporting_category", "payout")
    report = [
        ("txn_1", "ch_1", "2025-12-01 09:30:00", "usd", "31.40", "charge", "po_1"),
        ("txn_2", "re_1", "2025-12-01 17:45:00", "usd", "-12.00", "refund", "po_1"),
        ("txn_3", "ch_2", "2025-12-02 08:05:00", "usd", "57.18", "charge", "po_2"),
        ("txn_4", "ch_3", "2025-12-02 21:20:00", "usd", "8.77", "charge", "po_2"),
        ("txn_5", "po_1", "2025-12-03 00:00:00", "usd", "-19.40", "payout", "po_1"),
    ]
    external = wb.read_external(
        [dict(zip(columns, row, strict=True)) for row in report],
        mapping={"txn": "id", "created": "date", "net": "amount"},
        without={"reporting_category": ["payout"]},
    )
    common = {"source": "@processor", "destination": "bln_bank", "currency": "USD", "status": "APPLIED"}
    internal = wb.read_internal(
        [
            common | {"transaction_id": "t1", "amount": "19.40", "created_at": "2025-12-03"},
            common | {"transaction_id": "t2", "amount": "65.95", "created_at": "2025-12-04"},
        ]
    )
    rule = wb.Rule("Payout", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(-5 * DAY, 0))])
    for grouping in ("payout", "batch"):
        result = wb.reconcile(
            external,
            internal,
            strategy="many_to_one",
            grouping_criteria=grouping,
            rules=[rule],
            balance_id="bln_bank",
        )
        assert of_groups(result, "internal") == {"t1": ["txn_1", "txn_2"], "t2": ["txn_3", "txn_4"]}
        assert list(result.excluded["id"]) == ["txn_5"]


def best_worth(candidates: list[Candidate], chosen: tuple[Candidate, ...] = ()) -> int:
    """The most that candidates are worth which go together, by trying all choices."""

    def goes(one: Candidate, other: Candidate) -> bool:
        first, second = sorted((one, other), key=lambda own: own.begin)
        apart = first.end <= second.begin and first.target != second.target
        return apart and first.date <= second.date

    return max(
        [sum(own.worth for own in chosen)]
        + [
            best_worth(candidates[number + 1 :], (*chosen, own))
            for number, own in enumerate(candidates)
            if all(goes(own, other) for other in chosen)
        ]
    )


@pytest.mark.parametrize("few", [0, 32])
def test_the_best_chain_is_that_of_all_choices(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_FEW", few)
    for seed in range(300):
        rnd = random.Random(seed)
        dates = [rnd.randint(0, 1) for _ in range(rnd.randint(1, 5))]
        candidates = []
        for number in range(rnd.randint(1, 9)):
            target, begin, length = rnd.randrange(len(dates)), rnd.randint(0, 9), rnd.randint(1, 4)
            worth = 100 * length + rnd.randint(0, 99)
            candidates.append(Candidate(dates[target], target, begin, begin + length, worth, number))
        chosen = [candidates[number] for number in best_chain(candidates)]
        assert sum(own.worth for own in chosen) == best_worth(candidates) == best_worth(chosen)


def test_many_payouts_of_one_day() -> None:
    rnd = random.Random(5)
    amounts = [rnd.randrange(100, 30_000) for _ in range(240)]
    ledger = booked(*((f"t{n:03}", f"{cents / 100:.2f}", 1 + n // 60) for n, cents in enumerate(amounts)))
    sums = [sum(amounts[begin : begin + 8]) for begin in range(0, 240, 8)]
    labels = rnd.sample(range(100, 130), 30)
    statement = paid(*((f"p{label}", f"{cents / 100:.2f}", 6) for label, cents in zip(labels, sums, strict=True)))
    found = batches(statement, ledger)
    expected = [[f"t{n:03}" for n in range(begin, begin + 8)] for begin in range(0, 240, 8)]
    assert found == {f"p{label}": own for label, own in zip(labels, expected, strict=True)}


def test_of_hundreds_of_payouts_of_one_day_each_is_found_or_all_are_refused() -> None:
    def of_day(prices: list[int], sizes: list[int]) -> tuple[wb.Records, wb.Records]:
        rnd = random.Random(3)
        amounts = [[rnd.choice(prices) for _ in range(rnd.choice(sizes))] for _ in range(300)]
        every = [cents for own in amounts for cents in own]
        ledger = booked(*((f"t{n:04}", f"{cents / 100:.2f}", 1) for n, cents in enumerate(every)))
        return paid(*((f"p{n:03}", f"{sum(own) / 100:.2f}", 2) for n, own in enumerate(amounts))), ledger

    found = batches(*of_day([*range(100, 90_000)], [6]))
    assert found == {f"p{n:03}": [f"t{6 * n + k:04}" for k in range(6)] for n in range(300)}
    with pytest.raises(wb.RuleTooBroad, match=r"external records of one date .* in more orders than can be looked at"):
        batches(*of_day([999, 1999, 2999, 4999], [1, 2, 3, 5, 8]))
    with pytest.raises(wb.RuleTooBroad, match=r"allows 1,\d+,\d+ sets of internal records that overlap"):
        batches(*of_day([999], [14]))


def payouts(seed: int, payments: int) -> tuple[wb.Records, wb.Records, set[tuple[str, str]]]:
    """A month of payments and refunds, paid out two days after each day without a key; and what belongs together.

    In some payouts there is a payment that was never booked, and the last day is not paid out yet.
    """
    rnd = random.Random(seed)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    labels = iter(rnd.sample(range(10**6), payments))
    ledger, statement, truth = [], [], set()
    for day in range(25):
        of_day: list[tuple[str, int]] = []
        for _ in range(payments // 25):
            name, cents = f"t{next(labels)}", round(rnd.lognormvariate(7.5, 0.9)) + 50
            cents = -cents if rnd.random() < 0.05 else cents
            of_day.append((name, cents))
            moment = start + timedelta(days=day, seconds=rnd.randrange(86400))
            ledger.append((name, cents, moment))
        if day == 24:
            break
        total = sum(cents for _, cents in of_day)
        name = f"p{rnd.randrange(10**9)}"
        if rnd.random() < 0.12:
            ledger.remove(next(row for row in ledger if row[0] == of_day[0][0]))
        else:
            truth |= {(name, own) for own, _ in of_day}
        statement.append((name, total, start + timedelta(days=day + 2)))
    rnd.shuffle(ledger)
    external = [
        {"id": name, "amount": str(Decimal(cents) / 100), "currency": "EUR", "date": moment}
        for name, cents, moment in statement
    ]
    internal = [
        {"transaction_id": name, "amount": str(Decimal(cents) / 100), "currency": "EUR", "created_at": moment}
        | {"status": "APPLIED"}
        for name, cents, moment in ledger
    ]
    return wb.read_external(external), wb.read_internal(internal), truth


def test_a_month_of_payouts_is_found_and_what_is_without_doubt_is_right() -> None:
    rule = wb.Rule("Payout", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 3 * DAY))])
    made, right, there = 0, 0, 0
    for seed in range(3):
        external, internal, truth = payouts(seed, 750)
        result = wb.reconcile(external, internal, strategy="one_to_many", grouping_criteria="batch", rules=[rule])
        columns = ["external_transaction_id", "internal_transaction_id"]
        pairs = set(map(tuple, result.matches[columns].to_numpy().tolist()))
        sure = result.matches[result.matches["alternatives"] == 0]
        assert set(map(tuple, sure[columns].to_numpy().tolist())) <= truth
        made, right, there = made + len(pairs), right + len(pairs & truth), there + len(truth)
    assert right / made > 0.95
    assert right / there > 0.95
