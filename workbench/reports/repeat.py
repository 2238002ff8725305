"""Repeat: what code and commands that give a result again have in common."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn
from workbench.errors import SettingsError
from workbench.records import Origin
from workbench.reports.execute import find_notebook
from workbench.runs.folder.manifest import describe

Given = tuple[str | list[str], dict[str, Any]]  # a path, several, or the URL of a database, and the reader's options


def inputs_of(origins: Mapping[str, Origin]) -> dict[str, Given]:
    """What each side was read from and with which options; raises ``SettingsError`` where that cannot be named."""
    described = {side: describe(origin) for side, origin in origins.items()}
    for side, source in described.items():
        if not source["path"]:
            raise SettingsError(
                f"{side} was not read from a file or a database: {source['name']} cannot be named in code"
            )
    return {side: (_plain(source["path"]), source["options"]) for side, source in described.items()}


def readings(inputs: Mapping[str, Given]) -> list[str]:
    """The lines of Python that read the inputs, each into a variable of its side's name."""
    lines = []
    for dsn in dict.fromkeys(path for path, _ in inputs.values() if isinstance(path, str) and is_dsn(path)):
        lines.append(f"with wb.open_ledger({dsn!r}) as ledger:")  # one state of it for all that it holds
        lines += [f"    {_reading(side, 'ledger', options)}" for side, (path, options) in inputs.items() if path == dsn]
    return lines + [
        _reading(side, repr(path), options)
        for side, (path, options) in inputs.items()
        if not (isinstance(path, str) and is_dsn(path))
    ]


def as_parameter(path: str | list[str]) -> str:
    """What a notebook's parameter says of an input: its path, or those of several files as a JSON list."""
    return path if isinstance(path, str) else json.dumps(path, ensure_ascii=False)


def papermill_command(report: str, parameters: Mapping[str, Any], out: str) -> str:
    """The shell command that runs the notebook of a report with these parameters into the notebook ``out``."""
    texts = [("-r", name, value) for name, value in parameters.items() if isinstance(value, str)]
    not_texts = {name: value for name, value in parameters.items() if not isinstance(value, str)}
    words = ["papermill", str(find_notebook(report)), out]
    words += [word for text in texts for word in text]  # raw: papermill would read 007 as a number
    return in_shell([*words, "-y", json.dumps(not_texts, ensure_ascii=False)])


def in_shell(words: Sequence[str]) -> str:
    r"""A command as it is pasted into bash or zsh; a character that no eye sees is written as its code.

    >>> print(in_shell(["echo", "Tom's", "a\x1bb"]))
    echo 'Tom'"'"'s' $'a\x1bb'
    """
    return " ".join(shlex.quote(word) if word.isprintable() else f"${_coded(word)}" for word in words)


def _reading(side: str, source: str, options: Mapping[str, Any]) -> str:
    arguments = [source, *(f"{name}={value!r}" for name, value in options.items())]
    return f"{side} = wb.read_{side}({', '.join(arguments)})"


def _plain(path: str | list[str]) -> str | list[str]:
    if isinstance(path, list):
        return [str(_plain(file)) for file in path]
    return path if is_dsn(path) else str(Path(path).resolve())


def _coded(word: str) -> str:
    characters = (letter if letter.isprintable() and letter not in "'\\" else _code(letter) for letter in word)
    return f"'{''.join(characters)}'"


def _code(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
