"""Hashes of files, and files that are written so that the disk holds them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.text_files import check_file


def hash_file(path: Path) -> str:
    """The SHA-256 of a file."""
    check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have the disk hold a file or a folder."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def write_json(path: Path, value: Any) -> None:
    """Write JSON to be read by people too; what JSON has no type for is written as text."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=as_json) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # half a character as JSON spells it


def is_file(path: object) -> bool:
    """Whether a regular file stands under a path, which may be none, or a database's URL."""
    try:
        return isinstance(path, str) and Path(path).is_file()
    except OSError:  # such as a name too long for any file
        return False


def as_json(value: Any) -> Any:
    """What JSON has no type for, as an object or a text: for ``json.dumps``."""
    return dict(value) if isinstance(value, Mapping) else str(value)
