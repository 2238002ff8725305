"""Differences: what matches differ by, by rule and currency, and that nothing of it can be lost."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import workbench as wb
from workbench.reconciliation.result_tables.differences import check_differences, differences_in_words
from workbench.reports.control_totals import steps_between

NEAR = wb.Rule("Less a fee", [wb.Criterion("reference"), wb.Criterion("amount", "equals", "0.05")], account="@Fees")
ANY = wb.Rule("Reference", [wb.Criterion("reference")])


def external(*rows: tuple[str, str, str, str]) -> wb.Records:
    names = ("id", "amount", "currency", "reference")
    return wb.read_external([dict(zip(names, row, strict=True)) | {"date": "2026-01-02"} for row in rows])


def internal(*rows: tuple[str, str, str, str]) -> wb.Records:
    names = ("transaction_id", "amount", "currency", "reference")
    return wb.read_internal([dict(zip(names, row, strict=True)) | {"created_at": "2026-01-01"} for row in rows])


def test_a_row_for_each_rule_and_currency_in_which_matches_differ(tmp_path: Path) -> None:
    paid = external(
        ("e1", "97.00", "EUR", "a"),
        ("e2", "51.00", "EUR", "b"),
        ("e3", "10.00", "EUR", "c"),
        ("e4", "9.00", "USD", "d"),
        ("e5", "40.00", "USD", "e"),
    )
    booked = internal(
        ("t1", "100.00", "EUR", "a"),
        ("t2", "50.00", "EUR", "b"),
        ("t3", "10.00", "EUR", "c"),
        ("t4", "1.005", "USD", "d"),
        ("t5", "100.00", "USD", "e"),
    )
    journal = tmp_path / "decisions.jsonl"
    sides = {"external": paid, "internal": booked}
    wb.add_decision(journal, wb.decide(sides, "match", external=["e5"], internal=["t5"], why="written off"))
    result = wb.reconcile(paid, booked, rules=[NEAR, ANY], decisions=journal)
    assert [" ".join(map(str, row.values())) for row in result.tables["differences"].to_pylist()] == [
        "by hand USD 1 40.000 100.000 -60.000 60.000 0.000 None",
        "Less a fee EUR 2 148.000 150.000 -2.000 3.000 1.000 @Fees",
        "Reference USD 1 9.000 1.005 7.995 0.000 7.995 None",
    ]
    assert differences_in_words(result.tables["differences"]) == (
        "4 matches differ: external 3.00 EUR less, 1.00 EUR more, 60.00 USD less, 7.995 USD more than internal"
    )
    steps = list(steps_between(*(result.tables[name].to_pylist() for name in ("control_totals", "differences"))))
    assert [(words, str(amount)) for currency, words, amount in steps if currency == "EUR"] == [
        ("external records", "158.000"),
        ("less what matches differ by: Less a fee, @Fees", "2.000"),
        ("internal records", "160.000"),
    ]


def test_matches_that_agree_have_no_row() -> None:
    result = wb.reconcile(external(("e1", "1.00", "EUR", "a")), internal(("t1", "1.0", "EUR", "a")))
    assert len(result.matches) == 1
    assert result.differences.empty
    assert differences_in_words(result.tables["differences"]) == "the amounts of all matches agree"


@pytest.mark.parametrize("seed", range(3))
def test_differences_tie_out_and_no_lie_about_them_passes(seed: int) -> None:
    rnd = random.Random(seed)
    most = 10 ** rnd.choice([3, 24])

    def rows(side: str) -> list[tuple[str, str, str, str]]:
        return [
            (f"{side}{k}", str(Decimal(f"{rnd.randint(-most, most)}E-2")), f"C{k % 20:02}", f"r{rnd.randint(0, 30)}")
            for k in range(150)
        ]

    tables = wb.reconcile(external(*rows("e")), internal(*rows("t")), rules=[NEAR, ANY]).tables
    totals, found = tables["control_totals"], tables["differences"]
    assert len(found) > 10
    check_differences(totals, found)
    steps = list(steps_between(totals.to_pylist(), found.to_pylist()))
    for currency in {row[0] for row in steps}:
        *before, last = [amount for own, _, amount in steps if own == currency]
        assert sum(map(whole, before)) == whole(last)
    for table, name, others in ((totals, "amount_matched", found), (found, "difference", totals)):
        for place in range(len(table)):
            values = table[name].to_pylist()
            values[place] = values[place].copy_negate() if values[place] and rnd.random() < 0.5 else Decimal("0.07")
            lie = table.set_column(table.column_names.index(name), name, pa.array(values, table[name].type))
            with pytest.raises(wb.ControlTotalsError, match="the matched amounts of both sides differ by"):
                check_differences(*((lie, others) if table is totals else (others, lie)))


def whole(amount: Decimal | None) -> int:
    return int(f"{amount:f}".replace(".", ""))
