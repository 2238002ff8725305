"""What is selected is compared exactly, whatever its size."""

from __future__ import annotations

import workbench as wb
from workbench.bench.reconciliation.selection import Sums, money_text, sums_of

MOST = "9" * 36
RULES = [wb.Rule("Reference", [wb.Criterion("reference")])]


def a_result(external: list[str], internal: list[str]) -> wb.Result:
    base = {"currency": "EUR"}
    return wb.reconcile(
        wb.read_external(
            [{"id": f"e{n}", "amount": each, "date": "2026-01-01", **base} for n, each in enumerate(external)]
        ),
        wb.read_internal(
            [
                {"transaction_id": f"i{n}", "amount": each, "created_at": "2026-01-01", **base}
                for n, each in enumerate(internal)
            ]
        ),
        rules=RULES,
    )


def amounts(sums: Sums) -> list[str | None]:
    return [None if money is None else money_text(money) for money in (sums.external, sums.internal, sums.difference)]


def test_no_digit_is_lost() -> None:
    result = a_result([MOST], [MOST, "0.01", "-0.02"])
    sums = sums_of(result, {"external": ["e0"], "internal": ["i0", "i1", "i2"]})
    assert amounts(sums) == [f"{int(MOST):,} EUR", f"{int(MOST) - 1:,}.99 EUR", "0.01 EUR"]


def test_one_side_alone_has_its_sum_and_records_that_are_not_open_have_none() -> None:
    result = a_result(["1.50", "2.50"], ["1.50"])
    assert amounts(sums_of(result, {"external": ["e1", "e0"]})) == ["4.00 EUR", "", "4.00 EUR"]
    assert amounts(sums_of(result, {"external": ["e1"], "internal": ["gone"]})) == ["2.50 EUR", None, ""]
    assert amounts(sums_of(result, {"external": ["e0"], "internal": ["i0"]})) == ["1.50 EUR", "1.50 EUR", ""]
    assert amounts(sums_of(result, {})) == ["", "", ""]


def test_what_leaves_the_balance_counts_negative() -> None:
    result = wb.reconcile(
        wb.read_external([{"id": "e", "amount": "-10", "currency": "EUR", "date": "2026-01-01"}]),
        wb.read_internal(
            [
                {"transaction_id": "i", "amount": "10", "currency": "EUR", "created_at": "2026-01-01",
                 "source": "cash ", "destination": "world"}
            ]
        ),
        rules=RULES,
        balance_id="cash",
    )  # fmt: skip
    assert amounts(sums_of(result, {"external": ["e"], "internal": ["i"]})) == ["-10 EUR", "-10 EUR", ""]
