"""The command `reconstruct` from end to end, and that no password it is given stays anywhere."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from workbench.cli import run
from workbench.runs.folder.manifest import verify_run

DATA = Path(__file__).parents[2] / "data" / "balances"
BOOKS = [str(DATA / "balances.csv"), str(DATA / "ledger.csv"), "--snapshots", str(DATA / "snapshots.csv")]
BALANCED = ["--max-unbalanced", "2"]  # the sample ledger has planted errors in both of its currencies
SECRET = "s3cret-pass"


def test_it_writes_a_run_folder_and_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert run(["reconstruct", *BOOKS, *BALANCED, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "19 of 40 balances differ" in said
    assert "txn_0345" in said
    assert "Findings: 2 to or from unknown balances, 1 in another currency than its balance, 1 of no whole" in said
    assert verify_run(out) == []
    with (out / "discrepancies.csv").open(encoding="utf-8") as file:
        found = {row["balance_id"]: row["difference"] for row in csv.DictReader(file)}
    with (DATA / "truth.csv").open(encoding="utf-8") as file:
        planted: Counter[str] = Counter()
        for row in csv.DictReader(file):
            planted[row["balance_id"]] += int(row["difference"])
    assert found == {balance: str(difference) for balance, difference in planted.items()}


def test_the_gates_decide_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconstruct", *BOOKS, *BALANCED, "--dry-run", "--max-differences", "19"]) == 0
    assert run(["reconstruct", *BOOKS, *BALANCED, "--dry-run", "--max-differences", "18"]) == 1
    said = capsys.readouterr().err
    assert (
        said == "19 of 40 balances are different from their transactions, more than the 18 allowed (max_differences)\n"
    )


def test_a_ledger_whose_debits_do_not_equal_its_credits_does_not_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconstruct", *BOOKS, "--dry-run"]) == 1
    said = "2 of 2 currencies are out of balance (USD, USDC), more than the 0 allowed (max_unbalanced)\n"
    assert capsys.readouterr().err == said


def test_the_summary_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconstruct", *BOOKS, *BALANCED, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["discrepancies"] == 19


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "journal.ndjson"
    plan = [
        *BALANCED,
        "--dry-run",
        "--apply",
        "http://127.0.0.1:9",
        "--journal",
        str(journal),
        "--balance",
        "bln_usd_01",
    ]
    assert run(["reconstruct", *BOOKS, *plan]) == 0
    assert "POST http://127.0.0.1:9/bln_usd_01/metadata" in capsys.readouterr().out
    assert not journal.exists()


def test_a_server_that_is_not_there_corrects_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    books = [*BOOKS, "--balance", "bln_usd_01", "--out", str(tmp_path / "run")]
    journal = tmp_path / "journal.ndjson"
    assert run(["reconstruct", *books, "--apply", "http://127.0.0.1:9", "--journal", str(journal)]) == 1
    assert "Of 1 balance: 1 failed" in capsys.readouterr().out
    assert "bln_usd_01" in journal.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--apply", "http://ann:pass@127.0.0.1:9"], "holds an @"),
        (["--apply", "ledger.example"], "give it as https://host"),
        (["--journal", "{there}/none/journal.ndjson"], "a folder that is not there"),
        (["--journal", "{there}/run/journal.ndjson"], "lies in the run's folder"),
        (["--journal", "{there}/notes.txt"], "is not a journal of corrections"),
        (["--journal", "postgresql://ann:pass@db/books"], "--journal takes a path, not a URL"),
        (["--internal-since", "2026-08-01"], "--apply does not go with --internal-since"),
    ],
)
def test_what_cannot_be_applied_is_refused_before_anything_is_written(
    flags: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread\n", encoding="utf-8")
    usual = ["--apply", "http://127.0.0.1:9", "--journal", str(tmp_path / "journal.ndjson")]
    given = [flag.format(there=tmp_path) for flag in flags]
    assert run(["reconstruct", *BOOKS, "--out", str(tmp_path / "run"), *usual, *given]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {"notes.txt", "run/outcome.json", "run/manifest.json"}


def test_a_plan_is_held_against_the_threshold_too(capsys: pytest.CaptureFixture[str]) -> None:
    plan = [
        *BALANCED,
        "--dry-run",
        "--apply",
        "http://127.0.0.1:9",
        "--balance",
        "bln_usd_01",
        "--max-differences",
        "0",
    ]
    assert run(["reconstruct", *BOOKS, *plan]) == 1
    assert "1 of 1 balances is different from their transactions, more than the 0 allowed" in capsys.readouterr().err


def test_corrections_can_be_read_by_a_program_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [*BALANCED, "--apply", "http://127.0.0.1:9", "--balance", "bln_usd_01", "--json"]
    places = ["--out", str(tmp_path / "run"), "--journal", str(tmp_path / "journal.ndjson")]
    for flags, exit_code, state in ((["--dry-run"], 0, "not tried"), (places, 1, "failed")):
        assert run(["reconstruct", *BOOKS, *wrong, *flags]) == exit_code
        found = json.loads(capsys.readouterr().out)
        assert found["discrepancies"] == 1
        [balance] = found["corrections"]["balances"]
        assert (balance["balance_id"], balance["state"], balance["differences"]) == ("bln_usd_01", state, {})


def test_a_run_again_from_its_settings_gives_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [*BALANCED, "--as-of", "2026-08-01", "--balance", "bln_usd_01", "--balance", "bln_usd_04"]
    assert run(["reconstruct", *BOOKS, *chosen, "--out", str(tmp_path / "first")]) == 0
    settings = tmp_path / "first" / "settings.json"
    assert run(["reconstruct", "--settings", str(settings), "--trust-settings", "--out", str(tmp_path / "again")]) == 0
    assert capsys.readouterr().err == ""
    for name in ("discrepancies.csv", "hypotheses.csv", "control_totals.csv", "settings.json"):
        first, again = ((tmp_path / run / name).read_text("utf-8").splitlines() for run in ("first", "again"))
        assert [row.rpartition(",")[0] for row in again] == [
            row.rpartition(",")[0] for row in first
        ]  # but for the time


def test_files_and_flags_go_before_earlier_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "ledger.csv"
    own.write_bytes(Path(BOOKS[1]).read_bytes())
    assert (
        run(["reconstruct", BOOKS[0], str(own), *BALANCED, "--as-of", "2026-08-01", "--out", str(tmp_path / "first")])
        == 0
    )
    own.write_text("".join(own.read_text("utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    capsys.readouterr()
    again = ["reconstruct", "--settings", str(tmp_path / "first" / "settings.json"), "--trust-settings"]
    again += ["--dry-run", "--json"]
    assert run([*again, "--as-of", "2026-07-02"]) == 0
    said = capsys.readouterr()
    assert said.err == f"ledger.csv is not what it was in the run of {again[2]}\n"
    assert json.loads(said.out)["as_of"] == "2026-07-02T00:00:00Z"
    assert run([*again, BOOKS[0], BOOKS[1]]) == 0  # all are named
    assert json.loads(capsys.readouterr().out)["as_of"] == "2026-08-01T00:00:00Z"
    assert run([*again, "--apply", "http://127.0.0.1:9"]) == 2
    assert "--apply does not go with --as-of" in capsys.readouterr().err


def test_a_database_in_place_of_a_path_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    dsn = f"postgresql://ann:{SECRET}@db/books"
    for command in (["reconstruct", *BOOKS], ["reconcile", *BOOKS[:2]], ["report", "balances"]):
        assert run([*command, "--out", dsn]) == 2
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*BOOKS], "there is no folder to write: give --out DIR, or --dry-run to write nothing"),
        ([*BOOKS, "--dry-run", "--balance", "bln_none"], "bln_none"),
        ([*BOOKS, "--dry-run", "--as-of", "yesterday"], "yesterday"),
        (
            [*BOOKS, "--dry-run", "--as-of", "2026-08-01", "--apply", "http://127.0.0.1:9"],
            "--apply does not go with --as-of",
        ),
        (["none.csv", BOOKS[1], "--dry-run"], "none.csv"),
        (["--dry-run"], "there is no balances file to read: name one, or an earlier run by --settings"),
        (["--dry-run", "--settings", str(DATA / "truth.csv")], "is not JSON"),
        ([BOOKS[1], BOOKS[1], "--dry-run"], "balance_id"),
    ],
)
def test_wrong_input_is_one_sentence(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconstruct", *arguments]) == (4 if says == "none.csv" else 2)
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said


def test_a_password_is_in_no_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dsn = f"postgresql://ann:{SECRET}@127.0.0.1:9/books?connect_timeout=1"
    assert run(["reconstruct", dsn, dsn, "--out", str(tmp_path / "run")]) == 2
    assert run(["report", "balances", "-p", f"balances={dsn}", "--out", str(tmp_path / "report")]) == 2
    assert run(["reconstruct", *BOOKS, "--dry-run", "--apply", f"http://ann:{SECRET}@127.0.0.1:9"]) == 2
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
