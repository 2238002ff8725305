"""Repeat a reconstruction of balances: as Python, as a papermill command, and as the command that corrects."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.balances.result import Reconstruction
from workbench.errors import SettingsError
from workbench.layouts.questions import flags_of
from workbench.reports.repeat import Given, in_shell, inputs_of, papermill_command, readings

SIDES = ("balances", "internal", "snapshots")


def as_python(result: Reconstruction) -> str:
    """The code that gives the same result where the inputs are still the same.

    >>> from workbench.balances.rebuild import reconstruct
    >>> from workbench.sources import read_balances, read_internal
    >>> books = read_balances("data/balances/balances.csv"), read_internal("data/balances/ledger.csv")
    >>> print(as_python(reconstruct(*books, as_of="2026-08-01")))  # doctest: +ELLIPSIS
    import workbench as wb
    <BLANKLINE>
    balances = wb.read_balances('.../data/balances/balances.csv')
    internal = wb.read_internal('.../data/balances/ledger.csv')
    rebuilt = wb.reconstruct(balances, internal, as_of='2026-08-01T00:00:00Z')
    rebuilt.discrepancies
    """
    inputs = inputs_of(result.inputs)
    arguments = ["balances", "internal", *(["snapshots=snapshots"] if "snapshots" in inputs else [])]
    arguments += [f"{name}={value!r}" for name, value in result.settings.to_dict().items() if value is not None]
    call = f"rebuilt = wb.reconstruct({', '.join(arguments)})"
    return "\n".join(["import workbench as wb", "", *readings(inputs), call, "rebuilt.discrepancies"])


def parameters_of(result: Reconstruction) -> dict[str, Any]:
    """The parameters of the balance notebook that give the same result."""
    inputs, settings = inputs_of(result.inputs), result.settings
    paths = {side: inputs[side][0] if side in inputs else "" for side in SIDES}
    options = {f"{side}_options": inputs[side][1] for side in SIDES if side in inputs and inputs[side][1]}
    return {
        **paths,
        "as_of": settings.to_dict()["as_of"] or "",
        "balance_ids": list(settings.balance_ids or ()),
        **options,
    }


def as_papermill(result: Reconstruction, out: str = "balance_reconstruction.ipynb") -> str:
    """The shell command that runs the balance notebook on the same inputs into the notebook ``out``."""
    return papermill_command("balances", parameters_of(result), out)


def as_correction(result: Reconstruction, balance_ids: Sequence[str], *, url: str, journal: str, out: str) -> str:
    """The shell command that has the Blnk ledger at ``url`` correct these balances and writes the run folder ``out``.

    Raises ``SettingsError`` if there is none to correct: the command would then correct all.
    """
    if not balance_ids:
        raise SettingsError("there is no balance to correct: collect one first")
    inputs = inputs_of(result.inputs)
    words = ["workbench", "reconstruct"]
    places = {side: [path] if isinstance(path, str) else path for side, (path, _) in inputs.items()}
    words += [f"--snapshots={path}" for path in places.get("snapshots", [])]
    words += [f"--balance={balance_id}" for balance_id in balance_ids]
    words += _reader_flags(inputs)
    words += [f"--apply={url}", f"--journal={journal}", f"--out={out}"]
    if all(len(places[side]) == 1 for side in SIDES[:2]):
        return in_shell([*words, "--", *(places[side][0] for side in SIDES[:2])])
    return in_shell([*words, *(f"--{side}={path}" for side in SIDES[:2] for path in places[side])])


def _reader_flags(inputs: Mapping[str, Given]) -> list[str]:
    """The reader options as flags; rows that cannot be used are one flag for all inputs."""
    flags = ["--on-bad=reject"] if any(options.get("on_bad") == "reject" for _, options in inputs.values()) else []
    for side, (_, options) in inputs.items():
        flags += shlex.split(flags_of(side, {name: value for name, value in options.items() if name != "on_bad"}))
    return flags
