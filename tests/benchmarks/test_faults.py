"""Planted faults: the books are the same every time, and their causes are found."""

from __future__ import annotations

from benchmarks.faults import run_seed
from benchmarks.planted_faults import DOUBLE, SINGLE, plant


def test_causes_of_planted_faults_are_found() -> None:
    outcomes = run_seed(1)
    single = [outcome for outcome in outcomes if outcome.what in SINGLE]
    double = [outcome for outcome in outcomes if outcome.what not in SINGLE]
    assert len(single) == 2 * 5 * len(SINGLE)
    assert sum(outcome.first for outcome in single) / len(single) > 0.9
    assert all(outcome.among for outcome in single)
    assert sum(outcome.among for outcome in double) / len(double) > 0.9
    assert sum(outcome.sure_and_wrong for outcome in outcomes) <= 1


def test_the_same_numbers_plant_the_same_faults() -> None:
    assert plant(1, 2, DOUBLE[0]).moved == plant(1, 2, DOUBLE[0]).moved
    assert plant(1, 2, DOUBLE[0]).moved != plant(2, 2, DOUBLE[0]).moved
