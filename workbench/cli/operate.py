"""Operate: what every run does around its work, so that a scheduler can trust it: outcome, log, metrics, notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from workbench.cli.flags import given
from workbench.cli.outcome import ended, say, sentence_of
from workbench.errors import ExitCode, SourceError, WorkbenchError, exit_code_of
from workbench.runs.folder.hashes import as_json
from workbench.runs.folder.outcome import Outcome, failed_outcome, now, outcome_of, read_outcome, write_outcome
from workbench.runs.folder.run_folder import Run, place_of, publish, write_run
from workbench.runs.folder.series import keep_last, point_latest
from workbench.runs.folder.telling import Log, check_url, notify, write_metrics
from workbench.runs.folder.terms import Judgement
from workbench.runs.gates.checks import Checks, Verdict

TELLING: Mapping[str, Callable[[str, Mapping[str, Any]], None]] = {"metrics": write_metrics, "notify": notify}


@dataclass
class Operation:
    """A run as its operator sees it: what was asked, what came of it so far, and where that is told."""

    command: str
    flags: Mapping[str, Any]
    words: Sequence[str]  # the command line, without secrets
    log: Log
    started: str = field(default_factory=now)
    outcome: Outcome | None = None  # once the work is done
    summary: Mapping[str, Any] = field(default_factory=dict)
    written: Path | None = None

    def done(self, result: Any, checks: Checks) -> None:
        """Note what came of the work."""
        self.outcome = outcome_of(self.command, result, checks, command_line=self.words)
        self.summary = result.summary

    def tell(self, stage: str, done: int, steps: int) -> None:
        """Note a stage in the log."""
        self.log.write("stage", stage=stage, done=done, steps=steps)

    def write(self, result: Run, out: Path, judged: Judgement) -> None:
        """Write the run folder."""
        force, inputs = self.flags["force"], not self.flags["no_inputs"]
        self.written = write_run(
            result, out, force, command=self.command, judged=judged, command_line=self.words, inputs=inputs
        )


Work = Callable[[Mapping[str, Any], Mapping[str, Any], Operation], ExitCode]


def operate(ctx: click.Context, flags: Mapping[str, Any], work: Work) -> ExitCode:
    """Do the ``work`` of a command, and leave an outcome of it whatever happens; returns the exit code.

    ``work`` gets the ``flags``, those of them that stand on the command line, and the operation, whose ``outcome`` and
    ``written`` it sets. What it raises becomes the outcome of a failed run, which is written where the run would have
    been, or beside it where a good one is.
    """
    command, words = str(ctx.command.name), ctx.obj
    operation = Operation(command, flags, words, Log(flags.get("log")))
    try:
        operation.log.write("started", command=command, command_line=list(words))
        if flags.get("notify"):
            check_url(flags["notify"])
        code = work(flags, given(ctx), operation)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, an outcome is left
        code, message = exit_code_of(error), sentence_of(error)
        operation.outcome = failed_outcome(command, code, message, command_line=words, started_at=operation.started)
        operation.written = write_failed(operation.outcome, None if flags.get("dry_run") else flags.get("out"))
        _tell_all(operation)
        return ended(message, code)
    if operation.outcome and code != operation.outcome.exit_code:  # such as corrections that were not made
        operation.outcome = replace(operation.outcome, exit_code=int(code), verdict=str(Verdict.RED))
    _tell_all(operation)
    return code


def write_failed(outcome: Outcome, out: str | None) -> Path | None:
    """Write the folder of a run that failed; nothing where none can be written, as the sentence on stderr says why."""
    with suppress(WorkbenchError, OSError):
        if out:
            place = place_of(out, outcome.exit_code)
            with publish(place) as folder:
                write_outcome(folder, outcome)
            return place
    return None


def _tell_all(operation: Operation) -> None:
    """Tell who asked to be told; that something cannot be told makes no good run fail."""
    outcome, flags = operation.outcome, operation.flags
    if outcome is None:
        return
    facts = _outcome_dict(operation)
    operation.log.write("finished", **facts)
    tasks = [partial(_series, operation, outcome)]
    tasks += [partial(tell, flags[flag], facts) for flag, tell in TELLING.items() if flags.get(flag)]
    for task in tasks:
        try:
            task()
        except (WorkbenchError, OSError) as error:
            say(f"{error}; the run itself is not changed by that")
    if flags.get("as_json"):
        print(json.dumps({**operation.summary, **facts}, indent=2, default=as_json))  # noqa: T201


def _outcome_dict(operation: Operation) -> dict[str, Any]:
    """The outcome as it stands in the folder, with the manifest's hash; as it is known where there is no folder."""
    written = None
    if operation.written:
        with suppress(SourceError):
            written = read_outcome(operation.written)
    known = operation.outcome.to_dict() if operation.outcome else {}
    decided: dict[str, Any] = {name: known[name] for name in ("exit_code", "verdict") if name in known}
    return {**(written or known), **decided, "out": str(operation.written) if operation.written else None}


def _series(operation: Operation, outcome: Outcome) -> None:
    if operation.written and not outcome.exit_code:
        point_latest(operation.written)
        if operation.flags.get("keep") is not None:
            keep_last(operation.written, operation.flags["keep"])
