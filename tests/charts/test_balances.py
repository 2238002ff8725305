"""The history of a balance is drawn whole, however long it is, in a few hundred points."""

from __future__ import annotations

import workbench as wb
from workbench.balances.rebuild import reconstruct
from workbench.charts.balances import POINTS, history

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
    assert replay.text[0] == "10,000,000,000,000,000,001"
    assert replay.text[-1] == "12,000,000,000,000,000,001,200"
    assert EVIL not in chart.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
