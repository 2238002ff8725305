"""The story of a record: the row it came from, how it was read, what became of it, why, and who decided what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import amount_text, title_of
from workbench.errors import SettingsError, one_of
from workbench.reconciliation.criteria.drift import plain
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import GROUP
from workbench.reconciliation.weights import TERMS
from workbench.records import EXTERNAL, INTERNAL, Records
from workbench.sides import ID_COLUMN, OTHER, SIDES, Side
from workbench.sources.source_rows import SourceRow, source_row

Row = Mapping[str, Any]
KIND = {"external": EXTERNAL, "internal": INTERNAL}


@dataclass(frozen=True)
class Story:
    """Everything that a result knows of one record; rows are those of the result's tables that it is in.

    ``source`` is the row of the file, none where no file holds it. ``record`` has what was read of it, by column.
    ``counted_amount`` and ``compared_date`` are what rules see; none of a record that the reader excluded. ``state`` is
    ``matched``, ``open``, ``open in part`` or ``excluded``, and ``reason`` why it is not matched.
    """

    side: Side
    id: str
    state: str
    reason: str
    source: SourceRow | None
    record: Row
    counted_amount: Decimal | None
    compared_date: datetime | None
    matches: Sequence[Row]
    evidence: Sequence[Row]
    suggestions: Sequence[Row]
    near_misses: Sequence[Row]
    decisions: Sequence[Row]

    def chapters(self) -> dict[str, list[str]]:
        """The story in sentences, by heading; a heading of which nothing is known is left out.

        >>> from workbench import read_external, read_internal, reconcile
        >>> paid = read_external([{"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
        >>> booked = read_internal([
        ...     {"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "created_at": "2026-01-01"}])
        >>> story = story_of(reconcile(paid, booked), "external", "e1", paid)
        >>> story.chapters()["What became of it"]
        ['matched', "with t1 by rule 'By evidence': 9.90 EUR, 0 other pairs possible"]
        """
        chapters = {
            "In the file": _of_source(self.source),
            "As it was read": [
                f"{title_of(name)}: {_shown(value)}" for name, value in self.record.items() if value is not None
            ],
            "What it counts as": self._counts(),
            "What became of it": self._became(),
            "What speaks for it": [_of_evidence(row) for row in self.evidence],
            "What was suggested": [self._of_match(row) for row in self.suggestions],
            "What came close": [self._of_near_miss(row) for row in self.near_misses],
            "What people decided": [_of_decision(row) for row in self.decisions],
        }
        return {heading: sentences for heading, sentences in chapters.items() if sentences}

    def _counts(self) -> list[str]:
        if self.counted_amount is None or self.compared_date is None:
            return []
        amount = f"{amount_text(self.counted_amount, self.record['currency'])} {self.record['currency']}"
        return [f"{amount}, on {_shown(self.compared_date)}"]

    def _became(self) -> list[str]:
        state = f"{self.state}: {self.reason}" if self.reason else self.state
        return [state, *(self._of_match(row) for row in self.matches)]

    def _of_match(self, row: Row) -> str:
        other = row[f"{OTHER[self.side]}_transaction_id"]
        partner = f"with {other}" if other else "with records of its own side"
        apart = f", {amount_text(row['amount_difference'], row['currency'])} apart" if row["amount_difference"] else ""
        pairs = f"{row['alternatives']:,} other pair{'s' * (row['alternatives'] != 1)} possible"
        amount = f"{amount_text(row['amount'], row['currency'])} {row['currency']}"
        return f"{partner} {_by(row['rule'])}: {amount}{apart}, {pairs}"

    def _of_near_miss(self, row: Row) -> str:
        other = OTHER[self.side]
        many = row[f"{other}_records"]
        group = f", a group of {many:,} records" if many > 1 else ""
        return f"{row[f'{other}_transaction_id']}{group}, nearly matched {_by(row['rule'])}: {row['explanation']}"


def story_of(result: Result, side: str, record_id: str, records: Records) -> Story:
    """Everything that ``result`` knows of one record of ``side``; ``records`` are those that the result was made of.

    A file is read once more for the row as it stands in it. Raises ``SettingsError`` if there is no such record, and
    ``SourceError`` if the file has changed since.
    """
    record_side: Side = SIDES[SIDES.index(one_of(side, SIDES, "side"))]
    record = _record(records, record_side, record_id)
    matches = _rows(result, "matches", {f"{record_side}_transaction_id": record_id})
    still_open = _rows(result, f"unmatched_{record_side}", {ID_COLUMN[record_side]: record_id})
    excluded = _rows(result, "excluded", {"side": record_side, "id": record_id})
    state = "open in part" if matches and still_open else "matched" if matches else "open" if still_open else "excluded"
    unit = still_open[0].get(GROUP, record_id) if still_open else record_id
    counts = _counted(result, record_side, records, record_id)
    suggestions = _rows(result, "suggestions", {f"{record_side}_transaction_id": record_id})
    of_matches = {row["match_id"] for row in (*matches, *suggestions)}
    return Story(
        side=record_side,
        id=record_id,
        state=state,
        reason=next((row["reason"] for row in (*still_open, *excluded)), ""),
        source=source_row(result.inputs[record_side], KIND[record_side], record_id),
        record=record,
        counted_amount=counts[0],
        compared_date=counts[1],
        matches=matches,
        evidence=[row for name in sorted(of_matches) for row in _rows(result, "evidence", {"match_id": name})],
        suggestions=suggestions,
        near_misses=_rows(result, "near_misses", {f"{record_side}_transaction_id": unit}) if still_open else [],
        decisions=[row for row in _rows(result, "decisions", {}) if _names(row[record_side], record_id)],
    )


def _record(records: Records, side: Side, record_id: str) -> Row:
    """The record as it was read, whether or not it takes part."""
    for part in filter(None, (records, records.excluded_records)):
        rows = part.table.filter(part.table[ID_COLUMN[side]] == record_id).to_pyarrow().to_pylist()
        if rows:
            return {name: value for name, value in rows[0].items() if value is not None}
    raise SettingsError(f"{record_id!r} is no {side} record of {records.origin.name}")


def _counted(result: Result, side: Side, records: Records, record_id: str) -> tuple[Decimal | None, datetime | None]:
    counted = result.settings.counted(side, records)
    table = records.table.select(name=records.table[ID_COLUMN[side]], amount=counted.amount, date=counted.date)
    rows = table.filter(table.name == record_id).to_pyarrow().to_pylist()
    return (rows[0]["amount"], rows[0]["date"]) if rows else (None, None)


def _rows(result: Result, name: str, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a table that have these values; none where the result has no such table."""
    table = result.tables.get(name, pa.table({}))
    for column, value in wanted.items() if len(table) else ():
        table = table.filter(pc.equal(table[column], value))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _names(records: str, record_id: str) -> bool:
    """Whether a list of records, as a table shows it, names this one."""
    return records == record_id or record_id in records.split(", ")


def _of_source(row: SourceRow | None) -> list[str]:
    if row is None:
        return []
    where = f"record {row.row:,}" if row.line is None else f"line {row.line:,}, record {row.row:,}"
    stands = [row.text] if row.text else [f"{header}: {text}" for header, text in row.cells.items() if text]
    return [f"{row.file}, {where}", *stands]


def _of_evidence(row: Row) -> str:
    terms = ", ".join(f"{name} {row[name]:+d}" for name in TERMS)
    weight = f"{plain(row['probability'] * 100)} % likely to be right, weight {row['weight']:+d}: {terms}"
    return f"{weight}; references: {row['references']}"


def _of_decision(row: Row) -> str:
    note = f" ({row['note']})" if row["note"] else ""
    return f"{_shown(row['at'])}, {row['by']}: {row['action']}, {row['why']}; {row['state']}{note}"


def _by(rule: str) -> str:
    return rule if rule == BY_HAND else f"by rule {rule!r}"


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
