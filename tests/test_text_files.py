"""Text files: what may never end is refused wherever a file is opened."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import workbench as wb
from workbench import cli
from workbench.bench.reconciliation.saved import load
from workbench.bench.reconciliation.saving import opened
from workbench.blnk.journal import read_lines
from workbench.cli.flags import journal_place
from workbench.excel import write_workbook
from workbench.runs.folder.hashes import hash_file
from workbench.runs.folder.run_folder import check_out
from workbench.runs.folder.saved import whole_folder
from workbench.runs.gates.expectations import make_expectation
from workbench.text_files import append_whole, check_name, write_whole

ROWS = [{"id": "e1", "amount": "1.00", "currency": "EUR", "date": "2026-01-02"}]


OPENS = [
    wb.load_rules,
    wb.load_layout,
    wb.read_rates,
    wb.read_decisions,
    wb.read_external,
    load,
    lambda path: wb.read_external(ROWS, layout=path),
    lambda path: make_expectation("external", {"control": path}),
]


WRITES = [
    lambda path: write_workbook({"rows": pa.table({"id": ["e1"]})}, Path(path), force=True),
    lambda path: wb.save_rules([wb.Rule("Amount", [wb.Criterion("amount")])], path),
    wb.add_decision,
    check_out,
    whole_folder,
    lambda path: journal_place(path, None),
]


@pytest.mark.parametrize("use", [*OPENS, *WRITES])
@pytest.mark.parametrize(("name", "what"), [("a\0b", "a zero byte"), ("a\ud800", "half a character")])
def test_a_name_that_no_file_has_is_refused(tmp_path: Path, name: str, what: str, use: Callable[[str], Any]) -> None:
    with pytest.raises(wb.WorkbenchError, match=f"no file has a name with {what}"):
        use(str(tmp_path / name))


@pytest.mark.parametrize("use", [*OPENS, *WRITES])
def test_a_name_that_is_no_utf_8_is_refused(tmp_path: Path, use: Callable[[str], Any]) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff")
    with suppress(OSError):  # some systems have no such names
        Path(path).write_text("id,amount,currency,date\n")
    with pytest.raises(wb.WorkbenchError, match="its name is not UTF-8 text here: rename it"):
        use(path)


def test_a_name_that_the_locale_hides_is_no_reason_to_rename_a_file() -> None:
    hidden = "r\u00e9sum\u00e9.csv".encode().decode("ascii", "surrogateescape")  # as Python has it in the C locale
    with pytest.raises(OSError, match="the locale is not of UTF-8, so set PYTHONUTF8=1"):
        check_name(hidden)


def test_links_in_a_circle_are_no_folder(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for use in (check_out, whole_folder):
        with pytest.raises(wb.WorkbenchError, match="Too many levels of symbolic links"):
            use(tmp_path / "circle" / "x")


def test_what_does_not_fit_on_the_disk_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"a whole line\n")

    class Full(FileIO):
        def write(self, data: Any, /) -> int | None:
            if len(data) < 10:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data[:5])

    with Full(path, "ab") as file, pytest.raises(OSError, match="No space left"):
        append_whole(file, b"another line\n")
    assert path.read_bytes() == b"a whole line\n"


def test_what_only_its_owner_may_read_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "october.recon.json"
    path.write_text("before")
    path.chmod(0o600)
    write_whole(path, "after")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o600)


def test_a_name_that_is_too_long_or_a_folder_is_refused(tmp_path: Path) -> None:
    for write in (*WRITES[:2], *WRITES[-3:], opened):
        with pytest.raises(wb.WorkbenchError, match="File name too long"):
            write(str(tmp_path / ("x" * 300)))
    for path in ("", "."):
        with pytest.raises(wb.WorkbenchError, match="it names a folder"):
            wb.save_rules([wb.Rule("Amount", [wb.Criterion("amount")])], path)


@pytest.mark.parametrize("opens", OPENS)
def test_a_pipe_is_refused(tmp_path: Path, opens: Callable[[str], Any]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(wb.WorkbenchError, match="it is a pipe or a device"):
        opens(str(pipe))


@pytest.mark.parametrize(
    "writes",
    [
        lambda path: write_whole(path, "text"),
        *WRITES[:3],
        lambda path: journal_place(path, None),
        lambda path: [*read_lines(Path(path), "", "")],
    ],
)
def test_no_file_takes_the_place_of_a_pipe(tmp_path: Path, writes: Callable[[str], Any]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link"):
        with pytest.raises((wb.WorkbenchError, OSError), match="it is a pipe or a device"):
            writes(str(path))
    assert pipe.is_fifo()
    assert (tmp_path / "link").is_symlink()


def test_a_link_beside_a_workbook_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    (tmp_path / ".rows.xlsx.new").symlink_to(mine)
    write_workbook({"rows": pa.table({"id": ["e1"]})}, tmp_path / "rows.xlsx")
    assert mine.read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "rows.xlsx"}


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "file", "\ud800")
    assert not [*tmp_path.iterdir()]


def test_a_pipe_is_refused_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="it is a pipe or a device"):
        hash_file(pipe)
    for flag in ("--settings", "--like"):
        assert cli.run(["reconcile", flag, str(pipe), "--dry-run"]) == 2
        assert "it is a pipe or a device" in capsys.readouterr().err
