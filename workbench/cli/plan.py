"""The plan of a reconciliation: what to run, from the flags and from the settings of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.cli.flags import SIDES, options_of, settings_of
from workbench.errors import SettingsError
from workbench.result import Result
from workbench.rules import load_rules
from workbench.settings import Settings, settings_from_dict


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


def make_plan(paths: Mapping[str, str | None], flags: Mapping[str, Any], earlier: str | None) -> Plan:
    """Put together what ``paths`` and ``flags`` say, and for what they do not, the settings file ``earlier``.

    Raises ``SettingsError`` for settings that do not fit, and if it stays open what to read.
    """
    before = _load(earlier) if earlier is not None else {"inputs": {}, "settings": {}}
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


def changed_inputs(plan: Plan, result: Result) -> list[str]:
    """The files that are not what they were in the run that is run again."""
    inputs = {**plan.inputs, **({"decisions": plan.decisions} if plan.decisions else {})}
    before = {name: each.sha256 for name, each in inputs.items()}
    return [origin.name for name, origin in result.inputs.items() if before[name] not in {None, origin.sha256}]


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


def _load(path: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {path!r} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"settings file {path!r} is not JSON: {error}") from None
    if isinstance(found, dict) and found.get("command") == "reconcile" and _is_run(found):
        return found
    raise SettingsError(f"{path!r} is not the settings.json of a reconciliation's run folder")


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
