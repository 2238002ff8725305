"""Account statements: whether their records add up to their balances, and whether they follow one another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from workbench.statements import Statement, findings, statement_table


def statement(day: int, opening: str | None, amounts: str, closing: str | None, **others: object) -> Statement:
    balances = [None if text is None else Decimal(text) for text in (opening, closing)]
    of = {"account": "DE1", "currency": "EUR"} | others
    return Statement(
        first=date(2026, 1, day),
        last=None,
        opening=balances[0],
        amounts=Decimal(amounts),
        closing=balances[1],
        records=1,
        **of,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("statements", "differences", "gaps"),
    [
        ([statement(1, "1", "2", "3"), statement(2, "3", "-1", "2")], [0, 0], [None, 0]),
        ([statement(1, "1", "2", "4"), statement(2, "5", "0", "5")], [1, 0], [None, 1]),
        ([statement(1, None, "2", "4"), statement(2, "4", "0", None)], [None, None], [None, 0]),
        # Newest first, also within a day.
        ([statement(2, "3", "1", "4"), statement(1, "1", "2", "3")], [0, 0], [None, 0]),
        ([statement(1, "3", "1", "4"), statement(1, "1", "2", "3")], [0, 0], [None, 0]),
        # Other accounts, other currencies and reports within a day have nothing to follow.
        ([statement(1, "1", "2", "3"), statement(2, "9", "0", "9", account="DE2")], [0, 0], [None, None]),
        ([statement(1, "1", "2", "3"), statement(2, "9", "0", "9", currency="USD")], [0, 0], [None, None]),
        ([statement(1, "1", "2", "3"), statement(2, "9", "0", "9", follows=False)], [0, 0], [None, None]),
        ([statement(1, "1E+37", "0.000001", "1E+37")], [Decimal("-0.000001")], [None]),
    ],
)
def test_differences_and_gaps(
    statements: list[Statement], differences: list[Decimal | None], gaps: list[Decimal | None]
) -> None:
    table = statement_table(statements)
    assert table["difference"].to_pylist() == differences
    assert table["gap"].to_pylist() == gaps
    assert len(findings(table)) == sum(any(pair) for pair in zip(differences, gaps, strict=True))


def test_a_finding_says_everything_that_is_wrong() -> None:
    table = statement_table(
        [statement(1, "1", "2", "3"), statement(2, "5", "2", "9", sequence="7", fault="lacks a page")]
    )
    [finding] = findings(table)
    assert finding == (
        "statement 7 of DE1 EUR opens with 5 and closes with 9, but its records sum to 2: +2 is missing from them; "
        "it opens with 5, which is +2 from where the statement before it closes; it lacks a page"
    )


def test_no_statements_are_a_table_of_no_rows() -> None:
    table = statement_table([])
    assert len(table) == 0
    assert pa.types.is_decimal(table.schema.field("gap").type)
