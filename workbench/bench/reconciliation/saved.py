"""A reconciliation as a file: sources and how they are read, strategy, rules, rates, journal, views, as they were."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.bench.shared.state import Input
from workbench.dsn import is_dsn
from workbench.errors import SourceError
from workbench.json_text import read_json
from workbench.reconciliation.settings import Settings, settings_from_dict
from workbench.sides import SIDES
from workbench.text_files import read_whole, write_whole

ENDING = ".recon.json"
VERSION = 1


@dataclass(frozen=True)
class Saved:
    """What the bench needs to stand as it was: ``views`` has search, filters and order of tables by their label."""

    inputs: Mapping[str, Input]
    settings: Settings
    decisions: str
    views: Mapping[str, Any] = field(default_factory=dict)
    rates: str = ""


def journal_beside(path: str) -> str:
    """The journal of its own that a reconciliation has.

    >>> journal_beside("books/october.recon.json")
    'books/october.decisions.jsonl'
    """
    return f"{path.removesuffix(ENDING)}.decisions.jsonl"


def save(saved: Saved, path: str) -> None:
    """Write a reconciliation whole or not at all. Its paths are written as they are seen from the file's own folder.

    Raises ``SourceError`` if it cannot be written, or if the file is there and is none.
    """
    final = Path(path)
    values = {
        "reconciliation": VERSION,
        "inputs": {
            side: {"path": _moved(given.path, Path(), final.parent), "options": _plain(given.options)}
            for side, given in saved.inputs.items()
        },
        "settings": saved.settings.to_dict(),
        "decisions": _moved(saved.decisions, Path(), final.parent),
        "views": dict(saved.views),
        **({"rates": _moved(saved.rates, Path(), final.parent)} if saved.rates else {}),
    }
    try:
        if final.exists():
            load(path)
        write_whole(final, json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error.strerror}") from None


def load(path: str) -> Saved:
    """Read a reconciliation; raises ``SourceError`` if the file is none, ``SettingsError`` if what it sets is wrong."""
    try:
        values = read_json(read_whole(path))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SourceError(f"{path} is no reconciliation: {error}") from None
    if not isinstance(values, dict) or values.get("reconciliation") != VERSION:
        raise SourceError(f"{path} is no reconciliation that the bench saved, or one of another version")
    folder = Path(path).parent
    try:
        inputs: dict[str, Input] = {side: _input(values["inputs"][side], folder) for side in SIDES}
        settings = settings_from_dict(values["settings"])
        views = {name: _view(view) for name, view in values["views"].items()}
        decisions, rates = (
            _moved(_text(name, value), folder, Path())
            for name, value in (("decisions", values["decisions"]), ("rates", values.get("rates", "")))
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(f"{path} is no whole reconciliation: {error} is missing or wrong") from None
    return Saved(inputs, settings, decisions, views, rates)


def _input(values: Mapping[str, Any], folder: Path) -> Input:
    options = dict(values["options"])
    if "mapping" in options:
        options["mapping"] = dict(options["mapping"])
    return Input(_moved(_text("path", values["path"]), folder, Path()), options)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} {value!r}")
    return value


def _view(values: Mapping[str, Any]) -> dict[str, Any]:
    """How a table was looked at; raises what ``load`` takes for a file that is wrong."""
    column, descending = values["order"]
    if not isinstance(descending, bool):
        raise TypeError(f"order {values['order']!r}")
    filters = {column: _text("filter", text) for column, text in values["filters"].items()}
    return {
        "search": _text("search", values["search"]),
        "filters": filters,
        "order": [_text("order", column), descending],
    }


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON has them: a mapping as pairs, since its keys may be numbers."""
    pairs = {"mapping": [list(pair) for pair in options["mapping"].items()]} if "mapping" in options else {}
    return {**options, **pairs}


def _moved(path: str, seen_from: Path, now_from: Path) -> str:
    """A path that is written as it is seen from one folder, as it is seen from another."""
    if not path or is_dsn(path) or Path(path).is_absolute():
        return path
    return Path(os.path.relpath(seen_from / path, now_from or ".")).as_posix()
