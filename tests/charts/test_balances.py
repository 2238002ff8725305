"""The history of a balance is drawn whole, however long it is, in a few hundred points."""

from __future__ import annotations

import workbench as wb
from workbench.balances.rebuild import reconstruct
from workbench.charts.balances import POINTS, history, largest_differences

EVIL = "<b>x</b>"


def test_a_long_history_is_drawn_in_a_few_hundred_points_with_its_ends() -> None:
    count = 3 * POINTS
    balance = {"balance_id": EVIL, "currency": "EUR", "balance": "0", "credit_balance": "0", "debit_balance": "0"}
    rows = [
        {
            "transaction_id": f"{EVIL}{at}",
            "source": "world",
            "destination": EVIL,
            "precise_amount": "10000000000000000001",
            "precision": "100",
            "currency": "EUR",
            "status": "APPLIED",
            "created_at": f"2026-01-01T{at // 60:02}:{at % 60:02}:00Z",
        }
        for at in range(count)
    ]
    rebuilt = reconstruct(wb.read_balances([balance]), wb.read_internal(rows))
    chart = history(rebuilt.timeline(EVIL))
    replay = chart.data[0]
    assert POINTS / 2 <= len(replay.x) <= POINTS + 2
    assert replay.text[0] == "100,000,000,000,000,000.01 EUR"
    assert replay.text[-1] == "120,000,000,000,000,000,012.00 EUR"
    assert EVIL not in chart.to_json().replace("\\u003c", "<").replace("\\u003e", ">")


def test_the_largest_differences_stand_currency_by_currency() -> None:
    kinds = {"EUR": ("a", "b"), "JPY": ("c",), "USDC": ("d", "e")}
    units = {"a": 500, "b": -700, "c": 9, "d": 4_000_000, "e": 2_000_000}
    precisions = {"EUR": "100", "JPY": "1", "USDC": "1000000"}
    balances = [
        {"balance_id": name, "currency": currency, "balance": "0", "credit_balance": "0", "debit_balance": "0"}
        for currency, names in kinds.items()
        for name in names
    ]
    rows = [
        {
            "transaction_id": f"t{name}",
            "source": name if units[name] < 0 else "world",
            "destination": "world" if units[name] < 0 else name,
            "precise_amount": str(abs(units[name])),
            "precision": precisions[currency],
            "currency": currency,
            "created_at": "2026-01-01",
        }
        for currency, names in kinds.items()
        for name in names
    ]
    drawn = largest_differences(reconstruct(wb.read_balances(balances), wb.read_internal(rows))).data[0]
    assert list(zip(drawn.y, drawn.text, drawn.x, strict=True)) == [
        ("b (EUR)", "-7.00 EUR", -100),
        ("a (EUR)", "5.00 EUR", 500 / 7),
        ("c (JPY)", "9 JPY", 100),
        ("d (USDC)", "4 USDC", 100),
        ("e (USDC)", "2 USDC", 50),
    ]
