"""The command line: reconcile, report, verify."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from workbench.cli.flags import (
    SETTINGS,
    Flag,
    Parametrised,
    Sectioned,
    given,
    reader_flags,
    setting_flags,
    with_flags,
)
from workbench.cli.help import EXIT_CODES, RECONCILE_EXAMPLES, REPORT_EXAMPLES
from workbench.cli.plan import Plan, changed_inputs, make_plan
from workbench.cli.show import Tell, say, show_json, show_summary, stages, visible
from workbench.errors import ControlTotalsError, SettingsError, WorkbenchError
from workbench.matching.reconcile import reconcile_with
from workbench.reports.manifest import verify_run
from workbench.reports.run_folder import check_out, write_run
from workbench.reports.threshold import exceeded, make_threshold
from workbench.result import Result
from workbench.sources import read_external, read_internal

DONE, WRONG_BOOKS, WRONG_INPUT, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
OUTCOME = "Outcome"


def main() -> None:
    """Run the command line, and exit as the contract says."""
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run a command line and return its exit code; an error is a sentence on stderr."""
    try:
        return int(commands.main(list(args), prog_name="workbench", standalone_mode=False) or DONE)
    except click.UsageError as error:
        return _ended(error.format_message(), WRONG_INPUT)
    except (click.Abort, KeyboardInterrupt):
        return _ended("interrupted", INTERRUPTED)
    except ControlTotalsError as error:
        return _ended(str(error), FAILED)
    except WorkbenchError as error:
        return _ended(str(error), WRONG_INPUT)
    except Exception as error:  # noqa: BLE001 - the last resort; a traceback would tell a user nothing
        return _ended(f"workbench failed: {type(error).__name__}: {str(error).split(chr(10))[0][:200]}", FAILED)


def _ended(message: str, code: int) -> int:
    if sys.exception() and os.environ.get("WORKBENCH_DEBUG") == "1":
        traceback.print_exc()
    say(message)
    return code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("ledger-workbench"))
def commands() -> None:
    """Reconcile bank and processor records with a ledger, exactly."""


@with_flags(
    [
        Flag("--out", section=OUTCOME, metavar="DIR", help="Folder to write; it appears whole or not at all."),
        Flag("--force", section=OUTCOME, is_flag=True, help="Replace the folder of an earlier run."),
        Flag("--dry-run", section=OUTCOME, is_flag=True, help="Write nothing."),
        Flag(
            "--max-unmatched",
            section=OUTCOME,
            metavar="N|N%",
            help="Exit with 1 if more external records than this stay open, unmatched or rejected.",
        ),
        Flag("--json", "as_json", section=OUTCOME, is_flag=True, help="Show the summary as JSON."),
        *setting_flags(),
        Flag(
            "--settings",
            section=SETTINGS,
            metavar="FILE",
            help="Run again what settings.json of an earlier run says, but for the files and flags given here.",
        ),
        *reader_flags(),
    ]
)
@commands.command(cls=Sectioned, epilog=RECONCILE_EXAMPLES)
@click.argument("external", required=False, help="What the bank, card scheme or processor says.")
@click.argument("internal", required=False, help="What the ledger says.")
@click.pass_context
def reconcile(ctx: click.Context, /, external: str | None, internal: str | None, **flags: Any) -> int:
    """Match EXTERNAL records with INTERNAL ones and account for each.

    Files may be CSV, TSV, JSON, NDJSON, Parquet or Excel. Shows what matched and the control totals, and writes every
    match, and every record that did not match and why, as CSV and Parquet.
    """
    plan = make_plan({"external": external, "internal": internal}, given(ctx), flags["settings"])
    threshold = make_threshold(flags["max_unmatched"]) if flags["max_unmatched"] else None
    out = None if flags["dry_run"] else _free_folder(flags["out"], flags["force"])
    with stages() as tell:
        result = _reconcile(plan, flags["dry_run"], tell)
        if out:
            tell(f"writing {out}", 0, 1)
            write_run(result, out, flags["force"])
    for name in changed_inputs(plan, result):
        say(f"{name} is not what it was in the run of {flags['settings']}")
    if flags["as_json"]:
        show_json(result.summary)
    else:
        show_summary(result, f"Written to {out}" if out else "Dry run: nothing was written")
    wrong = exceeded(result, threshold) if threshold else None
    return _ended(wrong, WRONG_BOOKS) if wrong else DONE


@with_flags(
    [
        Flag(
            "-p",
            "--parameter",
            "parameters",
            section="Report",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter of the notebook; may be repeated. Also: -p NAME VALUE.",
        ),
        Flag("--theme", section="Report", type=click.Choice(["light", "dark"]), default="light", show_default=True),
        Flag("--out", section="Report", required=True, metavar="DIR", help="Folder to write."),
        Flag("--force", section="Report", is_flag=True, help="Replace the folder of an earlier report."),
    ]
)
@commands.command(cls=Parametrised, epilog=REPORT_EXAMPLES)
@click.argument("name")
def report(name: str, parameters: Sequence[str], out: str, theme: str, *, force: bool) -> int:
    """Write a report: run the notebook NAME, such as reconciliation.

    The folder has the report as one self-contained HTML file, the notebook as it ran, and the full data. It is written
    even if the notebook fails, and then says where.
    """
    from workbench.reports.run import run_report  # noqa: PLC0415 - a notebook's machinery takes a second to load

    outcome = run_report(name, dict(map(_parameter, parameters)), Path(out), force=force, theme=theme)
    click.echo(visible(f"The report: {outcome.path}"))
    return _ended(outcome.message, outcome.exit_code) if outcome.exit_code else DONE


@commands.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR")
def verify(folder: str) -> int:
    """Check that a run's folder is as the run left it.

    Hashes every file in DIR again, and every input that is still there, and lists what differs, is missing or is extra.
    """
    problems = verify_run(folder)
    click.echo("\n".join(map(visible, problems)) or visible(f"{folder} is as the run left it"))
    return WRONG_BOOKS if problems else DONE


def _free_folder(out: str | None, force: bool) -> Path:
    """The folder to write, once it is known that it can be written: before the work, not after it."""
    if out is None:
        raise SettingsError("there is no folder to write: give --out DIR, or --dry-run to write nothing")
    check_out(out, force)
    return Path(out)


def _reconcile(plan: Plan, dry_run: bool, tell: Tell) -> Result:
    external, internal = plan.inputs["external"], plan.inputs["internal"]
    tell(f"reading {external.path}", 0, 1)
    charges = read_external(external.path, **external.options)
    tell(f"reading {internal.path}", 0, 1)
    entries = read_internal(internal.path, **internal.options)
    return reconcile_with(plan.settings, charges, entries, dry_run=dry_run, progress=tell)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise SettingsError(f"-p takes NAME=VALUE, such as strategy=one_to_one, not {text!r}")
    return name, value
