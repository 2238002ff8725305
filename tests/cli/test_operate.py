"""What an operator may count on: an outcome of every run, told where it is asked for, and codes that say what to do."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.held import HELD
from workbench import cli
from workbench.cli.outcome import shown_words
from workbench.cli.process import KEPT_AT_HOME, usable_home
from workbench.errors import NotThereYet, SettingsError
from workbench.runs.folder.hashes import hash_file
from workbench.runs.folder.manifest import MANIFEST
from workbench.runs.gates.waiting import check_unchanged, seconds_of, wait_for

DATA = Path(__file__).parents[2] / "data" / "practice"
BOOKS = [str(DATA / "stripe.csv"), str(DATA / "ledger.csv"), "--rules", str(DATA / "rules_one_percent.json")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def outcome_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "outcome.json").read_text()))


def test_an_outcome_says_how_the_run_ended(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["reconcile", *BOOKS, "--out", "out", "--max-open", "3", "--json"]) == 1
    outcome = outcome_in(here / "out")
    assert (outcome["verdict"], outcome["exit_code"], outcome["command"]) == ("red", 1, "reconcile")
    assert outcome["counts"]["external"] == {"in": 10, "matched": 6, "unmatched": 4, "excluded": 0, "rejected": 0}
    assert outcome["amounts"]["external"]["open"]["USD"]["debits"] == "0.00"
    broken = [gate["side"] for gate in outcome["gates"] if gate["gate"] == "max_open" and not gate["kept"]]
    assert broken == ["external", "internal"]
    assert outcome["manifest_sha256"] == hash_file(here / "out" / MANIFEST)
    assert outcome["command_line"][:2] == ["workbench", "reconcile"]
    assert {"ledger-workbench", "python"} <= outcome["versions"].keys()
    assert all(outcome[name] for name in ("who", "host", "run_id", "started_at", "finished_at"))
    assert outcome.items() <= json.loads(capsys.readouterr().out).items()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["reconcile", "none.csv", BOOKS[1]], 4),
        (["reconcile", *BOOKS, "--max-open", "few"], 2),
        (["reconcile", *BOOKS, "--strategy", "many"], 2),
        (["reconcile", *BOOKS, "--colour"], 2),
        (["reconstruct", "none.csv", BOOKS[1]], 4),
        (["report", "reconciliation", "-p", "external=none.csv", "-p", f"internal={BOOKS[1]}"], 4),
        (["report", "reconciliation", "-p", "externl=none.csv"], 2),
    ],
)
def test_a_run_that_fails_before_it_begins_leaves_an_outcome_too(
    here: Path, capsys: pytest.CaptureFixture[str], args: list[str], code: int
) -> None:
    assert cli.run([*args, "--out", "out"]) == code
    outcome = outcome_in(here / "out")
    assert (outcome["verdict"], outcome["exit_code"]) == ("red", code)
    assert f"{outcome['message']}\n" == capsys.readouterr().err
    assert cli.run(["reconcile", *BOOKS, "--out", "out"]) == 0  # no --force is needed after mending
    assert outcome_in(here / "out")["verdict"] == "amber"


def test_a_failed_night_leaves_the_last_good_one(here: Path) -> None:
    assert cli.run(["reconcile", *BOOKS, "--out", "runs/night"]) == 0
    assert cli.run(["reconcile", *BOOKS, "--out", "runs/night", "--force", "--max-open", "0"]) == 1
    assert (outcome_in(here / "runs/night")["exit_code"], outcome_in(here / "runs/night.failed")["exit_code"]) == (0, 1)
    assert outcome_in(here / "runs/latest")["exit_code"] == 0
    for name in ("a", "b"):
        assert cli.run(["reconcile", *BOOKS, "--out", f"runs/{name}", "--keep", "2"]) == 0
    assert sorted(path.name for path in (here / "runs").iterdir()) == ["a", "b", "latest", "night.failed"]
    assert (here / "runs/latest").resolve().name == "b"


def test_log_and_metrics(here: Path) -> None:
    told = ["--log", "log.jsonl", "--metrics", "workbench.prom"]
    assert cli.run(["reconcile", *BOOKS, "--out", "out", *told]) == 0
    assert cli.run(["reconcile", "none.csv", BOOKS[1], "--out", "again", *told]) == 4
    events = [json.loads(line) for line in (here / "log.jsonl").read_text().splitlines()]
    names = [event["event"] for event in events]
    assert (names[0], names[-2:]) == ("started", ["started", "finished"])
    assert {"stage", "finished"} <= set(names)
    assert [event["exit_code"] for event in events if event["event"] == "finished"] == [0, 4]
    metrics = (here / "workbench.prom").read_text()
    assert 'workbench_exit_code{command="reconcile"} 4\n' in metrics
    assert 'workbench_verdict{command="reconcile",verdict="red"} 1\n' in metrics
    assert cli.run(["reconcile", *BOOKS, "--dry-run", "--metrics", "workbench.prom"]) == 0
    metrics = (here / "workbench.prom").read_text()
    assert 'workbench_records{command="reconcile",side="external",part="unmatched"} 4\n' in metrics
    samples = [line.rpartition(" ")[0] for line in metrics.splitlines() if not line.startswith("#")]
    assert len(samples) == len(set(samples))


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that keeps what it is sent; the first time it is out of order."""
    kept: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(503 if len(kept) == 1 else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook/s3cret", kept
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_notice_has_the_outcome_and_no_record_and_is_sent_again(
    here: Path, mailbox: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.folder.telling.RETRIES", (0.0, 0.0))
    url, kept = mailbox
    (here / "bad.csv").write_text("id,amount,currency,date\ne1,private words,EUR,2026-01-01\n")
    assert cli.run(["reconcile", "bad.csv", BOOKS[1], "--out", "out", "--notify", url]) == 2
    assert [notice["exit_code"] for notice in kept] == [2, 2]
    assert "private words" not in json.dumps(kept)
    assert all("s3cret" not in path.read_text() for path in (here / "out").iterdir())


def test_a_notice_that_cannot_be_sent_makes_no_good_run_fail(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.folder.telling.RETRIES", (0.0, 0.0))
    told = ["--notify", "http://127.0.0.1:9/hook/s3cret", "--metrics", str(here / "none" / "workbench.prom")]
    assert cli.run(["reconcile", *BOOKS, "--dry-run", *told]) == 0
    said = capsys.readouterr().err
    assert "127.0.0.1 was not notified: " in said
    assert "workbench.prom cannot be written: No such file or directory; the run itself is not changed" in said
    assert "s3cret" not in said
    assert cli.run(["reconcile", *BOOKS, "--dry-run", "--notify", "ftp://example.org"]) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://[x]/",
        "http://h:abc/s3cret",
        "http://h/s3cret s3cret",
        "http://h/\u00fc/s3cret",
        "http://h\n/s3cret",
        f"http://{'a' * 64}.example/s3cret",
        "http://a..b/s3cret",
        "http://:80/s3cret",
        "s3cret",
    ],
)
def test_a_url_that_no_notice_can_be_sent_to_is_said_before_the_work(
    here: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    for notify in (["--notify", url], [f"--notify={url}"]):
        assert cli.run(["reconcile", *BOOKS, "--out", "out", *notify]) == 2
        assert "--notify takes an http:// or https:// URL" in capsys.readouterr().err
        assert "s3cret" not in (here / "out" / "outcome.json").read_text()
        assert not (here / "out" / "matches.csv").exists()


def test_who_answers_what_is_no_http_was_not_notified(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.folder.telling.RETRIES", ())

    def talk(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"no such thing\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=talk, args=(listening,))
        thread.start()
        port = listening.getsockname()[1]
        assert cli.run(["reconcile", *BOOKS, "--dry-run", "--notify", f"http://127.0.0.1:{port}/s3cret"]) == 0
        thread.join()
    said = capsys.readouterr().err
    assert "127.0.0.1 was not notified: no such thing" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("flag", ["--log", "--metrics"])
def test_a_file_that_no_run_wrote_stays_as_it_is(here: Path, capsys: pytest.CaptureFixture[str], flag: str) -> None:
    (here / "ledger.csv").write_text("id\n")
    command = ["reconcile", *BOOKS, "--dry-run", flag, "ledger.csv"]
    assert cli.run(command) == (2 if flag == "--log" else 0)  # what cannot be told afterwards changes no run
    assert f"{flag} ledger.csv cannot be written: what stands there was written by no run" in capsys.readouterr().err
    assert (here / "ledger.csv").read_text() == "id\n"
    (here / "ledger.csv").write_text("")
    for _ in range(2):
        assert cli.run(command) == 0
        assert "cannot be written" not in capsys.readouterr().err


def test_a_log_into_a_pipe_that_nobody_reads_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(here / "pipe")
    assert cli.run(["reconcile", *BOOKS, "--dry-run", "--log", "pipe"]) == 2
    assert "--log pipe cannot be written: No such device or address" in capsys.readouterr().err


def test_a_folder_that_was_removed_is_no_place_to_start_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert cli.run(["reconcile", *BOOKS, "--out", str(tmp_path / "out")]) == 2
    assert "the folder you are in was removed" in capsys.readouterr().err


# Inputs that are not there yet


def test_waiting_ends_when_the_file_is_there_and_rests(tmp_path: Path) -> None:
    path, sleeps = tmp_path / "statement.csv", []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) <= 3:
            path.write_text("x" * len(sleeps))  # it comes, and grows twice

    looks = wait_for([str(path)], 60, sleep=sleep, clock=lambda: float(len(sleeps)))
    assert (looks[str(path)][0], len(sleeps)) == (3, 4)
    check_unchanged(looks)
    path.write_text("xxxx")
    with pytest.raises(NotThereYet, match="is still changing: it was written while it was read"):
        check_unchanged(looks)


def test_waiting_has_an_end(tmp_path: Path) -> None:
    path, sleeps = tmp_path / "statement.csv", []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        path.write_text("x" * len(sleeps))

    with pytest.raises(NotThereYet, match=r"none\.csv: No such file or directory, it is not there yet after 3 seconds"):
        wait_for([str(tmp_path / "none.csv")], 3, sleep=sleeps.append, clock=lambda: float(len(sleeps)))
    sleeps.clear()
    with pytest.raises(NotThereYet, match=r"statement\.csv is still changing after 3 seconds"):
        wait_for([str(path)], 3, sleep=sleep, clock=lambda: float(len(sleeps)))
    with pytest.raises(SettingsError, match="--wait takes a time such as 45s, 30m or 2h, not 'soon'"):
        seconds_of("soon")


# Homes and machines

COMMAND = [sys.executable, "-c", "from workbench.cli import main; main()"]


def test_sigterm_says_so_and_leaves_only_its_outcome(tmp_path: Path) -> None:
    args = ["reconcile", *map(str, BOOKS), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "terminated\n")
    assert out.endswith("done at the end\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert outcome_in(tmp_path / "out")["exit_code"] == 143


@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (">&-", 0, ""),
        ("2>&- | head -c 1", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        ("> /dev/full", 3, "standard output cannot be written: No space left on device."),
        ("--json > /dev/full", 3, "standard output cannot be written: No space left on device."),
        ("2> /dev/full", 0, ""),
    ],
)
def test_nobody_who_listens_makes_no_good_run_fail(tmp_path: Path, streams: str, code: int, said: str) -> None:
    script = f"set -o pipefail; {shlex.join([*COMMAND, 'reconcile', *BOOKS])} --out out --log log {streams}"
    run = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr[: len(said) or None]) == (code, said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "log", "out"]
    assert '"finished"' in (tmp_path / "log").read_text("utf-8")
    assert outcome_in(tmp_path / "out")["exit_code"] == 0


def test_neither_home_nor_name_is_needed(tmp_path: Path) -> None:
    """As in a container that runs with any uid."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    script = "import getpass, sys\ngetpass.getuser = lambda: (_ for _ in ()).throw(KeyError('uid not found'))\n"
    run = subprocess.run(
        [sys.executable, "-c", f"{script}from workbench.cli import main; main()", "reconcile", *BOOKS, "--out", "out"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert outcome_in(tmp_path / "out")["who"].startswith("uid ")


@pytest.mark.parametrize("there", [True, False])
def test_a_home_that_cannot_be_written_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    home = tmp_path / "home"
    if there:
        home.mkdir()
    monkeypatch.setattr("workbench.cli.process.os.access", lambda path, _mode: Path(path) != home)
    monkeypatch.setenv("HOME", str(home))
    for name in KEPT_AT_HOME:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    usable_home()
    assert (os.environ["HOME"] == str(home)) is there  # what can be read stays, for the passwords in it
    assert all(os.access(os.environ[name], os.W_OK) for name in KEPT_AT_HOME)


@pytest.mark.parametrize("command", [["reconcile"], ["report", "reconciliation"]])
def test_a_signed_url_leaves_its_signature_nowhere(
    here: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    url = "https://ann:s3cret@files.example/a.csv?sig=s3cret&page=2"
    books = [url, BOOKS[1]] if command == ["reconcile"] else ["-p", f"external={url}", "-p", f"internal={BOOKS[1]}"]
    assert cli.run([*command, *books, "--out", "out"]) in {2, 4}
    assert "https://files.example/a.csv?sig=…" in capsys.readouterr().err
    written = [path for path in (here / "out").rglob("*") if path.is_file()]
    assert written
    assert [path.name for path in written if b"s3cret" in path.read_bytes()] == []


@pytest.mark.parametrize(
    "flag", ["--rules", "--decisions", "--settings", "--as-of", "--group-by", "--max-open", "--wait"]
)
@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_password_in_the_wrong_place_is_in_no_outcome_and_no_traceback(
    here: Path, capsys: pytest.CaptureFixture[str], flag: str, debug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DEBUG", debug)
    dsn = "postgresql://ann:s3cret@127.0.0.1:1/books"
    assert cli.run(["reconcile", *BOOKS[:2], "--out", "out", "--log", "log", flag, dsn]) == 2
    shown = capsys.readouterr()
    written = [*(path.read_text() for path in (here / "out").iterdir()), (here / "log").read_text()]
    assert "s3cret" not in "".join([shown.out, shown.err, *written])


def test_a_message_about_a_very_long_word_is_short_and_comes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["verify", f"postgresql://ann:{'s3cret' * 100_000}"]) == 2
    said = capsys.readouterr().err
    assert (len(said) < 6_000, "s3cret" in said, "characters)" in said) == (True, False, True)


def test_secrets_are_not_written_down() -> None:
    words = shown_words(
        [
            *("reconcile", "https://ann:s3cret@files.example/a.csv?X-Amz-Signature=s3cret&page=2", "--notify"),
            *("https://hooks.example/s3cret", "--notify=https://hooks.example/s3cret"),
            "postgresql://ann:s3cret@db.example/books",
        ]
    )
    assert "s3cret" not in " ".join(words)
    assert words[2] == "https://files.example/a.csv?X-Amz-Signature=…&page=2"
    assert words[4:] == (
        "https://hooks.example/…",
        "--notify=https://hooks.example/…",
        "postgresql://ann@db.example/books",
    )
