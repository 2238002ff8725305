"""Run a parameterised notebook headlessly: check its parameters, execute, always render, put in place."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

import workbench.errors
from workbench.charts.style import THEMES
from workbench.errors import ExitCode, WorkbenchError, one_of
from workbench.reports import balances, reconciliation
from workbench.reports.html import Evidence, render
from workbench.reports.parameters import INPUTS, REPORTS, check_parameters
from workbench.runs.folder.journals import run_before
from workbench.runs.folder.manifest import MANIFEST, OUTCOME, PAGE, UNSEALED
from workbench.runs.folder.outcome import Outcome, failed_outcome, read_outcome, write_outcome
from workbench.runs.folder.run_folder import check_out, place_of, publish
from workbench.sources import in_flags

CHECKS = {"reconciliation": reconciliation.check, "balances": balances.check}
DATA = "data"


@dataclass(frozen=True)
class ReportOutcome:
    """Where the report stands, how the run ended (as an exit code) and a sentence on that."""

    path: Path
    exit_code: ExitCode
    message: str
    outcome: Outcome


def run_report(
    name: str,
    parameters: Mapping[str, Any],
    out: str | Path,
    *,
    force: bool = False,
    theme: str = "light",
    progress: bool | None = None,
    command_line: Sequence[str] = (),
) -> ReportOutcome:
    """Run the notebook ``name`` and publish the folder ``out``: ``report.html``, the executed notebook, the full data.

    ``parameters`` are values, or texts that are read as the notebook types them. A notebook that fails is rendered too.
    ``progress`` shows a bar, by default if there is a terminal.
    The exit code is that of ``ExitCode``: a gate that is broken is 1, an input or a setting that is wrong 2.
    Raises ``SettingsError`` or ``SourceError`` before anything runs, for a parameter or an ``out`` that cannot be.
    """
    source = find_notebook(name)
    one_of(theme, THEMES, "theme")
    values = check_parameters(name, kinds_of(source), parameters)
    if name in CHECKS:
        CHECKS[name](values)
    check_out(out, force)
    if values.get("decisions"):
        values["previous"] = values.get("previous") or str(run_before(Path(out), values["decisions"]) or "")
    with publish(out, force) as folder:
        executed = folder / source.name
        error = _execute(
            source,
            executed,
            {**values, "theme": theme, "data_folder": str(folder / DATA)},
            sys.stderr.isatty() if progress is None else progress,
        )
        _forget(executed, folder)
        notebook = nbformat.read(executed, as_version=4)
        code, message = _ended(error, values)
        title = f"{name.replace('_', ' ').capitalize()} report"
        ended = _outcome(folder, code, message, command_line)
        page = render(
            notebook,
            title,
            theme,
            message if error else "",
            complete=code <= ExitCode.WRONG_BOOKS,
            evidence=Evidence(ended.run_id or "", UNSEALED, _files(folder)),
        )
        (folder / PAGE).write_text(page, encoding="utf-8")
        outcome = write_outcome(folder, ended)
        place = place_of(out, code)
    return ReportOutcome(place / PAGE, code, message, outcome)


def _outcome(folder: Path, code: ExitCode, message: str, command_line: Sequence[str]) -> Outcome:
    """The outcome of the report: that of its data, where the notebook came so far, else that of a run that failed."""
    data = read_outcome(folder / DATA) if code <= ExitCode.WRONG_BOOKS else None
    if data is None:
        return failed_outcome("report", code, message, command_line=command_line)
    of_report = {"command": "report", "message": message if code else "", "command_line": tuple(command_line)}
    return Outcome(**{**data, **of_report})


def _files(folder: Path) -> tuple[str, ...]:
    """What the page leads to: the data as CSV, the inputs, and what they can be checked by."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return (*(name for name in names if not name.endswith(".parquet") or "/inputs/" in name), MANIFEST, OUTCOME)


def find_notebook(name: str) -> Path:
    """The notebook of a report: of an installed package inside it, of a clone beside it.

    Raises ``SettingsError`` that lists the reports there are.
    """
    return bundled(f"notebooks/{REPORTS[one_of(name, REPORTS, 'report')]}.ipynb")


def bundled(path: str) -> Path:
    """What comes with the package, such as ``data/cards``: of an installed one inside it, of a clone beside it.

    >>> bundled("data/cards").is_dir()
    True
    """
    package = Path(workbench.errors.__file__).parent
    return package / path if (package / path).exists() else package.parent / path


def kinds_of(notebook: Path) -> dict[str, str]:
    """The type of each parameter of a notebook, by name."""
    parameters = papermill.inspect_notebook(str(notebook))
    return {name: entry["inferred_type_name"] for name, entry in parameters.items()}


def _execute(source: Path, executed: Path, values: dict[str, Any], progress: bool) -> Exception | None:
    """Run the notebook in the caller's folder, as papermill does; what failed is kept in the executed notebook."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        papermill.execute_notebook(
            _verbatim(source),
            _verbatim(executed),
            values,
            progress_bar=progress,
            log_output=False,
            # What fails stands in the notebook; that the kernel is interrupted at its end is no error.
            extra_arguments=["--IPKernelApp.log_level=50"],
        )
    except (PapermillExecutionError, DeadKernelError) as error:
        return error
    return None


def _verbatim(path: Path) -> str:
    """The path as papermill takes it, which fills parameters into braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _forget(executed: Path, folder: Path) -> None:
    """Have the notebook name the data where they will stand, not where they were put together."""
    text = executed.read_text(encoding="utf-8")
    executed.write_text(text.replace(f"{json.dumps(str(folder))[1:-1]}/", ""), encoding="utf-8")


def _ended(error: Exception | None, values: Mapping[str, Any]) -> tuple[ExitCode, str]:
    if error is None:
        return ExitCode.DONE, "done"
    if not isinstance(error, PapermillExecutionError):
        return ExitCode.FAILED, "the notebook's process was killed, most likely because the memory did not suffice"
    error_class = next((kind for kind in _kinds(WorkbenchError) if kind.__name__ == error.ename), None)
    return error_class.exit_code if error_class else ExitCode.FAILED, _with_flags(error.evalue, values)


def _with_flags(message: str, values: Mapping[str, Any]) -> str:
    """What a notebook said of an input, in terms of the flags of the command line; it begins with the input's name."""
    named = [side for side in INPUTS if values.get(side) and message.startswith(Path(str(values[side])).name)]
    return in_flags(message, named[0]) if named else message


def _kinds(kind: type[WorkbenchError]) -> Iterator[type[WorkbenchError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
