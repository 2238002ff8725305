"""What the command `report` does: run a notebook, render it, and say how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from workbench.cli.flags import options_of
from workbench.cli.operate import Operation
from workbench.cli.outcome import ended, visible
from workbench.errors import ExitCode, SettingsError
from workbench.reports.execute import run_report
from workbench.reports.parameters import INPUTS
from workbench.runs.gates.waiting import seconds_of, wait_for


def write_report(flags: Mapping[str, Any], chosen: Mapping[str, Any], operation: Operation) -> ExitCode:
    """Run the report as the ``flags`` say, of which ``chosen`` stand on the command line; return the exit code."""
    parameters: dict[str, Any] = dict(map(_parameter, flags["parameters"]))
    parameters |= reading_of(parameters, chosen)
    if flags["no_inputs"]:
        parameters["keep_inputs"] = False
    files = [parameters[name] for name in INPUTS if parameters.get(name)]
    wait_for(files, seconds_of(flags["wait"]) if flags["wait"] else 0)
    outcome = run_report(
        flags["name"],
        parameters,
        Path(flags["out"]),
        force=flags["force"],
        theme=flags["theme"],
        command_line=operation.words,
    )
    operation.outcome, operation.written = outcome.outcome, outcome.path.parent
    if not flags["as_json"]:
        if outcome.outcome.manifest_sha256:
            click.echo(f"Manifest SHA-256 {outcome.outcome.manifest_sha256}")
        click.echo(visible(f"The report: {outcome.path}"))
    return ended(outcome.message, outcome.exit_code) if outcome.exit_code else ExitCode.DONE


def reading_of(parameters: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """How each input is read, as the notebook takes it."""
    readings = {}
    for side in INPUTS:
        options, name = options_of(side, chosen), f"{side}_options"
        if not options or (options.keys() == {"on_bad"} and not parameters.get(side)):
            continue
        if name in parameters:
            raise SettingsError(f"-p {name} and flags of {side} both say how it is read: give the flags alone")
        readings[name] = options
    return readings


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise SettingsError(f"-p takes NAME=VALUE, such as strategy=one_to_one, not {text!r}")
    return name, value
