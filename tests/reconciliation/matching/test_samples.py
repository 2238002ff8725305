"""Samples: both records of a pair, whatever the order, and as many as one may have."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

import workbench as wb
from workbench.engine import fetch
from workbench.reconciliation.learn import pool_of
from workbench.reconciliation.matching.samples import LONG, Sample, sample_of
from workbench.reconciliation.matching.weighed.open_units import some_of
from workbench.reconciliation.settings import make_settings


def books(count: int, days: int, random: Random | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """So many payments of different amounts over some days, each paid two days after it was booked."""
    paid, booked = [], []
    for n in range(count):
        day = date(2026, 1, 1) + timedelta(n * days // count)
        common = {"amount": f"{1 + n * n}.{n % 100:02}", "currency": "EUR"}
        paid.append({"id": f"{n}", "date": (day + timedelta(2)).isoformat(), **common})
        booked.append({"transaction_id": f"{n}", "created_at": day.isoformat(), **common})
    if random:
        random.shuffle(paid)
        random.shuffle(booked)
    return paid, booked


def sampled(paid: list[Any], booked: list[Any], most: int, **settings: Any) -> tuple[Sample | None, set[str], set[str]]:
    """The sample, and the numbers of the payments of which it has the external and the internal record."""
    own, chosen = make_settings(**settings), {"external": wb.read_external(paid), "internal": wb.read_internal(booked)}
    sample = sample_of(chosen, own, most)  # type: ignore[arg-type]
    if sample is None:
        return None, set(), set()
    columns = [
        fetch(records.table.filter(sample.holds(own.counted(side, records))).select(id=records.table[name]))["id"]  # type: ignore[arg-type]
        for (side, records), name in zip(chosen.items(), ("id", "transaction_id"), strict=True)
    ]
    return sample, *(set(column.to_pylist()) for column in columns)


def test_all_records_are_learned_from_where_they_are_not_too_many() -> None:
    assert sampled(*books(50, 10), 50)[0] is None


def test_of_a_long_time_its_middle_is_taken() -> None:
    sample, paid, booked = sampled(*books(400, 800), 100)
    assert sample
    assert sample.amounts == ()
    assert 100 <= max(len(paid), len(booked)) <= 101
    assert len(paid & booked) >= 98


@pytest.mark.parametrize("most", [20, 100])
def test_of_a_short_time_pairs_of_some_amounts_are_taken(most: int) -> None:
    sample, paid, booked = sampled(*books(1000, 20), most)
    assert sample
    assert sample.last - sample.first >= LONG
    assert paid == booked
    assert most // 2 <= len(paid) <= most


def test_of_the_units_of_a_short_time_those_of_some_amounts_are_learned_from() -> None:
    paid, booked = books(1000, 20)
    pool = pool_of(wb.read_external(paid), wb.read_internal(booked), make_settings())
    units = some_of(pool, 100)
    own, others = (
        set(side.ids.take(chosen).to_pylist())
        for side, chosen in ((pool.external, units.external), (pool.internal, units.internal))
    )
    assert own == others
    assert 50 <= len(own) <= 100


def test_groups_are_not_torn_apart_by_their_amounts() -> None:
    sample, *_ = sampled(*books(1000, 20), 100, strategy="one_to_many", grouping_criteria="reference")
    assert sample
    assert sample.amounts == ()


def test_the_order_of_rows_makes_no_odds() -> None:
    assert sampled(*books(500, 20), 60) == sampled(*books(500, 20, Random(3)), 60)


def test_of_one_price_a_stretch_of_time_is_taken() -> None:
    paid, booked = books(300, 30)
    for row in (*paid, *booked):
        row["amount"] = "5.00"
    sample, own, _ = sampled(paid, booked, 50)
    assert sample
    assert sample.amounts == ()
    assert 50 <= len(own) <= 70
