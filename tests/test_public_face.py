"""What notebooks and scripts get from the package: its names, what a cell shows, Excel and DataFrames."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import openpyxl
import pytest

import workbench as wb

PAID = [{"id": f"e{n}", "amount": f"{n}.10", "currency": "EUR", "date": "2026-01-02", "note": "<b>"} for n in (1, 2)]
BOOKED = [{"transaction_id": "t1", "amount": "1.10", "currency": "EUR", "created_at": "2026-01-02"}]


@pytest.fixture
def result() -> wb.Result:
    return wb.reconcile(wb.read_external(PAID), wb.read_internal(BOOKED))


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert [name for name in wb.__all__ if not hasattr(wb, name)] == []
    assert not hasattr(wb, "no_such_name")
    undocumented = [name for name in wb.__all__ if name[0] != "_" and not getattr(wb, name).__doc__]
    assert undocumented == []
    assert wb.__version__ == version("ledger-workbench")
    assert (Path(str(wb.__file__)).parent / "py.typed").exists()


def test_importing_the_package_changes_nothing_in_the_environment() -> None:
    script = "import os; before = dict(os.environ); import workbench; assert dict(os.environ) == before"
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ | {"ARROW_DEFAULT_MEMORY_POOL": ""})


def test_a_cell_shows_records_with_their_count_as_text() -> None:
    external = wb.read_external([*PAID, PAID[0]], on_bad="reject")
    assert len(external) == 2
    assert repr(external) == "<Records: 2 records of <list of dicts>, 1 rejected>"
    html = external._repr_html_()
    assert "2 records of &lt;list of dicts&gt;, 1 rejected" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert external.head(1)["amount"].tolist() == [Decimal("1.10")]
    assert "reference" not in external.head()  # nothing stands in it


def test_records_that_are_none_are_still_an_input() -> None:
    external = wb.read_external(PAID)
    assert external
    assert len(wb.read_external([*PAID, {"id": "x"}], on_bad="reject")) == 2


def test_a_cell_shows_a_result_with_its_control_totals(result: wb.Result) -> None:
    assert repr(result) == "<Result: 1 of 2 external records and 1 of 1 internal record matched, one_to_one>"
    assert "amount_unmatched" in result._repr_html_()


def test_money_is_exact_unless_floats_are_asked_for(result: wb.Result) -> None:
    assert result.to_pandas()["amount"].tolist() == [Decimal("1.10")]
    assert result.to_pandas("unmatched_external", money="float")["amount"].tolist() == [2.1]
    with pytest.raises(wb.SettingsError, match="unknown money 'cents': choose one of decimal, float"):
        result.to_pandas(money="cents")  # type: ignore[arg-type]
    with pytest.raises(wb.SettingsError, match="unknown table 'match': choose one of matches"):
        result.to_pandas("match")


def test_all_tables_go_into_one_workbook(result: wb.Result, tmp_path: Path) -> None:
    result.to_excel(tmp_path / "result.xlsx")
    assert openpyxl.load_workbook(tmp_path / "result.xlsx").sheetnames == list(result.tables)
    with pytest.raises(wb.SourceError, match="exists already"):
        result.to_excel(tmp_path / "result.xlsx")


def test_other_rules_are_compared_and_open_records_explained(result: wb.Result) -> None:
    external, internal = wb.read_external(PAID), wb.read_internal(BOOKED)
    narrow = [wb.Rule("Reference", [wb.Criterion("reference")])]
    assert wb.what_if(result, external, internal, narrow).lost.records == 1
    assert wb.near_misses_of(result, "external", "e2") == []
    assert wb.propose(result, "external", "e2").sets == ()
