"""History: one balance replayed beside its snapshots."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.balances.books import at, book, ledger, snapshots
from workbench.balances.history import Totals
from workbench.balances.rebuild import reconstruct

LEDGER = (
    "t1 w b 100 APPLIED 2026-01-01",
    "t2 b w 30 APPLIED 2026-01-05",
    "t3 w b 7 QUEUED 2026-01-06",
    "t4 w b 50 APPLIED 2026-01-10",
    "t5 b b 5 APPLIED 2026-01-15",
    "t6 w b 9 APPLIED 2026-01-16 EUR",  # counts as any other
)
BALANCES = ("b 112 35", "w 30 150")


def values(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_steps_run_in_order_of_time_and_only_what_counts_moves_the_totals() -> None:
    steps = reconstruct(book(*BALANCES), ledger(*LEDGER[::-1])).timeline("b").steps
    assert values(steps, "transaction_id", "part", "debit", "credit", "running_balance") == [
        ("t1", "counted", 0, 100, 100),
        ("t2", "counted", 30, 0, 70),
        ("t3", "not applied", 0, 7, 70),
        ("t4", "counted", 0, 50, 120),
        ("t5", "counted", 5, 5, 120),
        ("t6", "counted", 0, 9, 129),
    ]
    assert values(steps, "running_debit", "running_credit")[-1] == (35, 164)
    assert steps["other_balance"].tolist() == ["w", "w", "w", "w", "b", "w"]


def test_the_first_snapshot_that_parts_from_the_replay_is_found_and_each_change_after_it() -> None:
    recorded = snapshots(
        "b 2026-01-12 107 30",  # t3 is in, t4 is not
        "b 2026-01-04 100 0",
        "b 2026-01-08 107 30",
        "w 2026-01-08 30 100",
        "b 2026-01-20 112 35",
    )
    timeline = reconstruct(book(*BALANCES), ledger(*LEDGER[:5]), snapshots=recorded).timeline("b")
    assert values(
        timeline.snapshots.iloc[:-1], "snapshot_time", "recorded_balance", "replayed_balance", "gap_balance"
    ) == [
        (at("2026-01-04"), 100, 100, 0),
        (at("2026-01-08"), 77, 70, -7),
        (at("2026-01-12"), 77, 120, 43),
        (at("2026-01-20"), 77, 120, 43),
    ]
    assert timeline.snapshots["diverges"].tolist() == [False, True, True, False, False]
    assert timeline.snapshots["snapshot_time"].isna().tolist() == [False, False, False, False, True]
    first, second = timeline.divergences
    assert (first.before.snapshot_time, first.check.snapshot_time, first.check.gap) == (
        at("2026-01-04"),
        at("2026-01-08"),
        Totals(0, -7, -7),
    )
    assert first.transaction_ids == ("t2", "t3")
    assert (second.before.gap, second.check.gap) == (Totals(0, -7, -7), Totals(0, 43, 43))
    assert second.transaction_ids == ("t4",)
    assert first.sentence == (
        "From 2026-01-04T00:00:00Z to the snapshot of 2026-01-08T00:00:00Z the gap between replay and record goes from "
        "0.00 USD to -0.07 USD (debit +0.00 USD, credit -0.07 USD); transactions in between: 2."
    )


def test_a_record_that_parted_after_the_last_snapshot_parts_at_the_record_itself() -> None:
    timeline = reconstruct(
        book("b 100 30", "w 0 0"), ledger(*LEDGER[:4]), snapshots=snapshots("b 2026-01-08 100 30")
    ).timeline("b")
    [divergence] = timeline.divergences
    assert (divergence.before.snapshot_time, divergence.check.snapshot_time) == (at("2026-01-08"), None)
    assert divergence.transaction_ids == ("t4",)


def test_a_snapshot_at_the_instant_of_a_transaction_holds_it() -> None:
    recorded = snapshots("b 2026-01-05 100 30")
    timeline = reconstruct(book("b 150 30", "w 30 150"), ledger(*LEDGER[:4]), snapshots=recorded).timeline("b")
    assert timeline.divergences == ()


def test_as_of_leaves_out_later_snapshots_and_does_not_count_later_transactions() -> None:
    recorded = snapshots("b 2026-01-05 100 30", "b 2026-01-12 150 30")
    rebuilt = reconstruct(book("b 100 30", "w 0 0"), ledger(*LEDGER), snapshots=recorded, as_of="2026-01-09")
    timeline = rebuilt.timeline("b")
    assert [check.snapshot_time for check in timeline.checks] == [at("2026-01-05"), None]
    assert timeline.divergences == ()
    assert timeline.steps["part"].tolist()[3:] == ["later"] * 3


def test_a_balance_without_transactions_has_an_empty_history() -> None:
    timeline = reconstruct(book("b 0 0", "idle 4 0"), ledger(*LEDGER)).timeline("idle")
    assert timeline.steps.empty
    assert timeline.snapshots["gap_balance"].tolist() == [-4]
    assert [divergence.transaction_ids for divergence in timeline.divergences] == [()]
