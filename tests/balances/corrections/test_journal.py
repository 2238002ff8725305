"""The journal of corrections: what it tells, when it is written, and which files it is kept in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.balances.corrections.blnk_server import RESULT, Ledger
from tests.balances.corrections.correcting import (
    STOOD,
    correct_one,
    lines,
    states,
)
from workbench.errors import SourceError


def test_the_journal_tells_what_was_asked_and_answered(ledger: Ledger, journal: Path) -> None:
    correct_one(ledger, journal)
    told = lines(journal)
    assert [line["event"] for line in told] == ["begin", "look", "answer", "ask", "answer", "look", "answer", "outcome"]
    assert {line["ledger"] for line in told} == {ledger.url}
    assert told[3]["request"] == f"POST {ledger.url}/bln_1/metadata"
    assert told[3]["stood"] == STOOD["executed_at"]
    assert told[6][RESULT] == ledger.books["bln_1"].meta_data[RESULT]
    assert (told[6]["status"], told[6]["credit_balance"]) == (200, 119600)
    assert told[7]["state"] == "corrected"
    assert "Ann" not in journal.read_text("utf-8")  # other metadata is nobody's business


def test_an_asking_is_on_record_before_it_is_sent(ledger: Ledger, journal: Path) -> None:
    found: list[object] = []
    ledger.on_post = lambda: found.append(lines(journal)[-1]["event"])
    correct_one(ledger, journal)
    assert found == ["ask"]


def test_a_torn_last_line_is_looked_up_again(ledger: Ledger, journal: Path) -> None:
    correct_one(ledger, journal)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    ledger.asked.clear()
    assert states(correct_one(ledger, journal)) == ["corrected"]
    assert [method for method, _, _ in ledger.asked] == ["GET"]
    assert journal.read_bytes().startswith(whole[:-40] + b"\n")
    assert states(correct_one(ledger, journal)) == ["corrected"]
    assert len(ledger.asked) == 1


def test_a_file_that_is_no_journal_is_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    statement = tmp_path / "statement.csv"
    statement.write_text("id,amount\n1,5\n")
    with pytest.raises(SourceError, match=r"statement\.csv is not a journal of corrections"):
        correct_one(ledger, statement)
    assert statement.read_text() == "id,amount\n1,5\n"
    assert ledger.asked == []


@pytest.mark.parametrize("path", [".", "missing/journal.ndjson"])
def test_a_journal_that_cannot_be_opened_stops_before_anything_is_asked(
    ledger: Ledger, tmp_path: Path, path: str
) -> None:
    with pytest.raises(SourceError, match="the journal"):
        correct_one(ledger, tmp_path / path)
    assert ledger.asked == []


def test_nothing_is_asked_that_cannot_be_put_on_record(
    ledger: Ledger, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SourceError, match="cannot write the journal"):
        correct_one(ledger, journal)
    assert ledger.asked == []
