"""What the command `reconstruct` does: rebuild, show what differs, write, and have Blnk correct it if that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.amounts import amount_text
from workbench.balances.corrections.correct import CorrectionReport, correct, plan
from workbench.balances.explained import explained
from workbench.balances.findings import findings_of
from workbench.balances.rebuild import reconstruct_with
from workbench.balances.result import METADATA_KEY, Reconstruction
from workbench.cli.flags import journal_place
from workbench.cli.operate import Operation
from workbench.cli.outcome import ended, say, visible, written
from workbench.cli.plan import BooksPlan, changed_inputs, folder_to_write, look_at, make_books_plan, read_inputs
from workbench.cli.show import evidence_list, evidence_of, gates_table, stages, table_of, terminal
from workbench.errors import ExitCode, SettingsError
from workbench.reports.corrections import correctable
from workbench.runs.folder.terms import judge
from workbench.runs.gates.checks import Checks
from workbench.runs.gates.waiting import check_unchanged
from workbench.sources.options import SELECTING

SHOWN = 20


def run_reconstruct(flags: Mapping[str, Any], chosen: Mapping[str, Any], operation: Operation) -> ExitCode:
    """Do what the ``flags`` say, of which ``chosen`` stand on the command line; return the exit code."""
    books = make_books_plan(flags, chosen)
    out = folder_to_write(flags)
    if flags["url"]:
        _check_correcting(books, flags, out)
    looks = look_at(books.inputs, flags)
    with stages(operation.tell) as tell:
        tell("reading", 0, 3)
        records = read_inputs(books.inputs)
        tell("rebuilding balances", 1, 3)
        rebuilt = reconstruct_with(
            books.settings, records["balances"], records["internal"], snapshots=records.get("snapshots")
        )
        tell("explaining differences", 2, 3)
        result = explained(rebuilt)
        judged = judge(books.terms, result, records)
        check_unchanged(looks)
        operation.done(result, judged.checks)
        if out:
            operation.write(result, out, judged)
    for name in changed_inputs(books.inputs, result.inputs):
        say(f"{name} is not what it was in the run of {flags['settings']}")
    if not flags["as_json"]:
        _show(result, judged.checks, written(operation.written))
    if flags["url"]:
        report = _correct(result, flags)
        operation.summary = {**operation.summary, "corrections": report.to_dict()}
        if not flags["as_json"]:
            _show_corrections(report)
        if not flags["dry_run"]:
            return ExitCode(report.exit_code)
    return ended(judged.checks.message, judged.checks.exit_code)


def _check_correcting(books: BooksPlan, flags: Mapping[str, Any], out: Path | None) -> None:
    """Refuse what could not be applied in the end, before anything is read or written."""
    left_out = [f"--internal-{name}" for name in SELECTING if name in books.inputs["internal"].options]
    left_out += ["--as-of"] if books.settings.as_of else []
    if left_out:
        raise SettingsError(
            f"--apply does not go with {left_out[0]}: Blnk rebuilds a balance from all its transactions"
        )
    journal = journal_place(flags["journal"], out)
    plan({}, flags["url"], journal=journal)  # address, key and an earlier journal


def _correct(result: Reconstruction, flags: Mapping[str, Any]) -> CorrectionReport:
    """Have Blnk rebuild what differs; what it then shows must be our own figures."""
    expected = {balance_id: result.metadata(balance_id)[METADATA_KEY] for balance_id in correctable(result)}
    journal = Path(flags["journal"])
    if flags["dry_run"]:
        return plan(expected, flags["url"], journal=journal)
    with stages() as tell:
        return correct(
            expected, flags["url"], journal=journal, progress=lambda name, *steps: tell(f"correcting {name}", *steps)
        )


def _show(result: Reconstruction, checks: Checks, ending: str) -> None:
    summary = result.summary
    console = terminal()
    console.print(f"Reconstruction {summary['reconstruction_id']}: {summary['discrepancies']:,} of ", end="")
    console.print(f"{summary['balances']:,} balances differ from their transactions")
    for side, evidence in evidence_of(result.inputs).items():
        console.print(f"\nFound in {visible(side)}")
        console.print(evidence_list(evidence))
    best = result.tables["hypotheses"].filter(result.tables["hypotheses"]["rank"].to_numpy() == 1)
    words = dict(zip(best["balance_id"].to_pylist(), best["explanation"].to_pylist(), strict=True))
    rows = [
        (
            row["balance_id"],
            row["currency"],
            amount_text(result.money(row["currency"]).amount(int(row["difference"])), row["currency"]),
            words.get(row["balance_id"], ""),
        )
        for row in result.tables["discrepancies"].slice(0, SHOWN).to_pylist()
    ]
    console.print()
    console.print(table_of(("Balance", "", ">difference", "most likely"), rows))
    console.print()
    totals = result.tables["control_totals"].to_pylist()
    lines = [(row["currency"], "yes" if row["balanced"] else "no", row["remark"] or "") for row in totals]
    console.print(table_of(("Currency", "debits equal credits", ""), lines))
    console.print()
    console.print(f"Findings: {findings_of(result)}")
    console.print()
    console.print(f"Gates: {checks.verdict}")
    console.print(gates_table(checks))
    console.print()
    more = summary["discrepancies"] - len(rows)
    console.print(f"{more:,} more balances differ. {ending}" if more > 0 else ending)


def _show_corrections(report: CorrectionReport) -> None:
    console = terminal()
    console.print()
    rows = [(correction.balance_id, correction.state, correction.detail) for correction in report.corrections]
    console.print(table_of(("Correction", "", ""), rows))
    console.print()
    console.print(report.end_state)
