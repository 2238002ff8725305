"""Files written from random records in random layouts come back exactly, or as a question; never as other records."""

from __future__ import annotations

import pytest

from benchmarks.layouts import run_seed
from benchmarks.random_layouts import write


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_records_come_back_or_are_asked_for(first: int) -> None:
    outcomes = [run_seed(seed) for seed in range(first, first + 10)]
    assert [outcome for outcome in outcomes if outcome[1] not in {"exact", "asked"}] == []


def test_the_same_number_writes_the_same_file_and_numbers_differ() -> None:
    assert write(7) == write(7)
    assert len({write(seed).content for seed in range(50)}) == 50
