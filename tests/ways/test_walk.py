"""Ways and their totals are those of a walk in plain Python, on random books and rules."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.ways.books import AMOUNT, NAMES, REFERENCE, Rows, internal, rows
from tests.ways.walk import Link, paths, totals


def some_rows(random: Random, prefix: str) -> Rows:
    return [
        {
            "id": f"{prefix}{number}",
            "amount": str(random.choice([1, 1, 2, 3, -1, -2]) * 10),
            "currency": random.choice(["EUR", "EUR", "USD"]),
            "reference": random.choice("abc"),
            "date": f"2026-01-0{random.randint(1, 4)}",
            "status": random.choice(["APPLIED", "APPLIED", "APPLIED", "VOID"]),
        }
        for number in range(random.randint(0, 9))
    ] or rows((f"{prefix}x", "1", "a", "status=APPLIED"))


def some_rules(random: Random) -> list[wb.Rule]:
    pool = [
        wb.Rule("One", [REFERENCE, AMOUNT]),
        wb.Rule("Within 1 %", [REFERENCE, wb.Criterion("amount", "equals", "0.5")]),
        wb.Rule("Part", [REFERENCE], remainder="open"),
        wb.Rule("Split", [AMOUNT], strategy="one_to_many", grouping_criteria="reference"),
        wb.Rule("Joined", [AMOUNT], strategy="many_to_one", grouping_criteria="reference"),
        wb.Rule("Both", [wb.Criterion("amount", "equals", 1)], strategy="many_to_many", grouping_criteria="reference"),
        wb.Rule("Undone", [AMOUNT, REFERENCE], strategy="within_external"),
        wb.Rule("Reversed", [AMOUNT], strategy="within_internal"),
    ]
    return random.sample(pool, random.randint(1, 3))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_ways_and_totals_are_those_of_a_walk_by_hand(seed: int) -> None:
    random = Random(seed)
    books = [some_rows(random, prefix) for prefix in "tcb"]
    sides = [random.choice(["external", "internal"]) for _ in range(2)]  # of the book that each step comes from
    results = []
    for number, source in enumerate(sides):
        own, other = books[number], books[number + 1]
        external, inner = (own, other) if source == "external" else (other, own)
        results.append(wb.reconcile(wb.read_external(external), internal(inner), rules=some_rules(random)))
    chain = wb.chain(results, names=NAMES)
    links = [Link.of(result, source) for result, source in zip(results, sides, strict=True)]
    check_ways(chain, books, links)
    assert everywhere(chain) == {name for result in results for name in taking_part(result)}
    check_totals(chain, books, links, NAMES)
    other_sides = ["internal" if source == "external" else "external" for source in sides]
    back = [Link.of(result, source) for result, source in zip(results, other_sides, strict=True)]
    check_totals(chain, books[::-1], back[::-1], NAMES[::-1])


def check_ways(chain: wb.Chain, books: list[Rows], links: list[Link]) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for row in books[0]:
        if row["id"] not in links[0].excluded:
            expected.update(padded(path) for path in paths(links, row["id"]))
    table = chain.ways[chain.ways["begins_at"] == NAMES[0]]
    rows_of = table[[*NAMES, "state"]].itertuples(index=False)
    assert Counter(tuple(None if value is pd.NA else value for value in row) for row in rows_of) == expected


def everywhere(chain: wb.Chain) -> set[str]:
    return {name for column in NAMES for name in chain.ways[column].dropna()}


def taking_part(result: wb.Result) -> set[str]:
    columns = ("external_transaction_id", "internal_transaction_id")
    matched = {name for column in columns for name in result.matches[column].dropna()}
    return matched | {*result.unmatched_external["id"], *result.unmatched_internal["transaction_id"]}


def padded(path: tuple[Any, ...]) -> tuple[Any, ...]:
    *records, state = path
    return (*records, *[None] * (len(NAMES) - len(records)), state)


def check_totals(chain: wb.Chain, books: list[Rows], links: list[Link], names: tuple[str, ...]) -> None:
    table = chain.control_totals
    for book in range(len(links)):
        amounts = {row["id"]: (row["currency"], Decimal(row["amount"])) for row in books[book]}
        own = table[(table["book"] == names[book]) & (table["towards"] == names[-1])]
        went = own[own["part"].isin(["arrived", "stopped", "settled"]) & ((own["records"] > 0) | (own["amount"] != 0))]
        found = {
            (row.currency, row.part, names.index(row.ends_at)): [row.records, row.amount_debit, row.amount_credit]
            for row in went.itertuples()
        }
        assert found == {key: own for key, own in totals(links, amounts, book).items() if own[0] or own[2] - own[1]}
