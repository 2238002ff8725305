"""Repeat a reconstruction of balances: as Python, as a papermill command, and as the command that corrects."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.balances import Reconstruction
from workbench.dsn import is_dsn
from workbench.errors import SettingsError
from workbench.reports.manifest import describe
from workbench.reports.run import find_notebook

SIDES = ("balances", "internal", "snapshots")


def as_python(result: Reconstruction) -> str:
    """The code that gives the same result where the inputs are still the same.

    >>> from workbench.balances import reconstruct
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
    inputs = _inputs(result)
    lines = []
    for dsn in dict.fromkeys(path for path, _ in inputs.values() if is_dsn(path)):
        lines.append(f"with wb.open_ledger({dsn!r}) as ledger:")  # one state of it for all that it holds
        lines += [f"    {_reading(side, 'ledger', options)}" for side, (path, options) in inputs.items() if path == dsn]
    lines += [_reading(side, repr(path), options) for side, (path, options) in inputs.items() if not is_dsn(path)]
    arguments = ["balances", "internal", *(["snapshots=snapshots"] if "snapshots" in inputs else [])]
    arguments += [f"{name}={value!r}" for name, value in result.settings.to_dict().items() if value is not None]
    lines += [f"rebuilt = wb.reconstruct({', '.join(arguments)})", "rebuilt.discrepancies"]
    return "\n".join(["import workbench as wb", "", *lines])


def parameters_of(result: Reconstruction) -> dict[str, Any]:
    """The parameters of the balance notebook that give the same result."""
    inputs, settings = _inputs(result), result.settings
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
    values = parameters_of(result)
    flags = [("-r", name, value) for name, value in values.items() if isinstance(value, str)]
    rest = {name: value for name, value in values.items() if not isinstance(value, str) and value}
    words = ["papermill", str(find_notebook("balances")), out]
    words += [word for flag in flags for word in flag]  # raw: papermill would read 2026-08-01 as a date
    words += ["-y", json.dumps(rest, ensure_ascii=False)] if rest else []
    return in_shell(words)


def as_correction(result: Reconstruction, balance_ids: Sequence[str], *, url: str, journal: str, out: str) -> str:
    """The shell command that has the Blnk ledger at ``url`` correct these balances and writes the run folder ``out``.

    Raises ``SettingsError`` if there is none to correct: the command would then correct all.
    """
    if not balance_ids:
        raise SettingsError("there is no balance to correct: collect one first")
    inputs = _inputs(result)
    words = ["workbench", "reconstruct"]
    if "snapshots" in inputs:
        words.append(f"--snapshots={inputs['snapshots'][0]}")
    words += [f"--balance={balance_id}" for balance_id in balance_ids]
    words += _reader_flags(inputs)
    words += [f"--apply={url}", f"--journal={journal}", f"--out={out}", "--", inputs["balances"][0]]
    return in_shell([*words, inputs["internal"][0]])


def in_shell(words: Sequence[str]) -> str:
    r"""A command as it is pasted into bash or zsh; a character that no eye sees is written as its code.

    >>> print(in_shell(["echo", "Tom's", "a\x1bb"]))
    echo 'Tom'"'"'s' $'a\x1bb'
    """
    return " ".join(shlex.quote(word) if word.isprintable() else f"${_coded(word)}" for word in words)


def _coded(word: str) -> str:
    characters = (each if each.isprintable() and each not in "'\\" else _code(each) for each in word)
    return f"'{''.join(characters)}'"


def _code(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def _inputs(result: Reconstruction) -> dict[str, tuple[str, dict[str, Any]]]:
    """What each side was read from and with which options; raises ``SettingsError`` where that cannot be named."""
    described = {side: describe(origin) for side, origin in result.inputs.items()}
    for side, each in described.items():
        if not each["path"]:
            raise SettingsError(
                f"{side} were not read from a file or a database: {each['name']} cannot be named in code"
            )
    return {side: (_plain(each["path"]), each["options"]) for side, each in described.items()}


def _plain(path: str) -> str:
    return path if is_dsn(path) else str(Path(path).resolve())


def _reading(side: str, source: str, options: Mapping[str, Any]) -> str:
    arguments = [source, *(f"{name}={value!r}" for name, value in options.items())]
    return f"{side} = wb.read_{side}({', '.join(arguments)})"


def _reader_flags(inputs: Mapping[str, tuple[str, Mapping[str, Any]]]) -> list[str]:
    """The reader options as flags; rows that cannot be used are one flag for all inputs."""
    flags = ["--on-bad=reject"] if any(options.get("on_bad") == "reject" for _, options in inputs.values()) else []
    for side, (_, options) in inputs.items():
        pairs = options.get("mapping", {}).items()
        flags += [f"--{side}-mapping={header}={column}" for header, column in pairs]
        others = {name: value for name, value in options.items() if name not in {"mapping", "on_bad"}}
        flags += [f"--{side}-{name.replace('_', '-')}={value}" for name, value in others.items()]
    return flags
