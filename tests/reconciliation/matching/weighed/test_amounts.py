"""Amounts as evidence: how many of them chance has so near."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import workbench as wb
from workbench.reconciliation.learn import pool_of
from workbench.reconciliation.matching.weighed.amounts import PARTS, Among
from workbench.reconciliation.matching.weighed.open_units import OpenUnits
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import START


def test_a_wide_span_has_half_of_what_is_there_and_half_of_what_is_near_it() -> None:
    """Beside 100.00 are 100.00 twice, 19 amounts that are 1.10 more, and one that is 2.50 more."""
    amounts = ["100.00"] * 2 + ["101.10"] * 19 + ["102.50"]
    paid = [{"id": f"e{n}", "amount": own, "currency": "EUR", "date": "2026-03-02"} for n, own in enumerate(amounts)]
    booked = [{"transaction_id": "t", "amount": "100.00", "currency": "EUR", "created_at": "2026-03-02"}]
    pool = pool_of(wb.read_external(paid), wb.read_internal(booked), make_settings(rules=[wb.Weighed()]))
    units = OpenUnits.of(pool, np.arange(len(paid)), np.arange(1))
    among = Among.of(units, replace(START, learned_from=20))
    spans = {(span.low, span.high): number for number, span in enumerate(START.amount)}
    chosen = [(0, 0), (10_001, 15_000), (20_001, 30_000), (30_001, 50_000), (-1_000, -1)]
    own = np.zeros(len(chosen), np.int64), np.array([spans[span] for span in chosen])
    found = among.by_chance(1, *own)
    # All wide spans are 100,000 millionths wide and hold 20 amounts; a pair is not among those beside it.
    halves = [2 * 1, 18 + 20 * 0.05, 0 + 20 * 0.10, 0 + 20 * 0.20, 0 + 20 * 0.01]
    assert np.abs(found / PARTS - np.array(halves) / 2).max() <= 1 / PARTS
    usual = Among.of(units, START).by_chance(1, *own)
    assert (usual / PARTS).tolist() == [2, 19, 1, 1, 1]  # nothing was learned: each span has what is there
