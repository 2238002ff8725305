"""Terms: what is demanded of a run, its gates and its expectations, and whether the run kept to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from workbench.records import Records
from workbench.runs.checks import Checks, Tables, check_gates
from workbench.runs.completeness import check_inputs
from workbench.runs.expectations import OUTSIDE, Expectation, make_expectation
from workbench.runs.gates import RECONCILE, Gates, make_gates


@dataclass(frozen=True)
class Terms:
    """What is demanded of a run: how much may go wrong, and what each of its inputs must hold."""

    gates: Gates
    expected: Mapping[str, Expectation] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; ``make_terms`` reads them back."""
        expected = {side: expectation.to_dict() for side, expectation in self.expected.items()}
        return {"gates": self.gates.to_dict(), "expect": expected}


@dataclass(frozen=True)
class Judgement:
    """A run held against its terms; ``outside`` has the records outside the expected periods."""

    terms: Terms
    checks: Checks
    outside: pa.Table = field(default_factory=OUTSIDE.empty_table)


def make_terms(
    command: str = RECONCILE, gates: Mapping[str, Any] | None = None, expect: Mapping[str, Any] | None = None
) -> Terms:
    """Check what a user demands; raises ``SettingsError`` as ``make_gates`` and ``make_expectation`` do."""
    expected = {side: make_expectation(side, given) for side, given in (expect or {}).items() if given}
    return Terms(make_gates(command, gates), expected)


def judge(terms: Terms, result: Tables, records: Mapping[str, Records], now: datetime | None = None) -> Judgement:
    """Hold a result, and the records that it was made from, against the terms."""
    inputs, outside = check_inputs(terms.expected, records, now)
    return Judgement(terms, check_gates(result, terms.gates).plus(inputs), outside)
