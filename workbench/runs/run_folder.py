"""The run folder: what a run leaves behind, under its name whole or not at all."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from workbench.dsn import redact
from workbench.engine import EngineError, reason_of
from workbench.errors import SettingsError, SourceError
from workbench.records import Origin
from workbench.runs.export import write_tables
from workbench.runs.manifest import MANIFEST, describe, read_manifest, sync, write_json, write_manifest
from workbench.runs.terms import Judgement

URL = re.compile(r"\s*[A-Za-z][\w+.-]*:/")  # a Path has made one slash of two


class Plain(Protocol):
    """Settings that can be written down."""

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""


class Run(Protocol):
    """What any run hands on: a reconciliation, or a reconstruction of balances."""

    @property
    def settings(self) -> Plain: ...  # noqa: D102
    @property
    def inputs(self) -> Mapping[str, Origin]: ...  # noqa: D102
    @property
    def summary(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, pa.Table]: ...  # noqa: D102


def write_run(
    result: Run, out: str | Path, force: bool = False, *, command: str = "reconcile", judged: Judgement | None = None
) -> Path:
    """Write a run folder: every table as CSV and Parquet, ``summary.json``, ``settings.json``, ``manifest.json``.

    ``settings.json`` is enough to run ``command`` again; the manifest has the SHA-256, bytes and rows of each input
    and output and the versions that were used. ``judged`` is the run held against its terms: they are written down
    too, and the records outside an expected period as a table. ``force`` replaces an earlier run. Returns the folder.
    Raises ``SourceError`` as ``check_out`` does; then nothing is there that was not before.
    """
    tables = {**result.tables, **({"outside_period": judged.outside} if judged and judged.terms.expected else {})}
    with publish(Path(out), force) as folder, _explained(Path(out)):
        with ThreadPoolExecutor(1) as beside:  # what the manifest says of the inputs takes a while too
            hashed = beside.submit(lambda: [origin.sha256 for origin in result.inputs.values()])
            hashes = write_tables(tables, folder)
            hashed.result()
        write_json(folder / "summary.json", result.summary)
        write_json(folder / "settings.json", _settings(result, command, judged))
        rows = {f"{name}.{kind}": len(table) for name, table in tables.items() for kind in ("csv", "parquet")}
        write_manifest(folder, result.inputs, rows, result.summary, hashes)
    return Path(out)


def check_out(out: str | Path, force: bool = False) -> None:
    """Say before the work begins that its outcome could not be written to the folder ``out``.

    Raises ``SettingsError`` for a URL, ``SourceError`` if it exists and ``force`` is not given, if it is a file, if it
    is something that the workbench did not write, if it cannot be written, or if another run is at it.
    """
    if URL.match(str(out)):
        raise SettingsError(f"{redact(str(out))} is a URL: name a folder of this machine to write to")
    final = Path(out).resolve()
    with _explained(final), _alone(_first_missing(final)):
        if final.parent.is_dir():
            _tidy(final)
        _check_free(final, force)


@contextmanager
def publish(out: str | Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder; what is in it at the end appears as ``out``, whole, or not at all after an error.

    A manifest is added where there is none. A process that is killed leaves the old folder, the new one, or none under
    the final name; the next run puts back the old one and removes what else is left.
    Raises ``SourceError`` as ``check_out`` does.
    """
    check_out(out, force)
    final = Path(out).resolve()
    new = _beside(final, "new")
    with _explained(final):
        final.parent.mkdir(parents=True, exist_ok=True)
    with _alone(final):
        try:
            with _explained(final):
                _tidy(final)
                new.mkdir()
            yield new
            with _explained(final):
                if not (new / MANIFEST).exists():
                    write_manifest(new)
                _sync(new)
                _check_free(final, force)
                _put_in_place(new, final)
        finally:
            _tidy(final)


def _put_in_place(new: Path, final: Path) -> None:
    if final.exists():
        final.rename(_beside(final, "old"))
    new.rename(final)
    sync(final.parent)


def _tidy(final: Path) -> None:
    """Put back an old folder that was never replaced, and remove what else a run has left."""
    old, new = _beside(final, "old"), _beside(final, "new")
    if old.exists() and not final.exists():
        old.rename(final)
    shutil.rmtree(new, ignore_errors=True)
    if old.exists():
        old.rename(new)  # half removed under its own name, it would later be put back as if it were whole
        shutil.rmtree(new, ignore_errors=True)


def _check_free(final: Path, force: bool) -> None:
    with _explained(final):
        if not final.exists():
            return
        if not final.is_dir():
            raise SourceError(f"{final} is a file: name a folder to write to")
        if not force:
            raise SourceError(f"{final} exists already: name another folder, or replace it with --force (force=True)")
        if any(final.iterdir()):
            read_manifest(final)


@contextmanager
def _alone(final: Path) -> Iterator[None]:
    """Keep other runs away from ``final``; a process that ends lets go of it, however it ends."""
    with _explained(final):
        path = _beside(final, "lock")
        file = path.open("w")
    with file:
        if not _locked(file.fileno(), path):
            raise SourceError(f"another run is writing {final}: wait for its end, or name another folder")
        try:
            yield
        finally:
            path.unlink()


def _locked(file: int, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), path.stat())  # or its holder has just removed it
    except (BlockingIOError, FileNotFoundError):
        return False


def _beside(final: Path, role: str) -> Path:
    return final.parent / f".{final.name}.workbench-{role}"


def _first_missing(path: Path) -> Path:
    """The first folder on the way to ``path`` that is not there, or ``path``."""
    return next((each for each in [*reversed(path.parents), path] if not each.exists()), path)


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        sync(path)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EngineError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else reason_of(error)
        raise SourceError(f"{out} cannot be written: {reason}") from error


def _settings(result: Run, command: str, judged: Judgement | None) -> dict[str, Any]:
    inputs = {side: describe(origin) for side, origin in result.inputs.items()}
    terms = judged.terms.to_dict() if judged else {}
    return {"command": command, "inputs": inputs, "settings": result.settings.to_dict(), **terms}
