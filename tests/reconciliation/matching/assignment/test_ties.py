"""Ties by id, on both ways to assign, against all assignments there are."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.assignment import line_graph
from workbench.reconciliation.matching.assignment.cheapest import cheapest
from workbench.reconciliation.matching.assignment.id_order import order_by_id
from workbench.reconciliation.matching.passes import _partners, _Sorted

WINDOWS = [(0, 0), (-1, 1), (-2, 2), (-3, 3), (0, 2), (-9, 9), (-1, 4)]
OPEN = 99
Score = tuple[int, int, tuple[int, ...]]  # open units, sum of differences, partners


def best(e_value: list[int], i_value: list[int], allowed: set[tuple[int, int]]) -> Score:
    """The best of all assignments; sides are in the order of ids."""

    def search(e: int, used: frozenset[int]) -> Score:
        if e == len(e_value):
            return 0, 0, ()
        unit, cost, partners = search(e + 1, used)
        scores: list[Score] = [(unit + 1, cost, (OPEN, *partners))]
        for i in range(len(i_value)):
            if (e, i) in allowed and i not in used:
                unit, cost, partners = search(e + 1, used | {i})
                scores.append((unit, cost + abs(e_value[e] - i_value[i]), (i, *partners)))
        return min(scores)

    return search(0, frozenset())


def score(e_value: list[int], i_value: list[int], partners: list[int]) -> Score:
    cost = sum(abs(e_value[e] - i_value[i]) for e, i in enumerate(partners) if i >= 0)
    return partners.count(-1), cost, tuple(i if i >= 0 else OPEN for i in partners)


def random_side(rnd: random.Random) -> list[tuple[int, int]]:
    """Blocks and values of units in the order of their ids."""
    blocks, top = rnd.choice([1, 1, 2]), rnd.choice([2, 4, 9])
    return [(rnd.randrange(blocks), rnd.randint(0, top)) for _ in range(rnd.randint(1, 5))]


@pytest.mark.parametrize("seed", range(10))
def test_both_ways_give_the_lowest_ids_of_all_best_assignments(seed: int) -> None:
    rnd = random.Random(seed)
    for _ in range(100):
        external, internal, (low, high) = random_side(rnd), random_side(rnd), rnd.choice(WINDOWS)
        e_value, i_value = [value for _, value in external], [value for _, value in internal]
        allowed = {
            (e, i)
            for e, (e_block, one) in enumerate(external)
            for i, (i_block, other) in enumerate(internal)
            if e_block == i_block and low <= one - other <= high
        }
        expected = best(e_value, i_value, allowed)
        assert score(e_value, i_value, aligned(external, internal, low, high)) == expected
        assert score(e_value, i_value, sparse(e_value, i_value, allowed)) == expected


def test_runs_that_are_too_wide_keep_a_best_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_graph, "WIDEST", 0)
    external, internal = [(0, 3), (0, 4)], [(0, 2), (0, 1)]
    every = {(e, i) for e in (0, 1) for i in (0, 1)}
    assert best([3, 4], [2, 1], every) == (0, 4, (0, 1))
    assert score([3, 4], [2, 1], aligned(external, internal, -9, 9)) == (0, 4, (1, 0))


def aligned(external: list[tuple[int, int]], internal: list[tuple[int, int]], low: int, high: int) -> list[int]:
    """The partner of each external unit, by the alignment of sorted sides."""
    e_order, i_order = (sorted(range(len(side)), key=lambda k: (*side[k], k)) for side in (external, internal))
    sides = [
        _Sorted(*(np.array([side[k][part] for k in order]) for part in (0, 1)), np.array(order))
        for side, order in ((external, e_order), (internal, i_order))
    ]
    e, i = sides
    first, last = kernels.windows(e.block, e.value, i.block, i.value + low, i.value + high)
    found = _partners(e, i, (first, last), kernels.narrow(i.block, first, last))
    partners = [-1] * len(external)
    for j, k in enumerate(found.tolist()):
        if k >= 0:
            partners[e_order[k]] = i_order[j]
    return partners


def sparse(e_value: list[int], i_value: list[int], allowed: set[tuple[int, int]]) -> list[int]:
    """The partner of each external unit, by shortest augmenting paths."""
    adjacent = [[i for i in range(len(i_value)) if (e, i) in allowed] for e in range(len(e_value))]
    start = np.r_[0, np.cumsum([len(own) for own in adjacent])]
    flat = np.array([i for own in adjacent for i in own], np.int64)
    e_none, i_none = np.zeros(len(e_value), np.int64), np.zeros(len(i_value), np.int64)
    values = e_none, np.array(e_value), i_none, np.array(i_value)
    return [int(i) for i in cheapest(start, flat, np.zeros(len(flat), np.int64), values)]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("more", [[], [wb.Criterion("description", "contains")]])
def test_a_criterion_that_all_pairs_meet_changes_no_match(more: list[wb.Criterion], backwards: bool) -> None:
    external = [{"id": f"e{n}", "amount": 5, "currency": "EUR", "date": "2026-01-03"} for n in (1, 2)]
    internal = [
        {"transaction_id": f"i{n}", "amount": 5, "currency": "EUR", "created_at": f"2026-01-0{day}"}
        for n, day in ((2, 1), (1, 2))
    ]
    for row in (*external, *internal):
        row["description"] = "rent"
    if backwards:
        external, internal = external[::-1], internal[::-1]
    rule = wb.Rule("near", [wb.Criterion("amount"), wb.Criterion("date", "equals", 3 * 86_400), *more])
    result = wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=[rule])
    pairs = result.matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    assert pairs == [["e1", "i1"], ["e2", "i2"]]


def test_ids_are_ordered_byte_by_byte_however_alike_they_are() -> None:
    rnd = random.Random(0)
    names = list({f"txn_{'x' * rnd.randint(0, 9)}{rnd.choice(['', 'a', 'é', '9' * 12])}{n % 37}" for n in range(500)})
    ids = pa.array(["other", *names, "tail"]).slice(1, len(names))
    order = order_by_id(ids, np.arange(len(names))).tolist()
    assert len(set(order)) == len(names)
    assert all(one < other for one, other in pairwise(names[k].encode() for k in order))


def test_amounts_wider_than_64_bits_are_settled_too() -> None:
    """By date alone: the sums of such amounts are counted without bound, and so is what bounds them."""
    wide = "99999999999999999999999999999999.99"
    external = wb.read_external(
        [
            {"id": f"e{at}", "amount": amount, "currency": "EUR", "date": day}
            for at, (amount, day) in enumerate([(wide, "2026-01-02"), ("0.01", "2026-01-01"), ("0.01", "2026-01-02")])
        ]
    )
    internal = wb.read_internal(
        [
            {"transaction_id": f"i{at}", "amount": amount, "currency": "EUR", "created_at": day}
            for at, (amount, day) in enumerate([(wide, "2026-01-02"), ("0.01", "2026-01-02"), (wide, "2026-01-01")])
        ]
    )
    rule = wb.Rule("Day", [wb.Criterion("date")], ignore_references=True)
    matches = wb.reconcile(external, internal, rules=[rule]).matches
    ids = matches[["external_transaction_id", "internal_transaction_id"]].to_numpy().tolist()
    assert sorted(ids) == [["e0", "i0"], ["e1", "i2"], ["e2", "i1"]]
