"""The run folder: whole or not at all, never over something else, and every byte of it accounted for."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import ExitCode, SourceError
from workbench.records import Origin
from workbench.runs.folder import run_folder as folders
from workbench.runs.folder.export import write_tables
from workbench.runs.folder.manifest import MANIFEST, read_manifest, verify_run
from workbench.runs.folder.outcome import failed_outcome, write_outcome
from workbench.runs.folder.run_folder import check_out, place_of, publish
from workbench.runs.folder.saved import load_saved
from workbench.runs.folder.series import keep_last, point_latest
from workbench.runs.folder.terms import Judgement, make_terms
from workbench.runs.folder.work_folder import alone
from workbench.runs.gates.checks import Checks

MATCHES = pa.table(
    {
        "match_id": ["m1", "m2"],
        "amount": pa.array([Decimal("-12345678901234567890.12"), None], pa.decimal128(38, 2)),
        "date": pa.array([datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 1, 31, 12, 0, 0, 250_000, UTC)]),
        "reference": ["=cmd()", ""],
    }
)


@dataclass(frozen=True)
class Done:
    """A run as any command hands it on."""

    tables: dict[str, pa.Table] = field(default_factory=lambda: {"entries": MATCHES})
    inputs: dict[str, Origin] = field(default_factory=dict)
    summary: dict[str, Any] = field(
        default_factory=lambda: {"started_at": "2026-01-31T12:00:00Z", "completed_at": "2026-01-31T12:00:01Z"}
    )
    settings: Any = field(default_factory=lambda: SimpleNamespace(to_dict=lambda: {"strategy": "one_to_one"}))


def write_run(done: Done, out: str | Path, force: bool = False) -> Path:
    """Write a run that nothing was demanded of."""
    return folders.write_run(done, out, force, judged=Judgement(make_terms(), Checks(())))


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


# What is in the folder


def test_a_run_folder_holds_tables_summary_settings_and_the_hashes_of_all(tmp_path: Path) -> None:
    statement = tmp_path / "statement.csv"
    statement.write_text("id\n1\n")
    origin = Origin(
        "statement.csv", "csv", 2, str(statement), sha256(b"id\n1\n").hexdigest(), {"mapping": {"Betrag": "amount"}}
    )
    done = Done(inputs={"external": origin})
    out = write_run(done, tmp_path / "a" / "run")
    assert names(out) == sorted(
        [MANIFEST, "entries.csv", "entries.parquet", "inputs", "outcome.json", "settings.json", "summary.json"]
    )
    assert names(out.parent) == ["run"]
    assert pq.read_table(out / "entries.parquet").equals(MATCHES)
    assert json.loads((out / "summary.json").read_text()) == done.summary

    settings = json.loads((out / "settings.json").read_text())
    assert (settings["command"], settings["settings"]) == ("reconcile", {"strategy": "one_to_one"})
    assert settings["inputs"]["external"]["path"] == str(statement)
    assert settings["inputs"]["external"]["options"] == {"mapping": {"Betrag": "amount"}}

    manifest = read_manifest(out)
    assert manifest["started_at"] == "2026-01-31T12:00:00Z"
    assert {"python", "ledger-workbench", "duckdb", "ibis-framework", "pyarrow"} <= manifest["versions"].keys()
    read = manifest["inputs"]["external"]
    assert (read["sha256"], read["bytes"], read["rows"]) == (origin.sha256, 5, 2)
    kept = "inputs/external/statement.csv"
    assert (read["kept"], (out / kept).read_bytes()) == (kept, statement.read_bytes())
    assert manifest["outputs"].keys() == {*names(out), kept} - {MANIFEST, "outcome.json", "inputs"}
    outcome = json.loads((out / "outcome.json").read_text())
    assert outcome["manifest_sha256"] == sha256((out / MANIFEST).read_bytes()).hexdigest()
    for name, entry in manifest["outputs"].items():
        content = (out / name).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (sha256(content).hexdigest(), len(content))
        assert entry["rows"] == (2 if name.startswith("entries") else None)


def test_a_relative_path_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "statement.csv").write_text("id\n")
    monkeypatch.chdir(tmp_path)
    out = write_run(Done(inputs={"external": Origin("statement.csv", "csv", 0, "statement.csv", "")}), Path("run"))
    settings = json.loads((out / "settings.json").read_text())
    assert settings["inputs"]["external"]["path"] == str(tmp_path / "statement.csv")


def test_csv_has_instants_in_utc_exact_decimals_and_empty_nulls(tmp_path: Path) -> None:
    write_tables({"entries": MATCHES}, tmp_path)
    assert (tmp_path / "entries.csv").read_text(encoding="utf-8") == (
        '"match_id","amount","date","reference"\n'
        '"m1",-12345678901234567890.12,"2026-01-31T12:00:00.000000Z","\'=cmd()"\n'
        '"m2",,"2026-01-31T12:00:00.250000Z",""\n'
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u200b@x", "'\u200b@x"),
        ('"=1', "'\"=1"),
        ("'=1", "''=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("1-2", "1-2"),
        ("'quoted'", "'quoted'"),
        (" padded", " padded"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_what_a_spreadsheet_would_run_is_harmless_in_csv_and_the_truth_in_parquet(
    tmp_path: Path, text: str, cell: str
) -> None:
    write_tables({"t": pa.table({text: [text, None]})}, tmp_path)
    assert cells(tmp_path / "t.csv")[:2] == [[cell], [cell]]
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {text: [text, None]}


@pytest.mark.parametrize("more", [[], ["12345678901234567890.5"]])
def test_amounts_below_one_have_a_nought_before_the_point(tmp_path: Path, more: list[str]) -> None:
    amounts = pa.array([Decimal(each) for each in ["0", "-0.000000000000000001", *more]], pa.decimal128(38, 18))
    write_tables({"t": pa.table({"n": amounts})}, tmp_path)
    assert cells(tmp_path / "t.csv")[1:3] == [["0.000000000000000000"], ["-0.000000000000000001"]]


@examples(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")),
            st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**19), max_value=10**19),
            st.datetimes(timezones=st.just(UTC)),
        ),
        min_size=1,
    )
)
def test_every_cell_comes_back_but_for_one_apostrophe(rows: list[tuple[str, Decimal, datetime]]) -> None:
    texts, amounts, dates = map(list, zip(*rows, strict=True))
    table = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "amount": pa.array(amounts, pa.decimal128(38, 18)),
            "date": pa.array(dates, pa.timestamp("us", "UTC")),
        }
    )
    with TemporaryDirectory() as folder:
        write_tables({"t": table}, Path(folder))
        written = cells(Path(folder) / "t.csv")[1:]
    for (text, amount, date), (cell, money, instant) in zip(rows, written, strict=True):
        assert cell in {text, f"'{text}"}
        assert not re.match(r"""[\s'"]*[=+\-@]""", text) or cell == f"'{text}"
        assert Decimal(money) == amount
        assert "E" not in money.upper()
        assert datetime.fromisoformat(instant) == date


def test_rows_keep_their_order_and_odd_types_are_text(tmp_path: Path) -> None:
    count = 300_000
    nested = pa.array([{"a": Decimal("1.10")}] * count)
    coded = pa.array(["=x", "y"] * (count // 2)).dictionary_encode()
    write_tables({"t": pa.table({"n": range(count), "nested": nested, "coded": coded})}, tmp_path)
    rows = cells(tmp_path / "t.csv")[1:]
    assert [int(row[0]) for row in rows] == list(range(count))
    assert rows[0][1:] == ["{'a': 1.10}", "'=x"]


def test_each_kind_of_value_is_written_exactly(tmp_path: Path) -> None:
    table = pa.table(
        {
            "float": pa.array([-1.5, None]),
            "large": pa.array([2**64 - 1, 0], pa.uint64()),
            "day": pa.array([20484, None], pa.date32()),
            "truth": pa.array([True, None]),
            "bytes": pa.array([b"=1", b"a"]),
            "view": pa.array(["=1", "a"], pa.string_view()),
            "large text": pa.array(["-1", ""], pa.large_string()),
            "fine": pa.array([1, None], pa.timestamp("ns")),
            "early": pa.array([-62_135_596_800, -62_135_596_800], pa.timestamp("s", "Europe/Berlin")),
            "late": pa.array([300_000_000_000, None], pa.timestamp("s")),
            "nothing": pa.nulls(2),
        }
    )
    write_tables({"t": table}, tmp_path)
    assert cells(tmp_path / "t.csv")[1:] == [
        [
            *("-1.5", "18446744073709551615", "2026-01-31", "true", "'=1", "'=1", "'-1"),
            *("1970-01-01T00:00:00.000000001", "0001-01-01T00:00:00Z", "11476-08-15 05:20:00", ""),
        ],
        ["", "0", "", "", "a", "a", "", "", "0001-01-01T00:00:00Z", "", ""],
    ]


# Whole or not at all


def write_something(out: Path, text: str = "new", force: bool = False) -> None:
    with publish(out, force) as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a.txt").write_text(text)
        (folder / "b.txt").write_text(text)


def text_of(out: Path) -> str:
    assert verify_run(out) == []
    assert (out / "inner" / "a.txt").read_text() == (out / "b.txt").read_text()
    return (out / "b.txt").read_text()


def test_a_published_folder_has_a_manifest_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_something(tmp_path / "deep" / "out")
    assert text_of(tmp_path / "deep" / "out") == "new"
    assert names(tmp_path / "deep") == ["out"]


def test_nothing_appears_before_the_end_or_after_an_error(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with contextlib.suppress(ZeroDivisionError), publish(out) as folder:
        (folder / "a.txt").write_text("a")
        assert not out.exists()
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_something(out, "old")
    with pytest.raises(KeyboardInterrupt), publish(out, force=True):
        raise KeyboardInterrupt
    assert text_of(out) == "old"
    assert names(tmp_path) == ["out"]


def test_only_force_replaces_and_the_old_folder_goes_wholly(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_something(out, "old")
    with pytest.raises(SourceError, match="exists already: name another folder, or replace it with force=True"):
        write_something(out)
    assert text_of(out) == "old"
    write_something(out, force=True)
    assert text_of(out) == "new"
    assert names(tmp_path) == ["out"]


def test_force_replaces_an_empty_folder_but_nothing_that_is_not_ours(tmp_path: Path) -> None:
    empty, foreign = tmp_path / "empty", tmp_path / "foreign"
    for folder in (empty, foreign):
        folder.mkdir()
    (foreign / MANIFEST).write_text('{"name": "of some web page"}')
    write_something(empty, force=True)
    with pytest.raises(SourceError, match="foreign is no folder that the workbench wrote"):
        write_something(foreign, force=True)
    assert (text_of(empty), names(foreign)) == ("new", [MANIFEST])


def write_outcome_of(out: Path, exit_code: int, text: str = "new", force: bool = False) -> None:
    with publish(out, force) as folder:
        (folder / "b.txt").write_text(text)
        code = ExitCode(exit_code)
        write_outcome(folder, replace(failed_outcome("reconcile", code, text), exit_code=exit_code))


def test_a_failed_run_stands_beside_the_last_good_one_and_goes_with_the_next(tmp_path: Path) -> None:
    out, beside = tmp_path / "out", tmp_path / "out.failed"
    write_outcome_of(out, 0, "good")
    for text in ("first", "second"):
        write_outcome_of(out, 1, text, force=True)
        assert ((out / "b.txt").read_text(), (beside / "b.txt").read_text()) == ("good", text)
    assert place_of(out, 2) == beside
    write_outcome_of(out, 0, "better", force=True)
    assert ((out / "b.txt").read_text(), names(tmp_path)) == ("better", ["out"])


@pytest.mark.parametrize("code", [1, 2, 3, 4])
def test_the_same_command_after_mending_replaces_a_failed_run_without_force(tmp_path: Path, code: int) -> None:
    write_outcome_of(tmp_path / "out", code, "failed")
    write_outcome_of(tmp_path / "out", 0, "good")
    assert (tmp_path / "out" / "b.txt").read_text() == "good"
    with pytest.raises(SourceError, match="exists already"):
        write_outcome_of(tmp_path / "out", 0)
    assert names(tmp_path) == ["out"]


def test_the_folder_that_one_stands_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    with pytest.raises(SourceError, match="is the folder you are in, or one above it: name another folder"):
        check_out(".", force=True)
    assert place_of("..", ExitCode.WRONG_INPUT) == tmp_path / "a.failed"
    Path("mine.txt").touch()
    assert place_of(".", ExitCode.WRONG_INPUT) == tmp_path / "a" / "b.failed"


def test_force_leaves_a_persons_own_links(tmp_path: Path) -> None:
    write_something(tmp_path / "out", "old")
    (tmp_path / "mine").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(SourceError, match="holds link, which no run wrote"):
        write_something(tmp_path / "out", force=True)


def test_force_leaves_a_persons_own_files(tmp_path: Path) -> None:
    write_something(tmp_path / "out", "old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(SourceError, match=r"holds notes\.txt, which no run wrote: move it away"):
        write_something(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("role", ["", "/lock", "/new", "/old"])
def test_a_planted_link_is_not_followed(tmp_path: Path, role: str) -> None:
    """Who may write beside ``out`` must not have a run of ours truncate or remove what a link of theirs points to."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept.txt").write_text("kept")
    work = tmp_path / ".out.workbench"
    if role:
        work.mkdir()
    (tmp_path / f".out.workbench{role}").symlink_to(mine / "kept.txt" if role == "/lock" else mine)
    with contextlib.suppress(SourceError):
        write_something(tmp_path / "out")
    assert (mine / "kept.txt").read_text() == "kept"


def test_a_run_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    write_something(tmp_path / "out")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*") if path.is_file()}
    folders_modes = {(tmp_path / "out" / name).stat().st_mode & 0o777 for name in ("", "inner")}
    assert (modes, folders_modes) == ({0o600}, {0o700})


def test_what_killed_runs_have_left_under_other_names_goes_with_the_next_run(tmp_path: Path) -> None:
    for name in ("march", "april"):
        left = tmp_path / f".{name}.workbench"
        (left / "new").mkdir(parents=True)
        (left / "new" / "half.csv").write_text("id")
    with alone(tmp_path / "april"):  # which still runs
        write_something(tmp_path / "out")
        assert names(tmp_path) == [".april.workbench", "out"]


def test_latest_is_the_last_good_run_and_only_so_many_are_kept(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "mine"):
        write_outcome_of(tmp_path / name, 0, name)
        point_latest(tmp_path / name)
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    write_outcome_of(tmp_path / "d", 1, "d")
    assert (tmp_path / "latest" / "b.txt").read_text() == "mine"
    write_outcome_of(tmp_path / "e", 0, "e")
    assert [path.name for path in keep_last(tmp_path / "e", 3)] == ["b", "a"]
    assert names(tmp_path) == ["c", "d", "e", "latest", "mine"]
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").mkdir()
    with pytest.raises(SourceError, match="latest is no link"):
        point_latest(tmp_path / "e")


def test_a_link_is_followed(tmp_path: Path) -> None:
    write_something(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_something(tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert text_of(tmp_path / "real") == "new"


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("file", "file is a file: name a folder to write to"),
        ("file/out", "file/out cannot be written: Not a directory"),
        ("/proc/out", "/proc/out cannot be written: "),
        ("/proc/a/b/out", "/proc/a cannot be written: "),
        ("n" * 300, "cannot be written: File name too long"),
        ("/", "/ is no folder that the workbench wrote"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path, out: str, says: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=re.escape(says)):
        check_out(tmp_path / out, force=True)
    assert names(tmp_path) == ["file"]


def test_asking_leaves_no_trace(tmp_path: Path) -> None:
    check_out(tmp_path / "a" / "b")
    assert names(tmp_path) == []


def test_two_runs_do_not_write_one_folder_at_a_time(tmp_path: Path) -> None:
    with publish(tmp_path / "out") as folder:
        (folder / "b.txt").write_text("first")
        with pytest.raises(SourceError, match="another run is writing "):
            write_something(tmp_path / "out", force=True)
        write_something(tmp_path / "other")
    assert (tmp_path / "out" / "b.txt").read_text() == "first"
    assert names(tmp_path) == ["other", "out"]


# Kills a process right before each of the steps that change the disk, and says after which it went on to the end.
STEP_BY_STEP = """
import os, pathlib, shutil, sys
from workbench.runs.folder import run_folder
sys.path.insert(0, sys.argv[2])
from test_run_folder import text_of, write_something

def die_before(step):
    steps = iter(range(1, 1000))
    def counted(function):
        def call(*args, **kwargs):
            if next(steps) == step:
                os._exit(9)
            return function(*args, **kwargs)
        return call
    for owner, name in ((pathlib.Path, "mkdir"), (pathlib.Path, "rename"), (pathlib.Path, "write_text"),
                        (pathlib.Path, "unlink"), (os, "fsync"), (os, "unlink"), (os, "rmdir")):
        setattr(owner, name, counted(getattr(owner, name)))

step, ended = 0, False
while not ended:
    step += 1
    out = pathlib.Path(sys.argv[1]) / str(step) / "out"
    write_something(out, "old")
    child = os.fork()
    if not child:
        die_before(step)
        write_something(out, "new", force=True)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = text_of(out) if out.exists() else None
    try:
        run_folder.check_out(out)
    except run_folder.SourceError as error:
        assert "exists already" in str(error), error
    print(step, found, text_of(out), *sorted(path.name for path in out.parent.iterdir()))
"""


def test_killed_before_any_step_the_old_or_the_new_folder_is_whole(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", STEP_BY_STEP, tmp_path, Path(__file__).parent],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    states = [line.split(" ", 1)[1] for line in run.stdout.splitlines()]
    # In this order: the old one, moved away and put back by the next run, the new one.
    assert list(dict.fromkeys(states)) == ["old old out", "None old out", "new new out"]
    assert len(states) > 15


WRITE_FOR_EVER = """
import sys, pyarrow as pa
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_run_folder import Done, write_run
done = Done(tables={"entries": pa.table({"n": range(200_000), "text": ["some text"] * 200_000})})
print("ready", flush=True)
while True:
    write_run(done, sys.argv[1], force=True)
"""


@pytest.mark.parametrize("moment", [0.03, 0.11, 0.23, 0.37])
def test_killed_at_any_moment_there_is_no_part_of_a_folder(tmp_path: Path, moment: float) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, out, Path(__file__).parent], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process, process.stdout:
        assert process.stdout.readline() == "ready\n"
        time.sleep(moment)
        process.kill()
    assert not out.exists() or verify_run(out) == []
    write_run(Done(), out, force=True)
    assert verify_run(out) == []
    assert names(tmp_path) == ["out"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    script = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from test_run_folder import Done, pa, write_run
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_run(Done(tables={"entries": pa.table({"n": range(100_000)})}), sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "out", Path(__file__).parent],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("SourceError ")
    assert "out cannot be written: " in run.stdout
    assert names(tmp_path) == []


# Checked later


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    statement = tmp_path / "statement.csv"
    statement.write_text("id\n1\n")
    origin = Origin("statement.csv", "csv", 1, str(statement), sha256(b"id\n1\n").hexdigest())
    return write_run(Done(inputs={"external": origin}), tmp_path / "run")


def test_a_folder_that_is_as_it_was_verifies_wherever_it_is(run_folder: Path, tmp_path: Path) -> None:
    assert verify_run(run_folder.rename(tmp_path / "elsewhere")) == []


def test_what_differs_is_missing_or_is_extra_is_named(run_folder: Path) -> None:
    with (run_folder / "entries.csv").open("a") as file:
        file.write("m3\n")
    (run_folder / "entries.parquet").unlink()
    (run_folder / "sub").mkdir()
    (run_folder / "sub" / "notes.txt").write_text("mine")
    (run_folder.parent / "statement.csv").write_text("id\n2\n")
    assert verify_run(run_folder) == [
        "entries.parquet is missing",
        "sub/notes.txt is extra: the run did not write it",
        "entries.csv differs from what the run wrote",
        f"external input {run_folder.parent / 'statement.csv'} has changed since the run",
    ]


def test_an_input_that_is_gone_says_nothing_about_the_run(run_folder: Path) -> None:
    (run_folder.parent / "statement.csv").unlink()
    assert verify_run(run_folder) == []


@pytest.mark.parametrize("manifest", ["", "[]", '{"versions": {}}'])
def test_a_folder_without_our_manifest_cannot_be_verified(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(SourceError, match="no folder that the workbench wrote"):
        verify_run(tmp_path)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ann:s3cret@db.example/books",
        "postgresql://db.example/books?user=ann&password=s3cret",
        "host=db.example user=ann password='s3cret'",
    ],
)
def test_a_password_is_in_no_file(tmp_path: Path, dsn: str) -> None:
    out = write_run(Done(inputs={"internal": Origin(dsn, "postgresql", 1, dsn, "0" * 64)}), tmp_path / "out")
    assert all(b"s3cret" not in path.read_bytes() for path in out.iterdir())
    assert "db.example" in json.loads((out / "settings.json").read_text())["inputs"]["internal"]["path"]
    assert verify_run(out) == []


def test_a_lock_that_a_killed_run_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / ".out.workbench").mkdir()
    (tmp_path / ".out.workbench" / "lock").write_text("")
    write_something(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert os.path.lexists(tmp_path / "out")


def test_a_table_whose_texts_are_damaged_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "run"
    records = wb.read_external([{"id": "e1", "amount": 1, "currency": "EUR", "date": "2026-01-01"}])
    booked = wb.read_internal([{"transaction_id": "t1", "amount": 2, "currency": "EUR", "created_at": "2026-01-01"}])
    wb.write_run(wb.reconcile(records, booked, rules=[wb.Rule("Amount", [wb.Criterion("amount")])]), out)
    no_text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xb5")])
    pq.write_table(pa.table({"reason": no_text}), out / "unmatched_internal.parquet")
    with pytest.raises(SourceError, match=r"unmatched_internal\.parquet cannot be read: .*UTF8"):
        _ = load_saved(out).tables
    path = out / "unmatched_internal.parquet"
    path.write_bytes(path.read_bytes().replace(b"reason", b"reas\xd2n"))
    with pytest.raises(SourceError, match=r"unmatched_internal\.parquet cannot be read: "):
        _ = load_saved(out).tables
