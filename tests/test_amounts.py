"""Amounts as people read them: each currency has its own decimals, and no digit is lost."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.amounts import amount_text, as_text, decimals_needed
from workbench.cli.show import show_summary
from workbench.reports.tables import show
from workbench.runs.gates.checks import check_gates

CURRENCIES = st.sampled_from(["USD", "JPY", "TOKEN", None])
AMOUNTS = st.decimals(-(10**6), 10**6, places=18, allow_nan=False) | st.integers(-5, 5).map(Decimal)


@given(st.lists(st.tuples(CURRENCIES, st.none() | AMOUNTS), max_size=8))
def test_a_currency_shows_what_its_records_need_and_every_amount_is_exact(
    rows: list[tuple[str | None, Decimal]],
) -> None:
    names, amounts = [name for name, _ in rows], [amount for _, amount in rows]
    table = pa.table({"amount": pa.array(amounts, pa.decimal128(38, 18)), "currency": pa.array(names, pa.string())})
    shown = as_text(table, decimals_needed(table))["amount"].to_pylist()
    assert [text if text is None else Decimal(text.replace(",", "")) for text in shown] == amounts
    for name, least in {"USD": 2, "JPY": 0, "TOKEN": 0, None: 0}.items():
        own = [(text, amount) for text, amount, of in zip(shown, amounts, names, strict=True) if of == name and text]
        needed = [len(f"{amount:f}".partition(".")[2].rstrip("0")) for _, amount in own]
        assert {len(text.partition(".")[2]) for text, _ in own} <= {max([least, *needed])}


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("21.000000000000000000", "USD", "21.00"),
        ("21.005000", "USD", "21.005"),
        ("1000.000", "JPY", "1,000"),
        ("0.000000000000000001", "TOKEN", "0.000000000000000001"),
        ("5", "USD", "5"),
    ],
)
def test_an_amount_alone(amount: str, currency: str, shown: str) -> None:
    assert amount_text(Decimal(amount), currency) == shown


def test_a_token_of_18_decimals_leaves_dollars_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    paid = [("e1", "21.00", "USD"), ("e2", "0.000000000000000001", "TOKEN")]
    bank = wb.read_external([{"id": i, "amount": a, "currency": c, "date": "2026-01-01"} for i, a, c in paid])
    booked = [{"transaction_id": "t", "amount": "7.5", "currency": "USD", "created_at": "2026-01-01"}]
    result = wb.reconcile(bank, wb.read_internal(booked))
    assert result.unmatched_external["counted_amount"].tolist() == [Decimal("21.000000000000000000"), Decimal("1E-18")]
    show_summary(result, check_gates(result), "")
    told = capsys.readouterr().out + show(result.tables["unmatched_external"], "Open").data
    assert "21.00" in told
    assert "7.50" in told
    assert "0.000000000000000001" in told
    assert "21.000" not in told
