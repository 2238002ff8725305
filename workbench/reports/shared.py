"""What the notebooks of all reports show and need alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from IPython.display import HTML

from workbench.dsn import redact
from workbench.errors import SettingsError
from workbench.reports.tables import show
from workbench.runs.folder.run_folder import Run
from workbench.runs.folder.terms import make_terms
from workbench.runs.gates.limits import gates_of
from workbench.sources import naming_flags
from workbench.sources.options import as_reader_options, make_options
from workbench.tabular import filled

DATA = "data"


def inputs(result: Run) -> HTML:
    """What the result was made from: inputs, hashes, and how they were read."""
    origins = result.inputs.items()
    table = {
        "side": [side for side, _ in origins],
        "input": [origin.name for _, origin in origins],
        "records": [origin.rows for _, origin in origins],
        "format": [origin.format for _, origin in origins],
        "read with": [
            ", ".join(f"{k}={v!r}" for k, v in origin.options.items()) or "defaults" for _, origin in origins
        ],
        "found in it": ["; ".join(origin.evidence) for _, origin in origins],
        "SHA-256": [origin.sha256 for _, origin in origins],
    }
    if any(origin.snapshot for _, origin in origins):
        table["as it stood at"] = [origin.snapshot or "" for _, origin in origins]
    return show(filled(pa.table(table)), "Inputs")


def rejected(result: Run) -> HTML:
    """The rows that could not be used, and why."""
    return show(result.tables["rejected"], "Rejected rows", file=file("rejected"))


def parameter(path: str) -> str:
    """A path that is a parameter of the notebook: what it says, from the folder that the notebook runs in.

    Raises ``SettingsError`` for a password in it: plain papermill has written that down, and nothing here can undo it.
    """
    if redact(path) != path:
        raise SettingsError(
            "a parameter of this notebook holds a password, which now stands in the notebook as it ran: delete that, "
            "change the password, and give it by the environment (PGPASSWORD), ~/.pgpass or a service file"
        )
    return path


def files(path: str) -> str | tuple[str, ...]:
    """A parameter that names an input: a path, a pattern, or several paths as a JSON list.

    >>> files("bank.csv"), files('["november.csv", "december.csv"]')
    ('bank.csv', ('november.csv', 'december.csv'))
    """
    path = parameter(path)
    try:
        several = json.loads(path) if path.lstrip().startswith("[") else None
    except ValueError:  # a pattern may begin so
        several = None
    return tuple(map(parameter, map(str, several))) if isinstance(several, list) and several else path


def check_reading(command: str, sides: Sequence[str], values: Mapping[str, Any]) -> None:
    """Check the reader options, gates and expectations among a notebook's parameters; raises ``SettingsError``."""
    for side in sides:
        options = {name: value for name, value in values.get(f"{side}_options", {}).items() if name != "source"}
        with naming_flags(side):
            make_options(as_reader_options(options))
    gates = {gate.name: values[gate.name] for gate in gates_of(command) if gate.name in values}
    make_terms(command, gates, {side: values.get(f"expect_{side}") for side in sides})


def file(name: str) -> str:
    """Where the full data stand, seen from the report."""
    return f"{DATA}/{name}.csv"
