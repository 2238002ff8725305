"""What a run takes over from an earlier one: its settings, and its files only where that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.dsn import is_dsn, redact
from workbench.errors import SettingsError
from workbench.json_text import load_json
from workbench.trust import is_same_input, needs_naming, refuse_more_files

RUNS = {"reconcile": "reconciliation", "reconstruct": "reconstruction"}  # the command, and what it does


@dataclass(frozen=True)
class Earlier:
    """The settings.json of an earlier run, and how far it is followed.

    ``files`` says whether its files are read again where none are named; ``trusted`` whether databases, and files
    outside its folder, may be opened without being named on the command line.
    """

    path: str = ""
    files: bool = True
    trusted: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)

    def path_of(self, side: str) -> str | tuple[str, ...] | None:
        """Where the earlier run read a side from, one file or several; ``None`` if it did not."""
        path = self.inputs.get(side, {}).get("path")
        if isinstance(path, list):
            return tuple(path)
        return str(path) if path else None


def load_earlier(command: str, flags: Mapping[str, Any]) -> Earlier:
    """Read what ``--settings`` or ``--like`` names; without them, there is no earlier run.

    Raises ``SettingsError`` for a file that is not the settings.json of such a run, and if both flags are given.
    """
    again, like = flags.get("settings"), flags.get("like")
    if again is not None and like is not None:
        raise SettingsError("--settings runs the same files again, --like takes other files: give one of the two")
    path = again if again is not None else like
    if path is None:
        return Earlier()
    manifest = _load(path, command)
    trusted = bool(flags.get("trust_settings"))
    terms: dict[str, Any] = {
        name: manifest[name]
        for name in ("gates", "expect", "as_of")
        if name in manifest and (like is None or name == "gates")
    }
    return Earlier(path, like is None, trusted, manifest["inputs"], manifest["settings"], terms)


def as_paths(path: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """One path or several as several."""
    return path if isinstance(path, tuple) else (path,) if path else ()


def check_files(earlier: Earlier, named: Mapping[str, str | tuple[str, ...] | None]) -> None:
    """Refuse to read last month's file beside this month's, and what a settings file must not open by itself.

    ``named`` has the file of each side that stands on the command line.
    Raises ``SettingsError`` that says what to name.
    """
    known = [side for side in earlier.inputs if earlier.path_of(side)]
    missing = [side for side in known if not named.get(side)]
    if not earlier.files and missing:
        wanted = ", ".join(f"{side} (it was {_shown(earlier, side)})" for side in missing)
        raise SettingsError(f"--like {earlier.path} takes the settings for other files: name {wanted} too")
    others = [side for side in known if named.get(side) and not _same(named[side], earlier.path_of(side))]
    if others and missing:
        raise SettingsError(
            f"{others[0]} is another file than in {earlier.path}, so {_listed(missing)} would be that run's, "
            f"{_shown(earlier, missing[0])}: name {_listed(missing)} too"
        )
    for side in missing:
        _check_trusted(earlier, side)


def _check_trusted(earlier: Earlier, side: str) -> None:
    """A settings file from someone else must not take our password to their host, nor read what it likes."""
    paths = as_paths(earlier.path_of(side))
    if earlier.trusted or not any(needs_naming(path, earlier.path) for path in paths):
        return
    what = "open the database" if any(map(is_dsn, paths)) else "read"
    raise SettingsError(
        f"{earlier.path} would {what} {_shown(earlier, side)} as {side}: name it again (--{side} …), or say "
        "--trust-settings if the file is from someone you trust"
    )


def _same(named: str | tuple[str, ...] | None, before: str | tuple[str, ...] | None) -> bool:
    """Whether the files are those of the earlier run; a pattern is one that may fit others now."""
    one, other = as_paths(named), as_paths(before)
    return len(one) == len(other) and all(map(is_same_input, one, other))


def _shown(earlier: Earlier, side: str) -> str:
    return ", ".join(map(redact, as_paths(earlier.path_of(side))))


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)


def _load(path: str, command: str) -> dict[str, Any]:
    manifest = load_json(path, "settings file")
    if isinstance(manifest, dict) and manifest.get("command") == command and _is_run(manifest):
        refuse_more_files(manifest, path)
        return manifest
    raise SettingsError(f"{path!r} is not the settings.json of a {RUNS[command]}'s run folder")


def _is_run(manifest: Mapping[str, Any]) -> bool:
    inputs, settings = manifest.get("inputs"), manifest.get("settings")
    terms = [manifest.get(name, {}) for name in ("gates", "expect")]
    tables = all(isinstance(table, dict) for table in [inputs, settings, *terms])
    return tables and all(map(_is_input, manifest["inputs"].values()))


def _is_input(described: object) -> bool:
    """Whether it is an input as ``settings.json`` has it; what was read from memory has no path."""
    return (
        isinstance(described, dict)
        and _is_path(described.get("path"))
        and isinstance(described.get("options", {}), dict)
    )


def _is_path(path: object) -> bool:
    several = isinstance(path, list) and len(path) > 0 and all(isinstance(one, str) for one in path)
    return several or isinstance(path, str | None)
