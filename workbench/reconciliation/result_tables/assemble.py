"""Assemble: account for all records, check that the totals tie out, and make the result."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime
from uuid import uuid4

import pyarrow as pa

from workbench.instants import rfc3339
from workbench.progress import Threads
from workbench.reconciliation.decisions.resolve import Decided
from workbench.reconciliation.matching.open_records import OpenRecords
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.near_misses.search import near_misses
from workbench.reconciliation.rates import Rates
from workbench.reconciliation.result import Result, check_control_totals
from workbench.reconciliation.result_tables.adjustments import adjustments
from workbench.reconciliation.result_tables.control_totals import OpeningCounts, blank_unknown, control_totals
from workbench.reconciliation.result_tables.conversions import conversions
from workbench.reconciliation.result_tables.differences import check_differences, differences, unlike
from workbench.reconciliation.result_tables.evidence import evidence_table
from workbench.reconciliation.result_tables.matches import crosses_currencies, matches, suggestions
from workbench.reconciliation.result_tables.unmatched import unmatched
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.summary import DecisionCounts, RuleSummary, Summary
from workbench.reconciliation.tables import PARENTS
from workbench.records import Origin, Records
from workbench.sides import Side
from workbench.sources.bad_rows import rejected_rows
from workbench.statements import statement_table


def assemble(
    settings: Settings,
    records: dict[Side, Records],
    left: OpenRecords,
    passes: list[Pass],
    decided: Decided,
    opening: OpeningCounts,
    rates: Rates | None,
    started: datetime,
    dry_run: bool,
) -> Result:
    """Make the result and check that it ties out; raises ``ControlTotalsError`` if it does not."""
    left = left.by(settings.across)
    # Arrow, the engine and NumPy release the interpreter while they work.
    with Threads(2) as others:
        matched = others.submit(matches, settings, left.pool.scale, passes, decided)
        still_open = others.submit(
            lambda: {
                f"unmatched_{side}": unmatched(side, side_records, settings, left, passes, decided)
                for side, side_records in records.items()
            }
        )
        almost = near_misses(settings, left.pool, left.units("external"), left.units("internal"))
    tables = {
        "matches": matched.result(),
        **still_open.result(),
        "excluded": opening.excluded,
        "control_totals": _tied_out(
            control_totals(opening, left.books.pool, left.records, left.still_open, decided), records
        ),
        "differences": differences(settings, left.pool.scale, passes, decided),
        "near_misses": almost,
        "rejected": rejected_rows(records.items()),
    }
    if any(rule_pass.suggested for rule_pass in passes):
        tables["suggestions"] = suggestions(settings, passes, len(decided.matches))
    if crosses_currencies(settings, decided):
        tables["conversions"] = conversions(settings, left.pool.scale, passes, decided, tables["matches"])
    if len(tables["differences"]):
        books = records["internal"], unlike(tables), tables["differences"]
        tables["adjustments"] = adjustments(settings, *books)
    if any(side_records.account_statements for side_records in records.values()):
        tables["statements"] = _statements(records)
    if parents := left.books.parents:
        tables["parents"] = PARENTS.of_rows([astuple(finding) for finding in parents])
    if any(rule_pass.evidence for rule_pass in passes):
        tables["evidence"] = evidence_table(settings, passes, tables["matches"], tables.get("suggestions"))
    inputs: dict[str, Origin] = {side: side_records.origin for side, side_records in records.items()}
    if decided.origin:
        tables["decisions"], inputs["decisions"] = decided.table(), decided.origin
    if rates:
        inputs["rates"] = rates.origin
    check_differences(tables["control_totals"], tables["differences"])
    summary = _summary(settings, left, passes, decided, started, dry_run)
    return Result(settings, inputs, summary, tables)


def _tied_out(totals: pa.Table, records: dict[Side, Records]) -> pa.Table:
    """The control totals once they are proven; what nobody knows is blanked only then."""
    check_control_totals(totals)
    return blank_unknown(totals, {side: side_records.rejected_unknown for side, side_records in records.items()})


def _statements(records: dict[Side, Records]) -> pa.Table:
    """The account statements of both inputs."""
    of_sides = {side: statement_table(record.account_statements) for side, record in records.items()}
    parts = [
        table.add_column(0, "side", [pa.array([side] * len(table), pa.string())]) for side, table in of_sides.items()
    ]
    return pa.concat_tables([part for part in parts if len(part)], promote_options="permissive")


def _summary(
    settings: Settings,
    left: OpenRecords,
    passes: list[Pass],
    decided: Decided,
    started: datetime,
    dry_run: bool,
) -> Summary:
    unmatched = {side: int(still_open.sum()) for side, still_open in left.still_open.items()}
    matched = {
        side: len(still_open) - unmatched[side] + len(decided.matched(side))
        for side, still_open in left.still_open.items()
    }
    return Summary(
        reconciliation_id=f"recon_{uuid4()}",
        strategy=settings.strategy,
        grouping_criteria=settings.grouping_criteria,
        status="completed",
        is_dry_run=dry_run,
        started_at=rfc3339(started, "microseconds"),
        completed_at=rfc3339(datetime.now(UTC), "microseconds"),
        matched_transactions=matched["external"],
        unmatched_transactions=unmatched["external"],
        matched_internal_transactions=matched["internal"],
        unmatched_internal_transactions=unmatched["internal"],
        rules=tuple(map(_rule_summary, passes)),
        findings=settings.findings or None,
        decisions=DecisionCounts(**decided.count()) if decided.origin else None,
        matches_by_hand=len(decided.matches) if decided.origin else None,
    )


def _rule_summary(rule_pass: Pass) -> RuleSummary:
    return RuleSummary(
        rule_pass.rule.name,
        rule_pass.rule.description,
        tuple(criterion.to_dict() for criterion in rule_pass.rule.criteria),
        matches=len(rule_pass.external),
        matched_external=rule_pass.records("external"),
        matched_internal=rule_pass.records("internal"),
        candidates=rule_pass.candidates,
        expected_by_chance=rule_pass.expected_by_chance,
        suggested=len(rule_pass.suggested.external) if rule_pass.suggested else None,
        strategy=rule_pass.rule.strategy,
        grouping_criteria=rule_pass.rule.grouping_criteria or None,
    )
