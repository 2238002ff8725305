"""Packed files: damage is said in a sentence, and what the packed file is called does no harm."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import workbench as wb

CSV = "id,amount,currency,date\n" + "".join(f"e{row},{row}.50,EUR,2026-01-02\n" for row in range(200))

START = 30 + len("statement.csv")  # of what is packed


def packed(folder: Path, name: str = "statement.csv", method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "packed.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(name, CSV)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 8, 1),
        lambda content: content[:26] + b"\xff\xff" + content[28:],  # how long the name is
        lambda content: content[:START] + b"\xff" * 30 + content[START + 30 :],
        lambda content: content.replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, method: int, damage: Callable[[bytes], bytes]) -> None:
    path = packed(tmp_path, method=method)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(wb.SourceError, match=r"packed\.zip is damaged"):
        wb.read_external(path)


@pytest.mark.parametrize("name", ["..", ".", "a/..", "/", "x" * 300 + ".csv", "../../outside.csv", "ü" * 200])
def test_a_packed_file_may_be_called_anything(tmp_path: Path, name: str) -> None:
    if name == "/":  # an archive of a folder alone
        with pytest.raises(wb.SourceError, match="archive of 0 files"):
            wb.read_external(packed(tmp_path, name))
        return
    assert len(wb.read_external(packed(tmp_path, name)).to_pandas()) == 200
    assert [path.name for path in tmp_path.iterdir()] == ["packed.zip"]


def test_a_packed_file_may_have_no_name(tmp_path: Path) -> None:
    path = packed(tmp_path, "Xstatement.csv")
    path.write_bytes(path.read_bytes().replace(b"Xstatement", b"\0statement"))
    assert len(wb.read_external(path).to_pandas()) == 200


def test_archives_one_after_the_other_are_refused(tmp_path: Path) -> None:
    """The list of contents at the end is that of the last one: what the others hold would be lost."""
    path = packed(tmp_path)
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(
        wb.SourceError,
        match=r"packed.zip is damaged: its list of contents lacks the first [\d,]+ bytes, such as another archive",
    ):
        wb.read_external(path)
