"""What the command `chain` does: follow records through the runs in several folders, and say where they end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

from workbench.amounts import as_text, decimals_needed
from workbench.cli.operate import write_failed
from workbench.cli.outcome import ended, written
from workbench.cli.show import gates_table, show_tables, table_of
from workbench.errors import ExitCode, WorkbenchError, exit_code_of
from workbench.runs.audit.chained import CHAIN, ChainedRuns, chain_runs, write_chain
from workbench.runs.folder.outcome import failed_outcome


def run_chain(flags: Mapping[str, Any]) -> ExitCode:
    """Join the runs in the folders as the ``flags`` say, and return the exit code."""
    names = [name.strip() for name in flags["names"].split(",")] if flags["names"] else None
    try:
        runs = chain_runs(flags["folders"], names)
        out = Path(write_chain(runs, flags["out"], flags["force"])) if flags["out"] else None
    except WorkbenchError as error:
        write_failed(failed_outcome(CHAIN, exit_code_of(error), error.message(flags=True)), flags["out"])
        raise
    if flags["as_json"]:
        click.echo(json.dumps({**runs.to_dict(), "out": str(out) if out else None}, indent=2, ensure_ascii=False))
    else:
        _show(runs, written(out) if out else "")
    return ended(runs.checks.message, runs.checks.exit_code)


def _show(runs: ChainedRuns, ending: str) -> None:
    show_tables(
        runs.chain.headline(),
        [
            ("Control totals (they tie out)", _rows(runs.chain.tables["control_totals"])),
            ("From total to total", _rows(runs.chain.tables["bridge"])),
            (f"Gates: {runs.checks.verdict}", gates_table(runs.checks)),
        ],
        ending,
    )


def _rows(table: pa.Table) -> Any:
    """The table, its numbers to the right; without debits and credits, which stand in the files."""
    shown = as_text(table, decimals_needed(table))
    shown = shown.drop([name for name in shown.column_names if name.endswith(("_debit", "_credit"))])
    numbers = {"records", "amount", "total"}
    headers = [f">{name}" if name in numbers else name.replace("_", " ") for name in shown.column_names]
    rows = [["" if cell is None else f"{cell:,}" if isinstance(cell, int) else cell for cell in row.values()]
            for row in shown.to_pylist()]  # fmt: skip
    return table_of(headers, rows)
