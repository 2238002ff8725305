"""Terms: what is demanded of a run, its gates and its expectations, and whether the run kept to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.errors import one_of
from workbench.instants import utc_instant
from workbench.records import Records
from workbench.runs.folder.journals import check_journal
from workbench.runs.gates.ages import cut_off, open_items
from workbench.runs.gates.checks import Checks, check_gates
from workbench.runs.gates.completeness import check_inputs
from workbench.runs.gates.expectations import OUTSIDE, Expectation, make_expectation
from workbench.runs.gates.limits import RECONCILE, Gates, make_gates
from workbench.sides import SIDES

# The inputs that somebody may expect something of.
EXPECTED = {RECONCILE: SIDES, "reconstruct": ("balances", "internal")}


@dataclass(frozen=True)
class Terms:
    """What is demanded of a run: how much may go wrong, and what each of its inputs must hold."""

    gates: Gates
    expected: Mapping[str, Expectation] = field(default_factory=dict)
    as_of: datetime | None = None  # what ages count to, where somebody said so

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; ``make_terms`` reads them back."""
        expected = {side: expectation.to_dict() for side, expectation in self.expected.items()}
        as_of = {"as_of": self.as_of.isoformat()} if self.as_of else {}
        return {"gates": self.gates.to_dict(), "expect": expected, **as_of}


@dataclass(frozen=True)
class Judgement:
    """A run held against its terms; ``outside`` has the records outside the expected periods.

    ``until`` is the instant that the ages of what is open count to.
    """

    terms: Terms
    checks: Checks
    outside: pa.Table = field(default_factory=OUTSIDE.empty_table)
    until: datetime | None = None

    def tables(self, result: Any) -> dict[str, pa.Table]:
        """The tables that follow from the terms: open items with their ages, and records outside a period."""
        aged = {"open_items": open_items(result.tables, self.until)} if "unmatched_external" in result.tables else {}
        return {**aged, **({"outside_period": self.outside} if self.terms.expected else {})}


def make_terms(
    command: str = RECONCILE,
    gates: Mapping[str, Any] | None = None,
    expect: Mapping[str, Any] | None = None,
    as_of: str | datetime | None = None,
) -> Terms:
    """Check what a user demands; raises ``SettingsError`` as ``make_gates`` and ``make_expectation`` do.

    ``as_of`` is what the ages of what is open count to.
    """
    demands = {side: given for side, given in (expect or {}).items() if given}
    for side in demands:
        one_of(side, EXPECTED.get(command, ()), "input to expect something of")
    expected = {side: make_expectation(side, given) for side, given in demands.items()}
    return Terms(make_gates(command, gates), expected, utc_instant("as_of", as_of or None))


def judge(
    terms: Terms,
    result: Any,
    records: Mapping[str, Records],
    now: datetime | None = None,
    before: Path | None = None,
) -> Judgement:
    """Hold a result, and the records that it was made from, against the terms.

    Ages count to ``now``, by default to when the run started. ``before`` is the folder of the run before this one: the
    journal of decisions must continue the one there.
    """
    started = datetime.fromisoformat(result.summary["started_at"])
    inputs, outside = check_inputs(terms.expected, records, now or started)
    journal = result.inputs.get("decisions")
    more = [check_journal(journal, before)] if journal and journal.path else []
    of_records = "unmatched_external" in result.tables
    until = cut_off(result.tables, terms.as_of, terms.expected.values()) if of_records else None
    return Judgement(terms, check_gates(result, terms.gates).plus([*inputs, *more]), outside, until)
