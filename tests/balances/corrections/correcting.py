"""What the tests of correcting share: one balance that is wrong, tricks, and how to correct it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.balances.corrections.blnk_server import Ledger, Trick
from workbench.balances.corrections.correct import CorrectionReport, correct

SECRET = "sk-8731-do-not-tell"
CUT = Trick(sent=0.5)  # carried out, and the answer ends half-way
GONE = Trick(sent=0, carried_out=False)  # the connection is closed, and nothing was done
DONE_AND_GONE = Trick(sent=0)
ERROR = Trick(status=500, carried_out=False)
DONE_AND_ERROR = Trick(status=502)
HANGS = Trick(hangs=True, carried_out=False)
DONE_AND_HANGS = Trick(hangs=True)
IGNORED = Trick(carried_out=False)
HTML = Trick(said=b"<html>sign in</html>", carried_out=False)
BUSY = Trick(status=429, carried_out=False)
LATER = Trick(after_looks=2)
OVERWRITTEN = Trick(overwritten=True)


def fields(held: tuple[int, int], due: tuple[int, int], executed_at: str = "2026-11-20T09:30:00Z") -> dict[str, str]:
    """The eight fields, worked out from credit and debit as they are held and as they are due."""
    (credit, debit), (old_credit, old_debit) = due, held
    return {
        "difference": str((credit - debit) - (old_credit - old_debit)),
        "executed_at": executed_at,
        "previous_balance": str(old_credit - old_debit),
        "previous_credit": str(old_credit),
        "previous_debit": str(old_debit),
        "recalculated_balance": str(credit - debit),
        "recalculated_credit": str(credit),
        "recalculated_debit": str(debit),
    }


HELD, DUE = (1200, 600), (119600, 15158)
EXPECTED = fields(HELD, DUE)
STOOD = {"executed_at": "2025-01-02 03:04:05.06+00"} | {k: v for k, v in EXPECTED.items() if k != "executed_at"}


def correct_one(ledger: Ledger, journal: Path, timeout: float = 2.0, **options: object) -> CorrectionReport:
    return correct({"bln_1": EXPECTED}, ledger.url, journal=journal, timeout=timeout, **options)


def states(report: CorrectionReport) -> list[str]:
    return [each.state for each in report.corrections]


def lines(journal: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
