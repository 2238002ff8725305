"""Rates in the bench: asked for where a rule crosses currencies, kept, and used by runs and what-if."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import workbench as wb
from workbench.bench.reconciliation.bench import ReconcileBench, reconcile_bench
from workbench.errors import SourceError

STATEMENT = "id,amount,currency,date,reference\ne1,141.85,AUD,2025-12-05,r1\n"
LEDGER = "transaction_id,amount,currency,created_at,reference\ni1,100.00,USD,2025-12-05,r1\n"
RATES = "date,from,to,rate\n2025-12-04,USD,AUD,1.4185\n"
RULE = wb.Rule("Foreign", [wb.Criterion("reference"), wb.Criterion("amount")])


@pytest.fixture(autouse=True)
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"statement.csv": STATEMENT, "ledger.csv": LEDGER, "rates.csv": RATES}.items():
        Path(name).write_text(text)


def a_bench(**options: str) -> ReconcileBench:
    return reconcile_bench("statement.csv", "ledger.csv", rules=json.dumps([RULE.to_dict()]), **options)


def test_rates_are_asked_for_where_a_rule_crosses_currencies() -> None:
    bench = a_bench(file="october.recon.json")
    assert bench.rates.layout.display == "none"
    bench.rules.boxes[0].options.fields["across_currencies"].value = True
    assert bench.rates.layout.display is None
    assert "rule &#x27;Foreign&#x27; crosses currencies: name a file" in bench.rates.message.value
    assert not bench.state.ready
    bench.rates.path.value = "none.csv"
    assert "none.csv" in bench.state.problems["rates"]
    bench.rates.path.value = "rates.csv"
    assert "1 rate of USD to AUD, from 2025-12-04 to 2025-12-04." in bench.rates.message.value
    bench.run.run()
    assert bench.result is not None
    assert bench.result.conversions["rate"].tolist() == ["1.4185"]
    found = bench.state.what_if().compare([RULE])
    assert found.lost.credits == {"AUD": Decimal("141.85")}
    again = a_bench(file="october.recon.json")
    assert again.state.rates == "rates.csv"
    assert again.result is not None
    assert len(again.result.matches) == 1


def test_rates_outside_the_folder_of_a_file_are_only_opened_if_they_are_named() -> None:
    Path("books").mkdir()
    bench = a_bench(file="books/october.recon.json", rates="rates.csv")
    assert bench.state.rates == "rates.csv"
    with pytest.raises(SourceError, match=r"takes its rates from rates.csv: give rates='rates.csv' too"):
        a_bench(file="books/october.recon.json")
    assert a_bench(file="books/october.recon.json", rates="rates.csv").state.rates == "rates.csv"


def test_a_cell_that_names_sample_rates_from_beside_the_notebooks_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    Path("notebooks").mkdir()
    Path("rates.csv").rename("data/rates.csv")
    for name in ("statement.csv", "ledger.csv"):
        Path(name).rename(f"notebooks/{name}")
    monkeypatch.chdir("notebooks")
    for _ in range(2):
        assert a_bench(file="october.recon.json", rates="data/rates.csv").state.rates == "../data/rates.csv"
