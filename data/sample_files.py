"""Files of the sample data, the same bytes for the same rows."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

Row = Mapping[str, Any]


def write_csv(path: Path, rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows([{name: _iso(value) for name, value in row.items()} for row in rows])


def write_json(path: Path, rows: Iterable[Row]) -> None:
    path.write_text("[\n  " + ",\n  ".join(map(_json, rows)) + "\n]\n", encoding="utf-8")


def write_ndjson(path: Path, rows: Iterable[Row]) -> None:
    path.write_text("".join(f"{_json(row)}\n" for row in rows), encoding="utf-8")


def write_xlsx(path: Path, rows: Sequence[Row]) -> None:
    book = Workbook()
    book.active.append([name.replace("_", " ").title() for name in rows[0]])
    for row in rows:
        # Excel knows no time zones; the workbench reads what has none as UTC.
        book.active.append([_naive(value) for value in row.values()])
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(path, "w") as target:
        for name in parts.namelist():
            # A bare ZipInfo has no moment of writing and no compression, which differs between zlibs.
            target.writestr(zipfile.ZipInfo(name), _timeless(name, parts.read(name)))


def _timeless(name: str, part: bytes) -> bytes:
    if name != "docProps/core.xml":
        return part
    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-11-01T00:00:00Z", part)


def _json(row: Row) -> str:
    # The shortest text of the float nearest to a small decimal is that decimal.
    return json.dumps(row, ensure_ascii=False, default=lambda value: _iso(value, otherwise=float))


def _iso(value: Any, otherwise: Any = lambda value: value) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else otherwise(value)


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
