"""Months with known truth: two books of the same payments, each written as one side would write it.

A scenario is a function of a seed and a size. What is in it is invented; how it is disturbed stands in its docstring.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.quality.scenarios.books import Pair, Scenario
from benchmarks.quality.scenarios.dated import day_shift, two_currencies
from benchmarks.quality.scenarios.grouped import captures, duplicates, part_payments, payouts, remittances
from benchmarks.quality.scenarios.plain import (
    cards,
    cut_off,
    foreign_currency,
    micropayments,
    net_of_fees,
    references,
    subscriptions,
)
from benchmarks.quality.scenarios.written import (
    bank_references,
    check_digits,
    invoices,
    refunds,
    standing_orders,
    wages,
)

__all__ = ["SCENARIOS", "Pair", "Scenario"]

SCENARIOS: dict[str, Callable[[int, int], Scenario]] = {
    "cards": cards,
    "references": references,
    "bank references": bank_references,
    "subscriptions": subscriptions,
    "standing orders": standing_orders,
    "wages": wages,
    "cut-off": cut_off,
    "day shift": day_shift,
    "foreign currency": foreign_currency,
    "two currencies": two_currencies,
    "micropayments": micropayments,
    "net of fees": net_of_fees,
    "check digits": check_digits,
    "refunds": refunds,
    "duplicates": duplicates,
    "invoices": invoices,
    "part payments": part_payments,
    "captures": captures,
    "payouts": payouts,
    "remittances": remittances,
}
