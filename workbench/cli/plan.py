"""The plan of a run: what to read and to do, from the flags and from the settings of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from workbench.balances.rebuild import make_balance_settings
from workbench.balances.result import BalanceSettings
from workbench.cli.flags import BOOKS, SIDES, options_of, settings_of
from workbench.errors import SettingsError, one_of
from workbench.reconciliation.rules import load_rules
from workbench.reconciliation.settings import Settings, settings_from_dict
from workbench.records import Origin, Records
from workbench.sources import read_books

RUNS = {"reconcile": "reconciliation", "reconstruct": "reconstruction"}  # the command, and what it does
BALANCE_SETTINGS = tuple(each.name for each in fields(BalanceSettings))


@dataclass(frozen=True)
class Input:
    """A file to read, and how; ``sha256`` is what it was in the run that is run again."""

    path: str
    options: Mapping[str, Any]
    sha256: str | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that a reconciliation needs."""

    settings: Settings
    inputs: Mapping[str, Input]
    decisions: Input | None = None

    @property
    def every_input(self) -> Mapping[str, Input]:
        """All that is read, the decisions too."""
        return {**self.inputs, **({"decisions": self.decisions} if self.decisions else {})}


@dataclass(frozen=True)
class BooksPlan:
    """Everything that a reconstruction of balances needs."""

    settings: BalanceSettings
    inputs: Mapping[str, Input]


def make_plan(paths: Mapping[str, str | None], flags: Mapping[str, Any], earlier: str | None) -> Plan:
    """Put together what ``paths`` and ``flags`` say, and for what they do not, the settings file ``earlier``.

    Raises ``SettingsError`` for settings that do not fit, and if it stays open what to read.
    """
    before = _load(earlier, "reconcile")
    settings = {**before["settings"], **settings_of(flags)}
    if "rules" in flags:
        rules = [rule.to_dict() for rule in load_rules(flags["rules"])]
        settings |= {"rules": rules, "default_rules": False}
    elif "rules" not in settings:
        settings["default_rules"] = True
    inputs = {
        side: _input(side, paths[side], before["inputs"].get(side, {}), options_of(side, flags)) for side in SIDES
    }
    return Plan(settings_from_dict(settings), inputs, _decisions(flags.get("decisions"), before["inputs"]))


def make_books_plan(paths: Mapping[str, str | None], flags: Mapping[str, Any], earlier: str | None) -> BooksPlan:
    """The same for a reconstruction of balances; it may do without snapshots."""
    before = _load(earlier, "reconstruct")
    settings = {**before["settings"], **{name: flags[name] for name in BALANCE_SETTINGS if name in flags}}
    for name in settings:
        one_of(name, BALANCE_SETTINGS, "setting")
    sides = [side for side in BOOKS if side != "snapshots" or paths[side] or side in before["inputs"]]
    inputs = {
        side: _input(side, paths[side], before["inputs"].get(side, {}), options_of(side, flags)) for side in sides
    }
    return BooksPlan(make_balance_settings(**settings), inputs)


def read_inputs(inputs: Mapping[str, Input]) -> dict[str, Records]:
    """Read them all; those that lie in one database are read from one state of it."""
    return read_books(
        {side: each.path for side, each in inputs.items()}, {side: each.options for side, each in inputs.items()}
    )


def changed_inputs(inputs: Mapping[str, Input], read: Mapping[str, Origin]) -> list[str]:
    """The inputs that are not what they were in the run that is run again."""
    return [read[side].name for side, each in inputs.items() if each.sha256 not in {None, read[side].sha256}]


def _decisions(path: str | None, before: Mapping[str, Any]) -> Input | None:
    if path is not None:
        return Input(path, {})
    journal = before.get("decisions", {})
    return Input(journal["path"], {}, journal.get("sha256")) if journal.get("path") else None


def _input(side: str, path: str | None, before: Mapping[str, Any], options: Mapping[str, Any]) -> Input:
    if path == "" or (path is None and not before.get("path")):
        raise SettingsError(f"there is no {side} file to read: name one, or an earlier run by --settings")
    merged = {**before.get("options", {}), **options}
    return Input(path, merged) if path else Input(before["path"], merged, before.get("sha256"))


def _load(path: str | None, command: str) -> dict[str, Any]:
    if path is None:
        return {"inputs": {}, "settings": {}}
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {path!r} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"settings file {path!r} is not JSON: {error}") from None
    if isinstance(found, dict) and found.get("command") == command and _is_run(found):
        return found
    raise SettingsError(f"{path!r} is not the settings.json of a {RUNS[command]}'s run folder")


def _is_run(found: Mapping[str, Any]) -> bool:
    inputs, settings = found.get("inputs"), found.get("settings")
    return isinstance(settings, dict) and isinstance(inputs, dict) and all(map(_is_input, inputs.values()))


def _is_input(found: object) -> bool:
    """Whether it is an input as ``settings.json`` has it; what was read from memory has no path."""
    return (
        isinstance(found, dict)
        and isinstance(found.get("path"), str | None)
        and isinstance(found.get("options", {}), dict)
    )
