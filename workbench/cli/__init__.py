"""The command line: what runs, and how it ends."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import click

from workbench.cli.flags import BOOKS as BOOK_SIDES
from workbench.cli.flags import (
    OUTCOME,
    SETTINGS,
    Flag,
    Parametrised,
    Sectioned,
    earlier_flags,
    gate_flags,
    given,
    in_section,
    journal_flag,
    local,
    operator_flags,
    reader_flags,
    setting_flags,
    with_flags,
)
from workbench.cli.help import (
    LAB_EXAMPLES,
    LAYOUT_EXAMPLES,
    RECONCILE_EXAMPLES,
    RECONSTRUCT_EXAMPLES,
    REPORT_EXAMPLES,
)
from workbench.cli.of_a_run import chain, compare, mark, perform, verify
from workbench.cli.operate import operate, write_failed
from workbench.cli.outcome import ended, sentence_of, shown_words
from workbench.cli.process import leave, own_process
from workbench.cli.streams import finished, own_streams
from workbench.errors import ExitCode, Terminated, exit_code_of
from workbench.runs.folder.outcome import failed_outcome
from workbench.sides import SIDES

BOOKS = "Books"
INPUT_SIDES = dict.fromkeys([*SIDES, *BOOK_SIDES])  # of all commands
NO_INPUTS = "Leave the inputs out of the folder: then nobody can perform the run again from it alone."
WRITING = ("reconcile", "reconstruct", "report")
RUN_FOLDER = (
    Flag("--out", metavar="DIR", callback=local, help="Folder to write; it appears whole or not at all."),
    Flag("--force", is_flag=True, help="Replace the folder of an earlier run."),
    Flag("--no-inputs", is_flag=True, help=NO_INPUTS),
)


def main() -> None:
    """Run the command line, and exit as the contract says."""
    outlets = own_streams()
    own_process()
    signal.signal(signal.SIGTERM, _terminate)
    code = finished(outlets, run(sys.argv[1:]))
    if code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        leave(code)
    sys.exit(code)


def run(args: Sequence[str]) -> int:
    """Run a command line and return its exit code; an error is a sentence on stderr."""
    words = shown_words(args)
    try:
        return int(commands.main(list(args), prog_name="workbench", standalone_mode=False, obj=words) or ExitCode.DONE)
    except click.UsageError as error:
        code, message = ExitCode.WRONG_INPUT, sentence_of(error)
        write_failed(failed_outcome(_command(args), code, message, command_line=words), _out(args))
        return ended(message, code)
    except click.Abort:
        return ended("interrupted", ExitCode.INTERRUPTED)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort
        return ended(sentence_of(error), exit_code_of(error))


def _terminate(_signal: int, _frame: object) -> None:
    raise Terminated


def _command(args: Sequence[str]) -> str:
    return args[0] if args and args[0] in commands.commands else ""


def _out(args: Sequence[str]) -> str | None:
    """The folder that a command line which cannot be understood would have written."""
    words = [word for arg in args for word in (arg.split("=", 1) if arg.startswith("--out=") else [arg])]
    follows = next((word for flag, word in pairwise(words) if flag == "--out"), None)
    return follows if _command(args) in WRITING and follows and "://" not in follows else None


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("ledger-workbench"))
def commands() -> None:
    """Reconcile bank and processor records with a ledger, and rebuild its balances, exactly."""


@with_flags(
    *in_section(
        OUTCOME,
        *RUN_FOLDER,
        Flag("--dry-run", is_flag=True, help="Write nothing."),
        Flag(
            "--previous",
            metavar="DIR",
            callback=local,
            help="Folder of the run before this one, whose journal this one must continue.  "
            "[default: the newest run of the same journal beside --out]",
        ),
        Flag(
            "--as-of",
            "ages_as_of",
            metavar="INSTANT",
            help="What the ages of open records count to.  [default: the end of the expected period, else the latest "
            "date in the data]",
        ),
    ),
    *in_section(
        SETTINGS,
        *setting_flags(),
        Flag("--decisions", metavar="FILE", help="Journal of what people settled by hand; it comes before all rules."),
        Flag(
            "--rates",
            metavar="FILE",
            help="Exchange rates (columns date, from, to, rate), for rules that cross currencies.",
        ),
    ),
    *operator_flags(),
    *gate_flags("reconcile", SIDES),
    *earlier_flags(SETTINGS, SIDES),
    *reader_flags(),
)
@commands.command(cls=Sectioned, epilog=RECONCILE_EXAMPLES)
@click.argument("external", required=False, help="What the bank, card scheme or processor says.")
@click.argument("internal", required=False, help="What the ledger says.")
@click.pass_context
def reconcile(ctx: click.Context, /, **flags: Any) -> int:
    """Match EXTERNAL records with INTERNAL ones and account for each.

    Each is a file (CSV, TSV, JSON, NDJSON, Parquet or Excel) or the postgresql:// URL of a Blnk ledger; its password
    comes from PGPASSWORD or ~/.pgpass. Shows what matched and the control totals, and writes every match, and every
    record that did not match and why, as CSV and Parquet.
    """
    from workbench.cli.reconciliation import reconcile_files  # noqa: PLC0415 - it takes a second to load

    return operate(ctx, flags, reconcile_files)


@with_flags(
    *in_section(
        OUTCOME,
        *RUN_FOLDER,
        Flag("--dry-run", is_flag=True, help="Write nothing, and with --apply ask nothing."),
        Flag(
            "--apply",
            "url",
            metavar="URL",
            help="Ask the Blnk ledger there to rebuild each balance that differs, and check that it did; "
            "exit with 1 if one is not corrected. Its key comes from the variable WORKBENCH_BLNK_KEY.  "
            "[default: only list them]",
        ),
        journal_flag("corrections.ndjson"),
    ),
    *in_section(
        BOOKS,
        Flag(
            "--snapshots",
            metavar="FILE",
            multiple=True,
            help="What the balances were at some moments; may be repeated.",
        ),
        Flag("--as-of", metavar="INSTANT", help="Count only what was effective up to this instant."),
        Flag(
            "--balance",
            "balance_ids",
            multiple=True,
            metavar="ID",
            help="Report on this balance only, by id or indicator such as @World; may be repeated.",
        ),
    ),
    *operator_flags(),
    *earlier_flags(BOOKS, BOOK_SIDES[:2]),
    *gate_flags("reconstruct", BOOK_SIDES[:2]),
    *reader_flags(BOOK_SIDES),
)
@commands.command(cls=Sectioned, epilog=RECONSTRUCT_EXAMPLES)
@click.argument("balances", required=False, help="The ledger's running balances.")
@click.argument("internal", required=False, help="The ledger's transactions.")
@click.pass_context
def reconstruct(ctx: click.Context, /, **flags: Any) -> int:
    """Recalculate BALANCES from the transactions in INTERNAL, and explain each difference.

    Each is a file, or the postgresql:// URL of a Blnk ledger, of which one consistent state is read. Shows the balances
    that differ, and for the largest what may have happened.
    """
    from workbench.cli.reconstruction import run_reconstruct  # noqa: PLC0415 - so that --help comes at once

    return operate(ctx, flags, run_reconstruct)


@with_flags(
    *in_section(
        "Report",
        Flag(
            "-p",
            "--parameter",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter of the notebook; may be repeated. Also: -p NAME VALUE.",
        ),
        Flag("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True),
        Flag("--out", required=True, metavar="DIR", callback=local, help="Folder to write."),
        Flag("--force", is_flag=True, help="Replace the folder of an earlier report."),
        Flag("--no-inputs", is_flag=True, help=NO_INPUTS),
    ),
    *operator_flags(),
    *reader_flags(INPUT_SIDES),
)
@commands.command(cls=Parametrised, epilog=REPORT_EXAMPLES)
@click.argument("name")
@click.pass_context
def report(ctx: click.Context, /, **flags: Any) -> int:
    """Write a report: run the notebook NAME, such as reconciliation.

    The folder has the report as one self-contained HTML file, the notebook as it ran, and the full data. It is written
    even if the notebook fails, and then says where.
    """
    from workbench.cli.report import write_report  # noqa: PLC0415 - as above

    return operate(ctx, flags, write_report)


@with_flags(
    *in_section(
        "Layout",
        Flag(
            "--side",
            type=click.Choice(SIDES),
            default="external",
            show_default=True,
            help="Which side's records the file holds.",
        ),
        Flag("--save", metavar="LAYOUT", callback=local, help="Keep the layout as this JSON file."),
        Flag("--json", "as_json", is_flag=True, help="Show the layout as JSON."),
    ),
    *reader_flags(),
)
@commands.command(cls=Sectioned, epilog=LAYOUT_EXAMPLES)
@click.argument("file", metavar="FILE")
@click.pass_context
def layout(ctx: click.Context, /, **flags: Any) -> int:
    """Show how FILE is read, and what it leaves open.

    Finds out by itself what each column means and how dates and amounts are written, says why, and shows the first rows
    as they stand and as they are understood. Each question is shown with the flags that answer it.
    """
    from workbench.cli.layout import show_layout  # noqa: PLC0415 - as above

    return show_layout(flags, given(ctx))


@commands.command(epilog=LAB_EXAMPLES)
@click.argument("name", default="reconcile")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="The port to listen at; 0 is any free one.  [default: the first free one from 8888 on]",
)
@click.option("--no-browser", is_flag=True, help="Only print the address, and open no browser.")
def lab(name: str, port: int | None, *, no_browser: bool) -> int:
    """Open the analyst's bench in JupyterLab: NAME is reconcile, balances, or the .recon.json of a reconciliation.

    Serves the current folder to this machine only, and only to who has the token in the printed address. A folder
    without the notebook gets a copy of it, and of the sample data that it starts with.
    """
    from workbench.cli.lab import run_lab  # noqa: PLC0415 - as above

    return run_lab(name, port, browser=not no_browser)


for command in (verify, perform, compare, chain, mark):
    commands.add_command(command)
