"""Reconstruct against plain arithmetic on whole numbers of any length, read off the contract."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.balances.books import INSTANT, WHOLE, at
from workbench.balances.ledger import precise_units
from workbench.balances.rebuild import reconstruct
from workbench.sources import read_balances, read_internal

BALANCES = {"a": "USD", "b": "USD", "c": "EUR", "idle": "EUR"}
DAYS = [at(f"2026-01-0{day}") for day in (1, 2, 3)]
NAMES = st.sampled_from(["a", "b", "c", "gone", None])
# Small amounts fit 64 bits, large ones no sum of two.
UNITS = st.one_of(st.integers(-(10**4), 10**6), st.integers(-(10**36), 10**36))
TRANSACTION = st.fixed_dictionaries(
    {
        "source": NAMES,
        "destination": NAMES,
        "precise_amount": UNITS,
        "currency": st.sampled_from(["USD", "EUR"]),
        "status": st.sampled_from(["APPLIED", "Applied", "VOID", None]),
        "created_at": st.sampled_from(DAYS),
    }
)
RECORD = st.tuples(*[st.integers(-(10**37), 10**37)] * 3)


def by_hand(
    transactions: list[dict[str, Any]],
) -> tuple[dict[str, list[int]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Debit and credit of each balance; what no balance takes; what one of another currency takes."""
    figures = {name: [0, 0] for name in BALANCES}
    unknown, conflicts = [], []
    for each in transactions:
        if str(each["status"]).upper() == "APPLIED" and each["created_at"] <= DAYS[1]:
            for at_side, (side, name) in enumerate([("debit", each["source"]), ("credit", each["destination"])]):
                if name not in BALANCES:
                    unknown.append((each["transaction_id"], side, name, each["precise_amount"]))
                    continue
                if BALANCES[name] != each["currency"]:
                    conflicts.append((each["transaction_id"], side, name, each["precise_amount"]))
                figures[name][at_side] += each["precise_amount"]
    return figures, unknown, conflicts


@settings(max_examples=20)
@given(st.lists(TRANSACTION, min_size=1, max_size=25), st.lists(RECORD, min_size=4, max_size=4))
def test_figures_are_those_of_plain_arithmetic(
    transactions: list[dict[str, Any]], recorded: list[tuple[int, int, int]]
) -> None:
    for number, each in enumerate(transactions):
        each["transaction_id"] = f"t{number}"
    rebuilt = reconstruct(_records(recorded), _ledger(transactions), as_of="2026-01-02")
    figures, unknown, conflicts = by_hand(transactions)
    for row, previous in zip(rebuilt.tables["results"].to_pylist(), recorded, strict=True):
        debit, credit = figures[row["balance_id"]]
        found = [int(row[f"recalculated_{name}"]) for name in ("debit", "credit", "balance")]
        assert found == [debit, credit, credit - debit]
        assert tuple(int(row[f"previous_{name}"]) for name in ("debit", "credit", "balance")) == previous
        assert int(row["difference"]) == credit - debit - previous[2]
    assert _listed(rebuilt.tables["unknown_balances"]) == Counter(unknown)
    assert _listed(rebuilt.tables["currency_conflicts"]) == Counter(conflicts)
    assert sum(rebuilt.tables["counts"]["transactions"].to_pylist()) == len(transactions)


def _listed(table: pa.Table) -> Counter[tuple[Any, ...]]:
    columns = ("transaction_id", "side", "balance_id", "precise_amount")
    return Counter(tuple(row.values()) for row in table.select(columns).to_pylist())


def _records(recorded: list[tuple[int, int, int]]) -> Any:
    columns = zip(*recorded, strict=True)
    names = ("debit_balance", "credit_balance", "balance")
    figures = {name: _wholes(column) for name, column in zip(names, columns, strict=True)}
    return read_balances(pa.table({"balance_id": list(BALANCES), "currency": list(BALANCES.values()), **figures}))


def _ledger(transactions: list[dict[str, Any]]) -> Any:
    texts = ("transaction_id", "source", "destination", "currency", "status")
    return read_internal(
        pa.table(
            {
                **{name: pa.array([each[name] for each in transactions], pa.string()) for name in texts},
                "precise_amount": _wholes(each["precise_amount"] for each in transactions),
                "precision": pa.array([100] * len(transactions), pa.int64()),
                "created_at": pa.array([each["created_at"] for each in transactions], INSTANT),
            }
        )
    )


def _wholes(values: Any) -> pa.Array:
    return pa.array([Decimal(value) for value in values], WHOLE)


@settings(max_examples=40)
@given(
    st.integers(0, 37),
    st.lists(
        st.tuples(st.integers(0, 38), st.integers(-9, 9), st.sampled_from([0, 1, 2, 9, 18])), min_size=1, max_size=40
    ),
    st.data(),
)
def test_an_amount_times_its_precision_is_exact_or_missing(
    scale: int, shapes: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Amounts of up to 38 digits that end in zeros, beside those that do not."""
    digits = [data.draw(st.integers(-(10 ** (38 - zeros)) + 1, 10 ** (38 - zeros) - 1)) for zeros, _, _ in shapes]
    wholes = [
        digit * 10**zeros + (small if abs(digit * 10**zeros) < 10**37 else 0)
        for digit, (zeros, small, _) in zip(digits, shapes, strict=True)
    ]
    powers = [10**power for _, _, power in shapes]
    table = pa.table(
        {
            "transaction_id": pa.array([str(number) for number in range(len(wholes))]),
            "amount": pa.array([Decimal(f"{whole}E-{scale}") for whole in wholes], pa.decimal128(38, scale)),
            "precision": pa.array(powers, pa.int64()),
            "currency": pa.array(["USD"] * len(wholes)),
            "created_at": pa.array([DAYS[0]] * len(wholes), INSTANT),
        }
    )
    internal = read_internal(table)
    asked = internal.table.select("transaction_id", units=precise_units(internal)[0]).to_pyarrow().to_pylist()
    for row in asked:
        place = int(row["transaction_id"])
        product = Fraction(wholes[place] * powers[place], 10**scale)
        expected = int(product) if product.denominator == 1 and abs(product) < 10**38 else None
        assert (None if row["units"] is None else int(row["units"])) == expected
