"""Sense: near misses in the order in which a person would look, and what a person would see at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.reconciliation.near_misses.sense import in_amounts
from workbench.reconciliation.weights import Weights

RULES = (
    wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")]),
    wb.Rule("Amount within 3 days", [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * 86_400)]),
)


def near(
    external: list[str], internal: list[str], rules: Sequence[wb.Rule] | None = RULES
) -> list[tuple[str, str, str]]:
    """The near misses by two rules, or by those proposed; records are written as ``id amount date reference``."""
    paid = [dict(zip(("id", "amount", "date", "reference"), row.split(), strict=True)) for row in external]
    booked = [
        dict(zip(("transaction_id", "amount", "created_at", "reference"), row.split(), strict=True)) for row in internal
    ]
    result = wb.reconcile(wb.read_external(paid, currency="EUR"), wb.read_internal(booked, currency="EUR"), rules=rules)
    names = ["external_transaction_id", "internal_transaction_id", "explanation"]
    return list(result.near_misses[names].itertuples(index=False, name=None))


def test_a_shared_reference_comes_before_an_amount_that_is_near() -> None:
    found = near(["e 10.00 2026-01-03 INV-77"], ["near 9.99 2026-01-03 Z-1", "same 99.00 2026-02-03 inv-77"])
    assert [(internal, said) for _, internal, said in found] == [
        ("same", "amount differs by -89.00, 0.00 allowed"),
        ("near", "amount differs by +0.01, 0.00 allowed"),
    ]


@pytest.mark.parametrize(
    ("amount", "seen"),
    [
        ("-45.00", ": it has the other sign"),
        ("54.00", ": two digits are swapped"),
        ("45.50", ""),
        ("44.00", ""),
        ("445.00", ": a digit is doubled"),
    ],
)
def test_what_one_sees_in_two_amounts_is_said(amount: str, seen: str) -> None:
    [(_, _, said), *_] = near(["e 45.00 2026-01-03 INV-1"], [f"i {amount} 2026-01-03 Z-1"])
    assert said.endswith(f"0.00 allowed{seen}")
    [(_, _, proposed), *_] = near(["e 45.00 2026-01-03 INV-1"], [f"i {amount} 2026-01-03 Z-1"], None)
    assert proposed == said


@pytest.mark.parametrize(
    ("amount", "mistyped"),
    [("1324.56", True), ("2134.56", True), ("11234.56", True), ("1432.56", False), ("1134.56", False)],
)
@pytest.mark.parametrize("others", [1, 50])
@pytest.mark.parametrize("zeros", ["", "0" * 20])
def test_a_mistyped_digit_comes_before_amounts_that_are_merely_near(
    amount: str, mistyped: bool, others: int, zeros: str
) -> None:
    nearer = [f"n{n} {1235 + n}{zeros}.00 2026-01-03 N-{n}" for n in range(others)]
    written = [number.replace(".56", f"{zeros}.56") for number in ("1234.56", amount)]
    [(_, first, _), *_] = near([f"e {written[0]} 2026-01-03 E-1"], [f"i {written[1]} 2026-01-03 I-1", *nearer])
    assert (first == "i") == mistyped


@pytest.mark.parametrize(("amount", "close"), [("4.99", False), ("5.00", True), ("20.00", True), ("20.01", False)])
def test_an_amount_of_less_than_half_or_more_than_twice_is_not_close(amount: str, close: bool) -> None:
    assert bool(near(["e 10.00 2026-01-03 A-1"], [f"i {amount} 2026-01-03 Z-1"])) == close


@pytest.mark.parametrize(
    ("amount", "reference", "close"),
    [("10.00", "Z-1", True), ("12.00", "Z-1", False), ("12.00", "INV-77", True), ("-10.00", "Z-1", False)],
)
def test_in_another_currency_the_same_amount_or_reference_is_close(amount: str, reference: str, close: bool) -> None:
    paid = [{"id": "e", "amount": "10.00", "currency": "USD", "date": "2026-01-03", "reference": "INV-77"}]
    booked = [
        {"transaction_id": name, "amount": own, "currency": currency, "created_at": "2026-01-03", "reference": said}
        for name, own, currency, said in (("i", amount, "EUR", reference), ("near", "10.01", "USD", "Z-2"))
    ]
    result = wb.reconcile(
        wb.read_external(paid), wb.read_internal(booked), rules=[wb.Rule("Amount", [wb.Criterion("amount")])]
    )
    columns = ["internal_transaction_id", "internal_currency", "amount_difference", "field", "explanation"]
    rows = result.near_misses.sort_values("rank")[columns].astype(object)
    usd = ["near", "USD", Decimal("-0.01"), "amount", "amount differs by -0.01, 0.00 allowed"]
    eur = ["i", "EUR", None, "currency", "currency is USD, not EUR"]
    assert rows.where(rows.notna(), None).to_numpy().tolist() == ([eur] if close else []) + [usd]
    [first, *_] = wb.near_misses_of(result, "external", "e")
    assert (first.internal, first.mendable) == (("i", False) if close else ("near", True))


def test_a_rule_that_compares_no_amount_has_near_misses_of_any_amount() -> None:
    paid = wb.read_external([{"id": "e", "amount": 1, "currency": "EUR", "date": "2026-01-05"}])
    booked = wb.read_internal([{"transaction_id": "i", "amount": 99, "currency": "EUR", "created_at": "2026-01-03"}])
    result = wb.reconcile(paid, booked, rules=[wb.Rule("Day", [wb.Criterion("date", "equals", 86_400)])])
    assert result.near_misses["explanation"].tolist() == ["date is 2 days later, 1 day allowed"]


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6)), max_size=30))
def test_what_is_seen_is_what_trying_out_all_slips_finds(pairs: list[tuple[int, int]]) -> None:
    slips = [(one, int(f"{str(one)[0]}{one}") if one > 0 else one) for one, _ in pairs]  # so that there are some
    both = np.array([*pairs, *slips], np.int64).reshape(-1, 2)
    seen = in_amounts(both[:, 0], both[:, 1]).tolist()
    for (one, other), said in zip(both.tolist(), seen, strict=True):
        small, large = sorted((str(abs(one)), str(abs(other))), key=lambda digits: (len(digits), digits))
        padded, same_sign = small.zfill(len(large)), (one > 0) == (other > 0)
        places = range(len(large) - 1)
        swaps = {padded[:k] + padded[k + 1] + padded[k] + padded[k + 2 :] for k in places} - {padded}
        doubles = {small[: k + 1] + small[k:] for k in range(len(small))}
        assert ("sign" in said) == (one == -other != 0)
        assert ("doubled" in said) == (same_sign and one != other and large in doubles)
        assert ("swapped" in said) == (same_sign and large in swaps and large not in doubles)


def test_a_weighed_rule_allows_what_its_finding_says() -> None:
    """Of instants, 3 to 4 hours are usual: not 2 hours 59 minutes 59 seconds, though they are looked for from there."""
    weights = Weights.from_dict({**wb.Weighed().weights.to_dict(), "measure": "seconds", "date": [[10800, 14399, 200]]})
    row = {"amount": "9", "currency": "EUR"}
    external = wb.read_external([{"id": "e", "date": "2026-03-02T20:00:00Z", **row}])
    internal = wb.read_internal([{"transaction_id": "i", "created_at": "2026-03-02T10:00:00Z", **row}])
    result = wb.reconcile(external, internal, rules=[wb.Weighed(weights)])
    allowed = "date is 10 hours later, from 3 hours later to 4 hours later allowed"
    assert result.near_misses["explanation"].tolist() == [allowed]
