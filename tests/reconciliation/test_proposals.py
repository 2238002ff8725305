"""Proposals: sets that sum up, and an honest word on how many others there are."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import SettingsError
from workbench.reconciliation.proposals import propose

RULES = [wb.Rule("Reference", [wb.Criterion("reference")])]


def result(external: list[tuple[Any, ...]], internal: list[tuple[Any, ...]], **settings: Any) -> wb.Result:
    """Of amount, currency and day of January: ids are e0, e1, … and i0, i1, …"""
    paid = [
        {"id": f"e{n}", "amount": amount, "currency": currency, "date": f"2026-01-{day:02}"}
        for n, (amount, currency, day) in enumerate(external)
    ]
    booked = [
        {"transaction_id": f"i{n}", "amount": amount, "currency": currency, "created_at": f"2026-01-{day:02}",
         "source": source[0] if source else "x", "destination": "y"}
        for n, (amount, currency, day, *source) in enumerate(internal)
    ]  # fmt: skip
    return wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=RULES, **settings)


def test_three_entries_sum_to_a_deposit() -> None:
    found = propose(
        result(
            [("1210.53", "EUR", 5)], [("412.37", "EUR", 5), ("400.08", "EUR", 6), ("398.08", "EUR", 4), (9, "EUR", 5)]
        ),
        "external",
        "e0",
    )
    assert found.sets == (("i0", "i1", "i2"),)
    assert found.verdict == "only solution of up to 3 records, among the 4 open"


def test_others_are_counted() -> None:
    found = propose(
        result([("744.01", "EUR", 5)], [("412.37", "EUR", 5), ("331.64", "EUR", 5), ("331.64", "EUR", 5)]),
        "external",
        "e0",
    )
    assert found.sets == (("i0", "i1"), ("i0", "i2"))
    assert found.verdict == "1 other of 2 records, among the 3 open"


def test_a_budget_that_does_not_suffice_is_said() -> None:
    many = [(n * n, "EUR", 5) for n in range(2, 60)]
    found = propose(result([(1, "EUR", 5)], [(-amount, *rest) for amount, *rest in many] + many), "external", "e0",
                    budget=200)  # fmt: skip
    assert found.verdict.startswith("search stopped at its budget")


def test_other_currencies_and_far_days_are_left_out() -> None:
    books = result([(7, "EUR", 5)], [(4, "USD", 5), (3, "EUR", 5), (4, "EUR", 20)])
    found = propose(books, "external", "e0", within=timedelta(days=7))
    assert (found.sets, found.considered) == ((), 1)
    assert found.verdict == "no solution of up to 4 records, nor of more of the 26 nearest, among the 1 open"


def test_it_goes_the_other_way_and_signs_count_for_a_balance() -> None:
    books = result([(-4, "EUR", 5), (-3, "EUR", 5)], [(7, "EUR", 5, "bln")], balance_id="bln")
    assert propose(books, "internal", "i0").sets == (("e0", "e1"),)


def test_a_record_that_is_not_open_is_refused() -> None:
    with pytest.raises(SettingsError, match="'nobody' is no open external record"):
        propose(result([(7, "EUR", 5)], [(7, "EUR", 5)]), "external", "nobody")


@given(st.integers(-12, 12), st.lists(st.tuples(st.integers(-6, 6), st.integers(1, 20)), min_size=1, max_size=7))
def test_as_many_smallest_sets_as_there_are(target: int, entries: list[tuple[int, int]]) -> None:
    found = propose(
        result([(target, "EUR", 10)], [(a, "EUR", d) for a, d in entries]), "external", "e0", within=timedelta(days=7)
    )
    near = [n for n, (amount, day) in enumerate(entries) if amount and abs(day - 10) <= 7]
    for size in range(1, 5):
        sets = {each for each in combinations(near, size) if sum(entries[n][0] for n in each) == target}
        if sets:
            assert {tuple(int(name[1:]) for name in each) for each in found.sets} <= sets
            assert found.count == len(sets)
            return
    larger = (each for size in range(5, len(near) + 1) for each in combinations(near, size))
    sets = {each for each in larger if sum(entries[n][0] for n in each) == target}
    assert {tuple(int(name[1:]) for name in each) for each in found.sets} <= sets
    assert (found.count > 0) == bool(sets)


def test_the_window_is_as_wide_as_asked_else_a_week_and_then_a_month() -> None:
    books = result([(7, "EUR", 5)], [(7, "EUR", 15)])
    assert propose(books, "external", "e0", within=timedelta(days=9)).sets == ()
    assert propose(books, "external", "e0", within=timedelta(days=10)).sets == (("i0",),)
    assert propose(books, "external", "e0").sets == (("i0",),)
    nearer = result([(7, "EUR", 5)], [(7, "EUR", 15), (7, "EUR", 6)])
    assert propose(nearer, "external", "e0").sets == (("i1",),)


def test_blanks_around_the_source_do_not_turn_the_sign() -> None:
    found = propose(result([(-7, "EUR", 5)], [(4, "EUR", 5, " b "), (3, "EUR", 5, "b")], balance_id="b"),
                    "external", "e0")  # fmt: skip
    assert found.sets == (("i0", "i1"),)


def described(*internal: tuple[Any, ...], paid: tuple[Any, str] = (7, "")) -> wb.Result:
    """One payment of the 5th, and entries of amount, description and payout."""
    amount, text = paid
    external = [{"id": "e0", "amount": amount, "currency": "EUR", "date": "2026-01-05", "description": text}]
    booked = [
        {"transaction_id": f"i{n}", "amount": own, "currency": "EUR", "created_at": "2026-01-05", "description": said,
         "payout": payout[0] if payout else None}
        for n, (own, said, *payout) in enumerate(internal)
    ]  # fmt: skip
    return wb.reconcile(wb.read_external(external), wb.read_internal(booked), rules=RULES)


def test_records_of_one_customer_come_before_strangers() -> None:
    strangers = [(amount, "Shop") for amount in range(1, 7)]
    found = propose(
        described(*strangers, ("331.64", "Ada Falk"), ("412.37", "Falk, rest"), paid=("744.01", "FALK 2 invoices")),
        "external",
        "e0",
    )
    assert found.sets == (("i6", "i7"),)
    assert found.verdict == "only solution of up to 2 records, among the 2 open that share 'falk'"


def test_all_records_of_a_key_come_first() -> None:
    rows = [(1, "a", "p1"), (2, "b", "p1"), (4, "c", "p1"), (3, "d", "p2"), (4, "e", None), (9, "f", None)]
    found = propose(described(*rows), "external", "e0")
    assert found.sets == (("i0", "i1", "i2"),)
    assert found.shared == "payout"


def test_more_than_four_records_are_found() -> None:
    rows = [(10**n, "") for n in range(7)] + [(77, "")]
    found = propose(described(*rows, paid=(111111, "")), "external", "e0")
    assert found.sets == (tuple(f"i{n}" for n in range(6)),)
    assert found.verdict == "only solution of up to 6 records, among the 8 open"


def test_where_chance_gives_such_sets_one_is_not_told_as_the_only_one() -> None:
    primes = [n for n in range(100, 400) if all(n % k for k in range(2, 20))]
    pairs = [sum(pair) for pair in combinations(primes, 2)]
    target = next(total for total in range(300, 700) if pairs.count(total) == 1)
    found = propose(described(*((amount, "") for amount in primes), paid=(target, "")), "external", "e0")
    assert found.count == 1
    assert found.expected > 0.5
    assert found.verdict.startswith("1 set of 2 records, among the")
    assert "; chance alone would give about" in found.verdict


def test_the_nearest_set_comes_first() -> None:
    found = propose(
        result([(7, "EUR", 5)], [(4, "EUR", 9), (3, "EUR", 9), (4, "EUR", 5), (3, "EUR", 4)]), "external", "e0"
    )
    assert found.sets[0] == ("i2", "i3")
    assert found.count == 4
