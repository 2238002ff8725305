"""A format is one file: what the page for contributors shows works as it stands there."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.sources import endings, formats, read_external
from workbench.sources.known_formats import known_formats

PAGE = Path(__file__).parents[3] / "CONTRIBUTING.md"


@pytest.fixture
def semaphore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    block = re.search(r"   ```python\n(.*?)   ```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "semaphore.py").write_text(textwrap.dedent(block[1]), encoding="utf-8")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path / "formats")])
    known_formats.cache_clear()
    yield
    known_formats.cache_clear()


def test_the_format_of_the_page_is_known_by_its_file(tmp_path: Path, semaphore: None) -> None:  # noqa: ARG001
    (tmp_path / "a.csv").write_text("*SEMAPHORE*\ns1*7.50*EUR*2026-01-31\n")
    table = read_external(tmp_path / "a.csv").to_pandas()
    assert table[["id", "amount", "currency"]].values.tolist() == [["s1", Decimal("7.50"), "EUR"]]
    assert ".sem" in endings()


def test_the_format_of_the_page_says_bad_lines_and_is_read_as_it_is_written(
    tmp_path: Path,
    semaphore: None,  # noqa: ARG001
) -> None:
    text = "*SEMAPHORE*\ns1*1.207,50*EUR*31.01.2026\nnoise é\ns2*-3,00*EUR*01.02.2026\n"
    (tmp_path / "a.sem").write_bytes(text.encode("cp1252"))
    records = read_external(tmp_path / "a.sem", on_bad="reject")
    assert [[row.id, row.amount, f"{row.date:%Y-%m-%d}"] for row in records.to_pandas().itertuples()] == [
        ["s1", Decimal("1207.50"), "2026-01-31"],
        ["s2", Decimal("-3.00"), "2026-02-01"],
    ]
    assert records.rejected[["row", "reason"]].values.tolist() == [[2, "has 1 fields, not 4"]]


def test_every_format_says_how_its_files_are_called_and_one_takes_the_rest() -> None:
    assert all(known.endings and all(ending.startswith(".") for ending in known.endings) for known in known_formats())
    assert [known.name for known in known_formats() if known.rest] == ["csv"]
