"""What the command `reconstruct` does: rebuild, show what differs, write, and have Blnk correct it if that is asked."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from workbench.balances import Reconstruction, reconstruct
from workbench.balances.correct import CorrectionReport, correct, plan
from workbench.balances.explained import explained
from workbench.balances.result import METADATA_KEY
from workbench.cli.flags import options_of
from workbench.cli.outcome import DONE, WRONG_BOOKS, ended
from workbench.cli.show import show_json, stages, table_of
from workbench.errors import SettingsError
from workbench.reports.run_folder import check_out, write_run
from workbench.sources import read_books

SIDES = ("balances", "internal", "snapshots")
SHOWN = 20


def run_reconstruct(flags: Mapping[str, Any], chosen: Mapping[str, Any]) -> int:
    """Do what the ``flags`` say, of which ``chosen`` stand on the command line; return the exit code."""
    if flags["url"] and flags["as_of"]:
        raise SettingsError("--apply does not go with --as-of: Blnk rebuilds a balance from all its transactions")
    out = _folder(flags)
    with stages() as tell:
        tell("reading", 0, 3)
        records = read_books(
            {name: flags[name] for name in SIDES if flags[name]}, {name: options_of(name, chosen) for name in SIDES}
        )
        tell("rebuilding balances", 1, 3)
        rebuilt = reconstruct(
            records["balances"],
            records["internal"],
            snapshots=records.get("snapshots"),
            as_of=flags["as_of"],
            balance_ids=flags["balance_ids"] or None,
        )
        tell("explaining differences", 2, 3)
        result = explained(rebuilt)
        if out:
            write_run(result, out, flags["force"], command="reconstruct")
    if flags["as_json"]:
        show_json(result.summary)
    else:
        _show(result, f"Written to {out}" if out else "Dry run: nothing was written")
    if flags["url"]:
        return _apply(result, flags["url"], Path(flags["journal"]), dry_run=flags["dry_run"])
    differ, allowed = result.summary["discrepancies"], flags["max_differences"]
    if allowed is not None and differ > allowed:
        return ended(f"{differ:,} balances differ, more than the {allowed:,} allowed", WRONG_BOOKS)
    return DONE


def _folder(flags: Mapping[str, Any]) -> Path | None:
    if flags["dry_run"]:
        return None
    if flags["out"] is None:
        raise SettingsError("there is no folder to write: give --out DIR, or --dry-run to write nothing")
    check_out(flags["out"], flags["force"])
    return Path(flags["out"])


def _apply(result: Reconstruction, url: str, journal: Path, *, dry_run: bool) -> int:
    """Have Blnk rebuild what differs; what it then shows must be our own figures."""
    wrong = [
        name for table in ("discrepancies", "offsetting") for name in result.tables[table]["balance_id"].to_pylist()
    ]
    expected = {balance_id: result.metadata(balance_id)[METADATA_KEY] for balance_id in wrong}
    if dry_run:
        _show_corrections(plan(expected, url, journal=journal))
        return DONE
    with stages() as tell:
        report = correct(
            expected, url, journal=journal, progress=lambda name, *steps: tell(f"correcting {name}", *steps)
        )
    _show_corrections(report)
    return report.exit_code


def _show(result: Reconstruction, ending: str) -> None:
    summary = result.summary
    console = _console()
    console.print(f"Reconstruction {summary['reconstruction_id']}: {summary['discrepancies']:,} of ", end="")
    console.print(f"{summary['balances']:,} balances differ from their transactions")
    best = result.tables["hypotheses"].filter(result.tables["hypotheses"]["rank"].to_numpy() == 1)
    words = dict(zip(best["balance_id"].to_pylist(), best["explanation"].to_pylist(), strict=True))
    rows = result.tables["discrepancies"].slice(0, SHOWN).to_pylist()
    console.print()
    console.print(
        table_of(
            ("Balance", "", ">difference", "most likely"),
            [
                (row["balance_id"], row["currency"], f"{row['difference']:,f}", words.get(row["balance_id"], ""))
                for row in rows
            ],
        )
    )
    console.print()
    totals = result.tables["control_totals"].to_pylist()
    lines = [(row["currency"], "yes" if row["balanced"] else "no", row["remark"] or "") for row in totals]
    console.print(table_of(("Currency", "debits equal credits", ""), lines))
    console.print()
    more = summary["discrepancies"] - len(rows)
    console.print(f"{more:,} more balances differ. {ending}" if more > 0 else ending)


def _show_corrections(report: CorrectionReport) -> None:
    console = _console()
    console.print()
    rows = [(each.balance_id, each.state, each.detail) for each in report.corrections]
    console.print(table_of(("Correction", "", ""), rows))
    console.print()
    console.print(report.end_state)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 10_000)
