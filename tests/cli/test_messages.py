"""What the command line says of an input that it cannot read: in terms of its flags, never of Python's options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.test_reconcile import Shell
from workbench.sources import in_flags
from workbench.sources.option_table import OPTIONS

PYTHON = re.compile(r"""\b[a-z_]+=(?:["'{\[(]|None\b|True\b|False\b|\.\.\.|;|$| )""")
LEDGER = "transaction_id,amount,currency,created_at\nt1,1.00,EUR,2026-01-31\n"
GOOD = "id,amount,currency,date\na,1.00,EUR,2026-01-31\n"
QIF = "!Type:Bank\nD01/02/2026\nT1,500\n^\n"

CASES: dict[str, tuple[str, bytes, tuple[str, ...], str]] = {
    "zero bytes": ("a.csv", b"i\0d\0\n\0", (), "--external-encoding utf-16"),
    "another encoding": (
        "a.csv",
        GOOD.encode() + b"\x81,1,EUR,\xff\n",
        ("--external-encoding=utf-8",),
        "such as --",
    ),
    "two delimiters": ("a.csv", b"id,amount;date\n", (), "give --external-delimiter"),
    "no amount": ("a.csv", b"id,Wert,currency,date\na,x,EUR,2026-01-31\n", (), "--external-mapping"),
    "two dates": ("a.csv", b"id,amount,currency,date\na,1.00,EUR,01/02/2026\n", (), "--external-date-format %d/%m/%Y"),
    "thousands": ("a.csv", b"id,amount,currency,date\na,1.000,EUR,2026-01-31\n", (), "--external-decimal ','"),
    "no currency": ("a.csv", b"id,amount,date\na,1.00,2026-01-31\n", (), "--external-currency"),
    "bad row": ("a.csv", f"{GOOD}b,much,EUR,2026-01-31\n".encode(), (), "--on-bad reject"),
    "no header": ("a.csv", b"a1,2026-01-31,1.00,EUR\na2,2026-01-31,2.00,EUR\n", (), "--external-header none"),
    "qif dates": ("a.qif", QIF.replace(",", ".").encode(), (), "--external-date-format"),
    "qif amounts": ("a.qif", QIF.replace("01/02", "31/01").encode(), (), "--external-decimal"),
    "useless": ("a.csv", GOOD.encode(), ("--external-sheet=A",), "no use for --external-sheet; it takes --external-d"),
    "unmapped": ("a.csv", GOOD.encode(), ("--external-mapping=Wert=amount",), "which --external-mapping names"),
    "no column": (
        "a.csv",
        GOOD.encode(),
        ("--external-mapping=id=number",),
        "--external-mapping 'id=number': ",
    ),
    "excluded": ("a.csv", GOOD.encode(), ("--external-only=State=DONE",), "which --external-only names"),
    "date layout": ("a.csv", GOOD.encode(), ("--external-date-format=%Q",), "--external-date-format %Q is no strptime"),
    "unknown encoding": ("a.csv", GOOD.encode(), ("--external-encoding=x",), "--external-encoding x is unknown"),
    "unknown zone": ("a.csv", GOOD.encode(), ("--external-timezone=x",), "--external-timezone x is unknown"),
    "unknown mark": ("a.csv", GOOD.encode(), ("--external-decimal=;",), "--external-decimal ';' is unknown"),
    "same marks": ("a.csv", GOOD.encode(), ("--external-thousands=.",), "--external-decimal and --external-thousands"),
    "long mark": ("a.csv", GOOD.encode(), ("--external-delimiter=ab",), "--external-delimiter takes one character"),
    "line 0": ("a.csv", GOOD.encode(), ("--external-header=0",), "--external-header takes the number of its line"),
    "of a database": ("a.csv", GOOD.encode(), ("--external-since=2026-01-31",), "--external-since selects records"),
    "no instant": ("a.csv", GOOD.encode(), ("--external-since=soon",), "--external-since takes an instant"),
    "no layout": ("a.csv", GOOD.encode(), ("--external-layout=ledger.csv",), "is not JSON"),
}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ledger.csv").write_text(LEDGER)
    return Shell(capsys)


@pytest.mark.parametrize("case", CASES)
def test_an_input_that_cannot_be_read_is_told_in_flags(shell: Shell, tmp_path: Path, case: str) -> None:
    name, content, flags, says = CASES[case]
    (tmp_path / name).write_bytes(content)
    code, out, err = shell("reconcile", name, "ledger.csv", "--dry-run", *flags)
    assert (code, out) == (2, "")
    assert says in err
    assert PYTHON.findall(err) == []
    # No option is called as in Python, unless that is a word.
    assert [option.name for option in OPTIONS if "_" in option.name and option.name in err] == []


def test_a_folder_that_is_there_is_told_in_flags(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    run = ("reconcile", "a.csv", "ledger.csv", "--out", "run")
    assert shell(*run)[0] == 0
    code, _, err = shell(*run)
    assert (code, err) == (2, f"{tmp_path / 'run'} exists already: name another folder, or replace it with --force\n")


@pytest.mark.parametrize("path", ["a\0b", "a\0b/*.csv", "\ud800", "x" * 300], ids=["zero", "pattern", "half", "long"])
def test_what_no_file_can_be_called_is_refused_wherever_it_is_named(shell: Shell, tmp_path: Path, path: str) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    books = ("reconcile", "a.csv", "ledger.csv", "--dry-run")
    commands = [["reconcile", path, "ledger.csv"], [*books, "--rates", path], [*books, "--log", path], ["layout", path]]
    commands += [[command, path] for command in ("verify", "perform", "chain")] + [["compare", path, path]]
    for command in commands:
        code, _, err = shell(*command)
        assert (code, "workbench failed" in err) == (2, False)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("give delimiter=", "give --internal-delimiter"),
        ("such as mapping={'Betrag': 'amount'}", "such as --internal-mapping 'Betrag=amount'"),
        ("header=None or header=3", "--internal-header none or --internal-header 3"),
        ('read the others with on_bad="reject"', "read the others with --on-bad reject"),
        ("minor_units=False", "--internal-no-minor-units"),
        ("'decimal=x' is not a number", "'decimal=x' is not a number"),
        ("resource=1", "resource=1"),
    ],
)
def test_only_options_become_flags(message: str, told: str) -> None:
    assert in_flags(message, "internal") == told
