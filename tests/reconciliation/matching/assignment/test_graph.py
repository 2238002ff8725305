"""Candidate pairs as a graph: the same in whatever portions they come, in few bytes, and said beforehand."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import workbench as wb
from workbench.reconciliation.matching import breadth, candidates, passes

RULE = wb.Rule("Near", [wb.Criterion("amount", "equals", "0.5"), wb.Criterion("date", "equals", 2 * 86_400)])
MENTIONED = wb.Rule(
    "Mentioned",
    [wb.Criterion("amount", "equals", "0.5"), wb.Criterion("reference", "mentions", external="description")],
)
TYPED = wb.Rule("Typed", [wb.Criterion("amount", "equals", "0.5"), wb.Criterion("reference", "contains", 40)])


def books(chance: Random) -> tuple[wb.Records, wb.Records]:
    """Two books whose records mention several references each."""

    def row(number: int) -> dict[str, Any]:
        references = [f"INV-{chance.randrange(10, 16)}" for _ in range(3)]
        return {
            "amount": str(chance.randrange(8, 12)),
            "currency": "EUR",
            "reference": references[0],
            "description": " ".join(references),
            "when": f"2026-01-{chance.randrange(1, 6):02}",
            "name": f"{chance.randrange(100):02}-{number}",
        }

    external, internal = ([row(number) for number in range(12)] for _ in range(2))
    return (
        wb.read_external([{**row, "id": row["name"], "date": row["when"]} for row in external]),
        wb.read_internal([{**row, "transaction_id": row["name"], "created_at": row["when"]} for row in internal]),
    )


def outcome(rule: wb.Rule, sides: tuple[wb.Records, wb.Records]) -> tuple[int, list[tuple[str, str, int]]]:
    result = wb.reconcile(*sides, strategy="one_to_one", rules=[rule])
    pairs = result.matches[["external_transaction_id", "internal_transaction_id", "alternatives"]]
    return result.summary.rules[0].candidates, [tuple(row) for row in pairs.itertuples(index=False)]


@pytest.mark.parametrize("rule", [RULE, MENTIONED, TYPED])
@pytest.mark.parametrize("seed", range(3))
def test_pairs_that_come_in_small_portions_are_the_same(
    monkeypatch: pytest.MonkeyPatch, rule: wb.Rule, seed: int
) -> None:
    sides = books(Random(seed))
    whole = outcome(rule, sides)
    assert whole[0] > 12
    for portion in (1, 5):
        monkeypatch.setattr(candidates, "_CHUNK", portion)
        monkeypatch.setattr(candidates, "_TEXTS", portion)
        assert outcome(rule, sides) == whole


@pytest.mark.parametrize(("rule", "most"), [(RULE, 4), (TYPED, 8)])
def test_a_pair_takes_few_bytes(monkeypatch: pytest.MonkeyPatch, rule: wb.Rule, most: int) -> None:
    graphs = []
    made = passes.candidate_graph
    monkeypatch.setattr(passes, "candidate_graph", lambda *given: graphs.append(made(*given)) or graphs[-1])
    outcome(rule, books(Random(1)))
    pairs = max(graphs, key=lambda graph: len(graph.adjacent))
    used = pairs.adjacent.nbytes + (pairs.apart.nbytes if rule is TYPED else 0)
    assert used <= most * len(pairs.adjacent) > 12


def test_what_many_pairs_may_take_is_said_before_they_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breadth, "_MANY", 10)
    stages: list[str] = []
    wb.reconcile(
        *books(Random(1)), strategy="one_to_one", rules=[RULE], progress=lambda stage, *_steps: stages.append(stage)
    )
    said = [stage for stage in stages if stage.startswith("rule 'Near': ")]
    assert len(said) == 1
    assert said[0].endswith(" pairs, about 1 s and 1 MB")
