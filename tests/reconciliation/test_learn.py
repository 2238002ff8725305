"""Learning weights, and weights as JSON wherever rules go."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from math import log2
from pathlib import Path
from random import Random
from typing import Any

import pytest

import workbench as wb
from benchmarks.quality.scenarios import SCENARIOS, Scenario
from benchmarks.quality.scenarios.dated import HOLIDAYS
from benchmarks.quality.score import Matched, Score, score
from workbench.reconciliation.settings import settings_from_dict
from workbench.reconciliation.weights import START, Fee, Weights

DAY = 86400


def books(scenario: Scenario) -> tuple[wb.Records, wb.Records]:
    return wb.read_external(scenario.external), wb.read_internal(scenario.internal)


def scored(result: wb.Result, scenario: Scenario) -> Score:
    columns = ["external_transaction_id", "internal_transaction_id"]
    return score([Matched(*pair) for pair in result.matches[columns].to_numpy().tolist()], [], scenario.truth)


def test_it_finds_that_cards_settle_on_business_days() -> None:
    weights = wb.learn(*books(SCENARIOS["cards"](2, 300)))
    assert weights.measure == "business_days"
    assert [(span.low, span.high) for span in weights.date] == [(1, 1), (2, 2), (3, 3)]
    assert [(span.low, span.high) for span in weights.amount] == [(0, 0)]
    assert 270 < weights.learned_from < 300


def test_it_finds_when_a_bank_books_as_of_the_next_day_and_when_it_does_not_book() -> None:
    month = books(SCENARIOS["day shift"](1, 600))
    weights = wb.learn(*month)
    assert weights.measure == "booking_days"
    assert weights.booking.cut_off == 15 * 3600
    assert len(weights.booking.holidays) >= 3  # on one of the four some records are late
    assert set(weights.booking.holidays) <= HOLIDAYS
    assert Weights.from_dict(json.loads(json.dumps(weights.to_dict()))) == weights
    findings = wb.reconcile(*month).findings
    assert "What the ledger has from 15:00 UTC on counts as of the next day outside." in findings
    assert any("2026-03-16, 2026-03-23" in finding for finding in findings)


@pytest.mark.parametrize("name", ["cards", "cut-off", "refunds"])
def test_where_no_hour_matters_none_is_found(name: str) -> None:
    booking = wb.learn(*books(SCENARIOS[name](2, 300))).booking
    assert (booking.cut_off, booking.holidays) == (0, ())


def test_before_any_evidence_as_many_matches_are_expected_as_there_are() -> None:
    """200 pairs, and open 10 external and 40 internal records, and a third of one more on each side."""
    paid = [{"id": f"e{n}", "amount": n, "currency": "EUR", "date": "2026-01-05"} for n in range(1, 211)]
    booked = [
        {"transaction_id": f"t{n}", "amount": n, "currency": "EUR", "created_at": "2026-01-02"}
        for n in [*range(1, 201), *range(1001, 1041)]
    ]
    prior = wb.learn(wb.read_external(paid), wb.read_internal(booked)).prior
    assert prior == pytest.approx(100 * log2(200 * 240 / (10.3 * 40.3)), abs=50)  # half a bit


def test_it_finds_how_much_dearer_purchases_abroad_are() -> None:
    weights = wb.learn(*books(SCENARIOS["foreign currency"](2, 400)))
    assert weights.amount[0].low > -1_000
    assert 15_000 <= weights.amount[-1].high <= 30_000


def test_what_a_bank_books_at_the_end_of_the_month_is_found() -> None:
    amounts = [n // 2 if n % 3 == 0 else 1000 + n for n in range(1, 200)]
    external = [{"id": str(n), "amount": n, "currency": "EUR", "date": "2026-03-31"} for n in amounts]
    internal = [
        {"transaction_id": str(n), "amount": n, "currency": "EUR", "created_at": f"2026-03-{1 + n * 7 % 30:02d}T09:00Z"}
        for n in amounts
    ]
    matches = wb.reconcile(wb.read_external(external), wb.read_internal(internal)).matches
    assert (matches["external_transaction_id"] == matches["internal_transaction_id"]).all()
    assert len(matches) == 199


def test_that_no_reference_is_shared_does_not_speak_for_records_that_are_both_open() -> None:
    """Of what most pairs share the open ones share nothing, and are not each other's for that."""
    scenario = SCENARIOS["bank references"](2, 1000)
    own = scored(wb.reconcile(*books(scenario)), scenario)
    assert own.wrong <= 3
    assert own.recall > 0.99


def test_learned_weights_are_right_more_often_than_usual_ones() -> None:
    scenario = SCENARIOS["micropayments"](2, 600)
    own = books(scenario)
    usual, learned = (
        scored(wb.reconcile(*own, rules=[wb.Weighed(weights)]), scenario) for weights in (START, wb.learn(*own))
    )
    assert learned.f1 > 0.9 > usual.f1


@pytest.mark.parametrize("by_hand", [True, False])
def test_confirmed_matches_teach_what_the_records_alone_do_not(by_hand: bool, tmp_path: Path) -> None:
    """Each amount is booked twice, 8 and 7 days before: only who went through some of them knows which is meant."""
    days, back = range(1, 21), {"a": 8, "b": 7}
    paid = [{"id": f"e{n:02d}", "amount": 100 + n, "currency": "EUR", "date": f"2026-03-{n + 8:02d}"} for n in days]
    booked = [
        {
            "transaction_id": f"{name}{n:02d}",
            "amount": 100 + n,
            "currency": "EUR",
            "created_at": f"2026-03-{n + 8 - back[name]:02d}",
        }
        for n in days
        for name in back
    ]
    own = wb.read_external(paid), wb.read_internal(booked)
    if by_hand:
        for n in range(1, 7):
            about = {"external": [f"e{n:02d}"], "internal": [f"a{n:02d}"]}
            sides = {"external": own[0], "internal": own[1]}
            wb.add_decision(tmp_path / "journal", wb.decide(sides, "match", **about, why="the receipt says so"))
        weights = wb.learn(*own, decisions=tmp_path / "journal")
    else:
        eight = wb.Rule("8 days", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(8 * DAY, 8 * DAY))])
        weights = wb.learn(*own, result=wb.reconcile(wb.read_external(paid[:6]), own[1], rules=[eight]))
    matches = wb.reconcile(*own, rules=[wb.Weighed(weights)]).matches
    assert {name[0] for name in matches["internal_transaction_id"]} == {"a"}
    assert len(matches) == 20


def test_a_rule_with_weights_goes_through_json(tmp_path: Path) -> None:
    rule = wb.Weighed(replace(START, prior=7), "Weighed", "why", min_probability="0.25")
    wb.save_rules([rule], tmp_path / "rules.json")
    assert wb.load_rules(tmp_path / "rules.json") == (rule,)
    paid = wb.read_external([{"id": "e", "amount": 1, "currency": "EUR", "date": "2026-03-02"}])
    booked = wb.read_internal([{"transaction_id": "t", "amount": 1, "currency": "EUR", "created_at": "2026-03-02"}])
    result = wb.reconcile(paid, booked, rules=[rule])
    assert settings_from_dict(result.settings.to_dict()) == result.settings
    folder = wb.write_run(result, tmp_path / "run")
    assert (Path(folder) / "evidence.csv").exists()
    with pytest.raises(wb.SettingsError, match="Blnk has no word for"):
        wb.save_rules([rule], tmp_path / "blnk.json", for_blnk=True)


def test_a_single_match_that_shares_a_reference_is_no_evidence_for_itself() -> None:
    none, one, two = (learned_where_references_are_shared_by(matches) for matches in (0, 1, 2))
    assert none == one < two


def learned_where_references_are_shared_by(matches: int) -> int:
    """The weight of the same reference, learned from 60 matches of which some have one."""
    references = ["PO-77"] * matches + [""] * (60 - matches)
    rows = [(str(n), 100 + 7 * n, "EUR", f"2026-01-{1 + n % 28:02}", text) for n, text in enumerate(references)]
    paid, booked = ("id", "amount", "currency", "date"), ("transaction_id", "amount", "currency", "created_at")
    external = wb.read_external([dict(zip((*paid, "reference"), row, strict=True)) for row in rows])
    internal = wb.read_internal([dict(zip((*booked, "reference"), row, strict=True)) for row in rows])
    return wb.learn(external, internal).reference["same"]


def test_weights_saved_before_words_were_told_apart_are_read() -> None:
    before = {"shared": -100, "partly": -300, "none": -50, "missing": 0}
    after = {"shared": -100, "contained": -100, "mostly": -300, "partly": -300, "none": -50, "missing": 0}
    assert Weights.from_dict({**START.to_dict(), "words": before}).words == after


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"measure": "weeks"}, "measure of weights 'weeks'"),
        ({"prior": 0.5}, "prior of weights takes a whole number from -1000000 to 1000000, not 0.5"),
        ({"prior": 1 << 62}, "prior of weights takes a whole number from -1000000 to 1000000, not 4611686018427387904"),
        ({"other_date": -(10**40)}, "other_date of weights takes a whole number from -1000000 to 1000000, not -1000"),
        ({"words": {**START.words, "none": 1 << 63}}, "none of words of weights takes a whole number from -1000000 to"),
        ({"date": [[0, 0, 1 << 62]]}, "weight of a span takes a whole number from -1000000 to 1000000, not 46116"),
        ({"fees": [[0, 1, 1 << 62]]}, "weight of a fee takes a whole number from -1000000 to 1000000, not 46116"),
        ({"amount": [[0, 0]]}, r"amount of weights takes a list of \[low, high, weight\]"),
        ({"amount": []}, "amount of weights takes one span or more"),
        ({"reference": {"same": 1}}, "reference of weights takes a whole number for each of same, loosely"),
        ({"fees": 7}, r"fees of weights takes a list of \[rate, fixed, weight\], not 7"),
        ({"fees": [[1, 2]]}, r"fees of weights takes a list of \[rate, fixed, weight\]"),
        (
            {"fees": [[-1, 0, 0]]},
            r"a fee takes \[rate, fixed, weight\] as whole numbers, rate and fixed of at least 0, not \[-1, 0, 0\]",
        ),
        ({"booking": {"cut_off": DAY}}, "cut_off of weights takes seconds of a day, 0 to 86399, not 86400"),
        ({"booking": {"holidays": ["Easter"]}}, "holidays of weights takes a list of dates as 2026-12-25, not"),
        ({"booking": 5}, "booking of weights takes cut_off and holidays, not 5"),
        ({"colour": 1}, "weights: unknown name 'colour'"),
    ],
)
def test_weights_that_are_none_are_refused_in_a_sentence(values: dict[str, Any], message: str) -> None:
    with pytest.raises(wb.SettingsError, match=message):
        Weights.from_dict({**START.to_dict(), **values})


def test_a_rule_that_weighs_refuses_what_does_not_fit() -> None:
    with pytest.raises(wb.SettingsError, match="min_probability takes a number from 0 to 1, not 2"):
        wb.Weighed(min_probability=2)
    with pytest.raises(wb.SettingsError, match="weighs, and takes no"):
        wb.Weighed(criteria=[wb.Criterion("amount")])
    with pytest.raises(wb.SettingsError, match=r"takes what wb\.learn returns, not a dict"):
        wb.Weighed({})  # type: ignore[arg-type]


def net_of_fees(
    seed: int, fees: list[tuple[str, str]], repeated: bool = False, least: int = 100
) -> tuple[wb.Records, wb.Records]:
    """250 sales, paid out one to three days later less one of these fees, without a word of which sale it is.

    ``least`` is the smallest one, in cents.
    """
    random = Random(seed)
    paid, booked = [], []
    for n in range(250):
        cents = 100 * random.randrange(1, 60) if repeated else int(random.lognormvariate(8, 0.9)) + least
        share, fixed = random.choice(fees)
        less = round(cents * Decimal(share)) + int(Decimal(fixed) * 100)
        day = random.randrange(1, 25)
        booked.append({"transaction_id": f"i{n:03}", "amount": f"{Decimal(cents) / 100:.2f}", "currency": "EUR"})
        paid.append({"id": f"e{n:03}", "amount": f"{Decimal(cents - less) / 100:.2f}", "currency": "EUR"})
        booked[-1]["created_at"] = f"2026-01-{day:02}"
        paid[-1]["date"] = f"2026-01-{day + random.choice((1, 1, 2, 3)):02}"
    random.shuffle(paid)
    random.shuffle(booked)
    return wb.read_external(paid), wb.read_internal(booked)


@pytest.mark.parametrize(
    ("fees", "words"),
    [
        ([("0.029", "0.30")], ["2.9 % and 0.30"]),
        ([("0.002", "0.05"), ("0.014", "0.20"), ("0", "0")], ["0.2 % and 0.05", "1.4 % and 0.20"]),
        ([("0", "0.20")], ["0.20"]),
        ([("0", "0")], []),
    ],
)
def test_fees_of_a_share_and_so_much_are_found_without_references(
    fees: list[tuple[str, str]], words: list[str]
) -> None:
    books = net_of_fees(3, fees)
    weights = wb.learn(*books)
    assert sorted(map(str, weights.fees)) == words
    assert Weights.from_dict(json.loads(json.dumps(weights.to_dict()))) == weights
    result = wb.reconcile(*books)
    pairs = result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    right = sum(e[1:] == i[1:] for e, i in pairs)
    assert right >= 225
    assert right >= 0.95 * len(pairs)
    assert [f"External amounts are less a fee of {fee}." for fee in map(str, weights.fees)] == [
        finding for finding in result.findings if "fee" in finding
    ]


@pytest.mark.parametrize(
    ("fee", "booked", "paid"),
    [
        (Fee(0, 20_000_000, -100), "50.000000000001", "30.000000000001"),  # 20 * 10^12 millionths pass 64 bits
        (Fee(10**7, 0, -100), "900000000000.5", "900000000000.5"),  # more than all of it
        (Fee(1 << 63, 1 << 63, -100), "5.00", "5.00"),
    ],
)
def test_a_fee_of_any_size_is_exact(fee: Fee, booked: str, paid: str) -> None:
    e = wb.read_external([{"id": "e", "amount": paid, "currency": "EUR", "date": "2026-03-02"}])
    t = wb.read_internal([{"transaction_id": "t", "amount": booked, "currency": "EUR", "created_at": "2026-03-02"}])
    assert len(wb.reconcile(e, t, rules=[wb.Weighed(replace(START, fees=(fee,)))]).matches) == 1


def test_amounts_that_have_nothing_to_do_with_each_other_differ_by_no_fee() -> None:
    one, other = net_of_fees(3, [("0", "0")], repeated=True), net_of_fees(4, [("0", "0")], repeated=True)
    assert wb.learn(one[0], other[1]).fees == ()


@pytest.mark.parametrize("least", [10**15, 10**25])
def test_fees_of_amounts_of_many_digits_are_exact(least: int) -> None:
    books = net_of_fees(3, [("0.029", "0.30")], least=least)
    assert [str(fee) for fee in wb.learn(*books).fees] == ["2.9 % and 0.30"]


@pytest.mark.parametrize(
    ("rate", "fixed", "words"),
    [(29_000, 300_000, "2.9 % and 0.30"), (0, 2_500, "0.0025"), (14_000, 0, "1.4 %"), (0, 30_000_000, "30.00")],
)
def test_a_fee_says_all_its_digits(rate: int, fixed: int, words: str) -> None:
    assert str(Fee(rate, fixed, 0)) == words
