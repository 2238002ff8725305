"""Settled units: what is left out of the pairs that are listed could be no match, whatever else is."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

import workbench as wb
from workbench.exact import Ints
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.weighed import probability, settled
from workbench.reconciliation.matching.weighed.evidence import Evidence, Scales, gather
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.probability import probabilities
from workbench.reconciliation.matching.weighed.settled import settled_units
from workbench.reconciliation.matching.weighed.spans import OUTSIDE
from workbench.reconciliation.matching.weighed.texts import OpenTexts
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import START, Weights

LIMIT = 1_000_000
A_THOUSANDTH = 2.0 ** (-settled.FAR_BEHIND / 100)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["10.00", "10.10", "12.00", "300.00"]),
        st.integers(1, 20),
        st.sampled_from(["", "INV-7001", "INV-7002", "INV-7003", "INV-7004"]),
        st.sampled_from(["", "Ada Adler", "Ben Adler", "Rail tickets"]),
    ),
    min_size=1,
    max_size=5,
)
Row = tuple[str, int, str, str]


def contradicted(weight: int) -> Weights:
    return replace(START, reference={**START.reference, "contradicted": weight})


def books(external: list[Row], internal: list[Row]) -> tuple[wb.Records, wb.Records]:
    """Records of amount, day, reference and description."""
    sides = []
    for name, date, rows in (("id", "date", external), ("transaction_id", "created_at", internal)):
        sides.append(
            [
                {
                    name: f"r{n:03d}",
                    "amount": amount,
                    "currency": "EUR",
                    date: f"2026-03-{day:02d}",
                    "reference": reference,
                    "description": text,
                }
                for n, (amount, day, reference, text) in enumerate(rows)
            ]
        )
    return wb.read_external(sides[0]), wb.read_internal(sides[1])


def scales_of(weights: Weights, external: list[Row], internal: list[Row]) -> Scales:
    rule = wb.Weighed(weights)
    pool = read_books(*books(external, internal), make_settings(rules=[rule]), sorted(rule.text_keys)).pool
    units = OpenUnits.of(pool, np.arange(len(pool.external)), np.arange(len(pool.internal)))
    return Scales(weights, units, OpenTexts.of(units))


def everything(scales: Scales) -> tuple[Evidence, Ints]:
    """The evidence on all pairs there are, and their weights."""
    evidence = gather(scales.weights, wb.Weighed(scales.weights), scales.units, scales.texts, LIMIT)
    return evidence, evidence.weight(scales.weights)


def by_all_assignments(pairs: Pairs, weight: Ints, kept: Ints) -> tuple[int, dict[int, float]]:
    """The greatest sum of weights, and how probable each of the pairs is that are kept."""
    some: list[tuple[int, float, tuple[int, ...]]] = [(0, 1.0, ())]
    at = list(zip(pairs.external.tolist(), pairs.internal.tolist(), strict=True))
    for place in np.flatnonzero(kept).tolist():
        free = [one for one in some if all(at[place][s] != at[p][s] for p, s in product(one[2], (0, 1)))]
        own = int(weight[place])
        some += [(total + own, odds * 2 ** (own / 100), (*places, place)) for total, odds, places in free]
    total = sum(odds for _, odds, _ in some)
    probable = dict.fromkeys(np.flatnonzero(kept).tolist(), 0.0)
    for _, odds, places in some:
        for place in places:
            probable[place] += odds / total
    return max(weight for weight, _, _ in some), probable


@given(ROWS, ROWS, st.sampled_from([-500, -1500, -2500]))
@with_settings(max_examples=40, deadline=None)
def test_what_is_left_out_changes_neither_the_best_sum_nor_what_is_probable(
    external: list[Row], internal: list[Row], weight_of_others: int
) -> None:
    scales = scales_of(contradicted(weight_of_others), external, internal)
    evidence, weight = everything(scales)
    pairs = evidence.pairs
    settled_e, settled_i = settled_units(scales, wb.Weighed(scales.weights), LIMIT)
    linked = scales.texts.links.among(scales.units.edges_of(pairs))[0]
    kept = linked | ~(settled_e[pairs.external] | settled_i[pairs.internal])
    assert (weight[~kept] <= 0).all()
    whole, part = (by_all_assignments(pairs, weight, chosen) for chosen in (np.ones(len(pairs), bool), kept))
    assert whole[0] == part[0]
    settled_pairs = linked & settled_e[pairs.external]
    for place, probable in whole[1].items():
        if not kept[place]:
            assert probable <= A_THOUSANDTH
        elif settled_pairs[place]:
            assert part[1][place] == pytest.approx(probable, abs=A_THOUSANDTH)


@given(ROWS, ROWS)
@with_settings(max_examples=20, deadline=None)
def test_those_near_each_unit_are_counted_by_span(external: list[Row], internal: list[Row]) -> None:
    scales = scales_of(START, external, internal)
    evidence, _ = everything(scales)
    counts = settled._near_by_class(scales, wb.Weighed(START), LIMIT)
    dated = evidence.date != OUTSIDE
    for count, unit in zip(counts, evidence.pairs.both, strict=True):
        expected = np.zeros(count.shape, np.int64)
        np.add.at(expected, (unit[dated], evidence.amount[dated]), 1)
        assert count.tolist() == expected.tolist()


@pytest.mark.parametrize("days", [1, 20])
def test_records_that_share_a_reference_are_not_weighed_with_all_others(days: int) -> None:
    """60 payments of one amount: 3,600 pairs within the usual dates, where 200 may be listed."""
    rows: list[Row] = [("10.00", 1 + n % days, f"INV-{7000 + n}", "") for n in range(60)]
    rule = wb.Weighed(contradicted(-3000))
    result = wb.reconcile(*books(rows, rows[::-1]), rules=[rule], max_candidates=40)
    matched = result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    assert sorted(matched) == [[f"r{n:03d}", f"r{59 - n:03d}"] for n in range(60)]
    with pytest.raises(wb.RuleTooBroad, match="would weigh 3,600 pairs"):
        wb.reconcile(*books(rows, [(amount, 1, "", "") for amount, *_ in rows]), rules=[rule], max_candidates=40)


def test_many_pairs_of_small_odds_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that are probably a pair, each of which 200 others may have as well."""
    others = np.arange(1, 201)
    pairs = Pairs(np.r_[0, np.zeros(200, np.int64), others], np.r_[0, others, np.zeros(200, np.int64)])
    weight = np.r_[300, np.full(400, -700)]
    singly = probabilities(pairs, weight, (201, 201))
    monkeypatch.setattr(probability, "MOST_SINGLY", 1)
    together = probabilities(pairs, weight, (201, 201))
    assert together == pytest.approx(singly, abs=0.01)
    assert singly[0] < 8 / 9 - 0.1  # which is what it would be without the others
