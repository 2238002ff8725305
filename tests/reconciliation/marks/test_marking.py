"""Marks on the ledger: only what it then shows is believed, and nobody else's mark is written over."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.balances.corrections.blnk_server import Entry, Ledger, Trick, serving
from workbench.cli import run
from workbench.errors import SourceError
from workbench.reconciliation.marks.marking import Mark, MarkReport, mark, plan_marks
from workbench.runs.folder.run_folder import write_run

WHEN = "2026-02-01T00:00:00Z"
GONE = Trick(sent=0, carried_out=False)  # the connection is closed, and nothing was done
DONE_AND_GONE = Trick(sent=0)
ERROR = Trick(status=500, carried_out=False)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A payment with its refund, which Blnk gave the metadata of the payment, and one that another run marked."""
    entries = {
        "txn_pay": Entry("", {"order": 7}),
        "txn_refund": Entry("txn_pay", {"order": 7}),
        "txn_none": Entry(),
        "txn_other": Entry("", {"reconciliation_id": "recon_0", "reconciled_transaction": "txn_other"}),
    }
    with serving({}, entries=entries) as running:
        yield running


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("WORKBENCH_BLNK_KEY", raising=False)
    return tmp_path / "marks.ndjson"


def marks(*names: str) -> list[Mark]:
    return [Mark(f"txn_{name}", "recon_1", f"match_{name}", WHEN) for name in names]


def states(report: MarkReport) -> list[str]:
    return [each.state for each in report.marks]


def shown(ledger: Ledger, name: str) -> list[Any]:
    meta_data = ledger.entries[f"txn_{name}"].meta_data or {}
    return [meta_data.get(key) for key in ("reconciliation_id", "match_id", "reconciled_at", "reconciled_transaction")]


def marked(name: str) -> list[str]:
    return ["recon_1", f"match_{name}", WHEN, f"txn_{name}"]


def test_matched_transactions_are_marked_and_keep_what_else_they_say(ledger: Ledger, journal: Path) -> None:
    report = mark(marks("pay", "none"), ledger.url, journal=journal)
    assert (states(report), report.exit_code) == (["marked", "marked"], 0)
    assert report.end_state == "Of 2 transactions: 2 marked."
    assert [shown(ledger, name) for name in ("pay", "none")] == [marked("pay"), marked("none")]
    assert ledger.entries["txn_pay"].meta_data["order"] == 7  # type: ignore[index]
    assert [path for method, path, _ in ledger.asked if method == "POST"] == ["/txn_pay/metadata", "/txn_none/metadata"]


def test_what_is_marked_already_is_not_asked_for_again(ledger: Ledger, journal: Path, tmp_path: Path) -> None:
    mark(marks("pay"), ledger.url, journal=journal)
    ledger.asked.clear()
    assert mark(marks("pay"), ledger.url, journal=journal).marks[0].detail.startswith("proven at")
    assert ledger.asked == []
    again = mark(marks("pay"), ledger.url, journal=tmp_path / "another.ndjson")
    assert (states(again), again.marks[0].detail, ledger.count("POST")) == (["marked"], "was so already", 0)


@pytest.mark.parametrize("order", [("pay", "refund"), ("refund", "pay")])
def test_a_parent_is_marked_before_its_child_since_blnk_writes_to_both(
    ledger: Ledger, journal: Path, order: tuple[str, str]
) -> None:
    report = mark(marks(*order), ledger.url, journal=journal)
    assert [each.transaction_id for each in report.marks] == [f"txn_{name}" for name in order]
    assert [shown(ledger, name) for name in order] == [marked(name) for name in order]
    assert ledger.count("POST") == 2


def test_the_mark_of_another_reconciliation_stays(ledger: Ledger, journal: Path) -> None:
    report = mark(marks("other", "none"), ledger.url, journal=journal)
    assert (states(report), report.exit_code) == (["differs", "marked"], 1)
    assert "recon_0" in report.marks[0].detail
    assert shown(ledger, "other")[0] == "recon_0"
    assert states(mark(marks("other"), ledger.url, journal=journal, undo=True)) == ["unmarked"]
    assert shown(ledger, "other")[0] == "recon_0"


def test_marks_are_taken_back_and_given_again(ledger: Ledger, journal: Path) -> None:
    both = marks("pay", "refund")
    mark(both, ledger.url, journal=journal)
    undone = mark(both, ledger.url, journal=journal, undo=True)
    assert (states(undone), undone.exit_code) == (["unmarked", "unmarked"], 0)
    assert shown(ledger, "pay") == shown(ledger, "refund") == [None] * 4
    assert ledger.entries["txn_pay"].meta_data["order"] == 7  # type: ignore[index]
    assert states(mark(both, ledger.url, journal=journal)) == ["marked", "marked"]
    assert [shown(ledger, name) for name in ("pay", "refund")] == [marked("pay"), marked("refund")]


@pytest.mark.parametrize("trouble", [[GONE], [DONE_AND_GONE], [ERROR, GONE]])
def test_trouble_that_passes_ends_in_a_mark(ledger: Ledger, journal: Path, trouble: list[Trick]) -> None:
    ledger.tricks["POST"] = list(trouble)
    assert states(mark(marks("pay"), ledger.url, journal=journal, timeout=1)) == ["marked"]
    assert shown(ledger, "pay") == marked("pay")


@pytest.mark.parametrize(
    ("trick", "state", "said"),
    [
        (
            Trick(status=403, carried_out=False),
            "refused",
            "master key: Blnk 0.15 has no scope for the path of metadata",
        ),
        (Trick(status=400, carried_out=False), "refused", "asking for the mark: answered 400"),
        (Trick(carried_out=False), "failed", "accepted, but it does not show"),
        (ERROR, "failed", "answered 500"),
    ],
)
def test_trouble_that_stays_is_said_and_never_called_marked(
    ledger: Ledger, journal: Path, trick: Trick, state: str, said: str
) -> None:
    ledger.always["POST"] = trick
    report = mark(marks("pay"), ledger.url, journal=journal, timeout=0.2)
    assert (states(report), report.exit_code) == ([state], 1)
    assert said in report.marks[0].detail
    ledger.always["POST"] = Trick()
    assert states(mark(marks("pay"), ledger.url, journal=journal)) == ["marked"]


def test_a_child_waits_for_its_parent(ledger: Ledger, journal: Path) -> None:
    ledger.tricks["POST"] = [Trick(status=400, carried_out=False)]
    report = mark(marks("refund", "pay"), ledger.url, journal=journal)
    assert states(report) == ["not tried", "refused"]
    assert states(mark(marks("refund", "pay"), ledger.url, journal=journal)) == ["marked", "marked"]
    assert shown(ledger, "refund") == marked("refund")


def test_a_transaction_that_is_not_there_is_refused(ledger: Ledger, journal: Path) -> None:
    report = mark(marks("nowhere"), ledger.url, journal=journal)
    assert (states(report), report.marks[0].status) == (["refused"], 404)


def test_a_server_that_is_gone_is_left_alone(journal: Path) -> None:
    with serving({}) as running:
        url = running.url
    report = mark(marks("a", "b", "c", "d"), url, journal=journal, timeout=0.2, attempts=1)
    assert states(report) == ["failed", "failed", "failed", "not tried"]
    assert report.end_state.endswith("run again with the same journal to finish the rest.")


def test_a_killed_run_is_finished_by_the_next(ledger: Ledger, journal: Path) -> None:
    ledger.always["POST"] = Trick(hangs=True)
    script = (
        "import pathlib, sys; from workbench.reconciliation.marks.marking import Mark, mark; "
        f"mark([Mark('txn_pay', 'recon_1', 'match_pay', {WHEN!r})], sys.argv[1], journal=pathlib.Path(sys.argv[2]))"
    )
    with subprocess.Popen([sys.executable, "-c", script, ledger.url, str(journal)]) as process:
        assert ledger.carried_out.wait(60)
        process.kill()
    ledger.always["POST"] = Trick()
    ledger.asked.clear()
    assert states(mark(marks("pay"), ledger.url, journal=journal)) == ["marked"]
    assert ledger.count("POST") == 0
    assert shown(ledger, "pay") == marked("pay")


def test_a_plan_asks_nothing_and_writes_nothing(ledger: Ledger, journal: Path) -> None:
    planned = plan_marks(marks("pay"), ledger.url, journal=journal)
    assert planned.marks[0].detail == f"POST {ledger.url}/txn_pay/metadata"
    assert (ledger.asked, journal.exists()) == ([], False)


def test_a_journal_of_something_else_is_refused(ledger: Ledger, journal: Path) -> None:
    journal.write_text('{"event": "begin", "ledger": "x"}\n')
    with pytest.raises(SourceError, match="is not a journal of marks"):
        mark(marks("pay"), ledger.url, journal=journal)
    assert ledger.asked == []


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that matched txn_pay and, as a group, txn_none."""
    paid = [{"id": f"e{n}", "amount": str(n), "currency": "EUR", "date": "2026-01-01"} for n in (1, 2)]
    booked = [
        {"transaction_id": name, "amount": amount, "currency": "EUR", "created_at": "2026-01-01"}
        for name, amount in [("txn_pay", "1"), ("txn_none", "2"), ("txn_other", "9")]
    ]
    result = wb.reconcile(wb.read_external(paid), wb.read_internal(booked))
    return write_run(result, tmp_path / "run")


def test_the_command_shows_its_plan_applies_it_and_takes_it_back(
    ledger: Ledger, journal: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--journal", str(journal)]
    assert run(["mark", str(folder), *to]) == 0
    assert "POST /txn_pay/metadata" in capsys.readouterr().out
    assert run(["mark", str(folder), *to, "--apply", ledger.url, "--dry-run"]) == 0
    assert ledger.asked == []
    capsys.readouterr()
    assert run(["mark", str(folder), *to, "--apply", ledger.url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert told["counts"]["marked"] == 2
    assert shown(ledger, "pay") == [summary["reconciliation_id"], "match_1", summary["completed_at"], "txn_pay"]
    assert run(["verify", str(folder)]) == 0
    assert run(["mark", str(folder), *to, "--apply", ledger.url, "--undo"]) == 0
    assert shown(ledger, "pay") == [None] * 4
    assert "Of 2 transactions: 2 unmarked." in capsys.readouterr().out


def test_the_command_refuses_what_it_cannot_trust(
    journal: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["mark", str(folder), "--journal", str(folder / "marks.ndjson")]) == 2
    assert "lies in the run's folder" in capsys.readouterr().err
    (folder / "summary.json").write_text("{}")
    assert run(["mark", str(folder), "--journal", str(journal)]) == 2
    assert "is not as the run wrote it" in capsys.readouterr().err
    assert run(["mark", str(tmp_path), "--journal", str(journal)]) == 2
    assert "is no folder that the workbench wrote" in capsys.readouterr().err
