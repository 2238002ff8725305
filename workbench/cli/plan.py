"""The plan of a run: what to read and to do, from the flags and from the settings of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from workbench.balances.rebuild import make_balance_settings
from workbench.balances.result import BalanceSettings
from workbench.cli.earlier import Earlier, as_paths, check_files, load_earlier
from workbench.cli.flags import BOOKS, options_of, settings_of, terms_of
from workbench.dsn import redact
from workbench.errors import SettingsError, one_of
from workbench.reconciliation.rule_files import load_rules
from workbench.reconciliation.settings import Settings, settings_from_dict
from workbench.records import Origin, Records
from workbench.runs.folder.run_folder import check_out
from workbench.runs.folder.terms import Terms
from workbench.runs.gates.waiting import Looks, seconds_of, wait_for
from workbench.sides import SIDES
from workbench.sources import read_books
from workbench.sources.options import OF_THE_FILE

BALANCE_SETTINGS = tuple(field.name for field in fields(BalanceSettings))
BESIDE = ("decisions", "rates")


@dataclass(frozen=True)
class Input:
    """A file to read, several or a pattern, and how; ``sha256`` is what it was in the run that is run again."""

    path: str | tuple[str, ...]
    options: Mapping[str, Any]
    sha256: str | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that a reconciliation needs."""

    settings: Settings
    inputs: Mapping[str, Input]
    terms: Terms
    beside: Mapping[str, Input]  # the decisions and the rates, where there are any

    @property
    def every_input(self) -> Mapping[str, Input]:
        """All that is read, the decisions and the rates too."""
        return {**self.inputs, **self.beside}


@dataclass(frozen=True)
class BooksPlan:
    """Everything that a reconstruction of balances needs."""

    settings: BalanceSettings
    inputs: Mapping[str, Input]
    terms: Terms


def make_plan(flags: Mapping[str, Any], chosen: Mapping[str, Any]) -> Plan:
    """Put together what the ``flags`` say, and for what they do not, an earlier run that they name.

    ``chosen`` are those of the flags that stand on the command line.
    Raises ``SettingsError`` for settings that do not fit, and if it stays open what to read.
    """
    earlier = load_earlier("reconcile", flags)
    settings = {**earlier.settings, **settings_of(chosen)}
    if "rules" in chosen or not earlier.files:
        settings.pop("findings", None)  # they were of other rules, or of other records
    if "rules" in chosen:
        settings["rules"] = [rule.to_dict() for rule in load_rules(chosen["rules"])]
    named: dict[str, str | tuple[str, ...] | None] = {side: _named(side, flags) for side in SIDES}
    check_files(earlier, {**named, **{name: flags[name] for name in BESIDE}})
    inputs: dict[str, Input] = {side: _input(side, named[side], earlier, options_of(side, chosen)) for side in SIDES}
    terms = terms_of("reconcile", chosen, earlier.terms, SIDES)
    beside = {name: source for name in BESIDE if (source := _beside(name, flags[name], earlier))}
    return Plan(settings_from_dict(settings), inputs, terms, beside)


def make_books_plan(flags: Mapping[str, Any], chosen: Mapping[str, Any]) -> BooksPlan:
    """The same for a reconstruction of balances; it may do without snapshots."""
    earlier = load_earlier("reconstruct", flags)
    settings = {**earlier.settings, **{name: chosen[name] for name in BALANCE_SETTINGS if name in chosen}}
    for name in settings:
        one_of(name, BALANCE_SETTINGS, "setting")
    named = {side: _named(side, flags) for side in BOOKS}
    check_files(earlier, named)
    sides = [side for side in BOOKS if side != "snapshots" or named[side] or side in earlier.inputs]
    inputs = {side: _input(side, named[side], earlier, options_of(side, chosen)) for side in sides}
    terms = terms_of("reconstruct", chosen, earlier.terms, BOOKS[:2])
    return BooksPlan(make_balance_settings(**settings), inputs, terms)


def folder_to_write(flags: Mapping[str, Any]) -> Path | None:
    """The folder to write, checked before the work and not after it; ``None`` for a dry run.

    Raises ``SettingsError`` if none is named, and as ``check_out`` does.
    """
    if flags["dry_run"]:
        return None
    if flags["out"] is None:
        raise SettingsError("there is no folder to write: give --out DIR, or --dry-run to write nothing")
    check_out(flags["out"], flags["force"])
    return Path(flags["out"])


def look_at(inputs: Mapping[str, Input], flags: Mapping[str, Any]) -> Looks:
    """How the files look before they are read; waits for them as long as the flags say, and raises ``NotThereYet``."""
    paths = [path for source in inputs.values() for path in as_paths(source.path)]
    return wait_for(paths, seconds_of(flags["wait"]) if flags["wait"] else 0)


def read_inputs(inputs: Mapping[str, Input]) -> dict[str, Records]:
    """Read them all; those that lie in one database are read from one state of it."""
    return read_books(
        {side: source.path for side, source in inputs.items()},
        {side: source.options for side, source in inputs.items()},
    )


def changed_inputs(inputs: Mapping[str, Input], read: Mapping[str, Origin]) -> list[str]:
    """The inputs that are not what they were in the run that is run again."""
    return [read[side].name for side, source in inputs.items() if source.sha256 not in {None, read[side].sha256}]


def _named(side: str, flags: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    """The file of a side, from the place of its argument or from its flag; several where the flag is repeated."""
    place, flag = _paths(flags.get(side)), _paths(flags.get(f"{side}_file"))
    if place and flag:
        raise SettingsError(
            f"the {side} file is named twice, {redact(place[0])} and {redact(flag[0])}: name it once; for several "
            f"files repeat --{side} alone, or quote a pattern"
        )
    paths = place or flag
    return paths if len(paths) > 1 else paths[0] if paths else None


def _paths(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return given if isinstance(given, tuple) else () if given is None else (given,)


def _beside(name: str, path: str | None, earlier: Earlier) -> Input | None:
    """What is read beside the two sides: the journal of decisions, or the rates."""
    if path is not None:
        return Input(path, {})
    earlier_path = earlier.path_of(name)
    return Input(earlier_path, {}, earlier.inputs[name].get("sha256")) if earlier_path else None


def _kept(before: Mapping[str, Any], earlier: Earlier, options: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of how an earlier run read its file: all of it for the same file.

    Another file says anew where its header stands and in which currency it is; a layout that is given says the rest.
    """
    options_before = dict(before.get("options", {}))
    if "layout" in options:
        return {name: value for name, value in options_before.items() if name == "on_bad"}
    evidence = () if earlier.files else before.get("found", ())
    of_the_file = {*OF_THE_FILE} & {*evidence}
    return {name: value for name, value in options_before.items() if value is None or name not in of_the_file}


def _input(side: str, path: str | tuple[str, ...] | None, earlier: Earlier, options: Mapping[str, Any]) -> Input:
    before = earlier.inputs.get(side, {})
    earlier_path = earlier.path_of(side)
    merged = {**_kept(before, earlier, options), **options}
    if path:
        return Input(path, merged)
    if path == "" or earlier_path is None:
        raise SettingsError(f"there is no {side} file to read: name one, or an earlier run by --settings")
    return Input(earlier_path, merged, before.get("sha256"))
