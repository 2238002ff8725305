"""Hostile inputs: a slice of the trials, and that what judges them would see a fault."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

import workbench as wb
from benchmarks.hostile import trials
from benchmarks.hostile.__main__ import count, tried_again
from benchmarks.hostile.guard import TooLong, guarded
from benchmarks.hostile.made import Made, judge
from benchmarks.hostile.tally import Tally, load, table

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
    tally = count(tmp_path, Tally(seed=3), 24)
    assert sum(sum(outcomes.values()) for outcomes in tally.counts.values()) == 24
    assert not tally.faults, capsys.readouterr().out


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


def test_a_tally_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter(["read", "crashed", "refused"])
    for kind in trials.TRIALS:
        monkeypatch.setitem(trials.TRIALS, kind, lambda _folder, _chance: (next(outcomes), "so"))
    kept = tmp_path / "tally.json"
    count(tmp_path, Tally(seed=3), 2).save(kept)
    whole = count(tmp_path, load(kept), 3)
    assert (whole.done, [fault[0] for fault in whole.faults]) == (3, [1])
    assert table([whole])[-1] == "| all | 3 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |"


@pytest.mark.parametrize(
    ("faults", "left", "sentence"),
    [
        (0, 0, "No fault came up."),
        (1, 0, "1 fault came up on the way; tried again with the code of now, none came up again."),
        (1, 1, "1 fault came up on the way; tried again with the code of now, 1 came up again."),
        (1200, 3, "1,200 faults came up on the way; tried again with the code of now, 3 came up again."),
    ],
)
def test_the_page_counts_faults_in_a_sentence(faults: int, left: int, sentence: str) -> None:
    assert tried_again(faults, left) == sentence
