"""What if: whatever is asked in whatever order, the answer is what reconciling anew would say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import RuleTooBroad, SettingsError
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.what_if import WhatIf, with_drift

DAY = 86400
amounts = st.sampled_from(["1", "1.01", "1.1", "2", "-1"])
days = st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-04"])
texts = st.sampled_from(["", "ab", "abc", "x"])
rows = st.lists(st.tuples(amounts, st.sampled_from(["EUR", "USD"]), days, texts), max_size=7)
criteria = st.one_of(
    st.builds(wb.Criterion, st.just("amount"), st.just("equals"), st.sampled_from(["0", "0.01", "0.1", "1"])),
    st.builds(wb.Criterion, st.just("date"), st.just("equals"), st.sampled_from([0, DAY, 3 * DAY])),
    st.just(wb.Criterion("reference")),
    st.just(wb.Criterion("description", "contains", 40)),
)
STRATEGIES = [
    ("one_to_one", None), ("many_to_one", "reference"), ("one_to_many", "reference"), ("many_to_many", "reference")
]  # fmt: skip


def a_rule(number: int, chosen: list[wb.Criterion], own: tuple[str | None, str | None]) -> wb.Rule:
    if own[0] == "within_external":
        chosen = [criterion for criterion in chosen if criterion.field != "amount"] or [wb.Criterion("amount")]
    return wb.Rule(f"rule {number}", chosen, strategy=own[0], grouping_criteria=own[1])


own_strategies = st.sampled_from([(None, None), (None, None), *STRATEGIES, ("within_external", None)])
rules = st.lists(st.tuples(st.lists(criteria, min_size=1, max_size=3), own_strategies), min_size=1, max_size=3).map(
    lambda each: [a_rule(number, *of_rule) for number, of_rule in enumerate(each)]
)


def read(external: list[Any], internal: list[Any]) -> dict[str, wb.Records]:
    names = ["amount", "currency", "date", "reference", "description"]
    paid = [{"id": f"e{n}"} | dict(zip(names, [*row, row[3]], strict=True)) for n, row in enumerate(external)]
    booked = [
        {"transaction_id": f"i{n}"} | dict(zip(names, [*row, row[3]], strict=True)) for n, row in enumerate(internal)
    ]
    return {
        "external": wb.read_external([{"id": "e", "amount": 9, "currency": "GBP", "date": "2026-01-01"}, *paid]),
        "internal": wb.read_internal(
            [{"transaction_id": "i", "amount": 8, "currency": "CHF", "date": "2026-01-01"}, *booked],
            mapping={"date": "created_at"},
        ),
    }  # fmt: skip


def partners(result: wb.Result) -> dict[str, frozenset[str]]:
    """With which internal records each external one is matched; or external ones, where they settled each other."""
    found: dict[str, frozenset[str]] = {}
    for _, rows in result.matches.groupby("match_id"):
        own = frozenset(rows["external_transaction_id"])
        others = frozenset(rows["internal_transaction_id"].dropna())
        found |= dict.fromkeys(own, others or own)
    return found


@settings(max_examples=20, deadline=None)
@given(rows, rows, rules, st.lists(rules, min_size=1, max_size=3), st.sampled_from(STRATEGIES))
def test_the_answer_is_what_reconciling_anew_says(
    external: list[Any], internal: list[Any], base: list[wb.Rule], asked: list[list[wb.Rule]], how: tuple[str, str]
) -> None:
    books = read(external, internal)
    chosen = {"strategy": how[0], "grouping_criteria": how[1]}
    what_if = WhatIf(make_settings(rules=base, **chosen), **books)
    before = partners(wb.reconcile(**books, rules=base, **chosen))
    money = {row["id"]: (row["currency"], row["amount"]) for row in books["external"].to_pandas().to_dict("records")}
    for each in [*asked, base]:
        found = what_if.compare(each)
        after = partners(wb.reconcile(**books, rules=each, **chosen))
        expected = {
            "gained": after.keys() - before.keys(),
            "lost": before.keys() - after.keys(),
            "moved": {e for e in after.keys() & before.keys() if after[e] != before[e]},
        }
        assert found.matched == len(after)
        for name, ids in expected.items():
            change = getattr(found, name)
            assert change.records == len(ids)
            sums: dict[bool, dict[str, Decimal]] = {True: {}, False: {}}
            for currency, amount in map(money.__getitem__, ids):
                own = sums[amount < 0]
                own[currency] = own.get(currency, Decimal(0)) + abs(amount)
            assert (change.debits, change.credits) == (sums[True], sums[False])
            # A unit is named by its first record, which need not be the one that changes.
            shown = found.table(name)["external_transaction_id"].to_pylist()
            assert bool(ids) <= len(shown) <= len(ids)
            assert set(shown) <= money.keys()


def pair(external: str, internal: str) -> dict[str, wb.Records]:
    return read([(external, "EUR", "2026-01-01", "")], [(internal, "EUR", "2026-01-03", "")])


RULES = [wb.Rule("Close", [wb.Criterion("amount"), wb.Criterion("date", "equals", DAY)])]


def test_the_curve_counts_matches_at_each_drift() -> None:
    what_if = WhatIf(make_settings(rules=RULES), **pair("1", "1"))
    assert what_if.curve(0, 1, [Decimal(each) for each in (0, DAY, 2 * DAY, 3 * DAY)]) == [0, 0, 1, 1]


def test_a_curve_that_takes_too_long_is_left_off() -> None:
    what_if = WhatIf(make_settings(rules=RULES), **pair("1", "1"))
    assert what_if.curve(0, 1, [Decimal(0), Decimal(2 * DAY)], seconds=0) == [None, None]


def test_the_table_shows_what_would_be() -> None:
    what_if = WhatIf(make_settings(rules=RULES), **pair("1.01", "1"))
    wide = with_drift(with_drift(RULES, 0, 0, "0.01"), 0, 1, 2 * DAY)
    [row] = what_if.compare(wide).table("gained").to_pylist()
    assert (row["external_transaction_id"], row["internal_transaction_id"]) == ("e0", "i0")
    assert (row["amount_difference"], row["date_difference_seconds"]) == (Decimal("0.01"), -2 * DAY)


def test_too_broad_a_rule_is_a_gap_in_the_curve_and_an_error_when_asked_for() -> None:
    books = read([("1", "EUR", "2026-01-01", "")] * 9, [("1", "EUR", "2026-01-02", "")] * 9)
    rule = [wb.Rule("Close", [wb.Criterion("amount", "equals", "0.5"), wb.Criterion("date", "equals", 0)])]
    what_if = WhatIf(make_settings(rules=rule, max_candidates=20), **books)
    assert what_if.curve(0, 1, [Decimal(0), Decimal(DAY)]) == [0, None]
    with pytest.raises(RuleTooBroad):
        what_if.compare(with_drift(rule, 0, 1, DAY))


def test_decisions_hold_in_what_if_too(tmp_path: Any) -> None:
    books = pair("1", "1")
    path = tmp_path / "j"
    wb.add_decision(path, wb.decide(books, "match", external=["e0"], internal=["i0"], why="-"))
    what_if = WhatIf(make_settings(rules=RULES), **books, decisions=wb.read_decisions(path))
    found = what_if.compare(with_drift(RULES, 0, 1, 9 * DAY))
    assert (found.matched, found.records, found.gained.records) == (1, 2, 0)


def test_a_drift_that_cannot_be_is_refused() -> None:
    with pytest.raises(SettingsError, match="from 0 to 1"):
        with_drift(RULES, 0, 0, "1.5")
