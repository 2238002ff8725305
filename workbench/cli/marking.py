"""What the command `mark` does: say what would be marked on the ledger, or have it marked and say what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

from workbench.cli.flags import journal_place
from workbench.cli.outcome import visible
from workbench.cli.show import stages, table_of, terminal
from workbench.errors import ExitCode
from workbench.reconciliation.marks.marking import MarkReport, mark, plan_marks
from workbench.runs.folder.matched import marks_of

SHOWN = 50  # transactions that the terminal lists


def run_mark(flags: Mapping[str, Any]) -> ExitCode:
    """Mark what the run in a folder matched, as the ``flags`` say, and return the exit code."""
    marks = marks_of(flags["folder"])
    url, undo, journal = flags["url"], flags["undo"], journal_place(flags["journal"], flags["folder"])
    report = plan_marks(marks, url or "", journal=journal, undo=undo)
    planned = not url or flags["dry_run"]
    if not planned:
        with stages() as tell:
            report = mark(
                marks, url, journal=journal, undo=undo, progress=lambda name, *steps: tell(f"marking {name}", *steps)
            )
    if flags["as_json"]:
        click.echo(json.dumps(report.to_dict(), indent=2))
    else:
        _show(report, terminal())
    return ExitCode.DONE if planned else ExitCode(report.exit_code)


def _show(report: MarkReport, console: Console) -> None:
    """What is not settled comes first: of what is done there may be thousands."""
    ordered = sorted(report.marks, key=lambda mark: mark.state in {"marked", "unmarked"})
    rows = [(mark.transaction_id, mark.match_id, mark.state, mark.detail) for mark in ordered[:SHOWN]]
    console.print(table_of(("Transaction", "match", "", ""), rows))
    if len(ordered) > SHOWN:
        console.print(f"and {len(ordered) - SHOWN:,} more")
    console.print()
    console.print(visible(report.end_state))
