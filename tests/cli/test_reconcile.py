"""The command line: what it shows, what it writes, and with which code it exits."""

from __future__ import annotations

import inspect
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq
import pytest

from tests.cli.held import HELD
from workbench import cli
from workbench.cli.flags import SHORT, options_of
from workbench.cli.outcome import visible
from workbench.dsn import private
from workbench.errors import ControlTotalsError, ExitCode, SettingsError, Terminated
from workbench.reconciliation.settings import OPTIONS
from workbench.reports.execute import ReportOutcome
from workbench.runs.folder.manifest import verify_run
from workbench.runs.folder.outcome import failed_outcome
from workbench.runs.folder.run_folder import check_out
from workbench.sources import ReaderOptions, read_external
from workbench.sources.option_table import options_for

DATA = Path(__file__).parents[2] / "data"
STRIPE, LEDGER = str(DATA / "practice" / "stripe.csv"), str(DATA / "practice" / "ledger.csv")
PRACTICE = [STRIPE, LEDGER, "--rules", str(DATA / "practice" / "rules_one_percent.json")]
TABLES = [
    "adjustments",
    "control_totals",
    "differences",
    "excluded",
    "matches",
    "near_misses",
    "rejected",
    "unmatched_external",
    "unmatched_internal",
]


class Shell:
    """Runs command lines in this process and keeps what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *args: object) -> tuple[int, str, str]:
        code = cli.run([str(each) for each in args])
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def squeezed(text: str) -> list[str]:
    """The lines of a table without what aligns them."""
    return [" ".join(line.split()) for line in text.splitlines()]


def tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}


def settings_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "settings.json").read_text())["settings"])


# What is done


def test_a_reconciliation_is_shown_and_written(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell("reconcile", *PRACTICE, "--out", "runs/march")
    lines = squeezed(out)
    assert (code, err) == (0, "")
    assert "matched 6 6" in lines
    assert "unmatched 4 4" in lines
    assert "Reference, currency, amount within 1 % 6" in lines
    assert "external USD in 10 0.00 2,704.34 2,704.34" in lines
    assert lines[-1] == "Written to runs/march"
    folder = tmp_path / "runs" / "march"
    assert verify_run(folder) == []
    written = [f"{name}.{kind}" for name in (*TABLES, "open_items") for kind in ("csv", "parquet")]
    assert {path.name for path in folder.iterdir()} == {
        *written,
        "summary.json",
        "settings.json",
        "manifest.json",
        "outcome.json",
        "inputs",
    }
    assert len(tables(folder)["matches"]) == 6


def test_a_dry_run_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    code, out, _ = shell("reconcile", *PRACTICE, "--out", "out", "--dry-run")
    assert (code, squeezed(out)[-1]) == (0, "Dry run: nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_json_is_the_summary_and_nothing_else(shell: Shell) -> None:
    code, out, err = shell("reconcile", *PRACTICE, "--out", "out", "--json")
    summary = json.loads(out)
    assert (code, err) == (0, "")
    assert json.loads(Path("out/summary.json").read_text()).items() <= summary.items()
    assert json.loads(Path("out/outcome.json").read_text()).items() <= summary.items()
    assert (summary["verdict"], summary["exit_code"], summary["out"]) == ("amber", 0, "out")
    assert (summary["matched_transactions"], summary["is_dry_run"]) == (6, False)


def test_without_rules_it_is_said_that_they_are_proposed(shell: Shell) -> None:
    _, out, _ = shell("reconcile", STRIPE, LEDGER, "--dry-run")
    assert "Rules (none were given: the records propose these)" in squeezed(out)


@pytest.mark.parametrize(
    ("sample", "external", "internal", "flags"),
    [
        (
            "processor",
            "umsaetze.csv",
            "ledger.ndjson",
            [
                *("--strategy", "one_to_many", "--group-by", "parent_transaction", "--external-decimal", ","),
                *("--external-delimiter", ";", "--external-date-format", "%d.%m.%Y %H:%M"),
                *("--external-mapping", "Vorgang=id", "--external-mapping", "Betrag=amount"),
                *("--external-mapping", "Währung=currency", "--external-mapping", "Referenz=reference"),
                *("--external-mapping", "Buchungstext=description", "--external-mapping", "Datum=date"),
            ],
        ),
        (
            "split_authorisations",
            "authorisations.json",
            "ledger.xlsx",
            ["--strategy", "many_to_one", "--group-by", "reference"],
        ),
    ],
)
def test_a_run_again_from_its_settings_gives_the_same_tables(
    shell: Shell, tmp_path: Path, sample: str, external: str, internal: str, flags: list[str]
) -> None:
    folder = DATA / sample
    code, _, err = shell(
        *("reconcile", folder / external, folder / internal, "--rules", folder / "rules.json", *flags),
        *("--on-bad", "reject", "--out", "first"),
    )
    assert (code, err) == (0, "")
    code, _, err = shell("reconcile", "--settings", "first/settings.json", "--trust-settings", "--out", "again")
    assert (code, err) == (0, "")
    first = tables(tmp_path / "first")
    assert len(first["matches"]) > 20
    assert tables(tmp_path / "again") == first
    assert settings_in(tmp_path / "again") == settings_in(tmp_path / "first")


def test_flags_go_before_the_earlier_settings_and_other_files_are_all_named(shell: Shell, tmp_path: Path) -> None:
    shell("reconcile", *PRACTICE, "--out", "first", "--statuses", "APPLIED,QUEUED", "--statuses", "VOID")
    assert settings_in(tmp_path / "first")["statuses"] == ["APPLIED", "QUEUED", "VOID"]
    statement = tmp_path / "one.csv"
    statement.write_text("id,amount,currency,date\ne1,152.75,USD,2025-03-17\n")
    flags = ["--out", "second", "--statuses", "", "--rules", DATA / "practice" / "rules.json"]
    code, out, err = shell("reconcile", statement, LEDGER, "--like", "first/settings.json", *flags)
    assert (code, err) == (0, "")
    assert "input one.csv ledger.csv" in squeezed(out)
    settings = settings_in(tmp_path / "second")
    assert (settings["statuses"], settings["rules"][0]["criteria"][2]["allowable_drift"]) == (None, 0)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--like", "first/settings.json"], f"name external (it was {STRIPE}), internal (it was {LEDGER}) too"),
        (["one.csv", "--like", "first/settings.json"], f"for other files: name internal (it was {LEDGER}) too"),
        (["one.csv", "--settings", "first/settings.json"], "so internal would be that run's"),
        (["--internal", "one.csv", "--settings", "first/settings.json"], "so external would be that run's"),
        (["--settings", "first/settings.json"], f"would read {STRIPE} as external: name it again (--external …)"),
        (["--settings", "first/settings.json", "--like", "first/settings.json"], "give one of the two"),
        (["one.csv", LEDGER, "--internal", "one.csv"], "the internal file is named twice"),
    ],
)
def test_no_file_of_last_month_is_read_in_silence(shell: Shell, tmp_path: Path, args: list[str], says: str) -> None:
    shell("reconcile", *PRACTICE, "--out", "first")
    (tmp_path / "one.csv").write_text("id,amount,currency,date\ne1,152.75,USD,2025-03-17\n")
    code, out, err = shell("reconcile", *args, "--dry-run")
    assert (code, out) == (2, "")
    assert says in err


def test_a_settings_file_takes_no_password_to_a_host_that_was_not_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("reconcile", *PRACTICE, "--out", "first")
    prepared = json.loads(Path("first/settings.json").read_text())
    host = "postgresql://ann@127.0.0.1:1/books"
    prepared["inputs"]["internal"]["path"] = host
    Path("first/settings.json").write_text(json.dumps(prepared))
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    again = ["reconcile", "--external", STRIPE, "--settings", "first/settings.json", "--dry-run"]
    code, _, err = shell(*again)
    assert code == 2
    assert f"would open the database {host} as internal: name it again (--internal …)" in err
    for named in (["--internal", host], ["--trust-settings"]):  # then it is tried, and nobody listens there
        assert "Connection refused" in shell(*again, *named)[2]


@pytest.mark.parametrize(
    ("prepared", "says"),
    [
        ({"inputs": {"internal": {"options": {"layout": "/etc/passwd"}}}}, "names a layout for internal"),
        ({"expect": {"external": {"control": "/etc/passwd"}}}, "expects of external what no run writes"),
        ({"expect": {"external": ["control=/etc/passwd"]}}, "expects of external what no run writes"),
    ],
)
def test_a_settings_file_opens_nothing_that_no_run_writes_there(
    shell: Shell, prepared: dict[str, Any], says: str
) -> None:
    shell("reconcile", *PRACTICE, "--out", "first")
    settings = Path("first/settings.json")
    values = json.loads(settings.read_text())
    for part, own in prepared.items():
        for side, changes in own.items():
            values[part][side] = values[part].get(side, {}) | changes if isinstance(changes, dict) else changes
    settings.write_text(json.dumps(values))
    for command in (["reconcile", STRIPE, LEDGER, "--settings", settings, "--dry-run"], ["perform", "first"]):
        code, _, err = shell(*command)
        assert (code, says in err, "passwd" in err) == (2, True, False)


@pytest.mark.parametrize(
    ("path", "says"), [("a\0b", "holds a zero byte"), ("a\ud800", "holds half a character")], ids=["zero byte", "half"]
)
def test_a_settings_file_names_no_file_that_cannot_be(shell: Shell, path: str, says: str) -> None:
    shell("reconcile", *PRACTICE, "--out", "first")
    settings = Path("first/settings.json")
    values = json.loads(settings.read_text())
    values["inputs"]["internal"]["path"] = path
    settings.write_text(json.dumps(values))
    code, _, err = shell("reconcile", STRIPE, LEDGER, "--settings", settings, "--dry-run")
    assert (code, says in err) == (2, True)


@pytest.mark.parametrize("out", ["s3://bucket/run", "https://example.org/run", "postgresql://ann:pw@db/books"])
def test_a_url_is_no_folder_to_write(shell: Shell, tmp_path: Path, out: str) -> None:
    for command in (["reconcile", *PRACTICE], ["report", "reconciliation"]):
        code, _, err = shell(*command, "--out", out)
        assert (code, err.startswith("--out takes a path, not a URL")) == (2, True)
    for python in (out, Path(out)):
        with pytest.raises(SettingsError, match="is a URL: name a folder"):
            check_out(python)
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_changed_since_is_said(shell: Shell, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    ledger.write_bytes(Path(LEDGER).read_bytes())
    shell("reconcile", STRIPE, ledger, "--out", "first")
    ledger.write_text(ledger.read_text().replace("txn_010", "txn_011"))
    code, _, err = shell("reconcile", "--settings", "first/settings.json", "--trust-settings", "--dry-run")
    assert (code, err) == (0, "ledger.csv is not what it was in the run of first/settings.json\n")


def test_an_earlier_run_is_only_replaced_by_force(shell: Shell, tmp_path: Path) -> None:
    shell("reconcile", STRIPE, LEDGER, "--out", "out")
    before = tables(tmp_path / "out")
    code, out, err = shell("reconcile", *PRACTICE, "--out", "out")
    assert (code, out) == (2, "")
    assert err == f"{tmp_path / 'out'} exists already: name another folder, or replace it with --force\n"
    assert tables(tmp_path / "out") == before
    assert shell("reconcile", *PRACTICE, "--out", "out", "--force")[0] == 0
    assert len(tables(tmp_path / "out")["matches"]) == 6


@pytest.mark.parametrize(("allowed", "code"), [("4", 0), ("3", 1), ("40%", 0), ("39.9%", 1)])
def test_more_open_records_than_allowed_exit_with_1_and_are_written_all_the_same(
    shell: Shell, tmp_path: Path, allowed: str, code: int
) -> None:
    found, out, err = shell("reconcile", *PRACTICE, "--out", "out", "--max-open", allowed)
    said = [
        f"4 of 10 {side} records are open (4 unmatched, 0 rejected), more than the {allowed} allowed (max_open)"
        for side in ("external", "internal")
    ]
    assert (found, err.splitlines()) == (code, said if code else [])
    assert ("Gates: red" in out) is bool(code)
    assert verify_run(tmp_path / "out") == []


def test_gates_and_expectations_are_settings_like_any_other(shell: Shell, tmp_path: Path) -> None:
    limits = ["--max-open", "external 4", "--max-open", "warn internal 0", "--max-open-amount", "10,000 USD"]
    expected = ["--expect-external", "rows=10", "--expect-external", "period=2025-01-01..2025-12-31"]
    code, out, err = shell("reconcile", *PRACTICE, "--out", "first", *limits, *expected)
    assert (code, err) == (0, "")
    assert "Gates: amber" in squeezed(out)
    settings = json.loads((tmp_path / "first/settings.json").read_text())
    assert settings["gates"] == {"max_open": "external 4; warn internal 0", "max_open_amount": "10,000 USD"}
    assert settings["expect"] == {"external": {"rows": "10", "period": "2025-01-01..2025-12-31"}}
    assert pq.read_table(tmp_path / "first/outside_period.parquet").num_rows == 0
    again = ["reconcile", "--settings", "first/settings.json", "--trust-settings", "--dry-run"]
    assert shell(*again)[0] == 0
    code, _, err = shell(*again, "--max-open", "3", "--expect-external", "rows=11")
    assert code == 1
    assert "stripe.csv has 10 records, not 11 as expected" in err
    assert "4 of 10 internal records are open" in err
    # Next month's file has other rows, and the same gates.
    code, _, err = shell("reconcile", *PRACTICE[1::-1][::-1], "--like", "first/settings.json", "--dry-run")
    assert (code, err) == (0, "")


# What is wrong


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["reconcile"], "there is no external file to read: name one, or an earlier run by --settings"),
        (["reconcile", STRIPE], "there is no internal file to read"),
        (["reconcile", STRIPE, LEDGER], "there is no folder to write: give --out DIR, or --dry-run"),
        (["reconcile", "", LEDGER, "--out", "out"], "there is no external file to read"),
        (
            ["reconcile", STRIPE, "none.csv", "--out", "out"],
            "cannot read none.csv: No such file or directory, it is not there yet",
        ),
        (["reconcile", STRIPE, "n" * 300, "--out", "out"], "nnn: File name too long"),
        (["reconcile", STRIPE, "empty.csv", "--out", "out"], "empty.csv"),
        (["reconcile", STRIPE, "lacking.csv", "--out", "out"], "lacking.csv"),
        (
            ["reconcile", "latin.csv", LEDGER, "--external-encoding", "utf-8", "--out", "out"],
            "latin.csv is not in UTF-8",
        ),
        (["reconcile", "bad.csv", LEDGER, "--out", "out"], "row 1, column amount: '1,5x' is not a number"),
        (["reconcile", STRIPE, LEDGER, "--out", "empty.csv"], "is a file: name a folder to write to"),
        (["reconcile", STRIPE, LEDGER, "--out", "empty.csv/out"], "cannot be written: Not a directory"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--strategy", "many"], "'one_to_one', 'one_to_many', "),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--group-by", "source"], "one_to_one compares single records"),
        (
            ["reconcile", STRIPE, LEDGER, "--out", "out", "--strategy", "one_to_many", "--group-by", "colour"],
            "unknown grouping criterion of one_to_many 'colour': choose one of transaction_id, parent_transaction",
        ),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--rules", "none.json"], "rules file 'none.json' cannot be"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--rules", "bad.csv"], "rules file 'bad.csv' is not JSON"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--rules", "field.json"], "unknown field 'colour'"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--rules", "drift.json"], "a fraction of the internal amount"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--max-candidates", "0"], "max_candidates takes a whole"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--max-open", "few"], "a share such as 1%, or money"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--expect-internal", "rows"], "takes WHAT=VALUE, such as"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--settings", ""], "settings file '' cannot be read"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--decisions", ""], "cannot be read: Is a directory"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--external-mapping", "id"], "takes HEADER=COLUMN"),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--external-decimal", "x"], "decimal"),
        (["reconcile", "--out", "out", "--settings", "none.json"], "settings file 'none.json' cannot be read"),
        (["reconcile", "--out", "out", "--settings", "bad.csv"], "settings file 'bad.csv' is not JSON"),
        (["reconcile", "--out", "out", "--settings", "drift.json"], "is not the settings.json of a reconciliation's"),
        (
            ["reconcile", "--out", "out", "--settings", "malformed.json"],
            "'malformed.json' is not the settings.json of a",
        ),
        (["reconcile", STRIPE, LEDGER, "--out", "out", "--settings", "odd.json"], "statuses takes a name or a"),
        (["reconcile", STRIPE, LEDGER, "third.csv"], "unexpected extra argument (third.csv)"),
        (["reconcile", STRIPE, LEDGER, "--colour"], "No such option '--colour'"),
        (["reconsile"], "No such command 'reconsile'"),
        (["verify", "nowhere"], "nowhere is no folder that the workbench wrote"),
        (["report", "weather", "--out", "out"], "unknown report 'weather': choose one of "),
        (["report", "reconciliation", "-p", "strategy", "--out"], "Missing option '--out'"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback_and_nothing_is_written(
    shell: Shell, tmp_path: Path, args: list[str], says: str
) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "lacking.csv").write_text("transaction_id,amount\nt1,1\n")
    (tmp_path / "latin.csv").write_bytes("id,amount,currency,date\nä,1,EUR,2026-01-01\n".encode("latin-1"))
    (tmp_path / "bad.csv").write_text('id,amount,currency,date\na,"1,5x",EUR,2026-01-01\n')
    for name, criterion in {"field": {"field": "colour"}, "drift": {"field": "amount", "allowable_drift": 2}}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps([{"name": "r", "criteria": [criterion]}]))
    for name, inputs in {"malformed": {"external": 1}, "odd": {}}.items():
        earlier = {"command": "reconcile", "inputs": inputs, "settings": {"statuses": 5}}
        (tmp_path / f"{name}.json").write_text(json.dumps(earlier))
    before = sorted(tmp_path.iterdir())
    code, out, err = shell(*args)
    assert (code, out) == (4 if "is not there yet" in says else 2, "")
    assert says in err
    assert "Traceback" not in err
    failed = tmp_path / "out"
    if failed.exists():  # all that it holds is how the run failed
        outcome = json.loads((failed / "outcome.json").read_text())
        assert (outcome["verdict"], outcome["exit_code"], f"{outcome['message']}\n") == ("red", code, err)
        assert {path.name for path in failed.iterdir()} == {"outcome.json", "manifest.json"}
    assert [path for path in sorted(tmp_path.iterdir()) if path != failed] == before


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (RuntimeError("odd\nand more"), 3, "workbench failed: RuntimeError: odd\n"),
        (ControlTotalsError("external USD: 1 is not 2"), 3, "external USD: 1 is not 2\n"),
        (SettingsError("postgresql://ann:s3cret@db/books is no file"), 2, "postgresql://ann@db/books is no file\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (Terminated(), 143, "terminated\n"),
    ],
)
def test_whatever_fails_is_one_sentence_and_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("workbench.cli.reconciliation.reconcile_with", fail)
    assert shell("reconcile", *PRACTICE, "--out", "out") == (code, "", says)
    assert json.loads((tmp_path / "out" / "outcome.json").read_text())["exit_code"] == code
    monkeypatch.setenv("WORKBENCH_DEBUG", "1")
    assert "Traceback" in shell("reconcile", *PRACTICE, "--out", "out")[2]


def test_a_password_in_an_argument_is_not_repeated(shell: Shell) -> None:
    dsn = "postgresql://ann:s3cret@127.0.0.1:1/books"
    for args in (["reconcile", STRIPE, LEDGER, dsn], ["reconcile", STRIPE, dsn, "--dry-run"], ["verify", dsn]):
        code, out, err = shell(*args)
        assert code == 2
        assert "127.0.0.1" in err
        assert "s3cret" not in out + err


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("(postgresql://ann:s3cret@db/books) is wrong", "(postgresql://ann@db/books) is wrong"),
        ("'postgresql://ann:s3cret@db' is wrong", "'postgresql://ann@db' is wrong"),
        ("postgresql://ann:s3cret with blanks@db is wrong", "postgresql://ann"),
        ("postgresql://ann:s3(cret)@db is wrong", "postgresql://ann"),
        ("not 'postgresql://ann:s3:/?&=% c'ret@db/books'", "not 'postgresql://ann"),
        ("not 'postgresql://ann:s3@c ret@db/books'", "not 'postgresql://ann@c"),
        ("not 'postgresql://db/books?password=s3 cret'", "not 'postgresql://db/books"),
        ("host=db password=s3cret", "host=db"),
        ("row 7: 'ann@example.org' at 12:30 is wrong", "row 7: 'ann@example.org' at 12:30 is wrong"),
    ],
)
def test_a_line_keeps_what_is_no_password(line: str, shown: str) -> None:
    assert private(line) == shown


# Text of the data


def test_text_of_the_data_is_neither_markup_nor_steers_the_terminal(shell: Shell, tmp_path: Path) -> None:
    name = "[bold red]R&D[/] :smile: \x1b[31m <script>"
    (tmp_path / "rules.json").write_text(json.dumps([{"name": name, "criteria": [{"field": "amount"}]}]))
    _, out, _ = shell("reconcile", STRIPE, LEDGER, "--rules", tmp_path / "rules.json", "--dry-run")
    assert r"[bold red]R&D[/] :smile: \x1b[31m <script>" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zürich 東京 €", "Zürich 東京 €"),
        ("a\tb\r\nc", r"a\tb\r\nc"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\u202e123\u2066", r"\u202e123\u2066"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_what_would_steer_or_hide_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


# Flags


def flags_of(command: click.Command) -> dict[str, click.Option]:
    return {str(each.name): each for each in command.params if isinstance(each, click.Option)}


def test_the_flags_and_the_option_table_do_not_drift_apart() -> None:
    flags = flags_of(cli.reconcile)
    for option in OPTIONS:
        flag = flags[option.name]
        assert flag.opts == [f"--{SHORT.get(option.name, option.name).replace('_', '-')}"]
        assert str(flag.help).startswith(option.help)
        if option.kind == "choice":
            assert isinstance(flag.type, click.Choice)
            assert tuple(flag.type.choices) == option.choices
        if option.default:
            default = option.default if isinstance(option.default, tuple) else (option.default,)
            assert f"[default: {', '.join(map(str, default))}]" in str(flag.help)
    settings = {name for name, flag in flags.items() if getattr(flag, "section", "") == "Settings"}
    assert settings == {option.name for option in OPTIONS} | {
        *(
            "rules",
            "rates",
            "settings",
            "like",
            "trust_settings",
            "decisions",
            "external_file",
            "internal_file",
        )
    }


def test_the_flags_and_the_options_of_the_readers_do_not_drift_apart() -> None:
    every = {*ReaderOptions.__annotations__, *inspect.signature(read_external).parameters} - {
        "data",
        "engine",
        "options",
    }
    assert {*(option.name for option in options_for("external")), "on_bad"} == every
    taken = {f"{side}_{option.name}" for side in ("external", "internal") for option in options_for(side)}
    sections = ("Reading", "Reading EXTERNAL", "Reading INTERNAL")
    flags = flags_of(cli.reconcile)
    assert {name for name, flag in flags.items() if getattr(flag, "section", "") in sections} == taken | {"on_bad"}


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ({"internal_date": "effective_date", "external_decimal": ","}, {}),
        ({"internal_date_format": "%d.%m.%Y", "on_bad": "reject"}, {"date_format": "%d.%m.%Y", "on_bad": "reject"}),
        ({"internal_delimiter": r"\t"}, {"delimiter": "\t"}),
        ({"internal_mapping": ("A=B=amount", "ID = id")}, {"mapping": {"A=B": "amount", "ID ": "id"}}),
        ({"internal_mapping": ("2=amount",), "internal_header": "none"}, {"mapping": {2: "amount"}, "header": None}),
        ({"internal_only": ("State=DONE,PAID",)}, {"only": {"State": ["DONE", "PAID"]}}),
        ({"internal_directions": ("X=out",)}, {"directions": {"X": "out"}}),
        ({"internal_minor_units": True}, {"minor_units": True}),
    ],
)
def test_the_flags_of_a_side_are_what_its_reader_takes(flags: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    assert options_of("internal", flags) == options


def test_help_is_enough_to_use_it(shell: Shell) -> None:
    code, out, _ = shell("reconcile", "--help")
    assert code == 0
    for needed in ("EXTERNAL", "Examples:", "Exit codes:", "--group-by parent_transaction", "--group-by date", "5%"):
        assert needed in out


# Reports and checks


@pytest.mark.parametrize(
    "args",
    [
        ["-p", "external=a.csv", "-p", "account=007", "-p", "note=x=y"],
        ["-p", "external", "a.csv", "-p", "account", "007", "-p", "note", "x=y"],
        ["--parameter", "external", "a.csv", "--parameter=account=007", "-pnote=x=y"],
    ],
)
def test_parameters_of_a_report_are_texts_with_or_without_an_equals_sign(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    asked: list[Any] = []
    Path("a.csv").write_text("")

    def run_report(name: str, parameters: Mapping[str, str], out: Path, **options: Any) -> ReportOutcome:
        asked.append((name, parameters, out, options))
        outcome = failed_outcome("report", ExitCode.WRONG_BOOKS, "too many are open")
        return ReportOutcome(out / "report.html", ExitCode.WRONG_BOOKS, "too many are open", outcome)

    monkeypatch.setattr(import_module("workbench.cli.report"), "run_report", run_report)
    code, out, err = shell("report", "reconciliation", *args, "--out", "r", "--theme", "dark", "--force")
    assert (code, out, err) == (1, "The report: r/report.html\n", "too many are open\n")
    values = {"external": "a.csv", "account": "007", "note": "x=y"}
    [(name, given, folder, options)] = asked
    assert (name, given, folder) == ("reconciliation", values, Path("r"))
    assert (options["force"], options["theme"], options["command_line"][:2]) == (True, "dark", ("workbench", "report"))


def test_a_parameter_without_a_value_is_refused(shell: Shell) -> None:
    code, _, err = shell("report", "reconciliation", "--out", "r", "-p", "strategy")
    assert (code, err) == (2, "-p takes NAME=VALUE, such as strategy=one_to_one, not 'strategy'\n")


def test_a_folder_is_checked(shell: Shell) -> None:
    shell("reconcile", *PRACTICE, "--out", "out")
    code, out, err = shell("verify", "out")
    assert (code, out.splitlines()[0], err) == (0, "out is as the run left it", "")
    Path("out/matches.csv").write_text("")
    Path("out/notes\x1b.txt").write_text("")
    code, out, err = shell("verify", "out")
    assert (code, out.splitlines()[:3], err) == (
        1,
        [
            "notes\\x1b.txt is extra: the run did not write it",
            "matches.csv differs from what the run wrote",
            "matches.csv has 0 rows, matches.parquet has 6",
        ],
        "",
    )


# Real processes


def command(*args: object) -> list[str]:
    return [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, args)]


def test_a_process_exits_with_the_code_and_plain_text(tmp_path: Path) -> None:
    run = subprocess.run(
        command("reconcile", *PRACTICE, "--out", tmp_path / "out", "--max-open", "external 0"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert (
        run.stderr
        == "4 of 10 external records are open (4 unmatched, 0 rejected), more than the 0 allowed (max_open)\n"
    )
    assert "\x1b" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) < 100


def test_a_terminal_sees_the_stages(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("reconcile", *PRACTICE, "--out", tmp_path / "out"), stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"rule 'Reference, currency, amount within 1 %'" in seen
    assert b"Control totals" in seen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # on Linux, a terminal that nobody writes to any more
        return b""


def test_an_interrupt_exits_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, "reconcile", *map(str, PRACTICE), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background is started with interrupts ignored, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - the test has no threads
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"outcome.json", "manifest.json"}


def test_a_statement_that_does_not_follow_is_shown_written_and_ends_with_1(shell: Shell, tmp_path: Path) -> None:
    rows = ["id,date,amount,currency,balance", "b1,2025-12-01,-5.00,EUR,995.00", "b2,2025-12-02,-20.00,EUR,955.00"]
    (tmp_path / "statement.csv").write_text("\n".join(rows))
    (tmp_path / "ledger.csv").write_text("transaction_id,amount,currency,created_at\nt1,-5.00,EUR,2025-12-01\n")
    code, out, err = shell("reconcile", "statement.csv", "ledger.csv", "--out", "run")
    assert code == 1
    assert err.startswith(
        "statement row 2 of EUR opens with 975.00, which is -20.00 from where the statement before it"
    )
    assert "external EUR row 2 975.00 -20.00 955.00 0.00 -20.00" in squeezed(out)
    assert "-20.00" in (tmp_path / "run" / "statements.csv").read_text()


def test_statements_that_add_up_end_with_0(shell: Shell, tmp_path: Path) -> None:
    statement = ":20:X\n:25:DE1\n:28C:1\n:60F:C251201EUR1,\n:61:251201C5,NTRFINV-1\n:62F:C251201EUR6,\n"
    (tmp_path / "statement.sta").write_text(statement)
    (tmp_path / "ledger.csv").write_text("transaction_id,amount,currency,created_at\nt1,5.00,EUR,2025-12-01\n")
    code, out, err = shell("reconcile", "statement.sta", "ledger.csv", "--dry-run")
    assert (code, err) == (0, "")
    assert "external DE1 EUR 1 1 5 6 0" in squeezed(out)


def test_a_ledger_of_no_records_is_reconciled(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "header.csv").write_text("transaction_id,amount,currency,created_at\n")
    code, out, err = shell("reconcile", STRIPE, "header.csv", "--dry-run")
    assert (code, err) == (0, "")
    assert "matched 0 0" in squeezed(out)


def test_bad_records_name_the_flag_that_reads_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statement = tmp_path / "statement.csv"
    statement.write_text("id,amount,currency,date\nb1,x,EUR,2025-12-01\nb2,1,EUR,2025-12-01\n", encoding="utf-8")
    assert cli.run(["reconcile", str(statement), *PRACTICE[1:], "--dry-run"]) == 2
    assert "or read the others with --on-bad reject" in capsys.readouterr().err


def test_several_files_make_one_side(shell: Shell, tmp_path: Path) -> None:
    header, ledger = "id,date,amount,currency", "transaction_id,created_at,amount,currency"
    Path("nov.csv").write_text(f"{header}\nb1,2025-11-29,5.00,EUR\nb2,2025-11-30,6.00,EUR\n")
    Path("dec.csv").write_text(f"{header}\nb2,2025-11-30,6.00,EUR\nb3,2025-12-01,7.00,EUR\n")
    Path("ledger.csv").write_text(f"{ledger}\nt1,2025-11-29,5,EUR\nt2,2025-11-30,6,EUR\nt3,2025-12-01,7,EUR\n")
    named = ["reconcile", "--external", "nov.csv", "--external", "dec.csv", "--internal", "ledger.csv"]
    code, out, err = shell(*named, "--out", "first")
    assert (code, err) == (0, "")
    assert "nov.csv, dec.csv" in out
    assert len(tables(tmp_path / "first")["matches"]) == 3
    before = json.loads(Path("first/settings.json").read_text())["inputs"]["external"]
    assert before["path"] == [str(tmp_path / "nov.csv"), str(tmp_path / "dec.csv")]
    again = ["reconcile", "--settings", "first/settings.json"]
    code, _, err = shell(*again, "--dry-run")
    assert (code, f"{tmp_path / 'nov.csv'}, {tmp_path / 'dec.csv'} as external: name it again" in err) == (2, True)
    code, _, err = shell(*again, "--trust-settings", "--out", "second")
    assert (code, err) == (0, "")
    assert tables(tmp_path / "second")["matches"] == tables(tmp_path / "first")["matches"]
    code, _, err = shell("reconcile", "*[vc].csv", "ledger.csv", "--out", "third")
    assert (code, len(tables(tmp_path / "third")["matches"])) == (0, 3)
    code, _, err = shell("reconcile", "x*.csv", "ledger.csv", "--dry-run")
    assert (code, err) == (4, "cannot read x*.csv: No such file or directory, it is not there yet\n")
    code, _, err = shell("reconcile", "nov.csv", "ledger.csv", "--external", "dec.csv", "--dry-run")
    assert (code, "for several files repeat --external alone, or quote a pattern" in err) == (2, True)
