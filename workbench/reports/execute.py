"""Run a parameterised notebook headlessly: check its parameters, execute, always render, put in place."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

import workbench.errors
from workbench.charts.style import THEMES
from workbench.dsn import redact
from workbench.errors import SettingsError, WorkbenchError, one_of
from workbench.reports.html import render
from workbench.runs.run_folder import check_out, publish

DONE, WRONG, REFUSED, FAILED = 0, 1, 2, 3
REPORTS = {"reconciliation": "reconciliation", "balances": "balance_reconstruction"}  # and their notebooks
REPORT = "report.html"
DATA = "data"
# A parameter of the notebook is typed by one of these names.
TYPES = {"str": str, "int": int, "bool": bool, "list[str]": list, "dict": dict}
_GIVEN = {"data_folder", "theme"}  # by the runner, not by the user


@dataclass(frozen=True)
class ReportOutcome:
    """Where the report stands, how the run ended (as an exit code) and a sentence on that."""

    path: Path
    exit_code: int
    message: str


def run_report(
    name: str,
    parameters: Mapping[str, Any],
    out: str | Path,
    *,
    force: bool = False,
    theme: str = "light",
    progress: bool | None = None,
) -> ReportOutcome:
    """Run the notebook ``name`` and publish the folder ``out``: ``report.html``, the executed notebook, the full data.

    ``parameters`` are values, or texts that are read as the notebook types them. A notebook that fails is rendered too.
    ``progress`` shows a bar, by default if there is a terminal.
    The exit code is 0 if all is well, 1 if a threshold is exceeded, 2 if an input or a setting is wrong, 3 otherwise.
    Raises ``SettingsError`` or ``SourceError`` before anything runs, for a parameter or an ``out`` that cannot be.
    """
    source = find_notebook(name)
    one_of(theme, THEMES, "theme")
    values = check_parameters(source, parameters)
    check_out(out, force)
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
        code, message = _ended(error, notebook)
        page = render(notebook, f"{name.replace('_', ' ').capitalize()} report", theme, message if error else "")
        (folder / REPORT).write_text(page, encoding="utf-8")
    return ReportOutcome(Path(out) / REPORT, code, message)


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


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``given`` as the notebook types its parameters; papermill would let any name and type pass.

    Raises ``SettingsError`` that names the parameter and says what it takes, without the value if that is secret.
    """
    known = {name: kind for name, kind in _parameters(notebook).items() if name not in _GIVEN}
    return {name: _read(name, known[one_of(name, known, "parameter")], value) for name, value in given.items()}


def _parameters(notebook: Path) -> dict[str, str]:
    found = papermill.inspect_notebook(str(notebook))
    return {name: each["inferred_type_name"] for name, each in found.items()}


def _read(name: str, kind: str, value: Any) -> Any:
    if isinstance(value, str) and redact(value) != value:
        raise SettingsError(
            f"parameter {name} holds a password, and parameters are written into the notebook: leave it out and give "
            "it by the environment (PGPASSWORD), ~/.pgpass or a service file"
        )
    if isinstance(value, str) and kind == "list[str]" and not value.lstrip().startswith("["):
        value = [each.strip() for each in value.split(",") if each.strip()]
    elif isinstance(value, str) and kind != "str":
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    wanted = TYPES[kind]
    fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not fits or (kind == "list[str]" and not all(isinstance(each, str) for each in value)):
        raise SettingsError(f"parameter {name} takes {_EXAMPLES[kind]}")
    return value


_EXAMPLES = {
    "str": "a text",
    "int": "a whole number, such as 100",
    "bool": "true or false",
    "list[str]": 'names, such as reference,date or ["reference", "date"]',
    "dict": 'a JSON object, such as {"delimiter": ";"}',
}


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


def _ended(error: Exception | None, notebook: nbformat.NotebookNode) -> tuple[int, str]:
    if error is None:
        notes = [
            output.get("metadata", {}).get("text/html", {})
            for cell in notebook.cells
            for output in cell.get("outputs", [])
        ]
        exceeded = next((note["exceeded"] for note in notes if note.get("exceeded")), "")
        return (WRONG, exceeded) if exceeded else (DONE, "done")
    if not isinstance(error, PapermillExecutionError):
        return FAILED, "the notebook's process was killed, most likely because the memory did not suffice"
    own = getattr(workbench.errors, error.ename, None)
    refused = (
        isinstance(own, type) and issubclass(own, WorkbenchError) and own is not workbench.errors.ControlTotalsError
    )
    return (REFUSED if refused else FAILED), error.evalue
