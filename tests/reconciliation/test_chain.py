"""The journal is a chain: what is changed, removed, put in or dated back is seen by whoever reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.errors import SourceError
from workbench.reconciliation.decisions.chain import START, line_hash

PAID = wb.read_external(
    [{"id": f"e{n}", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"} for n in range(1, 6)]
)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Four decisions."""
    path = tmp_path / "decisions.jsonl"
    for number in range(1, 5):
        decided = wb.decide({"external": PAID}, "exclude", external=[f"e{number}"], why="a test", by="ana")
        wb.add_decision(path, decided)
    return path


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def values_of(line: str) -> dict[str, Any]:
    return dict(json.loads(line))


def test_each_line_carries_the_hash_of_the_line_before(journal: Path) -> None:
    lines = lines_of(journal)
    assert [values_of(line)["previous"] for line in lines] == [START, *map(line_hash, lines[:-1])]
    read = wb.read_decisions(journal)
    assert (read.unchained, read.head, len(read.decisions)) == (0, line_hash(lines[-1]), 4)


def changed(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("a test", "a fraud"), *lines[2:]]


def put_in(lines: list[str]) -> list[str]:
    forged = values_of(lines[1]) | {"id": "forged"}
    return [*lines[:2], json.dumps(forged), *lines[2:]]


def put_in_without_hash(lines: list[str]) -> list[str]:
    forged = {name: value for name, value in values_of(lines[1]).items() if name != "previous"}
    return [*lines, json.dumps(forged | {"id": "forged"})]


def dated_back(lines: list[str]) -> list[str]:
    last = values_of(lines[-1]) | {"at": "2025-01-01T00:00:00Z"}
    return [*lines[:-1], json.dumps(last)]


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (changed, "line 3 does not follow: a line before it was changed, removed or put in"),
        (lambda lines: [lines[0], *lines[2:]], "line 2 does not follow"),
        (lambda lines: lines[1:], "line 1 does not follow"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "line 1 does not follow"),
        (put_in, "line 3 does not follow"),
        (put_in_without_hash, "line 5 carries no hash, but the line before does: it was put in"),
        (dated_back, "line 4 is dated before the line above it"),
    ],
)
def test_what_was_done_to_a_journal_is_seen(journal: Path, forge: Any, reason: str) -> None:
    journal.write_text("\n".join(forge(lines_of(journal))) + "\n", "utf-8")
    with pytest.raises(SourceError, match=reason):
        wb.read_decisions(journal)
    decided = wb.decide({"external": PAID}, "exclude", external=["e5"], why="a test")
    with pytest.raises(SourceError, match=reason):  # nothing is added to it either
        wb.add_decision(journal, decided)


def test_a_journal_of_an_older_version_is_read_and_the_chain_begins_after_it(journal: Path) -> None:
    old = [{name: value for name, value in values_of(line).items() if name != "previous"} for line in lines_of(journal)]
    journal.write_text("".join(f"{json.dumps(each)}\n" for each in old[:2]), "utf-8")
    decided = wb.decide({"external": PAID}, "exclude", external=["e5"], why="a test")
    wb.add_decision(journal, decided)
    read = wb.read_decisions(journal)
    assert (read.unchained, [each.previous is None for each in read.decisions]) == (2, [True, True, False])


def test_a_clock_that_is_behind_dates_no_line_back(journal: Path) -> None:
    decided = wb.decide({"external": PAID}, "exclude", external=["e5"], why="a test")
    wb.add_decision(journal, replace(decided, at="2020-01-01T00:00:00Z"))
    dates = [decision.at for decision in wb.read_decisions(journal).decisions]
    assert dates == sorted(dates)
