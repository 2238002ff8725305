"""Weighed rules: the greatest sum of evidence, the same in any order of rows, and nothing where open is better."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest

import workbench as wb
from benchmarks.quality.scenarios import SCENARIOS, Scenario
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.weighed import probability
from workbench.reconciliation.matching.weighed.evidence import gather
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.probability import probabilities
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.matching.weighed.weigh import best
from workbench.reconciliation.matching.weighed.word_order import MOST
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import START

Row = dict[str, Any]
SIZE = 6


def external(*rows: tuple[str, str, str, str]) -> wb.Records:
    """Records of id, amount, date, reference."""
    names = ("id", "amount", "date", "reference")
    return wb.read_external([{"currency": "EUR", **dict(zip(names, row, strict=True))} for row in rows])


def internal(*rows: tuple[str, str, str, str]) -> wb.Records:
    names = ("transaction_id", "amount", "created_at", "reference")
    return wb.read_internal([{"currency": "EUR", **dict(zip(names, row, strict=True))} for row in rows])


def paired(result: wb.Result) -> dict[str, str]:
    table = result.matches
    return dict(zip(table["external_transaction_id"], table["internal_transaction_id"], strict=True))


def units_of(*books: wb.Records) -> OpenUnits:
    rule = wb.Weighed()
    pool = read_books(*books, make_settings(rules=[rule]), sorted(rule.text_keys)).pool
    return OpenUnits.of(pool, np.arange(len(pool.external)), np.arange(len(pool.internal)))


@pytest.fixture(scope="module")
def six() -> OpenUnits:
    """Six units on each side, of amounts and dates that do not matter."""
    days = [f"2026-03-0{n}" for n in range(1, SIZE + 1)]
    return units_of(
        external(*((f"e{n}", "1", day, "") for n, day in enumerate(days))),
        internal(*((f"t{n}", "1", day, "") for n, day in enumerate(days))),
    )


def best_sums(costs: dict[tuple[int, int], tuple[int, int]]) -> tuple[int, int]:
    """The greatest sum of weights, and of the assignments that have it the least sum of what pairs are apart.

    By trying all assignments; what is apart is negative here.
    """

    @cache
    def search(e: int, used: int) -> tuple[int, int]:
        if e == SIZE:
            return 0, 0
        sums = [search(e + 1, used)]
        for i in range(SIZE):
            if (e, i) in costs and not used >> i & 1:
                (weight, apart), (more, further) = costs[e, i], search(e + 1, used | 1 << i)
                sums.append((weight + more, apart + further))
        return max(sums)

    return search(0, 0)


def test_sums_are_the_best_there_are_in_hundreds_of_cases(six: OpenUnits) -> None:
    random = Random(18)
    for _ in range(500):
        edges = sorted(random.sample(range(SIZE * SIZE), random.randrange(1, 25)))
        weight = np.array([random.choice((random.randrange(1, 4), random.randrange(1, 2000))) for _ in edges])
        apart = np.array([random.choice((0, random.randrange(MOST + 1))) for _ in edges])
        at = six.pairs(np.array(edges))
        chosen = best(six, at, weight, apart)
        assert len({int(at.external[k]) for k in chosen}) == len({int(at.internal[k]) for k in chosen}) == len(chosen)
        of_pairs = zip(zip(*(own.tolist() for own in at.both), strict=True), weight, -apart, strict=True)
        best_of_all = best_sums({pair: (int(own), int(nearer)) for pair, own, nearer in of_pairs})
        assert (weight[chosen].sum(), -apart[chosen].sum()) == best_of_all


def in_other_order(scenario: Scenario, seed: int) -> tuple[wb.Records, wb.Records]:
    rows = [list(side) for side in (scenario.external, scenario.internal)]
    for side in rows:
        Random(seed).shuffle(side)
    return wb.read_external(rows[0]), wb.read_internal(rows[1])


@pytest.mark.parametrize("name", ["references", "subscriptions", "micropayments"])
def test_matches_evidence_and_weights_are_the_same_in_any_order_of_rows(name: str) -> None:
    scenario = SCENARIOS[name](5, 150)
    outcomes = []
    for seed in (1, 2):
        books = in_other_order(scenario, seed)
        weights = wb.learn(*books)
        result = wb.reconcile(*books, rules=[wb.Weighed(weights)])
        evidence = result.evidence.set_index(["match_id"]).to_dict("index")
        outcomes.append((weights, sorted(paired(result).items()), evidence))
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][1]) > 50


def test_a_last_deposit_that_has_not_come_does_not_move_all_others() -> None:
    """One deposit of 50 a week, two days later outside; the first was never booked and the last has not arrived."""
    weeks = [f"2026-{month:02d}-{day:02d}" for month in (1, 2, 3, 4) for day in (5, 12, 19, 26)]
    later = [f"{week[:8]}{int(week[8:]) + 2:02d}" for week in weeks]
    paid = external(
        ("e00", "50", "2026-01-01", ""), *((f"e{n:02d}", "50", day, "") for n, day in enumerate(later[:-1], 1))
    )
    booked = internal(*((f"t{n:02d}", "50", day, "") for n, day in enumerate(weeks, 1)))
    result = wb.reconcile(paid, booked, rules=[wb.Weighed()])
    assert paired(result) == {f"e{n:02d}": f"t{n:02d}" for n in range(1, 16)}
    assert result.unmatched_external["id"].tolist() == ["e00"]


def test_a_reference_that_another_record_carries_speaks_against_a_pair() -> None:
    paid = external(("e1", "10", "2026-03-03", "INV-7001"), ("e2", "10", "2026-03-03", ""))
    booked = internal(("t1", "10", "2026-03-02", "INV-7002"), ("t2", "10", "2026-03-01", "inv 7001"))
    result = wb.reconcile(paid, booked, rules=[wb.Weighed()])
    assert paired(result)["e1"] == "t2"
    evidence = result.evidence.set_index("match_id").loc[
        result.matches.set_index("external_transaction_id").loc["e1", "match_id"]
    ]
    assert evidence["references"] == "loosely"
    assert evidence["weight"] == sum(evidence[name] for name in ("prior", "amount", "date", "reference", "words"))
    units = units_of(paid, booked)
    found = gather(wb.Weighed().weights, wb.Weighed(), units, OpenTexts.of(units), 1000)
    crossed = found.pairs.external.tolist().index(0)
    assert wb.Weighed().weights.reference["contradicted"] == found.terms(wb.Weighed().weights)["reference"][crossed]


def test_a_rare_amount_says_more_than_a_common_one() -> None:
    prices = ["4.99"] * 20 + ["317.45"]
    paid = external(*((f"e{n:02d}", price, "2026-03-03", "") for n, price in enumerate(prices)))
    booked = internal(*((f"t{n:02d}", price, "2026-03-02", "") for n, price in enumerate(prices)))
    evidence = wb.reconcile(paid, booked, rules=[wb.Weighed()]).evidence.sort_values("amount")
    assert evidence["amount"].iloc[-1] - evidence["amount"].iloc[0] == pytest.approx(432, abs=2)  # log2(20) is 4.32
    assert evidence["probability"].iloc[-1] > 0.9
    assert evidence["probability"].iloc[0] < 0.2


@pytest.mark.parametrize(("contradicted", "alternatives"), [(-300, 2), (-900, 0)])
def test_only_what_is_probable_is_an_alternative(contradicted: int, alternatives: int) -> None:
    """To pair the four crosswise is 2 ** 6 or 2 ** 18 times less likely, though better than to leave them open."""
    paid = external(("e1", "10", "2026-03-03", "INV-7001"), ("e2", "10", "2026-03-03", ""))
    booked = internal(("t1", "10", "2026-03-03", "INV-7001"), ("t2", "10", "2026-03-03", ""))
    weights = replace(START, prior=2000, reference={**START.reference, "contradicted": contradicted})
    result = wb.reconcile(paid, booked, rules=[wb.Weighed(weights)])
    assert paired(result) == {"e1": "t1", "e2": "t2"}
    assert result.matches["alternatives"].tolist() == [alternatives] * 2


def test_what_is_less_probable_than_asked_stays_open_and_is_suggested() -> None:
    paid = external(("e1", "5", "2026-03-03", ""), ("e2", "5", "2026-03-03", ""), ("e3", "77", "2026-03-03", ""))
    booked = internal(("t1", "5", "2026-03-03", ""), ("t2", "5", "2026-03-03", ""), ("t3", "77", "2026-03-03", ""))
    assert len(paired(wb.reconcile(paid, booked, rules=[wb.Weighed()]))) == 3
    sure = wb.reconcile(paid, booked, rules=[wb.Weighed(min_probability="0.6")])
    assert paired(sure) == {"e3": "t3"}
    assert set(sure.unmatched_external["reason"]) == {"rule 'By evidence' suggests a match"}
    assert sure.suggestions["external_transaction_id"].tolist() == ["e1", "e2"]
    many = [external(*((f"e{n:02}", "5", "2026-03-03", "") for n in range(20)))]
    many += [internal(*((f"t{n:02}", "5", "2026-03-03", "") for n in range(20)))]
    hopeless = wb.reconcile(*many, rules=[wb.Weighed(min_probability="0.6")])
    assert (len(hopeless.matches), len(hopeless.suggestions)) == (0, 0)


def test_probabilities_are_exact_where_units_do_not_go_round_in_circles() -> None:
    at = Pairs(np.array([0, 0, 1]), np.array([0, 1, 1]))
    found = probabilities(at, np.array([100, 0, 200]), (2, 2))  # odds of 2, 1 and 4
    # All open 1, single pairs 2 + 1 + 4, and the first with the last 8.
    assert found == pytest.approx(np.array([2 + 8, 1, 4 + 8]) / 16)


def exact_probabilities(weights: dict[tuple[int, int], int]) -> dict[tuple[int, int], float]:
    """By adding up the odds of all assignments."""
    total, of_pair = 0.0, dict.fromkeys(weights, 0.0)
    some: list[tuple[float, tuple[tuple[int, int], ...]]] = [(1.0, ())]
    for e in range(SIZE):
        more = [
            (odds * 2 ** (weight / 100), (*pairs, (e, i)))
            for odds, pairs in some
            for (own, i), weight in weights.items()
            if own == e and all(i != other for _, other in pairs)
        ]
        some += more
    for odds, pairs in some:
        total += odds
        for pair in pairs:
            of_pair[pair] += odds
    return {pair: odds / total for pair, odds in of_pair.items()}


@pytest.mark.parametrize(("least", "most"), [(0.0, 1e-9), (probability.LEAST, 0.1)])
def test_probabilities_are_right_where_units_go_round_in_circles(
    six: OpenUnits, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of walks that are followed to their ends, and nearly so the usual ones."""
    monkeypatch.setattr(probability, "LEAST", least)
    random = Random(7)
    for _ in range(20):
        edges = sorted(random.sample(range(SIZE * SIZE), random.randrange(1, 20)))
        weight = np.array([random.randrange(-300, 1200) for _ in edges])
        at = six.pairs(np.array(edges))
        told = zip(at.external.tolist(), at.internal.tolist(), strict=True)
        exact = exact_probabilities(dict(zip(told, weight.tolist(), strict=True)))
        found = probabilities(at, weight, six.sizes)
        assert found == pytest.approx(np.array(list(exact.values())), abs=most)


def test_two_pairs_that_could_as_well_be_crossed_are_in_doubt() -> None:
    """The odds of all four are very high, and those of the two crossed ones half as high together."""
    at = Pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    found = probabilities(at, np.array([2000, 1950, 1950, 2000]), (2, 2))
    assert found == pytest.approx(np.array([2, 1, 1, 2]) / 3, abs=0.001)


def test_groups_are_weighed_like_records() -> None:
    paid = external(("e1", "30", "2026-03-03", ""), ("e2", "41", "2026-03-03", ""))
    rows = [("t1", "10", "p1"), ("t2", "20", "p1"), ("t3", "41", "p2")]
    booked = wb.read_internal(
        [
            {
                "transaction_id": name,
                "amount": amount,
                "parent_transaction": parent,
                "currency": "EUR",
                "created_at": "2026-03-02",
            }
            for name, amount, parent in rows
        ]
    )
    result = wb.reconcile(
        paid, booked, strategy="one_to_many", grouping_criteria="parent_transaction", rules=[wb.Weighed()]
    )
    matched = result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    assert sorted(matched) == [["e1", "t1"], ["e1", "t2"], ["e2", "t3"]]
    assert len(result.evidence) == 2


@pytest.mark.parametrize(
    ("learned_from", "fewer"),
    [(0, "its weights are the usual ones, for any records: give it those that wb.learn"), (9, "let a narrower rule")],
)
def test_too_many_pairs_are_refused(learned_from: int, fewer: str) -> None:
    paid = external(*((f"e{n}", "5", "2026-03-03", "") for n in range(10)))
    booked = internal(*((f"t{n}", "5", "2026-03-03", "") for n in range(10)))
    rule = wb.Weighed(replace(START, learned_from=learned_from))
    with pytest.raises(wb.RuleTooBroad, match=f"'By evidence' would weigh 100 pairs.* MB: {fewer}"):
        wb.reconcile(paid, booked, rules=[rule], max_candidates=19)


def test_what_is_probable_is_an_alternative_though_to_stay_open_is_more_so() -> None:
    """The second booking is half as probable as none at all, and a third of what the first one is."""
    paid = external(("e1", "10", "2026-03-05", ""))
    booked = internal(("t1", "10", "2026-03-05", ""), ("t2", "10", "2026-03-02", ""))
    weights = replace(START, prior=START.prior - 435)
    matches = wb.reconcile(paid, booked, rules=[wb.Weighed(weights)]).matches
    assert matches[["internal_transaction_id", "alternatives"]].to_numpy().tolist() == [["t1", 1]]
