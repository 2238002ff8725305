"""Rests: what rules left of records, and what has to be decided before a person can match that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SettingsError
from workbench.reconciliation.decisions.journal import Decision, decide
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import OPEN_AMOUNT
from workbench.records import Records
from workbench.sides import ID_COLUMN, SIDES, Side


def confirmed(result: Result, records: Mapping[str, Records], decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions about what ``result`` shows as open, after those that keep what rules matched of their records.

    A decision is applied before any rule runs, and a match takes what is open then: so what a rule matched of a record,
    of which the rest is to be matched, is matched by hand as well. Raises ``SettingsError`` for an exclusion of a rest.
    """
    kept: dict[str, Decision] = {}
    for decision in decisions:
        for side in SIDES:
            partly = _partly_matched(result, side, list(decision.about(side)))
            if partly and decision.action == "exclude":
                raise SettingsError(
                    f"{side} record {partly[0]!r} is matched in part, and only whole records are excluded: match its "
                    "rest, or unmatch the record first"
                )
            if partly and decision.action == "match":
                kept |= _as_by_rule(result, records, side, partly)
    return [*(kept[name] for name in sorted(kept)), *decisions]


def _partly_matched(result: Result, side: Side, names: Sequence[str]) -> list[str]:
    """Those of the open records of which a part is matched."""
    table = result.tables[f"unmatched_{side}"]
    if OPEN_AMOUNT not in table.column_names:
        return []
    named = pc.is_in(table[ID_COLUMN[side]], pa.array(names, pa.string()))
    rest = pc.not_equal(table[OPEN_AMOUNT], table["counted_amount"])
    ids: list[str] = table.filter(pc.and_(named, rest))[ID_COLUMN[side]].to_pylist()
    return ids


def _as_by_rule(
    result: Result, records: Mapping[str, Records], side: Side, names: Sequence[str]
) -> dict[str, Decision]:
    """The matches by rules that have a part of these records, as decisions, by their match."""
    matches = result.tables["matches"]
    by_rule = matches.filter(pc.not_equal(matches["rule"], BY_HAND))
    ids = pc.unique(
        by_rule.filter(pc.is_in(by_rule[f"{side}_transaction_id"], pa.array(names, pa.string())))["match_id"]
    ).to_pylist()
    return {match: _decided(records, by_rule.filter(pc.equal(by_rule["match_id"], match)).to_pylist()) for match in ids}


def _decided(records: Mapping[str, Records], rows: Sequence[Mapping[str, Any]]) -> Decision:
    """A match by a rule, decided by hand."""
    external, internal = ([row[f"{side}_transaction_id"] for row in rows] for side in SIDES)
    why = f"as rule {rows[0]['rule']!r} matched it, so that the rest can be matched"
    return decide(records, "match", external=external, internal=internal, why=why, remainder="open")
