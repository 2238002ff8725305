"""Verify: one answer on a whole run folder, whichever part of it is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn, redact
from workbench.errors import ExitCode, SettingsError, SourceError
from workbench.runs.audit.chained import CHAIN
from workbench.runs.audit.cross_checks import cross_check
from workbench.runs.folder.hashes import hash_file, is_file
from workbench.runs.folder.journals import added_lines
from workbench.runs.folder.manifest import changed_files, kept_names, read_manifest
from workbench.runs.folder.outcome import read_outcome
from workbench.runs.folder.saved import DATA, SETTINGS, SavedRun, load_saved, manifest_hash, reading, whole_folder

HASH = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class InputState:
    """An input of the run: the copy in the folder, and what has become of the original."""

    side: str
    name: str
    kept: str | None  # where the copy stands in the folder; None where there is none
    original: str  # as it was, grown, changed, not there, a database, in memory

    @property
    def sentence(self) -> str:
        """Such as ``external statement.csv: a copy is in the folder; the original is as it was``."""
        copy = "a copy is in the folder" if self.kept else "no copy is in the folder"
        rest = "" if self.original == "in memory" else f"; the original is {self.original}"
        return f"{self.side} {self.name}: {copy}{rest}"


@dataclass(frozen=True)
class Verification:
    """What was found of a run folder; ``problems`` has a sentence for each difference."""

    folder: str
    manifest_sha256: str
    run_id: str | None
    verdict: str | None
    exit_code_of_run: int | None
    inputs: tuple[InputState, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """1 if anything is not as it should be."""
        return ExitCode.WRONG_BOOKS if self.problems else ExitCode.DONE

    def plus(self, problems: Iterable[str]) -> Verification:
        """With further problems."""
        return replace(self, problems=(*self.problems, *problems))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "verified": not self.problems, "exit_code": int(self.exit_code)}


def verify(path: str | Path, expect: str | None = None) -> Verification:
    """Check a whole run folder, named by itself, by a folder within it or by its manifest.

    Every file is hashed again, also the copies of inputs, and originals where they still stand; CSV is held against
    Parquet, and tables, totals, summary and outcome against one another. ``expect`` is the SHA-256 that its manifest
    must have, as it was noted when the run was done: only that excludes that everything was made anew.
    Raises ``SourceError`` for a folder that the workbench did not write or that is malformed, ``SettingsError`` for an
    ``expect`` that is no SHA-256.
    """
    if expect is not None and not HASH.fullmatch(expect):
        raise SettingsError(f"--expect takes a SHA-256 of 64 hexadecimal digits, not {expect!r}")
    folder = whole_folder(path)
    with reading(folder):
        return _verify(folder, expect)


def _verify(folder: Path, expect: str | None) -> Verification:
    seal, outcome = manifest_hash(folder), read_outcome(folder)
    problems = [*_expected(seal, expect), *changed_files(folder, read_manifest(folder)), *_seal(seal, outcome)]
    inner = folder / DATA if (folder / DATA).is_dir() else folder
    run, notes = None, []
    if (inner / SETTINGS).is_file():
        run, tables = _read(inner)
        problems += tables
    elif outcome:
        problems.append(f"the run failed, so there is nothing to check it by: {_first_line(outcome)}")
    if run and outcome and inner != folder:
        problems += _same_outcome(outcome, run.outcome)
    if run and outcome and outcome["exit_code"]:
        notes.append(f"the run ended with exit code {outcome['exit_code']}: {_first_line(outcome)}")
    inputs = _inputs(run) if run else ()
    problems += [_changed(state, problems) for state in inputs if state.original == "changed"]
    if run and run.command == CHAIN:
        notes.append(f"it joins the runs of the manifests {', '.join(run.summary['manifests'])}")
    elif run and not run.manifest["inputs"]:
        notes.append("the run had no inputs")
    if run and any(not state.kept for state in inputs):
        notes.append("the folder does not hold all its inputs: it cannot be performed again from itself alone")
    if run and run.outcome.get("versions") != run.manifest["versions"]:
        problems.append("the versions in outcome.json are not those in manifest.json")
    stated = outcome or {}
    return Verification(
        str(folder),
        seal,
        stated.get("run_id"),
        stated.get("verdict"),
        stated.get("exit_code"),
        inputs,
        tuple(dict.fromkeys(problems)),
        tuple(notes),
    )


def _read(folder: Path) -> tuple[SavedRun | None, list[str]]:
    """The run and what its tables contradict each other in; a table that cannot be read is one of these."""
    run = load_saved(folder)
    try:
        return run, [*cross_check(run)]
    except SourceError as error:
        return run, [str(error)]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return run, [f"the tables are not those of a {run.command}: {type(error).__name__} {error}"]


def _expected(seal: str, expect: str | None) -> list[str]:
    if expect is None or seal == expect.lower():
        return []
    return [f"the manifest's SHA-256 is {seal}, not {expect.lower()} as expected: this is not the folder of that run"]


def _seal(seal: str, outcome: Mapping[str, Any] | None) -> list[str]:
    if outcome is None or outcome.get("manifest_sha256") == seal:
        return []
    return [f"outcome.json names another manifest: {outcome.get('manifest_sha256')}, and this one has {seal}"]


def _same_outcome(outcome: Mapping[str, Any], of_data: Mapping[str, Any]) -> list[str]:
    names = ("verdict", "exit_code", "run_id", "gates", "counts", "amounts", "versions")
    odd = [name for name in names if outcome.get(name) != of_data.get(name)]
    return [f"outcome.json: {name} are not those of {DATA}/outcome.json" for name in odd]


def _first_line(outcome: Mapping[str, Any]) -> str:
    return str(outcome.get("message") or "no message").split("\n", 1)[0]


def _changed(state: InputState, problems: Sequence[str]) -> str:
    whole = state.kept and not any(state.kept in sentence for sentence in problems)
    copy = "; its copy in the folder is what was read" if whole else ""
    return f"{state.side} input {state.name} has changed since the run{copy}"


def _inputs(run: SavedRun) -> tuple[InputState, ...]:
    return tuple(
        InputState(side, redact(str(file["name"])), kept, _original(run, file, kept))
        for side, entry in run.manifest["inputs"].items()
        for file, kept in zip_longest(entry.get("files", [entry]), kept_names(entry))
        if file
    )


def _original(run: SavedRun, entry: Mapping[str, Any], kept: str | None) -> str:
    path = entry["path"]
    if path is None:
        return "in memory"
    if is_dsn(path):
        return "a database"
    if not is_file(path):
        return "not there"
    return _state_of_file(run, entry, kept)


def _state_of_file(run: SavedRun, entry: Mapping[str, Any], kept: str | None) -> str:
    path = entry["path"]
    try:
        if hash_file(Path(path)) == entry["sha256"]:
            return "as it was"
    except OSError as error:
        return f"not to be read: {error.strerror}"
    copy = run.folder / kept if kept else None
    if entry.get("format") == "decisions" and copy and added_lines(copy, Path(path)) is not None:
        return "longer by now, as a journal may be"
    return "changed"
