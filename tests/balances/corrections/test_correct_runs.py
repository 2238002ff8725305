"""Correcting several balances in one run and in several, what a run leaves, and what a plan says."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.balances.corrections.blnk_server import Book, Ledger, Trick, serving
from tests.balances.corrections.correcting import (
    CUT,
    DONE_AND_HANGS,
    DUE,
    ERROR,
    EXPECTED,
    GONE,
    HELD,
    correct_one,
    fields,
    states,
)
from workbench.balances.corrections.correct import correct, plan

ROOT = Path(__file__).parents[3]


def three() -> dict[str, Book]:
    return {f"bln_{number}": Book(HELD, (DUE[0] + number, DUE[1])) for number in (1, 2, 3)}


def expected_of(books: dict[str, Book]) -> dict[str, dict[str, str]]:
    return {name: fields(book.held, book.due) for name, book in books.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_each_balance_ends_in_its_own_state_in_the_order_given(journal: Path) -> None:
    books = three()
    expected = expected_of(books) | {"bln_9": EXPECTED}
    books["bln_2"].due = (7, 7)
    with serving(books) as ledger:
        report = correct(expected, ledger.url, journal=journal, timeout=2)
    assert report.to_pandas()[["balance_id", "state", "status"]].values.tolist() == [
        ["bln_1", "corrected", 200],
        ["bln_2", "differs", 200],
        ["bln_3", "corrected", 200],
        ["bln_9", "refused", 404],
    ]
    assert [path for _, path, _ in ledger.asked].count("/balances/bln_9") == 1  # no use in asking again
    assert report.end_state == "Of 4 balances: 2 corrected, 1 differs, 1 refused."
    assert report.counts == {"corrected": 2, "differs": 1, "refused": 1, "failed": 0, "not tried": 0}


def test_a_server_that_is_gone_is_left_alone_and_a_second_run_finishes(journal: Path) -> None:
    books = three() | {"bln_4": Book(HELD, DUE), "bln_5": Book(HELD, DUE)}
    expected, port = expected_of(books), free_port()
    url = f"http://127.0.0.1:{port}"
    report = correct(expected, url, journal=journal, timeout=0.1)
    assert states(report) == ["failed"] * 3 + ["not tried"] * 2
    assert report.corrections[0].detail == "reading the balance: no answer: Connection refused"
    assert report.end_state == (
        "Of 5 balances: 3 failed, 2 not tried (the ledger left 3 balances in a row without an answer): "
        "run again with the same journal to finish the rest."
    )
    with serving(books, port):
        assert states(correct(expected, url, journal=journal, timeout=2)) == ["corrected"] * 5


def test_a_server_that_answers_with_errors_is_not_gone(journal: Path) -> None:
    books = three() | {"bln_4": Book(HELD, DUE)}
    expected = expected_of(books)
    with serving(books) as ledger:
        ledger.tricks["POST"] = [ERROR] * 9
        report = correct(expected, ledger.url, journal=journal, timeout=0.3)
    assert states(report) == ["failed", "failed", "failed", "corrected"]


def test_a_server_that_fails_half_way_leaves_a_clear_end_state(journal: Path) -> None:
    books = three()
    expected = expected_of(books)
    with serving(books) as ledger:
        ledger.tricks["POST"] = [Trick(), ERROR, ERROR, ERROR, CUT]
        first = correct(expected, ledger.url, journal=journal, timeout=0.3)
        assert states(first) == ["corrected", "failed", "corrected"]
        ledger.asked.clear()
        second = correct(expected, ledger.url, journal=journal, timeout=2)
        assert states(second) == ["corrected"] * 3
        assert [path for method, path, _ in ledger.asked if method == "POST"] == ["/bln_2/metadata"]
        assert second.corrections[0].detail.startswith("proven at ")


def test_a_rebuild_that_could_not_be_seen_is_seen_by_the_next_run_without_asking_again(
    ledger: Ledger, journal: Path
) -> None:
    ledger.tricks["GET"] = [Trick(), GONE, GONE, GONE]
    assert states(correct_one(ledger, journal)) == ["failed"]
    assert states(correct_one(ledger, journal)) == ["corrected"]
    assert ledger.count("POST") == 1


def test_askings_of_earlier_runs_count(ledger: Ledger, journal: Path) -> None:
    ledger.tricks["POST"] = [ERROR, ERROR, ERROR]
    assert states(correct_one(ledger, journal, timeout=0.3)) == ["failed"]
    ledger.books["bln_1"].held = DUE
    assert "the last of 4 requests" in correct_one(ledger, journal).corrections[0].detail


def test_a_killed_run_is_finished_by_the_next(journal: Path) -> None:
    """Killed while the server has rebuilt the second balance and has not answered yet."""
    books = three()
    expected = expected_of(books)
    script = (
        "import json, pathlib, sys; from workbench.balances.corrections.correct import correct; "
        "correct(json.loads(sys.argv[1]), sys.argv[2], journal=pathlib.Path(sys.argv[3]), timeout=60)"
    )
    with serving(books) as ledger:
        ledger.tricks["POST"] = [Trick(), DONE_AND_HANGS]
        arguments = [sys.executable, "-c", script, json.dumps(expected), ledger.url, str(journal)]
        with subprocess.Popen(arguments, cwd=ROOT) as running:
            while ledger.count("POST") < 2 or books["bln_2"].held != books["bln_2"].due:
                assert running.poll() is None
                ledger.carried_out.wait(0.01)
            running.send_signal(signal.SIGKILL)
        ledger.asked.clear()
        report = correct(expected, ledger.url, journal=journal, timeout=2)
        assert states(report) == ["corrected"] * 3
        assert [path for method, path, _ in ledger.asked if method == "POST"] == ["/bln_3/metadata"]


def test_other_figures_or_another_ledger_are_another_correction(ledger: Ledger, journal: Path) -> None:
    correct_one(ledger, journal)
    ledger.books["bln_1"].held = (1, 0)
    moved = {"bln_1": fields((1, 0), DUE)}
    assert states(correct(moved, ledger.url, journal=journal, timeout=2)) == ["corrected"]
    assert ledger.count("POST") == 2
    with serving({"bln_1": Book(HELD, DUE)}) as other:
        assert states(correct_one(other, journal)) == ["corrected"]
        assert other.count("POST") == 1


def test_the_instant_of_our_own_run_does_not_make_another_correction(ledger: Ledger, journal: Path) -> None:
    correct_one(ledger, journal)
    ledger.asked.clear()
    later = {"bln_1": fields(HELD, DUE, executed_at="2026-11-21T00:00:00Z")}
    assert states(correct(later, ledger.url, journal=journal, timeout=2)) == ["corrected"]
    assert ledger.asked == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_taken_ends_the_run(journal: Path, status: int) -> None:
    books = three()
    with serving(books) as ledger:
        ledger.always["POST"] = Trick(status=status, carried_out=False)
        report = correct(expected_of(books), ledger.url, journal=journal, timeout=2)
        assert states(report) == ["refused", "not tried", "not tried"]
        assert "WORKBENCH_BLNK_KEY" in report.corrections[0].detail
        assert ledger.count("POST") == 1


def test_nothing_to_correct_is_fine(journal: Path) -> None:
    report = correct({}, "http://127.0.0.1:9", journal=journal)
    assert (report.exit_code, report.end_state) == (0, "No balance differs: nothing to correct.")
    assert report.to_pandas().shape == (0, 5)


def test_progress_is_told_before_each_balance(journal: Path) -> None:
    told: list[tuple[str, int, int]] = []
    books = three()
    with serving(books) as ledger:
        correct(expected_of(books), ledger.url, journal=journal, timeout=2, progress=lambda *step: told.append(step))
    assert told == [("bln_1", 0, 3), ("bln_2", 1, 3), ("bln_3", 2, 3), ("done", 3, 3)]


def test_a_plan_asks_nothing_and_writes_nothing(ledger: Ledger, journal: Path) -> None:
    report = plan({"bln_1": EXPECTED}, ledger.url + "/", journal=journal)
    assert states(report) == ["not tried"]
    assert report.corrections[0].detail == f"POST {ledger.url}/bln_1/metadata"
    assert report.end_state == "Of 1 balance: 1 not tried (this is the plan: nothing was asked)."
    assert ledger.asked == []
    assert not journal.exists()


def test_a_plan_leaves_out_what_the_journal_proves(ledger: Ledger, journal: Path) -> None:
    correct_one(ledger, journal)
    written = journal.read_bytes()
    report = plan({"bln_1": EXPECTED, "bln_2": EXPECTED}, ledger.url, journal=journal)
    assert states(report) == ["corrected", "not tried"]
    assert journal.read_bytes() == written
