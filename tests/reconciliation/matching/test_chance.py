"""What a rule would match by chance: the dates of one side are displaced, and the rule is tried again."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

import workbench as wb

DAYS = 60
WITHIN_A_DAY = [wb.Criterion("amount"), wb.Criterion("date", "equals", 86_400)]


def rows(amounts: list[str], days: list[int], id_name: str, date_name: str) -> list[dict[str, str]]:
    start = date(2026, 1, 1)
    return [
        {
            id_name: f"{id_name}{number:04}",
            "amount": amount,
            "currency": "EUR",
            date_name: str(start + timedelta(days=day)),
            "reference": f"{id_name[0]}{number}",
        }
        for number, (amount, day) in enumerate(zip(amounts, days, strict=True))
    ]


def summary_of(external: list[dict[str, str]], internal: list[dict[str, str]], rule: wb.Rule) -> wb.Result:
    return wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=[rule])


def strangers(seed: int, records: int = 300) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Two books at four price points that have nothing to do with each other."""
    random = Random(seed)
    prices = [str(random.choice([5, 10, 20, 50])) for _ in range(2 * records)]
    days = [random.randrange(DAYS) for _ in range(2 * records)]
    return (
        rows(prices[:records], days[:records], "id", "date"),
        rows(prices[records:], days[records:], "transaction_id", "created_at"),
    )


@pytest.mark.parametrize("drift", [0, 86_400])
def test_books_that_have_nothing_to_do_with_each_other_match_as_chance_does(drift: int) -> None:
    rule = wb.Rule("Day", [wb.Criterion("amount"), wb.Criterion("date", "equals", drift)])
    [done] = summary_of(*strangers(1), rule).summary.rules
    assert done.matches > 100
    assert done.expected_by_chance == pytest.approx(done.matches, rel=0.15)
    assert f"chance alone would give {min(done.expected_by_chance, done.matches):,} of these" in done.doubt


def test_what_a_rule_only_suggests_is_held_against_chance_too() -> None:
    [plain] = summary_of(*strangers(1), wb.Rule("Day", WITHIN_A_DAY)).summary.rules
    [strict] = summary_of(*strangers(1), wb.Rule("Day", WITHIN_A_DAY, max_alternatives=0)).summary.rules
    made = strict.matches + (strict.suggested or 0)
    assert strict.suggested
    assert (made, strict.expected_by_chance) == (plain.matches, plain.expected_by_chance)
    assert f"of these {made:,} matches and suggestions" in strict.doubt


def test_amounts_that_only_one_record_has_do_not_match_by_chance() -> None:
    days = [number % DAYS for number in range(300)]
    amounts = [f"{number}.17" for number in range(1, 301)]
    external = rows(amounts, days, "id", "date")
    internal = rows(amounts, days, "transaction_id", "created_at")
    [done] = summary_of(external, internal, wb.Rule("Day", WITHIN_A_DAY)).summary.rules
    assert (done.matches, done.expected_by_chance, done.doubt) == (300, 0, "")


def test_the_order_of_rows_changes_nothing() -> None:
    external, internal = strangers(2)
    rule = wb.Rule("Day", WITHIN_A_DAY)
    before = summary_of(external, internal, rule).summary.rules[0].expected_by_chance
    Random(3).shuffle(external)
    internal.reverse()
    assert summary_of(external, internal, rule).summary.rules[0].expected_by_chance == before


@pytest.mark.parametrize(
    ("criteria", "records"),
    [
        ([wb.Criterion("amount")], 300),  # whose dates would be displaced in vain
        ([wb.Criterion("amount"), wb.Criterion("date", "equals", 40 * 86_400)], 300),  # the period is too short
        (WITHIN_A_DAY, 1),
    ],
)
def test_where_nobody_can_know_nothing_is_said(criteria: list[wb.Criterion], records: int) -> None:
    external, internal = strangers(4, records)
    done = summary_of(external, internal, wb.Rule("Wide", criteria)).summary.rules[0]
    assert done.expected_by_chance is None
    assert "expected_by_chance" not in done
    assert done.doubt == ""
