"""The reconciliation of two files, from its flags to what it shows and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.cli.earlier import as_paths
from workbench.cli.operate import Operation
from workbench.cli.outcome import ended, say, written
from workbench.cli.plan import Plan, changed_inputs, folder_to_write, look_at, make_plan, read_inputs
from workbench.cli.show import Tell, show_summary, stages
from workbench.errors import ExitCode
from workbench.reconciliation.reconcile import reconcile_with
from workbench.reconciliation.result import Result
from workbench.runs.folder.run_folder import find_before
from workbench.runs.folder.saved import whole_folder
from workbench.runs.folder.terms import Judgement, judge
from workbench.runs.gates.waiting import check_unchanged


def reconcile_files(flags: Mapping[str, Any], chosen: Mapping[str, Any], operation: Operation) -> ExitCode:
    """Read the files, reconcile them, write and show the result, and return the exit code.

    ``flags`` are all arguments and flags, ``chosen`` those of them that stand on the command line.
    """
    plan = make_plan(flags, chosen)
    out = folder_to_write(flags)
    looks = look_at(plan.every_input, flags)
    with stages(operation.tell) as tell:
        result, judged = _reconcile(plan, flags, tell)
        check_unchanged(looks)
        operation.done(result, judged.checks)
        if out:
            tell(f"writing {out}", 0, 1)
            operation.write(result, out, judged)
    for name in changed_inputs(plan.every_input, result.inputs):
        say(f"{name} is not what it was in the run of {flags['settings']}")
    if not flags["as_json"]:
        show_summary(result, judged.checks, written(operation.written))
    return ended(judged.checks.message, judged.checks.exit_code)


def _reconcile(plan: Plan, flags: Mapping[str, Any], tell: Tell) -> tuple[Result, Judgement]:
    tell("reading", 0, 1)
    records = read_inputs(plan.inputs)
    beside = {name: next(iter(as_paths(source.path)), "") for name, source in plan.beside.items()}
    result = reconcile_with(
        plan.settings,
        records["external"],
        records["internal"],
        decisions=beside.get("decisions"),
        rates=beside.get("rates"),
        dry_run=flags["dry_run"],
        progress=tell,
    )
    return result, judge(plan.terms, result, records, before=_before(flags, result))


def _before(flags: Mapping[str, Any], result: Result) -> Path | None:
    """The run before this one: the one that is named, or the one that is found beside the folder to write."""
    if flags["previous"] is not None:
        return whole_folder(flags["previous"])
    return find_before(flags["out"], result.inputs) if flags["out"] else None
