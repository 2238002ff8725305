"""Suggested matches in order of confidence, and the decisions that accept them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow.compute as pc

from workbench.exact import exact, whole
from workbench.reconciliation.criteria.drift import plain
from workbench.reconciliation.decisions.journal import Decision, new_decision, see
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import EVIDENCE, money_open
from workbench.records import Records
from workbench.sides import ID_COLUMN, SIDES, Side


@dataclass(frozen=True)
class Suggestion:
    """Open records of both sides that a rule suggests as a match; ``probability`` is known where the rule weighs."""

    match_id: str
    rule: str
    external: tuple[str, ...]
    internal: tuple[str, ...]
    external_amount: Decimal
    internal_amount: Decimal
    currency: str
    alternatives: int
    probability: Decimal | None

    @property
    def why(self) -> str:
        """What there is to say for it, in a few words."""
        of_rule = f"suggested by rule {self.rule!r}"
        if self.probability is not None:
            return f"{of_rule}, {plain(self.probability * 100)} % likely to be right"
        others = f"{self.alternatives:,}" if self.alternatives else "no"
        return f"{of_rule}, {others} other pair{'s' * (self.alternatives != 1)} possible"

    @property
    def confidence(self) -> tuple[Decimal, int]:
        """What orders suggestions: the probability, unknown ones last, then how few other pairs are possible."""
        return (Decimal(-1) if self.probability is None else self.probability, -self.alternatives)


def suggestions_of(result: Result) -> tuple[Suggestion, ...]:
    """What may be accepted of ``Result.suggestions``, the most probable first; equals by their ``match_id``.

    That is what has records of both sides, all of which are open. Of those that share a record, the most probable one
    is kept: the others could not be accepted with it.

    >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "10", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t", "amount": "10", "currency": "EUR", "created_at": "2026-01-02"}])
    >>> result = reconcile(paid, booked, rules=[Rule("Amount", [Criterion("amount")], status="suggested")])
    >>> [suggestion.why for suggestion in suggestions_of(result)]
    ["suggested by rule 'Amount', no other pairs possible"]
    """
    if "suggestions" not in result.tables:
        return ()
    evidence = result.tables.get("evidence", EVIDENCE.of_rows([]))
    probability = dict(zip(evidence["match_id"].to_pylist(), evidence["probability"].to_pylist(), strict=True))
    amounts = {side: _open_amounts(result, side) for side in SIDES}
    rows = result.tables["suggestions"].to_pylist()
    of_match = [list(pairs) for _, pairs in groupby(rows, key=itemgetter("match_id"))]
    made = [
        _suggestion(pairs, amounts, probability.get(pairs[0]["match_id"]))
        for pairs in of_match
        if _all_open(pairs, amounts)
    ]
    return _without_shared(
        sorted(made, key=lambda suggestion: (*(-part for part in suggestion.confidence), suggestion.match_id))
    )


def expected_wrong(suggestions: Sequence[Suggestion]) -> Decimal:
    """How many of these are wrong if each is as probable as it says; those that say nothing are not counted."""
    known = [suggestion.probability for suggestion in suggestions if suggestion.probability is not None]
    return sum((1 - probability for probability in known), Decimal(0))


def accept(suggestions: Sequence[Suggestion], records: Mapping[Side, Records], why: str = "") -> list[Decision]:
    """The decisions that take suggestions for matches; each says ``why``, or else what there is to say for it."""
    named = {side: [name for suggestion in suggestions for name in getattr(suggestion, side)] for side in SIDES}
    seen = {side: see(records[side], side, names) for side, names in named.items()}
    return [
        new_decision(
            "match",
            why.strip() or suggestion.why,
            external={name: seen["external"][name] for name in suggestion.external},
            internal={name: seen["internal"][name] for name in suggestion.internal},
        )
        for suggestion in suggestions
    ]


_Open = Mapping[str, tuple[Decimal, str]]  # id -> open amount and currency


def _open_amounts(result: Result, side: Side) -> _Open:
    """What is open of each suggested record of a side, of those that are open."""
    table, suggested = result.tables[f"unmatched_{side}"], result.tables["suggestions"][f"{side}_transaction_id"]
    rows = table.filter(pc.is_in(table[ID_COLUMN[side]], suggested.combine_chunks()))
    columns = (rows[name].to_pylist() for name in (ID_COLUMN[side], money_open(rows), "currency"))
    return {name: (amount, currency) for name, amount, currency in zip(*columns, strict=True)}


def _names(rows: Sequence[Mapping[str, Any]], side: Side) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[f"{side}_transaction_id"] for row in rows))


def _all_open(rows: Sequence[Mapping[str, Any]], amounts: Mapping[Side, _Open]) -> bool:
    """Whether both sides have records in a suggestion, all open, and of one currency."""
    open_amounts = [amounts[side].get(name) for side in SIDES for name in _names(rows, side)]
    return all(open_amounts) and len({entry[1] for entry in open_amounts if entry}) == 1


def _suggestion(
    rows: Sequence[Mapping[str, Any]], amounts: Mapping[Side, _Open], probability: Decimal | None
) -> Suggestion:
    external, internal = (_names(rows, side) for side in SIDES)
    first = rows[0]
    return Suggestion(
        first["match_id"],
        first["rule"],
        external,
        internal,
        _total(amounts["external"][name][0] for name in external),
        _total(amounts["internal"][name][0] for name in internal),
        amounts["external"][external[0]][1],
        first["alternatives"],
        probability,
    )


def _total(amounts: Iterable[Decimal]) -> Decimal:
    """Exactly, at any number of digits."""
    parts = list(amounts)
    scale = max(-int(part.as_tuple().exponent) for part in parts)
    return exact(sum(whole(part, scale) for part in parts), scale)


def _without_shared(ordered: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Those of which no record stands in one before."""
    kept, used = [], set[tuple[str, str]]()
    for suggestion in ordered:
        records = {(side, name) for side in SIDES for name in getattr(suggestion, side)}
        if not records & used:
            kept.append(suggestion)
            used |= records
    return tuple(kept)
