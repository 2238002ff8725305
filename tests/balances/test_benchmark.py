"""The benchmark of reconstruction: its contenders agree on a small ledger."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.balances import CONTENDERS, bare, make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("ledger")
    make(found, 3000, 2000)
    return found


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_comes_to_the_same_sums(name: str, folder: Path) -> None:
    expected = bare(folder)
    found = CONTENDERS[name](folder)
    assert {figure: found[figure] for figure in expected} == expected
    assert found.get("discrepancies", 2) == 2  # one record in a thousand is a unit off


def test_the_ledger_is_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    make(tmp_path, 3000, 2000)
    for name in ("ledger", "balances"):
        there, again = (f"SELECT * FROM '{path / name}.parquet'" for path in (folder, tmp_path))
        assert duckdb.sql(f"({there} EXCEPT ALL {again}) UNION ALL ({again} EXCEPT ALL {there})").fetchall() == []
