"""Hostile inputs: a slice of the trials, and that what judges them would see a fault."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

import workbench as wb
from benchmarks.hostile import trials
from benchmarks.hostile.__main__ import count
from benchmarks.hostile.guard import TooLong, guarded
from benchmarks.hostile.made import Made, judge

ROWS = [
    {
        "id": f"e{at}",
        "amount": f"{at}.50",
        "currency": "EUR",
        "date": "2026-01-02",
        "reference": "r",
        "description": "d",
    }
    for at in range(4)
]


def test_some_hostile_inputs_are_refused_or_read_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = count(tmp_path, 24, seed=3)
    assert sum(sum(outcomes.values()) for outcomes in counts.values()) == 24
    assert not any(outcomes.keys() & {*trials.FAULTS} for outcomes in counts.values()), capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        (ROWS, "read exactly"),
        ([*ROWS[:1], *ROWS[2:]], "lost"),
        ([*ROWS[:2], ROWS[2] | {"amount": "25"}, ROWS[3]], "wrong"),
        ([*ROWS[:2], ROWS[2] | {"reference": "other"}, ROWS[3]], "wrong"),
    ],
)
def test_a_record_that_is_missing_or_another_is_seen(rows: list[dict[str, str]], outcome: str) -> None:
    assert judge(Made(ROWS, frozenset({1}), "csv"), wb.read_external(rows)) == outcome


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ZeroDivisionError("0"), ("crashed", "ZeroDivisionError: 0")),
        (wb.WorkbenchError("no"), ("refused", "")),
        (TooLong(), ("too slow", "")),
        (MemoryError(), ("too large", "")),
    ],
)
def test_whatever_a_trial_raises_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, outcome: tuple[str, str]
) -> None:
    def trial(_folder: Path, _chance: Random) -> trials.Outcome:
        raise fault

    monkeypatch.setitem(trials.TRIALS, "rules", trial)
    assert trials.run_trial("rules", tmp_path, Random(1)) == outcome


def test_what_takes_too_long_is_stopped_even_where_everything_is_caught() -> None:
    def endless() -> None:
        while True:
            with suppress(Exception):
                sum(range(1000))

    with pytest.raises(TooLong), guarded(seconds=0.05):
        endless()
