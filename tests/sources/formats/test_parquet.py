"""Parquet files: exact whatever their types, whole, and no larger than what they hold says."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.errors import SourceError

BASE = {"id": ["e1", "e2"], "amount": ["1.00", "2.00"], "currency": ["EUR", "EUR"], "date": ["2026-01-02"] * 2}


def write(folder: Path, columns: dict[str, object]) -> Path:
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_decimals_of_more_than_38_digits_are_exact(tmp_path: Path) -> None:
    """The engine makes binary floats of them."""
    amounts = [Decimal("12345678901234567.89"), Decimal("0.10")]
    path = write(tmp_path, BASE | {"amount": pa.array(amounts, pa.decimal256(60, 2))})
    assert wb.read_external(path).to_pandas()["amount"].tolist() == amounts


def test_files_one_after_the_other_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path, BASE).read_bytes()
    path = write(tmp_path, BASE | {"id": ["e3", "e4"]})
    path.write_bytes(first + path.read_bytes())
    with pytest.raises(SourceError, match=r"a.parquet holds several Parquet files one after the other"):
        wb.read_external(path)


def test_a_small_file_of_millions_of_equal_rows_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {name: pa.repeat(values[0], 5_000_000) for name, values in BASE.items()})
    with pytest.raises(SourceError, match=r"a.parquet unfolds to more than a statement has \(76 MB"):
        wb.read_external(path)


def test_what_a_damaged_footer_says_of_its_columns_ends_nothing(tmp_path: Path) -> None:
    """Asked for it, Arrow ends the process: this test would not fail, but all would end."""
    whole, random = write(tmp_path, BASE).read_bytes(), Random(3)
    path = tmp_path / "a.parquet"
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(random.choice([1, 2, 4])):
            damaged[random.randrange(max(len(whole) - 1200, 0), len(whole))] = random.randrange(256)
        path.write_bytes(damaged)
        with suppress(wb.WorkbenchError):
            wb.read_external(path, on_bad="reject")
