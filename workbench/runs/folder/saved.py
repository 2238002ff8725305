"""A saved run: what stands in a run folder, read back as values; nothing in it is taken on trust."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.runs.folder.hashes import hash_file
from workbench.runs.folder.manifest import MANIFEST, read_manifest
from workbench.runs.folder.outcome import read_outcome
from workbench.text_files import read_whole, real_path
from workbench.trust import refuse_more_files

DATA = "data"  # the folder of the tables in that of a report
SETTINGS, SUMMARY = "settings.json", "summary.json"


@dataclass(frozen=True)
class SavedRun:
    """A run as its folder has it: ``settings`` is all of settings.json, ``manifest`` that of ``folder``."""

    folder: Path
    manifest: Mapping[str, Any]
    settings: Mapping[str, Any]
    summary: Mapping[str, Any]
    outcome: Mapping[str, Any]

    @property
    def command(self) -> str:
        """What made it: reconcile or reconstruct."""
        return str(self.settings["command"])

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return next((str(self.summary[n]) for n in ("reconciliation_id", "reconstruction_id") if n in self.summary), "")

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """The tables in their Parquet files, by name; raises ``SourceError`` for one that cannot be read."""
        names = [Path(name) for name in self.manifest["outputs"]]
        own = [path for path in names if path.suffix == ".parquet" and path.parent == Path()]
        return {path.stem: read_table(self.folder / path) for path in own}


def read_table(path: Path) -> pa.Table:
    """A table of a run folder, in a file that may be damaged. Raises ``SourceError`` if it cannot be read."""
    try:
        table = pq.read_table(path, partitioning=None)
        table.validate(full=True)  # texts of a damaged file may be none, and names of its columns
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    return table


@contextmanager
def reading(folder: str | Path) -> Iterator[None]:
    """Say what of a folder cannot be read: ``SourceError``."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{error.filename or folder} cannot be read: {error.strerror or error}") from None


def whole_folder(path: str | Path) -> Path:
    """The folder of a run or report, whichever part of it is named: the folder, one within it, or its manifest.

    Raises ``SourceError`` if no folder of the workbench is there.
    """
    with reading(path):
        start = real_path(path)
        steps = [start, *start.parents] if start.is_dir() else [*start.parents]
        whole = next((step for step in steps if (step / MANIFEST).is_file()), None)
        there = start.exists()
    if not there or whole is None:
        raise SourceError(f"{path} is no folder that the workbench wrote: it has no {MANIFEST} of the workbench")
    while (whole.parent / MANIFEST).is_file() and _holds(whole.parent, whole):
        whole = whole.parent
    link = next((path for path in whole.rglob("*") if path.is_symlink()), None)
    if link:
        raise SourceError(f"{link} is a link, which no run writes and which may lead anywhere: {whole} is not read")
    read_manifest(whole)
    return whole


def load_saved(path: str | Path) -> SavedRun:
    """Read a run folder, or the data of a report's folder.

    Raises ``SourceError`` if it holds no run that was done, or is malformed, and ``SettingsError`` if its settings name
    more files than a run writes there.
    """
    top = whole_folder(path)
    folder = top / DATA if (top / DATA / MANIFEST).is_file() else top
    manifest, outcome = read_manifest(folder), read_outcome(folder)
    if outcome and not (folder / SETTINGS).is_file():
        raise SourceError(f"{path} holds a run that failed before it was done: {outcome.get('message')}")
    settings, summary = (_json(folder / name) for name in (SETTINGS, SUMMARY))
    parts = [settings.get(name) for name in ("inputs", "settings", "gates", "expect")]
    if not (outcome and all(isinstance(part, dict) for part in parts) and _is_of_run(settings, summary)):
        raise SourceError(f"{folder} is no whole run folder: {SETTINGS} or outcome.json is not of the workbench")
    refuse_more_files(settings, str(folder / SETTINGS))
    return SavedRun(folder, manifest, settings, summary, outcome)


def _is_of_run(settings: Mapping[str, Any], summary: Mapping[str, Any]) -> bool:
    """Whether a run with its inputs, and when it was, or the chain of some are what is written down."""
    match settings.get("command"):
        case "chain":
            return isinstance(summary.get("manifests"), list)
        case "reconcile" | "reconstruct" as command:
            sides = ("external" if command == "reconcile" else "balances", "internal")
            return settings["inputs"].keys() >= {*sides} and _is_instant(summary.get("started_at"))
    return False


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def manifest_hash(folder: Path) -> str:
    """The SHA-256 of a folder's manifest, which vouches for all of it."""
    return hash_file(folder / MANIFEST)


def _holds(parent: Path, folder: Path) -> bool:
    try:
        listed = read_manifest(parent)["outputs"]
    except SourceError:
        return False
    return f"{folder.name}/{MANIFEST}" in listed


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_whole(path))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise SourceError(f"{path} is not what the workbench wrote: it is no JSON object")
    return content
