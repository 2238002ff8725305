"""The commands for what runs left: verify, perform, compare, chain, mark."""

from __future__ import annotations

from typing import Any

import click

from workbench.cli.flags import OUTCOME, Flag, Sectioned, in_section, journal_flag, local, with_flags
from workbench.cli.help import EXIT_CODES

EXPECT = click.option("--expect", metavar="HASH", help="The SHA-256 that the manifest must have, as it was noted.")
JSON = click.option("--json", "as_json", is_flag=True, help="Show the answer as JSON.")


@click.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR")
@EXPECT
@JSON
def verify(folder: str, expect: str | None, *, as_json: bool) -> int:
    """Check that a run's folder is as the run left it.

    DIR is the folder of a run or report, one within it, or its manifest. Hashes every file again, the copies of inputs
    and the originals that are still there, holds CSV, Parquet, totals and report against one another, and lists what
    differs, is missing or is extra.
    """
    from workbench.cli.evidence import verify_folder  # noqa: PLC0415 - a command loads only what it needs

    return verify_folder(folder, expect, as_json=as_json)


@click.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="RUN")
@EXPECT
@JSON
def perform(folder: str, expect: str | None, *, as_json: bool) -> int:
    """Do a run again from its folder alone, and compare every table and gate.

    Says that they are equal, or what differs and why: an input, a version, or a forgery.
    """
    from workbench.cli.evidence import perform_run  # noqa: PLC0415 - a command loads only what it needs

    return perform_run(folder, expect, as_json=as_json)


@click.command(epilog=EXIT_CODES)
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="OTHER")
@JSON
def compare(before: str, after: str, *, as_json: bool) -> int:
    """Say what differs between two runs, by count and money.

    Matches gained and lost, what is open by side and currency, gates, inputs and settings. That two runs differ is no
    fault: it exits with 0.
    """
    from workbench.cli.evidence import compare_runs  # noqa: PLC0415 - a command loads only what it needs

    return compare_runs(before, after, as_json=as_json)


@with_flags(
    *in_section(
        OUTCOME,
        Flag(
            "--names",
            metavar="NAME[,NAME…]",
            help="What the books are called, in the order of the way.  [default: as their files]",
        ),
        Flag("--out", metavar="DIR", callback=local, help="Folder to write: ways, totals, bridge."),
        Flag("--force", is_flag=True, help="Replace the folder of an earlier chain."),
        Flag("--json", "as_json", is_flag=True, help="Show the summary as JSON."),
    )
)
@click.command(cls=Sectioned, epilog=EXIT_CODES)
@click.argument("folders", metavar="RUN RUN…", nargs=-1, required=True)
def chain(**flags: Any) -> int:
    """Follow records through the books of several runs.

    Each RUN is the folder of a reconciliation that shares one input with the next, such as ledger with processor, then
    processor with bank. Shows what arrived, where the rest stopped, and all that lies between the totals of the first
    and the last book. The same runs give the same folder, with the same manifest SHA-256; verify and compare take it.
    """
    from workbench.cli.chaining import run_chain  # noqa: PLC0415 - a command loads only what it needs

    return run_chain(flags)


@with_flags(
    *in_section(
        OUTCOME,
        Flag(
            "--apply",
            "url",
            metavar="URL",
            help="Mark them in the Blnk ledger there, and read each back; exit with 1 if one is not marked. Its master "
            "key comes from the variable WORKBENCH_BLNK_KEY.  [default: only list them]",
        ),
        Flag("--undo", is_flag=True, help="Take the marks of this run back; others stay."),
        Flag("--dry-run", is_flag=True, help="With --apply, ask nothing."),
        journal_flag("marks.ndjson"),
        Flag("--json", "as_json", is_flag=True, help="Show what became of each as JSON."),
    )
)
@click.command(cls=Sectioned, epilog=EXIT_CODES)
@click.argument("folder", metavar="RUN", help="The folder of a reconciliation.")
def mark(**flags: Any) -> int:
    """Mark on the ledger what a reconciliation matched.

    Writes reconciliation_id, match_id, reconciled_at and reconciled_transaction to the metadata of each matched
    transaction of the run in the folder RUN, by Blnk's API. Only what is not marked yet is asked for, and nothing is
    written over the mark of another reconciliation. Later runs leave marked ones out by --skip-reconciled.
    """
    from workbench.cli.marking import run_mark  # noqa: PLC0415 - a command loads only what it needs

    return run_mark(flags)
