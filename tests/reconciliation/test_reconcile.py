"""Reconcile on small tables: what matches, what does not and why, and that all of it ties out."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import workbench as wb


def external(*rows: str, **more: Any) -> wb.Records:
    """Rows of ``id amount currency date [reference [description]]``; ``-`` is empty."""
    names = ["id", "amount", "currency", "date", "reference", "description"]
    return wb.read_external([parse(names, row) | more for row in rows])


def internal(*rows: str, **more: Any) -> wb.Records:
    """Rows of ``transaction_id amount currency created_at [reference [parent_transaction]]``; ``-`` is empty."""
    names = ["transaction_id", "amount", "currency", "created_at", "reference", "parent_transaction"]
    return wb.read_internal([parse(names, row) | more for row in rows])


def parse(names: list[str], row: str) -> dict[str, str]:
    return {name: value for name, value in zip(names, row.split(), strict=False) if value != "-"}


def rule(*criteria: wb.Criterion, name: str = "rule") -> wb.Rule:
    return wb.Rule(name, criteria)


def pairs(result: wb.Result) -> set[tuple[str, str]]:
    matches = result.matches
    return set(zip(matches["external_transaction_id"], matches["internal_transaction_id"], strict=True))


AMOUNT = wb.Criterion("amount")
NEAR = wb.Criterion("date", "equals", 3 * 86400)


def test_a_steady_lag_strands_no_end() -> None:
    """Nearest-first would pair day 2 with day 2 and leave both ends open."""
    e = external("e1 5 USD 2026-01-02", "e2 5 USD 2026-01-03", "e3 5 USD 2026-01-04")
    i = internal("i1 5 USD 2026-01-01", "i2 5 USD 2026-01-02", "i3 5 USD 2026-01-03")
    result = wb.reconcile(e, i, rules=[rule(AMOUNT, wb.Criterion("date", "equals", 86400))])
    assert pairs(result) == {("e1", "i1"), ("e2", "i2"), ("e3", "i3")}
    assert result.matches["alternatives"].tolist() == [2, 2, 2]


def test_ties_break_by_id_in_whatever_order_rows_come() -> None:
    e = [f"e{k} 5 USD 2026-01-01" for k in range(1, 5)]
    i = [f"i{k} 5 USD 2026-01-01" for k in range(1, 4)]
    for seed in range(5):
        shuffled = external(*random.Random(seed).sample(e, 4)), internal(*random.Random(seed).sample(i, 3))
        for criteria in ([AMOUNT], [AMOUNT, NEAR], [wb.Criterion("amount", "equals", 0.1), NEAR]):
            result = wb.reconcile(*shuffled, rules=[rule(*criteria)])
            assert pairs(result) == {("e1", "i1"), ("e2", "i2"), ("e3", "i3")}


def test_the_boundary_of_a_drift_is_in_and_the_least_step_beyond_is_out() -> None:
    i = internal("i1 100 USD 2026-01-01")
    within = rule(wb.Criterion("amount", "equals", 0.01))
    assert pairs(wb.reconcile(external("e1 101 USD 2026-01-01"), i, rules=[within]))
    assert not pairs(wb.reconcile(external("e1 101.000000000000000001 USD 2026-01-01"), i, rules=[within]))
    assert pairs(wb.reconcile(external("e1 -101 USD 2026-01-01"), internal("i1 -100 USD 2026-01-01"), rules=[within]))
    second = rule(AMOUNT, wb.Criterion("date", "equals", 1))
    assert pairs(wb.reconcile(external("e1 100 USD 2026-01-01T00:00:01"), i, rules=[second]))
    assert not pairs(wb.reconcile(external("e1 100 USD 2026-01-01T00:00:01.000001"), i, rules=[second]))


def test_amounts_of_38_digits_match_exactly() -> None:
    e = external("e1 12345678901234567890.12 USD 2026-01-01", "e2 0.000000000000000001 USD 2026-01-01")
    i = internal("i1 12345678901234567890.12 USD 2026-01-01", "i2 0.000000000000000002 USD 2026-01-01")
    result = wb.reconcile(e, i, rules=[rule(AMOUNT)])
    assert pairs(result) == {("e1", "i1")}
    assert result.matches["amount"].tolist() == [Decimal("12345678901234567890.12")]
    assert result.near_misses["amount_difference"].tolist() == [Decimal("-0.000000000000000001")]
    totals = result.control_totals.set_index("side")["amount_in"]
    assert totals["external"] == Decimal("12345678901234567890.120000000000000001")


def test_the_largest_amounts_match_and_sums_beyond_38_digits_are_refused() -> None:
    most = "9" * 38
    same = [rule(AMOUNT)]
    assert pairs(wb.reconcile(external(f"e1 {most} XXX 2026-01-01"), internal(f"i1 {most} XXX 2026-01-01"), rules=same))
    two = external(f"e1 {most} XXX 2026-01-01", f"e2 {most} XXX 2026-01-01")
    with pytest.raises(wb.WorkbenchError, match="the external amounts of a currency sum to more than 38 digits"):
        wb.reconcile(two, internal(f"i1 {most} XXX 2026-01-01"), rules=same)


def test_a_group_matches_whole_with_its_exact_sum_and_earliest_date() -> None:
    e = external("e1 97.10 USD 2026-01-05")
    i = internal("g 100.00 USD 2026-01-03 - p1", "f -2.90 USD 2026-01-04 - p1", "x 97.10 USD 2026-01-05 - p2")
    gross_net = wb.reconcile(
        e, i, strategy="one_to_many", grouping_criteria="parent_transaction", rules=[rule(AMOUNT, NEAR)]
    )
    assert pairs(gross_net) == {("e1", "x")}  # the nearer date of two equal sums
    without = internal("g 100.00 USD 2026-01-03 - p1", "f -2.90 USD 2026-01-04 - p1")
    result = wb.reconcile(
        e, without, strategy="one_to_many", grouping_criteria="parent_transaction", rules=[rule(AMOUNT, NEAR)]
    )
    assert pairs(result) == {("e1", "g"), ("e1", "f")}
    assert result.matches["match_id"].nunique() == 1
    assert sorted(result.matches["amount"]) == [Decimal("-2.90"), Decimal("100.00")]
    assert result.matches["date_difference_seconds"].tolist() == [Decimal(172800)] * 2


def test_many_external_records_are_one_ledger_transaction() -> None:
    e = external("a1 30 EUR 2026-01-01 auth-7", "a2 70 EUR 2026-01-02 auth-7", "a3 70 USD 2026-01-02 auth-7")
    i = internal("i1 100 EUR 2026-01-02 auth-7")
    result = wb.reconcile(
        e,
        i,
        strategy="many_to_one",
        grouping_criteria="reference",
        rules=[rule(AMOUNT, wb.Criterion("reference"))],
    )
    assert pairs(result) == {("a1", "i1"), ("a2", "i1")}  # a group never mixes currencies
    assert result.unmatched_external["reason"].tolist() == ["no internal record in this currency"]


def test_records_without_a_key_stand_alone() -> None:
    e = external("e1 3 USD 2026-01-01")
    i = internal("i1 1 USD 2026-01-01", "i2 2 USD 2026-01-01")
    result = wb.reconcile(e, i, strategy="one_to_many", grouping_criteria="reference", rules=[rule(AMOUNT)])
    assert not pairs(result)


def test_text_folds_case_and_ignores_blnks_queue_suffix() -> None:
    e = external("e1 1 USD 2026-01-01 Straße-1", "e2 1 USD 2026-01-01", "e3 1 USD 2026-01-01 other_q")
    i = internal("i1 9 USD 2026-01-01 STRASSE-1_q", "i2 9 USD 2026-01-01", "i3 9 USD 2026-01-01 other")
    result = wb.reconcile(e, i, rules=[rule(wb.Criterion("reference"))])
    assert pairs(result) == {("e1", "i1")}  # empty text is no evidence; the suffix counts on an external reference


@pytest.mark.parametrize(("drift", "matched"), [(0, False), (19, False), (20, True)])
def test_contains_allows_a_share_of_letters(drift: int, matched: bool) -> None:
    e, i = external("e1 1 USD 2026-01-01 kitten"), internal("i1 1 USD 2026-01-01 kittins_q")
    assert len("kittins") * 20 // 100 == 1
    assert not wb.reconcile(e, i, rules=[rule(wb.Criterion("reference", "contains", drift))]).matches.shape[0]
    longer = internal("i1 1 USD 2026-01-01 mitte")
    found = wb.reconcile(
        external("e1 1 USD 2026-01-01 mixte"),
        longer,
        rules=[rule(wb.Criterion("reference", "contains", drift))],
    )
    assert bool(pairs(found)) is matched


def test_rules_run_in_order_and_say_what_they_did() -> None:
    e = external("e1 5 USD 2026-01-01 r1", "e2 5 USD 2026-01-02", "e3 7 USD 2026-01-02")
    i = internal("i1 5 USD 2026-01-01", "i2 5 USD 2026-01-02 r1")
    result = wb.reconcile(e, i, rules=[rule(wb.Criterion("reference"), name="first"), rule(AMOUNT, name="second")])
    assert pairs(result) == {("e1", "i2"), ("e2", "i1")}
    assert result.matches["rule"].tolist() == ["first", "second"]
    assert [each["matches"] for each in result.summary["rules"]] == [1, 1]
    assert result.summary["matched_transactions"] == 2
    assert result.summary["unmatched_transactions"] == 1


def test_external_records_group_by_their_source() -> None:
    paid = [("e1", "4", "Stripe"), ("e2", "6", "stripe "), ("e3", "6", "Adyen"), ("e4", "1", "")]
    rows = [{"id": name, "amount": amount, "source": source} for name, amount, source in paid]
    bank = wb.read_external([row | {"currency": "USD", "date": "2026-01-01"} for row in rows])
    booked = internal("i1 10 USD 2026-01-01", "i2 6 USD 2026-01-01", "i3 1 USD 2026-01-01")
    result = wb.reconcile(bank, booked, strategy="many_to_one", grouping_criteria="source", rules=[rule(AMOUNT)])
    assert pairs(result) == {("e1", "i1"), ("e2", "i1"), ("e3", "i2"), ("e4", "i3")}


def test_statuses_and_a_balance_choose_who_takes_part() -> None:
    rows = [
        {"transaction_id": "in", "source": "x", "destination": "bln", "status": "APPLIED", "amount": "5"},
        {"transaction_id": "out", "source": "bln", "destination": "x", "status": "applied", "amount": "3"},
        {"transaction_id": "self", "source": "bln", "destination": "bln", "status": "APPLIED", "amount": "2"},
        {"transaction_id": "away", "source": "x", "destination": "y", "status": "APPLIED", "amount": "5"},
        {"transaction_id": "void", "source": "x", "destination": "bln", "status": "VOID", "amount": "5"},
    ]
    ledger = wb.read_internal([row | {"currency": "USD", "created_at": "2026-01-01"} for row in rows])
    bank = external("e1 5 USD 2026-01-01", "e2 -3 USD 2026-01-01")
    result = wb.reconcile(bank, ledger, balance_id="bln", rules=[rule(AMOUNT)])
    assert pairs(result) == {("e1", "in"), ("e2", "out")}
    totals = result.control_totals.set_index("side").loc["internal"]
    assert totals["records_excluded"] == 2
    assert (totals["amount_in"], totals["amount_matched"], totals["amount_excluded"]) == (12, 2, 10)
    everyone = wb.reconcile(bank, ledger, statuses=None, rules=[rule(AMOUNT)])
    assert everyone.control_totals["records_excluded"].sum() == 0


def test_without_a_status_column_all_take_part() -> None:
    assert pairs(wb.reconcile(external("e1 5 USD 2026-01-01"), internal("i1 5 USD 2026-01-01")))


def test_the_effective_date_is_compared_where_it_is_asked_for() -> None:
    e = external("e1 5 USD 2026-02-01")
    i = internal("i1 5 USD 2026-01-01", effective_date="2026-02-01")
    same_day = [rule(AMOUNT, wb.Criterion("date"))]
    assert not pairs(wb.reconcile(e, i, rules=same_day))
    assert pairs(wb.reconcile(e, i, rules=same_day, internal_date="effective_date"))


def test_a_rule_that_is_too_broad_is_refused_by_name() -> None:
    e = external(*[f"e{k} {k} USD 2026-01-01" for k in range(30)])
    i = internal(*[f"i{k} {k} USD 2026-01-01" for k in range(30)])
    with pytest.raises(
        wb.RuleTooBroad, match=r"rule 'Anything' would weigh 900 pairs, more than the 500 that max_cand"
    ):
        wb.reconcile(e, i, rules=[rule(wb.Criterion("currency"), name="Anything")], max_candidates=500)


def test_of_pairs_that_are_too_many_what_they_would_take_is_said() -> None:
    e = external(*[f"e{k} {k} USD 2026-01-01" for k in range(30)])
    i = internal(*[f"i{k} {k} USD 2026-01-01" for k in range(30)])
    with pytest.raises(wb.RuleTooBroad) as refused:
        wb.reconcile(e, i, rules=[rule(wb.Criterion("currency"))], max_candidates=899)
    assert "899 that max_candidates allows, in about 1 s and 1 MB: add a narrower" in str(refused.value)
    assert refused.value.message(flags=True).endswith("or raise --max-candidates")


def every_half_hour() -> tuple[wb.Records, wb.Records]:
    when = [f"2026-01-01T{k // 2:02}:{k % 2 * 30:02}" for k in range(20)]
    return (
        external(*[f"e{k} {100 + k % 2} USD {own}" for k, own in enumerate(when)]),
        internal(*[f"i{k} {100 + k % 2} USD {own}" for k, own in enumerate(when)]),
    )


def test_only_pairs_that_are_listed_count_for_the_limit() -> None:
    sides = every_half_hour()
    near = [rule(wb.Criterion("amount", "equals", "0.5"), wb.Criterion("date", "equals", 3600))]
    result = wb.reconcile(*sides, rules=near, max_candidates=94)  # the dates of more are looked at
    assert result.summary.rules[0].candidates == 94
    with pytest.raises(wb.RuleTooBroad, match="would weigh 94 pairs, more than the 93"):
        wb.reconcile(*sides, rules=near, max_candidates=93)


def test_of_pairs_that_are_sorted_and_never_listed_five_count_as_one() -> None:
    sides = every_half_hour()
    same = [rule(wb.Criterion("amount"), wb.Criterion("date", "equals", 3600))]
    assert wb.reconcile(*sides, rules=same, max_candidates=12).summary.rules[0].candidates == 56
    with pytest.raises(wb.RuleTooBroad, match="would weigh 56 pairs, more than the 55"):
        wb.reconcile(*sides, rules=same, max_candidates=11)


def test_near_misses_say_what_failed_and_what_would_do() -> None:
    e = external("e1 102 USD 2026-01-01")
    i = internal("i1 100 USD 2026-01-03", "i2 500 USD 2026-01-01")
    close = rule(wb.Criterion("amount", "equals", 0.01), wb.Criterion("date", "equals", 86400))
    misses = wb.reconcile(e, i, rules=[close]).near_misses
    first = misses[misses["rank"] == misses["rank"][misses["internal_transaction_id"] == "i1"].iloc[0]]
    assert first["field"].tolist() == ["amount", "date"]
    assert first["off_by"].tolist() == [Decimal(1), Decimal(86400)]
    assert first["smallest_drift"].tolist() == [Decimal("0.02"), Decimal(172800)]
    assert first["explanation"].tolist() == [
        "amount differs by +2, 1 allowed",
        "date is 2 days earlier, 1 day allowed",
    ]
    for drift, field in zip(first["smallest_drift"], ["amount", "date"], strict=True):
        assert pairs(wb.reconcile(e, i, rules=[rule(wb.Criterion(field, "equals", drift))]))


def test_a_candidate_that_was_lost_to_a_better_pair_is_said() -> None:
    e = external("e1 5 USD 2026-01-01", "e2 5 USD 2026-01-02")
    result = wb.reconcile(e, internal("i1 5 USD 2026-01-01"), rules=[rule(AMOUNT, name="Same")])
    assert result.unmatched_external["reason"].tolist() == [
        "met rule 'Same', but every candidate made a better pair: i1 with e1"
    ]


def test_control_totals_count_rejected_records_and_tie_out() -> None:
    e = wb.read_external(
        [
            {"id": "e1", "amount": "5", "currency": "USD", "date": "2026-01-01"},
            {"id": "e1", "amount": "7.5", "currency": "USD", "date": "2026-01-01"},
            {"id": "e2", "amount": "abc", "currency": "EUR", "date": "2026-01-01"},
        ],
        on_bad="reject",
    )
    result = wb.reconcile(e, internal("i1 5 USD 2026-01-01"))
    totals = result.control_totals[result.control_totals["side"] == "external"].set_index("currency")
    assert totals["records_in"].to_dict() == {"EUR": 1, "USD": 2}
    assert totals["records_rejected"].to_dict() == {"EUR": 1, "USD": 1}
    assert totals["amount_in"]["USD"] == Decimal("12.5")
    assert pd.isna(totals["amount_in"]["EUR"])  # what cannot be read is not 0
    assert len(result.rejected) == 2


def test_every_column_of_an_unmatched_record_comes_out() -> None:
    e = external("e1 5 USD 2026-01-01", branch="Zürich")
    result = wb.reconcile(e, internal("i1 6 USD 2026-01-01"), rules=[rule(AMOUNT)])
    assert result.unmatched_external["branch"].tolist() == ["Zürich"]


@pytest.mark.parametrize("title", ["reason", "Reason", "REASON"])
def test_a_reason_of_the_input_stands_beside_ours(title: str) -> None:
    e = external("e1 5 USD 2026-01-01", **{title: "refund", "record_reason": "theirs too"})
    result = wb.reconcile(e, internal("i1 6 USD 2026-01-01", **{title: "fee"}), rules=[rule(AMOUNT)])
    [open_e], [open_i] = (each.to_dict("records") for each in (result.unmatched_external, result.unmatched_internal))
    assert (open_e["reason"], open_i["reason"]) == (
        "nothing open on the internal side met any rule",
        "nothing open on the external side met any rule",
    )
    assert (open_e["record_reason"], open_e["record_reason_"], open_i["record_reason"]) == (
        "theirs too",
        "refund",
        "fee",
    )


def test_open_records_carry_what_they_count_as() -> None:
    booked = {"transaction_id": "i1", "amount": "6", "currency": "USD", "created_at": "2026-01-02", "source": "b1"}
    ledger = wb.read_internal([booked | {"effective_date": "2026-01-01", "Counted_Amount": "theirs"}])
    result = wb.reconcile(
        external("e1 5 USD 2026-01-03"), ledger, rules=[rule(AMOUNT)], balance_id="b1", internal_date="effective_date"
    )
    [open_e], [open_i] = (each.to_dict("records") for each in (result.unmatched_external, result.unmatched_internal))
    assert (open_e["counted_amount"], open_i["counted_amount"]) == (5, -6)
    assert (f"{open_e['compared_date']:%F}", f"{open_i['compared_date']:%F}") == ("2026-01-03", "2026-01-01")
    assert open_i["record_counted_amount"] == "theirs"


def test_who_was_left_out_and_why() -> None:
    rows = [
        {"transaction_id": "i1", "amount": "5", "currency": "USD", "created_at": "2026-01-01", "status": "VOID"},
        {"transaction_id": "i2", "amount": "6", "currency": "USD", "created_at": "2026-01-01", "status": ""},
        {"transaction_id": "i3", "amount": "7", "currency": "USD", "created_at": "2026-01-01", "status": "APPLIED"},
        {"transaction_id": "i4", "amount": "8", "currency": "USD", "created_at": "2026-01-01", "status": " applied "},
    ]
    ledger = wb.read_internal([row | {"source": "b1" if row["transaction_id"] == "i4" else "b2"} for row in rows])
    result = wb.reconcile(external("e1 5 USD 2026-01-01"), ledger, balance_id="b1")
    excluded = result.excluded
    assert excluded[["side", "id", "amount", "reason"]].values.tolist() == [
        ["internal", "i1", 5, "its status takes no part: VOID"],
        ["internal", "i2", 6, "its status takes no part: none"],
        ["internal", "i3", 7, "does not touch balance b1"],
    ]
    totals = result.control_totals.set_index("side").loc["internal"]
    assert (totals["records_excluded"], totals["amount_excluded"]) == (3, excluded["amount"].sum())
    assert wb.reconcile(external("e1 5 USD 2026-01-01"), ledger, statuses=None).excluded.empty


def test_a_drift_of_more_than_all_time_allows_every_date() -> None:
    e, i = (
        external("e1 5 USD 2026-01-01", "e2 9 USD 2026-01-01"),
        internal("i1 5 USD 1926-01-01", "i2 8 USD 2026-01-01"),
    )
    result = wb.reconcile(e, i, rules=[rule(AMOUNT, wb.Criterion("date", "equals", 10**30))])
    assert pairs(result) == {("e1", "i1")}
    assert result.near_misses["field"].tolist() == ["amount"]


def test_many_currencies_over_all_time_stay_apart_however_small_the_drift() -> None:
    """Blocks times microseconds pass 64 bits: counted modulo 2**64, the first currency would be the 65th."""
    first = datetime(1, 1, 2, tzinfo=UTC)
    last = (first + timedelta(microseconds=2**58 - 3)).isoformat()
    codes = [f"C{n:02}" for n in range(70)]
    charges = [{"id": code, "amount": "1", "currency": code, "date": first.isoformat()} for code in codes[:6]]
    dates = [(first + timedelta(microseconds=1_000_001)).isoformat(), *[last] * 63, *[first.isoformat()] * 6]
    entries = [
        {"transaction_id": code, "amount": "1.005", "currency": code, "created_at": date}
        for code, date in zip(codes, dates, strict=True)
    ]
    near = {"id": "near", "amount": "1", "currency": "C69", "date": "0001-01-02T00:00:00.000001"}
    rule = wb.Rule("near", [wb.Criterion("amount", allowable_drift=0.01), wb.Criterion("date", allowable_drift="1e-6")])
    both = wb.read_external([*charges, near]), wb.read_internal(entries)
    result = wb.reconcile(*both, strategy="one_to_one", grouping_criteria=None, rules=[rule])
    assert result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist() == [
        ["near", "C69"]
    ]


def test_words_of_small_numbers() -> None:
    e = external("e1 0.000000000000000024 USD 2026-01-01T00:00:02")
    i = internal("i1 0.000000000000000012 USD 2026-01-01")
    near = wb.reconcile(e, i, rules=[rule(AMOUNT, wb.Criterion("date", "equals", 1))]).near_misses
    assert near["explanation"].tolist() == [
        "amount differs by +0.000000000000000012, 0.00 allowed",
        "date is 2 seconds later, 1 second allowed",
    ]


@pytest.mark.parametrize("day", ["1969-12-30", "1979-12-30", "0001-01-01"])
def test_records_of_a_day_are_a_group_before_1970_too(day: str) -> None:
    e, i = external(f"e1 30 USD {day}"), internal(f"i1 10 USD {day}", f"i2 20 USD {day}")
    assert pairs(wb.reconcile(e, i, strategy="one_to_many", grouping_criteria="created_at")) == {
        ("e1", "i1"),
        ("e1", "i2"),
    }


def test_progress_tells_of_each_stage() -> None:
    told: list[tuple[str, int, int]] = []
    wb.reconcile(
        external("e1 5 USD 2026-01-01"),
        internal("i1 5 USD 2026-01-01"),
        rules=[rule(AMOUNT, name="Same")],
        progress=lambda *stage: told.append(stage),
    )
    assert [stage for stage, _, _ in told] == [
        "preparing records",
        "rule 'Same'",
        "explaining what is open",
        "done",
    ]
    assert told[-1][1] == told[-1][2]


def test_inputs_of_the_wrong_side_are_refused() -> None:
    e, i = external("e1 5 USD 2026-01-01"), internal("i1 5 USD 2026-01-01")
    with pytest.raises(wb.SettingsError, match=r"external takes what .*, but <list of dicts> was read"):
        wb.reconcile(i, e)
    with pytest.raises(wb.SettingsError, match=r"internal takes what .*, not a DataFrame"):
        wb.reconcile(e, i.to_pandas())  # type: ignore[arg-type]


@pytest.mark.parametrize("backwards", [False, True])
def test_texts_that_are_nearest_pair_before_amounts_and_dates_are_looked_at(backwards: bool) -> None:
    """Two invoices of one amount: each payment goes to the one it names, however near in time the other is."""
    external = [
        {"id": "b1", "date": "2025-12-05", "amount": 100, "currency": "EUR", "reference": "INV-2025-00014"},
        {"id": "b2", "date": "2025-12-01", "amount": 100, "currency": "EUR", "reference": "INV-2025-0022"},
        {"id": "b3", "date": "2025-12-03", "amount": 100, "currency": "EUR", "reference": "inv-2025-00031 thank you"},
    ]
    internal = [
        {"transaction_id": f"t{n}", "amount": 100, "currency": "EUR", "reference": reference, "created_at": day}
        for n, reference, day in (
            (1, "INV-2025-00022", "2025-12-05"),
            (2, "INV-2025-00014", "2025-12-01"),
            (3, "INV-2025-00031", "2025-12-09"),
        )
    ]
    if backwards:
        external, internal = external[::-1], internal[::-1]
    rule = wb.Rule("nearly", [wb.Criterion("reference", "contains", 20), wb.Criterion("amount")])
    result = wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=[rule])
    pairs = result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    assert sorted(pairs) == [["b1", "t2"], ["b2", "t1"], ["b3", "t3"]]


def test_amounts_that_pass_64_bits_on_one_side_only() -> None:
    paid = wb.read_external([{"id": "e", "amount": "0.00", "currency": "EUR", "date": "2026-01-01", "reference": "a"}])
    booked = wb.read_internal(
        [
            {
                "transaction_id": "t",
                "amount": "97243130881538785.27",
                "currency": "EUR",
                "created_at": "2026-01-01",
                "reference": "a",
            }
        ]
    )
    result = wb.reconcile(paid, booked, rules=[wb.Rule("Reference", [wb.Criterion("reference")])])
    assert result.matches["amount_difference"].tolist() == [Decimal("-97243130881538785.27")]
